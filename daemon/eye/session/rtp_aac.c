#include "payload.h"

/* Up to 32 bits at a bit position, most significant first; the caller has checked the
 * end. */
static uint32_t read_bits(const uint8_t *p, size_t at, unsigned bits)
{
    uint32_t value = 0;

    for (; bits > 0; bits--, at++)
        value = value << 1 | (p[at / 8] >> (7 - at % 8) & 1);
    return value;
}

/* One frame that is larger than a packet (RFC 3640, 3.2.3): its whole size is in the
 * header of every packet, and all have the same time. */
static void take_part(struct aac_joiner *aac, const struct rtp_packet *packet,
                      size_t want, const uint8_t *bytes, size_t size, audio_fn *fn,
                      void *arg)
{
    bool goes_on = aac->want == want && aac->part_time == packet->time;

    if (!goes_on) {
        aac->left_out += aac->want > 0;
        aac->part.size = 0;
        aac->part_time = packet->time;
        aac->want = want;
    }
    if (aac->part.size + size > want) {
        aac->want = 0;
        aac->left_out++;
        return;
    }
    bytes_add(&aac->part, bytes, size);
    if (aac->part.size == want) {
        aac->want = 0;
        fn(arg, packet->time, aac->part.at, want);
    }
}

void aac_take(struct aac_joiner *aac, const struct rtp_packet *packet, bool after_hole,
              audio_fn *fn, void *arg)
{
    const struct aac_format *f = &aac->format;
    const uint8_t *p = packet->payload;
    size_t header_bits = packet->size >= 2 ? (size_t)p[0] << 8 | p[1] : 0;
    size_t at = 2 + (header_bits + 7) / 8, bit = 0;
    uint32_t time = packet->time;
    bool is_first = true;

    if (after_hole) {
        aac->left_out += aac->want > 0;
        aac->want = 0;
    }
    if (header_bits == 0 || at > packet->size) {
        aac->left_out++;
        return;
    }
    for (;;) {
        unsigned index_bits = is_first ? f->index_bits : f->delta_bits;
        size_t size;

        if (bit + f->size_bits + index_bits > header_bits)
            return;
        size = read_bits(p + 2, bit, f->size_bits);
        if (!is_first) /* frames may be left out between, never interleaved in AAC-hbr */
            time +=
                f->frame_ticks * (1 + read_bits(p + 2, bit + f->size_bits, index_bits));
        bit += f->size_bits + index_bits;
        if (size == 0 || size > AUDIO_FRAME_MAX ||
            (size > packet->size - at && !is_first)) {
            aac->left_out++;
            return;
        }
        if (size > packet->size - at) {
            take_part(aac, packet, size, p + at, packet->size - at, fn, arg);
            return;
        }
        fn(arg, time, p + at, size);
        at += size;
        is_first = false;
    }
}
