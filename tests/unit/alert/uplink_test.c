/* When the way to the internet is held to be cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/clock.h"
#include "uplink.h"

static char asked[UPLINK_URL_MAX];

static int setup(void **state)
{
    *state = uplink_new();
    return 0;
}

static int teardown(void **state)
{
    uplink_free(*state);
    return 0;
}

static enum uplink_is heard(struct uplink *uplink, const char *url, bool answered, int at_s)
{
    return uplink_heard(uplink, url, answered, SECONDS_US(at_s), asked);
}

static void it_is_cut_when_nobody_out_there_answers(void **state)
{
    assert_int_equal(heard(*state, "https://fcm.googleapis.com/fcm/send/secret", false, 0),
                     UPLINK_CUT);
    assert_int_equal(heard(*state, "smtp://mail.dongxanh.vn:587", false, 1), UPLINK_CUT);
    assert_int_equal(heard(*state, "https://web.push.apple.com/x", true, 2), UPLINK_THERE);
}

static void a_server_that_fails_alone_is_no_sign(void **state)
{
    heard(*state, "https://fcm.googleapis.com/x", true, 0);
    heard(*state, "mqtt://broker.dongxanh.vn:1883", true, 5);
    assert_int_equal(heard(*state, "https://dead.dongxanh.vn/hook", false, 10),
                     UPLINK_AS_BEFORE);
    assert_string_equal(asked, ""); /* somebody has just answered */
    assert_int_equal(heard(*state, "https://dead.dongxanh.vn/hook", false, 300),
                     UPLINK_AS_BEFORE);
    assert_string_equal(asked, "http://broker.dongxanh.vn:1883"); /* who answered last */
    assert_int_equal(heard(*state, asked, true, 301), UPLINK_THERE);
}

static void who_answered_before_is_asked_until_nobody_is_left(void **state)
{
    heard(*state, "https://fcm.googleapis.com/x", true, 0);
    heard(*state, "smtp://mail.dongxanh.vn:587", true, 5);
    heard(*state, "https://bot-api.zapps.me/bot1/sendMessage", false, 600);
    assert_string_equal(asked, "http://mail.dongxanh.vn:587");
    heard(*state, asked, false, 610);
    assert_string_equal(asked, "https://fcm.googleapis.com:443");
    assert_int_equal(heard(*state, asked, false, 620), UPLINK_CUT);
    assert_string_equal(asked, "");
}

static void who_lives_in_the_house_says_nothing(void **state)
{
    static const char *const house[] = {
        "http://192.168.1.5/x", "http://127.0.0.1:81/", "mqtt://broker.local:1883",
        "http://nas/x", "http://[fd00::1]:8080/x", "smtp://localhost:25", "no address",
    };

    for (size_t i = 0; i < sizeof house / sizeof *house; i++) {
        assert_int_equal(heard(*state, house[i], false, 0), UPLINK_AS_BEFORE);
        assert_int_equal(heard(*state, house[i], true, 0), UPLINK_AS_BEFORE);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_cut_when_nobody_out_there_answers),
        TEST(a_server_that_fails_alone_is_no_sign),
        TEST(who_answered_before_is_asked_until_nobody_is_left),
        TEST(who_lives_in_the_house_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
