/*
 * Private to the session: the payload formats, one file each. Video formats add the NAL
 * units of an RTP packet to the access unit that is being joined; audio formats hand
 * over frames. Every size inside a payload is checked against what is there.
 * Source: RFC 6184 (H.264), RFC 7798 (H.265), RFC 3640 (AAC), RFC 3551, 4.5.14 (G.711).
 */
#pragma once
#include "rtp.h"
#include "unit.h"

/* Whether a payload begins a coded picture, goes on with one, or has no slice at all. */
enum slice { SLICE_NONE, SLICE_FIRST, SLICE_LATER };

void h264_take(struct unit *unit, const uint8_t *payload, size_t size);
enum slice h264_slice(const uint8_t *payload, size_t size);
void h265_take(struct unit *unit, const uint8_t *payload, size_t size);
enum slice h265_slice(const uint8_t *payload, size_t size);

/* Handed frames in order; `ticks`: RTP time behind that of the packet. Lent. */
typedef void audio_fn(void *arg, uint32_t rtp_time, const uint8_t *bytes, size_t size);

enum { AUDIO_FRAME_MAX = 16 << 10 };

struct aac_format {
    unsigned size_bits, index_bits, delta_bits; /* of an AU header */
    uint32_t frame_ticks;                       /* RTP time of one frame */
};

struct aac_joiner {
    struct aac_format format;
    struct bytes part; /* of a frame in several packets */
    size_t want;       /* its whole size; 0: none is begun */
    uint32_t part_time;
    int64_t left_out;
};

void aac_take(struct aac_joiner *aac, const struct rtp_packet *packet, bool after_hole,
              audio_fn *fn, void *arg);

/* A packet is a frame. False: it is empty or too large. */
bool g711_is_frame(const struct rtp_packet *packet);
