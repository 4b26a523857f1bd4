/*
 * clock.log in a volume's directory: what is known of runs that were stamped by a clock that
 * was not trusted, and how they were corrected later; one JSON object a line. It is beside
 * the files, so that a catalogue that is rebuilt from them has their right times too.
 *   {"run_us", "camera", "boot", "ahead_us"}             a run began under such a clock
 *   {"run_us", "camera", "offset_us", "trusted", "when"} its files' times plus offset_us
 * Thread: any, one at a time. Times: microseconds since 1970, UTC (`_us`). Errors: ERR_DISK.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "core/error.h"

enum { BOOT_ID = 36 };

struct correction {
    char camera[ID_MAX];
    int64_t run_us;
    char boot[BOOT_ID + 1]; /* "": it began under a trusted clock */
    int64_t ahead_us;       /* clock_ahead_us() when it began */
    int64_t offset_us;
    bool trusted;
};

struct corrections {
    struct correction *rows; /* sorted by camera and run */
    size_t count;
};

/* Empty when there is no such file, or it cannot be read (told in the log). */
void corrections_read(int root_fd, struct corrections *out);
void corrections_free(struct corrections *c);
/* NULL: the run's times are as they are in its files. */
const struct correction *corrections_find(const struct corrections *c, const char *camera,
                                          int64_t run_us);

/* Lines for the file; the caller frees. */
char *correction_began_line(const struct correction *c);
char *correction_line(const struct correction *c);
bool corrections_append(int root_fd, const char *lines, struct error *err);

/* This machine's present boot. */
const char *boot_id(void);
