/*
 * The detector of one camera: a thread that decodes what it must, keeps a background model,
 * follows what moves, and says when an event begins, has a better picture, and ends. It also
 * makes the single pictures that pages and latest.jpg ask for.
 * Thread: motion_feed() and the rest on the loop; reports are posted to the loop. The feed is
 * a bounded queue that drops to the next keyframe (and counts) rather than delays.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/debug_view.h"
#include "core/loop.h"
#include "core/way.h"
#include "packet.h"

struct motion;

struct motion_polygon {
    char id[48];
    float points[32][2]; /* 0..1 of the picture */
    int count;
    /* Of zones: which things count there. Parts of the picture; 0: no such bound. */
    float smallest, largest;
    int64_t stays_us; /* and for how long they must have been inside */
};

/* What may be wrong with the view: motion/view.h. */
enum view_kind {
    VIEW_WELL,
    VIEW_FROZEN,
    VIEW_DARK,    /* suddenly without light */
    VIEW_FLAT,    /* without structure: something is before the lens */
    VIEW_BLURRED, /* its fine structure is gone */
    VIEW_TURNED,  /* it shows another place */
    VIEW_KINDS
};

enum { VIEW_MEMORY = 2400 };

/* What is held against the learned view, and what was learned by a process before. */
struct view_setup {
    bool on;            /* also without `detect`, by a keyframe now and then */
    int64_t frozen_us;  /* the same picture for so long is frozen */
    int64_t covered_us; /* the view is gone for so long; learned after three times that */
    uint8_t memory[VIEW_MEMORY];
    size_t memory_size; /* 0: none */
};

struct motion_setup {
    bool detect;         /* false: only pictures on demand, and the view */
    int sensitivity;     /* 1..5 */
    struct motion_polygon zones[16], masks[16];
    int zone_count, mask_count;
    bool watch_all;      /* decode everything: what the cascade is measured against */
    int jpeg_width;      /* snapshots are at most this wide; 0: 1280 */
    struct view_setup view;
};

/* MOVED: it goes on, and its way is longer; without picture and box. */
enum { MOTION_PHASE_BEGAN, MOTION_PHASE_BETTER, MOTION_PHASE_ENDED, MOTION_PHASE_MOVED };

struct motion_event {
    int phase;
    uint32_t number;     /* from 1, the same from BEGAN to ENDED */
    int64_t start_us;    /* wall time of the first sight */
    int64_t at_us;       /* wall time of the picture, or of the last sight */
    int64_t decided_us;  /* wall clock at the decision */
    int score;           /* permille of the zone or picture that moved, at its peak */
    float box[4];        /* x0 y0 x1 y1 in 0..1 */
    char zone[48];       /* "" when no zones are configured */
    struct way way;      /* so far, of the first thing; ms since start_us */
    const uint8_t *jpeg; /* BEGAN and BETTER; lent; at most 100 kB */
    size_t jpeg_size;
};

/* Where something moved during one second: bit row * 16 + column, the lowest bit of a byte
 * first, row 0 at the top. */
enum {
    MOTION_ACTIVITY_COLUMNS = 16,
    MOTION_ACTIVITY_ROWS = 9,
    MOTION_ACTIVITY_BYTES = MOTION_ACTIVITY_COLUMNS * MOTION_ACTIVITY_ROWS / 8,
};

struct motion_activity {
    int64_t second_us; /* wall time, a whole second */
    uint8_t cells[MOTION_ACTIVITY_BYTES];
};

struct motion_listener {
    void (*on_event)(void *arg, const struct motion_event *event);
    /* A picture that was wanted. */
    void (*on_picture)(void *arg, const uint8_t *jpeg, size_t size, int64_t wall_us,
                       int width, int height);
    /* Only of seconds with motion, in order but for a clock that is set, some seconds
     * late. A second on both sides of a break comes twice. */
    void (*on_activity)(void *arg, const struct motion_activity *second);
    /* The view is another kind, or more of it was learned (now and then). */
    void (*on_view)(void *arg, enum view_kind kind, const uint8_t *memory, size_t size);
    /* What was seen, while it is wanted; lent. */
    void (*on_debug)(void *arg, const struct debug_view *view);
};

/* The thread runs when this returns: start it before the sandbox closes. */
struct motion *motion_start(const struct motion_setup *setup, struct loop *loop,
                            const struct motion_listener *listener, void *arg);
void motion_feed(struct motion *m, const struct packet *packet); /* video only; copied */
/* Other zones, masks or sensitivity, or none: from the next packet on. The background is
 * kept; an open event ends. */
void motion_change(struct motion *m, const struct motion_setup *setup);
void motion_break(struct motion *m);                  /* the run has ended: learn anew */
void motion_want_pictures(struct motion *m, bool wanted); /* about one in 2 s while wanted */
/* At most five views a second while wanted, fewer while only keyframes are looked at. */
void motion_want_debug(struct motion *m, bool wanted);
void motion_stop(struct motion *m);                   /* joins the thread */

struct motion_counts { int64_t fed, decoded, analysed, dropped, events; };
void motion_counts(struct motion *m, struct motion_counts *out);
