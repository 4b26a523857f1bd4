/*
 * Walking the boxes of bytes that are not to be trusted: a span is what is left to read,
 * and nothing is read outside it. Thread: any. Errors: ERR_MEDIA. Source: ISO/IEC
 * 14496-12, 4.2.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct span {
    const uint8_t *at;
    size_t size;
};

#define BOX(a, b, c, d) \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct box {
    uint32_t type;
    struct span body;  /* behind the header */
    const uint8_t *at; /* of the header */
    size_t whole;      /* with the header */
};

uint32_t read_u32(const uint8_t *at);
uint64_t read_u64(const uint8_t *at);
void write_u32(uint8_t *at, uint32_t value);
void write_u64(uint8_t *at, uint64_t value);

/* The size in a box header of which `room` bytes (at least 8) can be seen: 32 bits or 64
 * (largesize). 0: none can be read, smaller than its header, or "to the end of the file",
 * which nothing that grows may have. `*head` is the header's length. */
uint64_t box_size(const uint8_t *at, size_t room, size_t *head);

/* Takes the next box off `rest`. False: the rest is not a whole box; a rest of nothing is
 * for the caller to see first. */
bool box_next(struct span *rest, struct box *out, struct error *err);

/* The first of a type among the boxes in `inside`. False: none, or the boxes are broken.
 */
bool box_find(struct span inside, uint32_t type, struct box *out);

/* Drops `size` bytes off the front. False, and nothing dropped: fewer are left. */
bool span_skip(struct span *rest, size_t size);
bool span_u32(struct span *rest, uint32_t *value);
bool span_u64(struct span *rest, uint64_t *value);

/* Version and flags of a full box. */
bool span_full(struct span *rest, unsigned *version, uint32_t *flags);
