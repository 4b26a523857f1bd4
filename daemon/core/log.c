#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/time_text.h"

enum { LINE_MAX_BYTES = 1000 };

static const char *program = "kengd";
static enum log_level finest = LOG_LEVEL_INFO;
static bool to_journal; /* journald adds the time and wants "<priority>" */

void log_open(const char *name, enum log_level most)
{
    program = name;
    finest = most;
    to_journal = getenv("JOURNAL_STREAM") != NULL;
}

void log_line(enum log_level level, const char *phrase, const char *fields, ...)
{
    static const char *const words[] = { "error", "warning", "info", "debug" };
    static const int priorities[] = { 3, 4, 6, 7 }; /* sd-daemon(3) */
    char line[LINE_MAX_BYTES], when[TIME_TEXT_MAX];
    va_list args;
    int n;

    if (level > finest)
        return;
    if (to_journal)
        n = snprintf(line, sizeof line, "<%d>%s: ", priorities[level], phrase);
    else
        n = snprintf(line, sizeof line, "%s %s %s: %s: ",
                     time_text(clock_wall_us(), when), program, words[level], phrase);
    va_start(args, fields);
    vsnprintf(line + n, sizeof line - (size_t)n - 1, fields, args);
    va_end(args);
    size_t length = strlen(line);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = ' ';
    line[length++] = '\n';
    /* One write a line, so that lines of several processes do not mix. */
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written;
}
