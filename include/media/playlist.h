/*
 * A playlist plays stretches of segment files as they are: byte ranges of some seconds, each
 * a few fragments that begin at a keyframe where they can.
 * Thread: any. Errors: none. Source: RFC 8216 (version 7: EXT-X-MAP with byte ranges;
 * 4.3.2.7 EXT-X-DATERANGE).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "media/mp4.h"

struct playlist_source {
    const char *url;                   /* of the file: "/api/segments/17.mp4" */
    const struct mp4_segment *segment; /* scanned; with or without fragments */
    int64_t shift_us;                  /* as struct clip_source */
};

/* What is missing, and why: told to players and people as EXT-X-DATERANGE. */
struct playlist_gap {
    int64_t from_us, to_us;
    const char *cause; /* a word: "network" */
};

/* Adds the playlist of what lies between, sources oldest first, to `out`. It begins with the
 * keyframe at or before `from_us`, and is ended (VOD) when `to_us` is not in the future; else
 * the last range of the last source, which may still grow, is left out. */
void playlist_write(struct bytes *out, const struct playlist_source *sources, size_t count,
                    const struct playlist_gap *gaps, size_t gap_count, int64_t from_us,
                    int64_t to_us);
