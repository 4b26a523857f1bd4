/* Where motion counts, and where nothing is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"
#include "zones.h"

static struct motion_polygon box(const char *id, float x0, float y0, float x1, float y1)
{
    struct motion_polygon p = {
        .count = 4, .points = { { x0, y0 }, { x1, y0 }, { x1, y1 }, { x0, y1 } }
    };

    strcpy(p.id, id);
    return p;
}

static void a_polygon_holds_what_is_inside(void **state)
{
    const struct motion_polygon l_shape = {
        .count = 6,
        .points = { { 0, 0 },
                    { 1, 0 },
                    { 1, 0.5F },
                    { 0.5F, 0.5F },
                    { 0.5F, 1 },
                    { 0, 1 } },
    };

    assert_true(polygon_holds(&l_shape, 0.25F, 0.75F));
    assert_true(polygon_holds(&l_shape, 0.75F, 0.25F));
    assert_false(polygon_holds(&l_shape, 0.75F, 0.75F));
    assert_false(polygon_holds(&l_shape, 1.5F, 0.25F));
}

/* The upper half of a walker is at 40..54, the foot at 63: rows of 90. */
static void walker(struct scene *s, float *cells, float t)
{
    paint_thing(cells, 8 * (t - 12), 50, 5, 14, 60);
}

static struct scene *walk_with(const struct motion_setup *setup)
{
    struct scene *s = scene_with(setup);

    scene_show(s, 12, NULL);
    scene_show(s, 12, walker);
    return s;
}

static void a_walker_behind_a_mask_is_no_event(void **state)
{
    struct motion_setup setup = { .detect = true,
                                  .sensitivity = 3,
                                  .mask_count = 1,
                                  .masks = { box("street", 0, 0.5F, 1, 0.75F) } };
    struct scene *s = walk_with(&setup);

    assert_int_equal(s->began, 0);
    assert_int_equal(s->view.candidates, 0);
    scene_free(s);
}

/* A screen that plays a film covers 45 % of the picture. */
static void screen(struct scene *s, float *cells, float t)
{
    int film = (int)(t * 5);

    for (int i = 0; i < SCENE_CELLS; i++)
        if (i / SCENE_W < SCENE_H * 45 / 100)
            cells[i] = surface(i % SCENE_W + 17 * film, i / SCENE_W, 11, 120, 80);
    paint_thing(cells, 8 * (t - 12), 60, 5, 14, 60);
}

static void what_a_mask_hides_neither_blinds_nor_hides_a_walker_beside_it(void **state)
{
    struct motion_setup setup = { .detect = true,
                                  .sensitivity = 3,
                                  .mask_count = 1,
                                  .masks = { box("screen", 0, 0, 1, 0.455F) } };
    struct scene *s = scene_with(&setup);
    int lamps;

    scene_show(s, 12, NULL);
    lamps = s->lamps;
    scene_show(s, 12, screen);
    assert_int_equal(s->lamps, lamps);
    assert_int_equal(s->began, 1);
    scene_free(s);
}

static void a_mask_closes_every_cell_that_it_touches(void **state)
{
    struct motion_setup setup = { .mask_count = 1,
                                  .masks = { box("clock", 0, 0, 0.255F, 0.055F) } };
    struct grid grid = { SCENE_W, SCENE_H, SCENE_CELLS };
    uint8_t open[SCENE_CELLS];

    zones_open(&setup, &grid, open);
    assert_int_equal(open[0], 0);
    assert_int_equal(open[40], 0); /* 40.8 cells wide */
    assert_int_equal(open[42], 1);
    assert_int_equal(open[4 * SCENE_W], 0); /* 4.95 cells high */
    assert_int_equal(open[6 * SCENE_W], 1);
}

static void a_walker_counts_for_the_zone_where_the_foot_is(void **state)
{
    struct motion_setup setup = { .detect = true,
                                  .sensitivity = 3,
                                  .zone_count = 2,
                                  .zones = { box("wall", 0, 0.5F, 1, 0.65F),
                                             box("path", 0, 0.66F, 1, 1) } };
    struct scene *s = walk_with(&setup);

    assert_int_equal(s->began, 1);
    assert_int_equal(s->zone[0], 1);
    scene_free(s);
}

static void a_walker_outside_all_zones_is_no_event(void **state)
{
    struct motion_setup setup = { .detect = true,
                                  .sensitivity = 3,
                                  .zone_count = 1,
                                  .zones = { box("roof", 0, 0, 1, 0.6F) } };
    struct scene *s = walk_with(&setup);

    assert_int_equal(s->began, 0);
    scene_free(s);
}

static void a_walker_becomes_an_event_on_entering_a_zone(void **state)
{
    struct motion_setup setup = { .detect = true,
                                  .sensitivity = 3,
                                  .zone_count = 1,
                                  .zones = { box("gate", 0.5F, 0, 1, 1) } };
    struct scene *s = walk_with(&setup);

    assert_int_equal(s->began, 1);
    assert_true(s->decided_us[0] >
                21 * 1000000); /* 80 cells at 8 a second, from 12 s on */
    assert_true(s->decided_us[0] < 23 * 1000000);
    scene_free(s);
}

static void one_look_inside_a_zone_is_not_enough(void **state)
{
    struct motion_setup setup = { .zone_count = 1, .zones = { box("gate", 0, 0, 1, 1) } };
    struct grid grid = { SCENE_W, SCENE_H, SCENE_CELLS };
    struct tuning set = tuning_for(3);
    struct trail trail = { .box = { .x0 = 10, .x1 = 14, .y0 = 20, .y1 = 33, .cells = 70 } };
    int zone;

    zones_visit(&setup, &set, &grid, &trail);
    assert_false(zones_count(&setup, &set, &trail, &zone));
    zones_visit(&setup, &set, &grid, &trail);
    assert_true(zones_count(&setup, &set, &trail, &zone));
    assert_int_equal(zone, 0);
}

