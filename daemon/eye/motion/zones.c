#include "zones.h"

#include <math.h>
#include <string.h>

enum { SAMPLES = 4 }; /* of a cell, each way, when a mask is drawn into the grid */

static int corners(const struct motion_polygon *p)
{
    int most = (int)(sizeof p->points / sizeof *p->points);

    return p->count < most ? p->count : most;
}

/* Even-odd rule: how many sides a ray to the right crosses. */
bool polygon_holds(const struct motion_polygon *p, float x, float y)
{
    int n = corners(p);
    bool inside = false;

    for (int i = 0, j = n - 1; i < n; j = i++) {
        const float *a = p->points[i], *b = p->points[j];
        if ((a[1] > y) != (b[1] > y) &&
            x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
            inside = !inside;
    }
    return inside;
}

static bool touches(const struct motion_polygon *p, const struct grid *grid, int gx,
                    int gy)
{
    for (int j = 0; j < SAMPLES; j++)
        for (int i = 0; i < SAMPLES; i++) {
            float x = (float)gx + ((float)i + 0.5F) / SAMPLES;
            float y = (float)gy + ((float)j + 0.5F) / SAMPLES;
            if (polygon_holds(p, x / (float)grid->width, y / (float)grid->height))
                return true;
        }
    return false;
}

void zones_open(const struct motion_setup *setup, const struct grid *grid, uint8_t *open)
{
    memset(open, 1, (size_t)grid->cells);
    for (int m = 0; m < setup->mask_count; m++)
        for (int i = 0; i < grid->cells; i++)
            if (open[i] &&
                touches(&setup->masks[m], grid, i % grid->width, i / grid->width))
                open[i] = 0;
}

int zones_cells(const struct motion_setup *setup, const struct grid *grid,
                const uint8_t *open, int zone)
{
    int cells = 0;

    for (int i = 0; i < grid->cells; i++) {
        float x = ((float)(i % grid->width) + 0.5F) / (float)grid->width;
        float y = ((float)(i / grid->width) + 0.5F) / (float)grid->height;
        cells += open[i] && (zone < 0 || polygon_holds(&setup->zones[zone], x, y));
    }
    return cells > 0 ? cells : 1;
}

float zones_smallest(const struct motion_setup *setup, float usual)
{
    float smallest = setup->zone_count > 0 ? 1 : usual;

    for (int z = 0; z < setup->zone_count; z++) {
        float own = setup->zones[z].smallest > 0 ? setup->zones[z].smallest : usual;
        smallest = own < smallest ? own : smallest;
    }
    return smallest;
}

static bool takes(const struct motion_polygon *zone, const struct tuning *set,
                  const struct grid *grid, const struct trail *trail)
{
    float cells = (float)trail->box.cells, all = (float)grid->cells;
    float smallest = zone->smallest > 0 ? zone->smallest : set->usual_share;

    return cells + 0.5F >= smallest * all &&
           (zone->largest <= 0 || cells <= zone->largest * all);
}

void zones_visit(const struct motion_setup *setup, const struct tuning *set,
                 const struct grid *grid, struct trail *trail)
{
    const struct blob *b = &trail->box;
    float x = (float)(b->x0 + b->x1 + 1) / 2 / (float)grid->width;
    float y = ((float)b->y1 + 0.5F) / (float)grid->height; /* inside, also at the rim */

    for (int z = 0; z < setup->zone_count; z++) {
        int64_t since_us = trail->last_us - trail->visited_us[z];
        if (!polygon_holds(&setup->zones[z], x, y) ||
            !takes(&setup->zones[z], set, grid, trail))
            continue;
        if (trail->inside[z] > 0 && since_us > 0 && since_us <= set->lost_us)
            trail->stayed_us[z] += since_us;
        trail->visited_us[z] = trail->last_us;
        if (trail->inside[z] < UINT8_MAX)
            trail->inside[z]++;
    }
}

bool zones_count(const struct motion_setup *setup, const struct tuning *set,
                 const struct trail *trail, int *zone)
{
    *zone = -1;
    for (int z = 0; z < setup->zone_count; z++)
        if (trail->inside[z] >= set->zone_looks &&
            trail->stayed_us[z] >= setup->zones[z].stays_us) {
            *zone = z;
            return true;
        }
    return setup->zone_count == 0;
}

/* The crossings of the polygon with a line, in order; how many. */
static int crossings(const struct motion_polygon *p, float y, float *at)
{
    int n = corners(p), count = 0;

    for (int i = 0, j = n - 1; i < n; j = i++) {
        const float *a = p->points[i], *b = p->points[j];
        if ((a[1] > y) == (b[1] > y))
            continue;
        float x = (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0];
        int k = count++;
        for (; k > 0 && at[k - 1] > x; k--)
            at[k] = at[k - 1];
        at[k] = x;
    }
    return count;
}

static void blacken_spans(const struct motion_polygon *p, float y, uint8_t *row,
                          int width, uint8_t black)
{
    float at[sizeof p->points / sizeof *p->points];
    int count = crossings(p, y, at);

    for (int i = 0; i + 1 < count; i += 2) {
        int from = (int)floorf(fmaxf(at[i], 0) * (float)width);
        int to = (int)ceilf(fminf(at[i + 1], 1) * (float)width);
        if (to > from)
            memset(row + from, black, (size_t)(to - from));
    }
}

void zones_blacken(const struct motion_setup *setup, uint8_t *plane, int stride,
                   int width, int height, uint8_t black)
{
    for (int m = 0; m < setup->mask_count; m++)
        for (int y = 0; y < height; y++)
            for (int sub = 0; sub < SAMPLES; sub++)
                blacken_spans(&setup->masks[m],
                              ((float)y + ((float)sub + 0.5F) / SAMPLES) / (float)height,
                              plane + (ptrdiff_t)y * stride, width, black);
}
