#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "core/memory.h"
#include "store/access_rows.h"
#include "store/alert_rows.h"

#define NOON SECONDS_US(1795262400)

static struct token_row token(uint8_t first)
{
    struct token_row row = { .person = (char *)"truong-thon-dong",
                             .name = (char *)"Trưởng thôn Đông",
                             .created_us = NOON };

    row.hash[0] = first;
    return row;
}

static void a_token_is_found_by_its_hash_alone(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct token_row row = token(1), got;
    bool found;

    well(token_insert(s, &row, e));
    well(token_touch(s, row.id, NOON + 7, e));
    well(token_by_hash(s, row.hash, &got, &found, e));
    assert_true(found);
    assert_int_equal(got.id, row.id);
    assert_string_equal(got.person, "truong-thon-dong");
    assert_null(got.role);
    assert_string_equal(got.name, "Trưởng thôn Đông");
    assert_int_equal(got.last_us, NOON + 7);
    assert_int_equal(got.parent, 0);
    token_row_clear(&got);
    row.hash[31] = 1;
    well(token_by_hash(s, row.hash, &got, &found, e));
    assert_false(found);
    store_close(s);
}

static void no_two_tokens_have_one_hash(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct token_row row = token(1);
    struct error err = { .kind = ERR_NONE };

    well(token_insert(s, &row, e));
    assert_false(token_insert(s, &row, &err));
    assert_int_equal(err.kind, ERR_STORE);
    store_close(s);
}

static int64_t revoked_us(struct store *s, const struct token_row *row)
{
    struct token_row got;
    bool found;

    well(token_by_hash(s, row->hash, &got, &found, e));
    assert_true(found);
    int64_t at_us = got.revoked_us;
    token_row_clear(&got);
    return at_us;
}

static void revoking_a_link_token_ends_its_sessions(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct token_row link = token(1), session = token(2), other = token(3);
    struct token_list list;
    bool found;

    well(token_insert(s, &link, e));
    session.parent = link.id;
    well(token_insert(s, &session, e));
    well(token_insert(s, &other, e));
    well(tokens_list(s, &list, e));
    assert_int_equal(list.count, 3);
    assert_int_equal(list.rows[1].parent, link.id);
    token_list_free(&list);
    well(token_revoke(s, link.id, NOON + 9, &found, e));
    assert_true(found);
    assert_int_equal(revoked_us(s, &link), NOON + 9);
    assert_int_equal(revoked_us(s, &session), NOON + 9);
    assert_int_equal(revoked_us(s, &other), 0);
    well(token_revoke(s, link.id, NOON + 99, &found, e));
    assert_true(found);
    assert_int_equal(revoked_us(s, &link), NOON + 9);
    well(token_revoke(s, 12345, NOON, &found, e));
    assert_false(found);
    store_close(s);
}

static void the_newest_five_hundred_sessions_of_a_token_are_kept(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct token_row link = token(1), session = token(2), first = token(2);
    struct token_list list;
    struct token_row got;
    bool found;

    well(token_insert(s, &link, e));
    session.parent = link.id;
    well(store_begin(s, e));
    for (int i = 0; i < 510; i++) {
        session.hash[1] = (uint8_t)i;
        session.hash[2] = (uint8_t)(i >> 8);
        well(token_insert(s, &session, e));
    }
    well(store_commit(s, e));
    well(tokens_list(s, &list, e));
    assert_int_equal(list.count, 501);
    token_list_free(&list);
    well(token_by_hash(s, first.hash, &got, &found, e));
    assert_false(found);
    store_close(s);
}

static void log_three(struct store *s)
{
    static const char *const what[] = { "live", "playback", "clip" };

    for (int i = 0; i < 3; i++) {
        scratch_clock(NOON + i);
        well(access_append(s, "An", what[i], "camera:cong-lang", e));
    }
}

