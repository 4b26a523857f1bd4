#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/memory.h"
#include "place.h"
#include "store/alert_rows.h"

/* The test's own disk: what statvfs says of it. */
static int64_t disk_bytes;

int __wrap_fstatvfs64(int fd, struct statvfs *out);

static int64_t bytes_below(struct place *p)
{
    struct segment_list list = rows(p);
    int64_t bytes = 0;

    for (size_t i = 0; i < list.count; i++)
        bytes += list.rows[i].bytes;
    segment_list_free(&list);
    return bytes;
}

static struct place *measured;
static bool catalogue_fails;

bool __real_segments_oldest(struct store *s, const struct segment_wish *wish,
                            struct segment_list *out, struct error *err);
bool __wrap_segments_oldest(struct store *s, const struct segment_wish *wish,
                            struct segment_list *out, struct error *err);
bool __wrap_segments_oldest(struct store *s, const struct segment_wish *wish,
                            struct segment_list *out, struct error *err)
{
    if (catalogue_fails)
        return error_set(err, ERR_STORE, "it fails");
    return __real_segments_oldest(s, wish, out, err);
}

int __wrap_fstatvfs64(int fd, struct statvfs *out)
{
    *out = (struct statvfs){ .f_frsize = 1, .f_blocks = (fsblkcnt_t)disk_bytes };
    int64_t used = 0;
    char *command = xformat("find %s -name '*.mp4' -printf '%%s\\n'", measured->recordings);
    FILE *list = popen(command, "r");
    for (long long size; fscanf(list, "%lld", &size) == 1;)
        used += size;
    pclose(list);
    free(command);
    out->f_bavail = used < disk_bytes ? (fsblkcnt_t)(disk_bytes - used) : 0;
    return 0;
}

static int make(void **state)
{
    int failed = place_make(state);

    measured = *state;
    disk_bytes = 1 << 30;
    return failed;
}

/* Lets retention look now. */
static void look(struct place *p)
{
    settle(p);
    clock_set(clock_wall_us() + SECONDS_US(61));
    volume_tick(p->volume);
    settle(p);
}

static void footage_older_than_it_is_kept_goes(void **state)
{
    struct place *p = *state;

    p->set.storage.keep_us = SECONDS_US(300);
    place_open(p);
    feed(p, 0, 600);
    look(p); /* it is 661 s now */
    struct segment_list list = rows(p);
    assert_int_equal(list.rows[0].start_us, at(360));
    assert_int_equal(list.count, count_files(p));
    segment_list_free(&list);
}

static void a_camera_may_keep_its_footage_longer(void **state)
{
    struct place *p = *state;

    p->set.storage.keep_us = SECONDS_US(300);
    p->camera.keep_us = SECONDS_US(3600);
    place_open(p);
    feed(p, 0, 600);
    look(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.rows[0].start_us, at(0));
    segment_list_free(&list);
    p->camera.keep_us = 0;
    volume_reload(p->volume, &p->set);
    look(p);
    list = rows(p);
    assert_int_equal(list.rows[0].start_us, at(420)); /* ends at 480; it is 722 s now */
    segment_list_free(&list);
}

static void a_camera_that_is_configured_no_more_keeps_footage_like_the_others(void **state)
{
    struct place *p = *state;

    p->set.storage.keep_us = SECONDS_US(300);
    place_open(p);
    feed(p, 0, 600);
    recorder_stop(p->rec);
    p->set.camera_count = 0;
    volume_reload(p->volume, &p->set);
    look(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.rows[0].start_us, at(360));
    segment_list_free(&list);
}

static void nothing_is_deleted_by_age_while_the_clock_is_not_trusted(void **state)
{
    struct place *p = *state;

    p->set.storage.keep_us = SECONDS_US(300);
    clock_distrust();
    place_open(p);
    feed(p, 0, 600);
    look(p);
    assert_int_equal(count_files(p), 10);
    clock_trusted = true;
    look(p);
    assert_true(count_files(p) < 10);
}

static void the_oldest_goes_first_when_space_is_short(void **state)
{
    struct place *p = *state;

    clock_distrust(); /* space is made nevertheless */
    place_open(p);
    feed(p, 0, 600);
    settle(p);
    int64_t used = bytes_below(p);
    disk_bytes = used / 2 * 3; /* a third of it is free */
    p->set.storage.reserve.bytes = disk_bytes / 2;
    volume_reload(p->volume, &p->set);
    look(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.rows[0].start_us, at(180));
    assert_int_equal(list.count, count_files(p));
    segment_list_free(&list);
}

