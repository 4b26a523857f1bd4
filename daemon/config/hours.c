/* What the clock and the sun decide. */
#include <stdlib.h>

#include "config/settings.h"
#include "sun.h"
#include "zone.h"

enum { DAY_S = 86400, DAY_MIN = 1440, DAYS_A_WEEK = 7 };

/* A moment in the site's time zone. */
struct local {
    int64_t day; /* since 1970-01-01 */
    int minute;  /* since midnight */
    int east_min;
};

int settings_offset_s(const struct settings *set, int64_t wall_us)
{
    bool by_hand = !set->site.zone && set->site.time_zone;
    struct zone *own = by_hand ? zone_open(set->site.time_zone) : NULL;
    const struct zone *zone = own ? own : set->site.zone;
    int64_t at_s = wall_us / 1000000 - (wall_us % 1000000 < 0);
    int east_s = zone ? zone_offset_s(zone, at_s) : 0;

    zone_close(own);
    return east_s;
}

static struct local local_of(const struct settings *set, int64_t wall_us)
{
    int64_t at_s = wall_us / 1000000 - (wall_us % 1000000 < 0);
    int east_s = settings_offset_s(set, wall_us);
    int64_t local_s = at_s + east_s;
    int64_t in_day_s = (local_s % DAY_S + DAY_S) % DAY_S;

    return (struct local){ .day = (local_s - in_day_s) / DAY_S,
                           .minute = (int)(in_day_s / 60),
                           .east_min = east_s / 60 };
}

static bool lies_within(int minute, int from_min, int to_min)
{
    if (from_min == to_min)
        return true;
    if (from_min < to_min)
        return minute >= from_min && minute < to_min;
    return minute >= from_min || minute < to_min;
}

bool hours_include(const struct settings *set, struct hours hours, int64_t wall_us)
{
    return lies_within(local_of(set, wall_us).minute, hours.from_min, hours.to_min);
}

/* After midnight it is still the evening before. */
static bool week_includes(const struct week_hours *week, const struct local *now)
{
    int from = week->hours.from_min, to = week->hours.to_min;
    bool late = from > to && now->minute < to;
    int64_t day = now->day - late;
    /* 1970-01-01 was a Thursday. */
    int weekday = (int)(((day + 3) % DAYS_A_WEEK + DAYS_A_WEEK) % DAYS_A_WEEK);

    return week->days & 1U << weekday && lies_within(now->minute, from, to);
}

bool weeks_include(const struct settings *set, const struct week_hours *weeks, size_t count,
                   int64_t wall_us)
{
    struct local now = local_of(set, wall_us);

    for (size_t i = 0; i < count; i++)
        if (week_includes(&weeks[i], &now))
            return true;
    return count == 0;
}

/* Minutes of the local day; -1: the sun does not do that today. */
static int edge_minute(const struct settings *set, const struct day_edge *edge,
                       const struct local *now)
{
    const struct coordinates *at = &set->site.place;
    struct sun_times sun;

    if (edge->by == EDGE_CLOCK)
        return edge->minutes;
    if (!sun_times(at->latitude, at->longitude, now->day, &sun))
        return -1;
    double utc_min = edge->by == EDGE_SUNRISE ? sun.rise_min : sun.set_min;
    int minute = (int)(utc_min + 0.5) + now->east_min + edge->minutes;
    return (minute % DAY_MIN + DAY_MIN) % DAY_MIN;
}

static bool is_night(const struct settings *set, const struct night *night,
                     const struct local *now)
{
    if (night->from.by == night->to.by && night->from.minutes == night->to.minutes)
        return false;
    int from = edge_minute(set, &night->from, now), to = edge_minute(set, &night->to, now);
    return from >= 0 && to >= 0 && from != to && lies_within(now->minute, from, to);
}

struct motion_now motion_at(const struct settings *set, const struct motion_settings *motion,
                            int64_t wall_us)
{
    struct local now = local_of(set, wall_us);
    struct motion_now in_force = { .on = motion->on,
                                   .sensitivity = motion->sensitivity,
                                   .zones = motion->zones,
                                   .zone_count = motion->zone_count };
    bool in_hours = motion->hours_count == 0;

    for (size_t i = 0; i < motion->hours_count; i++)
        in_hours = in_hours || week_includes(&motion->hours[i], &now);
    in_force.on = in_force.on && in_hours;
    if (!is_night(set, &motion->night.hours, &now))
        return in_force;
    in_force.on = in_force.on && motion->night.on;
    if (motion->night.sensitivity)
        in_force.sensitivity = motion->night.sensitivity;
    if (motion->night.zone_count) {
        in_force.zones = motion->night.zones;
        in_force.zone_count = motion->night.zone_count;
    }
    return in_force;
}
