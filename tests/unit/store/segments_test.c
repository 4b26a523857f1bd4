#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "store/segment_rows.h"

/* 2026-11-21T00:00:00Z */
#define DAY SECONDS_US(1795219200)

static struct segment_row segment(const char *camera, int64_t start_us, int64_t end_us)
{
    static char path[96];

    snprintf(path, sizeof path, "%s/%lld.mp4", camera, (long long)start_us);
    return (struct segment_row){ .camera = (char *)camera,
                                 .run_us = DAY,
                                 .path = path,
                                 .start_us = start_us,
                                 .end_us = end_us,
                                 .bytes = 1000,
                                 .codecs = (char *)"avc1.4d0028",
                                 .clock_trusted = true };
}

static int64_t insert(struct store *s, struct segment_row row)
{
    well(segment_insert(s, &row, e));
    return row.id;
}

/* Starts of the segments in seconds after DAY, as "60 120". */
static const char *starts(const struct segment_list *list)
{
    static char text[256];
    size_t at = 0;

    text[0] = 0;
    for (size_t i = 0; i < list->count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%lld", i ? " " : "",
                               (long long)((list->rows[i].start_us - DAY) / 1000000));
    return text;
}

static void expect_between(struct store *s, const char *camera, int from_s, int to_s,
                           const char *expected)
{
    struct segment_list list;

    well(segments_between(s, camera, DAY + SECONDS_US(from_s), DAY + SECONDS_US(to_s),
                          &list, e));
    assert_string_equal(starts(&list), expected);
    segment_list_free(&list);
}

static void minutes(struct store *s, const char *camera, int count)
{
    for (int i = 0; i < count; i++)
        insert(s,
               segment(camera, DAY + SECONDS_US(60 * i), DAY + SECONDS_US(60 * (i + 1))));
}

static void a_segment_comes_back_as_it_was_stored(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_row row = segment("gate", DAY, DAY + SECONDS_US(60)), got;

    row.open = true;
    well(segment_insert(s, &row, e));
    well(segment_get(s, row.id, &got, e));
    assert_int_equal(got.id, row.id);
    assert_string_equal(got.camera, "gate");
    assert_int_equal(got.run_us, DAY);
    assert_int_equal(got.start_us, row.start_us);
    assert_int_equal(got.end_us, row.end_us);
    assert_string_equal(got.path, row.path);
    assert_int_equal(got.bytes, 1000);
    assert_string_equal(got.codecs, "avc1.4d0028");
    assert_true(got.open);
    assert_true(got.clock_trusted);
    assert_false(got.lost);
    segment_row_clear(&got);
    well(segment_get(s, row.id + 1, &got, e));
    assert_int_equal(got.id, 0);
    store_close(s);
}

static void a_file_has_one_row(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_row row = segment("gate", DAY, DAY + SECONDS_US(60));
    struct error err = { .kind = ERR_NONE };

    insert(s, row);
    assert_false(segment_insert(s, &row, &err));
    assert_int_equal(err.kind, ERR_STORE);
    store_close(s);
}

static void a_segment_longer_than_a_day_is_refused(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_row row = segment("gate", DAY, DAY + SECONDS_US(86401));
    struct error err;

    assert_false(segment_insert(s, &row, &err));
    row.end_us = row.start_us - 1;
    assert_false(segment_insert(s, &row, &err));
    row.end_us = row.start_us;
    insert(s, row);
    store_close(s);
}

static void what_touches_a_stretch_is_found_oldest_first(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);

    minutes(s, "gate", 5);
    minutes(s, "pond", 5);
    expect_between(s, "gate", 60, 180, "60 120");
    expect_between(s, "gate", 59, 181, "0 60 120 180");
    expect_between(s, "gate", 70, 71, "60");
    expect_between(s, "gate", 300, 900, "");
    expect_between(s, "field", 0, 900, "");
    store_close(s);
}

static void a_segment_as_long_as_a_day_is_found_at_its_end(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);

    insert(s, segment("gate", DAY, DAY + SECONDS_US(86400)));
    expect_between(s, "gate", 86399, 90000, "0");
    expect_between(s, "gate", 86400, 90000, "");
    store_close(s);
}

static void a_growing_segment_moves_its_end(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_row row = segment("gate", DAY, DAY);
    struct segment_list list;

    row.open = true;
    well(segment_insert(s, &row, e));
    well(segments_open(s, &list, e));
    assert_int_equal(list.count, 1);
    segment_list_free(&list);
    well(segment_extend(s, row.id, DAY + SECONDS_US(30), 5000, true, e));
    expect_between(s, "gate", 20, 40, "0");
    well(segment_extend(s, row.id, DAY + SECONDS_US(60), 9000, false, e));
    well(segments_open(s, &list, e));
    assert_int_equal(list.count, 0);
    segment_list_free(&list);
    store_close(s);
}

