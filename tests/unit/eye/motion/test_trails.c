/* What a trail must have done before it is believed. Five looks a second. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/clock.h"
#include "trails.h"

static const struct grid grid = { 160, 90, 160 * 90 };

struct walk {
    struct tuning set;
    struct trails trails;
    struct blobs seen; /* of the look that is being made up */
    int look;
    uint32_t dice;
};

static void start(struct walk *w)
{
    *w = (struct walk){ .set = tuning_for(3) };
}

/* A thing of w x h cells around x, y that covers new ground and has a surface. */
static struct blob *add(struct walk *walk, float x, float y, int w, int h)
{
    struct blob *b = &walk->seen.at[walk->seen.count++];

    *b = (struct blob){ .x0 = (int)x - w / 2,
                        .y0 = (int)y - h / 2,
                        .x = x,
                        .y = y,
                        .cells = w * h,
                        .strong = w * h };
    b->x1 = b->x0 + w - 1;
    b->y1 = b->y0 + h - 1;
    return b;
}

static void look(struct walk *w)
{
    trails_follow(&w->trails, &w->set, &grid, &w->seen, SECONDS_US(w->look) / 5, true);
    w->seen = (struct blobs){ .count = 0 };
    w->look++;
}

static int confirmed(const struct walk *w)
{
    int count = 0;

    for (int k = 0; k < TRAILS_MAX; k++)
        count += w->trails.at[k].used && w->trails.at[k].confirmed;
    return count;
}

/* Looks until a person who walks 8 cells a second is believed; 50: never. */
static int looks_until_believed(struct walk *w, void (*beside)(struct walk *w))
{
    for (int i = 1; i < 50; i++) {
        add(w, 20 + 1.6F * (float)w->look, 50, 5, 14);
        if (beside)
            beside(w);
        look(w);
        if (confirmed(w))
            return i;
    }
    return 50;
}

static void a_walker_is_believed_after_one_second(void **state)
{
    struct walk w;

    start(&w);
    assert_in_range(looks_until_believed(&w, NULL), 5, 7);
}

static float dice(struct walk *w, float below)
{
    w->dice = w->dice * 1664525U + 1013904223U;
    return below * (float)(w->dice >> 8) / (float)(1U << 24);
}

/* Four flakes, each look elsewhere, far from the walker. */
static void snow(struct walk *w)
{
    for (int i = 0; i < 4; i++)
        add(w, 2 + dice(w, 156), 2 + dice(w, 24), 3, 3);
}

static void in_snow_a_walker_must_be_seen_for_longer(void **state)
{
    struct walk w;

    start(&w);
    for (int i = 0; i < 10; i++) {
        snow(&w);
        look(&w);
    }
    assert_true(w.trails.births > 12);
    assert_in_range(looks_until_believed(&w, snow), 13, 16);
}

static void pieces_of_a_thing_that_is_known_are_no_snow(void **state)
{
    struct walk w;

    start(&w);
    for (int i = 0; i < 10; i++) {
        add(&w, 60 + 3 * (float)i, 45, 40, 60);
        look(&w);
    }
    assert_int_equal(confirmed(&w), 1);
    uint32_t before = w.trails.births;
    for (int i = 0; i < 10; i++) {
        add(&w, 87, 45, 40, 60);
        for (int k = 0; k < 3; k++)
            add(&w, 70 + dice(&w, 34), 18 + dice(&w, 54), 3, 3);
        look(&w);
    }
    assert_true(w.trails.born > before + 12);
    assert_int_equal(w.trails.births, before);
}

static void what_goes_to_and_fro_is_not_believed(void **state)
{
    struct walk w;

    start(&w);
    for (int i = 0; i < 60; i++) {
        add(&w, 60 + 4 * sinf(7.9F * (float)i / 5), 45, 8, 8);
        look(&w);
        assert_int_equal(confirmed(&w), 0);
    }
}

static void what_stands_on_old_ground_is_not_believed(void **state)
{
    struct walk w;

    start(&w);
    for (int i = 0; i < 20; i++) {
        add(&w, 60 + (float)i, 45, 8, 8)->age_s = 3 + 0.2F * (float)i;
        look(&w);
        assert_int_equal(confirmed(&w), 0);
    }
}

static void what_has_the_surface_of_the_ground_is_not_believed(void **state)
{
    struct walk w;

    start(&w);
    for (int i = 0; i < 20; i++) {
        add(&w, 30 + 2 * (float)i, 45, 8, 8)->strong = 30;
        look(&w);
        assert_int_equal(confirmed(&w), 0);
    }
}

static void a_trail_that_was_lost_for_a_second_is_another_one(void **state)
{
    struct walk w;

    start(&w);
    assert_true(looks_until_believed(&w, NULL) < 50);
    for (int i = 0; i < 7; i++)
        look(&w);
    assert_int_equal(confirmed(&w), 0);
}

static void the_way_of_a_thing_is_told_with_few_points_however_long_it_is(void **state)
{
    struct walk w;

    start(&w);
    for (int i = 0; i < 400; i++) {
        add(&w, 20 + 0.3F * (float)i, 40, 4, 9);
        look(&w);
    }
    const struct way *way = &w.trails.at[0].way;
    assert_in_range(way->count, WAY_POINTS / 2, WAY_POINTS);
    assert_int_equal(way->at[0].ms, 0);
    assert_float_equal(way->at[0].x, 20 / 160.0F, 0.01F);
    assert_float_equal(way->at[0].y, 45 / 90.0F, 0.01F); /* its foot */
    assert_int_equal(way->at[way->count - 1].ms, 399 * 200);
    assert_float_equal(way->at[way->count - 1].x, 139.7F / 160, 0.01F);
    for (int i = 1; i < way->count; i++)
        assert_in_range(way->at[i].ms - way->at[i - 1].ms, 1, 399 * 200 / 8);
}

static void more_things_than_there_is_room_for_are_survived(void **state)
{
    struct walk w;

    start(&w);
    w.set.gate_box = w.set.gate_width = 0;
    for (int i = 0; i < 20; i++) {
        for (int k = 0; k < BLOBS_MAX; k++)
            add(&w, (float)(10 * k), (float)(5 * (i % 15)), 4, 4);
        look(&w);
    }
    assert_int_equal(confirmed(&w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walker_is_believed_after_one_second),
        cmocka_unit_test(in_snow_a_walker_must_be_seen_for_longer),
        cmocka_unit_test(pieces_of_a_thing_that_is_known_are_no_snow),
        cmocka_unit_test(what_goes_to_and_fro_is_not_believed),
        cmocka_unit_test(what_stands_on_old_ground_is_not_believed),
        cmocka_unit_test(what_has_the_surface_of_the_ground_is_not_believed),
        cmocka_unit_test(a_trail_that_was_lost_for_a_second_is_another_one),
        cmocka_unit_test(the_way_of_a_thing_is_told_with_few_points_however_long_it_is),
        cmocka_unit_test(more_things_than_there_is_room_for_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
