/* Which packets are decoded, and which pictures are looked at. The decoder is a count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/memory.h"
#include "schedule.h"

enum { FPS = 15, LOOKS_MAX = 8192 };

struct fake {
    struct tuning set;
    struct schedule *schedule;
    struct parameters *parameters;
    int fps;
    int gop; /* packets from keyframe to keyframe */
    int fed;
    int decoded, keys_decoded, looks, leaps_back;
    int64_t looked_us[LOOKS_MAX];
    int64_t suspicion_from_us, suspicion_to_us; /* what the pictures would show */
    int64_t thing_from_us, thing_to_us;
    bool confirms, glimpsed; /* a thing is seen never twice */
    float harder; /* suspicion is seen up to this futility */
    float largest;
    int64_t last_decoded_us;
    bool expects_key;  /* after a leap */
    bool out_of_order; /* a packet was decoded without the ones it needs */
    int size;
};

static bool within(int64_t at_us, int64_t from_us, int64_t to_us)
{
    return at_us >= from_us && at_us < to_us;
}

static void decode(void *arg, const struct held *packet, struct look look, float futility,
                   struct sight *sight)
{
    struct fake *f = arg;
    int64_t at_us = packet->at_us;

    if (f->expects_key && !packet->key)
        f->out_of_order = true;
    if (!packet->key && at_us - f->last_decoded_us > SECONDS_US(1) / f->fps + 1000)
        f->out_of_order = true;
    f->expects_key = false;
    f->last_decoded_us = at_us;
    f->decoded++;
    f->keys_decoded += packet->key;
    if (!look.own && at_us < look.from_us)
        return;
    f->looked_us[f->looks++ % LOOKS_MAX] = at_us;
    sight->looked = true;
    sight->looked_us = at_us;
    sight->suspicion =
        within(at_us, f->suspicion_from_us, f->suspicion_to_us) && futility <= f->harder;
    sight->largest = f->largest;
    sight->candidates = within(at_us, f->thing_from_us, f->thing_to_us);
    sight->followed = sight->candidates && !f->glimpsed;
    sight->confirmed = sight->candidates && f->confirms;
}

static void leap(void *arg, bool back)
{
    struct fake *f = arg;

    f->leaps_back += back;
    f->expects_key = true;
}

static int make(void **state)
{
    static const struct schedule_eye eye = { .decode = decode, .leap = leap };
    struct fake *f = xcalloc(1, sizeof *f);
    struct track track = { .codec = CODEC_H264, .clock = 90000 };

    f->set = tuning_for(3);
    f->fps = FPS;
    f->gop = 2 * FPS;
    f->harder = 9;
    f->size = 100;
    f->parameters = parameters_new(&track);
    f->schedule = schedule_new(&f->set, &eye, false, f);
    *state = f;
    return 0;
}

static int unmake(void **state)
{
    struct fake *f = *state;

    schedule_free(f->schedule);
    parameters_unref(f->parameters);
    free(f);
    return 0;
}

static void feed(struct fake *f, bool damaged)
{
    struct track track = { .codec = CODEC_H264, .clock = 90000 };
    uint8_t *bytes = xcalloc(1, (size_t)f->size);
    struct packet packet = { .track = &track,
                             .bytes = bytes,
                             .size = (size_t)f->size,
                             .key = f->gop && f->fed % f->gop == 0,
                             .damaged = damaged };
    struct held *held = held_new(&packet, f->parameters);

    held->at_us = SECONDS_US(f->fed) / f->fps;
    f->fed++;
    schedule_packet(f->schedule, held);
    free(bytes);
}

static void run(struct fake *f, int seconds)
{
    for (int i = 0; i < seconds * f->fps; i++)
        feed(f, false);
}

static void forget_counts(struct fake *f)
{
    f->decoded = f->keys_decoded = f->looks = f->leaps_back = 0;
}

static void a_quiet_minute_decodes_only_keyframes(void **state)
{
    struct fake *f = *state;

    run(f, 60);
    assert_int_equal(f->decoded, 30);
    assert_int_equal(f->keys_decoded, 30);
    assert_int_equal(f->looks, 30);
}

static void at_5_and_at_25_pictures_a_second_looks_come_five_times_a_second(void **state)
{
    static const int rates[] = { 5, 15, 25 };

    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        void *own;
        make(&own);
        struct fake *f = own;
        f->fps = rates[i];
        f->gop = 2 * rates[i];
        f->suspicion_from_us = f->thing_from_us = SECONDS_US(20);
        f->suspicion_to_us = f->thing_to_us = SECONDS_US(40);
        run(f, 22);
        forget_counts(f);
        run(f, 10);
        assert_int_equal(f->decoded, 10 * rates[i]);
        assert_in_range(f->looks, 45, 55);
        assert_false(f->out_of_order);
        unmake(&own);
    }
}

