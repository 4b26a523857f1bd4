/*
 * What the files of this room share: the volumes, their recorders, and the work that is out.
 * Everything here is the loop's; a worker is handed what it needs in its job.
 */
#pragma once
#include <stddef.h>

#include "core/clock.h"
#include "core/worker.h"
#include "ledger.h"
#include "mount.h"
#include "owed_cuts.h"
#include "record/recorder.h"
#include "segment.h"

/* What waits to be written while the disk stalls: then the oldest whole GOPs are dropped.
 */
enum { CAMERA_WAITING_MAX = 32 << 20, ALL_WAITING_MAX = 256 << 20 };
/* What is written and not yet synced is kept, to be written again when the sync fails; of
 * more the oldest is let go. */
enum { CAMERA_KEPT_MAX = 16 << 20 };

/* A fragment that waits, with what is known of the hole before it. */
struct waiting {
    struct waiting *next;
    const struct fragment *frag; /* counted */
    bool after_break;            /* the stream broke off before it */
    bool after_hole;             /* something is missing before it: why */
    enum gap_cause cause;
    char *detail; /* owned; NULL: none */
    int64_t end_bytes; /* once written: where it ends in the file */
};

/* One camera's part; lives as long as the volume, also while nobody records. */
struct recorder {
    struct recorder *next; /* of its volume's */
    struct volume *volume;
    struct volume *move_to; /* when the write that is out has come back; NULL: it stays */
    bool pinned;            /* the camera names its volume */
    char camera[ID_MAX];
    struct stream *stream;
    struct follower *follower;
    bool active; /* between recorder_start() and recorder_stop() */
    char *by;    /* who had it started with a change; NULL: kengd was started */

    /* As it comes in. */
    bool came;            /* something, since recorder_start() */
    bool broken;          /* the stream is broken off, or has not begun */
    enum gap_cause cause; /* explained, of the hole that is or comes */
    char *detail;
    int64_t arrived_mono_us; /* of the last fragment */
    int64_t arrived_end_us;  /* where it ends; 0: none came yet */
    int64_t arrived_run_us;
    bool clock_set; /* since then */
    struct waiting *first, **last;
    size_t waiting_bytes; /* with those that a write has out */

    /* Whether it is recorded now: gate.c. */
    enum record_mode mode;
    const struct week_hours *hours; /* the camera's, lent */
    size_t hours_count;
    bool gated, in_hours;
    int64_t event_until_us, hours_looked_us;   /* monotonic */
    struct waiting *pre_first, **pre_last;     /* the last seconds, while it is not */
    size_t pre_bytes;

    /* As it is written. */
    bool writing;            /* a write is out */
    int64_t retry_mono_us;   /* after a failure: not before */
    struct segment *segment; /* NULL: none is open */
    const struct init *init; /* counted; of the last fragment written or skipped */
    bool need_keyframe;      /* before anything is written */
    bool disk_failed;        /* ... because a write failed */
    bool seam;      /* what is written next is of another run, or after a break */
    bool disk_lost; /* what is missing before it was lost by the disk */
    enum gap_cause hole_cause;
    char *hole_detail; /* else it is this */
    int64_t end_us;    /* time is accounted for until here; 0: from nowhere yet */
    int64_t resume_us; /* a file of older times is written between: end_us after it; 0 */
    int64_t skipped;   /* fragments before a first keyframe */
    size_t kept_bytes;

    /* The gap that is open, and what lay before this kengd. */
    struct ledger_row *gap; /* NULL: none */
    bool gap_is_past;       /* it began before recorder_start() */
    bool past_known, past_asked;
    int64_t started_us; /* wall time of recorder_start() */
    int64_t first_us;   /* start of the first segment written before past_known; 0 */
    int64_t past_us;    /* end of the past, when the clock is behind it; else 0 */
};

struct keep {
    char camera[ID_MAX];
    int64_t keep_us;
    int64_t events_us;  /* of what is around events; 0: as the rest */
    struct amount most; /* zeros: no limit of its own */
};

struct other_mount;

/* All volumes. */
struct storage {
    struct loop *loop;
    struct timer *look;
    struct ledger *ledger;
    struct volume *volumes[VOLUMES_MOST]; /* in the order of the settings */
    size_t count;
    size_t waiting_bytes; /* of all recorders */
    char *by; /* who changes the configuration now; NULL: nobody */
};

struct volume {
    struct storage *storage;
    struct loop *loop;
    struct desk *records;
    struct holds *holds;
    struct ledger *ledger; /* the storage's */
    char *name; /* in the configuration; "": storage.recordings */
    char *path, *state_dir;
    struct worker *write, *sync, *tidy;
    struct timer *tick, *sync_timer;
    bool closing;
    unsigned out; /* jobs that have not come back */

    const struct settings *set; /* lent until the next reload */
    int64_t segment_us, sync_us, keep_us, before_event_us, after_event_us;
    struct amount reserve, most;
    struct keep *keeps; /* of cameras whose own differs or not: all that are configured */
    size_t keep_count;

    struct mount *mount; /* NULL: refused */
    struct anchor *anchor; /* NULL: the volume was never found */
    bool checking;
    int64_t checked_mono_us;
    char refused[200], failed[200], full[200]; /* sentences; "": all is well */
    bool erring; /* its last write or sync failed, which is not slowness */
    struct sacrifices sacrifices;
    int64_t given_up_count[SACRIFICES];
    int64_t bad_mono_us; /* since when it is refused or failed; 0: it is not */
    int64_t free_bytes, size_bytes, written_bytes, dropped, oldest_us;

