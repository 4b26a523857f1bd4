#include <stdio.h>
#include <stdlib.h>

#include "scene.h"

/* ---- stored, then told ------------------------------------------------------------ */

static void look_from_outside(struct scene *s, const struct alert_row *alert)
{
    struct alert_row row = stored_alert(s, alert->id);
    char *to = stored_recipients(s, alert->id);
    char *picture = picture_text(s, row.event.picture);

    assert_string_equal(row.event.id, alert->event.id);
    assert_string_not_equal(to, "");
    assert_string_equal(picture, "a person at the gate");
    free(picture);
    free(to);
    alert_row_clear(&row);
}

static void an_alert_is_committed_with_its_picture_before_anybody_is_told(void **state)
{
    struct scene *s = *state;

    s->on_told = look_from_outside;
    began(s, 1, 5, "a person at the gate");
    assert_int_equal(s->told_count, 0);
    settle(s);
    assert_int_equal(s->told_count, 1);
    assert_true(s->told[0].is_new);
    struct alert_row *alert = &s->told[0].alert;
    assert_int_equal(alert->state, ALERT_OPEN);
    assert_int_equal(alert->raised_us, NIGHT);
    assert_int_equal(alert->rank, 1);
    assert_int_equal(alert->event.kind, EVENT_MOTION);
    assert_int_equal(alert->event.start_us, NIGHT + SECONDS_US(5));
    assert_int_equal(alert->event.end_us, 0);
    assert_string_equal(alert->event.camera, "cong-lang");
    assert_string_equal(alert->event.area, "thon-dong");
    assert_memory_equal(alert->event.picture, "2026-11-21/", 11);
    assert_memory_equal(alert->event.picture + 11, alert->event.id, 26);
}

static void an_alert_without_a_picture_is_told_all_the_same(void **state)
{
    struct scene *s = *state;
    char *blocked = xformat("%s/state/pictures", s->dir);

    fclose(fopen(blocked, "w")); /* a file where the folder should be */
    began(s, 1, 5, "a person at the gate");
    settle(s);
    assert_int_equal(s->told_count, 1);
    assert_null(s->told[0].alert.event.picture);
    free(blocked);
}

static void a_restart_keeps_the_alert(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, NULL);
    settle(s);
    scene_stop(s);
    scene_start(s);
    struct alert_row row = stored_alert(s, s->told[0].alert.id);
    assert_int_equal(row.state, ALERT_OPEN);
    alert_row_clear(&row);
    answer(s, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "An", NULL);
    assert_int_equal(s->result, ANSWER_TAKEN);
}

static void what_is_under_way_when_the_duty_closes_is_stored(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, NULL);
    began_at(s, "ao-ca", NIGHT);
    scene_stop(s);
    assert_int_equal(s->told_count, 0);
    scene_start(s);
    assert_int_equal(stored_alerts(s), 2);
}

static void an_answer_that_was_asked_for_comes_after_closing_too(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, NULL);
    settle(s);
    duty_answer(s->duty, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "An", NULL, on_answer,
                s);
    scene_stop(s);
    assert_int_equal(s->answers, 1);
    assert_int_equal(s->result, ANSWER_TAKEN);
    assert_int_equal(s->told_count, 1);
    scene_start(s);
}

/* ---- events ----------------------------------------------------------------------- */

static void outside_the_hours_there_is_an_event_and_no_alert(void **state)
{
    struct scene *s = *state;

    scene_clock(NOON);
    began_at(s, "cong-lang", NOON);
    settle(s);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 1);
    assert_int_equal(events.rows[0].start_us, NOON);
    event_list_free(&events);
    assert_int_equal(stored_alerts(s), 0);
    assert_int_equal(s->told_count, 0);
}

static void a_clock_that_was_never_set_knows_no_hours(void **state)
{
    struct scene *s = *state;

    scene_clock(SECONDS_US(3 * 3600)); /* 1970, ten in the morning */
    began_at(s, "cong-lang", SECONDS_US(3 * 3600));
    settle(s);
    assert_int_equal(s->told_count, 1);
}

