#include "check.h"
#include "core/clock.h"
#include "session/timeline.h"

enum { CLOCK = 90000, FRAME = CLOCK / 15, FRAME_US = 1000000 / 15 };

static const int64_t day_us = 86400 * 1000000LL; /* a machine that runs for a day */

/* Arrival is late by 0..80 ms, and now and then by hardly anything, as in a network. */
static int64_t jitter_us(unsigned i)
{
    return (i * 2654435761u >> 16) % 80000;
}

static int64_t frame_us(int64_t i)
{
    return i * 1000000 / 15;
}

static void begin(struct timeline *t, uint32_t rtp)
{
    timeline_forget(t);
    timeline_begin(t, CLOCK, 0, rtp, day_us, 0);
}

static struct stamp take(struct timeline *t, uint32_t rtp, int64_t us)
{
    struct stamp s;

    timeline_take(t, rtp, day_us + us, &s);
    return s;
}

/* Microseconds do not divide into frames: the clock may be followed by a tick or two. */
static void assert_near(int64_t ticks, int64_t expected)
{
    assert_in_range(ticks - expected + 2, 0, 4);
}

static void even_stamps_become_even_times_from_zero(void **state)
{
    struct timeline t;

    begin(&t, 123456);
    for (int i = 0; i < 300; i++) {
        struct stamp s = take(&t, 123456 + (uint32_t)i * FRAME, frame_us(i));

        assert_near(s.pts, (int64_t)i * FRAME);
        assert_int_equal(s.dts, s.pts);
    }
    assert_false(t.broken);
}

/* A camera whose stamps do something at one frame. The times must stay those of a clock
 * that nothing happens to, within a frame. */
struct event {
    const char *name;
    int64_t at_once;   /* added to one stamp */
    int64_t from_then; /* added to it and all after it */
    bool broken;
    int jumps;
};

static void whatever_stamps_do_no_duration_is_wrong_by_a_frame(void **state)
{
    static const int64_t hours6 = 6LL * 3600 * CLOCK;
    const struct event events[] = {
        { "the 32 bits wrap", 0, 0, false, 0 },
        { "the clock is set 6 h ahead", 0, hours6, true, 1 },
        { "the clock is set 6 h back", 0, -hours6, true, 1 },
        { "the clock is set 13 h ahead, half the range", 0, 13LL * 3600 * CLOCK, true,
          1 },
        { "the clock is set 3 s back", 0, -3LL * CLOCK, true, 1 },
        { "one stamp is poisoned ahead", hours6, 0, false, 1 },
        { "one stamp is poisoned back", -hours6, 0, false, 1 },
        { "one stamp is that of the frame before", -FRAME, 0, false, 0 },
        { "one stamp is a little ahead", FRAME / 2, 0, false, 0 },
    };

    for (size_t e = 0; e < COUNT_OF(events); e++) {
        uint32_t first = 0u - 200 * FRAME; /* wraps at frame 200 */
        int64_t before = -1;
        struct timeline t;

        print_message("  %s\n", events[e].name);
        begin(&t, first);
        for (int i = 0; i < 600; i++) {
            int64_t rtp = (int64_t)i * FRAME + (i >= 300 ? events[e].from_then : 0) +
                          (i == 300 ? events[e].at_once : 0);
            struct stamp s = take(&t, first + (uint32_t)rtp, frame_us(i));

            assert_true(s.dts > before);
            before = s.dts;
            assert_in_range(s.pts - (int64_t)i * FRAME + FRAME, 0, 2 * FRAME);
            assert_int_equal(t.broken, i > 300 && events[e].broken);
        }
        assert_int_equal(t.jumps, events[e].jumps);
    }
}

