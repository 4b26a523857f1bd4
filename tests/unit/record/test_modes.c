#include "place.h"

static int events_only(void **state)
{
    int failed = place_make(state);
    struct place *p = *state;

    p->camera.record = RECORD_EVENTS;
    p->set.storage.before_us = SECONDS_US(5);
    p->set.storage.after_us = SECONDS_US(10);
    return failed;
}

static void nothing_is_recorded_without_an_event(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 60);
    settle(p);
    assert_int_equal(count_files(p), 0);
    struct gap_list list = gaps(p);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.rows[0].cause, GAP_RULE);
    assert_int_equal(list.rows[0].start_us, at(0));
    gap_list_free(&list);
}

static void an_event_is_recorded_from_before_until_after(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 30);
    recorder_event(p->rec, at(30), true);
    feed(p, 30, 40);
    recorder_event(p->rec, at(30), false);
    feed(p, 40, 80);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.rows[0].start_us, at(24)); /* the keyframe before 25 */
    assert_int_equal(list.rows[0].end_us, at(50));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(80));
}

/* It is decided when the keyframe after it was seen, and what was before that. */
static void an_event_that_is_decided_late_is_recorded_from_before_it_began(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 30);
    recorder_event(p->rec, at(21), true);
    feed(p, 30, 40);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.rows[0].start_us, at(16));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(40));
}

static void a_start_that_cannot_be_costs_no_footage(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 30);
    recorder_event(p->rec, at(3000), true);
    feed(p, 30, 40);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.rows[0].start_us, at(24));
    segment_list_free(&list);
}

static void an_event_soon_after_another_goes_on_in_time(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 20);
    recorder_event(p->rec, at(20), true);
    recorder_event(p->rec, at(20), false);
    feed(p, 20, 34); /* the first ends at 30 */
    recorder_event(p->rec, at(34), true);
    feed(p, 34, 36);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.rows[0].end_us, at(30));
    assert_int_equal(list.rows[1].end_us, at(36));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(36));
}

static void a_break_while_nothing_is_recorded_is_not_recorded_over(void **state)
{
    struct place *p = *state;

    place_open(p);
    feed(p, 0, 20);
    stream_break(p->stream);
    new_run(p, at(24));
    feed(p, 24, 30);
    recorder_event(p->rec, at(30), true);
    feed(p, 30, 32);
    settle(p);
    struct segment_list list = rows(p);
    assert_true(list.count >= 1);
    assert_int_equal(list.rows[list.count - 1].start_us, at(24));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(32));
}

static void outside_its_hours_a_camera_is_not_recorded(void **state)
{
    struct place *p = *state;

    p->camera.record = RECORD_ALWAYS;
    /* 2026-11-21 is a Saturday; without a zone the hours are UTC's. */
    struct week_hours saturday = { .days = 1 << 5, .hours = { 1, 2 } };
    p->camera.record_hours = &saturday;
    p->camera.record_hours_count = 1;
    place_open(p);
    feed(p, 0, 180);
    settle(p);
    struct segment_list list = rows(p);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.rows[0].start_us, at(60));
    assert_int_equal(list.rows[0].end_us, at(120));
    segment_list_free(&list);
    assert_tiled(p, at(0), at(180));
    place_close(p);
}

static void a_week_knows_its_days(void **state)
{
    struct settings set = { 0 };
    const int64_t saturday = at(0);
    const struct week_hours night = { .days = 1 << 4, .hours = { 1080, 360 } };

    (void)state;
    assert_true(weeks_include(&set, &night, 1, saturday + SECONDS_US(5 * 3600)));
    assert_false(weeks_include(&set, &night, 1, saturday + SECONDS_US(7 * 3600)));
    assert_false(weeks_include(&set, &night, 1, saturday + SECONDS_US(19 * 3600)));
    assert_true(weeks_include(&set, &night, 1, saturday - SECONDS_US(3600)));
    assert_true(weeks_include(&set, NULL, 0, saturday));
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, events_only, place_drop)
    const struct CMUnitTest tests[] = {
        IN_PLACE(nothing_is_recorded_without_an_event),
        IN_PLACE(an_event_is_recorded_from_before_until_after),
        IN_PLACE(an_event_that_is_decided_late_is_recorded_from_before_it_began),
        IN_PLACE(a_start_that_cannot_be_costs_no_footage),
        IN_PLACE(an_event_soon_after_another_goes_on_in_time),
        IN_PLACE(a_break_while_nothing_is_recorded_is_not_recorded_over),
        IN_PLACE(outside_its_hours_a_camera_is_not_recorded),
        cmocka_unit_test(a_week_knows_its_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
