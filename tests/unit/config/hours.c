/* When it is which hour of the day at the site. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "config/settings.h"
#include "config/sun.h"
#include "config/value.h"
#include "config/zone.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/time_text.h"

static bool include(char *zone, int from_min, int to_min, const char *at)
{
    struct settings by_hand = { .site = { .time_zone = zone } };
    int64_t us;

    assert_true(time_read(at, &us));
    return hours_include(&by_hand, (struct hours){ from_min, to_min }, us);
}

enum { H = 60 };

static void hours_begin_with_their_first_minute_and_end_before_their_last(void **state)
{
    char zone[] = "Asia/Ho_Chi_Minh"; /* UTC+7 */

    assert_false(include(zone, 8 * H, 17 * H, "2026-11-21T00:59:59.999Z"));
    assert_true(include(zone, 8 * H, 17 * H, "2026-11-21T01:00:00Z"));
    assert_true(include(zone, 8 * H, 17 * H, "2026-11-21T09:59:59.999Z"));
    assert_false(include(zone, 8 * H, 17 * H, "2026-11-21T10:00:00Z"));
}

static void hours_may_run_over_midnight(void **state)
{
    char zone[] = "Asia/Ho_Chi_Minh";

    assert_false(include(zone, 21 * H, 5 * H, "2026-11-21T13:59:59Z")); /* 20:59:59 */
    assert_true(include(zone, 21 * H, 5 * H, "2026-11-21T14:00:00Z"));
    assert_true(include(zone, 21 * H, 5 * H, "2026-11-21T17:00:00Z")); /* midnight */
    assert_true(include(zone, 21 * H, 5 * H, "2026-11-21T21:59:59Z"));
    assert_false(include(zone, 21 * H, 5 * H, "2026-11-21T22:00:00Z"));
}

static void equal_ends_are_the_whole_day(void **state)
{
    char zone[] = "Asia/Ho_Chi_Minh";

    assert_true(include(zone, 0, 0, "2026-11-21T16:59:59Z"));
    assert_true(include(zone, 0, 0, "2026-11-21T17:00:00Z"));
    assert_true(include(zone, 6 * H, 6 * H, "2026-11-21T12:00:00Z"));
}

/* ---- the sun -------------------------------------------------------------------- */

/* As almanacs print them for Hanoi, in minutes after midnight there. */
static void the_sun_rises_and_sets_in_hanoi_as_the_almanac_says(void **state)
{
    static const struct {
        const char *day;
        int rise_min, set_min;
    } almanac[] = {
        { "2026-03-20T00:00:00Z", 6 * H + 3, 18 * H + 9 },
        { "2026-06-21T00:00:00Z", 5 * H + 16, 18 * H + 42 },
        { "2026-09-23T00:00:00Z", 5 * H + 46, 17 * H + 53 },
        { "2026-12-21T00:00:00Z", 6 * H + 30, 17 * H + 19 },
    };

    for (size_t i = 0; i < COUNT_OF(almanac); i++) {
        struct sun_times sun;
        int64_t us;
        assert_true(time_read(almanac[i].day, &us));
        assert_true(sun_times(21.03, 105.85, us / SECONDS_US(86400), &sun));
        assert_in_range((int64_t)(sun.rise_min + 7 * H + 0.5), almanac[i].rise_min - 2,
                        almanac[i].rise_min + 2);
        assert_in_range((int64_t)(sun.set_min + 7 * H + 0.5), almanac[i].set_min - 2,
                        almanac[i].set_min + 2);
    }
}

static void there_are_days_without_sunrise(void **state)
{
    struct sun_times sun;

    assert_false(sun_times(78.2, 15.6, 172, &sun)); /* Longyearbyen in June, */
    assert_false(sun_times(78.2, 15.6, 355, &sun)); /* ... and in December */
    assert_false(sun_times(90, 0, 10, &sun));
}

/* ---- what is in force of motion ------------------------------------------------- */

