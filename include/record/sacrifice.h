/*
 * What is given up, one thing after the other, so that a slow disk costs no recordings as
 * long as anything else can be spared. What waits for the disk fills the memory that is set
 * aside for it; the fuller that is, the more goes:
 *   live       viewers are handed nothing: their queues keep fragments in memory, and
 *              sending them costs processor that the disk's writes wait for
 *   detection  nothing is decoded, and no pictures and seconds are written to the state disk
 *   sub        the sub-stream is not kept in memory
 *   fragments  whole groups of pictures of the recording itself, the oldest first
 * Each goes at once when it is due, and comes back alone, after calm. A disk that is gone or
 * fails is not slow: then nothing else is given up, least of all detection.
 * Thread: any. Time is given.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum sacrifice {
    SACRIFICE_NONE, SACRIFICE_LIVE, SACRIFICE_DETECTION, SACRIFICE_SUB, SACRIFICE_FRAGMENTS,
    SACRIFICES,
};

struct sacrifices {
    enum sacrifice level; /* that and everything before it is given up */
    int64_t calm_us;      /* since when it need not be; 0: it must */
};

/* How full the memory is, in permille. Whether the level has changed. */
bool sacrifices_look(struct sacrifices *s, int permille, int64_t now_us);

const char *sacrifice_word(enum sacrifice what); /* "live", ...; "" for none */
