/*
 * Where something moved, second by second, as 16 x 9 bits: what one searches footage by.
 * Looks may go back in time (a GOP decoded again), so a second waits a while until it is
 * handed over; one with no motion never is.
 * Thread: the detector's. Times: wall time.
 */
#pragma once
#include <stdbool.h>

#include "grid.h"
#include "motion.h"

enum { ACTIVITY_WAITING = 8 };

struct activity {
    struct motion_activity waiting[ACTIVITY_WAITING]; /* in order of time */
    int count;
};

typedef void activity_fn(void *arg, const struct motion_activity *second);

/* Sets the bits that the marked cells from x0, y0 to x1, y1 (both included) touch. */
void activity_mark(uint8_t bits[MOTION_ACTIVITY_BYTES], const struct grid *grid,
                   const uint8_t *marks, int x0, int y0, int x1, int y1);

/* A look at `wall_us` showed this; no bits at all are nothing. */
void activity_add(struct activity *a, int64_t wall_us,
                  const uint8_t bits[MOTION_ACTIVITY_BYTES], activity_fn *fn, void *arg);

/* Hands over the seconds that are over by now; INT64_MAX: all. */
void activity_pass(struct activity *a, int64_t wall_us, activity_fn *fn, void *arg);
