/* What is an event and what is not, on painted scenes. */
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "scene.h"

static int make(void **state)
{
    struct scene *s = scene_new();

    scene_show(s, 12, NULL); /* the background is known */
    *state = s;
    return 0;
}

static int unmake(void **state)
{
    scene_free(*state);
    return 0;
}

/* A person 5 x 14 cells, from the left to the right at 8 cells a second. */
static void walker(struct scene *s, float *cells, float t)
{
    paint_thing(cells, 8 * (t - 12), 50, 5, 14, 60);
}

static void a_walker_is_one_event(void **state)
{
    struct scene *s = *state;

    scene_show(s, 10, walker);
    scene_show(s, 10, NULL);
    assert_int_equal(s->began, 1);
    assert_int_equal(s->ended, 1);
}

static void an_event_is_decided_about_one_second_after_the_first_sight(void **state)
{
    struct scene *s = *state;

    scene_show(s, 10, walker);
    assert_int_equal(s->began, 1);
    assert_in_range(s->start_us[0], SECONDS_US(12), SECONDS_US(13));
    assert_in_range(s->decided_us[0] - s->start_us[0], MILLIS_US(900), MILLIS_US(1600));
}

static void an_event_ends_at_the_last_sight_of_the_walker(void **state)
{
    struct scene *s = *state;

    scene_show(s, 10, walker); /* still in the picture at 22 s */
    scene_show(s, 8, NULL);
    assert_int_equal(s->ended, 1);
    assert_in_range(s->end_us[0], MILLIS_US(21600), MILLIS_US(22400));
}

static void walker_who_stops(struct scene *s, float *cells, float t)
{
    float walked = t < 16 ? t - 12 : t < 20 ? 4 : t - 16;

    paint_thing(cells, 8 * walked, 50, 5, 14, 60);
}

static void a_walker_who_stops_for_four_seconds_is_still_one_event(void **state)
{
    struct scene *s = *state;

    scene_show(s, 14, walker_who_stops);
    scene_show(s, 8, NULL);
    assert_int_equal(s->began, 1);
    assert_int_equal(s->ended, 1);
}

/* Leaves over 40 x 30 cells, each twig of 4 cells on its own way by up to 3 cells,
 * stronger in gusts. */
static void swaying_tree(struct scene *s, float *cells, float t)
{
    float gust = 1 + sinf(0.7F * t);

    for (int y = 10; y < 40; y++)
        for (int x = 60; x < 100; x++) {
            float phase = surface(x / 4, y / 4, 4, 0, 3);
            int shift =
                (int)lroundf(gust * (sinf(5 * t + phase) + sinf(8 * t + 2 * phase)) / 2);
            cells[y * SCENE_W + x] = surface(x + shift, y, 3, 80, 40);
        }
}

static void a_swaying_tree_is_no_event(void **state)
{
    struct scene *s = *state;

    scene_show(s, 60, swaying_tree);
    assert_int_equal(s->began, 0);
}

static void tree_and_walker(struct scene *s, float *cells, float t)
{
    swaying_tree(s, cells, t);
    if (t >= 72)
        paint_thing(cells, 8 * (t - 72), 60, 5, 14, 60);
}

static void a_walker_below_a_swaying_tree_is_one(void **state)
{
    struct scene *s = *state;

    scene_show(s, 60, tree_and_walker);
    assert_int_equal(s->began, 0);
    scene_show(s, 12, tree_and_walker);
    assert_int_equal(s->began, 1);
}

/* A lamp lights the room from one side: nearer walls more. */
static void lamp(struct scene *s, float *cells, float t)
{
    for (int i = 0; i < SCENE_CELLS; i++)
        cells[i] *= 1.7F - 0.5F * (float)(i % SCENE_W) / SCENE_W;
}

static void a_lamp_that_is_switched_on_and_off_is_no_event(void **state)
{
    struct scene *s = *state;

    scene_show(s, 8, lamp);
    scene_show(s, 8, NULL);
    scene_show(s, 8, lamp);
    assert_int_equal(s->began, 0);
}

static void other_room(struct scene *s, float *cells, float t)
{
    for (int i = 0; i < SCENE_CELLS; i++)
        cells[i] = surface(i % SCENE_W, i / SCENE_W, 5, 130, 45);
}

static void other_room_with_walker(struct scene *s, float *cells, float t)
{
    other_room(s, cells, t);
    paint_thing(cells, 8 * (t - 17), 50, 5, 14, 60);
}

