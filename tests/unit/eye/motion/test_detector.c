/* Encoded video in, events and pictures out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libavcodec/avcodec.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "detector.h"
#include "film.h"
#include "jpeg.h"

enum { EVENTS_MAX = 16, SECONDS_MAX = 32 };

struct seen {
    struct detector *detector;
    struct motion_event events[EVENTS_MAX];
    struct bytes jpegs[EVENTS_MAX];
    int count;
    int moved;
    struct way moved_way;
    struct motion_activity activity[SECONDS_MAX];
    int seconds;
    int pictures;
    int64_t picture_us[64];
    struct bytes picture;
    int size[2];
    int views, strong, masked_bright;
    int64_t view_us;
    unsigned waits; /* a bit for each enum trail_wait */
};

static void on_event(void *arg, const struct motion_event *event)
{
    struct seen *s = arg;

    if (event->phase == MOTION_PHASE_MOVED) {
        assert_int_equal(event->jpeg_size, 0);
        assert_int_equal(event->number, s->events[s->count - 1].number);
        s->moved++;
        s->moved_way = event->way;
        return;
    }
    assert_true(s->count < EVENTS_MAX);
    s->events[s->count] = *event;
    bytes_add(&s->jpegs[s->count], event->jpeg, event->jpeg_size);
    s->count++;
}

static void on_picture(void *arg, const uint8_t *jpeg, size_t size, int64_t wall_us,
                       int width, int height)
{
    struct seen *s = arg;

    s->picture_us[s->pictures++ % 64] = wall_us;
    bytes_drop(&s->picture, s->picture.size);
    bytes_add(&s->picture, jpeg, size);
    s->size[0] = width;
    s->size[1] = height;
}

static void on_activity(void *arg, const struct motion_activity *second)
{
    struct seen *s = arg;

    assert_true(s->seconds < SECONDS_MAX);
    s->activity[s->seconds++] = *second;
}

static void on_debug(void *arg, const struct debug_view *view)
{
    struct seen *s = arg;

    s->views++;
    s->view_us = view->at_us;
    assert_int_equal(view->width, 160);
    assert_int_equal(view->height, 90);
    for (int i = 0; i < view->width * view->height; i++) {
        s->strong += view->marks[i] == DEBUG_STRONG;
        s->masked_bright += view->marks[i] == DEBUG_MASKED &&
                            (view->now[i] || view->background[i]);
    }
    for (int i = 0; i < view->trail_count; i++)
        s->waits |= 1U << view->trails[i].waits;
}

static const struct motion_listener listener = { .on_event = on_event,
                                                 .on_picture = on_picture,
                                                 .on_activity = on_activity,
                                                 .on_debug = on_debug };
static const struct motion_setup watching = { .detect = true, .sensitivity = 3 };

/* A walker crosses a quiet picture from 10 s to 16 s of 26 s. */
static const struct film_order walk = { .codec = CODEC_H264,
                                        .width = 640,
                                        .height = 360,
                                        .seconds = 26,
                                        .walk_from_s = 10,
                                        .walk_to_s = 16 };
static struct film *film;

static int make_film(void **state)
{
    film = film_make(&walk);
    return film ? 0 : -1;
}

static int free_film(void **state)
{
    film_free(film);
    return 0;
}

static void start(struct seen *s, const struct motion_setup *setup)
{
    *s = (struct seen){ .detector = detector_new(setup, &listener, s) };
}

static void feed(struct seen *s, const struct film *of, int from, int to, uint32_t run)
{
    struct parameters *parameters = parameters_new(&of->track);

    for (int i = from; i < to && i < of->count; i++) {
        struct packet packet = film_packet(of, i, run);
        detector_packet(s->detector, held_new(&packet, parameters));
    }
    parameters_unref(parameters);
}

static void stop(struct seen *s)
{
    detector_free(s->detector);
    for (int i = 0; i < EVENTS_MAX; i++)
        bytes_free(&s->jpegs[i]);
    bytes_free(&s->picture);
}

