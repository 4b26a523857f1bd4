/*
 * The background of one camera: for each cell a luma B and a noise level S, and from them
 * which cells of a picture show something else. Per picture I at time t, dt since the
 * last:
 *   gain        g = median of (I + 4) / (B + 4) over every 5th cell that is neither dark
 *               nor bright: automatic exposure is no motion
 *   difference  D = |(I + 4) / g - 4 - B|; a cell moves if D > max(T, K S), unless it is
 *               saturated on the darker side: it may have been brighter than it could say
 *   lamp        more than 40 % move, or g leaps (|ln| > 0.25 within 0.5 s, 0.5 in any time):
 *               B = I, and nothing is believed for 1 s
 *   light       5x5 cells of I / g against B: where the pattern is the same (correlation
 *               above 0.80, like contrast) only the light changed and the cell is
 *               cleared; below 0.6 it is marked strong, else weak
 *   learning    B += min(1, dt / 12 s) (I - B), slower under what moves
 *               S += r (1.25 min(D, 40) - S), in 0.8..18 levels: rises where leaves move
 * All rates follow dt, so that single keyframes and five pictures a second share one
 * model.
 * Thread: the detector's. Times: microseconds of the detector's own time.
 */
#pragma once
#include "grid.h"
#include "tuning.h"

enum { MARK_CLEAR, MARK_WEAK, MARK_STRONG };

struct model;

/* What comparing one picture with the background has shown. */
struct model_view {
    float dt_s, gain;
    float moving_share; /* of the open cells, before the light test */
    bool learned_anew;  /* first picture, or a lamp: there are no marks */
    bool blind;         /* too soon after a lamp to believe anything */
    bool settled;       /* old enough for an event */
};

/* `open`: grid->cells bytes, 0 where a mask lies; lent for the life of the model. */
struct model *model_new(const struct tuning *set, const struct grid *grid,
                        const uint8_t *open);
void model_reopen(struct model *m); /* `open` has changed */
void model_free(struct model *m);
const float *model_background(const struct model *m); /* a luma for each cell */

/* Time may go back to before a picture: what was remembered before it is then recalled,
 * so that nothing is learned twice. */
void model_remember(struct model *m);
void model_recall(struct model *m); /* nothing, if nothing was remembered */

/* Writes a mark for each cell. */
void model_compare(struct model *m, const float *now, int64_t at_us, uint8_t *marks,
                   struct model_view *view);

/* Takes over the same picture, once its marks are cleaned. `clutter`: weather moves. */
void model_learn(struct model *m, const float *now, const uint8_t *marks, bool clutter,
                 const struct model_view *view);