static void every_thirtieth_stamp_repeated_is_raised_by_a_tick(void **state)
{
    struct timeline t;

    begin(&t, 0);
    for (int i = 0; i < 900; i++) {
        struct stamp s = take(&t, (uint32_t)(i - (i % 30 == 29)) * FRAME, frame_us(i));

        if (i % 30 == 29)
            assert_near(s.dts, (int64_t)(i - 1) * FRAME + 1);
        else
            assert_near(s.dts, (int64_t)i * FRAME);
    }
    assert_false(t.broken);
}

/* Returns by how much run time differs from the monotonic clock, in us, at worst after
 * the first minute. */
static int64_t error_of_an_hour(struct timeline *t, double rate)
{
    int64_t worst_us = 0, before = 0;

    begin(t, 7);
    for (int i = 0; i < 3600 * 15; i++) {
        int64_t camera = (int64_t)(i * (double)FRAME * rate);
        struct stamp s = take(t, 7 + (uint32_t)camera, frame_us(i) + jitter_us(i));
        int64_t error_us = llabs(s.pts * 1000000 / CLOCK - frame_us(i));

        if (i > 0) /* slewed by at most half a percent */
            assert_in_range(s.pts - before, FRAME * 99 / 100, FRAME * 101 / 100);
        before = s.pts;
        if (i > 60 * 15 && error_us > worst_us)
            worst_us = error_us;
    }
    return worst_us;
}

static void drift_of_500_ppm_is_followed_gently(void **state)
{
    struct timeline t;

    assert_in_range(error_of_an_hour(&t, 1.0005), 0, 100000);
    assert_false(t.broken);
    assert_in_range(error_of_an_hour(&t, 0.9995), 0, 100000);
    assert_false(t.broken);
    assert_in_range(error_of_an_hour(&t, 1), 0, 100000);
    assert_int_equal(t.jumps, 0);
}

static void frames_that_a_stall_held_back_keep_their_times(void **state)
{
    struct timeline t;

    begin(&t, 0);
    for (int i = 0; i < 900; i++) {
        int64_t us = frame_us(i);

        if (i >= 300 && i < 400) /* all of these come together, late */
            us = frame_us(400);
        assert_near(take(&t, (uint32_t)i * FRAME, us).pts, (int64_t)i * FRAME);
    }
    assert_false(t.broken);
    assert_int_equal(t.jumps, 0);
}

static void after_a_stall_the_present_at_once_is_no_jump(void **state)
{
    struct timeline t;

    begin(&t, 0);
    for (int i = 0; i < 600; i++) {
        int64_t us = frame_us(i);

        if (i >= 300 && i < 310) /* the camera's buffer; what did not fit it dropped */
            us = frame_us(450);
        if (i >= 310 && i < 450)
            continue;
        assert_near(take(&t, (uint32_t)i * FRAME, us).pts, (int64_t)i * FRAME);
    }
    assert_int_equal(t.jumps, 0);
}

static void a_clock_that_paused_breaks_the_timeline_within_seconds(void **state)
{
    struct timeline t;
    int broken_at = 0;

    begin(&t, 0);
    for (int i = 0; i < 900 && !broken_at; i++) {
        take(&t, (uint32_t)i * FRAME, frame_us(i) + (i >= 300 ? SECONDS_US(8) : 0));
        if (t.broken)
            broken_at = i;
    }
    assert_in_range(broken_at, 300, 300 + 21 * 15);
}

/* ---- B-frames ---- */

/* Presentation order of what comes, for a closed group of pictures. */
static const int order_1[] = { 0, 2, 1, 4, 3, 6, 5, 8, 7 };
static const int order_2[] = { 0, 4, 2, 1, 3, 8, 6, 5, 7 };

static void take_reordered(struct timeline *t, const int *order, int from, int groups,
                           int64_t shift)
{
    int64_t before = t->last_dts;

    for (int i = from; i < from + groups * 8; i++) {
        int shown = i / 8 * 8 + order[i % 8];
        struct stamp s = take(t, (uint32_t)shown * FRAME, frame_us(i));

        assert_true(s.dts > before);
        assert_true(s.pts >= s.dts);
        if (shift >= 0)
            assert_int_equal(s.pts, shift + (int64_t)shown * FRAME);
        before = s.dts;
    }
}

