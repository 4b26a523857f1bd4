#include "blobs.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "model.h"

enum { KEEP_NEIGHBOURS = 4, FILL_NEIGHBOURS = 6, REACH = 2 };

/* 1 for any mark, in a form that the compiler makes vectors of. */
static inline uint8_t is_set(uint8_t mark)
{
    return (uint8_t)((mark + 1) >> 1);
}

static void clean_row(const uint8_t *restrict marks, int w, uint8_t *restrict clean)
{
    const uint8_t *above = marks - w, *below = marks + w;

    for (int x = 1; x < w - 1; x++) {
        uint8_t set =
            (uint8_t)(is_set(above[x - 1]) + is_set(above[x]) + is_set(above[x + 1]) +
                      is_set(marks[x - 1]) + is_set(marks[x]) + is_set(marks[x + 1]) +
                      is_set(below[x - 1]) + is_set(below[x]) + is_set(below[x + 1]));
        uint8_t kept = set >= KEEP_NEIGHBOURS ? marks[x] : MARK_CLEAR;
        uint8_t filled = set >= FILL_NEIGHBOURS ? MARK_WEAK : MARK_CLEAR;
        clean[x] = marks[x] ? kept : filled;
    }
}

void blobs_clean(const struct grid *grid, const uint8_t *marks, uint8_t *clean)
{
    int w = grid->width, h = grid->height;

    _Static_assert(MARK_STRONG == 2, "what is_set() knows");
    memcpy(clean, marks, (size_t)grid->cells); /* the rim has no full neighbourhood */
    for (int y = 1; y < h - 1; y++)
        clean_row(marks + y * w, w, clean + y * w);
}

static void prepare(struct blob_search *search)
{
    if (search->seen)
        return;
    search->since_ms = xcalloc(GRID_CELLS_MAX, sizeof *search->since_ms);
    search->seen = xmalloc(GRID_CELLS_MAX);
    search->stack = xcalloc(GRID_CELLS_MAX, sizeof *search->stack);
}

/* Keeps since when each cell has been set. */
static void grow_older(struct blob_search *search, const struct grid *grid,
                       const uint8_t *clean, int64_t at_us)
{
    search->now_ms = (uint32_t)(at_us / 1000) | 1;
    for (int i = 0; i < grid->cells; i++) {
        uint32_t *since = &search->since_ms[i];
        bool ahead = (int32_t)(search->now_ms - *since) < 0; /* time has gone back */
        if (!clean[i])
            *since = 0;
        else if (*since == 0 || ahead)
            *since = search->now_ms;
    }
}

static void widen(struct blob *b, int x, int y, uint8_t mark)
{
    b->cells++;
    b->strong += mark == MARK_STRONG;
    b->x += (float)x;
    b->y += (float)y;
    b->x0 = x < b->x0 ? x : b->x0;
    b->x1 = x > b->x1 ? x : b->x1;
    b->y0 = y < b->y0 ? y : b->y0;
    b->y1 = y > b->y1 ? y : b->y1;
}

/* All cells that hang together with `from`. Each cell is pushed once. */
static struct blob flood(struct blob_search *search, const struct grid *grid,
                         const uint8_t *clean, int from)
{
    int w = grid->width, h = grid->height, depth = 0;
    struct blob b = { .x0 = w, .y0 = h, .x1 = -1, .y1 = -1 };

    search->seen[from] = 1;
    search->stack[depth++] = from;
    while (depth) {
        int i = search->stack[--depth], x = i % w, y = i / w;
        int xa = x > REACH ? x - REACH : 0, xb = x + REACH < w ? x + REACH : w - 1;
        int ya = y > REACH ? y - REACH : 0, yb = y + REACH < h ? y + REACH : h - 1;

        widen(&b, x, y, clean[i]);
        b.age_s += (float)(search->now_ms - search->since_ms[i]) / 1000;
        for (int row = ya; row <= yb; row++)
            for (int j = row * w + xa; j <= row * w + xb; j++)
                if (clean[j] && !search->seen[j]) {
                    search->seen[j] = 1;
                    search->stack[depth++] = j;
                }
    }
    b.x /= (float)b.cells;
    b.y /= (float)b.cells;
    b.age_s /= (float)b.cells;
    return b;
}

void blobs_find(struct blob_search *search, const struct tuning *set,
                const struct grid *grid, const uint8_t *clean, int64_t at_us,
                float moving_share, float futility, struct blobs *found)
{
    int smallest = (int)(set->smallest_share * (float)grid->cells + 0.5F);
    int pieces = 0;
    float harder = 1 + futility;

    if (smallest < set->smallest_cells)
        smallest = set->smallest_cells;
    prepare(search);
    grow_older(search, grid, clean, at_us);
    memset(search->seen, 0, (size_t)grid->cells);
    *found = (struct blobs){ .count = 0 };
    for (int i = 0; i < grid->cells; i++) {
        if (!clean[i] || search->seen[i])
            continue;
        struct blob b = flood(search, grid, clean, i);
        float cells = (float)b.cells, strong = (float)b.strong;
        if (b.cells >= smallest && strong >= set->strong_share * cells) {
            found->largest = b.cells > found->largest ? b.cells : found->largest;
            if (found->count < BLOBS_MAX)
                found->at[found->count++] = b;
        } else if (b.cells >= set->piece_cells) {
            pieces++;
        }
        if (cells >= set->suspect_size * harder * (float)smallest &&
            strong >= set->suspect_strong * harder * cells)
            found->suspicion = true;
    }
    if (found->count >= set->clutter_candidates ||
        (moving_share > set->clutter_share && pieces > set->clutter_pieces))
        *found = (struct blobs){ .clutter = true };
}

void blobs_forget(struct blob_search *search)
{
    if (search->since_ms)
        memset(search->since_ms, 0, GRID_CELLS_MAX * sizeof *search->since_ms);
}

void blob_search_free(struct blob_search *search)
{
    free(search->since_ms);
    free(search->seen);
    free(search->stack);
    *search = (struct blob_search){ .seen = NULL };
}
