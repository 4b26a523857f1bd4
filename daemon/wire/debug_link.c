#include "wire/debug_link.h"

#include "wire/wire.h"

enum {
    WATCHING = 1,
    SUSPICION = 2,
    CLUTTER = 4,
    LEARNED_ANEW = 8,
    FLAGS = 15,
    SEEN = 1,
    HEAD = 12,
    TRAIL = 13,
    POINT = 4,
    MARKS_A_BYTE = 4,
};

_Static_assert(HEAD + DEBUG_CELLS_SIDE * DEBUG_CELLS_SIDE * 9 / 4 +
                       DEBUG_TRAILS * (TRAIL + WAY_POINTS * POINT) <=
                   LINK_DEBUG_MAX,
               "the largest fits");

static void put_8(struct bytes *to, unsigned value)
{
    uint8_t byte = (uint8_t)value;

    bytes_add(to, &byte, 1);
}

static void put_16(struct bytes *to, unsigned value)
{
    put_8(to, value & 0xff);
    put_8(to, value >> 8);
}

/* A value of 0..65.535, and what is beyond as the nearest. */
static void put_thousandths(struct bytes *to, float value)
{
    put_16(to, value <= 0 ? 0 : value >= 65.535F ? UINT16_MAX : (unsigned)(value * 1000));
}

static void put_part(struct bytes *to, float part)
{
    put_16(to, part <= 0 ? 0 : part >= 1 ? UINT16_MAX : (unsigned)(part * UINT16_MAX));
}

static void put_marks(struct bytes *to, const struct debug_view *view)
{
    int cells = view->width * view->height;

    for (int i = 0; i < cells; i += MARKS_A_BYTE) {
        unsigned byte = 0;
        for (int k = 0; k < MARKS_A_BYTE && i + k < cells; k++)
            byte |= (view->marks[i + k] & 3U) << 2 * k;
        put_8(to, byte);
    }
}

static void put_trail(struct bytes *to, const struct debug_trail *trail)
{
    put_16(to, trail->id & 0xffff);
    put_16(to, trail->id >> 16);
    bytes_add(to, trail->box, sizeof trail->box);
    put_8(to, trail->seen ? SEEN : 0);
    put_8(to, trail->waits);
    put_16(to, trail->looks < UINT16_MAX ? (unsigned)trail->looks : UINT16_MAX);
    put_8(to, (unsigned)trail->way.count);
    for (int i = 0; i < trail->way.count; i++) {
        put_part(to, trail->way.at[i].x);
        put_part(to, trail->way.at[i].y);
    }
}

void link_put_debug(struct bytes *to, int channel, const struct debug_view *view)
{
    struct wire_header h = { .kind = WIRE_DEBUG,
                             .channel = (uint16_t)channel,
                             .time_us = view->at_us };
    size_t begins = to->size, cells = (size_t)(view->width * view->height);

    bytes_reserve(to, WIRE_HEADER);
    to->size += WIRE_HEADER;
    put_8(to, (unsigned)view->width);
    put_8(to, (unsigned)view->height);
    put_8(to, (view->watching ? WATCHING : 0U) | (view->suspicion ? SUSPICION : 0U) |
                  (view->clutter ? CLUTTER : 0U) | (view->learned_anew ? LEARNED_ANEW : 0U));
    put_8(to, (unsigned)view->trail_count);
    put_thousandths(to, view->gain);
    put_thousandths(to, view->moving_share);
    put_thousandths(to, view->futility);
    put_16(to, (unsigned)view->candidates);
    bytes_add(to, view->now, cells);
    bytes_add(to, view->background, cells);
    put_marks(to, view);
    for (int i = 0; i < view->trail_count; i++)
        put_trail(to, &view->trails[i]);
    h.size = (uint32_t)(to->size - begins - WIRE_HEADER);
    wire_write_header(to->at + begins, &h);
}

static bool check_trails(const uint8_t *at, size_t left, int count, int width, int height)
{
    for (; count > 0; count--) {
        if (left < TRAIL || at[4] > at[6] || at[6] >= width || at[5] > at[7] ||
            at[7] >= height || at[8] > SEEN || at[9] >= TRAIL_WAITS || at[12] > WAY_POINTS)
            return false;
        size_t size = TRAIL + (size_t)at[12] * POINT;
        if (left < size)
            return false;
        at += size;
        left -= size;
    }
    return left == 0;
}

bool link_check_debug(const uint8_t *body, size_t size, struct error *err)
{
    const uint8_t *b = body;

    if (size < HEAD || size > LINK_DEBUG_MAX || b[0] < 1 || b[0] > DEBUG_CELLS_SIDE ||
        b[1] < 1 || b[1] > DEBUG_CELLS_SIDE || b[2] > FLAGS || b[3] > DEBUG_TRAILS)
        return error_set(err, ERR_MEDIA, "a debug view of %zu bytes cannot be", size);
    size_t cells = (size_t)b[0] * b[1];
    size_t pictures = HEAD + 2 * cells + (cells + MARKS_A_BYTE - 1) / MARKS_A_BYTE;
    return (size >= pictures &&
            check_trails(b + pictures, size - pictures, b[3], b[0], b[1])) ||
           error_set(err, ERR_MEDIA, "a debug view's trails cannot be");
}
