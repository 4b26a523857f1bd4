/*
 * A kengd reduced to its record room, for the fault tests: writes made-up fragments of one
 * camera as fast as the disk takes them, or some of them a second, and says on standard output
 * how many were handed over. It is killed, its disk filled or made to fail, and looked at.
 *
 *   segment_writer record DIR SEED FRAGMENTS BYTES EVERY_MS   (0 ms: as fast as it goes)
 *   segment_writer repair DIR              opens, compares all, closes, prints what is there
 *   segment_writer fill DIR COUNT AGE_S    makes COUNT old segments of one fragment each
 *   segment_writer check DIR               checks every segment and counts the damaged
 */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/log.h"
#include "core/memory.h"
#include "make_mp4.h"
#include "names.h"
#include "record/recorder.h"
#include "retention.h"
#include "store/damage_rows.h"
#include "volume.h"

struct writer {
    struct settings set;
    struct camera_settings camera;
    struct loop *loop;
    struct desk *desk;
    struct holds *holds;
    struct storage *storage;
    int lock;
};

/* The disk's own word about a sync: FAIL_SYNC=N makes the Nth of a segment an error. */
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
    static atomic_int count;
    const char *failing = getenv("FAIL_SYNC");

    if (failing && atomic_fetch_add(&count, 1) + 1 == atoi(failing)) {
        errno = EIO;
        return -1;
    }
    return __real_fdatasync(fd);
}

static void die(const char *what, const struct error *err)
{
    fprintf(stderr, "segment_writer: %s: %s\n", what, err->text);
    exit(err->kind == ERR_OWNED ? 3 : 1);
}

static void open_writer(struct writer *w, const char *dir)
{
    struct error err = { 0 };
    bool replaced = false;
    const char *keep = getenv("KEEP_S"), *reserve = getenv("RESERVE_BYTES");

    w->set.paths.state = xformat("%s/state", dir);
    w->set.storage.recordings = xformat("%s/recordings", dir);
    w->set.storage.keep_us = SECONDS_US(keep ? atoll(keep) : 86400 * 30);
    w->set.storage.reserve.bytes = reserve ? atoll(reserve) : 4 << 20;
    w->set.storage.segment_us = SECONDS_US(10);
    w->set.storage.sync_us = SECONDS_US(2);
    strcpy(w->camera.id, "gate");
    w->set.cameras = &w->camera;
    w->set.camera_count = 1;
    clock_trust();
    w->lock = store_lock_directory(w->set.paths.state, &err);
    if (w->lock < 0)
        die("state", &err);
    w->loop = loop_new();
    w->desk = desk_open(w->set.paths.state, STORE_RECORDS, "records", w->loop, &replaced, &err);
    if (!w->desk)
        die("catalogue", &err);
    w->holds = holds_open(w->set.paths.state, w->loop);
    w->storage = storage_open(
        &(struct storage_setup){ &w->set, w->loop, w->desk, w->holds }, &err);
    if (!w->storage)
        die("volume", &err);
    if (replaced)
        puts("catalogue replaced");
}

static void close_writer(struct writer *w)
{
    storage_close(w->storage);
    desk_close(w->desk);
    loop_free(w->loop);
    holds_close(w->holds);
    close(w->lock);
    free(w->set.paths.state);
    free(w->set.storage.recordings);
}

static void turn(struct writer *w)
{
    event_base_loop(loop_base(w->loop), EVLOOP_NONBLOCK);
}

/* Each of its ten frames says which it is, as those of the simulated cameras do. */
static void stamp(struct fragment *frag, unsigned seed, int number, size_t frame_bytes)
{
    for (size_t n = 0; n < 10; n++) {
        uint8_t *at = frag->bytes + frag->size - (10 - n) * frame_bytes;
        snprintf((char *)at, frame_bytes, "KENGD-VILLAGE-1: gate/main s%zu f%u t0;",
                 (size_t)number * 10 + n, seed);
    }
}

