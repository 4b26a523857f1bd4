#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "store/access_rows.h"
#include "store/export_rows.h"

/* 2026-11-21T00:00:00Z */
#define DAY SECONDS_US(1795219200)

static struct export_row wish(const char *id, int at_s)
{
    struct export_row row = { .asked_us = DAY + SECONDS_US(at_s),
                              .who = (char *)"Trực ban xã",
                              .cameras = (char *)"gate\nlane",
                              .from_us = DAY,
                              .to_us = DAY + SECONDS_US(600),
                              .reason = (char *)"Cung cấp cho công an xã",
                              .document = (char *)"12/CV" };

    strcpy(row.id, id);
    return row;
}

static void insert(struct store *s, const char *id, int at_s)
{
    struct export_row row = wish(id, at_s);

    well(export_insert(s, &row, e));
}

static void finish(struct store *s, const char *id, int done_s)
{
    struct export_row row = wish(id, 0);

    row.state = EXPORT_DONE;
    row.done_us = DAY + SECONDS_US(done_s);
    row.bytes = 1000;
    row.sha256 = (char *)"ab";
    well(export_update(s, &row, e));
}

static void an_export_is_in_the_access_log_from_the_moment_it_is_asked_for(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct access_list log;
    struct export_row got;
    bool found;

    insert(s, "A", 1);
    well(export_get(s, "A", &got, &found, e));
    assert_true(found);
    assert_int_equal(got.state, EXPORT_WAITING);
    assert_string_equal(got.cameras, "gate\nlane");
    assert_string_equal(got.document, "12/CV");
    export_row_clear(&got);
    well(access_list_rows(s, 0, 10, &log, e));
    assert_int_equal(log.count, 1);
    assert_string_equal(log.rows[0].what, "export");
    assert_string_equal(log.rows[0].who, "Trực ban xã");
    assert_string_equal(log.rows[0].object,
                        "camera:gate lane 2026-11-21T00:00:00.000Z "
                        "2026-11-21T00:10:00.000Z export:A");
    access_list_free(&log);
    store_close(s);
}

static void what_ran_when_kengd_ended_is_given_up(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct export_list list;

    insert(s, "A", 1);
    insert(s, "B", 2);
    finish(s, "A", 10);
    well(exports_give_up(s, "kengd ended", DAY + SECONDS_US(20), e));
    well(exports_list(s, 0, 10, &list, e));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.rows[0].id, "B");
    assert_int_equal(list.rows[0].state, EXPORT_FAILED);
    assert_string_equal(list.rows[0].why, "kengd ended");
    assert_int_equal(list.rows[1].state, EXPORT_DONE);
    export_list_free(&list);
    store_close(s);
}

static void packages_are_outlived_by_age_and_by_number(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct export_list list;

    insert(s, "A", 1);
    insert(s, "B", 2);
    insert(s, "C", 3);
    finish(s, "A", 10);
    finish(s, "B", 20);
    well(exports_outlived(s, DAY + SECONDS_US(15), 10, &list, e));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.rows[0].id, "A");
    export_list_free(&list);
    well(exports_outlived(s, DAY, 1, &list, e));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.rows[0].id, "A");
    export_list_free(&list);
    store_close(s);
}

static bool may(void *arg, const char *camera)
{
    return !strstr(camera, arg);
}

static void who_may_not_see_one_camera_may_not_see_the_export(void **state)
{
    struct export_row row = wish("A", 0);

    assert_true(export_all_cameras(&row, may, (char *)"none"));
    assert_false(export_all_cameras(&row, may, (char *)"lane"));
    row.cameras = (char *)"";
    assert_false(export_all_cameras(&row, may, (char *)"none"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_export_is_in_the_access_log_from_the_moment_it_is_asked_for),
        TEST(what_ran_when_kengd_ended_is_given_up),
        TEST(packages_are_outlived_by_age_and_by_number),
        TEST(who_may_not_see_one_camera_may_not_see_the_export),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
