/*
 * Pictures of events on disk: state/pictures/<yyyy-mm-dd>/<event>.jpg, the day in UTC. A
 * file is whole from the moment it has its name.
 * Thread: the desk's worker. Times: microseconds since 1970, UTC (`_us`). Errors:
 * ERR_DISK.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "media/fragment.h"

enum { SNAPSHOT_NAME_MAX = 64 };

/* `name` is below state/pictures/. One of the same event is replaced. `synced`: it is on
 * the disk, with its folders, before this returns. */
bool snapshot_write(const char *state_dir, int64_t at_us, const char *event,
                    const struct picture *picture, bool synced,
                    char name[SNAPSHOT_NAME_MAX], struct error *err);

/* The oldest day that has a folder and ended by `before_us`; false: there is none. */
bool snapshot_oldest_day(const char *state_dir, int64_t before_us, int64_t *day_us);
bool snapshot_remove_day(const char *state_dir, int64_t day_us, struct error *err);
