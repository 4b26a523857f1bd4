/*
 * Cuts packets into fragments: libavformat's MP4 muxer (frag_custom, empty_moov,
 * default_base_moof), a new fragment at every keyframe and otherwise about every 0.5 s by the
 * monotonic clock; a new init when the run, the parameter sets or the tracks change. G.711
 * becomes AAC on the way (audio.h). What it cannot mux it counts and leaves out.
 * Thread: the loop's.
 */
#pragma once
#include "packet.h"

struct cutter;

struct cut_listener {
    /* RFC 6381 text, then ftyp + moov. */
    void (*on_init)(void *arg, const char *codecs, const uint8_t *bytes, size_t size,
                    int64_t run_wall_us);
    void (*on_fragment)(void *arg, const uint8_t *bytes, size_t size, int64_t first_wall_us,
                        bool keyframe, bool damaged);
};

struct cutter *cut_new(const struct cut_listener *listener, void *arg);
void cut_packet(struct cutter *c, const struct packet *packet);
void cut_end_run(struct cutter *c); /* flushes; the next packet begins a new run */
void cut_free(struct cutter *c);    /* flushes */
