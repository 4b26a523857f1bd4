/*
 * Memory whose lack ends the process: it is started again, and what was recorded stands.
 * A size that came from a file or the network is checked before it is asked for here.
 * Thread: any. Errors: none; running out of memory aborts.
 */
#pragma once
#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc, alloc_size(1), returns_nonnull));
void *xcalloc(size_t count, size_t size)
    __attribute__((malloc, alloc_size(1, 2), returns_nonnull));
void *xrealloc(void *old, size_t size) __attribute__((alloc_size(2)));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t most) __attribute__((malloc, returns_nonnull));

/* What printf would print, in memory of its own. */
char *xformat(const char *format, ...) __attribute__((format(printf, 1, 2), malloc));

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
