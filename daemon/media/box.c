#include "box.h"

#include "core/text.h"

uint32_t read_u32(const uint8_t *at)
{
    return BOX(at[0], at[1], at[2], at[3]);
}

uint64_t read_u64(const uint8_t *at)
{
    return (uint64_t)read_u32(at) << 32 | read_u32(at + 4);
}

void write_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

void write_u64(uint8_t *at, uint64_t value)
{
    write_u32(at, (uint32_t)(value >> 32));
    write_u32(at + 4, (uint32_t)value);
}

uint64_t box_size(const uint8_t *at, size_t room, size_t *head)
{
    uint64_t size;

    *head = 8;
    if (room < 8)
        return 0;
    size = read_u32(at);
    if (size == 1) {
        *head = 16;
        if (room < 16)
            return 0;
        size = read_u64(at + 8);
    }
    return size < *head ? 0 : size;
}

bool box_next(struct span *rest, struct box *out, struct error *err)
{
    size_t head;
    uint64_t size = box_size(rest->at, rest->size, &head);

    if (size == 0 || size > rest->size)
        return error_set(err, ERR_MEDIA,
                         _("a box of MP4 is cut off or has a wrong size"));
    *out = (struct box){
        .type = read_u32(rest->at + 4),
        .body = { rest->at + head, (size_t)size - head },
        .at = rest->at,
        .whole = (size_t)size,
    };
    rest->at += size;
    rest->size -= (size_t)size;
    return true;
}

bool box_find(struct span inside, uint32_t type, struct box *out)
{
    while (inside.size > 0 && box_next(&inside, out, NULL))
        if (out->type == type)
            return true;
    return false;
}

bool span_skip(struct span *rest, size_t size)
{
    if (size > rest->size)
        return false;
    rest->at += size;
    rest->size -= size;
    return true;
}

bool span_u32(struct span *rest, uint32_t *value)
{
    if (rest->size < 4)
        return false;
    *value = read_u32(rest->at);
    return span_skip(rest, 4);
}

bool span_u64(struct span *rest, uint64_t *value)
{
    if (rest->size < 8)
        return false;
    *value = read_u64(rest->at);
    return span_skip(rest, 8);
}

bool span_full(struct span *rest, unsigned *version, uint32_t *flags)
{
    uint32_t both;

    if (!span_u32(rest, &both))
        return false;
    *version = both >> 24;
    *flags = both & 0xffffff;
    return true;
}