static void check_the_walk(const struct seen *s)
{
    const struct motion_event *began = &s->events[0], *ended = &s->events[s->count - 1];

    assert_true(s->count >= 2);
    assert_int_equal(began->phase, MOTION_PHASE_BEGAN);
    assert_int_equal(began->number, 1);
    assert_in_range(began->start_us, SECONDS_US(1010), SECONDS_US(1012));
    assert_in_range(began->decided_us, SECONDS_US(1011), MILLIS_US(1013500));
    assert_int_equal(ended->phase, MOTION_PHASE_ENDED);
    assert_int_equal(ended->number, 1);
    assert_in_range(ended->at_us, MILLIS_US(1015500), MILLIS_US(1016500));
    assert_in_range(began->way.count, 4, WAY_POINTS);
    assert_in_range(ended->way.count, began->way.count + 1, WAY_POINTS);
    assert_int_equal(s->moved, 1); /* five seconds after it began; then nobody moves */
    assert_in_range(s->moved_way.count, began->way.count + 1, ended->way.count);
    assert_int_equal(ended->way.at[0].ms, 0);
    int last_ms = ended->way.at[ended->way.count - 1].ms;
    assert_in_range(last_ms, 3000, (ended->at_us - ended->start_us) / 1000);
    assert_in_range(ended->score, 5, 30); /* 1/16 x 1/4 of the picture is 15 permille */
}

static void a_walker_in_encoded_video_is_one_event_with_a_picture(void **state)
{
    struct seen s;
    int size[2];

    start(&s, &watching);
    feed(&s, film, 0, film->count, 1);
    check_the_walk(&s);
    assert_in_range(s.jpegs[0].size, 500, 100000);
    assert_true(jpeg_size(s.jpegs[0].at, s.jpegs[0].size, size));
    assert_int_equal(size[0], 640);
    assert_int_equal(size[1], 360);
    stop(&s);
}

/* The walker's way is the picture's width in 6 s, at 2/3 of a column a quarter second. */
static void each_second_of_the_walk_says_where_something_moved(void **state)
{
    struct seen s;

    start(&s, &watching);
    feed(&s, film, 0, film->count, 1);
    assert_in_range(s.seconds, 5, 7);
    for (int i = 0; i < s.seconds; i++) {
        const struct motion_activity *second = &s.activity[i];
        double from = (double)(second->second_us - SECONDS_US(1010)) / 6e6;
        assert_true(i == 0 || second->second_us > s.activity[i - 1].second_us);
        assert_in_range(second->second_us, SECONDS_US(1010), SECONDS_US(1016));
        for (int bit = 0; bit < 144; bit++) {
            if (!(second->cells[bit / 8] & 1 << bit % 8))
                continue;
            double column = (bit % 16 + 0.5) / 16;
            assert_true(column > from - 0.1 && column < from + 0.35);
        }
    }
    stop(&s);
}

/* While the walker is seen, from 13 s on. */
static void other_settings_end_the_event_and_keep_the_background(void **state)
{
    struct motion_setup elsewhere = watching;
    struct seen s;

    elsewhere.zone_count = 1;
    elsewhere.zones[0] =
        (struct motion_polygon){ "roof", { { 0, 0 }, { 1, 0 }, { 1, 0.1F } }, 3, 0, 0, 0 };
    start(&s, &watching);
    feed(&s, film, 0, 13 * FILM_FPS, 1);
    assert_int_equal(s.events[0].phase, MOTION_PHASE_BEGAN);
    detector_change(s.detector, &elsewhere);
    assert_int_equal(s.events[s.count - 1].phase, MOTION_PHASE_ENDED);
    int before = s.count;
    feed(&s, film, 13 * FILM_FPS, 14 * FILM_FPS, 1);
    assert_int_equal(s.count, before); /* the walker's foot is not on the roof */
    detector_change(s.detector, &watching);
    feed(&s, film, 14 * FILM_FPS, film->count, 1);
    assert_int_equal(s.events[before].phase, MOTION_PHASE_BEGAN);
    assert_int_equal(s.events[before].number, 2);
    assert_true(s.events[before].decided_us < MILLIS_US(1016500));
    stop(&s);
}

