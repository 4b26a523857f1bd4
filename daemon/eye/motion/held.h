/*
 * A video packet as the detector keeps it: a copy with the room behind it that libavcodec
 * wants, and the parameter sets it was coded with.
 * Thread: made on the loop, then the detector's; the parameters are shared by reference.
 */
#pragma once
#include <libavutil/buffer.h>
#include <stdatomic.h>

#include "packet.h"

/* Never changes once made. */
struct parameters {
    atomic_uint refs;
    enum codec codec;
    size_t size;
    uint8_t bytes[]; /* parameter sets, each behind a 2-byte length */
};

struct held {
    struct parameters *parameters;
    int64_t at_us; /* detector's own time of its picture; set by the detector */
    int64_t pts, wall_us, arrived_us;
    uint32_t clock, run;
    bool key, damaged;
    AVBufferRef *bytes;
    size_t size; /* without the padding */
};

struct parameters *parameters_new(const struct track *track);
struct parameters *parameters_ref(struct parameters *p);
void parameters_unref(struct parameters *p);

struct held *held_new(const struct packet *packet, struct parameters *parameters);
void held_free(struct held *h);
