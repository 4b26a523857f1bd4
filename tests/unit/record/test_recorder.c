#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "place.h"

static void a_segment_ends_at_the_first_keyframe_after_a_minute(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 1, 150); /* keyframes at 2, 4, 6, ... */
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.rows[0].path, "gate/2026-11-21/T00-00-02.000Z.mp4");
    assert_int_equal(list.rows[0].start_us, at(2));
    assert_int_equal(list.rows[0].end_us, at(62));
    assert_int_equal(list.rows[1].end_us, at(122));
    assert_int_equal(list.rows[2].end_us, at(150));
    assert_false(list.rows[0].open);
    assert_true(list.rows[2].open);
    assert_true(list.rows[0].clock_trusted);
    assert_string_equal(list.rows[0].codecs, "avc1.4d0028");
    segment_list_free(&list);
}

static void a_segment_ends_after_ten_minutes_without_a_keyframe(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed_fragment(p, 0, 0.5, true, 100);
    for (double s = 0.5; s < 700; s += 0.5)
        feed_fragment(p, s, 0.5, false, 100);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.rows[0].end_us, at(600));
    assert_int_equal(list.rows[1].start_us, at(600));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(700));
}

static void a_file_holds_what_its_row_says_at_every_sync(void **state)
{
    struct place *p = *state;
    struct mp4_segment seg;

    place_open(p);
    for (int s = 2; s < 20; s += 2) {
        feed(p, s, s + 2);
        settle(p);
        struct segment_list list = rows(p);
        char *path = file_path(p, list.rows[0].path);
        int fd = open(path, O_RDONLY);
        assert_true(mp4_scan_segment(fd, &seg, NULL));
        assert_int_equal(seg.end, list.rows[0].bytes);
        assert_int_equal(seg.file_size, list.rows[0].bytes);
        const struct mp4_entry *last = &seg.entries[seg.count - 1];
        assert_int_equal(last->start_us + last->duration_us, list.rows[0].end_us);
        assert_true(mp4_check_entry(fd, last, NULL));
        close(fd);
        mp4_segment_free(&seg);
        free(path);
        segment_list_free(&list);
    }
}

static void nothing_is_in_the_catalogue_before_it_is_on_the_disk(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 2, 10);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 0);
    segment_list_free(&list);
    assert_int_equal(count_files(p), 1);
}

static void a_runs_end_closes_the_segment(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 2, 10);
    stream_break(p->stream);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 1);
    assert_false(list.rows[0].open);
    segment_list_free(&list);
    new_run(p, at(14));
    feed(p, 14, 20);
    settle(p);
    list = rows(p);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.rows[1].run_us, at(14));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(20));
}

static void another_init_begins_another_segment_without_a_gap(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    new_run(p, at(10));
    feed(p, 10, 20);
    settle(p);
    struct segment_list list = rows(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(list.count, 2);
    assert_int_equal(holes.count, 0);
    segment_list_free(&list);
    gap_list_free(&holes);
}

static void a_recording_begins_with_a_keyframe(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 2.5, 10);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.rows[0].start_us, at(4));
    assert_int_equal(p->rec->skipped, 3);
    segment_list_free(&list);
    assert_tiled(p, at(0), at(10));
}

static void a_gap_carries_its_cause(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    recorder_explain(p->rec, GAP_NETWORK, "the camera does not answer");
    stream_break(p->stream);
    new_run(p, at(30));
    feed(p, 30, 40);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].start_us, at(10));
    assert_int_equal(holes.rows[0].end_us, at(30));
    assert_int_equal(holes.rows[0].cause, GAP_NETWORK);
    assert_string_equal(holes.rows[0].detail, "the camera does not answer");
    assert_int_equal(holes.rows[0].ended, GAP_END_VIDEO);
    gap_list_free(&holes);
}

static void a_gap_may_be_explained_after_it_began(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    stream_break(p->stream);
    recorder_explain(p->rec, GAP_LOGIN, "wrong password");
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].end_us, 0);
    assert_int_equal(holes.rows[0].cause, GAP_LOGIN);
    gap_list_free(&holes);
}

static void a_gap_whose_cause_changes_becomes_two(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    recorder_explain(p->rec, GAP_NETWORK, "");
    stream_break(p->stream);
    settle(p);
    clock_set(at(100));
    recorder_explain(p->rec, GAP_NETWORK, "still");
    recorder_explain(p->rec, GAP_LOGIN, "wrong password");
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 2);
    assert_int_equal(holes.rows[0].cause, GAP_NETWORK);
    assert_int_equal(holes.rows[0].end_us, at(100));
    assert_int_equal(holes.rows[0].ended, GAP_END_CAUSE);
    assert_int_equal(holes.rows[1].cause, GAP_LOGIN);
    assert_int_equal(holes.rows[1].ended, GAP_END_NONE);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(200));
}

