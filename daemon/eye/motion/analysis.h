/*
 * One look at one picture: grid, background, pieces, trails; see grid.h, model.h,
 * blobs.h, trails.h, zones.h. About 150 KiB a camera, for pictures of one size.
 * Thread: the detector's. Times: microseconds of the detector's own time.
 */
#pragma once
#include "motion.h"
#include "trails.h"

struct analysis;

/* What a look has shown. */
struct analysis_view {
    int candidates;
    bool followed; /* one of them was seen before */
    float largest; /* of all cells: the largest candidate */
    bool suspicion;
    bool learned_anew; /* a lamp, or the first picture: trails were dropped */
    bool clutter;
    float moving_share, gain;
};

/* Both are lent for its life. */
struct analysis *analysis_new(const struct tuning *set, const struct motion_setup *setup,
                              const struct grid *grid);
/* What was lent has changed: the background is kept, trails are not. */
void analysis_change(struct analysis *a);
void analysis_free(struct analysis *a);

/* `futility` 0..2 makes suspicion harder. Trails seen have last_us == at_us. */
void analysis_look(struct analysis *a, const struct luma *luma, int64_t at_us,
                   float futility, struct analysis_view *view);

/* The same with the cells already measured. */
void analysis_cells(struct analysis *a, const float *cells, int64_t at_us, float futility,
                    struct analysis_view *view);

/* Sets the bits of where followed things were just seen; see activity.h. */
void analysis_activity(const struct analysis *a, int64_t at_us,
                       uint8_t bits[MOTION_ACTIVITY_BYTES]);

const struct trails *analysis_trails(const struct analysis *a);
const struct grid *analysis_grid(const struct analysis *a);
const float *analysis_measured(const struct analysis *a); /* the cells of the last look */
/* Time goes back to before the look since when this was called; trails are dropped. */
void analysis_go_back(struct analysis *a);
void analysis_remember(struct analysis *a);
void analysis_drop_trails(struct analysis *a);

/* Whether the trail counts: there are no zones, or it is in one. */
bool analysis_counts(const struct analysis *a, const struct trail *trail);

/* What the last look worked with, a value for each cell; lent until the next. */
struct analysis_layers {
    const float *now, *background;
    const uint8_t *marks; /* cleaned; enum of model.h */
    const uint8_t *open;  /* 0: masked */
};
void analysis_layers(const struct analysis *a, struct analysis_layers *to);

/* Permille of the zone (-1: of the picture) that the trail's thing covers. */
int analysis_score(const struct analysis *a, const struct trail *trail, int zone);