static void whatever_the_gop_a_look_comes_every_four_seconds(void **state)
{
    static const int gops_s[] = { 1, 2, 4, 10, 60, 240 };

    for (size_t i = 0; i < sizeof gops_s / sizeof *gops_s; i++) {
        void *own;
        make(&own);
        struct fake *f = own;
        f->gop = gops_s[i] * FPS;
        for (int second = 0; second < 480; second++) {
            run(f, 1);
            int64_t last_us = f->looked_us[(f->looks - 1) % LOOKS_MAX];
            assert_in_range(SECONDS_US(second + 1) - last_us, 0, MILLIS_US(5100));
        }
        assert_false(f->out_of_order);
        if (gops_s[i] <= 2) /* nothing but keyframes, and not more than one in 1.8 s */
            assert_int_equal(f->decoded, 240);
        unmake(&own);
    }
}

static void keyframes_that_come_too_often_are_not_all_decoded(void **state)
{
    struct fake *f = *state;

    f->gop = FPS / 3;
    run(f, 60);
    assert_in_range(f->decoded, 28, 34);
}

static void suspicion_decodes_the_gop_before(void **state)
{
    struct fake *f = *state;

    run(f, 20);
    forget_counts(f);
    f->suspicion_from_us = f->thing_from_us = SECONDS_US(20);
    f->suspicion_to_us = f->thing_to_us = SECONDS_US(21);
    feed(f, false);
    assert_int_equal(f->leaps_back, 1);
    assert_int_equal(f->decoded,
                     1 + f->gop + 1); /* the key, the GOP before, the key again */
    assert_int_equal(f->looked_us[0], SECONDS_US(20));
    assert_in_range(f->looked_us[1], MILLIS_US(18180), MILLIS_US(18300));
    assert_int_equal(f->looked_us[f->looks - 1], SECONDS_US(20));
    assert_in_range(f->looks, 10, 12);
    assert_false(f->out_of_order);
}

static void of_a_long_gop_before_the_last_four_seconds_are_looked_at(void **state)
{
    struct fake *f = *state;

    f->gop = 10 * FPS;
    f->set.probe_us = SECONDS_US(60); /* or it would be on before */
    run(f, 20);
    forget_counts(f);
    f->suspicion_from_us = f->thing_from_us = SECONDS_US(20);
    f->suspicion_to_us = f->thing_to_us = SECONDS_US(21);
    feed(f, false);
    assert_int_equal(f->decoded, 1 + f->gop + 1);
    assert_in_range(f->looked_us[1], SECONDS_US(16), MILLIS_US(16300));
}

static void while_something_shows_all_is_decoded_and_looked_at_five_times_a_second(
    void **state)
{
    struct fake *f = *state;

    run(f, 20);
    f->suspicion_from_us = f->thing_from_us = SECONDS_US(20);
    f->suspicion_to_us = f->thing_to_us = SECONDS_US(40);
    run(f, 2);
    forget_counts(f);
    run(f, 10);
    assert_int_equal(f->decoded, 10 * FPS);
    assert_in_range(f->looks, 50, 51);
    assert_true(schedule_is_watching(f->schedule));
}

static void watching_ends_one_and_a_half_seconds_after_the_last_thing(void **state)
{
    struct fake *f = *state;

    f->suspicion_from_us = f->thing_from_us = SECONDS_US(20);
    f->suspicion_to_us = f->thing_to_us = SECONDS_US(24);
    run(f, 25);
    assert_true(schedule_is_watching(f->schedule));
    run(f, 1);
    assert_false(schedule_is_watching(f->schedule));
    forget_counts(f);
    run(f, 20);
    assert_int_equal(f->decoded, 10);
    assert_false(f->out_of_order);
}

/* Frames decoded because of one suspicious keyframe at 20 s. */
static int decoded_for(struct fake *f)
{
    run(f, 20);
    forget_counts(f);
    f->suspicion_from_us = SECONDS_US(20);
    run(f, 10);
    return f->decoded - 5 /* keyframes */ - f->leaps_back * (f->gop + 1);
}

static void a_suspicion_that_is_gone_at_the_next_look_costs_half_a_second(void **state)
{
    struct fake *f = *state;

    f->suspicion_to_us = SECONDS_US(20) + 1;
    assert_in_range(decoded_for(f), FPS / 2, FPS / 2 + 1);
}

