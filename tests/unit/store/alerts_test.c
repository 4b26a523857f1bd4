#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "store/alert_rows.h"

#define NIGHT SECONDS_US(1795266000)

static struct event_row event(int at_s, const char *camera, const char *area)
{
    struct event_row row = { .kind = EVENT_MOTION,
                             .camera = (char *)camera,
                             .area = (char *)area,
                             .start_us = NIGHT + SECONDS_US(at_s),
                             .score = 40 };

    row_id_new(row.start_us, row.id);
    return row;
}

static struct alert_row alert(int at_s, const char *camera, const char *area)
{
    struct alert_row row = { .event = event(at_s, camera, area),
                             .rank = 1,
                             .raised_us = NIGHT + SECONDS_US(at_s) };

    row_id_new(row.raised_us, row.id);
    return row;
}

static void insert(struct store *s, const struct alert_row *row)
{
    well(event_insert(s, &row->event, e));
    well(alert_insert(s, row, e));
}

static void an_alert_comes_back_with_its_event(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct alert_row row = alert(5, "gate", "thon-dong"), got;
    bool found;

    row.event.zone = (char *)"cong";
    row.event.picture = (char *)"2026-11-21/x.jpg";
    row.event.box[2] = 0.5f;
    row.escalate_us = NIGHT + SECONDS_US(305);
    insert(s, &row);
    well(alert_get(s, row.id, &got, &found, e));
    assert_true(found);
    assert_string_equal(got.id, row.id);
    assert_string_equal(got.event.id, row.event.id);
    assert_string_equal(got.event.camera, "gate");
    assert_string_equal(got.event.area, "thon-dong");
    assert_string_equal(got.event.zone, "cong");
    assert_string_equal(got.event.picture, "2026-11-21/x.jpg");
    assert_float_equal(got.event.box[2], 0.5, 0);
    assert_null(got.event.note);
    assert_int_equal(got.state, ALERT_OPEN);
    assert_int_equal(got.rank, 1);
    assert_int_equal(got.escalate_us, row.escalate_us);
    assert_null(got.answered_by);
    struct alert_row copied = alert_row_copy(&got);
    alert_row_clear(&got);
    assert_string_equal(copied.event.area, "thon-dong");
    alert_row_clear(&copied);
    well(alert_of_event(s, row.event.id, &got, &found, e));
    assert_string_equal(got.id, row.id);
    alert_row_clear(&got);
    well(alert_get(s, "nothing", &got, &found, e));
    assert_false(found);
    store_close(s);
}

static void an_answer_is_kept(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct alert_row row = alert(5, "gate", "thon-dong"), got;
    bool found;

    insert(s, &row);
    row.state = ALERT_FALSE;
    row.answered_by = (char *)"Trưởng thôn Đông";
    row.answered_us = NIGHT + SECONDS_US(60);
    row.answer_note = (char *)"con chó";
    row.closed_by = (char *)"Trực ban xã";
    row.closed_us = NIGHT + SECONDS_US(70);
    row.rank = 2;
    row.merged = 3;
    row.cameras = (char *)"pond lane";
    well(alert_update(s, &row, e));
    well(alert_get(s, row.id, &got, &found, e));
    assert_int_equal(got.state, ALERT_FALSE);
    assert_string_equal(got.answered_by, "Trưởng thôn Đông");
    assert_int_equal(got.answered_us, row.answered_us);
    assert_string_equal(got.answer_note, "con chó");
    assert_string_equal(got.closed_by, "Trực ban xã");
    assert_int_equal(got.closed_us, row.closed_us);
    assert_int_equal(got.rank, 2);
    assert_int_equal(got.merged, 3);
    assert_string_equal(got.cameras, "pond lane");
    alert_row_clear(&got);
    store_close(s);
}

static void an_alert_needs_its_event(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct alert_row row = alert(5, "gate", "thon-dong");
    struct error err = { .kind = ERR_NONE };

    assert_false(alert_insert(s, &row, &err));
    assert_int_equal(err.kind, ERR_STORE);
    store_close(s);
}