static void the_access_log_lists_newest_first_and_its_chain_holds(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct access_list list;
    int64_t broken = -1;

    well(access_verify(s, &broken, NULL, e));
    assert_int_equal(broken, 0);
    log_three(s);
    well(access_list_rows(s, 0, 2, &list, e));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.rows[0].what, "clip");
    assert_int_equal(list.rows[0].at_us, NOON + 2);
    assert_string_equal(list.rows[1].object, "camera:cong-lang");
    access_list_free(&list);
    well(access_list_rows(s, NOON + 1, 10, &list, e));
    assert_int_equal(list.count, 1);
    access_list_free(&list);
    struct access_end end;
    well(access_verify(s, &broken, &end, e));
    assert_int_equal(broken, 0);
    assert_int_equal(end.rows, 3);
    well(access_list_rows(s, 0, 1, &list, e));
    assert_memory_equal(end.chain, list.rows[0].chain, sizeof end.chain);
    access_list_free(&list);
    store_close(s);
}

static bool is_of_gate(void *arg, const char *cameras)
{
    return strstr(cameras, " cong-lang ") != NULL;
}

static void the_looks_at_a_camera_are_found_by_its_name_and_by_its_events(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct event_row event = { .id = "01JD0000000000000000000001",
                               .kind = EVENT_MOTION,
                               .camera = (char *)"cong-lang",
                               .area = (char *)"thon-dong",
                               .start_us = NOON };
    static const char *const rows[][2] = {
        { "live", "camera:cong-lang" },
        { "live", "camera:cau-kenh" },
        { "snapshot", "event:01JD0000000000000000000001" },
        { "snapshot", "event:01JD0000000000000000000002" },
        { "export", "camera:cau-kenh cong-lang 2026-11-21T12:00:00Z 2026-11-21T13:00:00Z export:a" },
        { "session", "" },
        { "live", "camera:cong-lang-2" },
    };
    struct access_list list;

    well(event_insert(s, &event, e));
    for (int i = 0; i < (int)COUNT_OF(rows); i++) {
        scratch_clock(NOON + i);
        well(access_append(s, "An", rows[i][0], rows[i][1], e));
    }
    well(access_list_looks(s, NOON, 0, 10, is_of_gate, NULL, &list, e));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.rows[0].what, "export");
    assert_string_equal(list.rows[0].cameras, " cau-kenh cong-lang ");
    assert_string_equal(list.rows[1].what, "snapshot");
    assert_string_equal(list.rows[1].cameras, " cong-lang ");
    assert_string_equal(list.rows[2].what, "live");
    access_list_free(&list);
    well(access_list_looks(s, NOON + 1, NOON + 4, 1, is_of_gate, NULL, &list, e));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.rows[0].what, "snapshot");
    access_list_free(&list);
    store_close(s);
}

static int64_t broken_after(struct scratch *scratch, const char *change)
{
    struct store *s = scratch_open(scratch, STORE_DUTIES);
    int64_t broken = 0;

    log_three(s);
    store_close(s);
    scratch_raw(scratch, "DROP TRIGGER access_is_final; DROP TRIGGER access_is_kept;");
    scratch_raw(scratch, change);
    scratch_raw(scratch, "CREATE TRIGGER access_is_final BEFORE UPDATE ON access BEGIN"
                         " SELECT 1; END;"
                         "CREATE TRIGGER access_is_kept BEFORE DELETE ON access BEGIN"
                         " SELECT 1; END;");
    s = scratch_open(scratch, STORE_DUTIES);
    well(access_verify(s, &broken, NULL, e));
    store_close(s);
    return broken;
}

static void a_changed_row_breaks_the_chain(void **state)
{
    assert_int_equal(broken_after(*state, "UPDATE access SET who = 'Bình' WHERE id = 2"),
                     2);
}

static void a_changed_time_breaks_the_chain(void **state)
{
    assert_int_equal(
        broken_after(*state, "UPDATE access SET at_us = at_us + 1 WHERE id = 1"), 1);
}

static void text_moved_between_columns_breaks_the_chain(void **state)
{
    assert_int_equal(broken_after(*state,
                                  "UPDATE access SET who = 'Anp', what = 'layback'"
                                  " WHERE id = 2"),
                     2);
}

