/*
 * Connects to a camera, over TCP: resolves its name where it is one, on a worker of its
 * own, and gives up after 5 s. Thread: the loop's. Errors: told as what came of it.
 */
#pragma once
#include "address.h"
#include "core/error.h"
#include "core/loop.h"

struct dialler;
struct dial;

/* Of several addresses the first of these counts. */
enum dial_end {
    DIAL_CONNECTED,
    DIAL_UNKNOWN_HOST, /* the name has no address, or the name server does not answer */
    DIAL_CLOSED,       /* the host answers that nobody listens */
    DIAL_NO_ANSWER,    /* nothing came back */
    DIAL_NO_ROUTE,     /* this machine knows no way to it */
    DIAL_FAILED,       /* this machine could not even try */
};

/* `fd`: connected, does not block, owned by the receiver; else -1. `why`: for the log.
 * The dial is over and must not be stopped any more. */
typedef void dial_fn(void *arg, enum dial_end end, int fd, const char *why);

struct dialler *dialler_new(struct loop *loop, struct error *err);
void dialler_free(struct dialler *d); /* after every dial; may wait for a name server */

/* `address` is the caller's, outlives the dial, and keeps what its name resolved to.
 * Never calls before it returns. */
struct dial *dial_start(struct dialler *d, struct address *address, dial_fn *fn,
                        void *arg);
void dial_stop(struct dial *dial); /* NULL is allowed; no call comes after */