static struct event_row get_event(struct store *s, const char *id)
{
    struct event_row row;
    bool found;

    well(event_get(s, id, &row, &found, e));
    assert_true(found);
    return row;
}

static void an_event_keeps_its_highest_score_and_its_end(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct event_row row = event(5, "gate", "thon-dong"), got;

    well(event_insert(s, &row, e));
    row.picture = (char *)"b.jpg";
    row.box[3] = 0.4f;
    row.score = 60;
    row.seen_us = NIGHT + SECONDS_US(15);
    well(event_better(s, &row, e));
    row.picture = NULL;
    row.score = 50;
    well(event_better(s, &row, e));
    row.end_us = NIGHT + SECONDS_US(20);
    row.score = 30;
    row.way = (struct way){ 2, { { 0.25f, 1, 0 }, { 0.5f, 0.75f, 900 } } };
    well(event_end(s, &row, e));
    row.way.count = 0; /* unknown: what was known stays */
    well(event_end(s, &row, e));
    got = get_event(s, row.id);
    assert_int_equal(got.way.count, 2);
    assert_float_equal(got.way.at[1].y, 0.75, 0);
    assert_int_equal(got.way.at[1].ms, 900);
    assert_int_equal(got.score, 60);
    assert_int_equal(got.seen_us, NIGHT + SECONDS_US(15));
    assert_int_equal(got.end_us, NIGHT + SECONDS_US(20));
    assert_string_equal(got.picture, "b.jpg");
    assert_float_equal(got.box[3], 0.4, 0.0001);
    event_row_clear(&got);
    store_close(s);
}

static void what_was_going_on_is_closed_where_it_was_last_seen(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct event_row open = event(5, "gate", "thon-dong"), got;
    struct event_row ended = event(6, "pond", "thon-dong");

    open.seen_us = NIGHT + SECONDS_US(9);
    ended.seen_us = NIGHT + SECONDS_US(9);
    ended.end_us = NIGHT + SECONDS_US(7);
    well(event_insert(s, &open, e));
    well(event_insert(s, &ended, e));
    well(events_close(s, e));
    got = get_event(s, open.id);
    assert_int_equal(got.end_us, NIGHT + SECONDS_US(9));
    event_row_clear(&got);
    got = get_event(s, ended.id);
    assert_int_equal(got.end_us, NIGHT + SECONDS_US(7));
    event_row_clear(&got);
    store_close(s);
}

static void pictures_are_forgotten_for_a_stretch_of_time(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct event_row old = event(5, "gate", "thon-dong"), got;
    struct event_row young = event(50, "gate", "thon-dong");

    old.picture = young.picture = (char *)"x.jpg";
    well(event_insert(s, &old, e));
    well(event_insert(s, &young, e));
    well(events_forget_pictures(s, NIGHT, NIGHT + SECONDS_US(50), e));
    got = get_event(s, old.id);
    assert_null(got.picture);
    event_row_clear(&got);
    got = get_event(s, young.id);
    assert_string_equal(got.picture, "x.jpg");
    event_row_clear(&got);
    store_close(s);
}

/* Seconds after NIGHT, newest first, as "30 20 10". */
static const char *listed(struct store *s, const struct row_filter *filter, bool alerts)
{
    static char text[200];
    struct event_list events = { 0 };
    struct alert_list list = { 0 };
    size_t at = 0;

    text[0] = 0;
    if (alerts)
        well(alerts_list(s, filter, &list, e));
    else
        well(events_list(s, filter, &events, e));
    for (size_t i = 0; i < list.count + events.count; i++) {
        int64_t at_us = alerts ? list.rows[i].raised_us : events.rows[i].start_us;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%lld", i ? " " : "",
                               (long long)((at_us - NIGHT) / 1000000));
    }
    alert_list_free(&list);
    event_list_free(&events);
    return text;
}

