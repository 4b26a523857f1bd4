/*
 * A time zone, read from the machine's own files, so that no thread has to change what
 * localtime() means to the others. RFC 8536 (TZif).
 * Thread: any; a zone does not change.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone;

/* "Asia/Ho_Chi_Minh"; NULL: there is no such zone, or its file cannot be read. */
struct zone *zone_open(const char *name);
void zone_close(struct zone *zone);

/* The bytes of a TZif file; NULL: they are none. */
struct zone *zone_parse(const uint8_t *bytes, size_t size);

/* Seconds east of UTC that are in force at a time (seconds since 1970). */
int zone_offset_s(const struct zone *zone, int64_t at_s);

/* ---- the rule for times after the table's end (zone_rule.c) ------------------------- */

/* When summer time begins or ends, in every year: POSIX.1-2017, 8.3, TZ. */
struct zone_day {
    char kind;     /* 'M': month, week, weekday; 'J': 1..365 without 29 February; 'n': 0..365 */
    int month, week, weekday, day;
    int time_s;    /* local time of day; RFC 8536 allows -167 h to 167 h */
};
struct zone_rule {
    int standard_s, summer_s; /* east of UTC */
    bool has_summer;
    struct zone_day begin, end;
};

/* "EST5EDT,M3.2.0,M11.1.0" */
bool zone_rule_read(const char *from, struct zone_rule *to);
int zone_rule_offset_s(const struct zone_rule *rule, int64_t at_s);
