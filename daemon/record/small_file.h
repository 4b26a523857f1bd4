/*
 * Small text files of kengd's own that must survive a power cut.
 * Thread: any. Errors: ERR_DISK.
 */
#pragma once
#include "core/error.h"

/* The whole file as text, "" when it is not there; the caller frees. NULL: it cannot be
 * read, or is larger than a megabyte. */
char *small_file_read(int dir_fd, const char *name, struct error *err);

/* Puts a file in its place at once and for good: a power cut leaves the old one or this. */
bool small_file_write(int dir_fd, const char *name, const char *content,
                      struct error *err);

/* Adds a line at the end, on disk before it returns. A torn line before it is ended. */
bool small_file_append(int dir_fd, const char *name, const char *line, struct error *err);
