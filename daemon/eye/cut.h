/*
 * Cuts packets into fragments (moof + mdat): a new one at every keyframe and otherwise
 * about every 0.5 s by the monotonic clock; a new init when the run, the parameter sets
 * or the tracks change. Sound is in it while it really comes: G.711 becomes AAC on the
 * way (audio.h), and sound that fails or stays away is left out from the next init on;
 * the picture never waits for it. What cannot be muxed is counted and left out. Thread:
 * the loop's. Errors: none; the first of a kind is logged.
 */
#pragma once
#include "packet.h"

struct cutter;

/* Bytes before a fragment that its receiver may write to: room for a message's header. */
enum { CUT_HEADROOM = 16 };

struct cut_listener {
    /* RFC 6381 text, then ftyp + moov. A new run of fragments begins, dts from 0. */
    void (*on_init)(void *arg, const char *codecs, const uint8_t *bytes, size_t size,
                    int64_t run_wall_us);
    void (*on_fragment)(void *arg, uint8_t *bytes, size_t size, int64_t first_wall_us,
                        bool keyframe, bool damaged);
};

/* `name`: the camera's and channel's, for the log; lent. */
struct cutter *cut_new(const char *name, const struct cut_listener *listener, void *arg);
/* What the camera has announced to send as sound (CODEC_NONE: nothing). It is in the next
 * init on trust, and left out of the one after when it does not come within 3 s. */
void cut_expect_sound(struct cutter *c, const struct track *track);
void cut_packet(struct cutter *c, const struct packet *packet);
void cut_end_run(struct cutter *c); /* flushes; the next keyframe begins a new run */
void cut_free(struct cutter *c);    /* flushes; NULL is allowed */

struct cut_facts {
    int width, height; /* 0: not known yet */
    const char *audio; /* of the run: "aac", "pcma", "pcmu" or "" */
    int64_t left_out;  /* packets */
};
void cut_facts(const struct cutter *c, struct cut_facts *out);
