/*
 * Whether a camera still shows what it always shows, on drawn pictures: 160 x 90 cells, a
 * keyframe every 6 s, covered after 180 s and frozen after 120 s as in the village.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/memory.h"
#include "view.h"

enum { W = 160, H = 90, CELLS = W * H, BOXES = 60 };
enum { KEY_S = 6, COVERED_S = 180, FROZEN_S = 120, KNOWN_S = 4 * COVERED_S + 60 };

struct scene {
    struct view *view;
    struct grid grid;
    float place[CELLS]; /* what the camera looks at, in daylight */
    float cells[CELLS];
    float colour, noise;
    int64_t at_us;
    unsigned random;
    int every_s; /* from one keyframe to the next */
    bool clock;  /* a running overlay in the corner */
};

static float random_part(struct scene *s)
{
    s->random = s->random * 1103515245U + 12345U;
    return (float)(s->random >> 8 & 0xffff) / 65535;
}

/* A place: boxes of many sizes and shades before a sky. */
static void draw_place(struct scene *s, unsigned seed)
{
    unsigned random = s->random;

    s->random = seed;
    for (int i = 0; i < CELLS; i++)
        s->place[i] = 150 - (float)(i / W) / 2;
    for (int b = 0; b < BOXES; b++) {
        int x = (int)(random_part(s) * W), y = (int)(random_part(s) * H);
        int w = 2 + (int)(random_part(s) * 24), h = 2 + (int)(random_part(s) * 18);
        float shade = 40 + 160 * random_part(s);
        for (int j = y; j < y + h && j < H; j++)
            for (int i = x; i < x + w && i < W; i++)
                s->place[j * W + i] = shade;
    }
    s->random = random;
}

static int set_up(void **state)
{
    struct view_setup setup = { .on = true,
                                .frozen_us = SECONDS_US(FROZEN_S),
                                .covered_us = SECONDS_US(COVERED_S) };
    struct scene *s = xcalloc(1, sizeof *s);

    s->grid = (struct grid){ .width = W, .height = H, .cells = CELLS };
    s->view = view_new(&setup);
    s->colour = 8;
    s->noise = 0.6F;
    s->every_s = KEY_S;
    s->random = 1;
    s->at_us = SECONDS_US(1000);
    draw_place(s, 7);
    memcpy(s->cells, s->place, sizeof s->cells);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    view_free(s->view);
    free(s);
    return 0;
}

/* One keyframe of s->cells, by the sensor. */
static enum view_kind look(struct scene *s)
{
    float seen[CELLS];

    for (int i = 0; i < CELLS; i++)
        seen[i] = s->cells[i] + s->noise * (random_part(s) - 0.5F);
    for (int i = 0; s->clock && i < 20; i++)
        seen[W + i] = (float)(s->at_us / SECONDS_US(KEY_S) * (i + 3) % 200);
    s->at_us += SECONDS_US(s->every_s);
    return view_look(s->view, &s->grid, seen, s->colour, true, s->at_us);
}

typedef void draw_fn(struct scene *s, float part);

/* Pictures for so long; `part` goes from 0 to 1. True: never anything but `kind`. */
static bool goes_on(struct scene *s, int seconds, draw_fn *draw, enum view_kind kind)
{
    bool always = true;

    for (int t = 0; t < seconds; t += s->every_s) {
        draw(s, (float)t / (float)seconds);
        always &= look(s) == kind;
    }
    return always;
}

/* Seconds until `kind` is told; -1: never in `seconds`. */
static int told_after(struct scene *s, int seconds, draw_fn *draw, enum view_kind kind)
{
    for (int t = 0; t < seconds; t += s->every_s) {
        draw(s, 1);
        if (look(s) == kind)
            return t;
    }
    return -1;
}

/* ---- what a camera may see --------------------------------------------------------- */

static void day(struct scene *s, float part)
{
    (void)part;
    for (int i = 0; i < CELLS; i++)
        s->cells[i] = s->place[i];
}

/* Somebody walks through. */
static void walker(struct scene *s, float part)
{
    day(s, part);
    int x0 = (int)(part * (W - 20));
    for (int y = 20; y < 80; y++)
        for (int x = x0; x < x0 + 20; x++)
            s->cells[y * W + x] = 60;
}

static void dusk(struct scene *s, float part)
{
    for (int i = 0; i < CELLS; i++)
        s->cells[i] = 16 + (s->place[i] - 16) * (1 - part);
}

static void black(struct scene *s, float part)
{
    (void)part;
    for (int i = 0; i < CELLS; i++)
        s->cells[i] = 16;
}

