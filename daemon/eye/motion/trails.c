#include "trails.h"

#include <math.h>
#include <string.h>

static float box_width(const struct blob *b)
{
    return (float)(b->x1 - b->x0 + 1);
}

static float box_height(const struct blob *b)
{
    return (float)(b->y1 - b->y0 + 1);
}

static float longer_side(const struct blob *b)
{
    return fmaxf(box_width(b), box_height(b));
}

static float seconds(int64_t us)
{
    return (float)us / 1e6F;
}

static bool many_births(const struct trails *t, const struct tuning *set, int64_t at_us)
{
    uint32_t known = t->births < BIRTHS_MAX ? t->births : BIRTHS_MAX;
    int recent = 0;

    for (uint32_t i = 0; i < known; i++)
        recent +=
            t->births_us[i] <= at_us && at_us - t->births_us[i] < set->busy_window_us;
    return recent > set->busy_births;
}

/* The nearest candidate to where the trail should be now, or -1. */
static int match(const struct trail *trail, const struct tuning *set,
                 const struct grid *grid, const struct blobs *seen, uint32_t taken,
                 float dt_s)
{
    float x = trail->x + trail->vx * dt_s, y = trail->y + trail->vy * dt_s;
    float nearest = INFINITY;
    int found = -1;

    for (int i = 0; i < seen->count; i++) {
        const struct blob *b = &seen->at[i];
        float gate = set->gate_box * fmaxf(longer_side(b), longer_side(&trail->box)) +
                     set->gate_width * (float)grid->width;
        float away = hypotf(b->x - x, b->y - y);
        float ratio = (float)b->cells / trail->cells;
        if (taken & 1U << i || away >= gate || away >= nearest)
            continue;
        if (ratio <= 1 / set->area_ratio || ratio >= set->area_ratio)
            continue;
        nearest = away;
        found = i;
    }
    return found;
}

/* Of a full way every second point stays. */
static void thin(struct trail *trail)
{
    struct way *way = &trail->way;

    for (int i = 0; 2 * i < way->count; i++)
        way->at[i] = way->at[2 * i];
    way->count = (way->count + 1) / 2;
    trail->way_gap_ms = way->at[way->count - 1].ms / way->count;
}

/* The last point is where it is now, however near the one before. */
static void add_to_way(struct trail *trail, const struct grid *grid, int64_t at_us)
{
    const struct blob *b = &trail->box;
    struct way *way = &trail->way;
    int64_t ms = (at_us - trail->first_us) / 1000;
    struct way_point now = {
        .x = (float)(b->x0 + b->x1 + 1) / (2 * (float)grid->width),
        .y = (float)(b->y1 + 1) / (float)grid->height,
        .ms = (int32_t)(ms < WAY_MS_MAX ? ms : WAY_MS_MAX),
    };

    if (way->count >= 2 && now.ms - way->at[way->count - 2].ms < trail->way_gap_ms)
        way->count--;
    else if (way->count == WAY_POINTS)
        thin(trail);
    way->at[way->count++] = now;
}

static void set_origin(struct trail *trail, const struct grid *grid, const struct blob *b,
                       int64_t at_us)
{
    trail->looks = 1;
    trail->first_us = at_us;
    trail->from_x = b->x;
    trail->from_y = b->y;
    trail->path = 0;
    trail->strong = (float)b->strong / (float)b->cells;
    trail->way.count = 0;
    trail->way_gap_ms = 0;
    add_to_way(trail, grid, at_us);
}

static void step(struct trail *trail, const struct tuning *set, const struct grid *grid,
                 const struct blob *b, int64_t at_us)
{
    float dx = b->x - trail->x, dy = b->y - trail->y;
    float dt_s = seconds(at_us - trail->last_us);

    trail->path += hypotf(dx, dy);
    if (dt_s > 0) {
        trail->vx += set->velocity_rate * (dx / dt_s - trail->vx);
        trail->vy += set->velocity_rate * (dy / dt_s - trail->vy);
    }
    trail->x = b->x;
    trail->y = b->y;
    trail->cells += set->area_rate * ((float)b->cells - trail->cells);
    trail->box = *b;
    trail->looks++;
    trail->strong += (float)b->strong / (float)b->cells;
    trail->last_us = at_us;
    add_to_way(trail, grid, at_us);
}

