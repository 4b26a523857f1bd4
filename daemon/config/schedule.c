/* Stretches of some days of the week, and holidays. */
#include "config/settings.h"
#include "zone.h"

void settings_local_time(const struct settings *set, int64_t wall_us, int64_t *day,
                         int *minute)
{
    enum { DAY_S = 86400 };
    bool by_hand = !set->site.zone && set->site.time_zone;
    struct zone *own = by_hand ? zone_open(set->site.time_zone) : NULL;
    const struct zone *zone = own ? own : set->site.zone;
    int64_t at_s = wall_us / 1000000 - (wall_us % 1000000 < 0);
    int64_t local_s = at_s + (zone ? zone_offset_s(zone, at_s) : 0);

    zone_close(own);
    *minute = (int)((local_s % DAY_S + DAY_S) % DAY_S / 60);
    *day = (local_s - (local_s % DAY_S + DAY_S) % DAY_S) / DAY_S;
}

static bool minutes_include(struct hours hours, int minute)
{
    if (hours.from_min == hours.to_min)
        return true;
    if (hours.from_min < hours.to_min)
        return minute >= hours.from_min && minute < hours.to_min;
    return minute >= hours.from_min || minute < hours.to_min;
}

static bool is_holiday(const struct settings *set, int64_t day)
{
    for (size_t i = 0; i < set->alerts.holiday_count; i++)
        if (set->alerts.holidays[i] == day)
            return true;
    return false;
}

/* 1 January 1970 was a Thursday. */
static bool day_counts(const struct settings *set, unsigned days, int64_t day)
{
    enum { SUNDAY = 6 };
    int weekday = is_holiday(set, day) ? SUNDAY : (int)(((day + 3) % 7 + 7) % 7);

    return days == 0 || days & (1u << weekday);
}

/* The day on which the stretch that holds this minute began. */
static int64_t day_of_begin(struct hours hours, int64_t day, int minute)
{
    return hours.from_min > hours.to_min && minute < hours.to_min ? day - 1 : day;
}

bool schedule_includes(const struct settings *set, const struct schedule *schedule,
                       int64_t wall_us)
{
    int64_t day;
    int minute;

    if (!schedule->on)
        return false;
    settings_local_time(set, wall_us, &day, &minute);
    return minutes_include(schedule->hours, minute) &&
           day_counts(set, schedule->days, day_of_begin(schedule->hours, day, minute));
}

bool settings_motion_hours(const struct settings *set, int64_t wall_us)
{
    struct hours hours = set->alerts.motion_hours;
    int64_t day;
    int minute;

    settings_local_time(set, wall_us, &day, &minute);
    if (set->alerts.holiday.on && is_holiday(set, day))
        return minutes_include(set->alerts.holiday.hours, minute);
    return minutes_include(hours, minute) &&
           day_counts(set, set->alerts.motion_days, day_of_begin(hours, day, minute));
}

struct grouping settings_grouping(const struct settings *set,
                                  const struct camera_settings *camera)
{
    struct grouping found = { .cool_down_us = set->alerts.cool_down_us,
                              .group_us = set->alerts.group_us,
                              .whole = camera->area };
    const struct area *area = camera->area;

    while (area && !area->group.on)
        area = area->within;
    if (area) {
        found.group_us = area->group.us;
        found.whole = area;
    }
    if (camera->cool_down.on) {
        found.cool_down_us = camera->cool_down.us;
        return found;
    }
    area = camera->area;
    while (area && !area->cool_down.on)
        area = area->within;
    if (area)
        found.cool_down_us = area->cool_down.us;
    return found;
}
