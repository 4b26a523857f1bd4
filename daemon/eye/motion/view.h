/*
 * Whether the camera still shows what it always shows. Two questions, asked of pictures
 * that the detector decodes anyway:
 *   frozen   keyframes are the same picture again and again (freeze.h)
 *   covered  the learned view is gone: dark, without structure, blurred, or another place
 * The learned view is up to four patterns (day, night, lamps on, off) of 32 x 18 values:
 * the logarithm of brightness against its surroundings, which a change of light or gain
 * hardly changes. In 12 regions the picture is held against each pattern; the share of
 * regions that match is what everything is decided by. Measured on labelled footage.
 *
 * What it does not see, and is not meant to: a change that takes hours (dirt), a view
 * that is turned by less than about a third of the picture or covered by less than two
 * thirds, the first minutes of a camera's life, a lens covered in the dark. Cost: 70 KiB
 * a camera; per look one pass over the grid. What was learned can be remembered and
 * recalled, for a process that follows another. Thread: the detector's. Times:
 * microseconds of the detector's own time.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grid.h"
#include "motion.h"

struct view;

struct view *view_new(const struct view_setup *setup);
void view_free(struct view *v);

/* One picture: its cells, its colour (mean deviation of chroma from grey, levels),
 * whether it is a keyframe. */
enum view_kind view_look(struct view *v, const struct grid *grid, const float *cells,
                         float colour, bool key, int64_t at_us);

/* What was learned, in a form of our own; at most VIEW_MEMORY bytes. Recalled from a
 * hostile source it may be nonsense, which is then what is learned. */
size_t view_remember(const struct view *v, uint8_t to[VIEW_MEMORY]);
bool view_recall(struct view *v, const uint8_t *at, size_t size);

/* For measuring: what the last look saw. */
struct view_facts {
    float seen;                         /* share of regions that match the best pattern */
    float luma, coarse, fine, colour;   /* brightness; structure, coarse and fine */
    float fine_learned, coarse_learned; /* of the best pattern */
    float changed; /* share of samples unlike those of earlier keyframes */
    int patterns;
};
const struct view_facts *view_facts(const struct view *v);
