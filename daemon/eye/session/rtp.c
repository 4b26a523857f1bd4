#include "rtp.h"

/* RFC 3550, A.1: as far ahead as this is loss, further is a jump; as little behind as
 * this is a repetition, further a jump too. */
enum { DROPOUT_MAX = 3000, REPEATED_MAX = 100 };

static uint16_t read16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool rtp_read(const uint8_t *bytes, size_t size, struct rtp_packet *out)
{
    size_t head = 12, padding = 0;

    if (size < head || bytes[0] >> 6 != 2)
        return false;
    head += 4 * (size_t)(bytes[0] & 15);
    if (bytes[0] & 0x10) {
        if (size < head + 4)
            return false;
        head += 4 + 4 * (size_t)read16(bytes + head + 2);
    }
    if (size < head)
        return false;
    if (bytes[0] & 0x20) {
        padding = size > head ? bytes[size - 1] : 0;
        if (padding == 0 || padding > size - head)
            return false;
    }
    *out = (struct rtp_packet){
        .type = bytes[1] & 0x7f,
        .marker = bytes[1] >> 7,
        .sequence = read16(bytes + 2),
        .time = read32(bytes + 4),
        .ssrc = read32(bytes + 8),
        .payload = bytes + head,
        .size = size - head - padding,
    };
    return true;
}

static enum rtp_verdict begin_source(struct rtp_source *s, const struct rtp_packet *p)
{
    bool is_first = !s->has_ssrc;

    s->type = p->type;
    s->ssrc = p->ssrc;
    s->has_ssrc = true;
    s->next = (uint16_t)(p->sequence + 1);
    s->jumped = false;
    s->taken++;
    return is_first ? RTP_NEXT : RTP_NEW_SOURCE;
}

enum rtp_verdict rtp_admit(struct rtp_source *s, const struct rtp_packet *p)
{
    uint16_t ahead;
    bool far;

    if (!s->has_ssrc || p->ssrc != s->ssrc || p->type != s->type)
        return begin_source(s, p);
    ahead = (uint16_t)(p->sequence - s->next);
    far = ahead >= DROPOUT_MAX && ahead < UINT16_MAX + 1 - REPEATED_MAX;
    if (ahead >= DROPOUT_MAX && !far)
        return RTP_REPEATED;
    if (far && !(s->jumped && s->jumped_to == p->sequence)) {
        s->jumped = true; /* believed when the next one follows it */
        s->jumped_to = (uint16_t)(p->sequence + 1);
        return RTP_REPEATED;
    }
    s->lost += far ? 1 : ahead;
    s->jumped = false;
    s->next = (uint16_t)(p->sequence + 1);
    s->taken++;
    return ahead ? RTP_AFTER_HOLE : RTP_NEXT;
}

bool rtcp_read(const uint8_t *bytes, size_t size, struct rtcp_report *out)
{
    while (size >= 8 && bytes[0] >> 6 == 2) {
        size_t length = 4 * ((size_t)read16(bytes + 2) + 1);

        if (length > size)
            return false;
        if (bytes[1] == 200 && length >= 28) {
            uint64_t fraction = read32(bytes + 12);

            *out = (struct rtcp_report){
                .ssrc = read32(bytes + 4),
                .ntp_us = (int64_t)read32(bytes + 8) * 1000000 +
                          (int64_t)(fraction * 1000000 >> 32),
                .rtp_time = read32(bytes + 16),
            };
            return true;
        }
        bytes += length;
        size -= length;
    }
    return false;
}
