/* Phones and screens, how they are woken, and who wants quiet. */
#include <string.h>

#include "scratch.h"
#include "store/access_rows.h"
#include "store/device_rows.h"

#define NOON SECONDS_US(1795262400)

static struct device_row phone_until(struct store *s, uint8_t first, int64_t expires_us)
{
    struct token_row token = { .person = (char *)"an",
                               .created_us = NOON,
                               .expires_us = expires_us };

    token.hash[0] = first;
    well(token_insert(s, &token, e));
    struct device_row row = { .kind = DEVICE_PHONE,
                              .person = (char *)"an",
                              .name = (char *)"Điện thoại của An",
                              .token = token.id,
                              .paired_us = NOON,
                              .seen_us = NOON };
    well(device_insert(s, &row, e));
    return row;
}

static struct device_row phone(struct store *s, uint8_t first)
{
    return phone_until(s, first, 0);
}

static void subscribe(struct store *s, const struct device_row *device, const char *endpoint)
{
    struct device_row row = { .id = device->id,
                              .endpoint = (char *)endpoint,
                              .key = { 4 },
                              .auth = { 7 },
                              .vapid = (char *)"BKey",
                              .push = PUSH_WORKS,
                              .push_us = NOON };

    well(device_subscribe(s, &row, e));
}

static size_t to_push(struct store *s)
{
    struct device_list list;

    well(devices_to_push(s, "an", NOON + 1, &list, e));
    size_t count = list.count;
    device_list_free(&list);
    return count;
}

static void a_device_is_found_by_its_token_and_by_the_sessions_of_it(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct device_row row = phone(s, 1), got;
    struct token_row session = { .person = (char *)"an", .parent = row.token };
    bool found;

    session.hash[0] = 9;
    well(token_insert(s, &session, e));
    well(device_of_token(s, row.token, &got, &found, e));
    assert_true(found);
    device_row_clear(&got);
    well(device_of_token(s, session.id, &got, &found, e));
    assert_true(found);
    assert_int_equal(got.id, row.id);
    assert_string_equal(got.name, "Điện thoại của An");
    assert_int_equal(got.push, PUSH_NONE);
    assert_int_equal(got.seen_us, NOON);
    device_row_clear(&got);
    well(token_touch(s, session.id, NOON + SECONDS_US(900), e));
    well(device_get(s, row.id, &got, &found, e));
    assert_int_equal(got.seen_us, NOON + SECONDS_US(900)); /* through its session */
    device_row_clear(&got);
    store_close(s);
}

static void a_device_was_seen_when_it_last_came_in(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct device_row row = phone(s, 1), other = phone(s, 2), got;
    struct token_row session = { .person = (char *)"an", .parent = row.token };
    bool found;

    session.hash[0] = 9;
    well(token_insert(s, &session, e));
    well(token_touch(s, row.token, NOON + 5, e));
    well(token_touch(s, session.id, NOON + 7, e));
    well(device_get(s, row.id, &got, &found, e));
    assert_int_equal(got.seen_us, NOON + 7);
    device_row_clear(&got);
    well(device_get(s, other.id, &got, &found, e));
    assert_int_equal(got.seen_us, NOON);
    device_row_clear(&got);
    store_close(s);
}

static void a_revoked_device_comes_in_no_more_and_is_not_woken(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct device_row row = phone(s, 1), got;
    struct token_row token;
    uint8_t hash[TOKEN_HASH] = { 1 };
    bool found;

    subscribe(s, &row, "https://push.example/1");
    assert_int_equal(to_push(s), 1);
    well(device_revoke(s, row.id, NOON + 5, &found, e));
    assert_true(found);
    assert_int_equal(to_push(s), 0);
    well(device_of_token(s, row.token, &got, &found, e));
    assert_false(found);
    well(token_by_hash(s, hash, &token, &found, e));
    assert_int_equal(token.revoked_us, NOON + 5);
    token_row_clear(&token);
    well(device_get(s, row.id, &got, &found, e));
    assert_null(got.endpoint);
    device_row_clear(&got);
    well(device_revoke(s, 999, NOON, &found, e));
    assert_false(found);
    store_close(s);
}

static void a_phone_whose_token_was_revoked_or_is_over_is_not_woken(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct device_row row = phone(s, 1), over = phone_until(s, 2, NOON + 1), got;
    bool found;

    subscribe(s, &row, "https://push.example/1");
    subscribe(s, &over, "https://push.example/2");
    assert_int_equal(to_push(s), 1);
    well(token_revoke(s, row.token, NOON + 5, &found, e));
    assert_int_equal(to_push(s), 0);
    well(device_get(s, row.id, &got, &found, e));
    assert_int_equal(got.revoked_us, NOON + 5);
    assert_null(got.endpoint);
    device_row_clear(&got);
    store_close(s);
}

static void a_subscription_belongs_to_one_device(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct device_row one = phone(s, 1), two = phone(s, 2), got;
    bool found;

    subscribe(s, &one, "https://push.example/1");
    subscribe(s, &two, "https://push.example/1");
    assert_int_equal(to_push(s), 1);
    well(device_get(s, two.id, &got, &found, e));
    assert_string_equal(got.endpoint, "https://push.example/1");
    assert_int_equal(got.key[0], 4);
    assert_int_equal(got.auth[0], 7);
    device_row_clear(&got);
    store_close(s);
}

static void subscriptions_for_an_earlier_key_are_stale(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct device_row one = phone(s, 1), two = phone(s, 2), got;
    int64_t count;
    bool found;

    subscribe(s, &one, "https://push.example/1");
    subscribe(s, &two, "https://push.example/2");
    well(devices_flag_stale(s, "BKey", NOON, &count, e));
    assert_int_equal(count, 0);
    well(devices_flag_stale(s, "BOther", NOON, &count, e));
    assert_int_equal(count, 2);
    assert_int_equal(to_push(s), 2); /* what is for them waits until they subscribe anew */
    well(device_set_push(s, one.id, PUSH_GONE, NOON, e));
    assert_int_equal(to_push(s), 1);
    well(device_get(s, one.id, &got, &found, e));
    assert_int_equal(got.push, PUSH_GONE);
    assert_null(got.endpoint);
    device_row_clear(&got);
    store_close(s);
}

static void a_mute_ends_by_itself_or_by_hand(void **state)
{
    struct store *s = scratch_open(*state, STORE_DUTIES);
    struct mute_row row = { .area = (char *)"thon-dong",
                            .by = (char *)"An",
                            .since_us = NOON,
                            .until_us = NOON + 100 };
    struct mute_list list;
    bool found;

    well(mute_insert(s, &row, e));
    well(mutes_at(s, NOON + 99, &list, e));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.rows[0].area, "thon-dong");
    assert_null(list.rows[0].person);
    mute_list_free(&list);
    well(mutes_at(s, NOON + 100, &list, e));
    assert_int_equal(list.count, 0);
    well(mute_end(s, row.id, NOON + 50, &found, e));
    assert_true(found);
    well(mutes_at(s, NOON + 60, &list, e));
    assert_int_equal(list.count, 0);
    well(mute_end(s, 99, NOON, &found, e));
    assert_false(found);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_found_by_its_token_and_by_the_sessions_of_it),
        TEST(a_device_was_seen_when_it_last_came_in),
        TEST(a_revoked_device_comes_in_no_more_and_is_not_woken),
        TEST(a_phone_whose_token_was_revoked_or_is_over_is_not_woken),
        TEST(a_subscription_belongs_to_one_device),
        TEST(subscriptions_for_an_earlier_key_are_stale),
        TEST(a_mute_ends_by_itself_or_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