static void the_oldest_closed_ones_come_first(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_row growing = segment("pond", DAY - SECONDS_US(600), DAY);
    struct segment_list list;

    growing.open = true;
    insert(s, growing);
    minutes(s, "gate", 5);
    insert(s, segment("pond", DAY + SECONDS_US(90), DAY + SECONDS_US(150)));
    well(segments_oldest(s, &(struct segment_wish){ .before_us = DAY + SECONDS_US(200), .limit = 10 },
                         &list, e));
    assert_string_equal(starts(&list), "0 60 90 120");
    segment_list_free(&list);
    well(segments_oldest(s, &(struct segment_wish){ .before_us = DAY + SECONDS_US(900), .limit = 2 },
                         &list, e));
    assert_string_equal(starts(&list), "0 60");
    segment_list_free(&list);
    well(segments_oldest(s,
                         &(struct segment_wish){ .camera = "pond",
                                                 .before_us = DAY + SECONDS_US(900),
                                                 .limit = 10 },
                         &list, e));
    assert_string_equal(starts(&list), "90");
    segment_list_free(&list);
    store_close(s);
}

static void expect_extent(struct store *s, const char *camera, int64_t first_us,
                          int64_t last_us, int64_t bytes)
{
    int64_t first, last, sum;

    well(segments_extent(s, camera, &first, &last, &sum, e));
    assert_int_equal(first, first_us);
    assert_int_equal(last, last_us);
    assert_int_equal(sum, bytes);
}

static void the_extent_follows_every_change(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);

    expect_extent(s, "gate", 0, 0, 0);
    minutes(s, "gate", 3);
    minutes(s, "pond", 1);
    expect_extent(s, "gate", DAY, DAY + SECONDS_US(180), 3000);
    int64_t id = insert(s, segment("gate", DAY + SECONDS_US(180), DAY + SECONDS_US(180)));
    well(segment_extend(s, id, DAY + SECONDS_US(190), 7000, true, e));
    expect_extent(s, "gate", DAY, DAY + SECONDS_US(190), 10000);
    well(segment_delete(s, id, e));
    expect_extent(s, "gate", DAY, DAY + SECONDS_US(180), 3000);
    store_close(s);
}

static void a_lost_segment_counts_nowhere_until_it_comes_back(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_list list;
    int64_t id = insert(s, segment("gate", DAY, DAY + SECONDS_US(60)));

    insert(s, segment("gate", DAY + SECONDS_US(60), DAY + SECONDS_US(120)));
    well(segment_set_lost(s, id, true, e));
    expect_between(s, "gate", 0, 900, "60");
    expect_extent(s, "gate", DAY + SECONDS_US(60), DAY + SECONDS_US(120), 1000);
    well(segments_oldest(s, &(struct segment_wish){ .before_us = DAY + SECONDS_US(900), .limit = 10 },
                         &list, e));
    assert_string_equal(starts(&list), "60");
    segment_list_free(&list);
    well(segment_set_lost(s, id, false, e));
    expect_between(s, "gate", 0, 900, "0 60");
    expect_extent(s, "gate", DAY, DAY + SECONDS_US(120), 2000);
    well(segment_set_lost(s, id, true, e));
    well(segment_delete(s, id, e));
    expect_extent(s, "gate", DAY + SECONDS_US(60), DAY + SECONDS_US(120), 1000);
    store_close(s);
}

static void a_run_moves_when_the_clock_is_set_right(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_row row = segment("gate", DAY, DAY + SECONDS_US(60));
    struct segment_row got;

    row.clock_trusted = false;
    row.run_us = 5;
    row.id = insert(s, row);
    minutes(s, "pond", 1);
    well(segments_reanchor(s,
                           &(struct reanchor){ "gate", 5, SECONDS_US(3600), INT64_MAX, "", true },
                           e));
    expect_between(s, "gate", 3600, 3700, "3600");
    expect_between(s, "pond", 0, 100, "0");
    well(segment_get(s, row.id, &got, e));
    assert_true(got.clock_trusted);
    assert_int_equal(got.end_us, DAY + SECONDS_US(3660));
    segment_row_clear(&got);
    store_close(s);
}

static int64_t gap(struct store *s, int from_s, int to_s, enum gap_cause cause)
{
    struct gap_row row = { .camera = (char *)"gate",
                           .start_us = DAY + SECONDS_US(from_s),
                           .end_us = to_s ? DAY + SECONDS_US(to_s) : 0,
                           .cause = cause,
                           .detail = (char *)"cable" };

    well(gap_begin(s, &row, e));
    return row.id;
}

