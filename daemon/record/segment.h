/*
 * One file that is being written. While a write is out the struct is the writing
 * worker's, else the loop's; the syncing worker is given the descriptor and what to
 * expect, nothing more. The file is locked as long as it is open: who repairs or deletes
 * leaves it alone. Errors: ERR_DISK. Times: microseconds since 1970, UTC (`_us`).
 */
#pragma once
#include <stdint.h>

#include "core/error.h"
#include "media/fragment.h"
#include "names.h"
#include "store/segment_rows.h"

struct ledger_row;
struct mount;
struct recorder;
struct volume;

struct segment {
    struct segment *next; /* of the volume's, those that are being closed too */
    struct recorder *rec;
    struct volume *volume;   /* the recorder may be on another by now */
    struct mount *mount;     /* counted */
    const struct init *init; /* counted */
    char path[PATH_ROOM];
    int fd;                /* -1: not created yet */
    bool made_folders;     /* a directory was made on the way: it must be synced too */
    int64_t file_us;       /* start of the first fragment */
    int64_t shift_us;      /* of the run's times in the file; see anchor.h */
    int64_t start_us;      /* as the catalogue has it: shifted, joined to what lies before */
    int64_t end_us, bytes; /* of the whole fragments in the file; the worker's */
    bool no_space;         /* why a write failed; the worker's */

    /* The loop's alone. */
    int64_t written_end_us, written_bytes; /* 0: nothing is known to be written yet */
    int64_t synced_end_us, synced_bytes;
    enum gap_cause hole_cause; /* of what is missing before it */
    char *hole_detail;         /* owned */
    bool syncing;              /* a sync is out */
    bool ending; /* nothing more will be written: close it with the next sync */
    bool failed; /* its last sync failed: what was not synced is lost */
    struct ledger_row *row; /* NULL: not synced yet */
    struct waiting *kept, **kept_last; /* written and not yet synced: recorder.c */
    bool rescued; /* failed, and what was not synced is written again */
};

/* Writing worker. Creates the file, named by file_us or the next free millisecond, and
 * the folders on the way; writes the init. On failure nothing is left behind. */
bool segment_create(struct segment *seg, struct error *err);

/* Writing worker. Removes the file that was just created. */
void segment_discard(struct segment *seg);

/* Writing worker. Appends a fragment, whole or not at all. */
bool segment_append(struct segment *seg, const struct fragment *frag, struct error *err);

/* Syncing worker. */
bool segment_sync(int fd, struct error *err);
/* The directories of a new file. */
bool segment_sync_folders(int root_fd, const char *path, bool parents_too,
                          struct error *err);
