#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/memory.h"
#include "place.h"

/* The disk's faults: while these hold, a write or a sync fails so. */
static int write_errno, sync_errno;
/* Taken: a write or a sync stalls on its worker until it is given back. */
static sem_t writes, syncs;

ssize_t __real_pwritev64(int fd, const struct iovec *parts, int count, off_t offset);
ssize_t __wrap_pwritev64(int fd, const struct iovec *parts, int count, off_t offset);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

ssize_t __wrap_pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
    int failing = __atomic_load_n(&write_errno, __ATOMIC_SEQ_CST);

    sem_wait(&writes);
    sem_post(&writes);
    if (!failing)
        return __real_pwritev64(fd, parts, count, offset);
    /* A part of it arrives: that is what must not stay. */
    __real_pwritev64(fd, parts, 1, offset);
    errno = failing;
    return -1;
}

int __wrap_fdatasync(int fd)
{
    sem_wait(&syncs);
    sem_post(&syncs);
    errno = __atomic_load_n(&sync_errno, __ATOMIC_SEQ_CST);
    return errno ? -1 : __real_fdatasync(fd);
}

static void fault(int *which, int value)
{
    __atomic_store_n(which, value, __ATOMIC_SEQ_CST);
}

static char *state_of(struct place *p, bool *ok)
{
    struct volume_state now;

    volume_state(p->volume, &now);
    *ok = now.ok;
    return xstrdup(now.why);
}

static void assert_says(struct place *p, const char *what)
{
    bool ok;
    char *why = state_of(p, &ok);

    assert_int_equal(ok, what == NULL);
    if (what && !strstr(why, what))
        fail_msg("'%s' does not say '%s'", why, what);
    free(why);
}

/* The time of the next check of the volume comes. */
static void recheck(struct place *p)
{
    clock_set(clock_wall_us() + SECONDS_US(6));
    volume_tick(p->volume);
    volume_settle(p->volume);
}

static void a_volume_is_given_an_identity_the_first_time(void **state)
{
    struct place *p = *state;
    char first[VOLUME_ID + 1];

    place_open(p);
    assert_says(p, NULL);
    strcpy(first, p->volume->mount->id);
    assert_int_equal(strlen(first), VOLUME_ID);
    place_close(p);
    place_open(p);
    assert_string_equal(p->volume->mount->id, first);
}

static void a_disk_that_is_not_mounted_is_refused_and_nothing_written(void **state)
{
    struct place *p = *state;

    place_open(p);
    place_close(p);
    char *away = xformat("%s.away", p->recordings);
    assert_int_equal(rename(p->recordings, away), 0);
    place_open(p);
    assert_says(p, "is the disk mounted?");
    feed(p, 0, 10);
    struct stat st;
    assert_int_not_equal(stat(p->recordings, &st), 0);
    assert_int_equal(mkdir(p->recordings, 0700), 0); /* the empty mount point */
    recheck(p);
    assert_says(p, "keng-volume");
    assert_int_equal(count_files(p), 0);
    assert_int_equal(rmdir(p->recordings), 0);
    assert_int_equal(rename(away, p->recordings), 0);
    free(away);
    recheck(p); /* it resumes by itself, with what waited in memory */
    assert_says(p, NULL);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.rows[0].start_us, at(0));
    assert_int_equal(list.rows[0].end_us, at(10));
    segment_list_free(&list);
}

static void another_disk_is_refused_by_name(void **state)
{
    struct place *p = *state;
    char *file = xformat("%s/keng-volume", p->recordings);

    place_open(p);
    char expected[9];
    snprintf(expected, sizeof expected, "%.8s", p->volume->mount->id);
    place_close(p);
    FILE *f = fopen(file, "w");
    fputs("id 0123456789abcdef0123456789abcdef\n", f);
    fclose(f);
    place_open(p);
    assert_says(p, "01234567");
    assert_says(p, expected);
    free(file);
}

static void an_older_copy_of_the_disk_is_refused(void **state)
{
    struct place *p = *state;
    struct volume_state now;
    char *copy = xformat("cp -a %s %s.copy", p->recordings, p->recordings);
    char *back = xformat("rm -r %s && mv %s.copy %s", p->recordings, p->recordings,
                         p->recordings);

    place_open(p);
    feed(p, 0, 10);
    place_close(p);
    assert_int_equal(system(copy), 0);
    place_open(p);
    feed(p, 10, 20);
    place_close(p);
    assert_int_equal(system(back), 0);
    place_open(p);
    volume_state(p->volume, &now);
    assert_false(now.ok);
    assert_non_null(strstr(now.why, "older copy"));
    free(copy);
    free(back);
}

static void a_disk_that_goes_away_is_noticed(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    char *away = xformat("%s.away", p->recordings);
    assert_int_equal(rename(p->recordings, away), 0);
    recheck(p);
    assert_says(p, p->recordings);
    feed(p, 16, 20);
    assert_int_equal(rename(away, p->recordings), 0);
    recheck(p);
    assert_says(p, NULL);
    settle(p);
    assert_tiled(p, at(0), at(20));
    free(away);
}