static void a_share_of_the_volume_can_be_kept_free(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 600);
    settle(p);
    disk_bytes = bytes_below(p);
    p->set.storage.reserve.permille = 200;
    volume_reload(p->volume, &p->set);
    look(p);
    assert_in_range(bytes_below(p), disk_bytes / 10 * 6, disk_bytes / 10 * 8);
}

static void what_is_being_written_is_not_deleted(void **state)
{
    struct place *p = *state;
    struct volume_state now;

    place_open(p);
    feed(p, 0, 30);
    settle(p);
    disk_bytes = 1000;
    p->set.storage.reserve.permille = 100;
    volume_reload(p->volume, &p->set);
    feed(p, 30, 37); /* time to look again, and no silence */
    volume_tick(p->volume);
    settle(p);
    assert_int_equal(count_files(p), 1);
    volume_state(p->volume, &now);
    assert_false(now.ok);
    assert_non_null(strstr(now.why, p->recordings));
}

static void space_is_made_without_the_catalogue(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 600);
    settle(p);
    int64_t used = bytes_below(p);
    catalogue_fails = true;
    disk_bytes = used;
    p->set.storage.reserve.permille = 500;
    volume_reload(p->volume, &p->set);
    int before = count_files(p);
    look(p);
    assert_true(count_files(p) <= before / 2 + 1);
    char *oldest = file_path(p, "gate/2026-11-21/T00-00-00.000Z.mp4");
    struct stat st;
    assert_int_not_equal(stat(oldest, &st), 0);
    free(oldest);
    catalogue_fails = false;
}

static void empty_days_are_removed_and_gaps_before_the_oldest_forgotten(void **state)
{
    struct place *p = *state;
    struct stat st;

    place_open(p);
    feed(p, 0, 10);
    stream_break(p->stream);
    new_run(p, at(86400 + 10));
    feed(p, 86400 + 10, 86400 + 30);
    settle(p);
    p->set.storage.keep_us = SECONDS_US(3600);
    volume_reload(p->volume, &p->set);
    look(p);
    char *day = file_path(p, "gate/2026-11-21");
    assert_int_not_equal(stat(day, &st), 0);
    free(day);
    struct gap_list holes = gaps(p);
    /* The open one at the end is of the silence that look() made. */
    for (size_t i = 0; i < holes.count; i++)
        assert_true(holes.rows[i].start_us >= at(86400));
    gap_list_free(&holes);
}

static bool is_there(struct place *p, const char *below)
{
    char *path = file_path(p, below);
    struct stat st;
    bool there = stat(path, &st) == 0;

    free(path);
    return there;
}

static void a_thousand_old_files_go_at_one_look(void **state)
{
    struct place *p = *state;

    p->set.storage.segment_us = SECONDS_US(10);
    p->set.storage.keep_us = SECONDS_US(3600);
    place_open(p);
    for (int i = 0; i < 1100; i++) {
        feed_fragment(p, i * 10, 0.5, true, 100);
        feed_fragment(p, i * 10 + 9.5, 0.5, false, 100);
        if (i % 100 == 0)
            settle(p);
    }
    settle(p);
    clock_set(at(0) + DAY_US);
    look(p);
    look(p);
    assert_int_equal(count_files(p), 0);
}

static void a_camera_takes_no_more_than_it_may(void **state)
{
    struct place *p = *state;

    p->camera.most.bytes = 300000;
    place_open(p);
    feed(p, 0, 600);
    look(p);
    assert_true(bytes_below(p) <= 300000);
    assert_true(bytes_below(p) > 100000);
    assert_false(is_there(p, "gate/2026-11-21/T00-00-00.000Z.mp4"));
}

static void a_volume_takes_no_more_than_it_may(void **state)
{
    struct place *p = *state;

    p->set.storage.most.bytes = 300000;
    place_open(p);
    feed(p, 0, 600);
    look(p);
    assert_true(bytes_below(p) <= 300000 + 130000); /* the one that is written counts */
    assert_true(bytes_below(p) > 100000);
}