static void the_box_lies_around_the_walker_at_the_time_of_the_picture(void **state)
{
    struct seen s;

    start(&s, &watching);
    feed(&s, film, 0, film->count, 1);
    const float *box = s.events[0].box;
    double way = (double)(s.events[0].at_us - SECONDS_US(1010)) / 6e6;
    assert_true(box[0] < way + 0.02 && box[0] > way - 0.04);
    assert_true(box[2] > way + 0.04 && box[2] < way + 0.10);
    assert_true(box[1] > 0.45 && box[1] < 0.52 && box[3] > 0.73 && box[3] < 0.80);
    stop(&s);
}

static void a_clearly_larger_picture_follows_within_two_seconds(void **state)
{
    struct film_order order = walk;
    struct seen s;

    order.grows = true;
    struct film *nearer = film_make(&order);
    start(&s, &watching);
    feed(&s, nearer, 0, nearer->count, 1);
    assert_int_equal(s.count, 3);
    const struct motion_event *began = &s.events[0], *better = &s.events[1];
    assert_int_equal(better->phase, MOTION_PHASE_BETTER);
    assert_int_equal(better->number, began->number);
    assert_in_range(better->at_us, began->at_us + 1, began->at_us + SECONDS_US(3));
    assert_true(better->box[3] - better->box[1] > 1.1F * (began->box[3] - began->box[1]));
    assert_in_range(s.jpegs[1].size, 500, 100000);
    stop(&s);
    film_free(nearer);
}

static void a_walker_who_stays_as_large_gets_one_picture(void **state)
{
    struct seen s;

    start(&s, &watching);
    feed(&s, film, 0, film->count, 1);
    assert_int_equal(s.count, 2);
    stop(&s);
}

static void a_quiet_film_decodes_little_and_says_nothing(void **state)
{
    struct seen s;

    start(&s, &watching);
    feed(&s, film, 0, 9 * FILM_FPS, 1);
    assert_int_equal(s.count, 0);
    assert_int_equal(detector_counts(s.detector)->decoded, 5);
    stop(&s);
}

static void h265_is_seen_as_well(void **state)
{
    struct film_order order = walk;
    struct film *h265;
    struct seen s;

    order.codec = CODEC_H265;
    h265 = film_make(&order);
    if (!h265)
        skip();
    start(&s, &watching);
    feed(&s, h265, 0, h265->count, 1);
    check_the_walk(&s);
    stop(&s);
    film_free(h265);
}

/* Who walks in for a second and stands there is at rest on the keyframe. */
static void who_comes_and_stands_between_two_keyframes_is_seen(void **state)
{
    static const struct film_order order = { .codec = CODEC_H264,
                                             .width = 640,
                                             .height = 360,
                                             .seconds = 18,
                                             .gop = 60,
                                             .walk_from_s = 12,
                                             .walk_to_s = 18,
                                             .stops_at_permille = 200 };
    struct film *other = film_make(&order);
    struct seen s;

    assert_non_null(other);
    start(&s, &watching);
    feed(&s, other, 0, other->count, 1);
    assert_true(s.count >= 1);
    assert_int_equal(s.events[0].phase, MOTION_PHASE_BEGAN);
    assert_in_range(s.events[0].start_us, SECONDS_US(1012), MILLIS_US(1012500));
    assert_in_range(s.events[0].decided_us, MILLIS_US(1013000), MILLIS_US(1016300));
    stop(&s);
    film_free(other);
}

/* Packets of columns instead of keyframes (x264's intra refresh): all waits, and is looked
 * at every four seconds, then everything. */
