/*
 * How long the nursery's answer is waited for: looks are given, a second apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "patience.h"

enum { EVER = 1000 };

/* Looks until it is given up; `work_us`: what it works from one to the next. */
static int looks(struct patience *p, int64_t work_us)
{
    for (int i = 1; i <= EVER; i++)
        if (!patience_lasts(p, p->worked_us + work_us))
            return i;
    return EVER;
}

static struct patience one_that_answered(void)
{
    struct patience p;

    patience_start(&p);
    patience_wait(&p, 1000);
    patience_answered(&p);
    patience_wait(&p, 2000);
    return p;
}

static void one_that_stands_still_hangs_after_five(void **state)
{
    struct patience p = one_that_answered();

    assert_int_equal(looks(&p, 0), 5);
}

static void one_that_has_little_of_a_busy_machine_is_let_work(void **state)
{
    struct patience p = one_that_answered();

    assert_int_equal(looks(&p, 1), 60);
}

static void one_that_starts_has_half_a_minute(void **state)
{
    struct patience p;

    patience_start(&p);
    patience_wait(&p, 0);
    assert_int_equal(looks(&p, 0), 30);
}

static void each_answer_begins_it_anew(void **state)
{
    struct patience p = one_that_answered();

    for (int i = 0; i < EVER; i++) {
        for (int k = 0; k < 4; k++)
            assert_true(patience_lasts(&p, p.worked_us));
        patience_answered(&p);
    }
    assert_int_equal(looks(&p, 0), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_stands_still_hangs_after_five),
        cmocka_unit_test(one_that_has_little_of_a_busy_machine_is_let_work),
        cmocka_unit_test(one_that_starts_has_half_a_minute),
        cmocka_unit_test(each_answer_begins_it_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
