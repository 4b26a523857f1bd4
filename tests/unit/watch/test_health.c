#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "health.h"

static int64_t mono_us, wall_us;

static int64_t mono(void)
{
    return mono_us;
}

static int64_t wall(void)
{
    return wall_us;
}

static bool synchronised(void)
{
    return true;
}

static const struct clock_source source = { wall, mono, synchronised };

static int set_clock(void **state)
{
    mono_us = SECONDS_US(1000);
    wall_us = INT64_C(1700000000000000);
    clock_use(&source);
    text_use(LANGUAGE_EN);
    return 0;
}

static void pass(int64_t us)
{
    mono_us += us;
    wall_us += us;
}

static void a_camera_begins_by_connecting(void **state)
{
    struct health h;

    health_begin(&h);
    assert_false(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_CONNECTING);
    assert_string_equal(h.is.reason, "");
    assert_true(h.is.since_us == wall_us);
}

static void it_records_while_pictures_are_younger_than_three_seconds(void **state)
{
    struct health h;

    health_begin(&h);
    pass(SECONDS_US(1));
    health_is_playing(&h);
    health_saw_picture(&h);
    assert_true(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_RECORDING);
    assert_string_equal(h.is.reason_code, "");
    assert_true(h.is.since_us == wall_us);
    assert_true(h.is.last_frame_us == wall_us);
    pass(SECONDS_US(3));
    assert_false(health_look(&h));
    pass(1);
    assert_true(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_NO_VIDEO);
    assert_string_equal(h.is.reason_code, "no_video");
    health_saw_picture(&h);
    assert_true(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_RECORDING);
}

static void each_trouble_has_its_own_sentence_with_what_to_do(void **state)
{
    static const struct {
        const char *code;
        enum camera_state state;
    } rows[] = {
        { "wrong_password", CAMERA_REFUSED },
        { REASON_NO_PASSWORD, CAMERA_REFUSED },
        { REASON_LOGIN_PAUSE, CAMERA_REFUSED },
        { REASON_LOGIN_WEAKER, CAMERA_REFUSED },
        { REASON_LOGIN_CLEAR, CAMERA_REFUSED },
        { REASON_LOGIN_METHOD, CAMERA_REFUSED },
        { "wrong_path", CAMERA_REFUSED },
        { "busy", CAMERA_REFUSED },
        { "answer", CAMERA_REFUSED },
        { "codec", CAMERA_REFUSED },
        { "transport", CAMERA_REFUSED },
        { "unusable", CAMERA_REFUSED },
        { REASON_PORT_CLOSED, CAMERA_LOST },
        { REASON_UNKNOWN_HOST, CAMERA_LOST },
        { REASON_NO_ANSWER, CAMERA_LOST },
        { REASON_NO_ROUTE, CAMERA_LOST },
        { REASON_ADDRESS, CAMERA_LOST },
        { "silent", CAMERA_LOST },
        { "closed", CAMERA_LOST },
        { "no_video", CAMERA_NO_VIDEO },
        { REASON_CRASHED, CAMERA_LOST },
        { REASON_NO_SANDBOX, CAMERA_LOST },
        { REASON_NO_PROCESS, CAMERA_LOST },
        { REASON_MACHINE, CAMERA_LOST },
    };
    char seen[sizeof rows / sizeof *rows][sizeof((struct camera_health *)0)->reason];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct health h;
        health_begin(&h);
        health_has_trouble(&h, rows[i].code, "the detail");
        assert_true(health_look(&h));
        assert_int_equal(h.is.state, rows[i].state);
        assert_string_equal(h.is.reason_code, rows[i].code);
        assert_true(strlen(h.is.reason) > 30);
        assert_null(strstr(h.is.reason, "%s"));
        assert_int_equal(h.is.reason[strlen(h.is.reason) - 1], '.');
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(h.is.reason, seen[k]);
        strcpy(seen[i], h.is.reason);
    }
}

static void a_trouble_of_another_version_is_told_too(void **state)
{
    struct health h;

    health_begin(&h);
    health_has_trouble(&h, "sunspots", "%s%n");
    assert_true(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_LOST);
    assert_string_equal(h.is.reason_code, "sunspots");
    assert_non_null(strstr(h.is.reason, "%s%n"));
}