static struct motion_now in_force(const char *night, const char *week, const char *at)
{
    static struct polygon by_day[2], by_night[1];
    static struct week_hours hours;
    struct settings set = { .site = { .time_zone = (char *)"Asia/Ho_Chi_Minh",
                                      .place = { true, 21.03, 105.85 } } };
    struct motion_settings motion = {
        .on = true,
        .sensitivity = 4,
        .zones = by_day,
        .zone_count = 2,
        .hours = &hours,
        .hours_count = week != NULL,
        .night = { .on = true, .sensitivity = 2, .zones = by_night, .zone_count = 1 },
    };
    int64_t us;

    assert_true(!night || value_night(night, &motion.night.hours));
    assert_true(!week || value_week(week, &hours));
    assert_true(time_read(at, &us));
    return motion_at(&set, &motion, us);
}

static void the_night_of_the_sun_has_its_own_sensitivity_and_zones(void **state)
{
    struct motion_now day = in_force("sunset-sunrise", NULL, "2026-12-21T10:10:00Z");
    struct motion_now night = in_force("sunset-sunrise", NULL, "2026-12-21T10:30:00Z");

    assert_int_equal(day.sensitivity, 4); /* 17:10 */
    assert_int_equal(day.zone_count, 2);
    assert_int_equal(night.sensitivity, 2); /* 17:30 */
    assert_int_equal(night.zone_count, 1);
    assert_true(night.on);
    night = in_force("sunset-sunrise", NULL, "2026-12-21T23:15:00Z"); /* 06:15 */
    assert_int_equal(night.sensitivity, 2);
    day = in_force("sunset-sunrise", NULL, "2026-12-21T23:45:00Z");
    assert_int_equal(day.sensitivity, 4);
}

static void minutes_are_added_to_the_sun_and_clocks_serve_as_well(void **state)
{
    assert_int_equal(
        in_force("sunset+30-06:00", NULL, "2026-12-21T10:40:00Z").sensitivity, 4);
    assert_int_equal(
        in_force("sunset+30-06:00", NULL, "2026-12-21T10:55:00Z").sensitivity, 2);
    assert_int_equal(
        in_force("sunset-60-sunrise", NULL, "2026-12-21T09:30:00Z").sensitivity, 2);
    assert_int_equal(in_force("18:30-05:30", NULL, "2026-12-21T11:29:00Z").sensitivity, 4);
    assert_int_equal(in_force("18:30-05:30", NULL, "2026-12-21T11:30:00Z").sensitivity, 2);
}

/* 2026-12-21 is a Monday. */
static void hours_of_the_week_begin_on_their_days_and_end_on_the_next(void **state)
{
    static const char *const well[] = { "mon-fri 18:00-06:00", "t2-t6 18:00-06:00",
                                        "sat-mon 18:00-06:00", "cn, t2 18:00-06:00",
                                        "18:00-06:00" };

    for (size_t i = 0; i < COUNT_OF(well); i++) {
        assert_false(in_force(NULL, well[i], "2026-12-21T10:59:00Z").on);
        assert_true(in_force(NULL, well[i], "2026-12-21T11:00:00Z").on);
        assert_true(in_force(NULL, well[i], "2026-12-21T22:59:00Z").on); /* Tuesday */
        assert_false(in_force(NULL, well[i], "2026-12-21T23:00:00Z").on);
    }
    assert_false(in_force(NULL, "mon 18:00-06:00", "2026-12-21T18:00:00Z").on == false);
    assert_false(in_force(NULL, "mon 18:00-06:00", "2026-12-20T18:00:00Z").on);
    assert_true(in_force(NULL, "sun 00:00-24:00", "2026-12-20T05:00:00Z").on);
}

