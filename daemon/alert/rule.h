/*
 * Who is told of what happens in an area, and why somebody is not: one pure decision from
 * the settings, the time and the mutes.
 * Thread: any.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "alert/duty.h"
#include "config/settings.h"
#include "store/device_rows.h"

/* Whether motion that begins now makes an alert. */
bool rule_in_hours(const struct settings *set, int64_t wall_us);

/* What there is to be told. */
struct occasion {
    const struct settings *set;
    const struct area *area;        /* NULL: one that is no more; nobody is told */
    const char *camera;             /* NULL: none */
    enum event_kind kind;
    enum severity severity;
    int64_t at_us;                  /* wall */
    const struct mute_list *mutes;  /* that last at that time; NULL: none */
};

/* One person, whatever the rank. */
struct verdict rule_of_person(const struct occasion *what, const struct person *person);

/* Everybody of the settings, in their order; `list` has room for set->person_count. Only
 * ranks above `over` up to `up_to` are told now, the others later or never. When nobody at
 * all is on duty, duty hours tell nobody apart. */
void rule_decide(const struct occasion *what, int over, int up_to, struct verdict *list);

/* The lowest rank above `over` of which somebody is told; 0: none. */
int rule_next_rank(const struct occasion *what, int over);
int rule_last_rank(const struct occasion *what);