static void a_lost_camera_stays_lost_until_pictures_come_again(void **state)
{
    struct health h;

    health_begin(&h);
    health_saw_picture(&h);
    health_look(&h);
    health_broke_off(&h);
    health_has_trouble(&h, "closed", "");
    assert_true(health_look(&h));
    int64_t since_us = h.is.since_us;
    pass(SECONDS_US(20));
    health_is_playing(&h);
    assert_false(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_LOST);
    assert_true(h.is.since_us == since_us);
    health_saw_picture(&h);
    assert_true(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_RECORDING);
    assert_string_equal(h.is.reason, "");
}

static void the_same_trouble_again_is_no_news(void **state)
{
    struct health h;

    health_begin(&h);
    health_has_trouble(&h, REASON_NO_ANSWER, "Connection timed out");
    assert_true(health_look(&h));
    pass(SECONDS_US(5));
    health_has_trouble(&h, REASON_NO_ANSWER, "Connection timed out");
    assert_false(health_look(&h));
    health_has_trouble(&h, REASON_PORT_CLOSED, "");
    assert_true(health_look(&h)); /* still lost, but for another reason */
}

static void a_picture_that_is_not_well_is_recorded_and_told(void **state)
{
    static const struct {
        const char *code;
        enum camera_state camera;
    } views[] = {
        { REASON_FROZEN, CAMERA_FROZEN },  { REASON_DARK, CAMERA_COVERED },
        { REASON_FLAT, CAMERA_COVERED },   { REASON_BLURRED, CAMERA_COVERED },
        { REASON_TURNED, CAMERA_COVERED },
    };
    struct health h;

    health_begin(&h);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        health_sees(&h, NULL);
        health_saw_picture(&h);
        health_look(&h);
        assert_int_equal(h.is.state, CAMERA_RECORDING);
        pass(SECONDS_US(2));
        health_saw_picture(&h);
        health_sees(&h, views[i].code);
        assert_true(health_look(&h));
        assert_int_equal(h.is.state, views[i].camera);
        assert_true(camera_state_records(h.is.state));
        assert_string_equal(h.is.reason_code, views[i].code);
        assert_true(strlen(h.is.reason) > 20);
        assert_true(h.is.since_us == wall_us);
    }
    pass(SECONDS_US(1));
    assert_false(health_look(&h));
    pass(SECONDS_US(3)); /* no pictures at all weigh more */
    assert_true(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_NO_VIDEO);
    health_saw_picture(&h);
    assert_true(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_COVERED);
}

static void a_reason_is_told_in_either_language(void **state)
{
    char vi[400], en[400];
    struct health h;

    health_begin(&h);
    health_sentence(&h, LANGUAGE_EN, en, sizeof en);
    assert_string_equal(en, "");
    health_has_trouble(&h, "answer", "500 Oops");
    health_look(&h);
    health_sentence(&h, LANGUAGE_EN, en, sizeof en);
    health_sentence(&h, LANGUAGE_VI, vi, sizeof vi);
    assert_string_equal(en, h.is.reason);
    assert_non_null(strstr(en, "500 Oops"));
    assert_non_null(strstr(vi, "500 Oops"));
}

static void within_ten_seconds_it_is_known_what_a_camera_is(void **state)
{
    struct health h;

    health_begin(&h);
    pass(SECONDS_US(8));
    assert_false(health_look(&h));
    pass(SECONDS_US(2));
    assert_true(health_look(&h));
    assert_int_equal(h.is.state, CAMERA_LOST);
    assert_string_equal(h.is.reason_code, "silent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_camera_begins_by_connecting),
        cmocka_unit_test(it_records_while_pictures_are_younger_than_three_seconds),
        cmocka_unit_test(each_trouble_has_its_own_sentence_with_what_to_do),
        cmocka_unit_test(a_trouble_of_another_version_is_told_too),
        cmocka_unit_test(a_lost_camera_stays_lost_until_pictures_come_again),
        cmocka_unit_test(the_same_trouble_again_is_no_news),
        cmocka_unit_test(a_picture_that_is_not_well_is_recorded_and_told),
        cmocka_unit_test(a_reason_is_told_in_either_language),
        cmocka_unit_test(within_ten_seconds_it_is_known_what_a_camera_is),
    };
    return cmocka_run_group_tests(tests, set_clock, NULL);
}
