/*
 * A session's tracks over UDP: two connected sockets a track, read in batches by a
 * timer, packets put in order, and reports sent back. The sockets are made and connected
 * by kengd, so nothing comes from, or goes to, another host than the camera.
 * Thread: the loop's. Times: monotonic microseconds (`_us`).
 */
#pragma once
#include "../packet.h"
#include "core/loop.h"

struct datagrams;

struct datagrams_listener {
    /* In the order of the sequence, as far as waiting helps. May close. */
    void (*on_rtp)(void *arg, int which, const uint8_t *bytes, size_t size, int64_t us);
    void (*on_rtcp)(void *arg, int which, const uint8_t *bytes, size_t size);
};

struct datagrams *datagrams_new(struct loop *loop,
                                const struct datagrams_listener *listener, void *arg);
void datagrams_free(struct datagrams *d); /* closes */

/* A track's socket, owned from now on. True: the track has both. */
bool datagrams_add(struct datagrams *d, int which, bool rtcp, int fd, uint32_t clock);

/* Opens the way through routers and firewalls towards us, and reads from now on.
 * `gulp_ms`: how long packets may collect; 0: they are read soon. */
void datagrams_begin(struct datagrams *d, int gulp_ms);
void datagrams_close(struct datagrams *d);
