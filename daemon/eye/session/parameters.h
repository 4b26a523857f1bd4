/*
 * The parameter sets of a video track: those of the SDP and those that come in band, one
 * of each kind and number, the newest first.
 * Thread: the owner's of the track.
 */
#pragma once
#include "../packet.h"
#include "span.h"

/* `sets`: each behind a 2-byte length. True, and the version is counted on: something is
 * new. What would not fit pushes the old ones out. */
bool parameters_merge(struct track *track, const uint8_t *sets, size_t size);

/* One set in base64, as fmtp has it. False: it is none. */
bool parameters_merge_base64(struct track *track, struct span text);

/* Whether a decoder could begin. */
bool parameters_are_complete(const struct track *track);

/* See set_reorder(); of the newest sequence parameter set. */
int parameters_reorder(const struct track *track);
double parameters_fps(const struct track *track); /* see set_fps() */
