/* F47: a storm of alerts. People are woken once, everything is listed, nothing is lost. */
#include <stdlib.h>
#include <string.h>

#include "alert/condition.h"
#include "alert/explain.h"
#include "scene.h"

struct push_rows {
    size_t count, held;
    int64_t due_us;
};

static void add_phone(struct scene *s)
{
    scene_raw(s, "INSERT INTO token (hash, person, created_us, last_us, expires_us,"
                 " revoked_us) VALUES (zeroblob(32), 'an', 1, 1, 0, 0);"
                 "INSERT INTO device (kind, person, name, token, paired_us, seen_us,"
                 " revoked_us, endpoint, p256dh, auth, vapid, push_state, push_us)"
                 " VALUES ('phone', 'an', 'An', 1, 1, 1, 0, 'https://127.0.0.1:1/x',"
                 " zeroblob(65), zeroblob(16), 'k', 'works', 1)");
}

static void on_explained(void *arg, const struct explanation *e)
{
    struct push_rows *rows = arg;

    assert_true(e->found);
    for (size_t i = 0; i < e->deliveries.count; i++) {
        if (strcmp(e->deliveries.rows[i].channel, "push") != 0)
            continue;
        rows->count++;
        rows->held += e->deliveries.rows[i].due_us > 0;
        rows->due_us = e->deliveries.rows[i].due_us;
    }
}

static struct push_rows pushes_of(struct scene *s, const char *alert)
{
    struct explain_question question = { 0 };
    struct push_rows rows = { 0 };

    strcpy(question.alert, alert);
    duty_explain(s->duty, &question, on_explained, &rows);
    settle(s);
    return rows;
}

/* The key in the catalogue is not ours: the phone would be flagged as stale otherwise. */
static void keep_phone(struct scene *s)
{
    scene_raw(s, "UPDATE device SET push_state = 'works',"
                 " endpoint = 'https://127.0.0.1:1/x'");
}

static void five_thousand_events_a_minute_wake_once_and_are_all_listed(void **state)
{
    enum { EVENTS = 5000, TOGETHER = 1000 /* while the disk is slow */ };
    struct scene *s = *state;

    add_phone(s);
    for (int i = 0; i < EVENTS; i++) {
        int64_t at_us = NIGHT + i * MILLIS_US(12);
        scene_clock(at_us);
        began_at(s, "cong-lang", at_us);
        if (i == 0) {
            settle(s);
            assert_true(s->told[0].is_new); /* the first is told at once */
        }
        if (i % TOGETHER == TOGETHER - 1)
            settle(s);
    }
    settle(s);
    assert_int_equal(stored_alerts(s), 1);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, EVENTS);
    event_list_free(&events);
    struct alert_row alert = stored_alert(s, s->told[0].alert.id);
    assert_int_equal(alert.merged, EVENTS - 1);
    assert_int_equal(pushes_of(s, alert.id).count, 1);
    alert_row_clear(&alert);
}

static void what_waits_for_a_slow_disk_has_bounded_pictures_and_loses_no_event(void **state)
{
    enum { EVENTS = 40, MIB = 1 << 20 };
    struct scene *s = *state;
    struct picture *picture = picture_new(MIB);
    size_t pictured = 0;

    for (int i = 0; i < EVENTS; i++) {
        struct sighting seen = { .camera = settings_find_camera(s->set, "cong-lang"),
                                 .number = 77,
                                 .start_us = NIGHT + i,
                                 .at_us = NIGHT + i };
        duty_motion_began(s->duty, &seen, picture);
    }
    settle(s);
    picture_unref(picture);
    struct event_list events = stored_events(s);
    assert_int_equal(events.count, EVENTS);
    for (size_t i = 0; i < events.count; i++)
        pictured += events.rows[i].picture != NULL;
    assert_int_equal(pictured, 1 + 32); /* the first was at the desk already */
    event_list_free(&events);
}

static void tell(struct scene *s, int at_s, const char *camera)
{
    struct condition what = {
        .key = "x",
        .camera = camera ? settings_find_camera(s->set, camera) : NULL,
        .severity = SEVERITY_WARNING,
        .texts = { "vi", "en" },
    };

    scene_clock(NIGHT + SECONDS_US(at_s));
    keep_phone(s);
    duty_tell(s->duty, &what);
    settle(s);
}

static struct push_rows last_pushes(struct scene *s)
{
    return pushes_of(s, s->told[s->told_count - 1].alert.id);
}

static void one_message_a_minute_tells_of_one_camera(void **state)
{
    struct scene *s = *state;

    add_phone(s);
    tell(s, 0, "cong-lang");
    assert_int_equal(last_pushes(s).count, 1);
    assert_int_equal(last_pushes(s).held, 0);
    for (int at_s = 10; at_s < 60; at_s += 10) {
        tell(s, at_s, "cong-lang");
        assert_int_equal(last_pushes(s).count, 1);
        assert_int_equal(last_pushes(s).due_us, NIGHT + SECONDS_US(60));
    }
    tell(s, 130, "cong-lang");
    assert_int_equal(last_pushes(s).held, 0);
}

static void what_is_over_the_hourly_cap_goes_with_the_hours_summary(void **state)
{
    struct scene *s = *state;

    add_phone(s);
    scene_raw(s, "UPDATE device SET person = 'chi'"); /* who looks after the commune */
    for (int i = 0; i < 20; i++) {
        tell(s, i, NULL);
        assert_int_equal(last_pushes(s).held, 0);
    }
    tell(s, 21, NULL);
    assert_int_equal(last_pushes(s).due_us % SECONDS_US(3600), 0);
    assert_true(last_pushes(s).due_us > NIGHT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(five_thousand_events_a_minute_wake_once_and_are_all_listed),
        TEST(what_waits_for_a_slow_disk_has_bounded_pictures_and_loses_no_event),
        TEST(one_message_a_minute_tells_of_one_camera),
        TEST(what_is_over_the_hourly_cap_goes_with_the_hours_summary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
