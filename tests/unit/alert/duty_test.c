#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scene.h"

/* ---- stored, then told ----------------------------------------------------------------
 */

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

/* ---- events ---------------------------------------------------------------------------
 */

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

/* ---- cool-down ------------------------------------------------------------------------
 */

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

/* ---- who is told ----------------------------------------------------------------------
 */

static void expect_recipients(struct scene *s, const char *alert, const char *expected)
{
    char *to = stored_recipients(s, alert);

    assert_string_equal(to, expected);
    free(to);
}

static void a_hamlets_alert_names_only_its_own_people_and_their_communes(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    expect_recipients(s, s->told[0].alert.id, "person:an person:binh screen:nvh-dong");
    duty_raise(s->duty, settings_find_area(s->set, "thon-tay"), NULL, "Tây", NULL, NULL,
               on_answer, s);
    settle(s);
    expect_recipients(s, s->answered.id,
                      "person:chi person:dung person:tay screen:nvh-tay");
}

static void silence_passes_it_to_the_next_rank_that_exists(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    const char *id = s->told[0].alert.id;
    assert_int_equal(s->told[0].alert.escalate_us, NIGHT + SECONDS_US(300));
    scene_clock(NIGHT + SECONDS_US(299));
    duty_delivered(s->duty, id, "person:an");
    settle(s);
    assert_int_equal(s->told_count, 1);
    scene_clock(NIGHT + SECONDS_US(300));
    duty_delivered(s->duty, id, "person:an"); /* whatever is stored sets the timer anew */
    settle(s);
    assert_int_equal(s->told_count, 2);
    assert_false(s->told[1].is_new);
    assert_int_equal(s->told[1].alert.rank, 3);
    assert_int_equal(s->told[1].alert.escalate_us, NIGHT + SECONDS_US(600));
    expect_recipients(s, id, "person:an(taken) person:binh person:chi screen:nvh-dong");
    scene_clock(NIGHT + SECONDS_US(700));
    duty_delivered(s->duty, id, "person:an");
    settle(s);
    assert_int_equal(s->told[2].alert.rank, 5);
    assert_int_equal(s->told[2].alert.escalate_us, 0);
    assert_int_equal(s->told[2].alert.state, ALERT_OPEN);
    expect_recipients(s, id,
                      "person:an(taken) person:binh person:chi person:dung "
                      "screen:nvh-dong");
    assert_int_equal(s->told_count, 3);
}

static void silence_passes_it_on_across_a_restart(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    scene_stop(s);
    scene_clock(NIGHT + SECONDS_US(400));
    scene_start(s);
    assert_int_equal(s->told_count, 2);
    assert_false(s->told[1].is_new);
    assert_int_equal(s->told[1].alert.rank, 3);
    assert_int_equal(s->told[1].alert.escalate_us, NIGHT + SECONDS_US(700));
}

static void a_clock_that_is_set_back_stretches_nobodys_patience(void **state)
{
    struct scene *s = *state;
    int64_t before = NIGHT - SECONDS_US(86400);

    began(s, 1, 0, NULL);
    settle(s);
    scene_clock(before);
    duty_reload(s->duty, s->set);
    settle(s);
    struct alert_row row = stored_alert(s, s->told[0].alert.id);
    assert_int_equal(row.escalate_us, before + SECONDS_US(300));
    alert_row_clear(&row);
}

static void an_answered_alert_is_passed_on_no_more(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    answer(s, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "An", NULL);
    assert_int_equal(s->answered.escalate_us, 0);
    scene_stop(s);
    scene_clock(NIGHT + SECONDS_US(4000));
    scene_start(s);
    assert_int_equal(s->told_count, 2);
}

static void a_raised_alarm_ignores_the_cool_down_and_tells_all_ranks(void **state)
{
    struct scene *s = *state;
    struct picture *picture = picture_new(4);
    const struct camera_settings *camera = settings_find_camera(s->set, "cong-lang");

    memcpy(picture->bytes, "fire", 4);
    began(s, 1, 0, NULL);
    settle(s);
    for (int i = 0; i < 2; i++) {
        duty_raise(s->duty, camera->area, camera, "Bình", "cháy ở bãi rác", picture,
                   on_answer, s);
        settle(s);
        assert_int_equal(s->result, ANSWER_TAKEN);
        struct told *told = &s->told[s->told_count - 1];
        assert_true(told->is_new);
        assert_string_equal(told->alert.id, s->answered.id);
    }
    assert_int_equal(stored_alerts(s), 3);
    assert_int_equal(s->answered.event.kind, EVENT_ALARM);
    assert_string_equal(s->answered.event.camera, "cong-lang");
    assert_string_equal(s->answered.event.note, "cháy ở bãi rác");
    assert_string_equal(s->answered.event.by, "Bình");
    assert_int_equal(s->answered.event.end_us, NIGHT);
    assert_int_equal(s->answered.rank, 5);
    assert_int_equal(s->answered.escalate_us, 0);
    expect_recipients(s, s->answered.id,
                      "person:an person:binh person:chi person:dung screen:nvh-dong");
    char *text = picture_text(s, s->answered.event.picture);
    assert_string_equal(text, "fire");
    free(text);
    picture_unref(picture);
}

