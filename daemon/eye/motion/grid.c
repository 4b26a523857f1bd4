#include "grid.h"

#include <string.h>

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

static void add_row(const struct luma *luma, int y, uint32_t *columns)
{
    const uint8_t *row = luma->at + y * luma->stride;

    if (luma->depth <= 8) {
        for (int x = 0; x < luma->width; x++)
            columns[x] += row[x];
    } else {
        for (int x = 0; x < luma->width; x++)
            columns[x] += (uint32_t)row[2 * x] | (uint32_t)row[2 * x + 1] << 8;
    }
}

void grid_measure(const struct grid *grid, const struct luma *luma, float *cells)
{
    uint32_t columns[GRID_PICTURE_MAX];
    float scale = luma->depth <= 8 ? 1 : 1.0F / (float)(1 << (luma->depth - 8));

    for (int gy = 0; gy < grid->height; gy++) {
        int y0 = gy * luma->height / grid->height;
        int y1 = (gy + 1) * luma->height / grid->height;
        int step = y1 - y0 >= TALL_CELL ? 2 : 1, rows = 0;

        memset(columns, 0, (size_t)luma->width * sizeof *columns);
        for (int y = y0; y < y1; y += step, rows++)
            add_row(luma, y, columns);
        for (int gx = 0; gx < grid->width; gx++) {
            int x0 = gx * luma->width / grid->width;
            int x1 = (gx + 1) * luma->width / grid->width;
            uint32_t sum = 0;

            for (int x = x0; x < x1; x++)
                sum += columns[x];
            *cells++ = (float)sum * scale / (float)((x1 - x0) * rows);
        }
    }
}
