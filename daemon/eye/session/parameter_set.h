/*
 * One parameter set, read as far as the timeline and the collection of sets need it.
 * Thread: any.
 * Source: ISO/IEC 14496-10, 7.3.2 and E.1; ISO/IEC 23008-2, 7.3.2 and 7.3.3.
 */
#pragma once
#include "../packet.h"

enum set_kind { SET_VIDEO, SET_SEQUENCE, SET_PICTURE, SET_KINDS, SET_NONE = SET_KINDS };

enum set_kind set_kind(enum codec codec, const uint8_t *nal, size_t size);

/* The number by which others refer to it; 0 where it cannot be read. */
unsigned set_id(enum codec codec, const uint8_t *nal, size_t size);

/* How many pictures may come before one that is shown earlier: the greatest number, as a
 * sequence parameter set promises. -1: it does not say. */
int set_reorder(enum codec codec, const uint8_t *sps, size_t size);

/* Pictures a second that it declares; nothing is timed by it. 0: it does not say, or
 * nothing that can be. H.264 only. */
double set_fps(enum codec codec, const uint8_t *sps, size_t size);