static void a_walker_is_seen_in_a_stream_with_intra_refresh(void **state)
{
    static const struct film_order order = { .codec = CODEC_H264,
                                             .width = 640,
                                             .height = 360,
                                             .seconds = 30,
                                             .intra_refresh = true,
                                             .walk_from_s = 14,
                                             .walk_to_s = 20 };
    struct film *other = film_make(&order);
    struct seen s;
    int keys = 0;

    assert_non_null(other);
    for (int i = 0; i < other->count; i++)
        keys += other->packets[i].key;
    assert_int_equal(keys, 1);
    start(&s, &watching);
    feed(&s, other, 0, 13 * FILM_FPS, 1);
    assert_in_range(detector_counts(s.detector)->analysed, 3, 5);
    feed(&s, other, 13 * FILM_FPS, other->count, 1);
    assert_true(s.count >= 2);
    assert_int_equal(s.events[0].phase, MOTION_PHASE_BEGAN);
    assert_in_range(s.events[0].start_us, SECONDS_US(1014), SECONDS_US(1018));
    assert_in_range(s.events[0].decided_us, SECONDS_US(1015), MILLIS_US(1019500));
    assert_int_equal(s.events[s.count - 1].phase, MOTION_PHASE_ENDED);
    stop(&s);
    film_free(other);
}

static void pictures_out_of_order_are_seen_as_well(void **state)
{
    struct film_order order = walk;
    struct seen s;

    order.b_frames = 2;
    struct film *with_b = film_make(&order);
    start(&s, &watching);
    feed(&s, with_b, 0, with_b->count, 1);
    check_the_walk(&s);
    assert_true(detector_counts(s.detector)->decoded < with_b->count);
    stop(&s);
    film_free(with_b);
}

static void a_break_ends_the_event_at_once(void **state)
{
    struct seen s;

    start(&s, &watching);
    feed(&s, film, 0, 14 * FILM_FPS, 1);
    assert_int_equal(s.count, 1);
    detector_break(s.detector);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.events[1].phase, MOTION_PHASE_ENDED);
    stop(&s);
}

static void a_reconnect_neither_rings_nor_blinds(void **state)
{
    struct seen s;

    start(&s, &watching);
    feed(&s, film, 0, 9 * FILM_FPS, 1);
    detector_break(s.detector);
    feed(&s, film, 8 * FILM_FPS, film->count,
         2); /* a keyframe two seconds before the walk */
    check_the_walk(&s);
    stop(&s);
}

static void a_new_run_is_a_break_even_if_nobody_says_so(void **state)
{
    struct seen s;

    start(&s, &watching);
    feed(&s, film, 0, 14 * FILM_FPS, 1);
    feed(&s, film, 0, 1, 2);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.events[1].phase, MOTION_PHASE_ENDED);
    stop(&s);
}

static void another_size_within_a_run_is_learned_anew(void **state)
{
    struct film_order order = walk;
    struct seen s;

    order.width = 320;
    order.height = 240;
    order.walk_to_s = 10; /* nobody */
    struct film *other = film_make(&order);
    start(&s, &watching);
    feed(&s, film, 0, 9 * FILM_FPS, 1);
    feed(&s, other, 10 * FILM_FPS, other->count, 1);
    assert_int_equal(s.count, 0);
    assert_true(detector_counts(s.detector)->analysed > 10);
    stop(&s);
    film_free(other);
}

static void a_wanted_picture_comes_every_two_seconds_while_it_is_wanted(void **state)
{
    struct seen s;
    int size[2];

    start(&s, &watching);
    feed(&s, film, 0, 3 * FILM_FPS, 1);
    assert_int_equal(s.pictures, 0);
    detector_want_pictures(s.detector, true);
    feed(&s, film, 3 * FILM_FPS, 9 * FILM_FPS, 1);
    assert_int_equal(s.pictures, 3);
    assert_int_equal(s.picture_us[0], SECONDS_US(1004));
    assert_true(jpeg_size(s.picture.at, s.picture.size, size));
    assert_int_equal(size[0], s.size[0]);
    detector_want_pictures(s.detector, false);
    feed(&s, film, 9 * FILM_FPS, film->count, 1);
    assert_int_equal(s.pictures, 3);
    stop(&s);
}

