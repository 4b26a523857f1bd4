#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "core/time_text.h"

static const char *write_time(int64_t us, int digits, char to[TIME_TEXT_MAX])
{
    int64_t part = us % 1000000;
    struct tm t;

    if (part < 0)
        part += 1000000;
    time_t seconds = (time_t)((us - part) / 1000000);
    gmtime_r(&seconds, &t);
    size_t n = strftime(to, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(to + n, TIME_TEXT_MAX - n, ".%0*dZ", digits,
             (int)(digits == 3 ? part / 1000 : part));
    return to;
}

const char *time_text(int64_t us, char to[TIME_TEXT_MAX])
{
    return write_time(us, 3, to);
}

const char *time_text_exact(int64_t us, char to[TIME_TEXT_MAX])
{
    return write_time(us, 6, to);
}

/* More would not fit into microseconds. */
#define SECONDS_MOST (1LL << 40)

/* "Z", "+07:00" or "-0330" as seconds east of UTC; false for anything else. */
static bool read_offset(const char *p, int *east_s)
{
    int hours, minutes, used = 0;

    if ((*p == 'Z' || *p == 'z') && !p[1]) {
        *east_s = 0;
        return true;
    }
    if (*p != '+' && *p != '-')
        return false;
    if (sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || p[1 + used])
        return false;
    *east_s = (hours * 60 + minutes) * 60 * (*p == '-' ? -1 : 1);
    return hours < 24 && minutes < 60;
}

bool time_read(const char *text, int64_t *us)
{
    struct tm t = { 0 };
    int used = 0, east_s;
    int64_t part = 0;
    char *end;

    long long seconds = strtoll(text, &end, 10);
    if (end != text && !*end && seconds > -SECONDS_MOST && seconds < SECONDS_MOST) {
        *us = SECONDS_US(seconds);
        return true;
    }
    if (sscanf(text, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday,
               &t.tm_hour, &t.tm_min, &t.tm_sec, &used) != 6 || used == 0)
        return false;
    if (t.tm_year < 1970 || t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 ||
        t.tm_mday > 31 || t.tm_hour < 0 || t.tm_hour > 23 || t.tm_min < 0 ||
        t.tm_min > 59 || t.tm_sec < 0 || t.tm_sec > 60)
        return false;
    text += used;
    if (*text == '.') {
        text++;
        for (int64_t unit = 100000; isdigit((unsigned char)*text); text++, unit /= 10)
            part += unit * (*text - '0');
    }
    if (!read_offset(text, &east_s))
        return false;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    *us = SECONDS_US(timegm(&t) - east_s) + part;
    return true;
}