static void known_reordering_delays_presentation_and_orders_decoding(void **state)
{
    struct timeline t;

    timeline_forget(&t);
    timeline_begin(&t, CLOCK, 1, 0, day_us, 0);
    take_reordered(&t, order_1, 0, 10, CLOCK / 25);
    assert_false(t.broken);
    timeline_forget(&t);
    timeline_begin(&t, CLOCK, 2, 0, day_us, 0);
    take_reordered(&t, order_2, 0, 10, 2 * CLOCK / 25);
    assert_false(t.broken);
}

static void unknown_reordering_is_learned_and_kept(void **state)
{
    struct timeline t;

    begin(&t, 0);
    take_reordered(&t, order_2, 0, 5, -1); /* in order all the same, if not on time */
    assert_true(t.broken);
    assert_int_equal(t.reorder, 2);
    timeline_begin(&t, CLOCK, 0, 40 * FRAME, day_us + frame_us(40), 0);
    take_reordered(&t, order_2, 40, 10, 2 * CLOCK / 25 - 40 * FRAME);
    assert_false(t.broken);
}

/* ---- clocks that are not what they say ---- */

static void a_rate_that_is_wrong_all_the_time_is_learned(void **state)
{
    static const double rates[] = { 1.42, 0.5, 1.0 / 90 };

    for (size_t r = 0; r < COUNT_OF(rates); r++) {
        int64_t begun_us = 0, at = 0;
        struct timeline t;

        begin(&t, 0);
        for (int i = 0; i < 180 * 15; i++) {
            uint32_t rtp = (uint32_t)(i * (double)FRAME * rates[r]);
            struct stamp s;

            if (t.broken && i % 30 == 0) { /* a new run at the next keyframe */
                timeline_begin(&t, CLOCK, 0, rtp, day_us + frame_us(i), 0);
                begun_us = frame_us(i);
            }
            s = take(&t, rtp, frame_us(i) + (i % 4) * 5000);
            at = s.pts;
        }
        at = at * 1000000 / CLOCK + begun_us;
        assert_in_range(llabs(at - frame_us(180 * 15 - 1)), 0, 200000);
        assert_true(begun_us < SECONDS_US(80)); /* and it held from then on */
    }
}

static void a_line_that_fills_up_is_no_wrong_rate(void **state)
{
    struct timeline t;

    begin(&t, 0);
    for (int i = 0; i < 120 * 15; i++) {
        int64_t filling_us = frame_us(i) - SECONDS_US(20); /* 5 % for 25 s, then full */

        filling_us = filling_us < 0                ? 0
                     : filling_us > SECONDS_US(25) ? SECONDS_US(25)
                                                   : filling_us;
        take(&t, (uint32_t)i * FRAME, frame_us(i) + filling_us / 20);
    }
    assert_true(t.scale == 1);
    assert_false(t.broken);
}

static void stamps_that_stand_still_are_replaced_by_arrival(void **state)
{
    struct timeline t;
    struct stamp s;
    int64_t before = 0;

    begin(&t, 5);
    for (int i = 0; i < 60 * 15; i++)
        s = take(&t, 5, frame_us(i));
    assert_true(t.by_arrival);
    for (int i = 60 * 15; i < 62 * 15; i++) {
        before = s.pts;
        s = take(&t, 5, frame_us(i));
    }
    assert_in_range(s.pts - before, FRAME - 1, FRAME + 1);
}

static void stamps_without_any_sense_still_give_rising_times(void **state)
{
    int64_t before = -1;
    struct timeline t;

    begin(&t, 0);
    for (unsigned i = 0; i < 3000; i++) {
        struct stamp s = take(&t, i * 2654435761u, frame_us(i));

        assert_true(s.dts > before && s.pts >= s.dts);
        before = s.dts;
        assert_in_range(s.pts, 0, (int64_t)(i + 60) * FRAME);
    }
}

