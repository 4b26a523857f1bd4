/* Two levels, and one event for people who come one after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "events.h"

static const int64_t merge_us = SECONDS_US(5);
static const int64_t nobody = INT64_MAX;

static void an_event_begins_with_its_first_sight_not_with_the_decision(void **state)
{
    struct events e = { .zone = -1 };

    assert_int_equal(events_see(&e, SECONDS_US(9), SECONDS_US(10), 5, 2), EVENTS_BEGAN);
    assert_int_equal(e.start_us, SECONDS_US(9));
    assert_int_equal(e.number, 1);
    assert_int_equal(e.zone, 2);
}

static void an_event_goes_on_while_the_trail_is_seen(void **state)
{
    struct events e = { .zone = -1 };

    events_see(&e, SECONDS_US(9), SECONDS_US(10), 5, -1);
    for (int s = 11; s < 60; s += 4) {
        assert_int_equal(events_wait(&e, merge_us, SECONDS_US(s), nobody),
                         EVENTS_NOTHING);
        assert_int_equal(events_see(&e, SECONDS_US(9), SECONDS_US(s), 5, -1),
                         EVENTS_NOTHING);
    }
    assert_int_equal(e.number, 1);
}

static void an_event_ends_five_seconds_after_the_last_sight(void **state)
{
    struct events e = { .zone = -1 };

    events_see(&e, SECONDS_US(9), SECONDS_US(10), 5, -1);
    assert_int_equal(events_wait(&e, merge_us, SECONDS_US(15), nobody), EVENTS_NOTHING);
    assert_int_equal(events_wait(&e, merge_us, SECONDS_US(15) + 1, nobody), EVENTS_ENDED);
    assert_int_equal(e.last_us, SECONDS_US(10));
    assert_int_equal(events_wait(&e, merge_us, SECONDS_US(90), nobody), EVENTS_NOTHING);
}

static void whoever_comes_within_five_seconds_belongs_to_the_same_event(void **state)
{
    struct events e = { .zone = -1 };

    events_see(&e, SECONDS_US(9), SECONDS_US(10), 5, -1);
    assert_int_equal(events_wait(&e, merge_us, SECONDS_US(14), nobody), EVENTS_NOTHING);
    assert_int_equal(events_see(&e, SECONDS_US(13), SECONDS_US(14), 9, -1),
                     EVENTS_NOTHING);
    assert_int_equal(e.number, 1);
    assert_int_equal(e.start_us, SECONDS_US(9));
    assert_int_equal(e.last_us, SECONDS_US(14));
}

static void whoever_is_first_seen_within_five_seconds_belongs_to_it_when_confirmed_later(
    void **state)
{
    struct events e = { .zone = -1 };
    int64_t coming = SECONDS_US(14);

    events_see(&e, SECONDS_US(9), SECONDS_US(10), 5, -1);
    assert_int_equal(events_wait(&e, merge_us, SECONDS_US(16), coming), EVENTS_NOTHING);
    assert_int_equal(events_see(&e, coming, SECONDS_US(16), 5, -1), EVENTS_NOTHING);
    assert_int_equal(e.number, 1);
}

static void whoever_is_first_seen_later_is_another_event(void **state)
{
    struct events e = { .zone = -1 };
    int64_t coming = MILLIS_US(15500);

    events_see(&e, SECONDS_US(9), SECONDS_US(10), 5, -1);
    assert_int_equal(events_wait(&e, merge_us, SECONDS_US(16), coming), EVENTS_ENDED);
    assert_int_equal(events_see(&e, coming, SECONDS_US(17), 5, -1), EVENTS_BEGAN);
    assert_int_equal(e.number, 2);
}

static void the_score_is_the_highest(void **state)
{
    struct events e = { .zone = -1 };

    events_see(&e, 0, SECONDS_US(1), 5, -1);
    events_see(&e, 0, SECONDS_US(2), 70, -1);
    events_see(&e, 0, SECONDS_US(3), 20, -1);
    assert_int_equal(e.score, 70);
}

static void a_look_back_in_time_does_not_shorten_an_event(void **state)
{
    struct events e = { .zone = -1 };

    events_see(&e, SECONDS_US(9), SECONDS_US(10), 5, -1);
    events_see(&e, SECONDS_US(8), SECONDS_US(9), 5, -1);
    assert_int_equal(e.last_us, SECONDS_US(10));
}

static void a_run_that_ends_ends_the_event(void **state)
{
    struct events e = { .zone = -1 };

    assert_int_equal(events_break(&e), EVENTS_NOTHING);
    events_see(&e, SECONDS_US(9), SECONDS_US(10), 5, -1);
    assert_int_equal(events_break(&e), EVENTS_ENDED);
    assert_int_equal(events_break(&e), EVENTS_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_begins_with_its_first_sight_not_with_the_decision),
        cmocka_unit_test(an_event_goes_on_while_the_trail_is_seen),
        cmocka_unit_test(an_event_ends_five_seconds_after_the_last_sight),
        cmocka_unit_test(whoever_comes_within_five_seconds_belongs_to_the_same_event),
        cmocka_unit_test(
            whoever_is_first_seen_within_five_seconds_belongs_to_it_when_confirmed_later),
        cmocka_unit_test(whoever_is_first_seen_later_is_another_event),
        cmocka_unit_test(the_score_is_the_highest),
        cmocka_unit_test(a_look_back_in_time_does_not_shorten_an_event),
        cmocka_unit_test(a_run_that_ends_ends_the_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
