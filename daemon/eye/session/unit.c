#include <string.h>

#include "unit.h"

enum nal {
    NAL_PICTURE,
    NAL_KEY,
    NAL_SET,
    NAL_KEPT, /* SEI and what we do not know */
    NAL_NEEDLESS,
};

static enum nal h264_nal(uint8_t type)
{
    if (type == 5)
        return NAL_KEY;
    if (type >= 1 && type <= 4)
        return NAL_PICTURE;
    if (type == 7 || type == 8)
        return NAL_SET;
    /* 0: none; 9: delimiter; 10, 11: ends; 12: filler; 15: sets of further layers */
    return type == 0 || (type >= 9 && type <= 12) || type == 15 ? NAL_NEEDLESS : NAL_KEPT;
}

static enum nal h265_nal(uint8_t type)
{
    if (type >= 16 && type <= 23)
        return NAL_KEY;
    if (type < 32)
        return NAL_PICTURE;
    if (type <= 34)
        return NAL_SET;
    return type <= 38 ? NAL_NEEDLESS : NAL_KEPT; /* delimiter, ends, filler */
}

static enum nal nal_of(const struct unit *u, const uint8_t *nal)
{
    return u->codec == CODEC_H264 ? h264_nal(nal[0] & 31) : h265_nal(nal[0] >> 1 & 63);
}

/* Whether the slice is the first of its picture: first_mb_in_slice is 0, in Exp-Golomb
 * one bit 1; H.265 has a flag in that place. */
static bool is_first_slice(const struct unit *u, const uint8_t *nal, size_t size)
{
    size_t head = u->codec == CODEC_H264 ? 1 : 2;

    return size > head && nal[head] & 0x80;
}

static void write_length(uint8_t *to, size_t size)
{
    to[0] = (uint8_t)(size >> 24);
    to[1] = (uint8_t)(size >> 16);
    to[2] = (uint8_t)(size >> 8);
    to[3] = (uint8_t)size;
}

static void keep_set(struct unit *u, const uint8_t *nal, size_t size)
{
    uint8_t head[2] = { (uint8_t)(size >> 8), (uint8_t)size };

    if (u->sets.size + 2 + size > PARAMETERS_MAX) {
        u->left_out++;
        return;
    }
    bytes_add(&u->sets, head, sizeof head);
    bytes_add(&u->sets, nal, size);
}

/* Some send parameter sets and the picture behind them as one NAL with start codes in it.
 * Only NALs that begin as a parameter set are looked through, and those not far. */
static size_t size_of_set(const uint8_t *nal, size_t size, size_t *skip)
{
    size_t far = size < PARAMETERS_MAX ? size : PARAMETERS_MAX;

    *skip = 0;
    for (size_t i = 2; i + 3 < far; i++) {
        if (nal[i] == 0 && nal[i + 1] == 0 && nal[i + 2] == 1) {
            *skip = i + 3;
            while (i > 2 && nal[i - 1] == 0)
                i--;
            return i;
        }
    }
    while (size > 2 && nal[size - 1] == 0)
        size--; /* trailing_zero_8bits */
    return size;
}

static void note_slice(struct unit *u, const uint8_t *nal, size_t size, bool key)
{
    if (!u->has_picture && u->after_hole && !is_first_slice(u, nal, size))
        u->broken = true; /* its beginning is in the hole */
    u->has_picture = true;
    u->key |= key;
}

void unit_begin_nal(struct unit *u, const uint8_t *bytes, size_t size)
{
    if (u->nal_open)
        unit_end_nal(
            u); /* some never set the end bit; a real loss shows in the sequence */
    u->nal_at = u->bytes.size;
    u->nal_open = true;
    bytes_add(&u->bytes, "\0\0\0", 4);
    unit_more_nal(u, bytes, size);
}

void unit_more_nal(struct unit *u, const uint8_t *bytes, size_t size)
{
    if (!u->nal_open || u->bytes.size + size > AU_MAX) {
        u->broken = u->has_picture = true;
        return;
    }
    bytes_add(&u->bytes, bytes, size);
}

void unit_end_nal(struct unit *u)
{
    size_t head = u->codec == CODEC_H264 ? 1 : 2, skip, set;

    if (!u->nal_open)
        return;
    u->nal_open = false;
    for (;;) {
        uint8_t *nal = u->bytes.at + u->nal_at + 4;
        size_t size = u->bytes.size - u->nal_at - 4;
        enum nal kind = size > head ? nal_of(u, nal) : NAL_NEEDLESS;

        if (kind == NAL_PICTURE || kind == NAL_KEY)
            note_slice(u, nal, size, kind == NAL_KEY);
        if (kind != NAL_SET && kind != NAL_NEEDLESS) {
            write_length(u->bytes.at + u->nal_at, size);
            return;
        }
        skip = 0;
        if (kind == NAL_SET) {
            set = size_of_set(nal, size, &skip);
            keep_set(u, nal, set);
        }
        if (!skip) {
            u->bytes.size = u->nal_at;
            return;
        }
        memmove(nal, nal + skip, size - skip);
        u->bytes.size -= skip;
    }
}

void unit_nal(struct unit *u, const uint8_t *bytes, size_t size)
{
    unit_begin_nal(u, bytes, size);
    unit_end_nal(u);
}

void unit_leave_out(struct unit *u, bool is_picture)
{
    u->left_out++;
    u->broken |= is_picture;
    u->has_picture |= is_picture;
}

void unit_clear(struct unit *u)
{
    u->bytes.size = 0;
    u->sets.size = 0;
    u->nal_open = u->has_picture = u->key = u->broken = u->after_hole = false;
}

void unit_free(struct unit *u)
{
    bytes_free(&u->bytes);
    bytes_free(&u->sets);
}
