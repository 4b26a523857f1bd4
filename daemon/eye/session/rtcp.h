/*
 * What a receiver of RTP over UDP tells its sender: how much arrived. Cameras end a
 * session whose receiver says nothing.
 * Thread: the owner's. Times: monotonic microseconds (`_us`).
 * Source: RFC 3550, sections 6.4.2, 6.5.1, A.3 and A.8; RFC 7022 (a name that tells
 * nothing of user or host).
 */
#pragma once
#include "rtp.h"

enum { RTCP_NAME = 16, RTCP_REPORT_MAX = 64 };

struct rtcp_receiver {
    uint32_t ours; /* SSRC */
    char name[RTCP_NAME + 1];

    bool begun;
    uint32_t theirs, clock;
    uint32_t first, highest; /* sequence numbers, with their cycles */
    uint32_t received, expected_before, received_before;
    int64_t transit; /* of the packet before, in units of the clock */
    uint32_t jitter; /* times 16 */
    uint32_t last_report;    /* the middle of the sender's time; 0: none came */
    int64_t last_report_us;
};

/* With an SSRC and a name at random. `clock`: of the track. */
void rtcp_begin(struct rtcp_receiver *r, uint32_t clock);

void rtcp_take_packet(struct rtcp_receiver *r, const struct rtp_packet *p, int64_t us);
void rtcp_take_report(struct rtcp_receiver *r, const struct rtcp_report *report, int64_t us);

/* Receiver report and name; returns the size. Without packets it is an empty report. */
size_t rtcp_write(struct rtcp_receiver *r, uint8_t to[RTCP_REPORT_MAX], int64_t us);
