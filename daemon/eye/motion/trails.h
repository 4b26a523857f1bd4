/*
 * A trail is the way of one thing through the picture: candidates of one look after the
 * other that belong together. It is confirmed when it went somewhere, straight enough,
 * with a surface of its own, not faster than people, beasts and vehicles do:
 *   >= 4 looks, >= 0.9 s; net >= 0.035 W and >= 0.35 box;
 *   mean age of its cells <= 0.85 of its own (what moves covers new ground; what a lamp
 *   left behind joins, parts and shrinks where it is);
 *   net >= 0.4 path (trees, flicker), and more of it the faster the path is (insects);
 *   mean strong share >= 0.6, 0.5 when big (headlights); net / age <= 2.5 box/s, or 2 s
 *   old (insects); when trails are born without end: 2.5 s and 0.07 W (snow, rain).
 * Thread: the detector's. Units: cells and cells per second; times in microseconds.
 */
#pragma once
#include "blobs.h"
#include "core/debug_view.h"
#include "core/way.h"
#include "tuning.h"

enum { TRAILS_MAX = 32, BIRTHS_MAX = 64, TRAIL_ZONES_MAX = 16 };

struct trail {
    bool used, confirmed;
    enum trail_wait waits; /* what it lacked when it was seen last */
    uint32_t id;      /* never the same again */
    int looks;        /* since the origin */
    int64_t first_us; /* of the origin */
    int64_t last_us;
    float from_x, from_y; /* the origin */
    float x, y, vx, vy;
    float path;                      /* sum of all steps since the origin */
    float cells;                     /* smoothed */
    float strong;                    /* sum of strong shares since the origin */
    struct blob box;                 /* as last seen */
    struct way way;                  /* since the origin */
    int32_t way_gap_ms; /* between points: twice as long each time it was full */
    uint8_t inside[TRAIL_ZONES_MAX]; /* looks with the foot in this zone; see zones.h */
    int64_t stayed_us[TRAIL_ZONES_MAX]; /* from look to look there, in a row or not */
    int64_t visited_us[TRAIL_ZONES_MAX]; /* the last look there */
};

struct trails {
    struct trail at[TRAILS_MAX];
    int64_t births_us[BIRTHS_MAX];
    uint32_t births; /* so many were written there */
    uint32_t born;
};

/* Takes in the candidates of one look. `settled`: trails may be confirmed. */
void trails_follow(struct trails *t, const struct tuning *set, const struct grid *grid,
                   const struct blobs *seen, int64_t at_us, bool settled);

/* What was followed is lost: time or the background has leapt. */
void trails_drop(struct trails *t);
