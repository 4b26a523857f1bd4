/*
 * How many cameras are opened at once. After a power cut all answer in the same second,
 * and each costs a login and its first keyframe: so many are on their way at a time, main
 * streams before sub-streams. One that takes long counts no more, so that nobody waits
 * for a slow camera. Thread: loop only.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"

enum { OPENS_MOST = 16 };
#define OPENS_COUNT_US MILLIS_US(500)

struct opens;

struct opens *opens_new(struct loop *loop);
void opens_free(struct opens *opens); /* after every opening */

/* One camera's stream, from before it is opened until it plays or fails. Embedded in
 * whoever opens; all zero at first. */
struct opening {
    struct opens *opens; /* NULL: it neither waits nor counts */
    struct opening *next;
    void (*on_turn)(void *arg);
    void *arg;
    int64_t since_us; /* monotonic, when its turn came; 0: it waits */
};

/* `on_turn` is called, perhaps before this returns. */
void opening_begin(struct opening *o, struct opens *opens, bool is_main,
                   void (*on_turn)(void *arg), void *arg);
void opening_end(struct opening *o); /* no call comes after; may be called at any time */