/* Infrared: no colour, less contrast, bright before the lens. */
static void infrared(struct scene *s, float part)
{
    (void)part;
    s->colour = 0.2F;
    for (int i = 0; i < CELLS; i++) {
        float x = (float)(i % W) / W - 0.5F, y = (float)(i / W) / H - 0.5F;
        s->cells[i] = 20 + s->place[i] * (0.9F - 2 * (x * x + y * y)) * 0.6F;
    }
}

/* A lamp from the right. */
static void lamp(struct scene *s, float part)
{
    (void)part;
    for (int i = 0; i < CELLS; i++)
        s->cells[i] = 10 + s->place[i] * (0.3F + 0.7F * (float)(i % W) / W);
}

/* Far things go first: those above. */
static void fog(struct scene *s, float part)
{
    for (int i = 0; i < CELLS; i++) {
        float far = 1 - (float)(i / W) / H, left = expf(-4 * part * far);
        s->cells[i] = 170 + (s->place[i] - 170) * left;
    }
}

static void sprayed(struct scene *s, float part)
{
    (void)part;
    for (int i = 0; i < CELLS; i++)
        s->cells[i] = 110;
}

/* A bag is pulled over from the left, within the time. */
static void bag(struct scene *s, float part)
{
    for (int i = 0; i < CELLS; i++)
        s->cells[i] = (float)(i % W) < part * W ? 30 : s->place[i];
}

static void blurred(struct scene *s, float part)
{
    (void)part;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            float sum = 0, count = 0;
            for (int j = y - 3; j <= y + 3; j++)
                for (int i = x - 3; i <= x + 3; i++)
                    if (i >= 0 && i < W && j >= 0 && j < H) {
                        sum += s->place[j * W + i];
                        count++;
                    }
            s->cells[y * W + x] = sum / count;
        }
}

static void learn_day(struct scene *s)
{
    assert_true(goes_on(s, KNOWN_S, day, VIEW_WELL));
}

/* ---- nothing is wrong -------------------------------------------------------------- */

static void an_empty_scene_with_noise_is_well_for_hours(void **state)
{
    assert_true(goes_on(*state, 2 * 3600, day, VIEW_WELL));
}

static void people_do_not_cover_a_view(void **state)
{
    learn_day(*state);
    for (int i = 0; i < 10; i++)
        assert_true(goes_on(*state, 60, walker, VIEW_WELL));
}

static void night_without_a_lamp_is_no_cover(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    assert_true(goes_on(s, 1500, dusk, VIEW_WELL));
    s->noise = 0;
    assert_true(goes_on(s, 2 * 3600, black, VIEW_WELL));
    s->noise = 0.6F;
    assert_true(goes_on(s, 3600, day, VIEW_WELL));
}

static void the_switch_to_infrared_is_no_other_place(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    assert_true(goes_on(s, 3600, infrared, VIEW_WELL));
    s->colour = 8;
    assert_true(goes_on(s, 3600, day, VIEW_WELL));
}

static void a_lamp_is_no_other_place(void **state)
{
    learn_day(*state);
    for (int i = 0; i < 3; i++) {
        assert_true(goes_on(*state, 1800, lamp, VIEW_WELL));
        assert_true(goes_on(*state, 1800, day, VIEW_WELL));
    }
}

static void fog_that_leaves_what_is_near_is_no_cover(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    assert_true(goes_on(s, 1800, fog, VIEW_WELL));
    for (int t = 0; t < 3600; t += KEY_S) {
        fog(s, 1);
        assert_int_equal(look(s), VIEW_WELL);
    }
}

static void a_room_whose_light_goes_out_every_evening_is_learned(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    for (int evening = 0; evening < 3; evening++) {
        assert_int_not_equal(told_after(s, 3600, black, VIEW_DARK), -1);
        assert_int_not_equal(told_after(s, 3600, day, VIEW_WELL), -1);
    }
    assert_true(goes_on(s, 3600, black, VIEW_WELL));
}

static void dark_after_a_break_may_be_night(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    s->at_us += SECONDS_US(6 * 3600); /* power was cut */
    assert_true(goes_on(s, 3600, black, VIEW_WELL));
}

/* ---- covered ----------------------------------------------------------------------- */

static void is_told_in_time_and_goes(struct scene *s, draw_fn *draw, enum view_kind kind)
{
    int after = told_after(s, 3600, draw, kind);

    assert_in_range(after, COVERED_S - 10, COVERED_S + 30);
    assert_true(goes_on(s, 1800, draw, kind));
    s->colour = 8;
    assert_in_range(told_after(s, 3600, day, VIEW_WELL), COVERED_S / 6 - 10,
                    COVERED_S / 6 + 10);
    assert_true(goes_on(s, 3600, day, VIEW_WELL));
}

