/*
 * The picture that shows best what moves: kept while a trail grows towards its
 * confirmation, and for 2 s after, when a clearly larger or sharper one may follow. It
 * keeps one decoded picture by reference.
 *   larger   the box's share of the picture, halved when the rim cuts it
 *   sharper  mean |luma(x + 1) - luma(x)| in the box, in levels
 * Thread: the detector's.
 */
#pragma once
#include <libavutil/frame.h>

#include "trails.h"

struct portrait {
    AVFrame *picture; /* NULL: none */
    uint32_t trail;   /* id; 0: none */
    int64_t at_us;
    float box[4]; /* x0 y0 x1 y1 in 0..1 */
    float size, sharpness;
};

/* Keeps the picture if it shows another trail than the one kept, or the same one better
 * (size x sharpness). */
void portrait_consider(struct portrait *p, const AVFrame *picture,
                       const struct grid *grid, const struct trail *trail, int64_t at_us);

/* Whether `p` is so much better than what was sent that people should get it. */
bool portrait_is_better(const struct tuning *set, const struct portrait *p,
                        const struct portrait *sent);

void portrait_drop(struct portrait *p);
