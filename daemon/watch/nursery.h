/*
 * The nursery, seen from kengd: it is executed, asked for children, and executed again
 * when it dies, while the children that it bore live on. Thread: loop only.
 */
#pragma once
#include "core/error.h"
#include "core/loop.h"
#include "wire/camera_link.h"

struct nursery;

struct nursery_listener {
    /* `pidfd`: with a birth, owned from now on; else -1, also where the kernel has none.
     */
    void (*on_news)(void *arg, const struct nursery_news *news, int pidfd);
};

struct nursery *nursery_open(const char *program, struct loop *loop,
                             const struct nursery_listener *listener, void *arg,
                             struct error *err);

/* Asks for a child at the other end of `link`. False: not now; ask again in a second. */
bool nursery_ask(struct nursery *n, enum nursery_role role, const char *camera, int link);

/* Waits up to 3 s for it and its children. NULL is allowed. */
void nursery_close(struct nursery *n);