static void motion_does_not_join_an_alarm(void **state)
{
    struct scene *s = *state;
    const struct camera_settings *camera = settings_find_camera(s->set, "cong-lang");

    duty_raise(s->duty, camera->area, camera, "Bình", NULL, NULL, on_answer, s);
    settle(s);
    began(s, 1, 1, NULL);
    settle(s);
    assert_int_equal(stored_alerts(s), 2);
}

static void a_test_is_marked_and_goes_to_those_who_are_told_first(void **state)
{
    struct scene *s = *state;

    duty_test(s->duty, settings_find_area(s->set, "thon-dong"), "admin", on_answer, s);
    settle(s);
    assert_int_equal(s->result, ANSWER_TAKEN);
    assert_int_equal(s->answered.event.kind, EVENT_TEST);
    assert_int_equal(s->answered.escalate_us, 0);
    assert_true(s->told[0].is_new);
    expect_recipients(s, s->answered.id, "person:an person:binh screen:nvh-dong");
}

static void a_delivery_is_noted_for_its_recipient_alone(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    duty_delivered(s->duty, s->told[0].alert.id, "screen:nvh-dong");
    duty_delivered(s->duty, s->told[0].alert.id, "person:somebody-else");
    duty_delivered(s->duty, "no such alert", "person:an");
    settle(s);
    expect_recipients(s, s->told[0].alert.id,
                      "person:an person:binh screen:nvh-dong(taken)");
    assert_int_equal(s->told_count, 1);
}

/* ---- answers --------------------------------------------------------------------------
 */

static void the_first_answer_wins(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    const char *id = s->told[0].alert.id;
    scene_clock(NIGHT + SECONDS_US(30));
    answer(s, id, ANSWER_ACKNOWLEDGE, "An", "tôi ra xem");
    assert_int_equal(s->result, ANSWER_TAKEN);
    assert_int_equal(s->answered.state, ALERT_ACKNOWLEDGED);
    assert_string_equal(s->answered.answered_by, "An");
    assert_string_equal(s->answered.answer_note, "tôi ra xem");
    assert_int_equal(s->answered.answered_us, NIGHT + SECONDS_US(30));
    assert_int_equal(s->told_count, 2);
    assert_string_equal(s->told[1].alert.answered_by, "An");
    answer(s, id, ANSWER_ACKNOWLEDGE, "Bình", NULL);
    assert_int_equal(s->result, ANSWER_TOO_LATE);
    assert_string_equal(s->answered.answered_by, "An");
    assert_int_equal(s->told_count, 2);
}

static void two_answers_at_once_are_one_taken_and_one_too_late(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    const char *id = s->told[0].alert.id;
    duty_answer(s->duty, id, ANSWER_ACKNOWLEDGE, "An", NULL, on_answer, s);
    duty_answer(s->duty, id, ANSWER_ACKNOWLEDGE, "Bình", NULL, on_answer, s);
    settle(s);
    assert_int_equal(s->answers, 2);
    assert_int_equal(s->result, ANSWER_TOO_LATE);
    assert_string_equal(s->answered.answered_by, "An");
    assert_int_equal(s->told_count, 2);
}

static void anybody_may_close_what_somebody_took_and_both_are_kept(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    const char *id = s->told[0].alert.id;
    answer(s, id, ANSWER_ACKNOWLEDGE, "An", "tôi ra xem");
    scene_clock(NIGHT + SECONDS_US(60));
    answer(s, id, ANSWER_FALSE_ALARM, "Bình", "con chó");
    assert_int_equal(s->result, ANSWER_TAKEN);
    assert_int_equal(s->answered.state, ALERT_FALSE);
    assert_string_equal(s->answered.answered_by, "An");
    assert_string_equal(s->answered.closed_by, "Bình");
    assert_int_equal(s->answered.closed_us, NIGHT + SECONDS_US(60));
    assert_string_equal(s->answered.answer_note, "tôi ra xem\ncon chó");
    answer(s, id, ANSWER_RESOLVE, "Chi", NULL);
    assert_int_equal(s->result, ANSWER_TOO_LATE);
    assert_int_equal(s->answered.state, ALERT_FALSE);
    assert_string_equal(s->answered.closed_by, "Bình");
}

