/*
 * The writing half of a streamed answer. It takes the connection out of evhttp's hands:
 * what the peer sends is thrown away, chunks are framed here, and only a write that does
 * not move ends it. Bytes given to an outlet cannot be taken back, so give little.
 * Thread: loop only. Source: RFC 9112, section 7.1.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inside.h"

/* Give no more while so much waits. */
enum { OUTLET_LOW = 64 << 10 };

struct outlet;

/* One stretch of a message. `drop` NULL: it is copied. */
struct piece {
    const void *at;
    size_t size;
    void (*drop)(void *arg);
    void *arg;
};

struct outlet_calls {
    void (*on_room)(void *arg); /* what waited has been written */
    void (*on_gone)(void *arg); /* the peer left or took nothing; the outlet is freed */
};

/* Begins the answer to `ask`, which is freed. `length` -1: not known. NULL: the client is
 * gone already. Also with HEAD: then it is answered and NULL. */
struct outlet *outlet_open(struct ask *ask, int status, const char *type, int64_t length,
                           const struct outlet_calls *calls, void *arg);

/* All pieces as one chunk; drops each, now or when it is written. */
void outlet_send(struct outlet *out, struct piece *pieces, size_t count);
size_t outlet_waiting(const struct outlet *out);

/* Ends the answer well; freed when all is written, without a further call. */
void outlet_finish(struct outlet *out);
/* Cuts the connection and frees; no call comes after. NULL is allowed. */
void outlet_close(struct outlet *out);

/* Those that are still being finished, when the web ends. */
void outlets_close(struct web *web);
