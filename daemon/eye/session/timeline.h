/*
 * From a camera's RTP stamps to run time. Durations are the stamps', unwrapped from 32
 * bits and slewed towards the monotonic clock by at most 0.5 %; a stamp that no clock
 * explains is replaced by an estimate from arrival. Decode times rise strictly and
 * follow arrival. Times are in units of the track's clock, but for `_us`: microseconds,
 * monotonic.
 * Thread: the owner's. Source: RFC 3550, 5.1; ISO/IEC 14496-10, C.4.5.3 (reordering).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REORDER_MAX = 8, RECENT_STAMPS = 16 };

struct timeline {
    uint32_t clock; /* Hz */
    bool follows;   /* audio: set right at once when it is off, and never broken */
    int64_t begin, begin_us; /* run time and monotonic time of the first stamp */
    uint32_t last_rtp;       /* the last stamp that was believed, */
    int64_t raw;             /* its run time before correction, */
    int64_t now;             /* and its arrival, as run time */
    int64_t step;            /* from stamp to stamp */
    int64_t correction;      /* what is added to `raw`; slewed towards */
    int64_t target;
    int64_t slew_room; /* time that has passed and was not enough for a tick of slew */
    int64_t floor;     /* least arrival behind the stamp, in the last window */
    int64_t advice;    /* of sender reports, bounded */
    int64_t window_began;
    int64_t half_floor[2]; /* as `floor`, of this window's halves */
    double slope;          /* by which the floor moved in a window, per tick */
    int slopes;            /* windows in a row that were alike */
    double scale;          /* 1, or what makes seconds of a wrong clock rate */
    bool by_arrival;       /* the stamps stand still: only arrival counts */
    bool suspect;          /* the last stamp was not believed: */
    uint32_t suspect_rtp;
    int64_t suspect_raw, suspect_now;
    int reorder;                      /* pictures that come before an earlier shown one */
    int64_t waiting[REORDER_MAX + 1]; /* decode times to come, rising */
    int64_t recent[RECENT_STAMPS];    /* raw times, to learn `reorder` */
    size_t recent_count;
    int steps_back, depth_seen;
    int64_t last_dts;
    bool broken;   /* a new run is due, at the next keyframe */
    int64_t jumps; /* stamps and clocks that were not believed; never reset */
};

struct stamp {
    int64_t pts, dts;
    bool late; /* audio: it would lie on what was handed on already */
};

/* A new run: its first stamp, read now, is run time `at` (and a little later where
 * pictures are reordered). What was learned about the camera's clock rate stays. */
void timeline_begin(struct timeline *t, uint32_t clock, int reorder, uint32_t rtp,
                    int64_t us, int64_t at);
void timeline_take(struct timeline *t, uint32_t rtp, int64_t us, struct stamp *out);

/* The run time of any stamp near the last. */
int64_t timeline_at(const struct timeline *t, uint32_t rtp);

/* Advice that `rtp` belongs at `run_time`: followed gently, by at most 0.2 s, and not at
 * all when it is off by more than a second. */
void timeline_advise(struct timeline *t, uint32_t rtp, int64_t run_time);

/* Forgets what was learned: another camera, another encoder. */
void timeline_forget(struct timeline *t);