static void silence_of_five_seconds_is_a_gap(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    clock_set(at(14.9));
    volume_tick(p->volume);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 0);
    gap_list_free(&holes);
    recorder_explain(p->rec, GAP_CAMERA, "no pictures");
    clock_set(at(15.1));
    volume_tick(p->volume);
    settle(p);
    holes = gaps(p);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].start_us, at(10));
    assert_int_equal(holes.rows[0].cause, GAP_CAMERA);
    gap_list_free(&holes);
    /* It goes on in the middle of a GOP: nothing was lost, so nothing is left out. */
    feed(p, 20.5, 30);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.rows[1].start_us, at(20.5));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(30));
}

static void time_before_the_first_picture_of_a_new_camera_is_a_gap(void **state)
{
    struct place *p = *state;

    place_open(p);
    recorder_explain(p->rec, GAP_NETWORK, "");
    clock_set(at(6));
    volume_tick(p->volume);
    new_run(p, at(20));
    feed(p, 20, 30);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].cause, GAP_NETWORK);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(30));
}

static void the_time_kengd_was_stopped_is_a_gap(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    place_close(p);
    clock_set(at(100));
    place_open(p);
    new_run(p, at(102));
    feed(p, 102, 110);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].start_us, at(10));
    assert_int_equal(holes.rows[0].end_us, at(102));
    assert_int_equal(holes.rows[0].cause, GAP_STOPPED);
    assert_int_equal(holes.rows[0].ended, GAP_END_STARTED);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(110));
}

static void a_camera_that_is_away_after_a_start_is_another_gap(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    place_close(p);
    clock_set(at(100));
    place_open(p);
    recorder_explain(p->rec, GAP_NETWORK, "no route");
    clock_set(at(106));
    volume_tick(p->volume);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 2);
    assert_int_equal(holes.rows[0].cause, GAP_STOPPED);
    assert_int_equal(holes.rows[0].end_us, at(100));
    assert_int_equal(holes.rows[1].cause, GAP_NETWORK);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(120));
}

static void a_gap_that_somebody_ended_names_them(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 10);
    recorder_stop(p->rec);
    stream_break(p->stream);
    settle(p);
    clock_set(at(60));
    storage_changed_by(p->storage, "Quản trị An");
    p->rec = recorder_start(p->storage, &p->camera, p->stream);
    storage_changed_by(p->storage, NULL);
    new_run(p, at(62));
    feed(p, 62, 70);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 1);
    assert_int_equal(holes.rows[0].cause, GAP_STOPPED);
    assert_int_equal(holes.rows[0].ended, GAP_END_PERSON);
    assert_string_equal(holes.rows[0].ended_by, "Quản trị An");
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(70));
}

static void a_reload_of_the_camera_loses_nothing(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 11); /* in the middle of a GOP */
    recorder_stop(p->rec);
    p->rec = recorder_start(p->storage, &p->camera, p->stream);
    feed(p, 11, 20);
    settle(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 0);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(20));
}

static void recordings_and_gaps_tile_the_day(void **state)
{
    struct place *p = *state;
    double s = 3;

    place_open(p);
    for (int hour = 0; hour < 24; hour++) {
        feed(p, s, s + 500.5);
        s += 500.5;
        if (hour % 3 == 0) {
            recorder_explain(p->rec, GAP_NETWORK, "");
            stream_break(p->stream);
        }
        s += hour % 4 * 30 + 0.25;
        clock_set(at(s));
        volume_tick(p->volume);
        if (hour % 5 == 4) {
            settle(p);
            place_close(p);
            s += 700;
            clock_set(at(s));
            place_open(p);
        }
        if (hour % 2 == 0)
            new_run(p, at(s));
    }
    feed(p, s, s + 100);
    settle(p);
    assert_tiled(p, at(0), at(s + 100));
}

static void a_step_back_of_the_clock_loses_nothing(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 7200, 7230);
    new_run(p, at(0));
    feed(p, 0, 30);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.rows[0].start_us, at(0));
    assert_int_equal(list.rows[0].end_us, at(30));
    assert_int_equal(list.rows[1].end_us, at(7230));
    segment_list_free(&list);
}

