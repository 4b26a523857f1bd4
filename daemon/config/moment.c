#include <stdio.h>
#include <string.h>
#include <time.h>

#include "config/settings.h"
#include "core/clock.h"
#include "core/time_text.h"

enum { TEXT_MOST = 40 };

/* "2026-11-21" or "2026-11-21 14:00", a T between, seconds behind. */
static bool read_local(const char *text, struct tm *to, bool *is_day)
{
    int day = 0, minute = 0, second = 0;

    *to = (struct tm){ 0 };
    if (sscanf(text, "%4d-%2d-%2d%n%*1[Tt ]%2d:%2d%n:%2d%n", &to->tm_year, &to->tm_mon,
               &to->tm_mday, &day, &to->tm_hour, &to->tm_min, &minute, &to->tm_sec,
               &second) < 3)
        return false;
    int used = second ? second : minute ? minute : day;
    *is_day = used == day;
    return used > 0 && !text[used] && to->tm_year >= 1970 && to->tm_hour >= 0 &&
           to->tm_hour < 24 && to->tm_min >= 0 && to->tm_min < 60 && to->tm_sec >= 0 &&
           to->tm_sec < 60;
}

bool settings_read_time(const struct settings *set, const char *text, bool ends, int64_t *us)
{
    struct tm local;
    bool is_day;

    if (strlen(text) > TEXT_MOST || !strchr(text, '-'))
        return false;
    if (time_read(text, us))
        return true;
    if (!read_local(text, &local, &is_day))
        return false;
    int day = local.tm_mday, month = local.tm_mon - 1;
    local.tm_year -= 1900;
    local.tm_mon -= 1;
    int64_t as_utc_us = SECONDS_US(timegm(&local));
    if (local.tm_mday != day || local.tm_mon != month)
        return false; /* the month has no such day */
    if (is_day && ends)
        as_utc_us += SECONDS_US(86400);
    int64_t near_us = as_utc_us - SECONDS_US(settings_offset_s(set, as_utc_us));
    *us = as_utc_us - SECONDS_US(settings_offset_s(set, near_us));
    return true;
}
