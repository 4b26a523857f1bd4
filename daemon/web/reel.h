/*
 * A reel sends a long answer that is read from disk: a worker reads some, the loop sends
 * it, and no more is read before that is gone. It ends when the right to look ends.
 * Thread: loop only; the source's read on the worker for files.
 */
#pragma once
#include "core/bytes.h"
#include "inside.h"

struct reel_source {
    /* Adds the next bytes to `to`; none is the end. False: the answer cannot be finished.
     */
    bool (*read)(void *arg, struct bytes *to, struct error *err);
    void (*close)(void *arg);
};

/* A reel is worth about so much memory. */
enum { REEL_BYTES = 256 << 10 };

/* Answers the ask. `camera`: whose footage it is. Closes the source in any case. */
void reel_start(struct ask *ask, int status, const char *type, int64_t length,
                const char *camera, const struct reel_source *source, void *arg);
