/*
 * A log line is a fact with fields: a fixed phrase to search for, then key=value.
 * error: a person must act; warning: the daemon copes; info: the state changed.
 * Goes to standard error, with a priority that journald reads; never a secret.
 * What repeats is written now and then, with the count of those left out (log_limit.h);
 * debug lines are not counted.
 * Thread: any.
 */
#pragma once
#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The program's name before each line; lines finer than `most` are not written. */
void log_open(const char *program, enum log_level most);

/* One line; a line break inside a field is written as a space. */
void log_line(enum log_level level, const char *phrase, const char *fields, ...)
    __attribute__((format(printf, 3, 4)));

/* Tells of floods that have ended; log_line() does it too. `all`: also of those that go on. */
void log_sweep(bool all);

#define log_error(phrase, ...)   log_line(LOG_LEVEL_ERROR, phrase, __VA_ARGS__)
#define log_warning(phrase, ...) log_line(LOG_LEVEL_WARNING, phrase, __VA_ARGS__)
#define log_info(phrase, ...)    log_line(LOG_LEVEL_INFO, phrase, __VA_ARGS__)
#define log_debug(phrase, ...)   log_line(LOG_LEVEL_DEBUG, phrase, __VA_ARGS__)
