/*
 * Segments and gaps of the catalogue: together they tile a camera's time.
 * Thread, errors, times: as store/store.h.
 */
#pragma once
#include "store/store.h"

struct segment_row {
    int64_t id;
    char *camera;      /* camera's id */
    int64_t run_us;
    int64_t start_us, end_us;
    char *path;        /* below recordings/: "<camera>/2026-11-21/T12-30-05.123Z.mp4" */
    int64_t bytes;
    char *codecs;
    bool open;         /* still being written, or not closed when kengd ended */
    bool clock_trusted;
    bool lost;         /* the file was not there; the stretch is a gap now */
    char *volume;      /* its name in the configuration; NULL or "": storage.recordings */
};

enum gap_cause {
    GAP_UNKNOWN, GAP_CAMERA, GAP_NETWORK, GAP_LOGIN, GAP_DISK, GAP_STOPPED, GAP_RULE,
    GAP_CLOCK,    /* the clock was set forward: that time was never */
    GAP_NOT_KEPT, /* before the oldest recording that is kept; never a row */
};

/* What ended a gap. */
enum gap_end {
    GAP_END_NONE,      /* it goes on, or an older kengd wrote it */
    GAP_END_VIDEO,     /* the camera sends again */
    GAP_END_STARTED,   /* kengd was started */
    GAP_END_PERSON,    /* somebody changed the configuration: who is in `ended_by` */
    GAP_END_DISK,      /* the disk takes it again */
    GAP_END_EVENT,     /* something moved, and events are recorded */
    GAP_END_HOURS,     /* the hours of recording began */
    GAP_END_CLOCK,     /* the clock was set */
    GAP_END_CAUSE,     /* it goes on for another cause: the next gap */
    GAP_END_RECORDING, /* the next recording is there still */
};

struct gap_row {
    int64_t id;
    char *camera;
    int64_t start_us, end_us; /* end_us 0: goes on */
    enum gap_cause cause;
    char *detail;             /* a sentence, or "" */
    enum gap_end ended;
    char *ended_by;           /* of a person, as shown; NULL or "": nobody */
};

const char *gap_cause_word(enum gap_cause cause); /* "camera", "network", ... as answered */
const char *gap_end_word(enum gap_end ended);     /* "video", "person", ...; "": none */

/* Row functions return false with `err`; rows and lists are the caller's to free, and are
 * empty after a failure. A segment is at most a day long. */
bool segment_insert(struct store *s, struct segment_row *row /* id is set */, struct error *err);
bool segment_extend(struct store *s, int64_t id, int64_t end_us, int64_t bytes, bool open,
                    struct error *err);
/* A lost one is in no list and no sum below, but keeps its row: the file may come back. */
bool segment_set_lost(struct store *s, int64_t id, bool lost, struct error *err);
/* The file lies there now. */
bool segment_set_volume(struct store *s, int64_t id, const char *volume, struct error *err);
/* The clock was set: moves those of a run's segments that begin until then. */
struct reanchor {
    const char *camera;
    int64_t run_us, offset_us;
    int64_t until_us;
    const char *volume; /* only those on it */
    bool trusted; /* from now on; false: as they are */
};
bool segments_reanchor(struct store *s, const struct reanchor *how, struct error *err);
bool segment_delete(struct store *s, int64_t id, struct error *err);
/* id 0: there is none. */
bool segment_get(struct store *s, int64_t id, struct segment_row *out, struct error *err);
bool segment_by_path(struct store *s, const char *path, struct segment_row *out,
                     struct error *err);

struct segment_list { struct segment_row *rows; size_t count; };
/* Overlapping from..to, oldest first. */
bool segments_between(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                      struct segment_list *out, struct error *err);
/* The same to be played: those before in the first one's run come too, as far as the keyframe
 * that its pictures need may lie back. `first`: the first that was asked for. */
bool segments_to_play(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                      struct segment_list *out, size_t *first, struct error *err);
bool segments_open(struct store *s, struct segment_list *out, struct error *err);
/* Which of the closed ones are looked for; the zero value of a member is any. */
struct segment_wish {
    const char *volume, *camera;
    int64_t before_us; /* they end before */
    size_t limit;      /* 0: none */
    bool trusted;      /* only those whose time is right */
    /* Without those that an event of their camera touches, widened by so much. */
    bool spare_events;
    int64_t event_pre_us, event_post_us;
    /* Leaves out what it says true of. */
    bool (*skip)(void *arg, const struct segment_row *row);
    void *arg;
};
/* Oldest first. */
bool segments_oldest(struct store *s, const struct segment_wish *wish,
                     struct segment_list *out, struct error *err);
/* Whether an event of its camera, widened by so much, touches it. */
bool segment_touches_event(struct store *s, const struct segment_row *row, int64_t pre_us,
                           int64_t post_us, bool *touches, struct error *err);
/* Of all segments on a volume. */
bool segments_bytes(struct store *s, const char *volume, int64_t *bytes, struct error *err);
void segment_row_clear(struct segment_row *row);
void segment_list_free(struct segment_list *list);

/* First and last recorded moment and bytes of a camera; zeros: nothing. Cheap. */
bool segments_extent(struct store *s, const char *camera, int64_t *first_us, int64_t *last_us,
                     int64_t *bytes, struct error *err);

/* The same of every camera of which there is footage, by its id. */
struct camera_extent { char *camera; int64_t first_us, last_us, bytes; };
struct extent_list { struct camera_extent *rows; size_t count; };
bool segments_extents(struct store *s, struct extent_list *out, struct error *err);
void extent_list_free(struct extent_list *list);

bool gap_begin(struct store *s, struct gap_row *row /* id is set */, struct error *err);
/* Writes begin, end, and what ended it. */
bool gap_change(struct store *s, const struct gap_row *row, struct error *err);
/* Moves begins and ends, of all cameras, that lie from..to. */
bool gaps_move(struct store *s, int64_t from_us, int64_t to_us, int64_t offset_us,
               struct error *err);
/* Those that ended until then: the time before the oldest recording is nobody's. */
bool gaps_forget(struct store *s, const char *camera, int64_t before_us, struct error *err);

struct gap_list { struct gap_row *rows; size_t count; };
bool gaps_between(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                  struct gap_list *out, struct error *err);
bool gaps_open(struct store *s, struct gap_list *out, struct error *err);
void gap_list_free(struct gap_list *list);
