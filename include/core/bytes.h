/*
 * Bytes that grow. An all-zero `struct bytes` is empty and ready. The owner frees it.
 * Thread: the owner's. Errors: none (see core/memory.h).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *at;
    size_t size; /* in use */
    size_t room; /* allocated */
};

/* Makes room for `more` bytes behind those in use and says where they begin; `size` is
 * the caller's to raise by what it wrote. */
uint8_t *bytes_reserve(struct bytes *b, size_t more);

void bytes_add(struct bytes *b, const void *from, size_t size);
void bytes_text(struct bytes *b, const char *text);
void bytes_format(struct bytes *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets the first `size` bytes; the rest moves to the front. */
void bytes_drop(struct bytes *b, size_t size);

/* Hands the memory over to the caller, with a 0 behind it, and leaves `b` empty. */
char *bytes_take(struct bytes *b);
void bytes_free(struct bytes *b);
