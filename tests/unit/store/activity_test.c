#include <string.h>

#include "scratch.h"
#include "store/activity_rows.h"
#include "store/segment_rows.h"

/* 2026-11-21T00:00:00Z */
#define DAY SECONDS_US(1795219200)

static struct active_second second(int at_s, int cell)
{
    struct active_second made = { .at_us = DAY + SECONDS_US(at_s) };

    made.cells[cell / 8] = (uint8_t)(1 << cell % 8);
    return made;
}

struct seen {
    int count;
    int64_t at_s[16];
    int cells[16];
};

static bool see(void *arg, const struct active_second *one)
{
    struct seen *seen = arg;
    uint8_t all[GRID_BYTES];

    memset(all, 0xff, sizeof all);
    assert_in_range(seen->count, 0, 15);
    seen->at_s[seen->count] = (one->at_us - DAY) / 1000000;
    seen->cells[seen->count++] = grid_common(one->cells, all);
    return true;
}

static struct seen look(struct store *s, const char *camera, int from_s, int to_s)
{
    struct seen seen = { 0 };

    well(activity_each(s, camera, DAY + SECONDS_US(from_s), DAY + SECONDS_US(to_s), see, &seen,
                       e));
    return seen;
}

static void add(struct store *s, const char *camera, int at_s, int cell)
{
    struct active_second one = second(at_s, cell);

    well(activity_add(s, camera, &one, 1, e));
}

static void seconds_come_back_by_minute(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct active_second two[] = { second(61, 0), second(119, 143) };

    well(activity_add(s, "gate", two, 2, e));
    add(s, "gate", 3, 17);
    add(s, "lane", 4, 17);
    struct seen seen = look(s, "gate", 0, 200);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.at_s[0], 3);
    assert_int_equal(seen.at_s[1], 61);
    assert_int_equal(seen.at_s[2], 119);
    store_close(s);
}

static void a_minute_grows_and_keeps_every_byte(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);

    for (int i = 0; i < 10; i++)
        add(s, "gate", i, i * 14); /* second 0 is a byte of zeros */
    struct seen seen = look(s, "gate", 0, 60);
    assert_int_equal(seen.count, 10);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(seen.at_s[i], i);
        assert_int_equal(seen.cells[i], 1);
    }
    store_close(s);
}

static void only_what_lies_between_is_given(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);

    add(s, "gate", 10, 1);
    add(s, "gate", 11, 1);
    add(s, "gate", 12, 1);
    assert_int_equal(look(s, "gate", 11, 12).count, 1);
    assert_int_equal(look(s, "gate", 11, 12).at_s[0], 11);
    assert_int_equal(look(s, "gate", 13, 60).count, 0);
    store_close(s);
}

static void a_box_is_the_cells_that_it_touches(void **state)
{
    uint8_t cells[GRID_BYTES], all[GRID_BYTES];

    memset(all, 0xff, sizeof all);
    grid_of_box((double[]){ 0, 0, 1, 1 }, cells);
    assert_int_equal(grid_common(cells, all), GRID_COLUMNS * GRID_ROWS);
    grid_of_box((double[]){ 0.5, 0, 0.625, 1.0 / 9 }, cells);
    assert_int_equal(grid_common(cells, all), 2);
    assert_int_equal(cells[1], 3);
    grid_of_box((double[]){ 0.99, 0.99, 0.995, 0.999 }, cells);
    assert_int_equal(grid_common(cells, all), 1);
    assert_int_equal(cells[GRID_BYTES - 1], 0x80);
}

static void the_grid_goes_with_the_footage(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);
    struct segment_row row = { .camera = (char *)"gate",
                               .run_us = DAY,
                               .start_us = DAY + SECONDS_US(120),
                               .end_us = DAY + SECONDS_US(180),
                               .path = (char *)"gate/1.mp4",
                               .codecs = (char *)"" };

    add(s, "gate", 59, 1);
    add(s, "gate", 121, 1);
    add(s, "lane", 59, 1); /* has no footage */
    add(s, "lane", 3601, 1);
    well(segment_insert(s, &row, e));
    well(activity_forget(s, DAY + SECONDS_US(3600), e));
    assert_int_equal(look(s, "gate", 0, 4000).count, 1);
    assert_int_equal(look(s, "gate", 0, 4000).at_s[0], 121);
    assert_int_equal(look(s, "lane", 0, 4000).count, 1);
    assert_int_equal(look(s, "lane", 0, 4000).at_s[0], 3601);
    store_close(s);
}

static void seconds_move_with_the_clock(void **state)
{
    struct store *s = scratch_open(*state, STORE_RECORDS);

    /* Three days, and what lies before them, which was right; an offset that is smaller. */
    add(s, "gate", -30, 1);
    for (int day = 0; day < 3; day++)
        for (int at = 10; at < 200; at += 60)
            add(s, "gate", day * 86400 + at, 2);
    add(s, "lane", 59, 3);
    well(activity_move(s, DAY, DAY + SECONDS_US(3 * 86400), MILLIS_US(70400), e));
    struct seen seen = look(s, "gate", -100, 4 * 86400);
    assert_int_equal(seen.count, 1 + 3 * 4);
    assert_int_equal(seen.at_s[0], -30);
    for (int i = 0; i < 12; i++)
        assert_int_equal(seen.at_s[1 + i], i / 4 * 86400 + 10 + i % 4 * 60 + 70);
    seen = look(s, "lane", 0, 200);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.at_s[0], 129);
    well(activity_move(s, DAY, DAY + SECONDS_US(4 * 86400), -SECONDS_US(70), e));
    seen = look(s, "gate", 0, 4 * 86400);
    assert_int_equal(seen.count, 12);
    assert_int_equal(seen.at_s[0], 10);
    store_close(s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(seconds_come_back_by_minute),
        TEST(a_minute_grows_and_keeps_every_byte),
        TEST(only_what_lies_between_is_given),
        TEST(a_box_is_the_cells_that_it_touches),
        TEST(the_grid_goes_with_the_footage),
        TEST(seconds_move_with_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