static void a_list_honours_filter_limit_and_before(void **state)
{
    static const char *const east[] = { "thon-dong", "xom-moi" };
    static const char *const part[] = { "thon" };
    struct store *s = scratch_open(*state, STORE_DUTIES);

    for (int i = 1; i <= 6; i++) {
        struct alert_row row =
            alert(10 * i, i % 2 ? "gate" : "pond", i % 2 ? "thon-dong" : "thon-tay");
        insert(s, &row);
        if (i < 3) {
            row.state = i == 1 ? ALERT_RESOLVED : ALERT_ACKNOWLEDGED;
            well(alert_update(s, &row, e));
        }
    }
    for (int alerts = 0; alerts < 2; alerts++) {
        const struct {
            struct row_filter filter;
            const char *expected;
        } rows[] = {
            { { 0 }, "60 50 40 30 20 10" },
            { { .limit = 2 }, "60 50" },
            { { .before_us = NIGHT + SECONDS_US(50), .limit = 2 }, "40 30" },
            { { .from_us = NIGHT + SECONDS_US(20), .to_us = NIGHT + SECONDS_US(40) },
              "30 20" },
            { { .camera = "pond", .limit = 2 }, "60 40" },
            { { .areas = east, .area_count = 2 }, "50 30 10" },
            { { .areas = part, .area_count = 1 }, "" },
            { { .areas = east, .area_count = 0 }, "" },
            { { .areas = east, .area_count = 2, .camera = "pond" }, "" },
        };
        for (size_t i = 0; i < COUNT_OF(rows); i++)
            assert_string_equal(listed(s, &rows[i].filter, alerts), rows[i].expected);
    }
    struct row_filter running = { .open_only = true };
    assert_string_equal(listed(s, &running, true), "60 50 40 30 20");
    store_close(s);
}

static void only_unanswered_alerts_become_due_the_earliest_first(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct alert_list due;
    int64_t next_us = -1;

    well(alerts_next_due(s, &next_us, e));
    assert_int_equal(next_us, 0);
    for (int i = 1; i <= 4; i++) {
        struct alert_row row = alert(i, "gate", "thon-dong");
        row.escalate_us = i == 4 ? 0 : NIGHT + SECONDS_US(100 - i);
        insert(s, &row);
        if (i == 2) {
            row.state = ALERT_ACKNOWLEDGED;
            well(alert_update(s, &row, e));
        }
    }
    well(alerts_due(s, NIGHT + SECONDS_US(96), &due, e));
    assert_int_equal(due.count, 0);
    alert_list_free(&due);
    well(alerts_due(s, NIGHT + SECONDS_US(99), &due, e));
    assert_int_equal(due.count, 2);
    assert_int_equal(due.rows[0].escalate_us, NIGHT + SECONDS_US(97));
    assert_int_equal(due.rows[1].escalate_us, NIGHT + SECONDS_US(99));
    alert_list_free(&due);
    well(alerts_next_due(s, &next_us, e));
    assert_int_equal(next_us, NIGHT + SECONDS_US(97));
    well(alerts_hasten(s, NIGHT + SECONDS_US(60), e));
    well(alerts_due(s, NIGHT + SECONDS_US(60), &due, e));
    assert_int_equal(due.count, 2);
    alert_list_free(&due);
    store_close(s);
}

/* What two phones do at once: read, and write only what is still open, under one lock. */
static bool acknowledge(struct store *s, const char *id, const char *who)
{
    struct alert_row row;
    bool found, first;

    well(store_begin(s, e));
    well(alert_get(s, id, &row, &found, e));
    assert_true(found);
    first = row.state == ALERT_OPEN;
    if (first) {
        row.state = ALERT_ACKNOWLEDGED;
        row.answered_by = xstrdup(who);
        well(alert_update(s, &row, e));
    }
    alert_row_clear(&row);
    well(store_commit(s, e));
    return first;
}

static void the_first_answer_wins(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct store *other = scratch_open(*state, STORE_DUTIES);
    struct alert_row row = alert(1, "gate", "thon-dong"), got;
    bool found;

    insert(s, &row);
    assert_true(acknowledge(s, row.id, "An"));
    assert_false(acknowledge(other, row.id, "Bình"));
    well(alert_get(other, row.id, &got, &found, e));
    assert_string_equal(got.answered_by, "An");
    alert_row_clear(&got);
    store_close(other);
    store_close(s);
}

