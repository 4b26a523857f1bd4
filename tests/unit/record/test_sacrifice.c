/* What is given up on a slow disk, and when it comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/clock.h"
#include "record/sacrifice.h"

static bool look(struct sacrifices *s, int permille, int second)
{
    return sacrifices_look(s, permille, SECONDS_US(1000 + (int64_t)second));
}

static void a_short_stall_costs_nothing(void **state)
{
    struct sacrifices s = { 0 };

    assert_false(look(&s, 249, 0));
    assert_int_equal(s.level, SACRIFICE_NONE);
}

static void the_fuller_the_memory_the_more_is_given_up_in_order(void **state)
{
    static const struct { int permille; enum sacrifice level; } steps[] = {
        { 100, SACRIFICE_NONE }, { 250, SACRIFICE_LIVE },  { 499, SACRIFICE_LIVE },
        { 500, SACRIFICE_DETECTION }, { 750, SACRIFICE_SUB }, { 1000, SACRIFICE_FRAGMENTS },
    };
    struct sacrifices s = { 0 };

    for (int i = 0; i < 6; i++) {
        look(&s, steps[i].permille, i);
        assert_int_equal(s.level, steps[i].level);
    }
}

static void a_sudden_stall_gives_up_all_that_is_due_at_once(void **state)
{
    struct sacrifices s = { 0 };

    assert_true(look(&s, 800, 0));
    assert_int_equal(s.level, SACRIFICE_SUB);
}

static void each_comes_back_alone_after_calm(void **state)
{
    struct sacrifices s = { 0 };

    look(&s, 1000, 0);
    assert_false(look(&s, 0, 1));
    assert_false(look(&s, 0, 10));
    for (int level = SACRIFICE_SUB, second = 11; level >= 0; level--, second += 10) {
        assert_false(look(&s, 0, second - 1));
        assert_true(look(&s, 0, second));
        assert_int_equal(s.level, level);
    }
    assert_false(look(&s, 0, 100));
}

static void what_is_only_a_little_less_full_is_no_calm(void **state)
{
    struct sacrifices s = { 0 };

    look(&s, 600, 0);
    for (int second = 1; second < 60; second++)
        assert_false(look(&s, 251, second));
    assert_int_equal(s.level, SACRIFICE_DETECTION);
}

static void calm_that_is_broken_begins_anew(void **state)
{
    struct sacrifices s = { 0 };

    look(&s, 300, 0);
    look(&s, 0, 1);
    look(&s, 200, 9); /* more than half of what it goes at */
    assert_false(look(&s, 0, 12));
    assert_false(look(&s, 0, 21));
    assert_true(look(&s, 0, 22));
    assert_int_equal(s.level, SACRIFICE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_stall_costs_nothing),
        cmocka_unit_test(the_fuller_the_memory_the_more_is_given_up_in_order),
        cmocka_unit_test(a_sudden_stall_gives_up_all_that_is_due_at_once),
        cmocka_unit_test(each_comes_back_alone_after_calm),
        cmocka_unit_test(what_is_only_a_little_less_full_is_no_calm),
        cmocka_unit_test(calm_that_is_broken_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
