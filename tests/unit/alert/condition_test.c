/* What lasts: a camera that is lost, a disk that is full. */
#include <string.h>

#include "alert/condition.h"
#include "scene.h"

static struct condition lost(struct scene *s)
{
    return (struct condition){
        .key = "camera/cong-lang",
        .camera = settings_find_camera(s->set, "cong-lang"),
        .severity = SEVERITY_WARNING,
        .grace_us = SECONDS_US(60),
        .texts = { [LANGUAGE_VI] = "Cổng làng: mất kết nối camera",
                   [LANGUAGE_EN] = "Cổng làng: camera disconnected" },
    };
}

static void at(int seconds)
{
    scene_clock(NIGHT + SECONDS_US(seconds));
}

static void lasts(struct scene *s, int seconds)
{
    struct condition what = lost(s);

    at(seconds);
    duty_condition_lasts(s->duty, &what);
    settle(s);
}

static void over(struct scene *s, int seconds)
{
    at(seconds);
    duty_condition_over(s->duty, "camera/cong-lang");
    settle(s);
}

static struct alert_row last(struct scene *s)
{
    assert_true(s->told_count > 0);
    return s->told[s->told_count - 1].alert;
}

static void what_lasts_longer_than_its_grace_time_becomes_an_alert(void **state)
{
    struct scene *s = *state;

    lasts(s, 0);
    lasts(s, 59);
    assert_int_equal(stored_alerts(s), 0);
    lasts(s, 61);
    lasts(s, 90);
    assert_int_equal(stored_alerts(s), 1);
    struct alert_row told = last(s);
    assert_int_equal(told.event.kind, EVENT_HEALTH);
    assert_int_equal(told.event.severity, SEVERITY_WARNING);
    assert_string_equal(told.event.camera, "cong-lang");
    assert_string_equal(told.event.area, "thon-dong");
    assert_string_equal(told.event.texts[LANGUAGE_VI], "Cổng làng: mất kết nối camera");
    assert_int_equal(told.event.end_us, 0);
    assert_true(told.escalate_us > 0);
}

static void what_is_over_within_its_grace_time_is_never_told(void **state)
{
    struct scene *s = *state;

    lasts(s, 0);
    over(s, 30);
    lasts(s, 50);
    over(s, 100);
    over(s, 1000);
    assert_int_equal(stored_alerts(s), 0);
    assert_int_equal(s->told_count, 0);
}

static void the_same_alert_says_that_it_is_back_again(void **state)
{
    struct scene *s = *state;

    lasts(s, 0);
    lasts(s, 61);
    over(s, 100);
    over(s, 159);
    assert_int_equal(last(s).state, ALERT_OPEN);
    over(s, 161);
    assert_int_equal(stored_alerts(s), 1);
    assert_int_equal(last(s).state, ALERT_RESOLVED);
    assert_string_equal(last(s).closed_by, "kengd");
    assert_int_equal(last(s).event.end_us, NIGHT + SECONDS_US(161));
    assert_int_equal(last(s).escalate_us, 0);
}

static void flapping_is_held_together_in_one_alert(void **state)
{
    struct scene *s = *state;

    lasts(s, 0);
    lasts(s, 61);
    for (int i = 0; i < 5; i++) {
        over(s, 100 + i * 200);
        over(s, 161 + i * 200);
        lasts(s, 165 + i * 200);
        lasts(s, 226 + i * 200);
        assert_int_equal(last(s).state, ALERT_OPEN);
        assert_int_equal(last(s).merged, i + 1);
    }
    assert_int_equal(stored_alerts(s), 1);
    over(s, 2000);
    over(s, 2061);
    lasts(s, 3000);
    lasts(s, 3061);
    assert_int_equal(stored_alerts(s), 2);
}

static void no_second_alert_is_made_of_it_after_a_restart(void **state)
{
    struct scene *s = *state;

    lasts(s, 0);
    lasts(s, 61);
    scene_stop(s);
    scene_start(s);
    lasts(s, 100);
    lasts(s, 200);
    assert_int_equal(stored_alerts(s), 1);
    scene_stop(s);
    scene_start(s);
    over(s, 300);
    over(s, 361);
    assert_int_equal(stored_alerts(s), 1);
    assert_int_equal(last(s).state, ALERT_RESOLVED);
}

