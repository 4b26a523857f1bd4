/* The pure parts: ranges, the tiling of time, the viewer's queue, wrong tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "live_queue.h"
#include "lockout.h"
#include "peer.h"
#include "range.h"
#include "store/tiling.h"

static int64_t seconds(double s)
{
    return (int64_t)(s * 1e6);
}

/* ---- who stands behind a proxy ---------------------------------------------------------- */

static void who_asks_is_the_last_that_is_no_proxy_of_ours(void **state)
{
    static char *proxies[] = { (char *)"127.0.0.1", (char *)"2001:db8::1" };
    static const struct {
        const char *from, *forwarded, *is;
        bool through;
    } rows[] = {
        { "192.0.2.1", "198.51.100.9", "192.0.2.1", false },
        { "127.0.0.1", NULL, "127.0.0.1", true },
        { "127.0.0.1", "198.51.100.9", "198.51.100.9", true },
        { "::ffff:127.0.0.1", "198.51.100.9", "198.51.100.9", true },
        { "127.0.0.1", "10.0.0.1, 198.51.100.9", "198.51.100.9", true },
        { "127.0.0.1", "198.51.100.9 ,2001:db8::1", "198.51.100.9", true },
        { "2001:DB8:0::1", "2001:db8::9", "2001:db8::9", true },
        { "127.0.0.1", "198.51.100.9, unknown", "127.0.0.1", true },
        { "127.0.0.1", ",", "127.0.0.1", true },
        { "127.0.0.1", "127.0.0.1", "127.0.0.1", true },
    };
    struct settings set = { .web = { .proxies = proxies, .proxy_count = COUNT_OF(proxies) } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct evkeyvalq headers;
        char address[PEER_TEXT];
        TAILQ_INIT(&headers);
        evhttp_add_header(&headers, "X-Forwarded-For", "203.0.113.5");
        if (rows[i].forwarded)
            evhttp_add_header(&headers, "x-forwarded-for", rows[i].forwarded);
        else
            evhttp_clear_headers(&headers);
        snprintf(address, sizeof address, "%s", rows[i].from);
        assert_int_equal(peer_find(&set, &headers, address), rows[i].through);
        assert_string_equal(address, rows[i].is);
        evhttp_clear_headers(&headers);
    }
}

/* ---- ranges ---------------------------------------------------------------------------
 */

