#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/memory.h"
#include "rule.h"

/* 2025-01-01. A machine without a clock battery starts in 1970. */
#define CLOCK_WAS_SET_US SECONDS_US(1735689600)

bool rule_in_hours(const struct settings *set, int64_t wall_us)
{
    /* A clock that nobody has set says nothing about the hour: better one alert too many
     * in the night after a power cut. */
    return wall_us < CLOCK_WAS_SET_US ||
           hours_include(set, set->alerts.motion_hours, wall_us);
}

static bool looks_after(const struct person *person, const struct area *area)
{
    for (size_t i = 0; i < person->area_count; i++)
        if (area_is_within(area, person->areas[i]))
            return true;
    return false;
}

int rule_next_rank(const struct settings *set, const char *area_id, int rank)
{
    const struct area *area = settings_find_area(set, area_id);
    int next = 0;

    for (size_t i = 0; area && i < set->person_count; i++) {
        const struct person *person = &set->people[i];
        if (person->rank > rank && (next == 0 || person->rank < next) &&
            looks_after(person, area))
            next = person->rank;
    }
    return next;
}

int rule_last_rank(const struct settings *set, const char *area)
{
    int last = 0, next;

    while ((next = rule_next_rank(set, area, last)) > 0)
        last = next;
    return last;
}

static void add(struct recipients *to, const char *kind, const char *id)
{
    to->list = xrealloc(to->list, (to->count + 1) * sizeof *to->list);
    snprintf(to->list[to->count].name, sizeof to->list->name, "%s:%s", kind, id);
    to->count++;
}

struct recipients rule_recipients(const struct settings *set, const char *area_id,
                                  int over, int up_to)
{
    const struct area *area = settings_find_area(set, area_id);
    struct recipients to = { 0 };

    for (size_t i = 0; area && over == 0 && i < set->screen_count; i++)
        if (area_is_within(area, set->screens[i].area))
            add(&to, "screen", set->screens[i].id);
    for (size_t i = 0; area && i < set->person_count; i++) {
        const struct person *person = &set->people[i];
        if (person->rank > over && person->rank <= up_to && looks_after(person, area))
            add(&to, "person", person->id);
    }
    return to;
}
