/*
 * A run: packets that are timed as one. It takes the wall clock once, at its first
 * picture, and goes on by the camera's clock; it ends with the stream, or when the wall
 * clock was set. Thread: the loop's. Times: microseconds (`_us`), or ticks of a track's
 * clock.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct run {
    uint32_t number; /* 0: none yet */
    bool on;
    int64_t us;            /* monotonic time of its first picture */
    int64_t wall_us;       /* wall time of it */
    int64_t wall_ahead_us; /* of the monotonic clock, then */
    int64_t pts_us;        /* of its first picture */
};

void run_begin(struct run *run, int64_t us, int64_t pts_us);
/* The wall clock is another than it was at the begin. */
bool run_wall_has_stepped(const struct run *run);
int64_t run_wall_us(const struct run *run, int64_t pts_us);

int64_t ticks_of(int64_t us, uint32_t clock);
int64_t us_of(int64_t ticks, uint32_t clock);