/* Net displacement over path that is asked for, by the speed along the path. */
static float straightness(const struct trail *trail, const struct tuning *set,
                          float age_s)
{
    float side = fmaxf(longer_side(&trail->box), set->fast_box_least);
    float speed = trail->path / age_s / side;

    return set->confirm_straight +
           set->straight_by_speed * fmaxf(speed - set->straight_speed, 0);
}

static enum trail_wait waits_for(const struct trail *trail, const struct tuning *set,
                                 const struct grid *grid, int64_t at_us, bool busy)
{
    float net = hypotf(trail->x - trail->from_x, trail->y - trail->from_y);
    float age_s = seconds(at_us - trail->first_us);
    float width = (float)grid->width;
    float w = box_width(&trail->box), h = box_height(&trail->box);
    bool big = trail->cells > set->big_share * (float)grid->cells;

    if (trail->looks < set->confirm_hits || age_s < set->confirm_age_s)
        return TRAIL_YOUNG;
    if (net < set->confirm_net * width || net < set->confirm_net_box * fminf(w, h))
        return TRAIL_NEAR;
    if (trail->box.age_s > set->confirm_new_ground * age_s)
        return TRAIL_STAYS;
    if (net < straightness(trail, set, age_s) * trail->path)
        return TRAIL_CROOKED;
    if (trail->strong / (float)trail->looks <
        (big ? set->confirm_strong_big : set->confirm_strong))
        return TRAIL_LIGHT;
    if (age_s < set->fast_age_s &&
        net / age_s > set->confirm_speed * fmaxf(fmaxf(w, h), set->fast_box_least))
        return TRAIL_FAST;
    if (busy &&
        (age_s < set->busy_age_s || net < set->busy_net * set->confirm_net * width))
        return TRAIL_WEATHER;
    return TRAIL_BELIEVED;
}

/* Pieces that come off a thing that is known are no weather. */
static bool is_piece(const struct trails *t, const struct blob *b)
{
    for (int k = 0; k < TRAILS_MAX; k++) {
        const struct blob *known = &t->at[k].box;
        if (t->at[k].used && t->at[k].confirmed && b->x >= (float)known->x0 &&
            b->x <= (float)known->x1 && b->y >= (float)known->y0 &&
            b->y <= (float)known->y1)
            return true;
    }
    return false;
}

static void bear(struct trails *t, const struct grid *grid, const struct blob *b,
                 int64_t at_us)
{
    for (int k = 0; k < TRAILS_MAX; k++) {
        struct trail *trail = &t->at[k];
        if (trail->used)
            continue;
        if (!is_piece(t, b))
            t->births_us[t->births++ % BIRTHS_MAX] = at_us;
        t->born++;
        *trail = (struct trail){ .used = true,
                                 .waits = TRAIL_YOUNG,
                                 .id = t->born,
                                 .last_us = at_us,
                                 .x = b->x,
                                 .y = b->y,
                                 .cells = (float)b->cells,
                                 .box = *b };
        set_origin(trail, grid, b, at_us);
        return;
    }
}

void trails_follow(struct trails *t, const struct tuning *set, const struct grid *grid,
                   const struct blobs *seen, int64_t at_us, bool settled)
{
    bool busy = many_births(t, set, at_us);
    uint32_t taken = 0;

    for (int k = 0; k < TRAILS_MAX; k++) {
        struct trail *trail = &t->at[k];
        if (!trail->used)
            continue;
        int i = match(trail, set, grid, seen, taken, seconds(at_us - trail->last_us));
        if (i < 0) {
            trail->used = at_us - trail->last_us <= set->lost_us;
            continue;
        }
        taken |= 1U << i;
        step(trail, set, grid, &seen->at[i], at_us);
        if (trail->confirmed)
            continue;
        trail->waits = waits_for(trail, set, grid, at_us, busy);
        if (trail->waits == TRAIL_BELIEVED && !settled)
            trail->waits = TRAIL_SETTLES;
        if (trail->waits == TRAIL_BELIEVED)
            trail->confirmed = true;
        else if (at_us - trail->first_us > set->restart_us)
            set_origin(trail, grid, &seen->at[i], at_us);
    }
    for (int i = 0; i < seen->count; i++)
        if (!(taken & 1U << i))
            bear(t, grid, &seen->at[i], at_us);
}

void trails_drop(struct trails *t)
{
    for (int k = 0; k < TRAILS_MAX; k++)
        t->at[k].used = false;
}
