#include "place.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"

static int64_t wall_now_us, mono_now_us;
bool clock_trusted;

static int64_t wall_us(void)
{
    return wall_now_us;
}

static int64_t mono_us(void)
{
    return mono_now_us;
}

static bool is_synchronised(void)
{
    return clock_trusted;
}

static const struct clock_source test_clock = { wall_us, mono_us, is_synchronised };

int64_t at(double seconds)
{
    return INT64_C(1795219200000000) + (int64_t)(seconds * 1e6);
}

void clock_set(int64_t us)
{
    mono_now_us += us - wall_now_us;
    wall_now_us = us;
}

void clock_distrust(void)
{
    clock_trusted = false;
    clock_use(&test_clock);
}

void clock_step(int64_t us)
{
    wall_now_us = us;
}

/* A command with one or two files behind it. */
static void run(const char *command, const char *a, const char *b)
{
    char *line = xformat("%s %s %s", command, a, b);

    assert_int_equal(system(line), 0);
    free(line);
}

int place_make(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);

    strcpy(p->dir, "/tmp/keng-record-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    p->recordings = xformat("%s/recordings", p->dir);
    p->state = xformat("%s/state", p->dir);
    assert_int_equal(mkdir(p->state, 0700), 0);
    wall_now_us = at(0);
    mono_now_us = SECONDS_US(1000);
    clock_trusted = true;
    clock_use(&test_clock);
    strcpy(p->camera.id, "gate");
    p->set.paths.state = p->state;
    p->set.storage.recordings = p->recordings;
    p->set.storage.keep_us = 30 * DAY_US;
    p->set.storage.segment_us = SECONDS_US(60);
    p->set.storage.sync_us = SECONDS_US(3600); /* tests sync when they want to */
    p->set.cameras = &p->camera;
    p->set.camera_count = 1;
    p->loop = loop_new();
    new_run(p, at(0));
    *state = p;
    return 0;
}

int place_drop(void **state)
{
    struct place *p = *state;

    if (p->volume)
        place_close(p);
    init_unref(p->init);
    loop_free(p->loop);
    run("rm -rf", p->dir, "");
    free(p->recordings);
    free(p->state);
    free(p);
    clock_use(NULL);
    return 0;
}

void place_open(struct place *p)
{
    struct error err = { 0 };

    p->desk = desk_open(p->state, STORE_RECORDS, "records", p->loop, NULL, &err);
    if (!p->desk)
        fail_msg("%s", err.text);
    p->holds = holds_open(p->state, p->loop);
    struct storage_setup setup = { &p->set, p->loop, p->desk, p->holds };
    p->storage = storage_open(&setup, &err);
    if (!p->storage)
        fail_msg("%s", err.text);
    p->volume = p->storage->volumes[0];
    p->stream = stream_new("gate", SECONDS_US(10), 64 << 20);
    p->rec = recorder_start(p->storage, &p->camera, p->stream);
    volume_settle(p->volume);
}

void place_close(struct place *p)
{
    if (p->rec && p->rec->active)
        recorder_stop(p->rec);
    storage_close(p->storage);
    desk_close(p->desk);
    holds_close(p->holds);
    stream_free(p->stream);
    p->stream = NULL;
    p->volume = NULL;
    p->desk = NULL;
    p->rec = NULL;
}

void place_kill(struct place *p)
{
    char *recordings = xformat("%s.killed", p->recordings);
    char *state = xformat("%s.killed", p->state);

    volume_settle(p->volume);
    run("cp -a", p->recordings, recordings);
    run("cp -a", p->state, state);
    place_close(p);
    run("rm -rf", p->recordings, p->state);
    run("mv", recordings, p->recordings);
    run("mv", state, p->state);
    free(recordings);
    free(state);
}

void new_run(struct place *p, int64_t start_us)
{
    init_unref(p->init);
    p->init = make_init(false, 0x28, start_us);
    assert_non_null(p->init);
    p->init->clock_trusted = clock_is_trusted();
}

void feed_fragment(struct place *p, double start_s, double duration_s, bool key, uint32_t size)
{
    struct fragment *frag = make_fragment(p->init, at(start_s), at(duration_s) - at(0), key, size);

    clock_set(at(start_s + duration_s));
    stream_publish(p->stream, frag);
}

void feed(struct place *p, double from_s, double to_s)
{
    for (double s = from_s; s < to_s; s += 0.5)
        feed_fragment(p, s, 0.5, (int64_t)(s * 2) % 4 == 0, 1000);
    for (size_t i = 0; p->volume && i < p->storage->count; i++)
        volume_settle(p->storage->volumes[i]);
}

void settle(struct place *p)
{
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < p->storage->count; i++) {
            struct volume *volume = p->storage->volumes[i];
            volume_settle(volume);
            volume_sync(volume);
            volume_settle(volume);
            ledger_flush(volume->ledger);
            volume_settle(volume);
        }
}

static struct store *read_catalogue(struct place *p)
{
    struct error err = { 0 };
    struct store *store = store_open(p->state, STORE_READS, NULL, &err);

    if (!store)
        fail_msg("%s", err.text);
    return store;
}

struct segment_list rows(struct place *p)
{
    struct segment_list list;
    struct store *store = read_catalogue(p);

    assert_true(segments_between(store, "gate", 0, INT64_MAX, &list, NULL));
    store_close(store);
    return list;
}

struct gap_list gaps(struct place *p)
{
    struct gap_list list;
    struct store *store = read_catalogue(p);

    assert_true(gaps_between(store, "gate", 0, INT64_MAX, &list, NULL));
    store_close(store);
    return list;
}

void assert_tiled(struct place *p, int64_t from_us, int64_t to_us)
{
    struct segment_list segments = rows(p);
    struct gap_list holes = gaps(p);
    size_t s = 0, g = 0;
    int64_t until_us = from_us;

    while (until_us < to_us) {
        bool segment = s < segments.count &&
                       (g == holes.count || segments.rows[s].start_us <= holes.rows[g].start_us);
        if (s == segments.count && g == holes.count)
            fail_msg("nothing from %.3f s on", (double)(until_us - at(0)) / 1e6);
        int64_t start_us = segment ? segments.rows[s].start_us : holes.rows[g].start_us;
        int64_t end_us = segment ? segments.rows[s].end_us : holes.rows[g].end_us;
        if (start_us != until_us)
            fail_msg("a %s from %.3f s where %.3f s was next", segment ? "recording" : "gap",
                     (double)(start_us - at(0)) / 1e6, (double)(until_us - at(0)) / 1e6);
        until_us = end_us ? end_us : to_us;
        if (segment)
            s++;
        else
            g++;
    }
    segment_list_free(&segments);
    gap_list_free(&holes);
}

static int count_below(const char *path)
{
    int count = 0;
    struct dirent *entry;
    DIR *dir = opendir(path);

    if (!dir)
        return 0;
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        char *below = xformat("%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR)
            count += count_below(below);
        else
            count += name_is_file(entry->d_name);
        free(below);
    }
    closedir(dir);
    return count;
}

int count_files(struct place *p)
{
    return count_below(p->recordings);
}

char *file_path(struct place *p, const char *below)
{
    return xformat("%s/%s", p->recordings, below);
}
