/* Exports on a loop: footage is held before it is read, packages come and go, few at once. */
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "evidence/exports.h"
#include "evidence/verify.h"
#include "make_mp4.h"
#include "store/segment_rows.h"

/* 2026-11-21T07:00:00Z */
#define BEGIN SECONDS_US(1795244400)

struct place {
    char dir[64];
    struct area area;
    struct camera_settings camera;
    struct settings set;
    struct loop *loop;
    struct desk *duties, *records;
    struct exports *exports;
    call_fn *ready; /* of the last hold */
    void *ready_arg;
    int held, released;
    bool hold_at_once;
    struct export_row row; /* of the last start */
    char why[240];
    bool done;
};

static int64_t wall_us;

static int64_t now(void)
{
    return wall_us;
}

static int64_t mono(void)
{
    return wall_us - BEGIN;
}

static bool synchronised(void)
{
    return true;
}

static void spin(struct place *p, bool (*until)(struct place *p))
{
    while (!until(p))
        event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
}

static bool is_done(struct place *p)
{
    return p->done;
}

struct insertion {
    struct place *p;
    struct segment_row row;
};

static void on_inserted_row(void *arg)
{
    ((struct insertion *)arg)->p->done = true;
}

static void *hold(void *arg, const char *camera, int64_t from_us, int64_t to_us, call_fn *ready,
                  void *ready_arg)
{
    struct place *p = arg;

    assert_string_equal(camera, "gate");
    p->held++;
    p->ready = ready;
    p->ready_arg = ready_arg;
    if (p->hold_at_once)
        loop_post(p->loop, ready, ready_arg);
    return p;
}

static void release(void *arg, void *held)
{
    struct place *p = arg;

    assert_ptr_equal(held, p);
    p->released++;
}

static void open_exports(struct place *p)
{
    struct error err = { 0 };
    struct exports_setup setup = { .settings = &p->set, .loop = p->loop, .duties = p->duties,
                                   .hold = hold, .release = release, .arg = p };

    p->exports = exports_open(&setup, &err);
    if (!p->exports)
        fail_msg("%s", err.text);
}

static struct desk *open_desk(struct place *p, enum store_use use)
{
    struct error err = { 0 };
    struct desk *desk = desk_open(p->set.paths.state, use, "test", p->loop, NULL, &err);

    if (!desk)
        fail_msg("%s", err.text);
    return desk;
}

