/*
 * A camera's time as stretches without a hole: recordings from segment rows, gaps with
 * their cause from gap rows, and for what neither tells of "not_kept" before the oldest
 * recording, "unknown" behind it.
 * Thread: any; pure. Times: microseconds since 1970, UTC.
 */
#pragma once
#include "store/segment_rows.h"

struct stretch {
    int64_t from_us, to_us;
    bool recording;
    bool clock_trusted;   /* of a recording */
    enum gap_cause cause; /* of a gap */
    const char *detail;   /* of a gap; lent by the gap rows, or "" */
    enum gap_end ended;   /* of a gap, and by whom; lent too */
    const char *ended_by;
};

struct tiling {
    struct stretch *list;
    size_t count;
    int64_t from_us, to_us; /* what the list tiles: the future is left out */
};

/* Rows oldest first, as the catalogue lists them; `kept_us`: the camera's oldest recording,
 * 0: it has none. */
void tiling_make(const struct segment_list *segments, const struct gap_list *gaps,
                 int64_t kept_us, int64_t from_us, int64_t to_us, int64_t now_us,
                 struct tiling *out);
void tiling_free(struct tiling *tiling);
