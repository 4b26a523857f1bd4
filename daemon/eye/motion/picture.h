/*
 * A decoded picture as JPEG: scaled down, square pixels, masks black, small enough for a
 * phone on a bad line. libswscale and libavcodec, no thread of their own.
 * Thread: the detector's.
 */
#pragma once
#include <libavutil/frame.h>

#include "core/bytes.h"
#include "motion.h"

struct picture_maker;

struct picture_maker *picture_maker_new(void);
void picture_maker_free(struct picture_maker *maker);

/* Puts the JPEG into `jpeg` (emptied before) and its size in pixels into `size`. False:
 * it cannot be made or not be made as small as `most_bytes`. */
bool picture_make(struct picture_maker *maker, const struct motion_setup *masks,
                  const AVFrame *picture, int most_width, size_t most_bytes,
                  struct bytes *jpeg, int size[2]);
