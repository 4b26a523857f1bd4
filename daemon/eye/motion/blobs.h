/*
 * From marked cells to things: what is left after cleaning, joined over gaps of one cell.
 *   clean      a set cell stays with >= 4 set in its 3x3, a clear one is filled with >= 6
 *   candidate  a piece of >= max(4, A N) cells, a quarter of them strong
 *   suspicion  a piece of half that size, 20 % strong, both times 1 + futility: a reason
 *              to look closer, no more
 *   clutter    >= 10 candidates, or > 6 % moving in > 25 small pieces: weather; neither
 *              candidates nor suspicion
 * Thread: any.
 */
#pragma once
#include "grid.h"
#include "tuning.h"

enum { BLOBS_MAX = 16 };

struct blob {
    int x0, y0, x1, y1; /* cells, the last ones included */
    int cells, strong;
    float x, y;  /* centroid */
    float age_s; /* how long its cells have been set, on average */
};

struct blobs {
    struct blob at[BLOBS_MAX];
    int count; /* candidates */
    int largest; /* cells of the largest candidate */
    bool suspicion, clutter;
};

/* What the search remembers from look to look; an all-zero one is ready. */
struct blob_search {
    uint32_t *since_ms; /* each cell: set since, 0: is not; wraps as now_ms does */
    uint32_t now_ms;
    uint8_t *seen;
    int *stack;
};

void blobs_clean(const struct grid *grid, const uint8_t *marks, uint8_t *clean);

void blobs_find(struct blob_search *search, const struct tuning *set,
                const struct grid *grid, const uint8_t *clean, int64_t at_us,
                float moving_share, float futility, struct blobs *found);
/* All cells are clear. */
void blobs_forget(struct blob_search *search);
void blob_search_free(struct blob_search *search);
