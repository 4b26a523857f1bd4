/*
 * How much one camera's process may hand over in a time, whatever it is made to do: real
 * streams stay far below, and a process that is no longer its own fills neither disk nor
 * catalogue, nor keeps the loop from others. What was not used adds up to a burst; the
 * process that comes after it goes on with what is left. Thread: the owner's. Times:
 * monotonic microseconds (`_us`).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "wire/wire.h"

enum ration_kind {
    RATION_KIB,     /* of all bodies */
    RATION_MEDIA,   /* fragments and pictures */
    RATION_RUNS,    /* each makes a file */
    RATION_EVENTS,  /* each makes a row and a picture */
    RATION_REPORTS, /* of motion */
    RATION_SECONDS, /* with motion, each makes a row */
    RATION_DEBUGS,  /* views of what the detector sees */
    RATION_WORDS,   /* any other message */
    RATION_KINDS,
};

struct ration {
    int64_t saved_us[RATION_KINDS]; /* what is left, as the time in which it adds up */
    int64_t at_us;
};

void ration_begin(struct ration *r, int64_t now_us);

/* Takes `count` of a kind. NULL: it was there; else what there is too much of, for the
 * log. */
const char *ration_take(struct ration *r, enum ration_kind kind, int64_t count,
                        int64_t now_us);

/* The same for a message, before there is room for it; but not what is only known when it
 * has been read (RATION_EVENTS). */
const char *ration_message(struct ration *r, const struct wire_header *h, int64_t now_us);
