/*
 * A volume is a directory of recordings, the storage all of them; a recorder writes one
 * camera's main stream to one volume: segments of whole fragments, synced every few seconds,
 * with rows in the catalogue and a gap row for every stretch without video. Retention takes
 * the oldest away, on each volume for itself.
 * Thread: loop only; writing and syncing are workers of each volume.
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
#include "record/sacrifice.h"
#include "store/desk.h"
#include "store/segment_rows.h"

struct recorder;
struct storage;

struct storage_setup {
    const struct settings *settings;
    struct loop *loop;
    struct desk *records; /* STORE_RECORDS; outlives the storage */
    struct holds *holds;  /* outlive it too; NULL: nothing is held */
};

/* Of each volume: checks (or, the first time, writes) its keng-volume, repairs what a kill
 * or a power cut left open, compares files with rows in the background, and starts
 * retention. A volume that is not there or not the one that state/volumes remembers is no
 * failure: its recorders keep what comes in memory, it is looked for every 5 s, and its
 * state says why. NULL: ERR_OWNED when another kengd records to one of them, or no threads.
 * Touches the disks on the loop, once. */
struct storage *storage_open(const struct storage_setup *setup, struct error *err);

/* Whose change of the configuration the recorders are started for from now on: a gap that
 * ends so names them. NULL: for nobody's. */
void storage_changed_by(struct storage *storage, const char *who);

/* Settings of retention, segment length and syncing from now on; the volumes are the same.
 * `set`, as the one of the setup, is lent until the next reload or the end. */
void storage_reload(struct storage *storage, const struct settings *set);

/* Of files and catalogue. */
struct comparison {
    bool runs;
    size_t camera, cameras;     /* while it runs: the how many-th of how many */
    int64_t ended_us;           /* else when it ended; 0: none did */
    bool well;                  /* and whether it came to its end */
    size_t added, closed, lost; /* rows */
};

/* Of segments and their checksums, as somebody asked for. */
struct checking {
    bool runs, well;
    char camera[ID_MAX];          /* "": all */
    int64_t done, total, damaged; /* segments */
    int64_t ended_us;             /* 0: none did */
};

struct volume_state {
    bool ok;
    char why[200];          /* what is wrong, a sentence; "" while ok */
    int64_t free_bytes, size_bytes, reserve_bytes;
    int64_t written_bytes;  /* since the start */
    int64_t dropped;        /* fragments lost because the disk was too slow */
    int64_t oldest_us;      /* of all recordings; 0: none */
    int64_t damaged;        /* segments that the check found not as they were written */
    int64_t scrubbed_us;    /* when all of them were last checked; 0: never yet */
    size_t cameras;         /* that are recorded to it now */
    enum sacrifice given_up; /* that and what comes before it, because it is slow */
    /* Since the start: fragments times viewers, seconds times cameras, fragments, and what
     * `dropped` counts. */
    int64_t given_up_count[SACRIFICES];
    struct comparison compared;
    struct checking checking;
};
/* Of all volumes together; it is well when each is, else `why` is the first's that is not. */
void storage_state(struct storage *storage, struct volume_state *out);
/* Of one, counted as settings_volume() does. */
void storage_volume_state(struct storage *storage, size_t which, struct volume_state *out);

/* The background checks go on at once. */
void storage_scrub(struct storage *storage);
/* Every closed segment, of one camera or (NULL) of all, is read now and compared with its
 * checksums. False: that is under way, or no volume is there yet. */
bool storage_check(struct storage *storage, const char *camera);
/* Files and catalogue are compared again, on all volumes. False: that is under way, or none
 * is there. */
bool storage_rebuild(struct storage *storage);

/* All recorders stopped before. Runs the loop until everything handed over is on disk: not
 * out of a callback. */
void storage_close(struct storage *storage);

/* Begins with what the stream remembers and is not written yet. The camera's volume is the
 * one that it names, else the one that has a folder of it, else the one with the most room
 * for each of its cameras; a camera that names none goes on to another when its volume
 * cannot be written for 20 s. The recorder stays the storage's; `camera` is lent until
 * recorder_stop(). */
struct recorder *recorder_start(struct storage *storage,
                                const struct camera_settings *camera,
                                struct stream *stream);

/* The id of the volume that it is recorded to; "" the first. Lent. */
const char *recorder_volume(const struct recorder *rec);

/* What its camera gives up now, because the volume is slow; and that it did so, so often. */
enum sacrifice recorder_sacrifice(const struct recorder *rec);
void recorder_gave_up(struct recorder *rec, enum sacrifice what, size_t count);

/* Why there will be, or is, no video: the cause of the gap that is open or comes next. */
void recorder_explain(struct recorder *rec, enum gap_cause cause, const char *detail);

/* Motion was seen that began at `start_us` (wall time, mostly some seconds ago) and goes on, or
 * has ended: where only events are recorded (the camera's `record`), from
 * `storage.before_event` before it began until `storage.after_event` after it was told to end. */
void recorder_event(struct recorder *rec, int64_t start_us, bool goes_on);

/* Closes the segment; the gap that begins has the cause "stopped". */
void recorder_stop(struct recorder *rec); /* NULL is allowed */