static void add_event(struct place *p, double from_s, double to_s)
{
    struct error err = { 0 };
    struct store *store = store_open(p->state, STORE_DUTIES, NULL, &err);
    struct event_row event = { .kind = EVENT_MOTION, .camera = (char *)"gate",
                               .area = (char *)"a", .start_us = at(from_s),
                               .end_us = at(to_s), .seen_us = at(to_s) };

    assert_non_null(store);
    row_id_new(at(from_s), event.id);
    assert_true(event_insert(store, &event, &err));
    store_close(store);
}

static void what_is_around_events_is_kept_longer(void **state)
{
    struct place *p = *state;

    p->camera.record = RECORD_BOTH;
    p->camera.keep_us = DAY_US;
    p->camera.keep_events_us = 10 * DAY_US;
    p->set.storage.before_us = SECONDS_US(5);
    p->set.storage.after_us = SECONDS_US(10);
    place_open(p);
    feed(p, 0, 300);
    add_event(p, 70, 80);
    add_event(p, 115, 118); /* what follows for ten seconds is in the next file */
    clock_set(at(0) + 2 * DAY_US);
    look(p);
    look(p);
    assert_int_equal(count_files(p), 2);
    assert_true(is_there(p, "gate/2026-11-21/T00-01-00.000Z.mp4"));
    assert_true(is_there(p, "gate/2026-11-21/T00-02-00.000Z.mp4"));
    clock_set(at(0) + 11 * DAY_US);
    look(p);
    assert_int_equal(count_files(p), 0);
}

static void for_space_events_go_last(void **state)
{
    struct place *p = *state;

    p->camera.record = RECORD_BOTH;
    p->camera.keep_events_us = 60 * DAY_US;
    place_open(p);
    feed(p, 0, 300);
    settle(p);
    add_event(p, 10, 20);
    disk_bytes = bytes_below(p);
    p->set.storage.reserve.permille = 400;
    volume_reload(p->volume, &p->set);
    look(p);
    assert_true(is_there(p, "gate/2026-11-21/T00-00-00.000Z.mp4"));
    assert_false(is_there(p, "gate/2026-11-21/T00-01-00.000Z.mp4"));
}

/* ---- what is held ---------------------------------------------------------------- */

struct heard {
    int count;
    bool held;
    char id[ROW_ID_MAX];
};

static void on_hold(void *arg, const struct hold *hold, const struct error *err)
{
    struct heard *heard = arg;

    heard->count++;
    heard->held = hold != NULL;
    if (hold)
        strcpy(heard->id, hold->id);
}

static struct heard hold(struct place *p, double from_s, double to_s, double until_s)
{
    struct heard heard = { 0 };
    const struct hold wish = {
        .camera = "gate", .from_us = at(from_s), .to_us = at(to_s), .until_us = at(until_s),
        .reason = (char *)"vụ trộm xe", .who = (char *)"truc-ban",
    };

    holds_add(p->holds, &wish, on_hold, &heard);
    while (heard.count == 0)
        event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
    return heard;
}

static void fill_the_disk(struct place *p)
{
    disk_bytes = 1000;
    volume_reload(p->volume, &p->set);
    look(p);
    disk_bytes = 1 << 30;
}

static void held_footage_is_not_deleted_by_age_or_for_space(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 240);
    assert_true(hold(p, 70, 80, 60 * 86400).held);
    clock_set(at(0) + 31 * DAY_US);
    look(p); /* the last one is closed */
    look(p);
    assert_true(is_there(p, "gate/2026-11-21/T00-01-00.000Z.mp4"));
    assert_int_equal(count_files(p), 1);
    fill_the_disk(p);
    assert_true(is_there(p, "gate/2026-11-21/T00-01-00.000Z.mp4"));
    catalogue_fails = true;
    fill_the_disk(p);
    catalogue_fails = false;
    assert_true(is_there(p, "gate/2026-11-21/T00-01-00.000Z.mp4"));
}

static void a_hold_outlives_kengd_and_ends_on_its_day(void **state)
{
    struct place *p = *state;
    struct hold_list list;

    place_open(p);
    feed(p, 0, 120);
    assert_true(hold(p, 0, 10, 40 * 86400).held);
    place_close(p);
    place_open(p);
    holds_list(p->holds, "gate", &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.rows[0].reason, "vụ trộm xe");
    hold_list_free(&list);
    clock_set(at(0) + 39 * DAY_US);
    look(p);
    assert_int_equal(count_files(p), 1);
    clock_distrust(); /* nobody knows the day */
    clock_set(at(0) + 41 * DAY_US);
    look(p);
    assert_int_equal(count_files(p), 1);
    clock_trusted = true;
    look(p);
    look(p);
    assert_int_equal(count_files(p), 0);
    holds_list(p->holds, NULL, &list);
    assert_int_equal(list.count, 0);
    hold_list_free(&list);
}

