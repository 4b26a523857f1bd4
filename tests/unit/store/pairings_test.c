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

static bool is_there(struct store *s, const struct pairing_row *row)
{
    struct pairing_row got;
    bool found;

    well(pairing_by_hash(s, row->hash, &got, &found, e));
    pairing_row_clear(&got);
    return found;
}

static void the_oldest_screen_that_waits_makes_room_and_old_ones_are_forgotten(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct pairing_row approved = screen(1, "472913"), row = screen(2, "118250"),
                       other = screen(3, "640117"), later = screen(4, "550218");
    bool done;

    well(pairing_insert(s, &approved, e));
    well(pairing_approve(s, "472913", "nha-van-hoa", "kengctl", NOON + 1, &done, e));
    assert_true(done);
    well(pairing_insert(s, &row, e));
    well(pairing_insert(s, &other, e));
    well(pairings_make_room(s, NOON + 1, 3, e));
    assert_true(is_there(s, &row));
    well(pairings_make_room(s, NOON + 1, 2, e));
    assert_false(is_there(s, &row));
    assert_true(is_there(s, &other));
    assert_true(is_there(s, &approved));

    later.created_us = NOON + SECONDS_US(2 * 86400);
    later.expires_us = later.created_us + TEN_MINUTES;
    well(pairing_insert(s, &later, e));
    assert_false(is_there(s, &other));
    assert_true(is_there(s, &later));
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
        TEST(the_oldest_screen_that_waits_makes_room_and_old_ones_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