static void a_second_writer_of_the_same_volume_is_refused(void **state)
{
    struct place *p = *state;
    struct error err = { 0 };

    place_open(p);
    assert_null(storage_open(&(struct storage_setup){ &p->set, p->loop, p->desk, NULL }, &err));
    assert_int_equal(err.kind, ERR_OWNED);
    feed(p, 0, 10);
    settle(p);
    assert_says(p, NULL);
    assert_tiled(p, at(0), at(10));
}

static void a_failed_write_leaves_no_part_of_a_fragment(void **state)
{
    struct place *p = *state;
    struct mp4_segment seg;

    place_open(p);
    feed(p, 0, 10);
    fault(&write_errno, EIO);
    feed(p, 10, 11);
    fault(&write_errno, 0);
    assert_says(p, "the disk fails at reading or writing");
    clock_set(at(12.5));
    feed(p, 12.5, 20);
    settle(p);
    assert_says(p, NULL);
    struct segment_list list = rows(p);
    char *path = file_path(p, list.rows[0].path);
    int fd = open(path, O_RDONLY);
    assert_true(mp4_scan_segment(fd, &seg, NULL));
    assert_int_equal(seg.end, seg.file_size);
    assert_int_equal(list.rows[0].end_us, at(10));
    close(fd);
    mp4_segment_free(&seg);
    free(path);
    segment_list_free(&list);
    assert_tiled(p, at(0), at(20));
}

static void fail_a_sync(struct place *p)
{
    fault(&sync_errno, EIO);
    volume_sync(p->volume);
    volume_settle(p->volume);
    fault(&sync_errno, 0);
}

/* Every fragment once, in the order of time: the size of each tells its number. */
static void assert_frames(struct place *p, size_t wanted)
{
    struct segment_list list = rows(p);
    size_t found = 0;

    for (size_t i = 0; i < list.count; i++) {
        struct mp4_segment seg;
        char *path = file_path(p, list.rows[i].path);
        int fd = open(path, O_RDONLY);
        assert_true(mp4_scan_segment(fd, &seg, NULL));
        assert_int_equal(seg.file_size, seg.end);
        for (size_t n = 0; n < seg.count; n++, found++) {
            assert_int_equal(seg.entries[n].start_us, at((double)found / 2));
            assert_true(mp4_check_entry(fd, &seg.entries[n], NULL));
        }
        mp4_segment_free(&seg);
        close(fd);
        free(path);
    }
    assert_int_equal(found, wanted);
    segment_list_free(&list);
}

static void what_a_failed_sync_leaves_in_doubt_is_written_again(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    settle(p);
    feed(p, 10, 14);
    fail_a_sync(p);
    feed(p, 14, 20);
    settle(p);
    assert_frames(p, 40);
    assert_tiled(p, at(0), at(20));
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 0);
    gap_list_free(&holes);
}

static void a_sync_that_fails_at_the_first_try_costs_nothing(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 3);
    fail_a_sync(p);
    fail_a_sync(p);
    feed(p, 3, 10);
    settle(p);
    assert_frames(p, 20);
    assert_tiled(p, at(0), at(10));
}

static void a_sync_that_fails_when_a_file_ends_costs_nothing(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 59);
    settle(p);
    fault(&sync_errno, EIO);
    feed(p, 59, 64); /* another file is begun, the first is closed */
    fault(&sync_errno, 0);
    settle(p);
    feed(p, 64, 70);
    settle(p);
    assert_frames(p, 140);
    assert_tiled(p, at(0), at(70));
}

static void what_is_not_at_hand_any_more_is_a_gap(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    settle(p);
    for (double s = 10; s < 20; s += 0.5) /* more than is kept */
        feed_fragment(p, s, 0.5, (int64_t)(s * 2) % 4 == 0, 1 << 20);
    volume_settle(p->volume);
    assert_true(p->rec->kept_bytes <= CAMERA_KEPT_MAX);
    fail_a_sync(p);
    feed(p, 20, 30);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].start_us, at(10));
    assert_int_equal(holes.rows[0].end_us, at(20));
    assert_int_equal(holes.rows[0].cause, GAP_DISK);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(30));
}

static void what_the_disk_is_too_slow_for_goes_by_whole_gops(void **state)
{
    struct place *p = *state;
    struct volume_state now;

    place_open(p);
    feed(p, 0, 10);
    settle(p);
    fault(&write_errno, EIO);
    for (double s = 10; s < 60; s += 0.5) /* 1 MB a fragment: 32 MiB are 16 s */
        feed_fragment(p, s, 0.5, (int64_t)(s * 2) % 4 == 0, 1 << 20);
    volume_settle(p->volume);
    assert_true(p->rec->waiting_bytes <= CAMERA_WAITING_MAX);
    assert_true(p->rec->first->frag->keyframe);
    fault(&write_errno, 0);
    clock_set(at(62));
    volume_tick(p->volume);
    settle(p);
    volume_state(p->volume, &now);
    assert_true(now.dropped >= 60);
    struct segment_list list = rows(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(list.count, 2);
    assert_int_equal(holes.rows[0].cause, GAP_DISK);
    assert_int_equal(holes.rows[0].start_us, at(10));
    assert_int_equal(holes.rows[0].end_us, list.rows[1].start_us);
    assert_int_equal(list.rows[1].end_us, at(60));
    segment_list_free(&list);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(60));
}