static void what_is_released_goes_with_the_rest(void **state)
{
    struct place *p = *state;
    struct heard heard, gone = { 0 };

    place_open(p);
    feed(p, 0, 120);
    heard = hold(p, 0, 10, 40 * 86400);
    holds_release(p->holds, "01ARZ3NDEKTSV4RRFFQ69G5FAV", on_hold, &gone);
    holds_release(p->holds, heard.id, on_hold, &gone);
    while (gone.count < 2)
        event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
    assert_true(gone.held);
    clock_set(at(0) + 31 * DAY_US);
    look(p); /* the last one is closed */
    look(p);
    assert_int_equal(count_files(p), 0);
}

static void a_hold_without_reason_or_end_is_refused(void **state)
{
    struct place *p = *state;
    struct heard heard = { .held = true };
    struct hold wish = { .camera = "gate", .to_us = 1, .reason = (char *)"", .who = (char *)"x",
                         .until_us = at(86400) };

    place_open(p);
    holds_add(p->holds, &wish, on_hold, &heard);
    wish.reason = (char *)"r";
    wish.until_us = at(0);
    holds_add(p->holds, &wish, on_hold, &heard);
    while (heard.count < 2)
        event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
    assert_false(heard.held);
}

static void on_ready(void *arg)
{
    *(bool *)arg = true;
}

static void a_lease_keeps_what_is_being_read(void **state)
{
    struct place *p = *state;
    bool ready = false;

    place_open(p);
    feed(p, 0, 120);
    struct lease *ended = lease_take(p->holds, "gate", at(0), at(10), on_ready, &ready);
    lease_end(ended);
    struct lease *lease = lease_take(p->holds, "gate", at(0), at(10), on_ready, &ready);
    while (!ready)
        event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
    clock_set(at(0) + 31 * DAY_US);
    look(p); /* the last one is closed */
    look(p);
    assert_int_equal(count_files(p), 1);
    lease_end(lease);
    look(p);
    look(p);
    assert_int_equal(count_files(p), 0);
}

static void while_the_holds_cannot_be_read_nothing_is_deleted(void **state)
{
    struct place *p = *state;
    char *path = xformat("%s/holds", p->state);

    assert_int_equal(mkdir(path, 0700), 0);
    place_open(p);
    feed(p, 0, 120);
    clock_set(at(0) + 31 * DAY_US);
    look(p);
    assert_int_equal(count_files(p), 2);
    assert_int_equal(rmdir(path), 0);
    look(p);
    assert_int_equal(count_files(p), 0);
    free(path);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make, place_drop)
    const struct CMUnitTest tests[] = {
        IN_PLACE(footage_older_than_it_is_kept_goes),
        IN_PLACE(a_camera_may_keep_its_footage_longer),
        IN_PLACE(a_camera_that_is_configured_no_more_keeps_footage_like_the_others),
        IN_PLACE(nothing_is_deleted_by_age_while_the_clock_is_not_trusted),
        IN_PLACE(the_oldest_goes_first_when_space_is_short),
        IN_PLACE(a_share_of_the_volume_can_be_kept_free),
        IN_PLACE(what_is_being_written_is_not_deleted),
        IN_PLACE(space_is_made_without_the_catalogue),
        IN_PLACE(empty_days_are_removed_and_gaps_before_the_oldest_forgotten),
        IN_PLACE(a_thousand_old_files_go_at_one_look),
        IN_PLACE(a_camera_takes_no_more_than_it_may),
        IN_PLACE(a_volume_takes_no_more_than_it_may),
        IN_PLACE(what_is_around_events_is_kept_longer),
        IN_PLACE(for_space_events_go_last),
        IN_PLACE(held_footage_is_not_deleted_by_age_or_for_space),
        IN_PLACE(a_hold_outlives_kengd_and_ends_on_its_day),
        IN_PLACE(what_is_released_goes_with_the_rest),
        IN_PLACE(a_hold_without_reason_or_end_is_refused),
        IN_PLACE(a_lease_keeps_what_is_being_read),
        IN_PLACE(while_the_holds_cannot_be_read_nothing_is_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
