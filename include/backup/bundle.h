/*
 * A bundle is files one behind the other, as they stand in a vault: for each a head (u16 length
 * of its name, u32 mode, u64 size, all little-endian), its name and its bytes; at the end a
 * length of 0. A name is a path below the place it is put to: never out of it.
 * Thread: any. Errors: ERR_MEDIA, ERR_DISK.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum { BUNDLE_NAME_MAX = 1024, BUNDLE_FILES_MOST = 10000 };

struct bundle_file {
    char name[BUNDLE_NAME_MAX + 1];
    unsigned mode; /* of permission: 0600 */
    uint64_t size;
};

/* Whether it leads to a place below and nowhere else. */
bool bundle_name_is_safe(const char *name);

/* Writes a head; the bytes are the caller's to write behind it. */
bool bundle_begin(int fd, const struct bundle_file *file, struct error *err);
bool bundle_end(int fd, struct error *err);

/* What is found; false with `err` ends the reading. */
struct bundle_taker {
    bool (*file)(void *arg, const struct bundle_file *file, struct error *err);
    bool (*bytes)(void *arg, const uint8_t *bytes, size_t size, struct error *err);
    bool (*file_end)(void *arg, struct error *err);
    void *arg;
};

struct unbundle;
struct unbundle *unbundle_new(const struct bundle_taker *taker);
/* The next bytes, cut as they come. */
bool unbundle_feed(struct unbundle *un, const uint8_t *bytes, size_t size, struct error *err);
/* Nothing more comes: whether all was there. */
bool unbundle_end(const struct unbundle *un, struct error *err);
void unbundle_free(struct unbundle *un); /* NULL is allowed */