static void record(struct writer *w, unsigned seed, int count, unsigned bytes, int every_ms)
{
    struct stream *stream = stream_new("gate", 0, 1 << 20);
    struct recorder *rec = recorder_start(w->storage, &w->camera, stream);
    int64_t begin_us = clock_wall_us();
    struct init *init = make_init(false, 0x28, begin_us);
    size_t peak = 0;

    srandom(seed);
    for (int i = 0; i < count; i++) {
        int64_t at_us = begin_us + (int64_t)i * MILLIS_US(500);
        unsigned size = bytes + (unsigned)random() % bytes;
        struct fragment *frag = make_fragment(init, at_us, MILLIS_US(500), i % 4 == 0, size);
        stamp(frag, seed, i, size / 10);
        stream_publish(stream, frag);
        printf("%d\n", i + 1);
        fflush(stdout);
        turn(w);
        if (rec->waiting_bytes + rec->kept_bytes > peak)
            peak = rec->waiting_bytes + rec->kept_bytes;
        if (i % 4 == 0 && every_ms == 0)
            volume_sync(w->storage->volumes[0]);
        if (every_ms > 0)
            for (int64_t end = clock_mono_us() + MILLIS_US(every_ms); clock_mono_us() < end;) {
                usleep(2000);
                turn(w);
            }
        while (rec->waiting_bytes > (4 << 20) && every_ms == 0) {
            usleep(500);
            turn(w);
        }
    }
    struct volume_state now;
    volume_settle(w->storage->volumes[0]);
    storage_state(w->storage, &now);
    recorder_stop(rec);
    init_unref(init);
    printf("end ok=%d dropped=%lld peak=%zu why=%s\n", now.ok, (long long)now.dropped, peak,
           now.why);
    stream_free(stream);
}

static void fill(struct writer *w, int count, long age_s)
{
    int64_t begin_us = clock_wall_us() - SECONDS_US((int64_t)age_s);
    struct init *init = make_init(false, 0x28, begin_us);
    struct error err = { 0 };
    struct store *store = store_open(w->set.paths.state, STORE_RECORDS, NULL, &err);
    char path[PATH_ROOM], day[PATH_ROOM];

    init->clock_trusted = true;
    store_begin(store, &err);
    for (int i = 0; i < count; i++) {
        int64_t at_us = begin_us + (int64_t)i * MILLIS_US(500);
        struct fragment *frag = make_fragment(init, at_us, MILLIS_US(500), true, 40);
        uint8_t head[MP4_FRAGMENT_HEAD];
        size_t size = mp4_write_head(head, frag);
        name_path(path, "gate", at_us);
        name_day(day, "gate", at_us);
        char *whole = xformat("%s/%s", w->set.storage.recordings, path);
        FILE *file = fopen(whole, "w");
        if (!file) {
            char *make = xformat("mkdir -p %s/%s", w->set.storage.recordings, day);
            if (system(make) != 0 || !(file = fopen(whole, "w")))
                exit(1);
            free(make);
        }
        fwrite(init->bytes, init->size, 1, file);
        fwrite(head, size, 1, file);
        fwrite(frag->bytes, frag->size, 1, file);
        fclose(file);
        free(whole);
        struct segment_row row = {
            .camera = (char *)"gate", .run_us = begin_us, .start_us = at_us,
            .end_us = at_us + MILLIS_US(500), .path = path,
            .bytes = (int64_t)(init->size + size + frag->size),
            .codecs = init->codecs, .clock_trusted = true,
        };
        if (!getenv("WITHOUT_ROWS") && !segment_insert(store, &row, &err))
            die("row", &err);
        fragment_unref(frag);
    }
    store_commit(store, &err);
    store_close(store);
    init_unref(init);
}

/* Runs until nothing is under way any more. */
static void come_to_rest(struct writer *w)
{
    while (!w->storage->volumes[0]->recovered || w->storage->volumes[0]->recovery)
        event_base_loop(loop_base(w->loop), EVLOOP_ONCE);
    volume_settle(w->storage->volumes[0]);
}

