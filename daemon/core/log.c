#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/log_limit.h"
#include "core/time_text.h"

enum { LINE_MAX_BYTES = 1000 };
#define SWEEP_US SECONDS_US(10)

static const char *program = "kengd";
static enum log_level finest = LOG_LEVEL_INFO;
static bool to_journal; /* journald adds the time and wants "<priority>" */

void log_open(const char *name, enum log_level most)
{
    program = name;
    finest = most;
    to_journal = getenv("JOURNAL_STREAM") != NULL;
}

/* Several threads write, and a flood is counted once for all. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_limit *limit;
static int64_t swept_us;

/* One write a line, so that lines of several processes do not mix. */
static void put(enum log_level level, const char *phrase, const char *fields,
                uint64_t left_out)
{
    static const char *const words[] = { "error", "warning", "info", "debug" };
    static const int priorities[] = { 3, 4, 6, 7 }; /* sd-daemon(3) */
    enum { TAIL = 40 };
    char line[LINE_MAX_BYTES + TAIL], when[TIME_TEXT_MAX];

    if (to_journal)
        snprintf(line, LINE_MAX_BYTES, "<%d>%s: %s", priorities[level], phrase, fields);
    else
        snprintf(line, LINE_MAX_BYTES, "%s %s %s: %s: %s",
                 time_text(clock_wall_us(), when), program, words[level], phrase, fields);
    size_t length = strlen(line);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = ' ';
    if (left_out > 0)
        length += (size_t)snprintf(line + length, TAIL - 1, " left_out=%llu",
                                   (unsigned long long)left_out);
    line[length++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written;
}

/* Under the lock. */
static void tell_ended(int64_t now_us, bool all)
{
    struct log_left_out left_out;

    swept_us = now_us;
    while (limit && log_limit_ended(limit, now_us, all, &left_out)) {
        char fields[200];
        snprintf(fields, sizeof fields, "phrase='%s' %s%scount=%llu over_s=%lld",
                 left_out.phrase, left_out.first, *left_out.first ? " " : "",
                 (unsigned long long)left_out.count,
                 (long long)((now_us - left_out.since_us) / 1000000));
        put(LOG_LEVEL_INFO, "lines were left out", fields, 0);
    }
}

void log_sweep(bool all)
{
    pthread_mutex_lock(&lock);
    tell_ended(clock_mono_us(), all);
    pthread_mutex_unlock(&lock);
}

void log_line(enum log_level level, const char *phrase, const char *format, ...)
{
    char fields[LINE_MAX_BYTES];
    uint64_t left_out = 0;
    va_list args;

    if (level > finest)
        return;
    va_start(args, format);
    vsnprintf(fields, sizeof fields, format, args);
    va_end(args);
    pthread_mutex_lock(&lock);
    int64_t now_us = clock_mono_us();
    if (!limit)
        limit = log_limit_new();
    if (now_us - swept_us > SWEEP_US)
        tell_ended(now_us, false);
    bool admitted = level == LOG_LEVEL_DEBUG ||
                    log_limit_admits(limit, phrase, fields, now_us, &left_out);
    pthread_mutex_unlock(&lock);
    if (admitted)
        put(level, phrase, fields, left_out);
}