static void what_it_sees_is_shown_while_somebody_looks_on(void **state)
{
    struct motion_setup setup = watching;
    struct seen s;

    setup.masks[0] = (struct motion_polygon){ .points = { { 0, 0 }, { 1, 0 }, { 1, 0.2F } },
                                              .count = 3 };
    setup.mask_count = 1;
    start(&s, &setup);
    feed(&s, film, 0, 6 * FILM_FPS, 1);
    assert_int_equal(s.views, 0);
    detector_want_debug(s.detector, true);
    feed(&s, film, 6 * FILM_FPS, 10 * FILM_FPS, 1);
    assert_int_equal(s.views, 2); /* the keyframes */
    assert_int_equal(s.strong, 0);
    feed(&s, film, 10 * FILM_FPS, 16 * FILM_FPS, 1);
    assert_in_range(s.views, 15, 42); /* at most five a second, and what was looked back at */
    assert_in_range(s.view_us, SECONDS_US(1015), SECONDS_US(1017));
    assert_true(s.strong > 100);
    assert_int_equal(s.masked_bright, 0);
    assert_int_equal(s.waits & 1 << TRAIL_YOUNG, 1 << TRAIL_YOUNG);
    assert_int_equal(s.waits & 1 << TRAIL_BELIEVED, 1 << TRAIL_BELIEVED);
    detector_want_debug(s.detector, false);
    int views = s.views;
    feed(&s, film, 16 * FILM_FPS, film->count, 1);
    assert_int_equal(s.views, views);
    stop(&s);
}

static void what_rang_outside_all_zones_says_so(void **state)
{
    struct motion_setup setup = watching;
    struct seen s;

    setup.zones[0] = (struct motion_polygon){ .id = "troi",
                                              .points = { { 0, 0 }, { 1, 0 }, { 1, 0.1F } },
                                              .count = 3 };
    setup.zone_count = 1;
    start(&s, &setup);
    detector_want_debug(s.detector, true);
    feed(&s, film, 0, 16 * FILM_FPS, 1);
    assert_int_equal(s.count, 0);
    assert_int_equal(s.waits & 1 << TRAIL_OUTSIDE, 1 << TRAIL_OUTSIDE);
    stop(&s);
}

static void without_detection_only_wanted_keyframes_are_decoded(void **state)
{
    const struct motion_setup pictures_only = { .detect = false };
    struct seen s;

    start(&s, &pictures_only);
    feed(&s, film, 0, 4 * FILM_FPS, 1);
    assert_int_equal(detector_counts(s.detector)->decoded, 0);
    detector_want_pictures(s.detector, true);
    feed(&s, film, 4 * FILM_FPS, 16 * FILM_FPS, 1);
    assert_int_equal(s.pictures, 6);
    assert_int_equal(detector_counts(s.detector)->decoded, 6);
    assert_int_equal(s.count, 0);
    stop(&s);
}

static void a_snapshot_is_at_most_as_wide_as_asked_for(void **state)
{
    struct motion_setup setup = watching;
    struct seen s;
    int size[2];

    setup.jpeg_width = 320;
    start(&s, &setup);
    feed(&s, film, 0, film->count, 1);
    assert_true(s.count >= 1);
    assert_true(jpeg_size(s.jpegs[0].at, s.jpegs[0].size, size));
    assert_int_equal(size[0], 320);
    assert_int_equal(size[1], 180);
    stop(&s);
}