static void the_way_of_an_event_grows_and_its_picture_stays(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, "a blur");
    settle(s);
    moved(s, 1, 9);
    settle(s);
    assert_int_equal(s->told_count, 2);
    const struct event_row *before = &s->told[0].alert.event, *now = &s->told[1].alert.event;
    assert_int_equal(now->way.count, 2);
    assert_int_equal(now->seen_us, before->seen_us);
    assert_string_equal(now->picture, before->picture);
    assert_memory_equal(now->box, before->box, sizeof now->box);
    moved(s, 9, 10); /* of an event that is not known */
    settle(s);
    assert_int_equal(s->told_count, 2);
}

static void a_better_picture_takes_the_place_of_the_first(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, "a blur");
    settle(s);
    better(s, 1, 7, 80, "a face");
    settle(s);
    assert_int_equal(s->told_count, 2);
    struct told *last = &s->told[1];
    assert_false(last->is_new);
    assert_string_equal(last->alert.id, s->told[0].alert.id);
    assert_int_equal(last->alert.event.score, 80);
    assert_float_equal(last->alert.event.box[0], 0.5, 0.001);
    char *picture = picture_text(s, last->alert.event.picture);
    assert_string_equal(picture, "a face");
    free(picture);
    better(s, 1, 8, 90, NULL);
    settle(s);
    assert_string_equal(s->told[2].alert.event.picture, last->alert.event.picture);
}

static void the_end_and_the_peak_are_told(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, NULL);
    settle(s);
    better(s, 1, 7, 80, NULL);
    ended(s, 1, 9);
    settle(s);
    struct told *last = &s->told[s->told_count - 1];
    assert_false(last->is_new);
    assert_int_equal(last->alert.event.end_us, NIGHT + SECONDS_US(9));
    assert_int_equal(last->alert.event.score, 80);
}

static void an_event_that_ended_before_it_was_stored_is_right(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, "a blur");
    better(s, 1, 7, 80, "a face");
    ended(s, 1, 9);
    began(s, 2, 10, NULL);
    settle(s);
    assert_true(s->told[0].is_new);
    struct alert_row row = stored_alert(s, s->told[0].alert.id);
    assert_int_equal(row.event.end_us, NIGHT + SECONDS_US(9));
    assert_int_equal(row.event.score, 80);
    assert_int_equal(row.merged, 1);
    char *picture = picture_text(s, row.event.picture);
    assert_string_equal(picture, "a face");
    free(picture);
    alert_row_clear(&row);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 2);
    assert_int_equal(events.rows[0].end_us, 0);
    event_list_free(&events);
}

static void motion_that_was_never_begun_is_not_an_event(void **state)
{
    struct scene *s = *state;

    better(s, 9, 5, 80, NULL);
    ended(s, 9, 9);
    began(s, 1, 5, NULL);
    better(s, 9, 5, 99, NULL);
    settle(s);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 1);
    assert_int_equal(events.rows[0].score, 30);
    event_list_free(&events);
}

static void an_event_whose_end_nobody_told_ends_with_the_next(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, NULL);
    better(s, 1, 8, 40, NULL);
    began(s, 1, 60, NULL);
    settle(s);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 2);
    assert_int_equal(events.rows[0].end_us, 0);
    assert_int_equal(events.rows[1].end_us, NIGHT + SECONDS_US(8));
    event_list_free(&events);
}

static void an_event_ends_where_it_was_last_seen_when_its_camera_is_lost(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, NULL);
    better(s, 1, 8, 40, NULL);
    duty_motion_lost(s->duty, "cong-lang");
    duty_motion_lost(s->duty, "cong-lang");
    duty_motion_lost(s->duty, "ao-ca");
    ended(s, 1, 30);
    settle(s);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 1);
    assert_int_equal(events.rows[0].end_us, NIGHT + SECONDS_US(8));
    event_list_free(&events);
}

static void an_event_ends_when_its_camera_is_taken_out_of_the_settings(void **state)
{
    struct scene *s = *state;
    const struct settings *less = scene_settings_without(s, "  cong-lang:");

    began(s, 1, 5, NULL);
    began_at(s, "ao-ca", NIGHT);
    settle(s);
    duty_reload(s->duty, less);
    settle(s);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 2);
    assert_int_equal(events.rows[0].end_us, NIGHT + SECONDS_US(5) + 1);
    assert_int_equal(events.rows[1].end_us, 0);
    event_list_free(&events);
    settings_unref(less);
}