    struct recorder *recorders; /* active and stopped ones */
    struct segment *segments; /* open, and being closed */
    bool syncing, sync_again;
    struct owed_cuts *owed_cuts;

    bool recovered;            /* what was left open is closed */
    struct recovery *recovery; /* NULL: done, or not begun */
    struct retention *retention;
    struct scrub *scrub;
    int64_t damaged; /* segments that are not as they were written */
    int64_t scrubbed_us; /* when all of them were last checked; 0: never */
    struct comparison compared; /* of files and catalogue: the last one */
    int64_t reserve_bytes, unlooked_bytes; /* kept free; written since it was looked at */
    bool no_space; /* a write found none: make some at once */
};

/* ---- storage.c ------------------------------------------------------------------ */
/* Every second: cameras leave a volume that cannot be written. */
void storage_look(struct storage *storage);
/* No volume that is there is still being put right: what lay before this kengd is known. */
bool storage_is_recovered(const struct storage *storage);
/* The one whose anchor moves what belongs to no volume: gaps. */
bool storage_is_lead(const struct volume *volume);
void storage_look_at_clock(struct storage *storage);
/* The others by their names, with their mounts (counted; NULL: away), for a worker. */
size_t storage_others(const struct volume *volume, struct other_mount *to /* VOLUMES_MOST */);

/* ---- volume.c ------------------------------------------------------------------- */
struct volume *volume_open(struct storage *storage, const struct storage_setup *setup,
                           size_t which, struct error *err);
void volume_reload(struct volume *volume, const struct settings *set);
void volume_state(struct volume *volume, struct volume_state *out);
/* Everything that was handed over is on disk and in the catalogue, or cannot be. */
void volume_finish(struct volume *volume);
void volume_stop_looking(struct volume *volume);
void volume_free(struct volume *volume);
void volume_scrub(struct volume *volume);
bool volume_rebuild(struct volume *volume); /* false: one is under way, or it is not there */
void volume_tick(struct volume *volume);
/* Runs the loop until no job is out. */
void volume_settle(struct volume *volume);
void volume_failed(struct volume *volume, const struct error *err, bool no_space);
const char *volume_trouble(const struct volume *volume); /* why something is lost */
void volume_sacrifice(struct volume *volume); /* looks at what must be given up */
void volume_is_slow(struct volume *volume); /* so that fragments had to be dropped */
void volume_wrote(struct volume *volume, int64_t bytes);

/* ---- recorder.c ----------------------------------------------------------------- */
void recorder_pump(struct recorder *rec);
void recorder_drop_waiting(struct recorder *rec);
/* It is recorded to another volume from now on, with what waits. */
void recorder_move(struct recorder *rec, struct volume *to);
bool recorder_is_idle(const struct recorder *rec);
void recorder_free(struct recorder *rec);
struct recorder *recorder_new(struct volume *volume, const char *camera);
void recorder_begin(struct recorder *rec, const struct camera_settings *camera,
                    struct stream *stream);
/* Up to there the segment is synced. */
void recorder_let_go(struct segment *seg, int64_t synced_bytes);
/* What of the segment was not synced goes back to the queue, if all of it is at hand. */
bool recorder_rescue(struct segment *seg);

/* ---- gate.c --------------------------------------------------------------------- */
void gate_open(struct recorder *rec, const struct camera_settings *camera);
/* It is not recorded, perhaps later; else false. */
bool gate_holds_back(struct recorder *rec, struct waiting *item);
/* Opens or closes with the hours and events. */
void gate_look(struct recorder *rec);
void gate_forget(struct recorder *rec);
void waiting_free(struct waiting *item);
void waiting_count(struct recorder *rec, int64_t bytes);

/* ---- timeline.c: gaps ----------------------------------------------------------- */
/* The segment's first fragment is written: what lies before it is a gap. */
void timeline_reach(struct recorder *rec, struct segment *seg);
/* What was written there is not on the disk after all. */
void timeline_lost(struct recorder *rec, int64_t from_us, int64_t to_us);
/* Opens a gap if nothing comes, or the disk has lost something. */
void timeline_look(struct recorder *rec);
/* Asks the catalogue, once, for what lay before this kengd. */
void timeline_ask_past(struct recorder *rec);
void timeline_stop(struct recorder *rec);
/* Its times were moved; and, moved or not: the clock was set. */
void timeline_moved(struct recorder *rec);
void timeline_clock_set(struct recorder *rec);

/* ---- sync.c: the life of segments on the loop ----------------------------------- */
struct segment *segment_begin(struct recorder *rec, const struct fragment *frag);
/* While older times are written again: whether that is behind all that is written. */
bool segment_is_resumed(const struct recorder *rec, int64_t start_us);
/* Nothing more will be written to it: synced, closed and freed. */
void segment_end(struct segment *seg);
/* The clock was set and its run moves along. */
void segment_shift(struct segment *seg, int64_t delta_us);
void volume_sync(struct volume *volume);

/* ---- recover.c: how far the comparison is, or what the last one found */
struct comparison recovery_state(const struct volume *volume);

/* ---- recover.c, retention.c ----------------------------------------------------- */
void recovery_start(struct volume *volume);
void scrub_look(struct volume *volume);
bool volume_check(struct volume *volume, const char *camera);
struct checking scrub_asked(const struct volume *volume);
void scrub_free(struct scrub *scrub);
void retention_look(struct volume *volume);
void retention_free(struct retention *retention);
