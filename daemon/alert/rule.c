#include <string.h>

#include "alert/explain.h"
#include "core/clock.h"
#include "core/memory.h"
#include "rule.h"

/* 2025-01-01. A machine without a clock battery starts in 1970. */
#define CLOCK_WAS_SET_US SECONDS_US(1735689600)

/* A clock that nobody has set says nothing about the hour: better one alert too many in
 * the night after a power cut. */
static bool knows_hour(int64_t wall_us)
{
    return wall_us >= CLOCK_WAS_SET_US;
}

bool rule_in_hours(const struct settings *set, int64_t wall_us)
{
    return !knows_hour(wall_us) || settings_motion_hours(set, wall_us);
}

static bool looks_after(const struct person *person, const struct area *area)
{
    for (size_t i = 0; area && i < person->area_count; i++)
        if (area_is_within(area, person->areas[i]))
            return true;
    return false;
}

/* The nearest area with quiet hours of its own says when it is quiet. */
static bool area_is_quiet(const struct occasion *what)
{
    for (const struct area *area = what->area; area; area = area->within)
        if (area->quiet.on)
            return schedule_includes(what->set, &area->quiet, what->at_us);
    return false;
}

static bool mute_covers(const struct occasion *what, const struct mute_row *mute,
                        const struct person *person)
{
    if (mute->until_us <= what->at_us || mute->since_us > what->at_us ||
        (mute->person && strcmp(mute->person, person->id) != 0))
        return false;
    if (mute->camera)
        return what->camera && strcmp(mute->camera, what->camera) == 0;
    const struct area *muted =
        mute->area ? settings_find_area(what->set, mute->area) : NULL;
    return muted && area_is_within(what->area, muted);
}

static const struct mute_row *find_mute(const struct occasion *what,
                                        const struct person *person)
{
    const struct mute_row *longest = NULL;

    for (size_t i = 0; what->mutes && i < what->mutes->count; i++) {
        const struct mute_row *mute = &what->mutes->rows[i];
        if (mute_covers(what, mute, person) &&
            (!longest || mute->until_us > longest->until_us))
            longest = mute;
    }
    return longest;
}

struct verdict rule_of_person(const struct occasion *what, const struct person *person)
{
    struct verdict verdict = { .person = person, .why = WHY_TOLD };
    bool passes = what->kind == EVENT_ALARM || what->kind == EVENT_TEST;
    bool urgent = what->severity == SEVERITY_URGENT;

    if (!looks_after(person, what->area)) {
        verdict.why = WHY_AREA;
        return verdict;
    }
    /* A person who raises the alarm is heard by everybody; a test tests the way. */
    if (passes)
        return verdict;
    const struct mute_row *mute = find_mute(what, person);
    if (what->severity < person->severity) {
        verdict.why = WHY_SEVERITY;
    } else if (!urgent && mute) {
        verdict.why = WHY_MUTED;
        verdict.until_us = mute->until_us;
        verdict.by = mute->by;
    } else if (!urgent && knows_hour(what->at_us) &&
               schedule_includes(what->set, &person->quiet, what->at_us)) {
        verdict.why = WHY_QUIET;
    } else if (!urgent && knows_hour(what->at_us) && area_is_quiet(what)) {
        verdict.why = WHY_QUIET_AREA;
    } else if (person->duty.on && knows_hour(what->at_us) &&
               !schedule_includes(what->set, &person->duty, what->at_us)) {
        verdict.why = WHY_OFF_DUTY;
    }
    return verdict;
}

/* Nobody is on duty: then those are told who would be if they were. */
static bool somebody_is_told(const struct occasion *what)
{
    for (size_t i = 0; i < what->set->person_count; i++)
        if (rule_of_person(what, &what->set->people[i]).why == WHY_TOLD)
            return true;
    return false;
}

static struct verdict judge(const struct occasion *what, const struct person *person,
                            bool somebody)
{
    struct verdict verdict = rule_of_person(what, person);

    if (!somebody && verdict.why == WHY_OFF_DUTY)
        verdict.why = WHY_NOBODY_ELSE;
    return verdict;
}

static bool is_told(enum why why)
{
    return why == WHY_TOLD || why == WHY_NOBODY_ELSE;
}

void rule_decide(const struct occasion *what, int over, int up_to, struct verdict *list)
{
    bool somebody = somebody_is_told(what);

    for (size_t i = 0; i < what->set->person_count; i++) {
        const struct person *person = &what->set->people[i];
        list[i] = judge(what, person, somebody);
        if (is_told(list[i].why) && person->rank <= over)
            list[i].why = WHY_EARLIER;
        else if (is_told(list[i].why) && person->rank > up_to)
            list[i].why = WHY_LATER;
    }
}

int rule_next_rank(const struct occasion *what, int over)
{
    bool somebody = somebody_is_told(what);
    int next = 0;

    for (size_t i = 0; i < what->set->person_count; i++) {
        const struct person *person = &what->set->people[i];
        if (person->rank > over && (next == 0 || person->rank < next) &&
            is_told(judge(what, person, somebody).why))
            next = person->rank;
    }
    return next;
}

int rule_last_rank(const struct occasion *what)
{
    int last = 0, next;

    while ((next = rule_next_rank(what, last)) > 0)
        last = next;
    return last;
}