static void what_becomes_more_severe_is_a_new_alert_at_once(void **state)
{
    struct scene *s = *state;
    struct condition what = { .key = "certificate",
                              .severity = SEVERITY_NOTICE,
                              .texts = { "còn 30 ngày", "30 days left" } };

    duty_condition_lasts(s->duty, &what);
    settle(s);
    assert_int_equal(stored_alerts(s), 1);
    assert_string_equal(last(s).event.area, "dong-xanh");
    what.severity = SEVERITY_URGENT;
    at(10);
    duty_condition_lasts(s->duty, &what);
    settle(s);
    assert_int_equal(stored_alerts(s), 2);
    assert_int_equal(last(s).event.severity, SEVERITY_URGENT);
    assert_int_equal(last(s).state, ALERT_OPEN);
}

static void what_a_removed_camera_lacked_is_no_duty(void **state)
{
    struct scene *s = *state;

    lasts(s, 0);
    lasts(s, 61);
    const struct settings *less = scene_settings_without(s, "  cong-lang:");
    duty_reload(s->duty, less);
    settle(s);
    assert_int_equal(last(s).state, ALERT_RESOLVED);
    settings_unref(less);
}

static void told_of(struct scene *s, const char *key)
{
    struct condition what = { .key = key,
                              .severity = SEVERITY_WARNING,
                              .texts = { "hỏng", "it is broken" } };

    duty_condition_lasts(s->duty, &what);
    settle(s);
    assert_int_equal(last(s).state, ALERT_OPEN);
}

static void what_a_removed_disk_or_channel_lacked_is_no_duty(void **state)
{
    static const char *const gone[] = { "recording/dia-hai", "slow-disk/dia-hai",
                                        "channel/webhook/loa", "channel/email" };
    struct scene *s = *state;

    for (size_t i = 0; i < COUNT_OF(gone); i++) {
        told_of(s, gone[i]);
        duty_reload(s->duty, s->set); /* which knows none of them */
        settle(s);
        assert_int_equal(last(s).state, ALERT_RESOLVED);
    }
    told_of(s, "recording");
    duty_reload(s->duty, s->set);
    settle(s);
    assert_int_equal(last(s).state, ALERT_OPEN);

    /* A kengd that was started anew has heard of it from the catalogue only. */
    told_of(s, "recording/dia-hai");
    scene_stop(s);
    scene_start(s);
    settle(s);
    assert_int_equal(last(s).state, ALERT_RESOLVED);
}

/* Two communes on one kengd: a person of either is told of what both of them lack. */
static void what_kengd_lacks_is_told_in_every_root_area(void **state)
{
    struct scene *s = *state;
    struct condition what = { .key = "disk-days",
                              .severity = SEVERITY_WARNING,
                              .texts = { "đĩa đầy", "the disk is full" } };

    scene_reload(s, "{name: Thôn Tây, within: dong-xanh}", "{name: Thôn Tây}");
    duty_condition_lasts(s->duty, &what);
    settle(s);
    assert_int_equal(stored_alerts(s), 2);
    assert_string_equal(s->told[s->told_count - 2].alert.event.area, "thon-tay");
    assert_string_equal(last(s).event.area, "dong-xanh");
    scene_stop(s);
    scene_start(s);
    for (int at_s = 0; at_s <= 61; at_s += 61) {
        at(at_s);
        duty_condition_over(s->duty, "disk-days");
        settle(s);
    }
    for (size_t i = s->told_count - 2; i < s->told_count; i++)
        assert_int_equal(s->told[i].alert.state, ALERT_RESOLVED);
    assert_int_equal(stored_alerts(s), 2);
    duty_tell(s->duty, &what);
    settle(s);
    assert_int_equal(stored_alerts(s), 4);
}

static void what_does_not_last_is_told_and_closed(void **state)
{
    struct scene *s = *state;
    struct condition what = { .key = "all-well",
                              .severity = SEVERITY_NOTICE,
                              .texts = { "Báo yên", "All is well" } };

    duty_tell(s->duty, &what);
    duty_tell(s->duty, &what);
    settle(s);
    assert_int_equal(stored_alerts(s), 2);
    assert_int_equal(last(s).state, ALERT_RESOLVED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_lasts_longer_than_its_grace_time_becomes_an_alert),
        TEST(what_is_over_within_its_grace_time_is_never_told),
        TEST(the_same_alert_says_that_it_is_back_again),
        TEST(flapping_is_held_together_in_one_alert),
        TEST(no_second_alert_is_made_of_it_after_a_restart),
        TEST(what_becomes_more_severe_is_a_new_alert_at_once),
        TEST(what_a_removed_camera_lacked_is_no_duty),
        TEST(what_a_removed_disk_or_channel_lacked_is_no_duty),
        TEST(what_kengd_lacks_is_told_in_every_root_area),
        TEST(what_does_not_last_is_told_and_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
