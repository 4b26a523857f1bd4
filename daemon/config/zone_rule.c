#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "zone.h"

enum { DAY_S = 86400 };

/* ---- reading ------------------------------------------------------------------------ */

static bool skip_name(const char **p)
{
    const char *start = *p;

    if (**p == '<') {
        const char *end = strchr(*p, '>');
        if (!end)
            return false;
        *p = end + 1;
        return true;
    }
    while (isalpha((unsigned char)**p))
        ++*p;
    return *p - start >= 3;
}

static bool read_number(const char **p, int most, int *to)
{
    size_t digits = strspn(*p, "0123456789");

    if (digits == 0 || digits > 3)
        return false;
    *to = 0;
    for (; digits > 0; digits--)
        *to = *to * 10 + *(*p)++ - '0';
    return *to <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool read_clock(const char **p, int *to_s)
{
    int hours, minutes = 0, seconds = 0, sign = **p == '-' ? -1 : 1;

    if (**p == '-' || **p == '+')
        ++*p;
    if (!read_number(p, 167, &hours))
        return false;
    if (**p == ':' && (++*p, !read_number(p, 59, &minutes)))
        return false;
    if (**p == ':' && (++*p, !read_number(p, 59, &seconds)))
        return false;
    *to_s = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool read_day(const char **p, struct zone_day *to)
{
    *to = (struct zone_day){ .kind = 'n', .time_s = 2 * 3600 };
    if (*(*p)++ != ',')
        return false;
    if (**p == 'M') {
        to->kind = 'M';
        ++*p;
        if (!read_number(p, 12, &to->month) || *(*p)++ != '.' ||
            !read_number(p, 5, &to->week) || *(*p)++ != '.' || !read_number(p, 6, &to->weekday) ||
            to->month < 1 || to->week < 1)
            return false;
    } else {
        if (**p == 'J') {
            to->kind = 'J';
            ++*p;
        }
        if (!read_number(p, 365, &to->day))
            return false;
    }
    return **p != '/' || (++*p, read_clock(p, &to->time_s));
}

bool zone_rule_read(const char *from, struct zone_rule *to)
{
    int west_s;

    *to = (struct zone_rule){ 0 };
    if (!skip_name(&from) || !read_clock(&from, &west_s))
        return false;
    to->standard_s = to->summer_s = -west_s;
    if (!*from)
        return true;
    to->has_summer = true;
    to->summer_s += 3600;
    if (!skip_name(&from))
        return false;
    if (*from != ',') {
        if (!read_clock(&from, &west_s))
            return false;
        to->summer_s = -west_s;
    }
    return read_day(&from, &to->begin) && read_day(&from, &to->end) && !*from;
}

/* ---- reckoning ---------------------------------------------------------------------- */

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 to 1 January; the Gregorian calendar in both directions. */
static int64_t days_to_year(int64_t year)
{
    int64_t before = year - 1;

    return 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) - 477;
}

static int64_t year_of(int64_t local_s)
{
    int64_t days = local_s / DAY_S - (local_s % DAY_S < 0);
    int64_t year = days < 0 ? 1969 + days / 365 : 1970 + days / 366; /* never too late */

    while (days_to_year(year + 1) <= days)
        year++;
    return year;
}

static int64_t day_of_rule(const struct zone_day *day, int64_t year)
{
    static const int before_month[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };
    int leap = is_leap(year);
    int64_t first = days_to_year(year);

    if (day->kind == 'n')
        return first + day->day;
    if (day->kind == 'J')
        return first + day->day - 1 + (leap && day->day >= 60);
    int64_t month = first + before_month[day->month - 1] + (leap && day->month > 2);
    int64_t next = first + before_month[day->month] + (leap && day->month >= 2);
    int weekday = (int)(((month + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    int64_t at = month + (day->weekday - weekday + 7) % 7 + (day->week - 1) * 7;
    return at < next ? at : at - 7;
}

int zone_rule_offset_s(const struct zone_rule *rule, int64_t at_s)
{
    if (!rule->has_summer)
        return rule->standard_s;
    int64_t year = year_of(at_s + rule->standard_s);
    int64_t begin = day_of_rule(&rule->begin, year) * DAY_S + rule->begin.time_s -
                    rule->standard_s;
    int64_t end = day_of_rule(&rule->end, year) * DAY_S + rule->end.time_s - rule->summer_s;
    bool summer = begin < end ? at_s >= begin && at_s < end : at_s >= begin || at_s < end;

    return summer ? rule->summer_s : rule->standard_s;
}