static int setup(void **state)
{
    static const struct clock_source clock = { now, mono, synchronised };
    struct place *p = xcalloc(1, sizeof *p);

    wall_us = BEGIN + SECONDS_US(3600);
    clock_use(&clock);
    strcpy(p->dir, "/tmp/keng-exports-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    p->area = (struct area){ .id = "thon", .name = (char *)"Thôn" };
    p->camera = (struct camera_settings){ .id = "gate", .name = (char *)"Cổng",
                                          .area = &p->area };
    p->set = (struct settings){ .refs = 100, .cameras = &p->camera, .camera_count = 1,
                                .areas = &p->area, .area_count = 1 };
    p->set.site.name = (char *)"Xã";
    p->set.site.time_zone = (char *)"Asia/Ho_Chi_Minh";
    p->set.paths.state = xformat("%s/state", p->dir);
    p->set.storage.recordings = xformat("%s/recordings", p->dir);
    p->set.storage.export_keep_us = SECONDS_US(86400);
    mkdir(p->set.storage.recordings, 0700);
    p->hold_at_once = true;
    p->loop = loop_new();
    p->duties = open_desk(p, STORE_DUTIES);
    p->records = open_desk(p, STORE_RECORDS);
    open_exports(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    char *command = xformat("rm -rf %s", p->dir);

    exports_close(p->exports);
    desk_close(p->records);
    desk_close(p->duties);
    loop_free(p->loop);
    export_row_clear(&p->row);
    free(p->set.paths.state);
    free(p->set.storage.recordings);
    assert_int_equal(system(command), 0);
    free(command);
    free(p);
    clock_use(NULL);
    return 0;
}

/* ---- footage --------------------------------------------------------------------------- */

static void insert_row(struct store *store, void *arg)
{
    assert_true(segment_insert(store, &((struct insertion *)arg)->row, NULL));
}

/* A minute of half seconds, a keyframe every second one. */
static void record(struct place *p, int at_s)
{
    char *folder = xformat("%s/gate", p->set.storage.recordings);
    char *name = xformat("gate/%d.mp4", at_s);
    char *path = xformat("%s/%s", p->set.storage.recordings, name);
    int64_t start_us = BEGIN + SECONDS_US(at_s);
    const struct init *init = make_init(false, 30, start_us);

    mkdir(folder, 0700);
    FILE *file = fopen(path, "w");
    fwrite(init->bytes, 1, init->size, file);
    for (int i = 0; i < 120; i++) {
        uint8_t head[MP4_FRAGMENT_HEAD];
        struct fragment *frag = make_fragment(init, start_us + i * MILLIS_US(500),
                                              MILLIS_US(500), i % 2 == 0, 1000);
        fwrite(head, 1, mp4_write_head(head, frag), file);
        fwrite(frag->bytes, 1, frag->size, file);
        fragment_unref(frag);
    }
    struct insertion insertion = { .p = p };
    insertion.row = (struct segment_row){ .camera = (char *)"gate", .run_us = start_us,
                               .start_us = start_us, .end_us = start_us + SECONDS_US(60),
                               .path = name, .bytes = ftell(file),
                               .codecs = (char *)init->codecs, .clock_trusted = true };
    fclose(file);
    p->done = false;
    desk_ask(p->records, insert_row, on_inserted_row, &insertion);
    spin(p, is_done);
    init_unref(init);
    free(folder);
    free(name);
    free(path);
}

/* ---- asking ---------------------------------------------------------------------------- */

static void on_started(void *arg, const struct export_row *row, const struct error *err)
{
    struct place *p = arg;

    export_row_clear(&p->row);
    p->why[0] = 0;
    if (row)
        p->row = export_row_copy(row);
    else
        snprintf(p->why, sizeof p->why, "%s", err->text);
    p->done = true;
}

static void start(struct place *p, int from_s, int to_s)
{
    const struct export_row wish = { .who = (char *)"Trực ban", .cameras = (char *)"gate",
                                     .from_us = BEGIN + SECONDS_US(from_s),
                                     .to_us = BEGIN + SECONDS_US(to_s),
                                     .reason = (char *)"Cung cấp", .document = (char *)"12/CV" };

    p->done = false;
    exports_start(p->exports, &wish, on_started, p);
    spin(p, is_done);
}

struct look {
    struct place *p;
    char id[ROW_ID_MAX];
};

static void read_row(struct store *store, void *arg)
{
    struct look *look = arg;
    bool found;

    export_row_clear(&look->p->row);
    assert_true(export_get(store, look->id, &look->p->row, &found, NULL) && found);
}

static void on_looked(void *arg)
{
    ((struct look *)arg)->p->done = true;
}

static enum export_state state_of(struct place *p, const char *id)
{
    struct look look = { .p = p };

    snprintf(look.id, sizeof look.id, "%s", id);
    p->done = false;
    desk_ask(p->duties, read_row, on_looked, &look);
    spin(p, is_done);
    return p->row.state;
}

/* The export that was started last, until it is done or failed. */
static enum export_state end_of(struct place *p)
{
    char id[ROW_ID_MAX];

    strcpy(id, p->row.id);
    while (exports_permille(p->exports, id) >= 0)
        event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
    return state_of(p, id);
}

static void ignore(void *arg, const char *name, enum file_fault fault)
{
}

static bool is_proved(struct place *p, const char *id)
{
    char *path = xformat("%s/exports/%s.zip", p->set.paths.state, id);
    struct error err = { 0 };
    struct proof proof;
    bool fine = verify_path(path, exports_fingerprint(p->exports), ignore, NULL, &proof, &err);

    free(path);
    return fine;
}

static void footage_is_held_before_it_is_read_and_let_go_after(void **state)
{
    struct place *p = *state;
    char id[ROW_ID_MAX];

    p->hold_at_once = false;
    record(p, 0);
    start(p, 10, 20);
    strcpy(id, p->row.id);
    assert_int_equal(p->held, 1);
    assert_int_equal(state_of(p, id), EXPORT_WAITING); /* a whole turn later */
    assert_int_equal(exports_permille(p->exports, id), 0);
    assert_int_equal(p->released, 0);
    p->ready(p->ready_arg);
    assert_int_equal(end_of(p), EXPORT_DONE);
    assert_int_equal(p->released, 1);
    assert_true(p->row.bytes > 20000);
    assert_true(is_proved(p, id));
}

static void where_nothing_is_recorded_it_fails_with_a_sentence(void **state)
{
    struct place *p = *state;

    record(p, 0);
    start(p, 600, 700);
    assert_int_equal(end_of(p), EXPORT_FAILED);
    assert_true(*p->row.why);
    assert_false(is_proved(p, p->row.id));
    assert_int_equal(p->released, p->held);
}

static void a_file_that_is_gone_is_a_gap_and_no_failure(void **state)
{
    struct place *p = *state;
    char *path = xformat("%s/gate/60.mp4", p->set.storage.recordings);

    record(p, 0);
    record(p, 60);
    record(p, 120);
    unlink(path);
    start(p, 10, 170);
    assert_int_equal(end_of(p), EXPORT_DONE);
    assert_true(is_proved(p, p->row.id));
    free(path);
}

static void only_so_many_wait(void **state)
{
    struct place *p = *state;

    p->hold_at_once = false;
    record(p, 0);
    for (int i = 0; i < 8; i++) {
        start(p, 10, 20);
        assert_string_equal(p->why, "");
    }
    start(p, 10, 20);
    assert_non_null(strstr(p->why, "8"));
}

static void what_was_not_made_when_kengd_ended_is_given_up(void **state)
{
    struct place *p = *state;
    char id[ROW_ID_MAX];

    p->hold_at_once = false;
    record(p, 0);
    start(p, 10, 20);
    strcpy(id, p->row.id);
    exports_close(p->exports);
    assert_int_equal(p->released, 1);
    open_exports(p);
    assert_int_equal(state_of(p, id), EXPORT_FAILED);
    assert_true(*p->row.why);
}

static void a_package_is_kept_for_its_time(void **state)
{
    struct place *p = *state;
    char id[ROW_ID_MAX];

    record(p, 0);
    start(p, 10, 20);
    strcpy(id, p->row.id);
    assert_int_equal(end_of(p), EXPORT_DONE);
    wall_us += SECONDS_US(86400 - 60);
    exports_reload(p->exports, &p->set);
    assert_int_equal(state_of(p, id), EXPORT_DONE);
    assert_true(is_proved(p, id));
    wall_us += SECONDS_US(120);
    while (state_of(p, id) != EXPORT_REMOVED)
        exports_reload(p->exports, &p->set);
    assert_false(is_proved(p, id));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(footage_is_held_before_it_is_read_and_let_go_after),
        TEST(where_nothing_is_recorded_it_fails_with_a_sentence),
        TEST(a_file_that_is_gone_is_a_gap_and_no_failure),
        TEST(only_so_many_wait),
        TEST(what_was_not_made_when_kengd_ended_is_given_up),
        TEST(a_package_is_kept_for_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
