/*
 * The names of segment files: "<camera>/2026-11-21/T12-30-05.123Z.mp4", UTC, below the
 * volume. They sort by time, and only what has such a name is ever deleted. Thread: any.
 * Times: microseconds since 1970, UTC (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

enum {
    DAY_NAME = 10,
    FILE_NAME = 18
}; /* bytes of "2026-11-21" and "T12-30-05.123Z.mp4" */
enum { PATH_ROOM = ID_MAX + 1 + DAY_NAME + 1 + FILE_NAME + 1 };

#define DAY_US (SECONDS_US(24 * 3600))

/* False: a time before 1970 or after the year 9999, or an identifier that is too long. */
bool name_path(char to[PATH_ROOM], const char *camera, int64_t start_us);
bool name_day(char to[PATH_ROOM], const char *camera,
              int64_t start_us); /* the directory */

/* Whether it is the name of a camera's directory, of a day, of a file. */
bool name_is_camera(const char *name);
bool name_is_day(const char *name, int64_t *day_us);
bool name_is_file(const char *name);
/* The time that a path of name_path() tells. */
bool name_time(const char *path, int64_t *start_us);

/* The names in a directory below `root_fd` that a test accepts, sorted; the caller frees
 * with names_free(). `path` "": the root itself. A directory that is not there has none.
 * False: it cannot be read, errno says why. */
struct names {
    char **list;
    size_t count;
};
typedef bool name_test(const char *name);
bool names_read(int root_fd, const char *path, name_test *is_one, struct names *out);
bool name_is_any_day(const char *name);
void names_free(struct names *names);