static void tell(struct writer *w)
{
    struct error err = { 0 };
    struct segment_list list;
    struct store *store = store_open(w->set.paths.state, STORE_READS, NULL, &err);
    size_t fragments = 0, bad = 0, overlaps = 0;
    int64_t damaged = 0;

    if (!store || !segments_between(store, "gate", 0, INT64_MAX, &list, &err))
        die("rows", &err);
    for (size_t i = 0; i < list.count; i++) {
        struct mp4_segment seg;
        overlaps += i > 0 && list.rows[i].start_us < list.rows[i - 1].end_us;
        char *path = xformat("%s/%s", w->set.storage.recordings, list.rows[i].path);
        FILE *file = fopen(path, "r");
        bool well = file && mp4_scan_segment(fileno(file), &seg, NULL);
        for (size_t n = 0; well && n < seg.count; n++, fragments++)
            well = mp4_check_entry(fileno(file), &seg.entries[n], NULL);
        well = well && seg.end == seg.file_size && (int64_t)seg.end == list.rows[i].bytes;
        if (!well) {
            fprintf(stderr, "bad: %s\n", path);
            bad++;
        }
        mp4_segment_free(&seg);
        if (file)
            fclose(file);
        free(path);
    }
    damage_count(store, &damaged, &err);
    printf("rows=%zu fragments=%zu bad=%zu overlaps=%zu damaged=%lld\n", list.count, fragments,
           bad, overlaps, (long long)damaged);
    segment_list_free(&list);
    store_close(store);
}

/* Lets kengd's own ticks come, without waiting for the times between them. */
static void tick_until(struct writer *w, bool (*done)(struct writer *), int64_t most_us)
{
    for (int64_t end = clock_mono_us() + most_us; clock_mono_us() < end && !done(w);) {
        if (w->storage->volumes[0]->retention)
            w->storage->volumes[0]->retention->looked_mono_us = w->storage->volumes[0]->retention->aged_mono_us = 0;
        volume_tick(w->storage->volumes[0]);
        if (getenv("SCRUB"))
            storage_scrub(w->storage);
        volume_settle(w->storage->volumes[0]);
    }
}

static bool all_gone(struct writer *w)
{
    struct names days;
    bool gone;

    names_read(w->storage->volumes[0]->mount->root_fd, "gate", name_is_any_day, &days);
    gone = days.count == 0;
    names_free(&days);
    return gone;
}

static bool never(struct writer *w)
{
    (void)w;
    return false;
}

int main(int argc, char **argv)
{
    struct writer w = { 0 };
    const char *word = argc > 2 ? argv[1] : "";

    log_open("segment_writer", LOG_LEVEL_INFO);
    if (!*word) {
        fputs("segment_writer record|repair|fill|check|age DIR ...\n", stderr);
        return 2;
    }
    open_writer(&w, argv[2]);
    come_to_rest(&w);
    puts("ready");
    fflush(stdout);
    if (!strcmp(word, "record") && argc == 7)
        record(&w, (unsigned)atoi(argv[3]), atoi(argv[4]), (unsigned)atoi(argv[5]),
               atoi(argv[6]));
    else if (!strcmp(word, "fill") && argc == 5)
        fill(&w, atoi(argv[3]), atol(argv[4]));
    else if (!strcmp(word, "age"))
        tick_until(&w, all_gone, SECONDS_US(argc > 3 ? atoi(argv[3]) : 60));
    else if (!strcmp(word, "check"))
        tick_until(&w, never, SECONDS_US(argc > 3 ? atoi(argv[3]) : 5));
    volume_settle(w.storage->volumes[0]);
    if (strcmp(word, "record") != 0 && strcmp(word, "fill") != 0)
        tell(&w);
    close_writer(&w);
    return 0;
}
