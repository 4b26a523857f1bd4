/*
 * What comes on one channel: pictures a second, bits a second, keyframe to keyframe, over
 * the time since it was last asked. Thread: the loop's.
 */
#pragma once
#include "packet.h"

struct measure {
    int64_t since_us; /* monotonic: the last question, or the first packet; 0: none */
    int64_t bytes, pictures; /* since then */
    int64_t key_pts;         /* of the last keyframe; -1: none */
    uint32_t run;            /* of that keyframe */
    double gop_s;            /* last seen; 0: unknown */
    enum codec codec, sound; /* CODEC_NONE: none came */
};

void measure_packet(struct measure *m, const struct packet *packet);

/* Takes what was counted since the last call: pictures and bits a second by `now_us`. */
void measure_take(struct measure *m, int64_t now_us, double *fps, int64_t *bits_per_s);

/* The stream has broken off: what was known of it is no more. */
void measure_break(struct measure *m);

const char *codec_word(enum codec codec); /* "h264", ...; "" for none */
