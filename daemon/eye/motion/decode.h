/*
 * The decoder of one camera: libavcodec, one thread, low delay, without the loop filter
 * from 720 lines on (a fifth to a third of the work, and no difference for a grid). It
 * opens no file and makes no thread, so that it may be opened behind a seccomp filter.
 * Thread: the detector's.
 */
#pragma once
#include <libavutil/frame.h>

#include "core/error.h"
#include "grid.h"
#include "held.h"

struct decoder;

/* ERR_MEDIA: parameter sets that make no sense, or a codec that is not built in. */
struct decoder *decoder_open(const struct parameters *parameters, struct error *err);
void decoder_close(struct decoder *d);

/* A picture whose time is `at_us`; lent. */
typedef void decoded_fn(void *arg, AVFrame *picture, int64_t at_us);

/* Whether the loop filter is left out from the next packet on, a keyframe: a fifth of the
 * work, and cells are means of many pixels. What is predicted from unfiltered pictures
 * drifts, but no further than to the next keyframe. It is not, to begin with. */
void decoder_leave_out_filter(struct decoder *d, bool left_out);

/* Hands over each picture that comes out, mostly the packet's own. What libavcodec calls
 * corrupt is left out, and a picture that is not `wanted` if no other is predicted from it
 * (nal_ref_idc 0; temporal layers, B-frames). False: the packet cannot be decoded. */
bool decoder_packet(struct decoder *d, const struct held *packet, bool wanted, decoded_fn *fn,
                    void *arg);

/* The next packet is a keyframe. */
void decoder_flush(struct decoder *d);

/* The luma plane, lent. False: pixels of a kind that cameras do not send. */
bool decoded_luma(const AVFrame *picture, struct luma *luma);

/* Mean deviation of chroma from grey, 8-bit levels; 0 where there is none. Of a picture
 * that decoded_luma() has taken. */
float decoded_colour(const AVFrame *picture);
