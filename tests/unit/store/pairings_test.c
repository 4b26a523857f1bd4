#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "store/pairing_rows.h"

#define NOON        SECONDS_US(1795262400)
#define TEN_MINUTES SECONDS_US(600)

static struct pairing_row phone(uint8_t first)
{
    struct pairing_row row = { .kind = DEVICE_PHONE,
                               .person = (char *)"truong-thon-dong",
                               .by = (char *)"kengctl",
                               .created_us = NOON,
                               .expires_us = NOON + TEN_MINUTES };

    row.hash[0] = first;
    return row;
}

static struct pairing_row screen(uint8_t first, const char *code)
{
    struct pairing_row row = { .kind = DEVICE_SCREEN,
                               .created_us = NOON,
                               .expires_us = NOON + TEN_MINUTES };

    row.hash[0] = first;
    strcpy(row.code, code);
    return row;
}

static struct pairing_row get(struct store *s, const struct pairing_row *row)
{
    struct pairing_row got;
    bool found;

    well(pairing_by_hash(s, row->hash, &got, &found, e));
    assert_true(found);
    return got;
}

static void a_code_is_used_once(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct pairing_row row = phone(1);
    bool first;

    well(pairing_insert(s, &row, e));
    well(pairing_use(s, row.id, NOON + 1, &first, e));
    assert_true(first);
    well(pairing_use(s, row.id, NOON + 2, &first, e));
    assert_false(first);
    struct pairing_row got = get(s, &row);
    assert_int_equal(got.used_us, NOON + 1);
    assert_string_equal(got.person, "truong-thon-dong");
    pairing_row_clear(&got);
    store_close(s);
}

static void a_code_is_over_after_its_time(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct pairing_row row = phone(1);
    bool first;

    well(pairing_insert(s, &row, e));
    well(pairing_use(s, row.id, row.expires_us, &first, e));
    assert_false(first);
    store_close(s);
}

static void a_screen_is_approved_by_what_it_shows(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct pairing_row row = screen(1, "472913"), other = screen(2, "118250");
    bool done;

    well(pairing_insert(s, &row, e));
    well(pairing_insert(s, &other, e));
    well(pairing_approve(s, "472913", "nha-van-hoa", "kengctl", NOON + 1, &done, e));
    assert_true(done);
    struct pairing_row got = get(s, &row);
    assert_string_equal(got.screen, "nha-van-hoa");
    assert_string_equal(got.code, "472913");
    pairing_row_clear(&got);
    got = get(s, &other);
    assert_null(got.screen);
    pairing_row_clear(&got);
    well(pairing_approve(s, "472913", "nha-van-hoa", "kengctl", NOON + 2, &done, e));
    assert_false(done);
    well(pairing_approve(s, "118250", "nha-van-hoa", "kengctl", other.expires_us, &done, e));
    assert_false(done);
    store_close(s);
}

static void digits_that_two_screens_show_approve_neither(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct pairing_row row = screen(1, "472913"), other = screen(2, "472913");
    bool done;

    well(pairing_insert(s, &row, e));
    well(pairing_insert(s, &other, e));
    well(pairing_approve(s, "472913", "nha-van-hoa", "kengctl", NOON + 1, &done, e));
    assert_false(done);
    store_close(s);
}

static void screens_that_wait_are_counted_and_old_ones_forgotten(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct pairing_row row = screen(1, "472913"), later = screen(2, "118250");
    struct pairing_row got;
    int64_t count;
    bool found;

    well(pairing_insert(s, &row, e));
    well(pairings_waiting(s, NOON, &count, e));
    assert_int_equal(count, 1);
    later.created_us = NOON + SECONDS_US(2 * 86400);
    later.expires_us = later.created_us + TEN_MINUTES;
    well(pairing_insert(s, &later, e));
    well(pairings_waiting(s, later.created_us, &count, e));
    assert_int_equal(count, 1);
    well(pairing_by_hash(s, row.hash, &got, &found, e));
    assert_false(found);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_code_is_used_once),
        TEST(a_code_is_over_after_its_time),
        TEST(a_screen_is_approved_by_what_it_shows),
        TEST(digits_that_two_screens_show_approve_neither),
        TEST(screens_that_wait_are_counted_and_old_ones_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
