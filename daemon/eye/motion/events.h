/*
 * From confirmed trails to events, with two levels: to begin takes a confirmed trail, to
 * go on only that one is still seen. An event ends 5 s after the last sight; what is
 * confirmed before that belongs to it, so that people who come one after the other ring
 * once.
 * Thread: the detector's. Times: microseconds of the detector's own time.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct events {
    bool open;
    uint32_t number;  /* of the event that is open, or of the last one */
    int64_t start_us; /* first sight of the first trail */
    int64_t last_us;  /* last sight of a confirmed trail */
    int score;        /* the highest */
    int zone;         /* of the first trail; -1: none */
};

enum events_news { EVENTS_NOTHING, EVENTS_BEGAN, EVENTS_ENDED };

/* A confirmed trail is seen now. EVENTS_BEGAN or nothing: call events_wait() before. */
enum events_news events_see(struct events *e, int64_t first_us, int64_t at_us, int score,
                            int zone);

/* Time goes on. `coming_us`: first sight of a trail that may still be confirmed, which
 * holds the end back if it lies near enough; INT64_MAX: there is none. */
enum events_news events_wait(struct events *e, int64_t merge_us, int64_t now_us,
                             int64_t coming_us);

/* No more pictures will come of this. EVENTS_ENDED if one was open. */
enum events_news events_break(struct events *e);