static void a_suspicion_that_stays_one_costs_one_and_a_half_seconds(void **state)
{
    struct fake *f = *state;

    f->suspicion_to_us = MILLIS_US(21900);
    assert_in_range(decoded_for(f), FPS * 5 / 4, FPS * 3 / 2);
}

static void a_thing_that_is_seen_once_costs_a_second(void **state)
{
    struct fake *f = *state;

    f->glimpsed = true;
    f->thing_from_us = SECONDS_US(20);
    f->suspicion_to_us = f->thing_to_us = SECONDS_US(20) + 1;
    assert_in_range(decoded_for(f), FPS, FPS + 1);
}

static void watching_does_not_outlast_a_leap_back_in_time(void **state)
{
    struct fake *f = *state;

    f->suspicion_from_us = f->thing_from_us = SECONDS_US(600);
    f->suspicion_to_us = f->thing_to_us = SECONDS_US(602);
    run(f, 601);
    assert_true(schedule_is_watching(f->schedule));
    f->fed = 0; /* a camera whose clock was set back */
    run(f, 2);
    assert_false(schedule_is_watching(f->schedule));
}

/* Suspicion on every keyframe, and never a thing. */
static void rain(struct fake *f, int seconds)
{
    f->suspicion_from_us = 0;
    f->suspicion_to_us = INT64_MAX;
    run(f, seconds);
}

static void suspicion_that_comes_to_nothing_makes_the_next_one_harder(void **state)
{
    struct fake *f = *state;

    run(f, 20);
    assert_true(schedule_futility(f->schedule) < 0.01F);
    rain(f, 2);
    assert_in_range(100 * schedule_futility(f->schedule), 30, 35);
    run(f, 10);
    assert_true(schedule_futility(f->schedule) > 1);
    run(f, 60);
    assert_true(schedule_futility(f->schedule) <= 2);
}

static void futility_saves_the_look_back(void **state)
{
    struct fake *f = *state;

    run(f, 20);
    rain(f, 10);
    assert_true(schedule_futility(f->schedule) >= 0.6F);
    forget_counts(f);
    run(f, 20);
    assert_int_equal(f->leaps_back, 0);
}

static void a_large_thing_is_looked_back_at_whatever_came_to_nothing_before(void **state)
{
    struct fake *f = *state;

    run(f, 20);
    rain(f, 10);
    assert_true(schedule_futility(f->schedule) >= 0.6F);
    f->largest = 0.05F;
    forget_counts(f);
    run(f, 4);
    assert_true(f->leaps_back > 0);
}

static void endless_rain_ends_at_keyframes_once_it_is_no_longer_suspicious(void **state)
{
    struct fake *f = *state;

    f->harder = 1; /* from futility 1 on this rain is not suspicious */
    run(f, 20);
    rain(f, 60);
    forget_counts(f);
    run(f, 60);
    assert_true(f->decoded < 60 * FPS / 4);
}

static void an_event_forgives(void **state)
{
    struct fake *f = *state;
    float before;

    run(f, 20);
    rain(f, 10);
    before = schedule_futility(f->schedule);
    f->confirms = true;
    f->thing_from_us = SECONDS_US(30);
    f->thing_to_us = SECONDS_US(34);
    f->suspicion_to_us = SECONDS_US(34);
    run(f, 10);
    assert_true(schedule_futility(f->schedule) < 0.5F * before);
}

static void futility_fades_in_minutes(void **state)
{
    struct fake *f = *state;
    float before;

    run(f, 20);
    rain(f, 20);
    f->suspicion_to_us = 0;
    run(f, 4);
    before = schedule_futility(f->schedule);
    run(f, 300);
    assert_true(schedule_futility(f->schedule) < 0.5F * before);
}

static void a_long_gop_is_probed_every_four_seconds(void **state)
{
    struct fake *f = *state;

    f->gop = 20 * FPS;
    run(f, 19);
    assert_int_equal(f->looks, 1 + 4);
    assert_in_range(f->looked_us[1], MILLIS_US(3900), MILLIS_US(4100));
    assert_in_range(f->looked_us[4], MILLIS_US(15900), MILLIS_US(16300));
    assert_false(f->out_of_order);
    assert_false(schedule_is_watching(f->schedule));
}

static void a_probe_that_finds_something_goes_on_watching(void **state)
{
    struct fake *f = *state;

    f->gop = 20 * FPS;
    f->thing_from_us = SECONDS_US(3);
    f->thing_to_us = SECONDS_US(8);
    run(f, 7);
    assert_true(schedule_is_watching(f->schedule));
    assert_int_equal(f->decoded, f->fed);
    assert_false(f->out_of_order);
}

