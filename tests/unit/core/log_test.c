/* What the log leaves out, and how it tells of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/log_limit.h"

#define HOUR_US SECONDS_US(3600)

static int setup(void **state)
{
    *state = log_limit_new();
    return 0;
}

static int teardown(void **state)
{
    log_limit_free(*state);
    return 0;
}

static bool says(struct log_limit *limit, const char *fields, int64_t now_us)
{
    uint64_t told;

    return log_limit_admits(limit, "camera lost", fields, now_us, &told);
}

static void the_same_is_said_ten_times_and_then_every_two_minutes(void **state)
{
    uint64_t told = 0;
    int written = 0;

    for (int64_t now_us = 0; now_us < HOUR_US; now_us += SECONDS_US(1))
        written += says(*state, "camera=a code=x", now_us);
    assert_int_equal(written, 10 + 29);
    assert_false(says(*state, "camera=a code=other", HOUR_US - 1));
    assert_true(log_limit_admits(*state, "camera lost", "camera=a", HOUR_US, &told));
    assert_int_equal(told, 120);
}

static void another_camera_and_another_phrase_have_their_own_turn(void **state)
{
    uint64_t told;

    for (int i = 0; i < 50; i++)
        says(*state, "camera=a", 0);
    assert_true(says(*state, "camera=b", 0));
    assert_true(log_limit_admits(*state, "camera records", "camera=a", 0, &told));
    assert_int_equal(told, 0);
}

static void a_flood_is_counted_and_told_when_it_has_ended(void **state)
{
    struct log_left_out out;

    for (int i = 0; i < 110; i++)
        says(*state, "camera=a why='no answer'", MILLIS_US(i));
    assert_false(log_limit_ended(*state, SECONDS_US(299), false, &out));
    assert_true(log_limit_ended(*state, SECONDS_US(301), false, &out));
    assert_string_equal(out.phrase, "camera lost");
    assert_string_equal(out.first, "camera=a");
    assert_int_equal(out.count, 100);
    assert_int_equal(out.since_us, MILLIS_US(10));
    assert_false(log_limit_ended(*state, SECONDS_US(302), false, &out));
    for (int i = 0; i < 40; i++)
        says(*state, "camera=a", SECONDS_US(302));
    assert_true(log_limit_ended(*state, SECONDS_US(303), true, &out)); /* kengd ends */
}

/* Ever new fields are no way round. 5,000 alerts in a minute, each with its id. */
static void a_phrase_with_ever_new_fields_has_its_limit_too(void **state)
{
    struct log_left_out out;
    char fields[32];
    uint64_t counted = 0, told;
    int written = 0;

    for (int i = 0; i < 5000; i++) {
        snprintf(fields, sizeof fields, "alert=%d", i);
        written += log_limit_admits(*state, "alert passed on", fields, MILLIS_US(12) * i, &told);
        counted += told;
    }
    assert_int_equal(written, LOG_PHRASE_BURST + 9);
    while (log_limit_ended(*state, HOUR_US, false, &out))
        counted += out.count;
    assert_int_equal(written + counted, 5000);
}

/* F52 by the numbers: 48 cameras, each with two complaints, ten times a second. */
static void forty_eight_bad_cameras_fill_less_than_a_mebibyte_an_hour(void **state)
{
    static const char *const phrases[] = { "camera lost", "pictures cannot be used" };
    enum { LINE = 200 };
    int64_t written = 0;
    uint64_t told;
    char fields[32];

    for (int64_t now_us = 0; now_us < HOUR_US; now_us += SECONDS_US(1))
        for (int camera = 0; camera < 48; camera++)
            for (int i = 0; i < 2; i++) {
                snprintf(fields, sizeof fields, "camera=c%d", camera);
                written += log_limit_admits(*state, phrases[i], fields, now_us, &told);
            }
    assert_true(written * LINE < 1024 * 1024);
    assert_true(written > 1000);
}

static int64_t now_us;

static int64_t read_now(void)
{
    return now_us;
}

static bool is_synchronised(void)
{
    return true;
}

/* What log_line() writes, to a pipe in the place of standard error. */
static void a_line_says_how_many_were_left_out_before_it(void **state)
{
    static const struct clock_source source = { read_now, read_now, is_synchronised };
    int before = dup(STDERR_FILENO), ends[2];
    static char text[16384];

    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    clock_use(&source);
    log_open("kengd", LOG_LEVEL_INFO);
    for (int i = 0; i < 25; i++)
        log_warning("channel fails", "channel=%s try=%d", "push", i);
    now_us = SECONDS_US(120);
    log_warning("channel fails", "channel=%s try=%d", "push", 25);
    for (int i = 0; i < 7; i++)
        log_warning("channel fails", "channel=%s try=%d", "push", i);
    log_sweep(true);
    dup2(before, STDERR_FILENO);
    close(ends[1]);
    ssize_t size = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    close(before);
    clock_use(NULL);
    assert_true(size > 0);
    text[size] = 0;
    assert_non_null(strstr(text, "channel fails: channel=push try=9\n"));
    assert_null(strstr(text, "try=10"));
    assert_non_null(strstr(text, "channel=push try=25 left_out=15\n"));
    assert_non_null(strstr(text, "lines were left out: phrase='channel fails' channel=push "
                                 "count=7"));
}

#define LIMIT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIMIT(the_same_is_said_ten_times_and_then_every_two_minutes),
        LIMIT(another_camera_and_another_phrase_have_their_own_turn),
        LIMIT(a_flood_is_counted_and_told_when_it_has_ended),
        LIMIT(a_phrase_with_ever_new_fields_has_its_limit_too),
        LIMIT(forty_eight_bad_cameras_fill_less_than_a_mebibyte_an_hour),
        cmocka_unit_test(a_line_says_how_many_were_left_out_before_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
