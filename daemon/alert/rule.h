/*
 * Who is told of what happens in an area, and when motion is worth telling of: read from
 * the settings alone.
 * Thread: any.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "config/settings.h"

/* Whether motion that begins now makes an alert. */
bool rule_in_hours(const struct settings *set, int64_t wall_us);

/* The lowest rank above `rank` that somebody has who looks after the area (its own people
 * and those of the areas that it lies in); 0: there is none. */
int rule_next_rank(const struct settings *set, const char *area, int rank);
int rule_last_rank(const struct settings *set, const char *area);

/* "person:truong-thon-dong", "screen:nha-van-hoa-dong" */
struct recipient {
    char name[ID_MAX + 8];
};
struct recipients {
    struct recipient *list;
    size_t count;
};

/* The people of ranks above `over` up to `up_to`; with the area's screens when nobody was
 * told before (`over` 0). The caller frees `list`. */
struct recipients rule_recipients(const struct settings *set, const char *area, int over,
                                  int up_to);