static void a_stream_without_keyframes_is_still_looked_at(void **state)
{
    struct fake *f = *state;

    f->gop = 0;
    run(f, 30);
    assert_true(f->looks >= 7);
}

static void a_damaged_gop_is_left_alone_from_there_on(void **state)
{
    struct fake *f = *state;

    f->suspicion_from_us = f->thing_from_us = SECONDS_US(20);
    f->suspicion_to_us = f->thing_to_us = SECONDS_US(60);
    run(f, 22);
    forget_counts(f);
    run(f, 1);
    feed(f, true);
    assert_int_equal(f->decoded, FPS);
    for (int i = 1; i < FPS; i++)
        feed(f, false);
    assert_int_equal(f->decoded, FPS);
    run(f, 2); /* the next GOP is whole */
    assert_true(f->decoded > FPS);
    assert_int_equal(f->leaps_back, 0); /* but the one before it is not */
    assert_false(f->out_of_order);
}

static void when_all_is_damaged_damaged_pictures_are_looked_at(void **state)
{
    struct fake *f = *state;

    for (int i = 0; i < 60 * FPS; i++)
        feed(f, true);
    assert_in_range(f->looks, 4, 7);
}

static void the_lists_never_hold_more_than_eight_megabytes(void **state)
{
    struct fake *f = *state;

    f->size = 200000;
    f->gop = 60 * FPS;
    for (int i = 0; i < 70 * FPS; i++) {
        feed(f, false);
        assert_true(schedule_bytes(f->schedule) <= 8 << 20);
    }
    assert_true(f->looks > 12); /* and it goes on seeing */
    assert_false(f->out_of_order);
}

static void a_new_run_does_not_look_back_into_the_one_before(void **state)
{
    struct fake *f = *state;

    run(f, 20);
    schedule_break(f->schedule);
    assert_int_equal(schedule_bytes(f->schedule), 0);
    forget_counts(f);
    f->suspicion_from_us = SECONDS_US(20);
    f->suspicion_to_us = SECONDS_US(21);
    feed(f, false);
    assert_int_equal(f->leaps_back, 0);
    assert_int_equal(f->decoded, 1);
}

int main(void)
{
#define SCHEDULE_TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
    const struct CMUnitTest tests[] = {
        SCHEDULE_TEST(a_quiet_minute_decodes_only_keyframes),
        cmocka_unit_test(at_5_and_at_25_pictures_a_second_looks_come_five_times_a_second),
        cmocka_unit_test(whatever_the_gop_a_look_comes_every_four_seconds),
        SCHEDULE_TEST(keyframes_that_come_too_often_are_not_all_decoded),
        SCHEDULE_TEST(suspicion_decodes_the_gop_before),
        SCHEDULE_TEST(of_a_long_gop_before_the_last_four_seconds_are_looked_at),
        SCHEDULE_TEST(
            while_something_shows_all_is_decoded_and_looked_at_five_times_a_second),
        SCHEDULE_TEST(watching_ends_one_and_a_half_seconds_after_the_last_thing),
        SCHEDULE_TEST(a_suspicion_that_is_gone_at_the_next_look_costs_half_a_second),
        SCHEDULE_TEST(a_suspicion_that_stays_one_costs_one_and_a_half_seconds),
        SCHEDULE_TEST(a_thing_that_is_seen_once_costs_a_second),
        SCHEDULE_TEST(watching_does_not_outlast_a_leap_back_in_time),
        SCHEDULE_TEST(suspicion_that_comes_to_nothing_makes_the_next_one_harder),
        SCHEDULE_TEST(futility_saves_the_look_back),
        SCHEDULE_TEST(a_large_thing_is_looked_back_at_whatever_came_to_nothing_before),
        SCHEDULE_TEST(endless_rain_ends_at_keyframes_once_it_is_no_longer_suspicious),
        SCHEDULE_TEST(an_event_forgives),
        SCHEDULE_TEST(futility_fades_in_minutes),
        SCHEDULE_TEST(a_long_gop_is_probed_every_four_seconds),
        SCHEDULE_TEST(a_probe_that_finds_something_goes_on_watching),
        SCHEDULE_TEST(a_stream_without_keyframes_is_still_looked_at),
        SCHEDULE_TEST(a_damaged_gop_is_left_alone_from_there_on),
        SCHEDULE_TEST(when_all_is_damaged_damaged_pictures_are_looked_at),
        SCHEDULE_TEST(the_lists_never_hold_more_than_eight_megabytes),
        SCHEDULE_TEST(a_new_run_does_not_look_back_into_the_one_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
