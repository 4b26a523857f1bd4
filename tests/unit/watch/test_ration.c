#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/clock.h"
#include "ration.h"

static int take_all(struct ration *r, const struct wire_header *h, int64_t now_us)
{
    int taken = 0;

    while (!ration_message(r, h, now_us))
        taken++;
    return taken;
}

static void what_is_used_up_comes_back_with_time_and_no_further(void **state)
{
    struct wire_header init = { .kind = WIRE_INIT, .size = 600 };
    struct ration r;

    ration_begin(&r, 0);
    assert_int_equal(take_all(&r, &init, 0), 60);
    assert_string_equal(ration_message(&r, &init, SECONDS_US(1) - 1), "new runs");
    assert_int_equal(take_all(&r, &init, SECONDS_US(3)), 3);
    assert_int_equal(take_all(&r, &init, SECONDS_US(1000)), 60);
    assert_int_equal(take_all(&r, &init, SECONDS_US(999)),
                     0); /* a clock that goes back */
}

static void one_kind_takes_nothing_from_another(void **state)
{
    struct wire_header state_message = { .kind = WIRE_STATE, .size = 100 };
    struct wire_header fragment = { .kind = WIRE_FRAGMENT, .size = 20 << 10 };
    struct ration r;

    ration_begin(&r, 0);
    assert_int_equal(take_all(&r, &state_message, 0), 100);
    assert_null(ration_message(&r, &fragment, 0));
}

/* Two channels of 16 Mbit/s, each picture a keyframe, after a stop of 15 s. */
static void the_fattest_camera_stays_within(void **state)
{
    struct wire_header fragment = { .kind = WIRE_FRAGMENT, .size = 2000000 / 60 };
    struct ration r;
    int64_t now = 0;

    ration_begin(&r, now);
    for (int i = 0; i < 2 * 60 * 15; i++)
        assert_null(ration_message(&r, &fragment, now));
    for (int second = 0; second < 600; second++) {
        now += SECONDS_US(1);
        for (int i = 0; i < 2 * 60; i++)
            assert_null(ration_message(&r, &fragment, now));
    }
}

static void bytes_are_counted_over_all_messages(void **state)
{
    struct wire_header fat = { .kind = WIRE_FRAGMENT, .size = 8 << 20 };
    struct ration r;

    ration_begin(&r, 0);
    assert_int_equal(take_all(&r, &fat, 0), 12);
    assert_string_equal(ration_message(&r, &fat, 0), "bytes");
    assert_int_equal(take_all(&r, &fat, SECONDS_US(4)), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_used_up_comes_back_with_time_and_no_further),
        cmocka_unit_test(one_kind_takes_nothing_from_another),
        cmocka_unit_test(the_fattest_camera_stays_within),
        cmocka_unit_test(bytes_are_counted_over_all_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
