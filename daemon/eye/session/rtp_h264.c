#include "payload.h"

/* RFC 6184, 5.2: what the first byte's type says beyond the NAL types themselves. */
enum { STAP_A = 24, STAP_B = 25, FU_A = 28, FU_B = 29 };
enum { FU_START = 0x80, FU_END = 0x40 };

static void take_aggregate(struct unit *u, const uint8_t *p, size_t size)
{
    while (size >= 2) {
        size_t nal = (size_t)p[0] << 8 | p[1];

        p += 2;
        size -= 2;
        if (nal > size) {
            unit_leave_out(u, true);
            return;
        }
        if (nal > 0)
            unit_nal(u, p, nal);
        p += nal;
        size -= nal;
    }
}

static void take_fragment(struct unit *u, const uint8_t *p, size_t size)
{
    if (size < 2) {
        unit_leave_out(u, true);
        return;
    }
    if (p[1] & FU_START) {
        uint8_t header = (p[0] & 0xe0) | (p[1] & 0x1f);

        unit_begin_nal(u, &header, 1);
    }
    unit_more_nal(u, p + 2, size - 2);
    if (p[1] & FU_END)
        unit_end_nal(u);
}

void h264_take(struct unit *u, const uint8_t *payload, size_t size)
{
    int type = size ? payload[0] & 31 : 0;

    if (type >= 1 && type < STAP_A)
        unit_nal(u, payload, size);
    else if (type == STAP_A)
        take_aggregate(u, payload + 1, size - 1);
    else if (type == FU_A)
        take_fragment(u, payload, size);
    else if (size >
             0) /* of the interleaved mode, which no camera offers (RFC 6184, 5.4) */
        unit_leave_out(u, type >= STAP_B && type <= FU_B);
}

static enum slice slice_of(uint8_t type, const uint8_t *rest, size_t size)
{
    if (type != 1 && type != 5)
        return SLICE_NONE;
    return size > 0 && rest[0] & 0x80 ? SLICE_FIRST : SLICE_LATER;
}

enum slice h264_slice(const uint8_t *payload, size_t size)
{
    int type = size ? payload[0] & 31 : 0;

    if (type == FU_A && size >= 2)
        return payload[1] & FU_START ? slice_of(payload[1] & 31, payload + 2, size - 2)
                                     : SLICE_LATER;
    if (type == STAP_A && size >= 4)
        return slice_of(payload[3] & 31, payload + 4, size - 4);
    return slice_of((uint8_t)type, payload + 1, size ? size - 1 : 0);
}