static void a_slow_sync_stalls_no_write(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    sem_wait(&syncs);
    volume_sync(p->volume);
    for (double s = 10; s < 80; s += 0.5) {
        feed_fragment(p, s, 0.5, (int64_t)(s * 2) % 4 == 0, 1000);
        while (!recorder_is_idle(p->rec))
            event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
    }
    assert_true(p->volume->syncing);
    assert_int_equal(count_files(p), 2); /* the second one too was written meanwhile */
    assert_int_equal(p->rec->end_us, at(80));
    sem_post(&syncs);
    settle(p);
    assert_tiled(p, at(0), at(80));
}

static void a_stalled_disk_is_told_and_costs_a_gap(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    sem_wait(&writes);
    for (double s = 10; s < 60; s += 0.5)
        feed_fragment(p, s, 0.5, (int64_t)(s * 2) % 4 == 0, 1 << 20);
    assert_says(p, "too slow");
    assert_true(p->rec->waiting_bytes <= CAMERA_WAITING_MAX);
    sem_post(&writes);
    settle(p);
    assert_says(p, NULL);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].cause, GAP_DISK);
    assert_int_equal(holes.rows[0].start_us, at(10.5)); /* one was out when it stalled */
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(60));
}

static void one_camera_does_not_take_the_memory_of_all(void **state)
{
    struct place *p = *state;
    struct camera_settings other[10] = { 0 };
    struct stream *streams[10];
    struct recorder *recs[10];

    place_open(p);
    fault(&write_errno, EIO);
    for (int i = 0; i < 10; i++) {
        snprintf(other[i].id, sizeof other[i].id, "other-%d", i);
        streams[i] = stream_new(other[i].id, 0, 0);
        recs[i] = recorder_start(p->storage, &other[i], streams[i]);
        for (double s = 0; s < 20; s += 0.5) {
            struct fragment *frag = make_fragment(p->init, at(s), 500000,
                                                  (int64_t)(s * 2) % 4 == 0, 1 << 20);
            stream_publish(streams[i], frag);
        }
    }
    volume_settle(p->volume);
    assert_true(p->storage->waiting_bytes <= ALL_WAITING_MAX);
    assert_true(p->storage->waiting_bytes > ALL_WAITING_MAX / 10 * 9);
    for (int i = 0; i < 10; i++) {
        assert_true(recs[i]->waiting_bytes > ALL_WAITING_MAX / 20);
        recorder_stop(recs[i]);
        stream_free(streams[i]);
    }
    place_close(p);
    fault(&write_errno, 0);
}

static void a_stop_brings_everything_to_the_disk(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 100);
    place_close(p);
    struct segment_list list = rows(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(list.count, 2);
    assert_false(list.rows[1].open);
    assert_int_equal(list.rows[1].end_us, at(100));
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].cause, GAP_STOPPED);
    assert_int_equal(holes.rows[0].start_us, at(100));
    segment_list_free(&list);
    gap_list_free(&holes);
}

/* A test that failed while the disk stalled must not hang. */
static int drop(void **state)
{
    int waiting;

    fault(&write_errno, 0);
    fault(&sync_errno, 0);
    for (sem_getvalue(&writes, &waiting); waiting < 1; waiting++)
        sem_post(&writes);
    for (sem_getvalue(&syncs, &waiting); waiting < 1; waiting++)
        sem_post(&syncs);
    return place_drop(state);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, drop)
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_volume_is_given_an_identity_the_first_time),
        IN_PLACE(a_disk_that_is_not_mounted_is_refused_and_nothing_written),
        IN_PLACE(another_disk_is_refused_by_name),
        IN_PLACE(an_older_copy_of_the_disk_is_refused),
        IN_PLACE(a_disk_that_goes_away_is_noticed),
        IN_PLACE(a_second_writer_of_the_same_volume_is_refused),
        IN_PLACE(a_failed_write_leaves_no_part_of_a_fragment),
        IN_PLACE(what_a_failed_sync_leaves_in_doubt_is_written_again),
        IN_PLACE(a_sync_that_fails_at_the_first_try_costs_nothing),
        IN_PLACE(a_sync_that_fails_when_a_file_ends_costs_nothing),
        IN_PLACE(what_is_not_at_hand_any_more_is_a_gap),
        IN_PLACE(what_the_disk_is_too_slow_for_goes_by_whole_gops),
        IN_PLACE(a_slow_sync_stalls_no_write),
        IN_PLACE(a_stalled_disk_is_told_and_costs_a_gap),
        IN_PLACE(one_camera_does_not_take_the_memory_of_all),
        IN_PLACE(a_stop_brings_everything_to_the_disk),
    };

    sem_init(&writes, 0, 1);
    sem_init(&syncs, 0, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
