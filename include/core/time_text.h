/*
 * Times as text: RFC 3339 in UTC with milliseconds, as stored, logged and answered.
 * Thread: any.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { TIME_TEXT_MAX = 32 };

/* "2026-11-21T12:30:05.123Z"; returns `to`. */
const char *time_text(int64_t us, char to[TIME_TEXT_MAX]);

/* The same with microseconds: between two of the same millisecond. */
const char *time_text_exact(int64_t us, char to[TIME_TEXT_MAX]);

/* Reads RFC 3339 (any zone offset, up to microseconds) or a whole number of seconds
 * since 1970. False: it is neither. */
bool time_read(const char *text, int64_t *us);
