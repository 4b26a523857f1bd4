/*
 * The way of one thing through the picture of a camera: its foot (the middle of its box's
 * lower edge) in 0..1 of the picture, and milliseconds since it was first seen. Oldest
 * first; the last is where it was seen last.
 */
#pragma once
#include <stdint.h>

enum { WAY_POINTS = 32, WAY_MS_MAX = 24 * 3600 * 1000 };

struct way {
    int count; /* 0: unknown */
    struct way_point {
        float x, y;
        int32_t ms;
    } at[WAY_POINTS];
};
