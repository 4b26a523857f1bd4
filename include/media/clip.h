/*
 * A clip joins fragments out of segment files into one MP4, without re-encoding and without
 * holding more than one fragment in memory. It begins at time zero, with the last keyframe
 * at or before `from_us` (where there is none: the first one behind it).
 * A new run goes on without a pause when its init has the same bytes; at another init the
 * clip ends. Files that are gone and fragments whose checksum is wrong are left out.
 * Thread: any one at a time; reads files, so not the loop. Errors: ERR_DISK, ERR_MEDIA.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct clip;

struct clip_source {
    int root_fd;       /* of its volume; the caller's, open as long as the clip; -1: it is gone */
    const char *path;  /* below the recordings: as in a segment's row */
    int64_t shift_us;  /* added to the times in the file: a correction of the clock; else 0 */
};

/* Sources oldest first; they are copied. NULL: no keyframe between from and to, or an
 * error. */
struct clip *clip_open(const struct clip_source *sources, size_t count, int64_t from_us,
                       int64_t to_us, struct error *err);

/* The next piece, lent until the next call: first the init, then a fragment each. A size of
 * 0 is the end. */
bool clip_next(struct clip *clip, const uint8_t **bytes, size_t *size, struct error *err);

int64_t clip_start_us(const struct clip *clip); /* wall time of the first frame */
const char *clip_codecs(const struct clip *clip);

/* Where the fragment that clip_next() gave last comes from, and where it lies. */
struct clip_place {
    int64_t start_us, duration_us; /* wall time */
    int64_t at_us;                 /* in the clip */
    bool clock_trusted, damaged;
};
void clip_last(const struct clip *clip, struct clip_place *out);

/* After the end: the source with which a clip of another init would begin, or the number of
 * sources. */
size_t clip_next_source(const struct clip *clip);
size_t clip_left_out(const struct clip *clip);  /* fragments whose checksum was wrong */
void clip_close(struct clip *clip);             /* NULL is allowed */
