#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "store/tiling.h"

/* Two segments of one run meet to within a frame of a slow camera. */
static const int64_t SEAM_US = MILLIS_US(200);
/* Between a segment and the gap behind it the recorder needs a moment to notice. */
static const int64_t SLIVER_US = SECONDS_US(1);
/* An answer's times have no more digits: a shorter gap would have no length there. */
static const int64_t SHOWN_US = MILLIS_US(1);
/* What is being recorded now is on disk and in the catalogue within so long. */
static const int64_t SYNC_US = SECONDS_US(10);

#define NOBODY .detail = "", .ended_by = ""

static void add(struct tiling *t, struct stretch stretch)
{
    struct stretch *last = t->count > 0 ? &t->list[t->count - 1] : NULL;

    if (stretch.from_us >= stretch.to_us)
        return;
    if (last && last->recording == stretch.recording &&
        (stretch.recording ? last->clock_trusted == stretch.clock_trusted
                           : last->cause == stretch.cause &&
                                 strcmp(last->detail, stretch.detail) == 0)) {
        last->to_us = stretch.to_us;
        last->ended = stretch.ended;
        last->ended_by = stretch.ended_by;
        return;
    }
    t->list = xrealloc(t->list, (t->count + 1) * sizeof *t->list);
    t->list[t->count++] = stretch;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Fills a hole between recordings with what the gap rows say of it. */
static void fill(struct tiling *t, const struct gap_list *gaps, int64_t kept_us,
                 int64_t from_us, int64_t to_us)
{
    enum gap_cause untold = kept_us == 0 || to_us <= kept_us ? GAP_NOT_KEPT : GAP_UNKNOWN;
    int64_t at = from_us;

    for (size_t i = 0; i < gaps->count && at < to_us; i++) {
        const struct gap_row *gap = &gaps->rows[i];
        int64_t begin = most(gap->start_us, at);
        int64_t end = least(gap->end_us ? gap->end_us : to_us, to_us);
        if (end - begin < SHOWN_US)
            continue;
        if (begin - at <= SLIVER_US)
            begin = at;
        if (to_us - end <= SLIVER_US)
            end = to_us;
        add(t, (struct stretch){ .from_us = at, .to_us = begin, .cause = untold, NOBODY });
        add(t, (struct stretch){ .from_us = begin,
                                 .to_us = end,
                                 .cause = gap->cause,
                                 .detail = gap->detail ? gap->detail : "",
                                 .ended = gap->ended,
                                 .ended_by = gap->ended_by ? gap->ended_by : "" });
        at = end;
    }
    add(t, (struct stretch){ .from_us = at, .to_us = to_us, .cause = untold, NOBODY });
}

/* Where the asked time ends for us: now, or what is on disk of what goes on now. */
static int64_t known_until(const struct segment_list *segments, int64_t to_us,
                           int64_t now_us)
{
    to_us = least(to_us, now_us);
    for (size_t i = 0; i < segments->count; i++) {
        const struct segment_row *row = &segments->rows[i];
        if (row->open && row->end_us < to_us && now_us - row->end_us < SYNC_US)
            to_us = row->end_us;
    }
    return to_us;
}

void tiling_make(const struct segment_list *segments, const struct gap_list *gaps,
                 int64_t kept_us, int64_t from_us, int64_t to_us, int64_t now_us,
                 struct tiling *out)
{
    int64_t at = from_us;

    *out = (struct tiling){ .from_us = from_us };
    out->to_us = most(known_until(segments, to_us, now_us), from_us);
    for (size_t i = 0; i < segments->count && at < out->to_us; i++) {
        const struct segment_row *row = &segments->rows[i];
        int64_t begin = least(most(row->start_us, at), out->to_us);
        int64_t end = least(row->end_us, out->to_us);
        if (row->lost || end <= at)
            continue;
        if (begin - at > SEAM_US)
            fill(out, gaps, kept_us, at, begin);
        else
            begin = at;
        if (out->to_us - end <= SEAM_US)
            end = out->to_us;
        add(out, (struct stretch){ .from_us = begin,
                                   .to_us = end,
                                   .recording = true,
                                   .clock_trusted = row->clock_trusted,
                                   NOBODY });
        at = end;
    }
    fill(out, gaps, kept_us, at, out->to_us);
}

void tiling_free(struct tiling *tiling)
{
    free(tiling->list);
    *tiling = (struct tiling){ 0 };
}
