#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"

static const char settings_text[] =
    "site: {name: Xã Đồng Xanh, language: en, time_zone: Asia/Ho_Chi_Minh}\n"
    "paths: {state: %1$s/state, runtime: %1$s/run}\n"
    "storage: {recordings: %1$s/recordings, keep: 30 days}\n"
    "web: {listen: [\"127.0.0.1:8080\"]}\n"
    "areas:\n"
    "  dong-xanh: {name: Xã Đồng Xanh}\n"
    "  thon-dong: {name: Thôn Đông, within: dong-xanh}\n"
    "  thon-tay: {name: Thôn Tây, within: dong-xanh}\n"
    "cameras:\n"
    "  cong-lang: {name: Cổng làng, area: thon-dong, url: \"rtsp://127.0.0.1/1\"}\n"
    "  ao-ca: {name: Ao cá, area: thon-tay, url: \"rtsp://127.0.0.1/2\"}\n"
    "people:\n"
    "  an: {name: An, role: official, areas: [thon-dong], rank: 1}\n"
    "  binh: {name: Bình, role: official, areas: [thon-dong], rank: 1}\n"
    "  tay: {name: Tây, role: official, areas: [thon-tay], rank: 1}\n"
    "  chi: {name: Chi, role: staff, areas: [dong-xanh], rank: 3}\n"
    "  dung: {name: Dung, role: staff, areas: [dong-xanh, thon-dong], rank: 5}\n"
    "screens:\n"
    "  nvh-dong: {name: Nhà văn hóa thôn Đông, area: thon-dong}\n"
    "  nvh-tay: {name: Nhà văn hóa thôn Tây, area: thon-tay}\n"
    "alerts:\n"
    "  motion: {hours: \"21:00-05:00\", cool_down: 2 min, escalate: 5 min}\n";

static _Atomic int64_t now_us;
static _Atomic bool trusted_now;

static int64_t read_now(void)
{
    return now_us;
}

static bool read_trusted(void)
{
    return trusted_now;
}

void scene_clock(int64_t wall_us)
{
    now_us = wall_us;
}

static const struct clock_source standing = { read_now, read_now, read_trusted };

/* What was trusted once stays so until the clock is set: a clock is put in anew. */
void scene_clock_trusted(bool trusted)
{
    trusted_now = trusted;
    clock_use(&standing);
}

static void on_change(void *arg, const struct alert_row *alert, bool is_new)
{
    struct scene *s = arg;

    assert_true(s->told_count < MOST_TOLD);
    s->told[s->told_count++] =
        (struct told){ .alert = alert_row_copy(alert), .is_new = is_new };
    if (s->on_told)
        s->on_told(s, alert);
}

void scene_start(struct scene *s)
{
    char *state = xformat("%s/state", s->dir);
    struct error err = { .kind = ERR_NONE };

    s->loop = loop_new();
    s->desk = desk_open(state, STORE_DUTIES, "duties", s->loop, NULL, &err);
    if (!s->desk)
        fail_msg("%s", err.text);
    s->duty = duty_open(s->set, s->loop, s->desk, on_change, s, &err);
    assert_non_null(s->duty);
    free(state);
    settle(s);
}

void scene_stop(struct scene *s)
{
    duty_close(s->duty);
    desk_close(s->desk);
    loop_free(s->loop);
}

/* `by` NULL: the line that begins with `instead` is left out. */
static const struct settings *load(const char *dir, const char *instead, const char *by)
{
    char *path = xformat("%s/kengd.yaml", dir), *text = xformat(settings_text, dir);
    char *line = instead && !by ? strstr(text, instead) : NULL;
    struct faults faults = { 0 };
    FILE *file = fopen(path, "w");

    if (line)
        memmove(line, strchr(line, '\n') + 1, strlen(strchr(line, '\n')));
    char *at = by ? strstr(text, instead) : NULL;
    if (at) {
        fwrite(text, 1, (size_t)(at - text), file);
        fputs(by, file);
        fputs(at + strlen(instead), file);
    } else {
        fputs(text, file);
    }
    fclose(file);
    free(text);
    const struct settings *set = settings_load(path, &faults);
    if (!set)
        fail_msg("%s", faults_text(&faults));
    free(path);
    return set;
}

const struct settings *scene_settings_without(struct scene *s, const char *line)
{
    return load(s->dir, line, NULL);
}

void scene_reload(struct scene *s, const char *instead, const char *by)
{
    const struct settings *before = s->set;

    s->set = load(s->dir, instead, by);
    duty_reload(s->duty, s->set);
    settings_unref(before);
    settle(s);
}

int scene_setup(void **state)
{
    struct scene *s = xcalloc(1, sizeof *s);
    char dir[] = "/tmp/keng-alert-XXXXXX";

    if (!mkdtemp(dir))
        return -1;
    s->dir = xstrdup(dir);
    scene_clock(NIGHT);
    scene_clock_trusted(true);
    s->set = load(dir, NULL, NULL);
    scene_start(s);
    *state = s;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *where)
{
    return remove(path);
}

int scene_teardown(void **state)
{
    struct scene *s = *state;

    scene_stop(s);
    for (size_t i = 0; i < s->told_count; i++)
        alert_row_clear(&s->told[i].alert);
    alert_row_clear(&s->answered);
    settings_unref(s->set);
    clock_use(NULL);
    nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(s->dir);
    free(s);
    return 0;
}

static void do_nothing(struct store *store, void *arg) {}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

