/*
 * A segment file as it is found: what it holds, and its torn tail cut at the last whole
 * fragment. A file that is being written is locked and left alone.
 * Thread: repair_file() the tidying worker. Times: microseconds since 1970, UTC (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "media/fragment.h"
#include "corrections.h"
#include "names.h"
#include "store/segment_rows.h"

/* Another volume than the one that is looked through. */
struct other_mount {
    struct mount *mount; /* NULL: it is away */
    const char *name;
};

struct found {
    char path[PATH_ROOM];
    int64_t row_id;       /* of its row; 0: it has none */
    int64_t synced_bytes; /* known to be whole; 0: not known */
    bool settled; /* others were written behind it: all of it was synced long ago */
    const struct other_mount *others; /* lent */
    size_t other_count;
    unsigned has; /* bit n: others[n] has a file of that name too */
    enum { FOUND_WHOLE, FOUND_GONE, FOUND_EMPTY, FOUND_BUSY, FOUND_UNREADABLE } what;
    int64_t run_us, start_us, end_us, bytes, cut_bytes;
    bool clock_trusted;
    char codecs[CODEC_TEXT_MAX];
};

/* Fills in what is behind `synced_bytes`. A file without one whole fragment is removed.
 */
void repair_file(int root_fd, const struct corrections *corrections, struct found *found);

/* Puts the row right: closes it, adds one, gives it the volume that has the file, or marks
 * it lost with a gap in its place. The desk's worker, inside a transaction. */
struct found_counts {
    size_t added, closed, lost;
};
bool found_store(struct store *store, const char *volume, const struct found *found,
                 struct found_counts *counts, struct error *err);
