#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scene.h"

/* ---- a catalogue that fails ------------------------------------------------------- */

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

static void what_waits_for_a_disk_that_fails_is_bounded_and_the_newest(void **state)
{
    enum { EVENTS = 5000, MOST = 4096 };
    struct scene *s = *state;

    scene_raw(s, BLOCK);
    for (int i = 0; i < EVENTS; i++) {
        began(s, (uint32_t)i + 1, i, NULL);
        if (i % 1500 == 0)
            settle(s);
    }
    settle(s);
    scene_raw(s, UNBLOCK);
    scene_stop(s);
    scene_start(s);
    struct event_list events = stored_events(s);
    assert_in_range(events.count, MOST - 5, MOST);
    assert_int_equal(events.rows[0].start_us, NIGHT + SECONDS_US(EVENTS - 1));
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

/* ---- old pictures ----------------------------------------------------------------- */

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
        TEST(what_cannot_be_stored_is_told_when_it_can_be),
        TEST(one_that_cannot_be_stored_holds_up_no_other),
        TEST(what_waits_for_a_disk_that_fails_is_bounded_and_the_newest),
        TEST(a_person_is_told_that_an_answer_or_alarm_was_not_stored),
        TEST(pictures_go_with_their_day_when_they_are_older_than_is_kept),
        TEST(no_picture_goes_while_the_clock_is_not_trusted),
        TEST(what_is_no_day_among_the_pictures_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