static void an_event_that_was_open_when_kengd_died_is_closed_at_the_next_start(
    void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, NULL);
    settle(s);
    better(s, 1, 8, 40, NULL);
    settle(s);
    scene_stop(s);
    scene_start(s);
    struct event_list events = stored_events(s);
    assert_int_equal(events.rows[0].end_us, NIGHT + SECONDS_US(8));
    event_list_free(&events);
}

/* ---- cool-down -------------------------------------------------------------------- */

static void a_second_event_within_the_cool_down_joins_the_first(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    ended(s, 1, 5);
    settle(s);
    scene_clock(NIGHT + SECONDS_US(119));
    began(s, 2, 119, NULL);
    settle(s);
    struct told *last = &s->told[s->told_count - 1];
    assert_false(last->is_new);
    assert_string_equal(last->alert.id, s->told[0].alert.id);
    assert_int_equal(last->alert.merged, 1);
    assert_int_equal(stored_alerts(s), 1);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 2);
    event_list_free(&events);
}

static void after_the_cool_down_there_is_a_new_alert(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    scene_clock(NIGHT + SECONDS_US(120));
    began(s, 2, 120, NULL);
    settle(s);
    assert_int_equal(stored_alerts(s), 2);
    assert_true(s->told[s->told_count - 1].is_new);
}

static void the_cool_down_is_the_cameras_own(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    began_at(s, "ao-ca", NIGHT);
    settle(s);
    assert_int_equal(stored_alerts(s), 2);
}

static void a_closed_alert_takes_in_no_more_an_acknowledged_one_does(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    answer(s, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "An", NULL);
    began(s, 2, 10, NULL);
    settle(s);
    assert_int_equal(stored_alerts(s), 1);
    answer(s, s->told[0].alert.id, ANSWER_RESOLVE, "An", NULL);
    began(s, 3, 20, NULL);
    settle(s);
    assert_int_equal(stored_alerts(s), 2);
}

static void a_storm_is_one_alert_with_a_count(void **state)
{
    enum { EVENTS = 60 };
    struct scene *s = *state;
    size_t fresh = 0;

    for (uint32_t i = 0; i < EVENTS; i++)
        began(s, i + 1, (int)i, NULL);
    settle(s);
    for (size_t i = 0; i < s->told_count; i++)
        fresh += s->told[i].is_new;
    assert_int_equal(fresh, 1);
    struct alert_row row = stored_alert(s, s->told[0].alert.id);
    assert_int_equal(row.merged, EVENTS - 1);
    alert_row_clear(&row);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, EVENTS);
    event_list_free(&events);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_alert_is_committed_with_its_picture_before_anybody_is_told),
        TEST(an_alert_without_a_picture_is_told_all_the_same),
        TEST(a_restart_keeps_the_alert),
        TEST(what_is_under_way_when_the_duty_closes_is_stored),
        TEST(an_answer_that_was_asked_for_comes_after_closing_too),
        TEST(outside_the_hours_there_is_an_event_and_no_alert),
        TEST(a_clock_that_was_never_set_knows_no_hours),
        TEST(the_way_of_an_event_grows_and_its_picture_stays),
        TEST(a_better_picture_takes_the_place_of_the_first),
        TEST(the_end_and_the_peak_are_told),
        TEST(an_event_that_ended_before_it_was_stored_is_right),
        TEST(motion_that_was_never_begun_is_not_an_event),
        TEST(an_event_whose_end_nobody_told_ends_with_the_next),
        TEST(an_event_ends_where_it_was_last_seen_when_its_camera_is_lost),
        TEST(an_event_ends_when_its_camera_is_taken_out_of_the_settings),
        TEST(an_event_that_was_open_when_kengd_died_is_closed_at_the_next_start),
        TEST(a_second_event_within_the_cool_down_joins_the_first),
        TEST(after_the_cool_down_there_is_a_new_alert),
        TEST(the_cool_down_is_the_cameras_own),
        TEST(a_closed_alert_takes_in_no_more_an_acknowledged_one_does),
        TEST(a_storm_is_one_alert_with_a_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
