/*
 * The anchor of runs in time. All that one boot of this machine recorded lies on its
 * monotonic clock; when the wall clock is set, what was stamped by it is moved along: what
 * was recorded under a clock that nobody trusted always, what was recorded under one that
 * was trusted only when the clock goes back, for else two recordings would claim the same
 * time. A correction is in clock.log before rows change.
 * Thread: loop only. Times: microseconds since 1970, UTC (`_us`).
 */
#pragma once
#include "volume.h"

struct anchor;

/* The volume was found: what clock.log says of this boot. Touches the disk, once. */
struct anchor *anchor_open(struct volume *volume);
void anchor_close(struct anchor *anchor);

/* A segment of the run begins: what its stamps are off by. */
int64_t anchor_offset(struct anchor *anchor, const char *camera, const struct init *init);
/* Whether the run's time, corrected, may be believed. */
bool anchor_is_trusted(struct anchor *anchor, const char *camera,
                       const struct init *init);

/* Every second: whether the clock was set, or may be trusted now. */
void anchor_look(struct anchor *anchor);
