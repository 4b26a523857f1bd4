#include "analysis.h"

#include <stdlib.h>

#include "activity.h"
#include "core/memory.h"
#include "model.h"
#include "zones.h"

enum { PERMILLE = 1000 };

/* Seen once is a flicker; from here on it is followed. */
enum { FOLLOWED_LOOKS = 2 };

struct analysis {
    const struct tuning *set;
    const struct motion_setup *setup;
    struct grid grid;
    uint8_t *open, *marks, *clean;
    float *cells;
    struct model *model;
    struct blob_search search;
    struct trails trails;
    int zone_cells[TRAIL_ZONES_MAX], all_cells;
};

static void draw_zones(struct analysis *a)
{
    zones_open(a->setup, &a->grid, a->open);
    a->all_cells = zones_cells(a->setup, &a->grid, a->open, -1);
    for (int z = 0; z < a->setup->zone_count; z++)
        a->zone_cells[z] = zones_cells(a->setup, &a->grid, a->open, z);
}

struct analysis *analysis_new(const struct tuning *set, const struct motion_setup *setup,
                              const struct grid *grid)
{
    struct analysis *a = xcalloc(1, sizeof *a);
    size_t cells = (size_t)grid->cells;

    a->set = set;
    a->setup = setup;
    a->grid = *grid;
    a->open = xcalloc(cells, 1);
    a->marks = xcalloc(cells, 1);
    a->clean = xcalloc(cells, 1);
    a->cells = xcalloc(cells, sizeof *a->cells);
    draw_zones(a);
    a->model = model_new(set, grid, a->open);
    return a;
}

void analysis_change(struct analysis *a)
{
    draw_zones(a);
    model_reopen(a->model);
    trails_drop(&a->trails);
}

void analysis_free(struct analysis *a)
{
    if (!a)
        return;
    model_free(a->model);
    blob_search_free(&a->search);
    free(a->open);
    free(a->marks);
    free(a->clean);
    free(a->cells);
    free(a);
}

static bool is_followed(const struct trail *t, int64_t at_us)
{
    return t->used && t->last_us == at_us && t->looks >= FOLLOWED_LOOKS;
}

static bool follows_any(const struct trails *trails, int64_t at_us)
{
    for (int k = 0; k < TRAILS_MAX; k++)
        if (is_followed(&trails->at[k], at_us))
            return true;
    return false;
}

static void visit_zones(struct analysis *a, int64_t at_us)
{
    for (int k = 0; k < TRAILS_MAX; k++) {
        struct trail *trail = &a->trails.at[k];
        if (trail->used && trail->last_us == at_us)
            zones_visit(a->setup, a->set, &a->grid, trail);
    }
}

void analysis_cells(struct analysis *a, const float *cells, int64_t at_us, float futility,
                    struct analysis_view *view)
{
    struct model_view seen;
    struct blobs blobs;

    model_compare(a->model, cells, at_us, a->marks, &seen);
    *view = (struct analysis_view){ .learned_anew = seen.learned_anew,
                                    .gain = seen.gain,
                                    .moving_share = seen.moving_share };
    if (seen.learned_anew) {
        trails_drop(&a->trails);
        blobs_forget(&a->search);
        return;
    }
    blobs_clean(&a->grid, a->marks, a->clean);
    blobs_find(&a->search, a->set, &a->grid, a->clean, at_us, seen.moving_share, futility,
               &blobs);
    model_learn(a->model, cells, a->clean, blobs.clutter, &seen);
    if (seen.blind)
        blobs = (struct blobs){ .clutter = blobs.clutter };
    trails_follow(&a->trails, a->set, &a->grid, &blobs, at_us, seen.settled);
    visit_zones(a, at_us);
    view->candidates = blobs.count;
    view->followed = follows_any(&a->trails, at_us);
    view->largest = (float)blobs.largest / (float)a->grid.cells;
    view->suspicion = blobs.suspicion;
    view->clutter = blobs.clutter;
}

void analysis_look(struct analysis *a, const struct luma *luma, int64_t at_us,
                   float futility, struct analysis_view *view)
{
    grid_measure(&a->grid, luma, a->cells);
    analysis_cells(a, a->cells, at_us, futility, view);
}

void analysis_activity(const struct analysis *a, int64_t at_us,
                       uint8_t bits[MOTION_ACTIVITY_BYTES])
{
    for (int k = 0; k < TRAILS_MAX; k++) {
        const struct trail *t = &a->trails.at[k];
        if (is_followed(t, at_us))
            activity_mark(bits, &a->grid, a->clean, t->box.x0, t->box.y0, t->box.x1,
                          t->box.y1);
    }
}

const struct trails *analysis_trails(const struct analysis *a)
{
    return &a->trails;
}

const struct grid *analysis_grid(const struct analysis *a)
{
    return &a->grid;
}

const float *analysis_measured(const struct analysis *a)
{
    return a->cells;
}

void analysis_remember(struct analysis *a)
{
    model_remember(a->model);
}

void analysis_go_back(struct analysis *a)
{
    model_recall(a->model);
    trails_drop(&a->trails);
}

void analysis_drop_trails(struct analysis *a)
{
    trails_drop(&a->trails);
}

bool analysis_counts(const struct analysis *a, const struct trail *trail)
{
    int zone;

    return zones_count(a->setup, a->set, trail, &zone);
}

void analysis_layers(const struct analysis *a, struct analysis_layers *to)
{
    *to = (struct analysis_layers){ .now = a->cells,
                                    .background = model_background(a->model),
                                    .marks = a->clean,
                                    .open = a->open };
}

int analysis_score(const struct analysis *a, const struct trail *trail, int zone)
{
    int of = zone < 0 ? a->all_cells : a->zone_cells[zone];
    int score = (int)((int64_t)trail->box.cells * PERMILLE / of);

    return score < 1 ? 1 : score > PERMILLE ? PERMILLE : score;
}
