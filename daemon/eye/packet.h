/*
 * A packet is one access unit (video) or one audio frame, as received. Lent to whoever is
 * handed it. Video is length-prefixed NAL units (4 bytes, big-endian), as MP4 wants them
 * (ISO/IEC 14496-15, 5.3.3), without parameter sets of their own and access unit delimiters.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codec { CODEC_NONE, CODEC_H264, CODEC_H265, CODEC_AAC, CODEC_PCMA, CODEC_PCMU };

enum { TRACK_VIDEO, TRACK_AUDIO, TRACKS };
enum { PARAMETERS_MAX = 4096, AU_MAX = 4 << 20 };

/* What a track is. Parameter sets may come in the SDP, in band, or both, and may change:
 * `version` counts that. */
struct track {
    enum codec codec;      /* CODEC_NONE: there is no such track */
    uint32_t clock;        /* RTP clock, Hz */
    int channels;          /* audio */
    unsigned version;
    size_t parameters_size;
    uint8_t parameters[PARAMETERS_MAX]; /* video: VPS, SPS, PPS, each behind a 2-byte length;
                                           AAC: AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) */
};

struct packet {
    int which;             /* TRACK_VIDEO or TRACK_AUDIO */
    const struct track *track;
    uint32_t run;          /* counts: a new run when the timeline broke; each begins with a
                              video keyframe, with its parameter sets known */
    int64_t pts, dts;      /* run time in track->clock units; dts rises strictly */
    int64_t arrived_us;    /* monotonic, when its last byte was read */
    int64_t wall_us;       /* wall time of the run's first packet + run time */
    bool key;              /* H.264 IDR, H.265 IRAP; audio: always */
    bool damaged;          /* video: a frame since the last whole keyframe is missing, so it
                              may not decode well; audio: something before it is missing */
    const uint8_t *bytes;
    size_t size;
};
