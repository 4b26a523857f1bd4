#include "grid.h"

#include <string.h>

#include "kernels.h"

enum { PICTURE_LEAST = 32, TALL_CELL = 8 };

bool grid_fit(struct grid *grid, int width, int height)
{
    if (width < PICTURE_LEAST || height < PICTURE_LEAST || width > GRID_PICTURE_MAX ||
        height > GRID_PICTURE_MAX)
        return false;
    int longer = width > height ? width : height;
    int side = longer < GRID_SIDE ? longer : GRID_SIDE;
    grid->width = (width * side + longer / 2) / longer;
    grid->height = (height * side + longer / 2) / longer;
    if (grid->width < 4 || grid->height < 4)
        return false;
    grid->cells = grid->width * grid->height;
    return true;
}

/* Sums of columns: those of 8 bits fit into 16, whatever the cell's height. */
union columns {
    uint16_t narrow[GRID_PICTURE_MAX];
    uint32_t wide[GRID_PICTURE_MAX];
};

_Static_assert(GRID_PICTURE_MAX / GRID_SIDE * 255 < UINT16_MAX / 2,
               "a column's sum fits");

static void add_wide_row(const struct luma *luma, int y, uint32_t *columns)
{
    const uint8_t *row = luma->at + y * luma->stride;

    for (int x = 0; x < luma->width; x++)
        columns[x] += (uint32_t)row[2 * x] | (uint32_t)row[2 * x + 1] << 8;
}

/* Adds up every row, or every second one, from y0 to before y1; how many. */
static int add_rows(const struct luma *luma, int y0, int y1, union columns *columns)
{
    const struct kernels *kernels = kernels_best();
    int step = y1 - y0 >= TALL_CELL ? 2 : 1, rows = 0;
    bool narrow = luma->depth <= 8;

    memset(columns, 0,
           (size_t)luma->width *
               (narrow ? sizeof *columns->narrow : sizeof *columns->wide));
    for (int y = y0; y < y1; y += step, rows++) {
        if (narrow)
            kernels->add_row(columns->narrow, luma->at + y * luma->stride, luma->width);
        else
            add_wide_row(luma, y, columns->wide);
    }
    return rows;
}

static uint32_t sum(const union columns *columns, bool narrow, int x0, int x1)
{
    uint32_t all = 0;

    if (narrow)
        for (int x = x0; x < x1; x++)
            all += columns->narrow[x];
    else
        for (int x = x0; x < x1; x++)
            all += columns->wide[x];
    return all;
}

void grid_measure(const struct grid *grid, const struct luma *luma, float *cells)
{
    float scale = luma->depth <= 8 ? 1 : 1.0F / (float)(1 << (luma->depth - 8));
    int edges[GRID_SIDE + 1]; /* a division each, and all rows have the same */
    union columns columns;

    for (int gx = 0; gx <= grid->width; gx++)
        edges[gx] = gx * luma->width / grid->width;
    for (int gy = 0; gy < grid->height; gy++) {
        int rows = add_rows(luma, gy * luma->height / grid->height,
                            (gy + 1) * luma->height / grid->height, &columns);

        for (int gx = 0; gx < grid->width; gx++) {
            int x0 = edges[gx], x1 = edges[gx + 1];
            uint32_t all = sum(&columns, luma->depth <= 8, x0, x1);
            *cells++ = (float)all * scale / (float)((x1 - x0) * rows);
        }
    }
}
