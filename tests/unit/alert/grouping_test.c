/* Which motion joins an alert that runs, and which makes one of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/explain.h"
#include "channel.h"
#include "core/text.h"
#include "scene.h"
#include "wording.h"

static void moves(struct scene *s, const char *camera, int at_s)
{
    scene_clock(NIGHT + SECONDS_US(at_s));
    began_at(s, camera, NIGHT + SECONDS_US(at_s));
    settle(s);
}

static void one_alert_stands_for_the_cameras_of_a_group_until_it_is_answered(void **state)
{
    struct scene *s = *state;

    scene_reload(s, "{name: Xã Đồng Xanh}", "{name: Xã Đồng Xanh, group: 30 s}");
    moves(s, "cong-lang", 0);
    moves(s, "ao-ca", 10);
    moves(s, "ao-ca", 20);
    moves(s, "cong-lang", 25);
    assert_int_equal(stored_alerts(s), 1);
    struct alert_row alert = stored_alert(s, s->told[0].alert.id);
    assert_int_equal(alert.merged, 3);
    assert_string_equal(alert.cameras, "ao-ca");
    alert_row_clear(&alert);
    moves(s, "ao-ca", 31); /* the group's time is over; ao-ca had no alert of its own */
    assert_int_equal(stored_alerts(s), 2);
}

static void what_was_answered_takes_in_no_other_camera(void **state)
{
    struct scene *s = *state;

    scene_reload(s, "{name: Xã Đồng Xanh}", "{name: Xã Đồng Xanh, group: 30 s}");
    moves(s, "cong-lang", 0);
    answer(s, s->told[0].alert.id, ANSWER_ACKNOWLEDGE, "An", NULL);
    moves(s, "cong-lang", 5);
    assert_int_equal(stored_alerts(s), 1);
    moves(s, "ao-ca", 6);
    assert_int_equal(stored_alerts(s), 2);
}

static void without_a_group_each_camera_has_its_own(void **state)
{
    struct scene *s = *state;

    moves(s, "cong-lang", 0);
    moves(s, "ao-ca", 1);
    assert_int_equal(stored_alerts(s), 2);
}

static void a_group_of_one_area_takes_in_no_other(void **state)
{
    struct scene *s = *state;

    scene_reload(s, "{name: Thôn Đông, within: dong-xanh}",
                 "{name: Thôn Đông, within: dong-xanh, group: 1 min}");
    moves(s, "cong-lang", 0);
    moves(s, "ao-ca", 1);
    assert_int_equal(stored_alerts(s), 2);
}

static void the_nearest_cool_down_counts(void **state)
{
    struct scene *s = *state;

    scene_reload(s, "{name: Thôn Đông, within: dong-xanh}",
                 "{name: Thôn Đông, within: dong-xanh, cool_down: 10 s}");
    moves(s, "cong-lang", 0);
    moves(s, "cong-lang", 9);
    assert_int_equal(stored_alerts(s), 1);
    moves(s, "cong-lang", 11);
    assert_int_equal(stored_alerts(s), 2);
    moves(s, "ao-ca", 20); /* two minutes, as everywhere else */
    moves(s, "ao-ca", 100);
    assert_int_equal(stored_alerts(s), 3);
    scene_reload(s, "{name: Cổng làng, area: thon-dong,",
                 "{name: Cổng làng, area: thon-dong, cool_down: 0 s,");
    moves(s, "cong-lang", 101);
    moves(s, "cong-lang", 102);
    assert_int_equal(stored_alerts(s), 5);
}

static void a_message_names_the_cameras_of_the_group(void **state)
{
    struct scene *s = *state;
    struct letter letter = {
        .delivery = { .what = (char *)"raised" },
        .alert = { .event = { .kind = EVENT_MOTION,
                              .camera = (char *)"cong-lang",
                              .area = (char *)"thon-dong" },
                   .cameras = (char *)"ao-ca" },
    };
    const struct parcel parcel = { .set = s->set, .letters = &letter, .count = 1 };

    text_use(LANGUAGE_EN);
    char *title = wording_title(&parcel);
    assert_string_equal(title, "Motion: Cổng làng, Ao cá");
    free(title);
    letter.alert.cameras = (char *)"ao-ca gone x y";
    title = wording_title(&parcel);
    assert_string_equal(title, "Motion: Cổng làng, Ao cá, gone, …");
    free(title);
}

static void on_explained(void *arg, const struct explanation *e)
{
    char *said = arg;

    snprintf(said, 100, "%s %s %lld %lld %s", e->joins.camera ? e->joins.camera : "-",
             e->joins.camera ? "joins" : "tells", (long long)(e->grouping.cool_down_us / 1000000),
             (long long)(e->grouping.group_us / 1000000), e->grouping.whole->id);
}

static void it_is_explained_what_motion_would_join(void **state)
{
    struct scene *s = *state;
    struct explain_question question = { .camera = "ao-ca",
                                         .at_us = NIGHT + SECONDS_US(20),
                                         .severity = SEVERITY_WARNING };
    char said[100];

    scene_reload(s, "{name: Xã Đồng Xanh}", "{name: Xã Đồng Xanh, group: 30 s}");
    moves(s, "cong-lang", 0);
    duty_explain(s->duty, &question, on_explained, said);
    settle(s);
    assert_string_equal(said, "cong-lang joins 120 30 dong-xanh");
    question.at_us = NIGHT + SECONDS_US(31);
    duty_explain(s->duty, &question, on_explained, said);
    settle(s);
    assert_string_equal(said, "- tells 120 30 dong-xanh");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_alert_stands_for_the_cameras_of_a_group_until_it_is_answered),
        TEST(what_was_answered_takes_in_no_other_camera),
        TEST(without_a_group_each_camera_has_its_own),
        TEST(a_group_of_one_area_takes_in_no_other),
        TEST(the_nearest_cool_down_counts),
        TEST(a_message_names_the_cameras_of_the_group),
        TEST(it_is_explained_what_motion_would_join),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
