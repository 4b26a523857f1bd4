/*
 * The segments of a camera between two times, looked up and opened for those who make
 * something of them: a list, a playlist, a clip.
 * Thread: loop, but for what says it is the worker's.
 */
#pragma once
#include "config/volume_dirs.h"
#include "inside.h"
#include "media/mp4.h"
#include "range.h"
#include "store/segment_rows.h"

/* The job of an ask about a camera's footage. */
struct stretch_query {
    char camera[ID_MAX];
    int64_t from_us, to_us;
    const struct settings *set; /* counted: where the volumes are */
    bool to_play;
    struct segment_list segments;
    size_t first; /* of `segments`: those before it are not needed */
    struct gap_list gaps;
    int64_t kept_us; /* of the camera's oldest recording; 0: it has none */
    bool failed;
    struct error err;

    struct mp4_segment *scans; /* one for each of `segments`; count 0: cannot be read */
    int64_t *shifts_us;        /* added to the times in the file */
    char **urls;
    char *text; /* what the worker wrote; NULL: nothing */
    size_t text_size;
    struct clip *clip;
    char *range; /* the header; NULL: the whole clip */
    enum range_kind range_kind;
    uint64_t range_first, range_last, clip_size;
    struct volume_dirs dirs; /* of the clip */
};

/* Looks the rows up, then calls `found` with a struct stretch_query as the job. */
void stretch_find(struct ask *ask, const char *camera, int64_t from_us, int64_t to_us,
                  route_fn *found);
/* The same for what is to be played: `segments` begins with those that `first` may need. */
void stretch_find_to_play(struct ask *ask, const char *camera, int64_t from_us,
                          int64_t to_us, route_fn *found);

/* The worker's: opens and scans every segment from `first` on. Where none of its frames can
 * be the first one, `first` and `from_us` go back to a keyframe before it. */
void stretch_scan(struct stretch_query *query);
