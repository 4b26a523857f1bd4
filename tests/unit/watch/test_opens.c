#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <event2/event.h>

#include "core/clock.h"
#include "core/loop.h"
#include "opens.h"

static int64_t mono_us;

static int64_t mono(void)
{
    return mono_us;
}

static bool synchronised(void)
{
    return true;
}

static const struct clock_source source = { mono, mono, synchronised };

enum { CAMERAS = 48 };

struct scene {
    struct loop *loop;
    struct opens *opens;
    struct opening mains[CAMERAS], subs[CAMERAS];
    int turns, main_turns;
};

static struct scene *scene;

static void on_turn(void *arg)
{
    struct opening *o = arg;

    scene->turns++;
    scene->main_turns += o >= scene->mains && o < scene->mains + CAMERAS;
}

static void let_loop_run(void)
{
    event_base_loop(loop_base(scene->loop), EVLOOP_NONBLOCK);
}

static int begin(void **state)
{
    static struct scene s;

    s = (struct scene){ .loop = NULL };
    mono_us = SECONDS_US(5000);
    clock_use(&source);
    s.loop = loop_new();
    s.opens = opens_new(s.loop);
    scene = &s;
    for (int i = 0; i < CAMERAS; i++) {
        opening_begin(&s.subs[i], s.opens, false, on_turn, &s.subs[i]);
        opening_begin(&s.mains[i], s.opens, true, on_turn, &s.mains[i]);
    }
    *state = &s;
    return 0;
}

static int end(void **state)
{
    for (int i = 0; i < CAMERAS; i++) {
        opening_end(&scene->mains[i]);
        opening_end(&scene->subs[i]);
        opening_end(&scene->subs[i]); /* once more does no harm */
    }
    opens_free(scene->opens);
    loop_free(scene->loop);
    clock_use(NULL);
    return 0;
}

static void only_so_many_are_opened_at_once(void **state)
{
    assert_int_equal(scene->turns, OPENS_MOST);
    let_loop_run();
    assert_int_equal(scene->turns, OPENS_MOST);
}

static void each_that_plays_makes_room_and_main_streams_go_first(void **state)
{
    int mains = scene->main_turns; /* of the first, when few had come */

    for (int i = 0; i < CAMERAS; i++) {
        opening_end(&scene->subs[i]); /* plays, or is given up */
        let_loop_run();
    }
    for (int i = 0; i < CAMERAS && scene->main_turns < CAMERAS; i++) {
        opening_end(&scene->mains[i]);
        let_loop_run();
    }
    assert_int_equal(scene->main_turns, CAMERAS);
    assert_true(mains < OPENS_MOST);
}

static void a_slow_one_is_not_waited_for(void **state)
{
    for (int rounds = 1; rounds * OPENS_MOST < 2 * CAMERAS; rounds++) {
        assert_int_equal(scene->turns, rounds * OPENS_MOST);
        mono_us += OPENS_COUNT_US;
        event_base_loop(loop_base(scene->loop), EVLOOP_ONCE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_so_many_are_opened_at_once, begin, end),
        cmocka_unit_test_setup_teardown(
            each_that_plays_makes_room_and_main_streams_go_first, begin, end),
        cmocka_unit_test_setup_teardown(a_slow_one_is_not_waited_for, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
