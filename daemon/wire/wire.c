#include "wire/wire.h"

static void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get32(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

void wire_write_header(uint8_t to[WIRE_HEADER], const struct wire_header *h)
{
    uint64_t time = (uint64_t)h->time_us;

    put32(to, h->size);
    to[4] = h->kind;
    to[5] = h->flags;
    to[6] = (uint8_t)h->channel;
    to[7] = (uint8_t)(h->channel >> 8);
    put32(to + 8, (uint32_t)time);
    put32(to + 12, (uint32_t)(time >> 32));
}

void wire_read_header(const uint8_t from[WIRE_HEADER], struct wire_header *h)
{
    *h = (struct wire_header){
        .size = get32(from),
        .kind = from[4],
        .flags = from[5],
        .channel = (uint16_t)(from[6] | from[7] << 8),
        .time_us = (int64_t)(get32(from + 8) | (uint64_t)get32(from + 12) << 32),
    };
}