static void gaps_are_found_with_their_cause_and_the_open_one_reaches_on(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct gap_list list;

    gap(s, 100, 200, GAP_NETWORK);
    gap(s, 300, 400, GAP_LOGIN);
    int64_t id = gap(s, 500, 0, GAP_DISK);
    well(
        gaps_between(s, "gate", DAY + SECONDS_US(200), DAY + SECONDS_US(9000), &list, e));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.rows[0].cause, GAP_LOGIN);
    assert_int_equal(list.rows[1].cause, GAP_DISK);
    assert_int_equal(list.rows[1].end_us, 0);
    assert_string_equal(list.rows[1].detail, "cable");
    gap_list_free(&list);
    well(gaps_open(s, &list, e));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.rows[0].id, id);
    gap_list_free(&list);
    struct gap_row ended = { .id = id,
                             .start_us = DAY + SECONDS_US(500),
                             .end_us = DAY + SECONDS_US(600),
                             .ended = GAP_END_PERSON,
                             .ended_by = (char *)"An" };
    well(gap_change(s, &ended, e));
    well(
        gaps_between(s, "gate", DAY + SECONDS_US(550), DAY + SECONDS_US(9000), &list, e));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.rows[0].ended, GAP_END_PERSON);
    assert_string_equal(list.rows[0].ended_by, "An");
    gap_list_free(&list);
    well(
        gaps_between(s, "gate", DAY + SECONDS_US(600), DAY + SECONDS_US(9000), &list, e));
    assert_int_equal(list.count, 0);
    gap_list_free(&list);
    store_close(s);
}

static void ended_gaps_of_forgotten_days_are_taken_away(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct gap_list list;

    gap(s, 100, 200, GAP_NETWORK);
    gap(s, 150, 0, GAP_CAMERA);
    gap(s, 300, 400, GAP_LOGIN);
    well(gaps_forget(s, "gate", DAY + SECONDS_US(200), e));
    well(gaps_between(s, "gate", DAY, DAY + SECONDS_US(9000), &list, e));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.rows[0].cause, GAP_CAMERA);
    gap_list_free(&list);
    store_close(s);
}

static void every_cause_has_its_word(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct gap_list list;

    for (int cause = GAP_UNKNOWN; cause <= GAP_CLOCK; cause++)
        gap(s, cause, cause + 1, (enum gap_cause)cause);
    well(gaps_between(s, "gate", DAY, DAY + SECONDS_US(100), &list, e));
    assert_int_equal(list.count, GAP_CLOCK + 1);
    for (int cause = GAP_UNKNOWN; cause <= GAP_CLOCK; cause++)
        assert_int_equal(list.rows[cause].cause, cause);
    assert_string_equal(gap_cause_word(GAP_RULE), "rule");
    gap_list_free(&list);
    store_close(s);
}

/* What a month of a dozen cameras comes to. */
static void two_hundred_thousand_segments_are_stored_and_one_day_is_found(void **state)
{
    enum { CAMERAS = 10, EACH = 20000 };
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_list list;
    char camera[16];

    well(store_begin(s, e));
    for (int i = 0; i < EACH; i++)
        for (int c = 0; c < CAMERAS; c++) {
            snprintf(camera, sizeof camera, "camera-%d", c);
            insert(s, segment(camera, DAY + SECONDS_US(60) * i,
                              DAY + SECONDS_US(60) * (i + 1)));
        }
    well(store_commit(s, e));
    int64_t started = clock_mono_us();
    well(segments_between(s, "camera-3", DAY + SECONDS_US(86400),
                          DAY + SECONDS_US(2 * 86400), &list, e));
    print_message("a day among %d: %lld us\n", CAMERAS * EACH,
                  (long long)(clock_mono_us() - started));
    assert_int_equal(list.count, 1440);
    segment_list_free(&list);
    expect_extent(s, "camera-9", DAY, DAY + SECONDS_US(60) * EACH, 1000 * EACH);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_segment_comes_back_as_it_was_stored),
        TEST(a_file_has_one_row),
        TEST(a_segment_longer_than_a_day_is_refused),
        TEST(what_touches_a_stretch_is_found_oldest_first),
        TEST(a_segment_as_long_as_a_day_is_found_at_its_end),
        TEST(a_growing_segment_moves_its_end),
        TEST(the_oldest_closed_ones_come_first),
        TEST(the_extent_follows_every_change),
        TEST(a_lost_segment_counts_nowhere_until_it_comes_back),
        TEST(a_run_moves_when_the_clock_is_set_right),
        TEST(gaps_are_found_with_their_cause_and_the_open_one_reaches_on),
        TEST(ended_gaps_of_forgotten_days_are_taken_away),
        TEST(every_cause_has_its_word),
        TEST(two_hundred_thousand_segments_are_stored_and_one_day_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
