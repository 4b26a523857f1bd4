/*
 * Where something moved, by the second: a grid of 16 columns and 9 rows over the picture, a
 * bit a cell. A row holds a camera's minute, and only its seconds with motion.
 * Thread, errors, times: as store/store.h.
 */
#pragma once
#include "store/store.h"

enum { GRID_COLUMNS = 16, GRID_ROWS = 9, GRID_BYTES = GRID_COLUMNS * GRID_ROWS / 8 };

/* Bit row * 16 + column, the lowest bit of a byte first, row 0 at the top. */
struct active_second {
    int64_t at_us; /* a whole second */
    uint8_t cells[GRID_BYTES];
};

/* The cells that a box (x0 y0 x1 y1 in 0..1) touches: at least one. */
void grid_of_box(const double box[4], uint8_t cells[GRID_BYTES]);
/* How many cells are in both. */
int grid_common(const uint8_t a[GRID_BYTES], const uint8_t b[GRID_BYTES]);

/* Adds seconds of one camera and minute; one that is there already counts twice. */
bool activity_add(struct store *s, const char *camera, const struct active_second *seconds,
                  size_t count, struct error *err);

/* Every stored second from..to, by minutes and within them as stored; false ends it. */
typedef bool activity_fn(void *arg, const struct active_second *second);
bool activity_each(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                   activity_fn *fn, void *arg, struct error *err);

/* The clock was set: moves the seconds, of all cameras, that lie from..to, by whole seconds.
 * In the transaction that is open. */
bool activity_move(struct store *s, int64_t from_us, int64_t to_us, int64_t offset_us,
                   struct error *err);

/* Forgets what is older than every camera's footage; of a camera without footage, what is
 * older than `before_us`. */
bool activity_forget(struct store *s, int64_t before_us, struct error *err);