static void a_cap_on_the_lens_is_dark(void **state)
{
    learn_day(*state);
    is_told_in_time_and_goes(*state, black, VIEW_DARK);
}

static void paint_on_the_lens_is_flat(void **state)
{
    learn_day(*state);
    is_told_in_time_and_goes(*state, sprayed, VIEW_FLAT);
}

static void a_lens_out_of_focus_is_blurred(void **state)
{
    learn_day(*state);
    is_told_in_time_and_goes(*state, blurred, VIEW_BLURRED);
}

static void another_place_is_turned(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    draw_place(s, 99);
    assert_in_range(told_after(s, 3600, day, VIEW_TURNED), COVERED_S - 10,
                    COVERED_S + 30);
    draw_place(s, 7);
    assert_in_range(told_after(s, 3600, day, VIEW_WELL), COVERED_S / 6 - 10,
                    COVERED_S / 6 + 10);
}

static void a_bag_pulled_over_within_ten_minutes_is_seen(void **state)
{
    learn_day(*state);
    goes_on(*state, 600, bag, VIEW_WELL);
    int after = -1;
    for (int t = 0; after < 0 && t < 600; t += KEY_S) {
        bag(*state, 1);
        if (look(*state) != VIEW_WELL)
            after = t;
    }
    assert_in_range(after, 0, COVERED_S);
}

static void a_minute_before_the_lens_is_not_told(void **state)
{
    learn_day(*state);
    for (int i = 0; i < 5; i++) {
        assert_true(goes_on(*state, 60, sprayed, VIEW_WELL));
        assert_true(goes_on(*state, 60, day, VIEW_WELL));
    }
}

static void a_view_turned_for_a_day_is_the_new_one(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    draw_place(s, 99);
    s->every_s = 30;
    assert_true(told_after(s, 3600, day, VIEW_TURNED) >= 0);
    assert_true(goes_on(s, 22 * 3600, day, VIEW_TURNED));
    assert_true(told_after(s, 3 * 3600, day, VIEW_WELL) >= 0);
}

static void nothing_is_said_of_a_view_that_is_not_known(void **state)
{
    struct scene *s = *state;

    assert_true(goes_on(s, COVERED_S, day, VIEW_WELL));
    assert_true(goes_on(s, 3600, sprayed, VIEW_WELL));
}

/* ---- frozen ------------------------------------------------------------------------ */

static void the_same_picture_again_and_again_is_frozen(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    s->noise = 0;
    assert_in_range(told_after(s, 3600, day, VIEW_FROZEN), FROZEN_S - 10, FROZEN_S + 20);
    s->noise = 0.6F;
    assert_in_range(told_after(s, 30, day, VIEW_WELL), 0, 3 * KEY_S);
    assert_true(goes_on(s, 3600, day, VIEW_WELL));
}

/* As a strict bit rate makes it: one picture, coded now better, now worse, and every
 * fourth time as before. */
static void coded(struct scene *s, float part)
{
    int quality = (int)(s->at_us / SECONDS_US(s->every_s)) % 4;
    unsigned random = s->random;

    (void)part;
    if (quality > 0)
        s->random = (unsigned)(s->at_us / SECONDS_US(1));
    else
        s->random = 4711;
    for (int i = 0; i < CELLS; i++)
        s->cells[i] = s->place[i] + 2 * (random_part(s) - 0.5F);
    s->random = random;
}

static void a_frozen_picture_under_a_strict_bit_rate_is_told_as_soon(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    s->noise = 0;
    assert_in_range(told_after(s, 3600, coded, VIEW_FROZEN), FROZEN_S - 10,
                    FROZEN_S + 30);
    assert_true(goes_on(s, 3600, coded, VIEW_FROZEN));
    s->noise = 2;
    assert_in_range(told_after(s, 300, day, VIEW_WELL), 0, 16 * KEY_S);
}

/* Its noise is taken out but for a little, and somebody hardly ever passes. */
static void a_quiet_night_is_not_frozen(void **state)
{
    struct scene *s = *state;

    learn_day(s);
    s->colour = 0;
    for (int night_s = 0; night_s < 3 * 3600; night_s += 3600) {
        s->noise = 0.4F;
        assert_true(goes_on(s, 3600 - 60, day, VIEW_WELL));
        assert_true(goes_on(s, 60, walker, VIEW_WELL));
    }
}

