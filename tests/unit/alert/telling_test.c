#include <stdlib.h>
#include <string.h>

#include "scene.h"

/* ---- who is told ------------------------------------------------------------------ */

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

    duty_test(s->duty, settings_find_area(s->set, "thon-dong"), "admin", NULL, NULL, on_answer, s);
    settle(s);
    assert_int_equal(s->result, ANSWER_TAKEN);
    assert_int_equal(s->answered.event.kind, EVENT_TEST);
    assert_int_equal(s->answered.escalate_us, 0);
    assert_true(s->told[0].is_new);
    expect_recipients(s, s->answered.id, "person:an person:binh screen:nvh-dong");
}

static void a_persons_own_test_goes_to_nobody_else_and_wants_no_answer(void **state)
{
    struct scene *s = *state;

    duty_test(s->duty, settings_find_area(s->set, "thon-dong"), "Bình", "page", "binh",
              on_answer, s);
    settle(s);
    assert_int_equal(s->answered.event.kind, EVENT_TEST);
    assert_int_equal(s->answered.state, ALERT_RESOLVED);
    expect_recipients(s, s->answered.id, "person:binh");
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

/* ---- answers ---------------------------------------------------------------------- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_hamlets_alert_names_only_its_own_people_and_their_communes),
        TEST(silence_passes_it_to_the_next_rank_that_exists),
        TEST(silence_passes_it_on_across_a_restart),
        TEST(a_clock_that_is_set_back_stretches_nobodys_patience),
        TEST(an_answered_alert_is_passed_on_no_more),
        TEST(a_raised_alarm_ignores_the_cool_down_and_tells_all_ranks),
        TEST(motion_does_not_join_an_alarm),
        TEST(a_test_is_marked_and_goes_to_those_who_are_told_first),
        TEST(a_persons_own_test_goes_to_nobody_else_and_wants_no_answer),
        TEST(a_delivery_is_noted_for_its_recipient_alone),
        TEST(the_first_answer_wins),
        TEST(two_answers_at_once_are_one_taken_and_one_too_late),
        TEST(anybody_may_close_what_somebody_took_and_both_are_kept),
        TEST(closing_at_once_is_an_answer_too),
        TEST(an_unknown_alert_is_unknown),
        TEST(a_note_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
