/*
 * RTP packets, the source they come from, and RTCP's sender reports. Over TCP nothing
 * comes out of order: a step back in the sequence is a repetition or a jump. Who is listened
 * to is decided before (origin.h).
 * Thread: the owner's. Source: RFC 3550, sections 5.1, 6.4.1 and A.1.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rtp_packet {
    uint8_t type;
    bool marker;
    uint16_t sequence;
    uint32_t time, ssrc;
    const uint8_t *payload;
    size_t size;
};

/* False: shorter than its own header, extension or padding say, or not version 2. */
bool rtp_read(const uint8_t *bytes, size_t size, struct rtp_packet *out);

/* Who is listened to. */
struct rtp_source {
    uint8_t type;
    bool has_ssrc;
    uint32_t ssrc;
    uint16_t next;      /* sequence number */
    uint16_t jumped_to; /* the sequence that would follow a jump, if it is one */
    bool jumped;
    int64_t taken, lost;
};

enum rtp_verdict {
    RTP_NEXT,       /* follows the one before, or is the first */
    RTP_AFTER_HOLE, /* packets were lost just before it */
    RTP_NEW_SOURCE, /* the first from another source */
    RTP_REPEATED,   /* not to be taken: has been here, or came too late */
};
enum rtp_verdict rtp_admit(struct rtp_source *source, const struct rtp_packet *packet);

struct rtcp_report {
    uint32_t ssrc;
    uint32_t rtp_time;
    int64_t ntp_us; /* the camera's clock, microseconds since 1900 */
};

/* The first sender report of a compound packet. False: there is none. */
bool rtcp_read(const uint8_t *bytes, size_t size, struct rtcp_report *out);