static void a_missing_row_breaks_the_chain(void **state)
{
    assert_int_equal(broken_after(*state, "DELETE FROM access WHERE id = 2"), 3);
}

static void a_row_is_logged_inside_the_transaction_that_it_is_about(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct access_list list;

    well(store_begin(s, e));
    well(access_append(s, "An", "token-revoke", "token:1", e));
    store_rollback(s);
    well(access_list_rows(s, 0, 10, &list, e));
    assert_int_equal(list.count, 0);
    access_list_free(&list);
    store_close(s);
}

static void failed_logins_are_counted_in_a_window(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    const char *place = "192.168.1.20:554 viewer", *other = "192.168.1.21:554 viewer";
    struct logins_seen seen;

    for (int i = 0; i < 4; i++)
        well(login_note(s, place, LOGIN_FAILED, i % 2, NOON + SECONDS_US(i * 200), e));
    well(login_note(s, other, LOGIN_FAILED, 1, NOON, e));
    well(login_note(s, "192.168.1.20:554 viewer #0001", LOGIN_FAILED, 1, NOON, e)); /* a user */
    well(logins_read(s, place, NOON + SECONDS_US(200), &seen, e));
    assert_int_equal(seen.count, 3); /* whatever the password */
    assert_int_equal(seen.failed[2].at_us, NOON + SECONDS_US(200));
    assert_int_equal(seen.failed[2].mark, 1);
    assert_int_equal(seen.configured, -1);
    store_close(s);
    s = scratch_open(*state, STORE_DUTIES);
    well(login_take_back(s, place, 1, e));
    well(logins_read(s, place, NOON, &seen, e));
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.failed[0].at_us, NOON + SECONDS_US(400)); /* the newest is gone */
    for (int i = 0; i < 100; i++)
        well(login_note(s, place, LOGIN_FAILED, 1, NOON + i, e));
    well(logins_read(s, place, NOON, &seen, e));
    assert_int_equal(seen.count, LOGINS_SEEN);
    assert_int_equal(seen.failed[0].at_us, NOON + 99);
    store_close(s);
}

static void failures_before_another_configuration_are_not_seen(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    const char *place = "192.168.1.20:554 viewer";
    struct logins_seen seen;

    well(login_note(s, place, LOGIN_CONFIGURED, 0xffff, NOON, e));
    well(login_note(s, place, LOGIN_FAILED, 0xffff, NOON, e));
    well(logins_read(s, place, NOON, &seen, e));
    assert_int_equal(seen.configured, 0xffff);
    assert_int_equal(seen.count, 1);
    assert_false(seen.proven);
    well(login_note(s, place, LOGIN_PROVEN, 0xffff, NOON, e));
    well(logins_read(s, place, NOON, &seen, e));
    assert_true(seen.proven);
    well(login_note(s, place, LOGIN_CONFIGURED, 0, NOON - 1, e)); /* whatever the clock says */
    well(logins_read(s, place, NOON, &seen, e));
    assert_int_equal(seen.configured, 0);
    assert_int_equal(seen.count, 0);
    assert_false(seen.proven);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_is_found_by_its_hash_alone),
        TEST(no_two_tokens_have_one_hash),
        TEST(revoking_a_link_token_ends_its_sessions),
        TEST(the_newest_five_hundred_sessions_of_a_token_are_kept),
        TEST(the_access_log_lists_newest_first_and_its_chain_holds),
        TEST(the_looks_at_a_camera_are_found_by_its_name_and_by_its_events),
        TEST(a_changed_row_breaks_the_chain),
        TEST(a_changed_time_breaks_the_chain),
        TEST(text_moved_between_columns_breaks_the_chain),
        TEST(a_missing_row_breaks_the_chain),
        TEST(a_row_is_logged_inside_the_transaction_that_it_is_about),
        TEST(failed_logins_are_counted_in_a_window),
        TEST(failures_before_another_configuration_are_not_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
