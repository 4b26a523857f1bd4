/* Times as text, UTF-8, errors, bytes and secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "core/time_text.h"

static void a_time_is_written_in_utc_and_read_back(void **state)
{
    static const int64_t times[] = { 0, 1, 1795271405123000, 253402300799999000, 951782400000000 };
    char text[TIME_TEXT_MAX];
    int64_t back;

    assert_string_equal(time_text(1795271405123456, text), "2026-11-21T14:30:05.123Z");
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        assert_true(time_read(time_text(times[i], text), &back));
        assert_int_equal(back / 1000, times[i] / 1000);
    }
}

static void a_time_may_have_an_offset_a_fraction_or_be_seconds(void **state)
{
    int64_t us;

    assert_true(time_read("2026-11-21T21:30:05+07:00", &us));
    assert_int_equal(us, 1795271405000000);
    assert_true(time_read("2026-11-21 14:30:05.5Z", &us));
    assert_int_equal(us, 1795271405500000);
    assert_true(time_read("1795271405", &us));
    assert_int_equal(us, 1795271405000000);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const wrong[] = {
        "", "yesterday", "2026-11-21", "2026-11-21T14:30:05", "2026-13-21T14:30:05Z",
        "2026-11-21T24:30:05Z", "2026-11-21T14:30:05+7", "2026-11-21T14:30:05Zjunk",
        "99999999999999999999", "12x", "2026-11-21T14:30:05+07:00:00",
    };
    int64_t us;

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (time_read(wrong[i], &us))
            fail_msg("\"%s\" was read as a time", wrong[i]);
}

static void only_well_formed_utf8_passes(void **state)
{
    static const char *const good[] = { "", "abc", "Thôn Đông", "Ặ Ỗ ữ", "\xf0\x9f\x94\x94" };
    static const char *const bad[] = { "\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80", "\xe1\xba", "a\xff" };

    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(text_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(text_is_utf8(bad[i], strlen(bad[i])));
}

static void a_cut_text_never_ends_in_half_a_character(void **state)
{
    const char *whole = "Đông ặ";

    for (size_t n = 0; n <= strlen(whole); n++) {
        char part[32] = "";
        memcpy(part, whole, n);
        text_cut_utf8(part);
        assert_true(text_is_utf8(part, strlen(part)));
        assert_true(strlen(part) + 3 > n);
    }
}

static void an_error_tells_what_each_layer_knew(void **state)
{
    struct error err = { 0 };

    assert_false(error_set(&err, ERR_DISK, "cannot create %s: %s", "a.mp4", "No space"));
    assert_false(error_context(&err, "camera %s", "gate"));
    assert_string_equal(err.text, "camera gate: cannot create a.mp4: No space");
    assert_int_equal(err.kind, ERR_DISK);
    error_set(NULL, ERR_DISK, "nobody listens");
}

static void an_error_too_long_is_cut_between_characters(void **state)
{
    struct error err = { 0 };

    for (int i = 0; i < 300; i++)
        error_context(&err, "%s", "ặ");
    assert_true(text_is_utf8(err.text, strlen(err.text)));
}

static void bytes_grow_and_are_dropped_from_the_front(void **state)
{
    struct bytes b = { 0 };

    for (int i = 0; i < 1000; i++)
        bytes_format(&b, "%03d,", i);
    assert_int_equal(b.size, 4000);
    bytes_drop(&b, 3996);
    char *text = bytes_take(&b);
    assert_string_equal(text, "999,");
    assert_int_equal(b.size, 0);
    free(text);
}

static void secrets_differ_and_compare(void **state)
{
    char a[44], b[44];

    secret_random_text(a, 43);
    secret_random_text(b, 43);
    assert_int_equal(strlen(a), 43);
    assert_false(secret_equal_text(a, b));
    assert_true(secret_equal_text(a, a));
    assert_false(secret_equal_text("abc", "abcd"));
    secret_wipe(a, sizeof a);
    assert_int_equal(a[0] | a[20] | a[42], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_written_in_utc_and_read_back),
        cmocka_unit_test(a_time_may_have_an_offset_a_fraction_or_be_seconds),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(only_well_formed_utf8_passes),
        cmocka_unit_test(a_cut_text_never_ends_in_half_a_character),
        cmocka_unit_test(an_error_tells_what_each_layer_knew),
        cmocka_unit_test(an_error_too_long_is_cut_between_characters),
        cmocka_unit_test(bytes_grow_and_are_dropped_from_the_front),
        cmocka_unit_test(secrets_differ_and_compare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
