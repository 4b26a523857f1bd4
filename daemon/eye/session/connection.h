/*
 * The TCP connection to a camera. Reads in gulps: while pictures come, SO_RCVLOWAT near
 * some milliseconds of the measured rate lets the kernel collect, and a timer at twice
 * that time reads what is there of a stream that got slower.
 * Thread: the loop's. Times: monotonic microseconds (`_us`).
 */
#pragma once
#include "core/loop.h"
#include <stddef.h>

struct connection;
struct tls;

struct connection_listener {
    /* What was read and not yet taken; returns how much of its front is taken. May close
     * or open the connection, but not free it. */
    size_t (*on_bytes)(void *arg, const uint8_t *bytes, size_t size, int64_t us);
    /* It is closed already. `code`: of TLS; NULL: the camera or the network has ended it. */
    void (*on_end)(void *arg, const char *code, const char *why);
};

struct connection *connection_new(struct loop *loop,
                                  const struct connection_listener *listener, void *arg);
void connection_free(struct connection *c); /* closes */

/* Both are owned from now on; `tls` NULL: plain. */
void connection_open(struct connection *c, int fd, struct tls *tls);
void connection_close(struct connection *c);
bool connection_is_open(const struct connection *c);

/* Copied; what the kernel does not take at once waits. False: too much waits. */
bool connection_send(struct connection *c, const void *bytes, size_t size);

/* 0: every readiness is read. */
void connection_set_gulp(struct connection *c, int gulp_ms);