static void a_camera_that_was_turned_learns_the_new_view_and_sees_again(void **state)
{
    struct scene *s = *state;

    int before = s->lamps;
    scene_show(s, 5, other_room);
    assert_int_equal(s->lamps - before, 1);
    assert_int_equal(s->began, 0);
    scene_show(s, 8, other_room_with_walker);
    assert_int_equal(s->began, 1);
}

/* Automatic exposure hunts: everything 20 % brighter and darker within two seconds. */
static void exposure(struct scene *s, float *cells, float t)
{
    for (int i = 0; i < SCENE_CELLS; i++)
        cells[i] *= 1 + 0.2F * sinf(3 * (t - 12));
}

static void automatic_exposure_is_no_motion(void **state)
{
    struct scene *s = *state;

    scene_show(s, 30, exposure);
    assert_int_equal(s->began, 0);
    assert_int_equal(s->view.candidates, 0);
}

static void exposure_and_walker(struct scene *s, float *cells, float t)
{
    paint_thing(cells, 8 * (t - 12), 50, 5, 14, 60);
    exposure(s, cells, t);
}

static void a_walker_is_seen_while_the_exposure_hunts(void **state)
{
    struct scene *s = *state;

    scene_show(s, 12, exposure_and_walker);
    assert_int_equal(s->began, 1);
}

/* A cone of light that sweeps over the ground: brighter, but the same ground. */
static void headlights(struct scene *s, float *cells, float t)
{
    float x = 30 * (t - 12) - 20, y = 55;

    for (int i = 0; i < SCENE_CELLS; i++) {
        float dx = ((float)(i % SCENE_W) - x) / 22, dy = ((float)(i / SCENE_W) - y) / 14;
        cells[i] *= 1 + 0.7F * expf(-dx * dx - dy * dy);
    }
}

static void headlights_that_sweep_over_the_ground_are_no_event(void **state)
{
    struct scene *s = *state;

    scene_show(s, 8, headlights);
    scene_show(s, 8, NULL);
    assert_int_equal(s->began, 0);
}

/* A bright spot of 5 cells that meanders 15 cells a second. */
static void insect(struct scene *s, float *cells, float t)
{
    float u = t - 12, x = 80 + 9 * sinf(2.1F * u) + 5 * sinf(4.7F * u + 1);
    float y = 30 + 8 * sinf(2.9F * u + 2) + 4 * cosf(5.3F * u);

    for (int j = -3; j <= 3; j++)
        for (int i = -3; i <= 3; i++)
            if (i * i + j * j <= 8)
                cells[((int)y + j) * SCENE_W + (int)x + i] = 220;
}

static void an_insect_before_the_lens_is_no_event(void **state)
{
    struct scene *s = *state;

    scene_show(s, 8, insect);
    scene_show(s, 4, NULL);
    assert_int_equal(s->began, 0);
}

/* 60 streaks of 2 x 9 cells, each picture elsewhere. */
static void rain(struct scene *s, float *cells, float t)
{
    for (int n = 0; n < 60; n++) {
        int x = (int)(scene_dice(s) * (SCENE_W - 2)),
            y = (int)(scene_dice(s) * (SCENE_H - 9));
        for (int j = 0; j < 9; j++)
            cells[(y + j) * SCENE_W + x] = cells[(y + j) * SCENE_W + x + 1] = 190;
    }
}

static void rain_is_no_event(void **state)
{
    struct scene *s = *state;

    scene_show(s, 60, rain);
    assert_int_equal(s->began, 0);
}

static void sensor_noise(struct scene *s, float *cells, float t)
{
    for (int i = 0; i < SCENE_CELLS; i++)
        cells[i] += 14 * (2 * scene_dice(s) - 1);
}

static void noise_at_dusk_is_no_event(void **state)
{
    struct scene *s = *state;

    scene_show(s, 30, sensor_noise);
    assert_int_equal(s->began, 0);
}

/* Stands there from one picture to the next, as after a pause of the stream. */
static void parked_car(struct scene *s, float *cells, float t)
{
    paint_thing(cells, 60, 50, 30, 14, 170);
}

/* Where the sanitizer counts what is allocated, or else the C library does. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    return mallinfo2().uordblks;
}

/* At the pace of keyframes, one in 2 s. */
static void an_hour_of_noise_raises_nothing_and_takes_no_memory(void **state)
{
    struct scene *s = *state;
    float cells[SCENE_CELLS];
    size_t after_a_minute = 0;
    int suspicions = 0;

    for (int second = 12; second < 3612; second += 2) {
        for (int i = 0; i < SCENE_CELLS; i++)
            cells[i] = s->background[i] + 3 * (2 * scene_dice(s) - 1);
        analysis_cells(s->analysis, cells, SECONDS_US(second), 0, &s->view);
        suspicions += s->view.suspicion;
        assert_int_equal(s->view.candidates, 0);
        assert_false(s->view.learned_anew);
        if (second == 72)
            after_a_minute = allocated();
    }
    assert_int_equal(suspicions, 0);
    assert_int_equal(allocated(), after_a_minute);
}