static void closing_at_once_is_an_answer_too(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    answer(s, s->told[0].alert.id, ANSWER_RESOLVE, "An", NULL);
    assert_int_equal(s->answered.state, ALERT_RESOLVED);
    assert_string_equal(s->answered.answered_by, "An");
    assert_string_equal(s->answered.closed_by, "An");
    answer(s, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "Bình", NULL);
    assert_int_equal(s->result, ANSWER_TOO_LATE);
}

static void an_unknown_alert_is_unknown(void **state)
{
    struct scene *s = *state;

    answer(s, "01JDZZZZZZZZZZZZZZZZZZZZZZ", ANSWER_ACKNOWLEDGE, "An", NULL);
    assert_int_equal(s->result, ANSWER_UNKNOWN);
    answer(s, "' OR 1; --", ANSWER_ACKNOWLEDGE, "An", NULL);
    assert_int_equal(s->result, ANSWER_UNKNOWN);
}

static void a_note_is_cut_between_characters(void **state)
{
    struct scene *s = *state;
    char note[3002];

    for (int i = 0; i < 1000; i++)
        memcpy(note + 1 + 3 * i, "ế", 3);
    note[0] = '.';
    note[3001] = 0;
    began(s, 1, 0, NULL);
    settle(s);
    answer(s, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "An", note);
    assert_int_equal(strlen(s->answered.answer_note), 1000);
    assert_true(text_is_utf8(s->answered.answer_note, 1000));
}

/* ---- a catalogue that fails -----------------------------------------------------------
 */

#define BLOCK                                                                             \
    "CREATE TRIGGER blocked BEFORE INSERT ON alert BEGIN SELECT RAISE(ABORT, 'no room');" \
    " END; CREATE TRIGGER fixed BEFORE UPDATE ON alert BEGIN"                             \
    " SELECT RAISE(ABORT, 'no room'); END"
#define UNBLOCK "DROP TRIGGER blocked; DROP TRIGGER fixed"

static void stop_when_told(struct scene *s, const struct alert_row *alert)
{
    loop_stop(s->loop);
}

static void what_cannot_be_stored_is_told_when_it_can_be(void **state)
{
    struct scene *s = *state;

    scene_raw(s, BLOCK);
    began(s, 1, 0, "a blur");
    better(s, 1, 5, 80, "a person at the gate"); /* while the first is under way */
    settle(s);
    ended(s, 1, 9);
    settle(s);
    assert_int_equal(s->told_count, 0);
    assert_int_equal(stored_alerts(s), 0);
    scene_raw(s, UNBLOCK);
    s->on_told = stop_when_told;
    loop_run(s->loop); /* tries again by itself */
    assert_int_equal(s->told_count, 1);
    assert_true(s->told[0].is_new);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 1);
    assert_int_equal(events.rows[0].end_us, NIGHT + SECONDS_US(9));
    assert_int_equal(events.rows[0].score, 80);
    char *picture = picture_text(s, events.rows[0].picture);
    assert_string_equal(picture, "a person at the gate");
    free(picture);
    event_list_free(&events);
}

static void one_that_cannot_be_stored_holds_up_no_other(void **state)
{
    struct scene *s = *state;

    scene_raw(s, "CREATE TRIGGER blocked BEFORE INSERT ON event WHEN NEW.camera = 'ao-ca'"
                 " BEGIN SELECT RAISE(ABORT, 'no room'); END");
    began_at(s, "ao-ca", NIGHT);
    began(s, 1, 0, NULL);
    settle(s);
    assert_int_equal(s->told_count, 1);
    assert_string_equal(s->told[0].alert.event.camera, "cong-lang");
    scene_raw(s, "DROP TRIGGER blocked");
}

static void at_most_sixty_four_wait_in_memory_the_newest(void **state)
{
    struct scene *s = *state;

    scene_raw(s, BLOCK);
    for (int i = 0; i < 200; i++) {
        began(s, (uint32_t)i + 1, i, NULL);
        settle(s);
    }
    scene_raw(s, UNBLOCK);
    scene_stop(s);
    scene_start(s);
    struct event_list events = stored_events(s);
    assert_in_range(events.count, 60, 64);
    assert_int_equal(events.rows[0].start_us, NIGHT + SECONDS_US(199));
    event_list_free(&events);
    assert_int_equal(stored_alerts(s), 1);
}

static void a_person_is_told_that_an_answer_or_alarm_was_not_stored(void **state)
{
    struct scene *s = *state;

    began(s, 1, 0, NULL);
    settle(s);
    scene_raw(s, BLOCK);
    answer(s, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "An", NULL);
    assert_int_equal(s->result, ANSWER_FAILED);
    assert_int_equal(s->err.kind, ERR_STORE);
    assert_non_null(strstr(s->err.text, "no room"));
    duty_raise(s->duty, settings_find_area(s->set, "thon-dong"), NULL, "An", NULL, NULL,
               on_answer, s);
    settle(s);
    assert_int_equal(s->result, ANSWER_FAILED);
    assert_int_equal(s->told_count, 1);
    scene_raw(s, UNBLOCK);
    answer(s, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "An", NULL);
    assert_int_equal(s->result, ANSWER_TAKEN);
}