static void a_zone_is_named_in_its_event(void **state)
{
    struct motion_setup setup = watching;
    struct seen s;

    setup.zone_count = 1;
    setup.zones[0] = (struct motion_polygon){
        .id = "gate", .count = 3, .points = { { 0, 0.5F }, { 1, 0.5F }, { 0.5F, 1.6F } }
    };
    start(&s, &setup);
    feed(&s, film, 0, film->count, 1);
    assert_true(s.count >= 1);
    assert_string_equal(s.events[0].zone, "gate");
    stop(&s);
}

static void rubbish_is_survived(void **state)
{
    struct film_packet *packets = film->packets;
    struct seen s;
    uint32_t dice = 1;

    start(&s, &watching);
    for (int i = 0; i < film->count; i++) {
        struct packet packet = film_packet(film, i, 1);
        uint8_t *bytes = malloc(packet.size);
        memcpy(bytes, packets[i].bytes, packet.size);
        for (size_t n = 0; n < packet.size; n += 1 + dice % 50) {
            dice = dice * 1664525U + 1013904223U;
            bytes[n] ^= (uint8_t)(dice >> 24);
        }
        packet.bytes = bytes;
        struct parameters *parameters = parameters_new(&film->track);
        detector_packet(s.detector, held_new(&packet, parameters));
        parameters_unref(parameters);
        free(bytes);
    }
    stop(&s);
}

static void parameter_sets_that_make_no_sense_blind_it_until_better_ones_come(
    void **state)
{
    struct track broken = { .codec = CODEC_H264,
                            .clock = 90000,
                            .version = 1,
                            .parameters_size = 9,
                            .parameters = { 0, 200, 0x67, 1, 2, 3, 4, 5, 6 } };
    struct parameters *parameters = parameters_new(&broken);
    struct seen s;

    start(&s, &watching);
    for (int i = 0; i < 30; i++) {
        struct packet packet = film_packet(film, i, 1);
        detector_packet(s.detector, held_new(&packet, parameters));
    }
    parameters_unref(parameters);
    assert_int_equal(detector_counts(s.detector)->decoded, 0);
    feed(&s, film, 30, film->count, 1);
    check_the_walk(&s);
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walker_in_encoded_video_is_one_event_with_a_picture),
        cmocka_unit_test(each_second_of_the_walk_says_where_something_moved),
        cmocka_unit_test(other_settings_end_the_event_and_keep_the_background),
        cmocka_unit_test(the_box_lies_around_the_walker_at_the_time_of_the_picture),
        cmocka_unit_test(a_clearly_larger_picture_follows_within_two_seconds),
        cmocka_unit_test(a_walker_who_stays_as_large_gets_one_picture),
        cmocka_unit_test(a_quiet_film_decodes_little_and_says_nothing),
        cmocka_unit_test(h265_is_seen_as_well),
        cmocka_unit_test(who_comes_and_stands_between_two_keyframes_is_seen),
        cmocka_unit_test(a_walker_is_seen_in_a_stream_with_intra_refresh),
        cmocka_unit_test(pictures_out_of_order_are_seen_as_well),
        cmocka_unit_test(a_break_ends_the_event_at_once),
        cmocka_unit_test(a_reconnect_neither_rings_nor_blinds),
        cmocka_unit_test(a_new_run_is_a_break_even_if_nobody_says_so),
        cmocka_unit_test(another_size_within_a_run_is_learned_anew),
        cmocka_unit_test(a_wanted_picture_comes_every_two_seconds_while_it_is_wanted),
        cmocka_unit_test(what_it_sees_is_shown_while_somebody_looks_on),
        cmocka_unit_test(what_rang_outside_all_zones_says_so),
        cmocka_unit_test(without_detection_only_wanted_keyframes_are_decoded),
        cmocka_unit_test(a_snapshot_is_at_most_as_wide_as_asked_for),
        cmocka_unit_test(a_zone_is_named_in_its_event),
        cmocka_unit_test(rubbish_is_survived),
        cmocka_unit_test(
            parameter_sets_that_make_no_sense_blind_it_until_better_ones_come),
    };

    return cmocka_run_group_tests(tests, make_film, free_film);
}