static void a_car_that_stands_there_fades_into_the_background_without_an_event(
    void **state)
{
    struct scene *s = *state;

    scene_show(s, 240, parked_car);
    assert_int_equal(s->began, 0);
    assert_int_equal(s->view.candidates, 0);
}

static void car_that_parks(struct scene *s, float *cells, float t)
{
    float x = fminf(-30 + 25 * (t - 12), 60);

    paint_thing(cells, x, 50, 30, 14, 170);
}

static void a_car_that_parks_is_one_event_which_ends(void **state)
{
    struct scene *s = *state;

    scene_show(s, 240, car_that_parks);
    assert_int_equal(s->began, 1);
    assert_int_equal(s->ended, 1);
}

/* A window burns out while the lamp is on; when it is off one sees what is behind. */
static void window_in_the_light(struct scene *s, float *cells, float t)
{
    bool lit = t < 60;

    for (int i = 0; i < SCENE_CELLS; i++) {
        if (i % SCENE_W >= 120 && i / SCENE_W < 40)
            cells[i] = surface(i % SCENE_W, i / SCENE_W, 9, 270, 12);
        cells[i] *= lit ? 1 : 0.82F;
    }
}

static void a_wall_that_was_burnt_out_is_no_thing_when_it_dims(void **state)
{
    struct scene *s = *state;

    scene_show(s, 48, window_in_the_light);
    for (int look = 0; look < 10; look++) {
        scene_show(s, 0.2F, window_in_the_light);
        assert_int_equal(s->view.candidates, 0);
    }
    assert_int_equal(s->began, 0);
}

static void walker_at_once(struct scene *s, float *cells, float t)
{
    paint_thing(cells, 8 * t, 50, 5, 14, 60);
}

static void nothing_is_decided_in_the_first_three_seconds(void **state)
{
    struct scene *s = scene_new();

    scene_show(s, 3, walker_at_once);
    assert_int_equal(s->began, 0);
    scene_show(s, 9, walker_at_once);
    assert_int_equal(s->began, 1);
    scene_free(s);
}

static void far_walker(struct scene *s, float *cells, float t)
{
    paint_thing(cells, 4 * (t - 12) + 20, 50, 3, 5, 60);
}

static int events_of_a_far_walker(int sensitivity)
{
    struct motion_setup setup = { .detect = true, .sensitivity = sensitivity };
    struct scene *s = scene_with(&setup);
    int began;

    scene_show(s, 12, NULL);
    scene_show(s, 15, far_walker);
    began = s->began;
    scene_free(s);
    return began;
}

static void a_higher_sensitivity_sees_smaller_things(void **state)
{
    assert_int_equal(events_of_a_far_walker(1), 0);
    assert_int_equal(events_of_a_far_walker(5), 1);
}

int main(void)
{
#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_walker_is_one_event),
        SCENE_TEST(an_event_is_decided_about_one_second_after_the_first_sight),
        SCENE_TEST(an_event_ends_at_the_last_sight_of_the_walker),
        SCENE_TEST(a_walker_who_stops_for_four_seconds_is_still_one_event),
        SCENE_TEST(a_swaying_tree_is_no_event),
        SCENE_TEST(a_walker_below_a_swaying_tree_is_one),
        SCENE_TEST(a_lamp_that_is_switched_on_and_off_is_no_event),
        SCENE_TEST(a_camera_that_was_turned_learns_the_new_view_and_sees_again),
        SCENE_TEST(automatic_exposure_is_no_motion),
        SCENE_TEST(a_walker_is_seen_while_the_exposure_hunts),
        SCENE_TEST(headlights_that_sweep_over_the_ground_are_no_event),
        SCENE_TEST(an_insect_before_the_lens_is_no_event),
        SCENE_TEST(rain_is_no_event),
        SCENE_TEST(noise_at_dusk_is_no_event),
        SCENE_TEST(an_hour_of_noise_raises_nothing_and_takes_no_memory),
        SCENE_TEST(a_car_that_stands_there_fades_into_the_background_without_an_event),
        SCENE_TEST(a_car_that_parks_is_one_event_which_ends),
        SCENE_TEST(a_wall_that_was_burnt_out_is_no_thing_when_it_dims),
        cmocka_unit_test(nothing_is_decided_in_the_first_three_seconds),
        cmocka_unit_test(a_higher_sensitivity_sees_smaller_things),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