/* ---- old pictures ---------------------------------------------------------------------
 */

static char *first_picture(struct scene *s)
{
    struct event_list events = stored_events(s);
    struct event_row *oldest = &events.rows[events.count - 1];
    char *name = oldest->picture ? xstrdup(oldest->picture) : NULL;

    event_list_free(&events);
    return name;
}

static bool has_file(struct scene *s, const char *name)
{
    char *text = picture_text(s, name);
    bool there = text != NULL;

    free(text);
    return there;
}

static void restart_at(struct scene *s, int64_t wall_us)
{
    scene_stop(s);
    scene_clock(wall_us);
    scene_start(s);
}

static void pictures_go_with_their_day_when_they_are_older_than_is_kept(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, "a person at the gate");
    ended(s, 1, 9);
    settle(s);
    char *name = first_picture(s);
    restart_at(s, NIGHT + SECONDS_US(30 * 86400));
    assert_true(has_file(s, name));
    restart_at(s, NIGHT + SECONDS_US(31 * 86400));
    assert_false(has_file(s, name));
    assert_null(first_picture(s));
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, 1);
    event_list_free(&events);
    char *day = xformat("%s/state/pictures/2026-11-21", s->dir);
    assert_int_equal(access(day, F_OK), -1);
    free(day);
    free(name);
}

static void no_picture_goes_while_the_clock_is_not_trusted(void **state)
{
    struct scene *s = *state;

    began(s, 1, 5, "a person at the gate");
    settle(s);
    char *name = first_picture(s);
    scene_clock_trusted(false);
    restart_at(s, NIGHT + SECONDS_US(400 * 86400));
    assert_true(has_file(s, name));
    free(name);
}

static void what_is_no_day_among_the_pictures_is_left_alone(void **state)
{
    struct scene *s = *state;
    char *folder = xformat("%s/state/pictures", s->dir);
    char *stranger = xformat("%s/2020-1-1", folder),
         *month = xformat("%s/2020-02-31", folder);

    mkdir(folder, 0700);
    mkdir(stranger, 0700);
    mkdir(month, 0700);
    restart_at(s, NIGHT + SECONDS_US(400 * 86400));
    assert_int_equal(access(stranger, F_OK), 0);
    assert_int_equal(access(month, F_OK), 0);
    free(month);
    free(stranger);
    free(folder);
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
        TEST(a_better_picture_takes_the_place_of_the_first),
        TEST(the_end_and_the_peak_are_told),
        TEST(an_event_that_ended_before_it_was_stored_is_right),
        TEST(motion_that_was_never_begun_is_not_an_event),
        TEST(an_event_whose_end_nobody_told_ends_with_the_next),
        TEST(an_event_that_was_open_when_kengd_died_is_closed_at_the_next_start),
        TEST(a_second_event_within_the_cool_down_joins_the_first),
        TEST(after_the_cool_down_there_is_a_new_alert),
        TEST(the_cool_down_is_the_cameras_own),
        TEST(a_closed_alert_takes_in_no_more_an_acknowledged_one_does),
        TEST(a_storm_is_one_alert_with_a_count),
        TEST(a_hamlets_alert_names_only_its_own_people_and_their_communes),
        TEST(silence_passes_it_to_the_next_rank_that_exists),
        TEST(silence_passes_it_on_across_a_restart),
        TEST(a_clock_that_is_set_back_stretches_nobodys_patience),
        TEST(an_answered_alert_is_passed_on_no_more),
        TEST(a_raised_alarm_ignores_the_cool_down_and_tells_all_ranks),
        TEST(motion_does_not_join_an_alarm),
        TEST(a_test_is_marked_and_goes_to_those_who_are_told_first),
        TEST(a_delivery_is_noted_for_its_recipient_alone),
        TEST(the_first_answer_wins),
        TEST(two_answers_at_once_are_one_taken_and_one_too_late),
        TEST(anybody_may_close_what_somebody_took_and_both_are_kept),
        TEST(closing_at_once_is_an_answer_too),
        TEST(an_unknown_alert_is_unknown),
        TEST(a_note_is_cut_between_characters),
        TEST(what_cannot_be_stored_is_told_when_it_can_be),
        TEST(one_that_cannot_be_stored_holds_up_no_other),
        TEST(at_most_sixty_four_wait_in_memory_the_newest),
        TEST(a_person_is_told_that_an_answer_or_alarm_was_not_stored),
        TEST(pictures_go_with_their_day_when_they_are_older_than_is_kept),
        TEST(no_picture_goes_while_the_clock_is_not_trusted),
        TEST(what_is_no_day_among_the_pictures_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
