/*
 * What one look of retention has in hand, and its steps on the workers. While a step is
 * out the struct is that worker's, else the loop's. Errors: ERR_STORE, ERR_DISK, in the
 * struct.
 */
#pragma once
#include "holds.h"
#include "volume.h"

enum { AT_ONCE = 500 }; /* files of one go: 10,000 old ones are gone in some seconds */

/* What is done next, on the loop. */
enum next { MEASURE, SPACE, SIZES, AGE, CHOSEN, DELETED, ROWS_DELETED, OLDEST, END };

/* A file that goes. */
struct victim {
    char path[PATH_ROOM];
    char camera[ID_MAX];
    int64_t row_id; /* 0: the catalogue does not know it, or was not asked */
    int64_t bytes;
    int64_t start_us, end_us;
    bool gone;
};

struct retention {
    struct volume *volume;
    struct mount *mount; /* counted while it looks; else NULL */
    int64_t looked_mono_us, aged_mono_us;
    enum next next;
    enum { BY_SPACE, BY_SIZE, BY_AGE } why; /* what is chosen now */
    bool events_too;    /* BY_SPACE, BY_AGE: what is around events, at last */
    int64_t need_bytes; /* to be freed */
    int64_t most_bytes; /* of all footage; 0: no limit */
    struct keep *of;    /* BY_SIZE: the camera, or NULL: all */
    int64_t before_event_us, after_event_us;
    bool measured;
    bool by_names, named;    /* the catalogue did not answer: by the names of files */
    struct keep *keeps;      /* a copy; behind those configured, cameras that are not */
    size_t keep_count, keep, size; /* the ones that are looked at */
    int64_t default_keep_us, now_us, oldest_us, free_bytes, size_bytes;

    struct victim victims[AT_ONCE];
    size_t count;
    struct held *held; /* what stays; a copy */
    size_t held_count;
    bool well;
    struct error err;
};

/* The tidying worker. Each posts retention_done(). */
void reclaim_measure(void *arg);
void reclaim_choose_by_names(void *arg); /* one file, the oldest of all cameras */
void reclaim_delete_files(void *arg);

/* The desk's worker. */
void reclaim_choose_by_space(struct store *store, void *arg);
void reclaim_choose_by_size(struct store *store, void *arg);
void reclaim_choose_by_age(struct store *store, void *arg);
void reclaim_delete_rows(struct store *store, void *arg);
void reclaim_find_oldest(struct store *store, void *arg);

void retention_done(void *arg);