/* The walker's 5 x 14 cells are 0.49 % of the picture, a little more with what is around. */
static void a_zone_takes_what_is_within_its_sizes(void **state)
{
    static const struct {
        float smallest, largest;
        int events;
    } rows[] = { { 0.003F, 0, 1 }, { 0.008F, 0, 0 }, { 0, 0.008F, 1 }, { 0, 0.003F, 0 } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct motion_setup setup = { .detect = true,
                                      .sensitivity = 3,
                                      .zone_count = 1,
                                      .zones = { box("all", 0, 0, 1, 1) } };
        setup.zones[0].smallest = rows[i].smallest;
        setup.zones[0].largest = rows[i].largest;
        struct scene *s = walk_with(&setup);
        assert_int_equal(s->began, rows[i].events);
        scene_free(s);
    }
}

static void a_zone_may_ask_for_smaller_things_than_the_sensitivity(void **state)
{
    struct motion_setup setup = { .zone_count = 2 };

    setup.zones[0].smallest = 0.0005F;
    assert_true(zones_smallest(&setup, 0.0012F) == 0.0005F);
    setup.zones[0].smallest = 0.004F; /* the other takes the usual */
    assert_true(zones_smallest(&setup, 0.0012F) == 0.0012F);
    setup.zone_count = 0;
    assert_true(zones_smallest(&setup, 0.0012F) == 0.0012F);
}

/* From 12 s on at 8 cells a second: in the zone of 40 cells for 5 s, from 17 s on. */
static void who_is_inside_for_too_short_a_time_does_not_count(void **state)
{
    static const int64_t stays_us[] = { 3000000, 7000000 };

    for (int i = 0; i < 2; i++) {
        struct motion_setup setup = { .detect = true,
                                      .sensitivity = 3,
                                      .zone_count = 1,
                                      .zones = { box("gate", 0.25F, 0, 0.5F, 1) } };
        setup.zones[0].stays_us = stays_us[i];
        struct scene *s = walk_with(&setup);
        assert_int_equal(s->began, i == 0);
        if (i == 0)
            assert_in_range(s->decided_us[0], 19800000, 20800000);
        scene_free(s);
    }
}

static void a_foot_at_the_lower_rim_is_inside_a_zone_that_reaches_it(void **state)
{
    struct motion_setup setup = { .zone_count = 1,
                                  .zones = { box("all", 0, 0.5F, 1, 1) } };
    struct grid grid = { SCENE_W, SCENE_H, SCENE_CELLS };
    struct tuning set = tuning_for(3);
    struct trail trail = {
        .box = { .x0 = 10, .x1 = 14, .y0 = 70, .y1 = SCENE_H - 1, .cells = 70 }
    };

    zones_visit(&setup, &set, &grid, &trail);
    assert_int_equal(trail.inside[0], 1);
}

static void a_mask_is_black_in_a_picture(void **state)
{
    struct motion_setup setup = { .mask_count = 1,
                                  .masks = { box("window", 0.5F, 0.5F, 1, 1) } };
    uint8_t plane[20 * 10];

    memset(plane, 99, sizeof plane);
    zones_blacken(&setup, plane, 20, 16, 10, 0);
    assert_int_equal(plane[0], 99);
    assert_int_equal(plane[5 * 20 + 7], 99);
    assert_int_equal(plane[5 * 20 + 8], 0);
    assert_int_equal(plane[9 * 20 + 15], 0);
    assert_int_equal(plane[9 * 20 + 16], 99); /* behind the picture's width */
}

static void a_mask_that_reaches_out_of_the_picture_stays_inside_its_memory(void **state)
{
    struct motion_setup setup = { .mask_count = 1,
                                  .masks = { box("all", -3, -3, 4, 4) } };
    uint8_t *plane = malloc(16 * 10);

    memset(plane, 99, 16 * 10);
    zones_blacken(&setup, plane, 16, 16, 10, 0);
    for (int i = 0; i < 16 * 10; i++)
        assert_int_equal(plane[i], 0);
    free(plane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_polygon_holds_what_is_inside),
        cmocka_unit_test(a_walker_behind_a_mask_is_no_event),
        cmocka_unit_test(what_a_mask_hides_neither_blinds_nor_hides_a_walker_beside_it),
        cmocka_unit_test(a_mask_closes_every_cell_that_it_touches),
        cmocka_unit_test(a_walker_counts_for_the_zone_where_the_foot_is),
        cmocka_unit_test(a_walker_outside_all_zones_is_no_event),
        cmocka_unit_test(a_walker_becomes_an_event_on_entering_a_zone),
        cmocka_unit_test(one_look_inside_a_zone_is_not_enough),
        cmocka_unit_test(a_zone_takes_what_is_within_its_sizes),
        cmocka_unit_test(a_zone_may_ask_for_smaller_things_than_the_sensitivity),
        cmocka_unit_test(who_is_inside_for_too_short_a_time_does_not_count),
        cmocka_unit_test(a_foot_at_the_lower_rim_is_inside_a_zone_that_reaches_it),
        cmocka_unit_test(a_mask_is_black_in_a_picture),
        cmocka_unit_test(a_mask_that_reaches_out_of_the_picture_stays_inside_its_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
