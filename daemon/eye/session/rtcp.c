#include <stdlib.h>
#include <string.h>

#include "core/secret.h"
#include "rtcp.h"

enum { RECEIVER_REPORT = 201, DESCRIPTION = 202, CNAME = 1 };

static uint8_t *put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
    return to + 2;
}

static uint8_t *put32(uint8_t *to, uint32_t value)
{
    return put16(put16(to, value >> 16), value);
}

void rtcp_begin(struct rtcp_receiver *r, uint32_t clock)
{
    *r = (struct rtcp_receiver){ .clock = clock ? clock : 90000 };
    secret_random(&r->ours, sizeof r->ours);
    secret_random_text(r->name, RTCP_NAME);
}

static void begin_source(struct rtcp_receiver *r, const struct rtp_packet *p)
{
    r->begun = true;
    r->theirs = p->ssrc;
    r->first = r->highest = p->sequence;
    r->received = r->expected_before = r->received_before = 0;
    r->transit = 0;
    r->jitter = r->last_report = 0;
}

void rtcp_take_packet(struct rtcp_receiver *r, const struct rtp_packet *p, int64_t us)
{
    int64_t arrived = us / 1000000 * r->clock + us % 1000000 * r->clock / 1000000;
    int64_t transit = arrived - (int64_t)p->time, apart;
    uint16_t ahead;

    if (!r->begun || p->ssrc != r->theirs)
        begin_source(r, p);
    ahead = (uint16_t)(p->sequence - (uint16_t)r->highest);
    if (ahead < 0x8000)
        r->highest += ahead;
    r->received++;
    apart = llabs(transit - r->transit);
    /* A.8; a wrapped or jumping stamp is no jitter. */
    if (r->received > 1 && apart < (int64_t)10 * r->clock)
        r->jitter += (uint32_t)apart - ((r->jitter + 8) >> 4);
    r->transit = transit;
}

void rtcp_take_report(struct rtcp_receiver *r, const struct rtcp_report *report, int64_t us)
{
    uint64_t seconds = (uint64_t)report->ntp_us / 1000000;
    uint64_t fraction = ((uint64_t)report->ntp_us % 1000000 << 16) / 1000000;

    if (!r->begun || report->ssrc != r->theirs)
        return;
    r->last_report = (uint32_t)(seconds << 16 | fraction);
    r->last_report_us = us;
}

/* A.3: of what was expected since the last report, in 256ths. */
static uint8_t fraction_lost(struct rtcp_receiver *r, uint32_t expected)
{
    uint32_t expected_now = expected - r->expected_before;
    int64_t lost = (int64_t)expected_now - (r->received - r->received_before);

    r->expected_before = expected;
    r->received_before = r->received;
    return expected_now && lost > 0 ? (uint8_t)((lost << 8) / expected_now) : 0;
}

static uint8_t *put_block(struct rtcp_receiver *r, uint8_t *to, int64_t us)
{
    uint32_t expected = r->highest - r->first + 1, since = 0;
    int64_t lost = (int64_t)expected - r->received;
    uint8_t fraction = fraction_lost(r, expected);

    if (lost > 0x7fffff)
        lost = 0x7fffff;
    if (lost < -0x800000)
        lost = -0x800000;
    if (r->last_report)
        since = (uint32_t)((us - r->last_report_us) * 65536 / 1000000);
    to = put32(to, r->theirs);
    to = put32(to, (uint32_t)fraction << 24 | ((uint32_t)lost & 0xffffff));
    to = put32(to, r->highest);
    to = put32(to, r->jitter >> 4);
    to = put32(to, r->last_report);
    return put32(to, since);
}

size_t rtcp_write(struct rtcp_receiver *r, uint8_t to[RTCP_REPORT_MAX], int64_t us)
{
    uint32_t blocks = r->begun ? 1 : 0;
    uint8_t *at = to;

    *at++ = (uint8_t)(0x80 | blocks);
    *at++ = RECEIVER_REPORT;
    at = put16(at, 1 + 6 * blocks);
    at = put32(at, r->ours);
    if (blocks)
        at = put_block(r, at, us);
    /* One chunk: our SSRC, the name, and zeros to the next multiple of four. */
    *at++ = 0x81;
    *at++ = DESCRIPTION;
    at = put16(at, 1 + (2 + RTCP_NAME + 2) / 4);
    at = put32(at, r->ours);
    *at++ = CNAME;
    *at++ = RTCP_NAME;
    memcpy(at, r->name, RTCP_NAME);
    at += RTCP_NAME;
    at = put16(at, 0);
    return (size_t)(at - to);
}
