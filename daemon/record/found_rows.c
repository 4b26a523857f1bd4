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

static bool add_row(struct store *store, const char *volume, struct found_counts *counts,
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
        .volume = (char *)volume,
        .clock_trusted = found->clock_trusted,
    };
    counts->added++;
    return segment_insert(store, &row, err);
}

/* Whether the file that the row means may still be on its volume. */
static bool may_be_there(const struct found *found, const struct segment_row *row)
{
    for (size_t i = 0; i < found->other_count; i++)
        if (strcmp(found->others[i].name, row->volume) == 0)
            return !row->lost && (!found->others[i].mount || found->has & 1u << i);
    return false; /* there is no such volume any more */
}

/* A row that names another volume: the file was moved here, or is a copy, which is left
 * alone. */
static bool take_over(struct store *store, const char *volume, struct found_counts *counts,
                      const struct found *found, const struct segment_row *row,
                      struct error *err)
{
    if (may_be_there(found, row))
        return true;
    return segment_set_volume(store, row->id, volume, err) &&
           close_row(store, counts, found, row, err);
}

static bool move_row(struct store *store, const struct found *found,
                     const struct segment_row *row, struct error *err)
{
    size_t i = 0;

    while (!(found->has & 1u << i))
        i++;
    return segment_set_volume(store, row->id, found->others[i].name, err);
}

bool found_store(struct store *store, const char *volume, const struct found *found,
                 struct found_counts *counts, struct error *err)
{
    struct segment_row row;
    bool well = segment_by_path(store, found->path, &row, err);
    bool here = well && row.id && strcmp(row.volume, volume) == 0;

    /* By now the row may be another than the one that led here: deleted, or written. */
    if (well && found->what == FOUND_WHOLE && !row.id)
        well = add_row(store, volume, counts, found, err);
    else if (well && found->what == FOUND_WHOLE)
        well = here ? close_row(store, counts, found, &row, err)
                    : take_over(store, volume, counts, found, &row, err);
    else if (here && !row.lost && found->what == FOUND_GONE && found->has)
        well = move_row(store, found, &row, err);
    else if (here && !row.lost &&
             (found->what == FOUND_GONE || found->what == FOUND_EMPTY))
        well = lose_row(store, counts, &row, err);
    segment_row_clear(&row);
    return well;
}
