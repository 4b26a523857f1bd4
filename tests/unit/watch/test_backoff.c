#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmocka.h>

#include "backoff.h"
#include "core/clock.h"

static void a_wait_doubles_from_one_second_to_sixty(void **state)
{
    struct backoff b = { 0 };
    static const int seconds[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        int64_t us = backoff_next(&b);
        assert_in_range(us, SECONDS_US(seconds[i]) * 4 / 5,
                        SECONDS_US(seconds[i]) * 6 / 5);
        assert_in_range(us, SECONDS_US(1), SECONDS_US(60));
    }
}

static void a_closed_port_is_tried_at_most_ninety_times_an_hour(void **state)
{
    for (int round = 0; round < 100; round++) {
        struct backoff b = { 0 };
        int64_t us = 0;
        int tries = 0;
        for (; us < SECONDS_US(3600); tries++)
            us += backoff_next(&b);
        assert_in_range(tries, 50, 90);
    }
}

/* F04: whenever in these 24 hours it comes back. */
static void a_camera_that_is_away_for_a_day_is_tried_within_any_minute(void **state)
{
    struct backoff refused = { 0 };
    int64_t us = 0;
    int tries = 0;

    for (; us < SECONDS_US(86400); tries++) {
        int64_t wait_us = backoff_next(&refused);

        assert_in_range(wait_us, SECONDS_US(1), SECONDS_US(60));
        us += wait_us;
    }
    assert_in_range(tries, 86400 / 60, 86400 / 45);
    /* One that answers nothing at all is knocked at instead: */
    for (us = 0; us < SECONDS_US(86400); us += jittered_us(SECONDS_US(2)))
        assert_in_range(jittered_us(SECONDS_US(2)), SECONDS_US(1), SECONDS_US(3));
}

static void waits_differ(void **state)
{
    int64_t first = 0;
    bool differ = false;

    for (int i = 0; i < 50; i++) {
        struct backoff b = { .next_us = SECONDS_US(16) };
        int64_t us = backoff_next(&b);
        differ |= first && us != first;
        first = us;
    }
    assert_true(differ);
}

static void after_success_it_begins_anew(void **state)
{
    struct backoff b = { 0 };

    for (int i = 0; i < 10; i++)
        backoff_next(&b);
    backoff_reset(&b);
    assert_in_range(backoff_next(&b), SECONDS_US(1), SECONDS_US(6) / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_doubles_from_one_second_to_sixty),
        cmocka_unit_test(a_closed_port_is_tried_at_most_ninety_times_an_hour),
        cmocka_unit_test(a_camera_that_is_away_for_a_day_is_tried_within_any_minute),
        cmocka_unit_test(waits_differ),
        cmocka_unit_test(after_success_it_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
