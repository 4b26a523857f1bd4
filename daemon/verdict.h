/*
 * Two watchers look at a camera: our detector, and the camera's own. Whether what they see
 * is an event goes by motion.source: own, camera, both (either is enough) or agree (both
 * within 3 s). Where the camera's own detection is not heard, agree goes by ours alone:
 * better a false alarm than none. An event ends when nobody who counts sees anything.
 * Thread: the owner's. Times: monotonic microseconds (`_us`), given. Errors: none.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"

#define AGREE_US INT64_C(3000000)

struct verdict {
    enum motion_source source;
    bool heard;                /* the camera's own detection */
    bool own, camera;          /* sees something */
    int64_t own_us, camera_us; /* when it last stopped to; INT64_MIN: never */
    bool open;                 /* an event goes on */
};

enum verdict_step { VERDICT_NOTHING, VERDICT_BEGINS, VERDICT_ENDS };

void verdict_begin(struct verdict *v, enum motion_source source);

/* A watcher sees something, or nothing any more. */
enum verdict_step verdict_own(struct verdict *v, bool sees, int64_t now_us);
enum verdict_step verdict_camera(struct verdict *v, bool sees, int64_t now_us);

/* Whether the camera's own detection is heard. */
enum verdict_step verdict_heard(struct verdict *v, bool heard, int64_t now_us);

/* Our detector lies within 3 s: what it saw belongs to the event that begins now. */
bool verdict_own_is_fresh(const struct verdict *v, int64_t now_us);
