#include "check.h"
#include "session/url.h"

struct row {
    const char *base, *control, *whole; /* NULL: it cannot be joined */
};

static void check(const struct row *rows, size_t count)
{
    char to[URL_MAX];

    for (size_t i = 0; i < count; i++) {
        bool joined = url_join(to, rows[i].base, span_of(rows[i].control));

        assert_int_equal(joined, rows[i].whole != NULL);
        if (rows[i].whole)
            assert_string_equal(to, rows[i].whole);
    }
}

static void a_relative_control_goes_behind_a_slash(void **state)
{
    static const struct row rows[] = {
        { "rtsp://10.0.0.2/live", "trackID=1", "rtsp://10.0.0.2/live/trackID=1" },
        { "rtsp://10.0.0.2/live/", "trackID=1", "rtsp://10.0.0.2/live/trackID=1" },
        { "rtsp://10.0.0.2:8554", "track1", "rtsp://10.0.0.2:8554/track1" },
        { "rtsp://10.0.0.2/live", "/track1", "rtsp://10.0.0.2/live/track1" },
    };

    check(rows, COUNT_OF(rows));
}

static void a_base_with_a_query_is_appended_to_like_any_other(void **state)
{
    static const struct row rows[] = {
        { "rtsp://10.0.0.2/cam/realmonitor?channel=1&subtype=0", "trackID=0",
          "rtsp://10.0.0.2/cam/realmonitor?channel=1&subtype=0/trackID=0" },
        { "rtsp://10.0.0.2/a?b=/", "t", "rtsp://10.0.0.2/a?b=/t" },
    };

    check(rows, COUNT_OF(rows));
}

static void no_control_and_a_star_are_the_base(void **state)
{
    static const struct row rows[] = {
        { "rtsp://h/live/", "", "rtsp://h/live/" },
        { "rtsp://h/live", "*", "rtsp://h/live" },
        { "rtsp://h/live", " * \r", "rtsp://h/live" },
    };

    check(rows, COUNT_OF(rows));
}

static void a_whole_control_stands_for_itself(void **state)
{
    static const struct row rows[] = {
        { "rtsp://h/live", "rtsp://10.1.1.1:554/live/track1",
          "rtsp://10.1.1.1:554/live/track1" },
        { "rtsp://h/live", "RTSP://h/x", "RTSP://h/x" },
        { "rtsp://h/live", "rtsp://rtsp://h:554/stream0/", "rtsp://h:554/stream0/" },
        { "rtsps://h/live", "track1", "rtsps://h/live/track1" },
        { "rtsps://h/live", "rtsp://h/live/track1", "rtsp://h/live/track1" },
        { "rtsp://h/live", "rtsp://rtsps://h/x", "rtsps://h/x" },
    };

    check(rows, COUNT_OF(rows));
}

static void a_control_that_repeats_the_path_is_not_doubled(void **state)
{
    static const struct row rows[] = {
        { "rtsp://h:554/live/main", "/live/main/track1",
          "rtsp://h:554/live/main/track1" },
        { "rtsp://h/live/?a=b", "/live/track1", "rtsp://h/live/track1" },
        { "rtsp://h/live", "/lively", "rtsp://h/live/lively" },
    };

    check(rows, COUNT_OF(rows));
}

static void percent_signs_and_ipv6_brackets_stay(void **state)
{
    static const struct row rows[] = {
        { "rtsp://[fe80::1%25eth0]:554/a%20b", "t%2f1",
          "rtsp://[fe80::1%25eth0]:554/a%20b/t%2f1" },
        { "rtsp://[2001:db8::7]", "t", "rtsp://[2001:db8::7]/t" },
    };

    check(rows, COUNT_OF(rows));
}

static void what_would_break_a_request_line_is_refused(void **state)
{
    static const struct row rows[] = {
        { "rtsp://h/live", "track 1", NULL },
        { "rtsp://h/live", "track\r\nX: y", NULL },
        { "http://h/live", "track1", NULL },
        { "", "track1", NULL },
    };
    char to[URL_MAX], many[URL_MAX + 1];

    check(rows, COUNT_OF(rows));
    memset(many, 'a', URL_MAX);
    many[URL_MAX] = 0;
    assert_false(url_join(to, "rtsp://h/", span_of(many)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relative_control_goes_behind_a_slash),
        cmocka_unit_test(a_base_with_a_query_is_appended_to_like_any_other),
        cmocka_unit_test(no_control_and_a_star_are_the_base),
        cmocka_unit_test(a_whole_control_stands_for_itself),
        cmocka_unit_test(a_control_that_repeats_the_path_is_not_doubled),
        cmocka_unit_test(percent_signs_and_ipv6_brackets_stay),
        cmocka_unit_test(what_would_break_a_request_line_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
