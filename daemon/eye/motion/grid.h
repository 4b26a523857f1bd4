/*
 * A picture as a grid of about 160 x 90 mean luma values: what everything else looks at.
 *   I(cell) = mean of the cell's pixels, 0..255; every second row of cells of 8 or more
 * Thread: any. Errors: a picture that cannot be a grid is refused.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRID_SIDE = 160, GRID_CELLS_MAX = GRID_SIDE * GRID_SIDE, GRID_PICTURE_MAX = 8192 };

struct grid {
    int width, height, cells; /* the longer side has GRID_SIDE cells */
};

/* The luma plane of a picture. */
struct luma {
    const uint8_t *at;
    ptrdiff_t stride; /* bytes */
    int width, height;
    int depth; /* bits: 8, or up to 16 in two little-endian bytes */
};

/* False: too small or too large. */
bool grid_fit(struct grid *grid, int width, int height);

/* `cells` has room for grid->cells. */
void grid_measure(const struct grid *grid, const struct luma *luma, float *cells);
