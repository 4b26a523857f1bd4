/*
 * Reads a NAL unit's bits, big-endian, without its emulation prevention bytes. Past the
 * end it gives zeros and says so. Thread: the owner's. Source: ITU-T H.264, 7.3.1
 * and 9.1.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits {
    const uint8_t *at, *end;
    int zeros; /* 0 bytes before `at` in a row */
    int left;  /* bits of `now` that are not read yet */
    uint8_t now;
    bool over; /* more was read than there is */
};

static inline unsigned bit(struct bits *b)
{
    if (b->left == 0) {
        if (b->zeros >= 2 && b->at < b->end && *b->at == 3) {
            b->at++;
            b->zeros = 0;
        }
        b->over |= b->at >= b->end;
        b->now = b->over ? 0 : *b->at++;
        b->zeros = b->now ? 0 : b->zeros + 1;
        b->left = 8;
    }
    return b->now >> --b->left & 1;
}

static inline uint32_t bits_get(struct bits *b, int count)
{
    uint32_t value = 0;

    while (count-- > 0)
        value = value << 1 | bit(b);
    return value;
}

/* ue(v) */
static inline uint32_t bits_ue(struct bits *b)
{
    int zeros = 0;

    while (!bit(b)) {
        if (b->over || ++zeros > 31) {
            b->over = true;
            return 0;
        }
    }
    return (UINT32_C(1) << zeros) - 1 + bits_get(b, zeros);
}
