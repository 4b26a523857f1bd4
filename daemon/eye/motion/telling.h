/*
 * From confirmed trails to what is told of them: the event with its first picture, a better
 * one within 2 s, its way as it grows, its end. events.h decides when; portrait.h which
 * picture.
 * Thread: the detector's. Times: microseconds of the detector's own time; what is told is
 * wall time.
 */
#pragma once
#include <libavutil/frame.h>

#include "analysis.h"
#include "core/bytes.h"
#include "events.h"
#include "own_time.h"
#include "picture.h"
#include "portrait.h"

struct telling {
    /* Lent for its life. */
    const struct motion_setup *setup;
    const struct tuning *set;
    const struct own_time *time;
    const struct motion_listener *listener;
    void *arg;

    struct events events;
    uint32_t rang;    /* the trail that the event began with; 0: none yet */
    struct way way;   /* its */
    int64_t moved_us; /* when its way was told last */
    struct portrait portrait, sent;
    int64_t better_until_us; /* the event's trail is portrayed until here */
    struct picture_maker *maker;
    struct bytes jpeg; /* what was drawn last */
};

void telling_open(struct telling *t); /* what is lent is set already */
void telling_close(struct telling *t);

/* Draws the picture, masked, into t->jpeg. False: it cannot be made small enough. */
bool telling_draw(struct telling *t, const AVFrame *picture, int size[2]);

/* A picture was looked at. True: a confirmed trail is on it, whether in a zone or not. */
bool telling_see(struct telling *t, const struct analysis *analysis, const AVFrame *picture,
                 int64_t at_us);

/* Time goes on. `analysis` NULL: nothing was looked at yet. */
void telling_go_on(struct telling *t, const struct analysis *analysis);

/* The picture that is kept is of another size than those to come. */
void telling_forget_portrait(struct telling *t);

/* What is seen from now on belongs to no event that is open. */
void telling_end(struct telling *t);
