/*
 * A volume is the directory of recordings; a recorder writes one camera's main stream to
 * it: segments of whole fragments, synced every few seconds, with rows in the catalogue
 * and a gap row for every stretch without video. Retention takes the oldest away.
 * Thread: loop only; writing, syncing and the catalogue are workers of the volume.
 * Times: microseconds since 1970, UTC (`_us`). Errors: ERR_DISK, ERR_OWNED.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "core/error.h"
#include "core/loop.h"
#include "media/stream.h"
#include "record/hold.h"
#include "store/desk.h"
#include "store/segment_rows.h"

struct recorder;
struct volume;

struct volume_setup {
    const struct settings *settings;
    struct loop *loop;
    struct desk *records; /* STORE_RECORDS; outlives the volume */
    struct holds *holds;  /* outlive it too; NULL: nothing is held */
};

/* Checks (or, the first time, writes) recordings/keng-volume, repairs what a kill or a power
 * cut left open, compares files with rows in the background, and starts retention. A volume
 * that is not there or not the one that state/volumes remembers is no failure: recorders
 * keep what comes in memory, it is looked for every 5 s, and volume_state() says why.
 * NULL: ERR_OWNED when another
 * kengd records to it, or no threads. Touches the disk on the loop, once. */
struct volume *volume_open(const struct volume_setup *setup, struct error *err);

/* Whose change of the configuration the recorders are started for from now on: a gap that
 * ends so names them. NULL: for nobody's. */
void volume_changed_by(struct volume *volume, const char *who);

/* Settings of retention, segment length and syncing from now on. `set`, as the one of the
 * setup, is lent until the next reload or the end. */
void volume_reload(struct volume *volume, const struct settings *set);

/* Of files and catalogue. */
struct comparison {
    bool runs;
    size_t camera, cameras;     /* while it runs: the how many-th of how many */
    int64_t ended_us;           /* else when it ended; 0: none did */
    bool well;                  /* and whether it came to its end */
    size_t added, closed, lost; /* rows */
};

struct volume_state {
    bool ok;
    char why[200];          /* what is wrong, a sentence; "" while ok */
    int64_t free_bytes, size_bytes;
    int64_t written_bytes;  /* since the start */
    int64_t dropped;        /* fragments lost because the disk was too slow */
    int64_t oldest_us;      /* of all recordings; 0: none */
    int64_t damaged;        /* segments that the check found not as they were written */
    int64_t scrubbed_us;    /* when all of them were last checked; 0: never yet */
    struct comparison compared;
};
void volume_state(struct volume *volume, struct volume_state *out);

/* The background check goes on at once. */
void volume_scrub(struct volume *volume);
/* Files and catalogue are compared again, all of them. False: that is under way, or the
 * volume is not there. */
bool volume_rebuild(struct volume *volume);

/* All recorders stopped before. Runs the loop until everything handed over is on disk: not
 * out of a callback. */
void volume_close(struct volume *volume);

/* Begins with what the stream remembers and this volume has not written yet. The recorder
 * stays the volume's; `camera` is lent until recorder_stop(). */
struct recorder *recorder_start(struct volume *volume, const struct camera_settings *camera,
                                struct stream *stream);

/* Why there will be, or is, no video: the cause of the gap that is open or comes next. */
void recorder_explain(struct recorder *rec, enum gap_cause cause, const char *detail);

/* Motion was seen and goes on, or has ended: where only events are recorded (the camera's
 * `record`), from `storage.before_event` before until `storage.after_event` after. */
void recorder_event(struct recorder *rec, bool goes_on);

/* Closes the segment; the gap that begins has the cause "stopped". */
void recorder_stop(struct recorder *rec); /* NULL is allowed */