static void a_range_is_one_stretch_of_the_file(void **state)
{
    static const struct {
        const char *header;
        uint64_t size;
        enum range_kind kind;
        uint64_t first, last;
    } rows[] = {
        { NULL, 100, RANGE_NONE, 0, 99 },
        { "bytes=0-", 100, RANGE_PART, 0, 99 },
        { "bytes=0-0", 100, RANGE_PART, 0, 0 },
        { "bytes=10-19", 100, RANGE_PART, 10, 19 },
        { "bytes=10-1000", 100, RANGE_PART, 10, 99 },
        { "bytes=99-", 100, RANGE_PART, 99, 99 },
        { "bytes=-10", 100, RANGE_PART, 90, 99 },
        { "bytes=-1000", 100, RANGE_PART, 0, 99 },
        { "Bytes=1-2", 100, RANGE_PART, 1, 2 },
        { "bytes=100-", 100, RANGE_OUTSIDE, 0, 0 },
        { "bytes=-0", 100, RANGE_OUTSIDE, 0, 0 },
        { "bytes=0-", 0, RANGE_OUTSIDE, 0, 0 },
        { "bytes=-5", 0, RANGE_OUTSIDE, 0, 0 },
        { "bytes=5-4", 100, RANGE_NONE, 0, 0 },
        { "bytes=0-1,5-6", 100, RANGE_NONE, 0, 0 },
        { "bytes=", 100, RANGE_NONE, 0, 0 },
        { "bytes=-", 100, RANGE_NONE, 0, 0 },
        { "bytes=a-b", 100, RANGE_NONE, 0, 0 },
        { "bytes=1", 100, RANGE_NONE, 0, 0 },
        { "bytes=1-2x", 100, RANGE_NONE, 0, 0 },
        { "bytes=99999999999999999999-", 100, RANGE_NONE, 0, 0 },
        { "items=0-1", 100, RANGE_NONE, 0, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t first, last;
        enum range_kind kind = range_read(rows[i].header, rows[i].size, &first, &last);
        if (kind != rows[i].kind)
            fail_msg("%s: %d", rows[i].header, kind);
        if (kind == RANGE_PART) {
            assert_int_equal(first, rows[i].first);
            assert_int_equal(last, rows[i].last);
        }
    }
}

/* ---- tiling ---------------------------------------------------------------------------
 */

static struct segment_row segment(double from, double to)
{
    return (struct segment_row){ .start_us = seconds(from),
                                 .end_us = seconds(to),
                                 .clock_trusted = true };
}

static struct gap_row gap(double from, double to, enum gap_cause cause)
{
    return (struct gap_row){ .start_us = seconds(from),
                             .end_us = seconds(to),
                             .cause = cause,
                             .detail = (char *)"why" };
}

struct tiles {
    struct segment_row segments[8];
    struct gap_row gaps[8];
    size_t segment_count, gap_count;
    double kept; /* the oldest recording of all */
    struct tiling tiling;
};

static void tile(struct tiles *t, double from, double to, double now)
{
    struct segment_list segments = { t->segments, t->segment_count };
    struct gap_list gaps = { t->gaps, t->gap_count };

    tiling_free(&t->tiling);
    tiling_make(&segments, &gaps, seconds(t->kept), seconds(from), seconds(to), seconds(now),
                &t->tiling);
    int64_t at = t->tiling.from_us;
    for (size_t i = 0; i < t->tiling.count; i++) {
        assert_int_equal(t->tiling.list[i].from_us, at);
        assert_true(t->tiling.list[i].to_us > at);
        at = t->tiling.list[i].to_us;
    }
    assert_int_equal(at, t->tiling.to_us);
}

#define STRETCH(t, i, is_recording, to)                                \
    do {                                                               \
        assert_true((i) < (t)->tiling.count);                          \
        assert_int_equal((t)->tiling.list[i].recording, is_recording); \
        assert_int_equal((t)->tiling.list[i].to_us, seconds(to));      \
    } while (0)

static void segments_that_meet_are_one_recording(void **state)
{
    struct tiles t = { .segments = { segment(0, 60), segment(60.1, 120) },
                       .segment_count = 2 };

    tile(&t, 10, 100, 1000);
    assert_int_equal(t.tiling.count, 1);
    STRETCH(&t, 0, true, 100);
    tiling_free(&t.tiling);
}

static void a_change_of_trust_in_the_clock_is_seen(void **state)
{
    struct tiles t = { .segments = { segment(0, 60), segment(60, 120) },
                       .segment_count = 2 };

    t.segments[0].clock_trusted = false;
    tile(&t, 0, 120, 1000);
    assert_int_equal(t.tiling.count, 2);
    assert_false(t.tiling.list[0].clock_trusted);
    assert_true(t.tiling.list[1].clock_trusted);
    tiling_free(&t.tiling);
}

static void a_gap_has_the_cause_of_its_row(void **state)
{
    struct tiles t = { .segments = { segment(0, 60), segment(100, 160) },
                       .segment_count = 2,
                       .gaps = { gap(60.4, 99.5, GAP_NETWORK) },
                       .gap_count = 1 };

    tile(&t, 0, 160, 1000);
    assert_int_equal(t.tiling.count, 3);
    STRETCH(&t, 0, true, 60);
    STRETCH(&t, 1, false, 100);
    STRETCH(&t, 2, true, 160);
    assert_int_equal(t.tiling.list[1].cause, GAP_NETWORK);
    assert_string_equal(t.tiling.list[1].detail, "why");
    tiling_free(&t.tiling);
}

static void what_no_row_tells_of_is_unknown(void **state)
{
    struct tiles t = { .kept = 1,
                       .segments = { segment(100, 160) },
                       .segment_count = 1,
                       .gaps = { gap(20, 40, GAP_DISK) },
                       .gap_count = 1 };

    tile(&t, 0, 200, 1000);
    assert_int_equal(t.tiling.count, 5);
    STRETCH(&t, 0, false, 20);
    STRETCH(&t, 1, false, 40);
    STRETCH(&t, 2, false, 100);
    STRETCH(&t, 3, true, 160);
    STRETCH(&t, 4, false, 200);
    assert_int_equal(t.tiling.list[0].cause, GAP_UNKNOWN);
    assert_int_equal(t.tiling.list[1].cause, GAP_DISK);
    assert_int_equal(t.tiling.list[4].cause, GAP_UNKNOWN);
    tiling_free(&t.tiling);
}

static void what_is_before_the_oldest_recording_is_not_kept(void **state)
{
    struct tiles t = { .kept = 100,
                       .segments = { segment(100, 160), segment(200, 260) },
                       .segment_count = 2,
                       .gaps = { gap(80, 100, GAP_CAMERA) },
                       .gap_count = 1 };

    tile(&t, 10, 260, 1000);
    assert_int_equal(t.tiling.list[0].cause, GAP_NOT_KEPT);
    assert_int_equal(t.tiling.list[1].cause, GAP_CAMERA);
    assert_int_equal(t.tiling.list[3].cause, GAP_UNKNOWN);
    t.segment_count = t.gap_count = 0;
    tile(&t, 10, 90, 1000);
    assert_int_equal(t.tiling.list[0].cause, GAP_NOT_KEPT);
    tiling_free(&t.tiling);
}

static void a_gap_without_length_is_left_out(void **state)
{
    struct tiles t = { .segments = { segment(0, 60), segment(100, 160) },
                       .segment_count = 2,
                       .gaps = { gap(60, 60, GAP_CAMERA), gap(60, 80, GAP_NETWORK),
                                 gap(80, 80.0004, GAP_DISK), gap(80.0004, 100, GAP_NETWORK),
                                 gap(99.9997, 100, GAP_LOGIN) },
                       .gap_count = 5 };

    tile(&t, 0, 160, 1000);
    assert_int_equal(t.tiling.count, 3);
    STRETCH(&t, 1, false, 100);
    assert_int_equal(t.tiling.list[1].cause, GAP_NETWORK);
    tiling_free(&t.tiling);
}

static void a_recording_counts_more_than_a_gap_over_it(void **state)
{
    struct tiles t = { .segments = { segment(0, 60) },
                       .segment_count = 1,
                       .gaps = { gap(30, 90, GAP_CAMERA) },
                       .gap_count = 1 };

    tile(&t, 0, 90, 1000);
    assert_int_equal(t.tiling.count, 2);
    STRETCH(&t, 0, true, 60);
    STRETCH(&t, 1, false, 90);
    tiling_free(&t.tiling);
}

static void the_future_is_left_out(void **state)
{
    struct tiles t = { .segments = { segment(0, 60) },
                       .segment_count = 1,
                       .gaps = { gap(60, 0, GAP_CAMERA) },
                       .gap_count = 1 };

    tile(&t, 0, 500, 100);
    assert_int_equal(t.tiling.to_us, seconds(100));
    STRETCH(&t, 1, false, 100);
    tile(&t, 200, 500, 100);
    assert_int_equal(t.tiling.count, 0);
    assert_int_equal(t.tiling.to_us, seconds(200));
    tiling_free(&t.tiling);
}

static void what_is_being_written_is_no_gap(void **state)
{
    struct tiles t = { .segments = { segment(0, 58) }, .segment_count = 1 };

    t.segments[0].open = true;
    tile(&t, 0, 500, 60);
    assert_int_equal(t.tiling.count, 1);
    assert_int_equal(t.tiling.to_us, seconds(58));
    tile(&t, 0, 500, 90); /* silent for longer than a sync may take */
    assert_int_equal(t.tiling.to_us, seconds(90));
    STRETCH(&t, 1, false, 90);
    tiling_free(&t.tiling);
}

static void overlapping_and_lost_rows_tile_all_the_same(void **state)
{
    struct tiles t = { .segments = { segment(0, 60), segment(30, 50), segment(40, 90),
                                     segment(95, 120) },
                       .segment_count = 4,
                       .gaps = { gap(85, 100, GAP_RULE), gap(92, 93, GAP_DISK) },
                       .gap_count = 2 };

    t.segments[3].lost = true;
    tile(&t, 10, 130, 1000);
    STRETCH(&t, 0, true, 90);
    STRETCH(&t, 1, false, 100);
    STRETCH(&t, 2, false, 130);
    assert_int_equal(t.tiling.count, 3);
    tiling_free(&t.tiling);
}

/* ---- the viewer's queue ---------------------------------------------------------------
 */

enum { KILO = 1000, MEGA = 1000000 };

struct line {
    struct live_queue queue;
    struct init *init;
};

static int line_setup(void **state)
{
    struct line *line = xcalloc(1, sizeof *line);

    line->init = init_new(10);
    strcpy(line->init->codecs, "avc1.4d0028");
    live_queue_start(&line->queue, 0);
    *state = line;
    return 0;
}

static int line_teardown(void **state)
{
    struct line *line = *state;

    live_queue_end(&line->queue);
    init_unref(line->init);
    free(line);
    return 0;
}

static bool add(struct line *line, uint16_t channel, double at, bool key, size_t size,
                bool joining)
{
    struct fragment *frag = fragment_new(line->init, size);

    frag->start_us = seconds(at);
    frag->keyframe = key;
    bool taken = live_queue_fragment(&line->queue, channel, frag, seconds(at), joining);
    fragment_unref(frag);
    return taken;
}

/* What waits, as text: channel, K key, d delta, s skipped; I init, J picture, N note, P
 * ping. */
static const char *waits(struct line *line)
{
    static char text[256];
    const struct live_item *item;
    char *p = text;

    TAILQ_FOREACH(item, &line->queue.items, next)
    {
        *p++ = (char)('0' + item->header.channel);
        *p++ = item->header.kind == WIRE_INIT   ? 'I'
               : item->header.kind == WIRE_JPEG ? 'J'
               : item->header.kind == WIRE_NOTE ? 'N'
               : item->header.kind == WIRE_PING ? 'P'
               : item->header.flags & WIRE_KEY  ? 'K'
                                                : 'd';
        if (item->header.flags & WIRE_SKIPPED)
            *p++ = 's';
        *p++ = ' ';
    }
    *p = 0;
    return text;
}

static void nothing_comes_before_the_first_keyframe(void **state)
{
    struct line *line = *state;

    assert_false(add(line, 0, 0, false, KILO, false));
    assert_true(add(line, 0, 0.1, true, KILO, false));
    assert_true(add(line, 0, 0.2, false, KILO, false));
    assert_string_equal(waits(line), "0K 0d ");
}

static void after_a_second_each_camera_keeps_from_its_newest_keyframe(void **state)
{
    struct line *line = *state;

    live_queue_init(&line->queue, 0, line->init, 0, false);
    add(line, 0, 0.0, true, KILO, false);
    add(line, 1, 0.0, true, KILO, false);
    add(line, 0, 0.5, false, KILO, false);
    add(line, 0, 0.9, true, KILO, false);
    add(line, 1, 0.9, false, KILO, false);
    assert_string_equal(waits(line), "0I 0K 1K 0d 0K 1d ");
    add(line, 0, 1.1, false, KILO, false);
    assert_string_equal(waits(line), "0I 1K 0Ks 1d 0d ");
}

static void the_only_keyframe_of_a_long_gop_is_kept(void **state)
{
    struct line *line = *state;

    add(line, 0, 0, true, KILO, false);
    for (int i = 1; i < 20; i++)
        add(line, 0, i * 0.5, false, KILO, false);
    assert_int_equal(line->queue.dropped, 0);
    assert_int_equal(line->queue.sheds, 0);
    add(line, 0, 10, true, KILO, false);
    assert_string_equal(waits(line), "0Ks ");
}

static void too_many_bytes_without_a_keyframe_wait_for_the_next_one(void **state)
{
    struct line *line = *state;

    add(line, 0, 0, true, MEGA, false);
    for (int i = 1; i < 5; i++)
        add(line, 0, i * 0.1, false, MEGA, false);
    assert_string_equal(waits(line), "");
    assert_false(add(line, 0, 0.6, false, KILO, false));
    assert_true(add(line, 0, 0.7, true, KILO, false));
    assert_true(add(line, 0, 0.8, false, KILO, false));
    assert_string_equal(waits(line), "0Ks 0d ");
}

static void the_burst_at_the_start_does_not_count_for_ten_seconds(void **state)
{
    struct line *line = *state;

    add(line, 0, 0, true, MEGA, true);
    for (int i = 1; i < 8; i++)
        add(line, 0, 0.01, false, MEGA, true);
    add(line, 0, 0.5, false, KILO, false);
    add(line, 0, 1.4, false, KILO, false);
    assert_int_equal(line->queue.dropped, 0);
    add(line, 0, 10.5, true, KILO, false);
    assert_string_equal(waits(line), "0Ks ");
}

static void init_and_notes_always_stay(void **state)
{
    struct line *line = *state;
    json_t *object = json_pack("{s:s}", "type", "camera");
    struct note *note = note_new(object);

    live_queue_init(&line->queue, 0, line->init, 0, false);
    add(line, 0, 0, true, 5 * MEGA, false);
    live_queue_note(&line->queue, note, 0, 0);
    add(line, 0, 0.1, false, KILO, false);
    assert_string_equal(waits(line), "0I 0N ");
    live_queue_clear(&line->queue);
    assert_string_equal(waits(line), "0I 0N ");
    note_unref(note);
    json_decref(object);
}

static void of_one_camera_only_the_newest_picture_waits(void **state)
{
    struct line *line = *state;

    for (int i = 0; i < 3; i++) {
        struct picture *picture = picture_new(KILO);
        live_queue_picture(&line->queue, WIRE_JPEG, (uint16_t)(i % 2), picture, seconds(i * 0.1));
        picture_unref(picture);
    }
    assert_string_equal(waits(line), "1J 0J ");
}

static void a_ping_waits_only_where_nothing_else_does(void **state)
{
    struct line *line = *state;

    live_queue_ping(&line->queue, 0, 0);
    live_queue_ping(&line->queue, 0, 0);
    assert_string_equal(waits(line), "0P ");
}

static void shedding_three_times_in_twenty_seconds_is_slow_and_said_once(void **state)
{
    struct line *line = *state;

    for (int i = 0; i < 3; i++) {
        assert_false(live_queue_is_slow(&line->queue, seconds(i * 5)));
        add(line, 0, i * 5, true, KILO, false);
        add(line, 0, i * 5 + 2, true, KILO, false);
        live_queue_clear(&line->queue);
    }
    assert_true(live_queue_is_slow(&line->queue, seconds(13)));
    assert_false(live_queue_is_slow(&line->queue, seconds(14)));
}

static void a_viewer_that_only_lets_notes_pile_up_is_hopeless(void **state)
{
    struct line *line = *state;
    char *large = xcalloc(1, 200 * KILO);

    memset(large, 'x', 200 * KILO - 1);
    json_t *object = json_pack("{s:s, s:s}", "type", "camera", "text", large);
    struct note *note = note_new(object);
    for (int i = 0; i < 31; i++)
        live_queue_note(&line->queue, note, 0, 0);
    assert_false(live_queue_is_hopeless(&line->queue));
    live_queue_note(&line->queue, note, 0, 0);
    assert_true(live_queue_is_hopeless(&line->queue));
    note_unref(note);
    json_decref(object);
    free(large);
}

/* ---- wrong tokens ---------------------------------------------------------------------
 */

static void five_wrong_tokens_in_thirty_seconds_shut_for_five_minutes(void **state)
{
    struct lockout *lockout = lockout_new();

    for (int i = 0; i < 5; i++) {
        assert_false(lockout_is_shut(lockout, "a", seconds(100 + i)));
        lockout_failed(lockout, "a", seconds(100 + i));
    }
    assert_true(lockout_is_shut(lockout, "a", seconds(104)));
    assert_true(lockout_is_shut(lockout, "a", seconds(403)));
    assert_false(lockout_is_shut(lockout, "a", seconds(405)));
    assert_false(lockout_is_shut(lockout, "b", seconds(104)));
    lockout_free(lockout);
}

static void five_wrong_tokens_in_a_minute_do_not(void **state)
{
    struct lockout *lockout = lockout_new();

    for (int i = 0; i < 20; i++)
        lockout_failed(lockout, "a", seconds(100 + i * 8));
    assert_false(lockout_is_shut(lockout, "a", seconds(260)));
    lockout_free(lockout);
}

static void many_addresses_push_out_only_the_quietest(void **state)
{
    struct lockout *lockout = lockout_new();
    char address[16];

    for (int i = 0; i < 255; i++) {
        snprintf(address, sizeof address, "%d", i);
        lockout_failed(lockout, address, seconds(1 + i * 0.001));
    }
    for (int i = 0; i < 5; i++)
        lockout_failed(lockout, "a", seconds(2));
    for (int i = 1000; i < 1200; i++) {
        snprintf(address, sizeof address, "%d", i);
        lockout_failed(lockout, address, seconds(3));
    }
    assert_true(lockout_is_shut(lockout, "a", seconds(4)));
    lockout_free(lockout);
}

#define ON_A_LINE(test) cmocka_unit_test_setup_teardown(test, line_setup, line_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_is_the_last_that_is_no_proxy_of_ours),
        cmocka_unit_test(a_range_is_one_stretch_of_the_file),
        cmocka_unit_test(segments_that_meet_are_one_recording),
        cmocka_unit_test(a_change_of_trust_in_the_clock_is_seen),
        cmocka_unit_test(a_gap_has_the_cause_of_its_row),
        cmocka_unit_test(what_no_row_tells_of_is_unknown),
        cmocka_unit_test(what_is_before_the_oldest_recording_is_not_kept),
        cmocka_unit_test(a_gap_without_length_is_left_out),
        cmocka_unit_test(a_recording_counts_more_than_a_gap_over_it),
        cmocka_unit_test(the_future_is_left_out),
        cmocka_unit_test(what_is_being_written_is_no_gap),
        cmocka_unit_test(overlapping_and_lost_rows_tile_all_the_same),
        ON_A_LINE(nothing_comes_before_the_first_keyframe),
        ON_A_LINE(after_a_second_each_camera_keeps_from_its_newest_keyframe),
        ON_A_LINE(the_only_keyframe_of_a_long_gop_is_kept),
        ON_A_LINE(too_many_bytes_without_a_keyframe_wait_for_the_next_one),
        ON_A_LINE(the_burst_at_the_start_does_not_count_for_ten_seconds),
        ON_A_LINE(init_and_notes_always_stay),
        ON_A_LINE(of_one_camera_only_the_newest_picture_waits),
        ON_A_LINE(a_ping_waits_only_where_nothing_else_does),
        ON_A_LINE(shedding_three_times_in_twenty_seconds_is_slow_and_said_once),
        ON_A_LINE(a_viewer_that_only_lets_notes_pile_up_is_hopeless),
        cmocka_unit_test(five_wrong_tokens_in_thirty_seconds_shut_for_five_minutes),
        cmocka_unit_test(five_wrong_tokens_in_a_minute_do_not),
        cmocka_unit_test(many_addresses_push_out_only_the_quietest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
