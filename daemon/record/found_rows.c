#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "repair.h"

/* A row begins up to a second before its file, where it joins the one before. A larger
 * difference is a correction of the clock that the file does not know. */
static const int64_t JOINED_US = SECONDS_US(2);

static bool close_row(struct store *store, struct found_counts *counts,
                      const struct found *found, const struct segment_row *row,
                      struct error *err)
{
    int64_t shift_us = row->start_us - found->start_us, end_us = found->end_us;

    if (shift_us > JOINED_US || shift_us < -JOINED_US)
        end_us += shift_us;
    if (end_us < row->start_us)
        end_us = row->start_us;

    counts->closed++;
    return (!row->lost || segment_set_lost(store, row->id, false, err)) &&
           segment_extend(store, row->id, end_us, found->bytes, false, err);
}

static bool lose_row(struct store *store, struct found_counts *counts,
                     const struct segment_row *row, struct error *err)
{
    struct gap_row gap = {
        .camera = row->camera,
        .start_us = row->start_us,
        .end_us = row->end_us,
        .cause = GAP_DISK,
        .detail = (char *)_("the file of the recording is gone"),
        .ended = GAP_END_RECORDING,
    };

    counts->lost++;
    return segment_extend(store, row->id, row->end_us, row->bytes, false, err) &&
           segment_set_lost(store, row->id, true, err) &&
           (gap.start_us >= gap.end_us || gap_begin(store, &gap, err));
}

static bool add_row(struct store *store, struct found_counts *counts,
                    const struct found *found, struct error *err)
{
    char camera[ID_MAX];
    size_t length = strcspn(found->path, "/");

    if (found->end_us < found->start_us || found->end_us - found->start_us > DAY_US ||
        length >= sizeof camera)
        return true; /* nothing that this program writes */
    memcpy(camera, found->path, length);
    camera[length] = 0;
    struct segment_row row = {
        .camera = camera,
        .run_us = found->run_us,
        .start_us = found->start_us,
        .end_us = found->end_us,
        .path = (char *)found->path,
        .bytes = found->bytes,
        .codecs = (char *)found->codecs,
        .clock_trusted = found->clock_trusted,
    };
    counts->added++;
    return segment_insert(store, &row, err);
}

bool found_store(struct store *store, const struct found *found,
                 struct found_counts *counts, struct error *err)
{
    struct segment_row row;
    bool well = segment_by_path(store, found->path, &row, err);

    /* By now the row may be another than the one that led here: deleted, or written. */
    if (well && found->what == FOUND_WHOLE)
        well = row.id ? close_row(store, counts, found, &row, err)
                      : add_row(store, counts, found, err);
    else if (well && row.id && !row.lost &&
             (found->what == FOUND_GONE || found->what == FOUND_EMPTY))
        well = lose_row(store, counts, &row, err);
    segment_row_clear(&row);
    return well;
}