static void a_file_with_the_same_name_is_never_touched(void **state)
{
    struct place *p = *state;
    struct stat st;

    place_open(p);
    char *path = file_path(p, "gate");
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
    path = file_path(p, "gate/2026-11-21");
    assert_int_equal(mkdir(path, 0700), 0);
    free(path);
    path = file_path(p, "gate/2026-11-21/T00-00-02.000Z.mp4");
    close(open(path, O_CREAT | O_WRONLY, 0600));
    feed(p, 2, 10);
    settle(p);
    struct segment_list list = rows(p);
    assert_string_equal(list.rows[0].path, "gate/2026-11-21/T00-00-02.001Z.mp4");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
    segment_list_free(&list);
    free(path);
}

/* A limit on the size of files stands for a full disk: the write comes back short, the next
 * one fails. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit = { bytes, RLIM_INFINITY };

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_disk_that_is_full_for_a_moment_costs_no_fragment(void **state)
{
    struct place *p = *state;
    struct volume_state now;
    struct mp4_segment seg;

    place_open(p);
    signal(SIGXFSZ, SIG_IGN);
    feed(p, 0, 10);
    settle(p);
    limit_files(40000); /* a catalogue of more pages cannot be written either */
    for (double s = 10; s < 31; s += 0.5)
        feed_fragment(p, s, 0.5, (int64_t)(s * 2) % 4 == 0, 5000);
    volume_settle(p->volume);
    limit_files(RLIM_INFINITY);
    volume_state(p->volume, &now);
    assert_false(now.ok);
    assert_non_null(strstr(now.why, "gate/2026-11-21/T00-00-00.000Z.mp4"));
    clock_set(at(33)); /* the retry's time has come */
    feed(p, 33, 40);
    settle(p);
    volume_state(p->volume, &now);
    assert_true(now.ok);
    struct segment_list list = rows(p);
    struct gap_list holes = gaps(p);
    assert_int_equal(holes.count, 1); /* nothing came from 31 to 33 */
    assert_int_equal(holes.rows[0].start_us, at(31));
    assert_true(list.count >= 3 && list.rows[1].start_us == list.rows[0].end_us);
    char *path = file_path(p, list.rows[0].path);
    int fd = open(path, O_RDONLY);
    assert_true(mp4_scan_segment(fd, &seg, NULL));
    assert_int_equal(seg.end, seg.file_size); /* no part of a fragment is left */
    assert_int_equal(seg.end, list.rows[0].bytes);
    close(fd);
    mp4_segment_free(&seg);
    free(path);
    segment_list_free(&list);
    gap_list_free(&holes);
    assert_tiled(p, at(0), at(40));
}

static void fragments_of_no_possible_time_are_left_out(void **state)
{
    struct place *p = *state;
    struct volume_state now;

    place_open(p);
    feed(p, 0, 4);
    struct fragment *frag = make_fragment(p->init, at(4), 500000, true, 100);
    frag->start_us = SECONDS_US(253402300800); /* the year 10000 */
    stream_publish(p->stream, frag);
    frag = make_fragment(p->init, at(4), 500000, true, 100);
    frag->duration_us = SECONDS_US(100000);
    stream_publish(p->stream, frag);
    feed(p, 6, 10);
    settle(p);
    volume_state(p->volume, &now);
    assert_true(now.ok);
    assert_int_equal(p->rec->skipped, 2);
    assert_tiled(p, at(0), at(10));
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_drop)
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_segment_ends_at_the_first_keyframe_after_a_minute),
        IN_PLACE(a_segment_ends_after_ten_minutes_without_a_keyframe),
        IN_PLACE(a_file_holds_what_its_row_says_at_every_sync),
        IN_PLACE(nothing_is_in_the_catalogue_before_it_is_on_the_disk),
        IN_PLACE(a_runs_end_closes_the_segment),
        IN_PLACE(another_init_begins_another_segment_without_a_gap),
        IN_PLACE(a_recording_begins_with_a_keyframe),
        IN_PLACE(a_gap_carries_its_cause),
        IN_PLACE(a_gap_may_be_explained_after_it_began),
        IN_PLACE(a_gap_whose_cause_changes_becomes_two),
        IN_PLACE(silence_of_five_seconds_is_a_gap),
        IN_PLACE(time_before_the_first_picture_of_a_new_camera_is_a_gap),
        IN_PLACE(the_time_kengd_was_stopped_is_a_gap),
        IN_PLACE(a_gap_that_somebody_ended_names_them),
        IN_PLACE(a_camera_that_is_away_after_a_start_is_another_gap),
        IN_PLACE(a_reload_of_the_camera_loses_nothing),
        IN_PLACE(recordings_and_gaps_tile_the_day),
        IN_PLACE(a_step_back_of_the_clock_loses_nothing),
        IN_PLACE(a_file_with_the_same_name_is_never_touched),
        IN_PLACE(a_disk_that_is_full_for_a_moment_costs_no_fragment),
        IN_PLACE(fragments_of_no_possible_time_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