/* ---- audio ---- */

static void audio_that_is_off_is_set_right_at_once(void **state)
{
    struct timeline t = { .follows = true };
    int leaps = 0;

    timeline_forget(&t);
    timeline_begin(&t, 8000, 0, 0, day_us, 0);
    for (int i = 0; i < 50 * 60; i++) {
        int64_t us = i * 20000LL,
                lost_us = i >= 500 ? 300000 : 0; /* skipped, not stamped */
        struct stamp s = take(&t, (uint32_t)i * 160, us + lost_us);
        int64_t error_us = us + lost_us - s.pts * 1000000 / 8000;

        leaps += error_us > 200000;
        if (i > 500 + 20 * 50)
            assert_in_range(llabs(error_us), 0, 1000);
    }
    assert_in_range(leaps, 1, 20 * 50); /* for at most two windows of 10 s */
    assert_false(t.broken);
}

static void audio_that_would_lie_on_what_was_given_is_late(void **state)
{
    struct timeline t = { .follows = true };
    int late = 0;

    timeline_forget(&t);
    timeline_begin(&t, 8000, 0, 0, day_us, SECONDS_US(0));
    for (int i = 0; i < 50 * 60; i++) {
        struct stamp s;

        /* stamped 300 ms that never were: back again by leaving frames out */
        timeline_take(&t, (uint32_t)(i * 160 + (i >= 650 ? 2400 : 0)),
                      day_us + i * 20000LL, &s);
        late += s.late;
    }
    assert_in_range(late, 10, 20);
}

static void advice_moves_by_a_fifth_of_a_second_at_most(void **state)
{
    static const struct {
        int64_t says_ms, followed_ms;
    } rows[] = { { 0, 0 },     { 90, 90 },     { -90, -90 },
                 { 400, 200 }, { -400, -200 }, { 3000, 0 } };

    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        struct timeline t = { .follows = true };
        struct stamp s = { 0 };
        int64_t at = 0;

        timeline_forget(&t);
        timeline_begin(&t, 8000, 0, 0, day_us, 0);
        for (int i = 0; i < 50 * 100; i++) {
            at = (int64_t)i * 160;
            s = take(&t, (uint32_t)at, i * 20000LL);
            if (i % 250 == 0)
                timeline_advise(&t, (uint32_t)at, at + rows[r].says_ms * 8);
        }
        assert_int_equal(s.pts - at, rows[r].followed_ms * 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(even_stamps_become_even_times_from_zero),
        cmocka_unit_test(whatever_stamps_do_no_duration_is_wrong_by_a_frame),
        cmocka_unit_test(every_thirtieth_stamp_repeated_is_raised_by_a_tick),
        cmocka_unit_test(drift_of_500_ppm_is_followed_gently),
        cmocka_unit_test(frames_that_a_stall_held_back_keep_their_times),
        cmocka_unit_test(after_a_stall_the_present_at_once_is_no_jump),
        cmocka_unit_test(a_clock_that_paused_breaks_the_timeline_within_seconds),
        cmocka_unit_test(known_reordering_delays_presentation_and_orders_decoding),
        cmocka_unit_test(unknown_reordering_is_learned_and_kept),
        cmocka_unit_test(a_rate_that_is_wrong_all_the_time_is_learned),
        cmocka_unit_test(a_line_that_fills_up_is_no_wrong_rate),
        cmocka_unit_test(stamps_that_stand_still_are_replaced_by_arrival),
        cmocka_unit_test(stamps_without_any_sense_still_give_rising_times),
        cmocka_unit_test(audio_that_is_off_is_set_right_at_once),
        cmocka_unit_test(audio_that_would_lie_on_what_was_given_is_late),
        cmocka_unit_test(advice_moves_by_a_fifth_of_a_second_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