void settle(struct scene *s)
{
    /* What is done may ask for more, or set a timer that is due at once. */
    for (int round = 0; round < 10; round++) {
        assert_true(desk_ask(s->desk, do_nothing, stop_loop, s->loop));
        loop_run(s->loop);
    }
}

static struct picture *make_picture(const char *text)
{
    if (!text)
        return NULL;
    struct picture *picture = picture_new(strlen(text));
    memcpy(picture->bytes, text, strlen(text));
    return picture;
}

static struct sighting sighting(struct scene *s, uint32_t number, int at_s, int score)
{
    return (struct sighting){ .camera = settings_find_camera(s->set, "cong-lang"),
                              .number = number,
                              .start_us = NIGHT + SECONDS_US(at_s),
                              .at_us = NIGHT + SECONDS_US(at_s),
                              .score = score,
                              .box = { 0.1f, 0.2f, 0.3f, 0.4f } };
}

void began(struct scene *s, uint32_t number, int at_s, const char *text)
{
    struct sighting seen = sighting(s, number, at_s, 30);
    struct picture *picture = make_picture(text);

    duty_motion_began(s->duty, &seen, picture);
    picture_unref(picture);
}

void better(struct scene *s, uint32_t number, int at_s, int score, const char *text)
{
    struct sighting seen = sighting(s, number, at_s, score);
    struct picture *picture = make_picture(text);

    seen.box[0] = 0.5f;
    duty_motion_better(s->duty, &seen, picture);
    picture_unref(picture);
}

void moved(struct scene *s, uint32_t number, int at_s)
{
    struct sighting seen = sighting(s, number, at_s, 20);

    seen.way = (struct way){ 2, { { 0.1f, 0.5f, 0 }, { 0.9f, 0.5f, 4000 } } };
    duty_motion_moved(s->duty, &seen);
}

void ended(struct scene *s, uint32_t number, int at_s)
{
    struct sighting seen = sighting(s, number, at_s, 20);

    duty_motion_ended(s->duty, &seen);
}

void began_at(struct scene *s, const char *camera, int64_t at_us)
{
    struct sighting seen = { .camera = settings_find_camera(s->set, camera),
                             .number = 77,
                             .start_us = at_us,
                             .at_us = at_us,
                             .score = 30 };

    duty_motion_began(s->duty, &seen, NULL);
}

void on_answer(void *arg, enum answer_result result, const struct alert_row *alert,
               const struct error *err)
{
    struct scene *s = arg;

    s->answers++;
    s->result = result;
    alert_row_clear(&s->answered);
    if (alert)
        s->answered = alert_row_copy(alert);
    if (err)
        s->err = *err;
}

void answer(struct scene *s, const char *id, enum answer answer, const char *who,
            const char *note)
{
    int before = s->answers;

    duty_answer(s->duty, id, answer, who, note, on_answer, s);
    assert_int_equal(s->answers, before);
    settle(s);
    assert_int_equal(s->answers, before + 1);
}

static struct store *open_reader(struct scene *s)
{
    char *state = xformat("%s/state", s->dir);
    struct error err;
    struct store *store = store_open(state, STORE_READS, NULL, &err);

    if (!store)
        fail_msg("%s", err.text);
    free(state);
    return store;
}

struct alert_row stored_alert(struct scene *s, const char *id)
{
    struct store *store = open_reader(s);
    struct alert_row row;
    bool found;

    assert_true(alert_get(store, id, &row, &found, NULL));
    assert_true(found);
    store_close(store);
    return row;
}

struct event_list stored_events(struct scene *s)
{
    struct store *store = open_reader(s);
    struct row_filter all = { 0 };
    struct event_list list;

    assert_true(events_list(store, &all, &list, NULL));
    store_close(store);
    return list;
}

size_t stored_alerts(struct scene *s)
{
    struct store *store = open_reader(s);
    struct row_filter all = { 0 };
    struct alert_list list;

    assert_true(alerts_list(store, &all, &list, NULL));
    size_t count = list.count;
    alert_list_free(&list);
    store_close(store);
    return count;
}

static int by_recipient(const void *a, const void *b)
{
    return strcmp(((const struct delivery_row *)a)->recipient,
                  ((const struct delivery_row *)b)->recipient);
}

char *stored_recipients(struct scene *s, const char *alert)
{
    struct store *store = open_reader(s);
    struct delivery_list list;
    char *text = xstrdup("");

    assert_true(deliveries_of(store, alert, &list, NULL));
    if (list.count)
        qsort(list.rows, list.count, sizeof *list.rows, by_recipient);
    for (size_t i = 0; i < list.count; i++) {
        bool delivered = list.rows[i].state == DELIVERY_DELIVERED;
        char *more = xformat("%s%s%s%s", text, i ? " " : "", list.rows[i].recipient,
                             delivered ? "(taken)" : "");
        free(text);
        text = more;
    }
    delivery_list_free(&list);
    store_close(store);
    return text;
}

void scene_raw(struct scene *s, const char *sql)
{
    char *path = xformat("%s/state/keng.db", s->dir), *why = NULL;
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix-excl"),
                     SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_close(db);
    free(path);
}

char *picture_text(struct scene *s, const char *name)
{
    char *path = xformat("%s/state/pictures/%s", s->dir, name), text[64] = "";
    int fd = open(path, O_RDONLY);

    free(path);
    if (fd < 0)
        return NULL;
    assert_true(read(fd, text, sizeof text - 1) >= 0);
    close(fd);
    return xstrdup(text);
}
