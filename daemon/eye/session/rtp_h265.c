#include "payload.h"

/* RFC 7798, 4.4: types of the payload header beyond the NAL types. There is no DONL: the
 * SDP would have said so (sprop-max-don-diff), and such a track is refused there. */
enum { AGGREGATE = 48, FRAGMENT = 49 };
enum { FU_START = 0x80, FU_END = 0x40, HEADER = 2 };

static int type_of(const uint8_t *payload)
{
    return payload[0] >> 1 & 63;
}

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
        if (nal > HEADER)
            unit_nal(u, p, nal);
        p += nal;
        size -= nal;
    }
}

static void take_fragment(struct unit *u, const uint8_t *p, size_t size)
{
    if (size <= HEADER) {
        unit_leave_out(u, true);
        return;
    }
    if (p[2] & FU_START) {
        uint8_t header[HEADER] = { (uint8_t)((p[0] & 0x81) | (p[2] & 63) << 1), p[1] };

        unit_begin_nal(u, header, sizeof header);
    }
    unit_more_nal(u, p + 3, size - 3);
    if (p[2] & FU_END)
        unit_end_nal(u);
}

void h265_take(struct unit *u, const uint8_t *payload, size_t size)
{
    if (size <= HEADER) {
        if (size > 0)
            unit_leave_out(u, false);
    } else if (type_of(payload) < AGGREGATE) {
        unit_nal(u, payload, size);
    } else if (type_of(payload) == AGGREGATE) {
        take_aggregate(u, payload + HEADER, size - HEADER);
    } else if (type_of(payload) == FRAGMENT) {
        take_fragment(u, payload, size);
    } else { /* 50: PACI, which wraps what nobody sends */
        unit_leave_out(u, type_of(payload) == 50);
    }
}

static enum slice slice_of(int type, const uint8_t *rest, size_t size)
{
    if (type >= 32)
        return SLICE_NONE;
    return size > 0 && rest[0] & 0x80 ? SLICE_FIRST : SLICE_LATER;
}

enum slice h265_slice(const uint8_t *payload, size_t size)
{
    if (size <= HEADER)
        return SLICE_NONE;
    if (type_of(payload) == FRAGMENT)
        return payload[2] & FU_START ? slice_of(payload[2] & 63, payload + 3, size - 3)
                                     : SLICE_LATER;
    if (type_of(payload) == AGGREGATE && size >= HEADER + 4)
        return slice_of(type_of(payload + HEADER + 2), payload + HEADER + 4,
                        size - HEADER - 4);
    return slice_of(type_of(payload), payload + HEADER, size - HEADER);
}