static void what_is_no_week_no_night_and_no_share_is_refused(void **state)
{
    static const char *const no_week[] = { "", "mon", "mon-fri", "mon-xyz 18:00-06:00",
                                           "mo 18:00-06:00", "mon 18-06", "t8 18:00-06:00" };
    static const char *const no_night[] = { "", "sunset", "sunset-sunset", "dusk-dawn",
                                            "sunset+999-sunrise", "18:00-18:00",
                                            "sunset-25:00", "sunset-sunrise+5000" };
    static const char *const no_share[] = { "0%", "101%", "5", "%", "-1%", "1e1%" };
    struct week_hours week;
    struct night night;
    float share;

    for (size_t i = 0; i < COUNT_OF(no_week); i++)
        assert_false(value_week(no_week[i], &week));
    for (size_t i = 0; i < COUNT_OF(no_night); i++)
        assert_false(value_night(no_night[i], &night));
    for (size_t i = 0; i < COUNT_OF(no_share); i++)
        assert_false(value_share(no_share[i], &share));
    assert_true(value_share("0.25 %", &share));
    assert_true(share == 0.0025F);
}

static void an_hour_moves_with_summer_time(void **state)
{
    char zone[] =
        "America/New_York"; /* 2026: summer from 8 March 07:00Z to 1 November 06:00Z */

    assert_true(include(zone, 1 * H, 2 * H, "2026-03-08T06:59:59Z")); /* 01:59:59 EST */
    assert_false(
        include(zone, 2 * H, 3 * H, "2026-03-08T07:00:00Z")); /* 02:xx is skipped */
    assert_true(include(zone, 3 * H, 4 * H, "2026-03-08T07:00:00Z")); /* 03:00:00 EDT */
    assert_true(include(zone, 1 * H, 2 * H, "2026-11-01T05:30:00Z")); /* 01:30 EDT */
    assert_true(
        include(zone, 1 * H, 2 * H, "2026-11-01T06:30:00Z")); /* 01:30 EST, again */
    assert_false(include(zone, 1 * H, 2 * H, "2026-11-01T07:00:00Z"));
}

static void summer_goes_over_the_turn_of_the_year_in_the_south(void **state)
{
    char zone[] = "Australia/Sydney"; /* summer, UTC+11, to 5 April 2026 */

    assert_true(include(zone, 10 * H, 11 * H, "2026-01-01T23:00:00Z"));
    assert_true(include(zone, 9 * H, 10 * H, "2026-07-01T23:00:00Z"));
}

static void a_snapshot_brings_its_zone_along(void **state)
{
    struct zone *zone = zone_open("Asia/Kolkata"); /* UTC+5:30 */
    char name[] = "Asia/Tokyo";
    struct settings set = { .site = { .time_zone = name, .zone = zone } };

    assert_true(hours_include(&set, (struct hours){ 5 * H + 30, 5 * H + 31 }, 0));
    zone_close(zone);
}

/* glibc knows the same files; its answer is the measure, also in years that only the rule
 * behind the table covers. */
static void every_zone_agrees_with_the_c_library(void **state)
{
    static const char *const names[] = { "Asia/Ho_Chi_Minh",
                                         "America/New_York",
                                         "Europe/Berlin",
                                         "Europe/Dublin",
                                         "Australia/Lord_Howe",
                                         "Asia/Tehran",
                                         "Africa/Casablanca",
                                         "America/Nuuk",
                                         "Pacific/Apia",
                                         "America/Sao_Paulo",
                                         "Asia/Kathmandu",
                                         "Etc/GMT+5",
                                         "UTC",
                                         "Antarctica/Troll" };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct zone *zone = zone_open(names[i]);
        assert_non_null(zone);
        setenv("TZ", names[i], 1);
        tzset();
        /* Every 17 hours and some, so that all hours of the day come up: 1950 to 2100. */
        for (int64_t at = -631152000; at < INT64_C(4102444800); at += 61211) {
            time_t t = (time_t)at;
            struct tm local;
            localtime_r(&t, &local);
            if (zone_offset_s(zone, at) != (int)local.tm_gmtoff)
                fail_msg("%s at %lld: %d, not %ld", names[i], (long long)at,
                         zone_offset_s(zone, at), local.tm_gmtoff);
        }
        zone_close(zone);
    }
    unsetenv("TZ");
    tzset();
}