/* One picture in a minute that is as before is chance. */
static void now_and_then_like_before(struct scene *s, float part)
{
    s->noise = s->at_us / SECONDS_US(KEY_S) % 10 == 0 ? 0 : 0.6F;
    day(s, part);
}

static void pictures_that_seldom_repeat_are_not_frozen(void **state)
{
    struct scene *s = *state;

    assert_true(goes_on(s, 3600, now_and_then_like_before, VIEW_WELL));
}

static void a_clock_that_runs_on_it_does_not_hide_that(void **state)
{
    struct scene *s = *state;

    s->clock = true;
    s->noise = 0;
    assert_in_range(told_after(s, 3600, day, VIEW_FROZEN), FROZEN_S - 10, FROZEN_S + 20);
}

static void few_keyframes_far_apart_are_no_proof(void **state)
{
    struct scene *s = *state;

    s->noise = 0;
    for (int i = 0; i < 5; i++) {
        day(s, 0);
        assert_int_equal(look(s), VIEW_WELL);
        s->at_us += SECONDS_US(240);
    }
}

static void a_black_picture_is_not_frozen(void **state)
{
    struct scene *s = *state;

    s->noise = 0;
    assert_true(goes_on(s, 3600, black, VIEW_WELL));
}

static void pictures_between_keyframes_prove_no_freeze(void **state)
{
    struct scene *s = *state;

    day(s, 0);
    for (int t = 0; t < 3600; t += KEY_S) {
        s->at_us += SECONDS_US(KEY_S);
        assert_int_equal(
            view_look(s->view, &s->grid, s->cells, s->colour, false, s->at_us),
            VIEW_WELL);
    }
}

/* ---- memory ------------------------------------------------------------------------ */

static void what_was_learned_outlives_the_process(void **state)
{
    struct scene *s = *state;
    struct view_setup setup = { .on = true,
                                .frozen_us = SECONDS_US(FROZEN_S),
                                .covered_us = SECONDS_US(COVERED_S) };

    learn_day(s);
    setup.memory_size = view_remember(s->view, setup.memory);
    view_free(s->view);
    s->view = view_new(&setup);
    s->at_us = 0;
    assert_in_range(told_after(s, 3600, sprayed, VIEW_FLAT), COVERED_S - 10,
                    COVERED_S + 30);
}

static void a_memory_that_is_none_is_refused(void **state)
{
    struct scene *s = *state;
    uint8_t memory[VIEW_MEMORY];

    memset(memory, 0xff, sizeof memory);
    assert_false(view_recall(s->view, memory, sizeof memory));
    assert_false(view_recall(s->view, memory, 0));
    memory[0] = 1;
    for (size_t count = 0; count < 256; count++) {
        memory[1] = (uint8_t)count;
        assert_false(view_recall(s->view, memory, 300));
    }
    memory[1] = 1;
    assert_true(view_recall(s->view, memory, 8 + 584)); /* nonsense, and harmless */
    goes_on(s, 600, day, VIEW_WELL);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(an_empty_scene_with_noise_is_well_for_hours),
        SCENE(people_do_not_cover_a_view),
        SCENE(night_without_a_lamp_is_no_cover),
        SCENE(the_switch_to_infrared_is_no_other_place),
        SCENE(a_lamp_is_no_other_place),
        SCENE(fog_that_leaves_what_is_near_is_no_cover),
        SCENE(a_room_whose_light_goes_out_every_evening_is_learned),
        SCENE(dark_after_a_break_may_be_night),
        SCENE(a_cap_on_the_lens_is_dark),
        SCENE(paint_on_the_lens_is_flat),
        SCENE(a_lens_out_of_focus_is_blurred),
        SCENE(another_place_is_turned),
        SCENE(a_bag_pulled_over_within_ten_minutes_is_seen),
        SCENE(a_minute_before_the_lens_is_not_told),
        SCENE(a_view_turned_for_a_day_is_the_new_one),
        SCENE(nothing_is_said_of_a_view_that_is_not_known),
        SCENE(the_same_picture_again_and_again_is_frozen),
        SCENE(a_clock_that_runs_on_it_does_not_hide_that),
        SCENE(few_keyframes_far_apart_are_no_proof),
        SCENE(a_frozen_picture_under_a_strict_bit_rate_is_told_as_soon),
        SCENE(a_quiet_night_is_not_frozen),
        SCENE(pictures_that_seldom_repeat_are_not_frozen),
        SCENE(a_black_picture_is_not_frozen),
        SCENE(pictures_between_keyframes_prove_no_freeze),
        SCENE(what_was_learned_outlives_the_process),
        SCENE(a_memory_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
