/*
 * What the detector of one camera saw on one picture, for an admin who asks why it rings:
 * the picture as its grid of mean luma values, the background that it is held against, what
 * differs, and what is followed. Cells behind a mask are black. Thread: the owner's.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "core/way.h"

enum { DEBUG_CELLS_SIDE = 160, DEBUG_TRAILS = 32 };

/* What a cell shows. */
enum debug_mark {
    DEBUG_STILL,
    DEBUG_WEAK,   /* it differs, and may be light or flat */
    DEBUG_STRONG, /* it surely is another surface */
    DEBUG_MASKED, /* it is not looked at */
    DEBUG_MARKS
};

/* What is still missing before a trail is believed; the first in this order. */
enum trail_wait {
    TRAIL_BELIEVED,
    TRAIL_YOUNG,   /* seen too few times, or for too short a time */
    TRAIL_NEAR,    /* it has not gone far enough */
    TRAIL_STAYS,   /* it covers the same ground all the time */
    TRAIL_CROOKED, /* it goes to and fro */
    TRAIL_LIGHT,   /* it has the surface of the ground: light, shadow */
    TRAIL_FAST,    /* too fast for its size: an insect */
    TRAIL_WEATHER, /* much comes and goes: longer and farther is asked for */
    TRAIL_SETTLES, /* the background is too new */
    TRAIL_OUTSIDE, /* believed, but in no zone */
    TRAIL_WAITS
};

struct debug_trail {
    uint32_t id;
    uint8_t box[4]; /* x0 y0 x1 y1: cells, the last ones included */
    bool seen;      /* on this picture */
    enum trail_wait waits;
    int looks; /* since its origin */
    struct way way;
};

struct debug_view {
    int64_t at_us;              /* wall time of the picture */
    int width, height;          /* cells, each 1..DEBUG_CELLS_SIDE */
    const uint8_t *now;         /* luma, a byte a cell; lent, as the next two */
    const uint8_t *background;
    const uint8_t *marks;       /* enum debug_mark */
    bool watching;              /* everything is decoded now, not only keyframes */
    bool suspicion;
    bool clutter;               /* weather: nothing on this picture counts */
    bool learned_anew;          /* a lamp, or the first picture */
    float gain;                 /* exposure against the background */
    float moving_share;         /* 0..1 of the open cells, before the test for light */
    float futility;             /* 0..2 */
    int candidates;
    int trail_count;
    struct debug_trail trails[DEBUG_TRAILS];
};