static void deliveries_wait_until_they_are_taken(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct alert_row row = alert(1, "gate", "thon-dong");
    struct delivery_row one = { .recipient = (char *)"person:an",
                                .channel = (char *)"page",
                                .at_us = NIGHT };
    struct delivery_row two = { .recipient = (char *)"screen:nha-van-hoa",
                                .channel = (char *)"page",
                                .at_us = NIGHT };
    struct delivery_list list;

    insert(s, &row);
    strcpy(one.alert, row.id);
    strcpy(two.alert, row.id);
    well(delivery_insert(s, &one, e));
    well(delivery_insert(s, &two, e));
    two.state = DELIVERY_GIVEN_UP;
    well(delivery_insert(s, &two, e));
    assert_int_equal(two.id, 0);
    one.state = DELIVERY_DELIVERED;
    one.tries = 1;
    one.at_us = NIGHT + 5;
    well(delivery_update(s, &one, e));
    well(deliveries_of(s, row.id, &list, e));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.rows[0].recipient, "person:an");
    assert_int_equal(list.rows[0].state, DELIVERY_DELIVERED);
    assert_int_equal(list.rows[0].tries, 1);
    assert_int_equal(list.rows[0].at_us, NIGHT + 5);
    delivery_list_free(&list);
    store_close(s);
}

static void identifiers_sort_by_time_and_within_a_millisecond(void **state)
{
    char last[ROW_ID_MAX], next[ROW_ID_MAX];

    row_id_new(NIGHT, last);
    assert_int_equal(strlen(last), 26);
    assert_int_equal(strspn(last, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
    assert_memory_equal(last, "01KXZ", 2);
    for (int i = 0; i < 5000; i++) {
        row_id_new(NIGHT + 500, next);
        assert_true(strcmp(last, next) < 0);
        strcpy(last, next);
    }
    row_id_new(NIGHT + 1000, next);
    assert_true(strcmp(last, next) < 0);
}

/* The statements of lists do not walk through all of history. */
static void lists_use_an_index(void **state)
{
    static const char *const asked[] = {
        "SELECT * FROM alert JOIN event ON event.id = alert.event WHERE state = 'open' AND"
        " escalate_us > 0 AND escalate_us <= 5 ORDER BY escalate_us LIMIT 500",
        "SELECT * FROM alert JOIN event ON event.id = alert.event WHERE raised_us >= 1 AND"
        " raised_us < 9 AND state IN ('open', 'acknowledged') ORDER BY raised_us DESC",
        "SELECT * FROM event WHERE end_us = 0",
        "SELECT * FROM delivery WHERE channel = 'push' AND recipient = 'person:an'"
        " AND channel <> 'page' AND target = '' AND state = 'waiting' ORDER BY due_us, id",
    };
    static const char *const indices[] = { "alert_due", "alert_running", "event_open",
                                           "delivery_waiting" };
    struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "keng.db");
    sqlite3_stmt *plan;
    sqlite3 *db;

    store_close(scratch_open(scratch, STORE_DUTIES));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        char *sql = xformat("EXPLAIN QUERY PLAN %s", asked[i]);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &plan, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(plan), SQLITE_ROW);
        assert_non_null(strstr((const char *)sqlite3_column_text(plan, 3), indices[i]));
        sqlite3_finalize(plan);
        free(sql);
    }
    sqlite3_close(db);
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_alert_comes_back_with_its_event),
        TEST(an_answer_is_kept),
        TEST(an_alert_needs_its_event),
        TEST(an_event_keeps_its_highest_score_and_its_end),
        TEST(what_was_going_on_is_closed_where_it_was_last_seen),
        TEST(pictures_are_forgotten_for_a_stretch_of_time),
        TEST(a_list_honours_filter_limit_and_before),
        TEST(only_unanswered_alerts_become_due_the_earliest_first),
        TEST(the_first_answer_wins),
        TEST(deliveries_wait_until_they_are_taken),
        TEST(identifiers_sort_by_time_and_within_a_millisecond),
        TEST(lists_use_an_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