static void a_rule_is_read_as_posix_writes_it(void **state)
{
    struct zone_rule rule;

    assert_true(zone_rule_read("<+07>-7", &rule));
    assert_int_equal(zone_rule_offset_s(&rule, 0), 7 * 3600);
    assert_true(zone_rule_read("EST5EDT,M3.2.0,M11.1.0", &rule));
    assert_int_equal(zone_rule_offset_s(&rule, 1782000000), -4 * 3600); /* June 2026 */
    assert_int_equal(zone_rule_offset_s(&rule, 1768000000), -5 * 3600); /* January 2026 */
    assert_true(zone_rule_read("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", &rule));
    assert_true(zone_rule_read("A-1B,J60/0,300/24:30:15", &rule) ==
                false); /* names of 3 letters */
    assert_true(zone_rule_read("AAA-1BBB,J60/0,300/24:30:15", &rule));
    static const char *const broken[] = { "",
                                          "7",
                                          "EST",
                                          "EST5EDT",
                                          "EST5EDT,M3",
                                          "EST5EDT,M13.1.0,J1",
                                          "EST5EDT,M3.2.0",
                                          "EST5EDT,M3.2.0,M11.1.0x",
                                          "<+07-7",
                                          "EST168",
                                          "EST5:60",
                                          "EST5EDT,M3.0.0,M11.1.0",
                                          "EST5EDT,366,J1",
                                          "EST5EDT,M3.2.7,J1" };
    for (size_t i = 0; i < COUNT_OF(broken); i++)
        if (zone_rule_read(broken[i], &rule))
            fail_msg("'%s' was taken", broken[i]);
}

static void a_file_that_is_no_zone_is_refused(void **state)
{
    uint8_t bytes[44 + 6] = { 'T', 'Z', 'i', 'f' };

    assert_null(zone_parse(bytes, sizeof bytes)); /* no kind of time */
    bytes[39] = 1;
    struct zone *zone = zone_parse(bytes, sizeof bytes);
    assert_non_null(zone);
    assert_int_equal(zone_offset_s(zone, 0), 0);
    zone_close(zone);
    assert_null(zone_parse(bytes, sizeof bytes - 1));
    bytes[32] = 0xff; /* four thousand million changes */
    assert_null(zone_parse(bytes, sizeof bytes));
    bytes[32] = 0;
    bytes[4] = '2'; /* a second part that is missing */
    assert_null(zone_parse(bytes, sizeof bytes));
    assert_null(zone_parse(bytes, 3));
    assert_null(zone_open("Asia/../../../../etc/passwd"));
    assert_null(zone_open("/etc/localtime"));
    assert_null(zone_open("Asia"));
    assert_null(zone_open(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_begin_with_their_first_minute_and_end_before_their_last),
        cmocka_unit_test(hours_may_run_over_midnight),
        cmocka_unit_test(equal_ends_are_the_whole_day),
        cmocka_unit_test(the_sun_rises_and_sets_in_hanoi_as_the_almanac_says),
        cmocka_unit_test(there_are_days_without_sunrise),
        cmocka_unit_test(the_night_of_the_sun_has_its_own_sensitivity_and_zones),
        cmocka_unit_test(minutes_are_added_to_the_sun_and_clocks_serve_as_well),
        cmocka_unit_test(hours_of_the_week_begin_on_their_days_and_end_on_the_next),
        cmocka_unit_test(what_is_no_week_no_night_and_no_share_is_refused),
        cmocka_unit_test(an_hour_moves_with_summer_time),
        cmocka_unit_test(summer_goes_over_the_turn_of_the_year_in_the_south),
        cmocka_unit_test(a_snapshot_brings_its_zone_along),
        cmocka_unit_test(every_zone_agrees_with_the_c_library),
        cmocka_unit_test(a_rule_is_read_as_posix_writes_it),
        cmocka_unit_test(a_file_that_is_no_zone_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
