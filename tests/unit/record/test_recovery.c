#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "place.h"

/* The catalogue is moved away: what a lost one looks like. */
static void lose_catalogue(struct place *p)
{
    for (const char *const *name =
             (const char *const[]){ "keng.db", "keng.db-wal", "keng.db-shm", NULL };
         *name; name++) {
        char *path = xformat("%s/%s", p->state, *name);
        unlink(path);
        free(path);
    }
}

static off_t size_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void a_torn_tail_is_cut_at_the_last_whole_fragment(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    settle(p);
    place_kill(p);
    struct segment_list list = rows(p);
    assert_true(list.rows[0].open);
    char *path = file_path(p, list.rows[0].path);
    int64_t whole = list.rows[0].bytes;
    segment_list_free(&list);
    assert_int_equal(truncate(path, size_of(path) - 7), 0);
    clock_set(at(30));
    place_open(p);
    settle(p);
    list = rows(p);
    assert_int_equal(list.count, 1);
    assert_false(list.rows[0].open);
    assert_int_equal(list.rows[0].end_us, at(9.5));
    assert_int_equal(size_of(path), list.rows[0].bytes);
    assert_true(list.rows[0].bytes < whole);
    segment_list_free(&list);
    free(path);
    assert_tiled(p, at(0), at(30));
}

static void what_was_written_behind_the_last_sync_is_found(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    settle(p);
    feed(p, 10, 14);
    place_kill(p);
    clock_set(at(30));
    place_open(p);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.rows[0].end_us, at(14));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(30));
}

static void bytes_that_the_power_cut_lost_are_not_taken_for_video(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    settle(p);
    struct segment_list list = rows(p);
    int64_t synced = list.rows[0].bytes;
    char *path = file_path(p, list.rows[0].path);
    segment_list_free(&list);
    feed(p, 10, 14);
    place_kill(p);
    /* The file has its length, but in the middle of what was not synced there is nothing. */
    int fd = open(path, O_WRONLY);
    char zeros[500] = { 0 };
    assert_int_equal(pwrite(fd, zeros, sizeof zeros, synced + 1600), sizeof zeros);
    close(fd);
    place_open(p);
    settle(p);
    list = rows(p);
    assert_int_equal(list.rows[0].end_us, at(10.5));
    assert_int_equal(size_of(path), list.rows[0].bytes);
    segment_list_free(&list);
    free(path);
}

static void a_file_that_never_came_into_the_catalogue_is_found(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    place_kill(p); /* before the first sync */
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 0);
    segment_list_free(&list);
    clock_set(at(30));
    place_open(p);
    new_run(p, at(31));
    feed(p, 31, 35);
    settle(p);
    list = rows(p);
    assert_int_equal(list.count, 2);
    segment_list_free(&list);
    assert_tiled(p, at(0), at(35));
}

static void a_file_without_a_whole_fragment_is_removed(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 0.5);
    place_kill(p);
    char *path = file_path(p, "gate/2026-11-21/T00-00-00.000Z.mp4");
    assert_int_equal(truncate(path, size_of(path) - 1), 0);
    free(path);
    place_open(p);
    settle(p);
    assert_int_equal(count_files(p), 0);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 0);
    segment_list_free(&list);
}

static void a_file_that_is_gone_is_a_gap(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 200);
    settle(p);
    place_close(p);
    struct segment_list list = rows(p);
    char *path = file_path(p, list.rows[1].path);
    assert_int_equal(unlink(path), 0);
    free(path);
    segment_list_free(&list);
    clock_set(at(300));
    place_open(p);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.rows[0].start_us, at(60));
    assert_int_equal(holes.rows[0].end_us, at(120));
    assert_int_equal(holes.rows[0].cause, GAP_DISK);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(300));
    place_close(p);
    place_open(p); /* it is lost once, not at every start */
    settle(p);
    assert_tiled(p, at(0), at(300));
}

static void losing_the_catalogue_loses_nothing(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 3000);
    settle(p);
    place_close(p);
    struct segment_list before = rows(p);
    lose_catalogue(p);
    clock_set(at(4000));
    place_open(p);
    new_run(p, at(4001)); /* and recording goes on meanwhile */
    feed(p, 4001, 4010);
    settle(p);
    struct segment_list after = rows(p);
    assert_int_equal(after.count, before.count + 1);
    for (size_t i = 0; i < before.count; i++) {
        assert_string_equal(after.rows[i].path, before.rows[i].path);
        assert_int_equal(after.rows[i].start_us, before.rows[i].start_us);
        assert_int_equal(after.rows[i].end_us, before.rows[i].end_us);
        assert_int_equal(after.rows[i].bytes, before.rows[i].bytes);
        assert_int_equal(after.rows[i].run_us, before.rows[i].run_us);
        assert_string_equal(after.rows[i].codecs, before.rows[i].codecs);
        assert_false(after.rows[i].open);
    }
    segment_list_free(&before);
    segment_list_free(&after);
    assert_tiled(p, at(0), at(4010));
}

static void a_gap_that_a_kill_left_open_ends_where_kengd_began_again(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    recorder_explain(p->rec, GAP_NETWORK, "");
    stream_break(p->stream);
    settle(p);
    clock_set(at(50));
    place_kill(p);
    clock_set(at(100));
    place_open(p);
    new_run(p, at(103));
    feed(p, 103, 110);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.rows[0].cause, GAP_NETWORK);
    assert_int_equal(holes.rows[0].end_us, at(100));
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(110));
}

static void names_of_others_are_left_alone(void **state)
{
    struct place *p = *state;
    const char *const others[] = { "gate/note.txt", "gate/2026-11-21/T1.mp4", "readme" };

    place_open(p);
    feed(p, 0, 10);
    settle(p);
    place_close(p);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char *path = file_path(p, others[i]);
        close(open(path, O_CREAT | O_WRONLY, 0600));
        free(path);
    }
    place_open(p);
    settle(p);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        char *path = file_path(p, others[i]);
        assert_int_equal(size_of(path), 0);
        free(path);
    }
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_drop)
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_torn_tail_is_cut_at_the_last_whole_fragment),
        IN_PLACE(what_was_written_behind_the_last_sync_is_found),
        IN_PLACE(bytes_that_the_power_cut_lost_are_not_taken_for_video),
        IN_PLACE(a_file_that_never_came_into_the_catalogue_is_found),
        IN_PLACE(a_file_without_a_whole_fragment_is_removed),
        IN_PLACE(a_file_that_is_gone_is_a_gap),
        IN_PLACE(losing_the_catalogue_loses_nothing),
        IN_PLACE(a_gap_that_a_kill_left_open_ends_where_kengd_began_again),
        IN_PLACE(names_of_others_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
