#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/worker.h"
#include "reel.h"
#include "viewer.h"

enum { REELS_MOST = 32 };

struct reel {
    struct viewer viewer;
    struct outlet *out; /* NULL: ended */
    char camera[ID_MAX];
    const struct reel_source *source;
    void *arg;
    struct loop *loop;
    struct bytes read; /* the worker's while `busy` */
    struct error err;
    bool busy, failed, ended;
};

static struct reel *reel_of(struct viewer *viewer)
{
    return (struct reel *)viewer; /* its first member */
}

static void reel_free(struct reel *reel)
{
    reel->source->close(reel->arg);
    bytes_free(&reel->read);
    free(reel);
}

static void reel_end(struct viewer *viewer)
{
    struct reel *reel = reel_of(viewer);

    viewer_leave(viewer);
    outlet_close(reel->out);
    reel->out = NULL;
    reel->ended = true;
    if (!reel->busy)
        reel_free(reel);
}

static void next(struct reel *reel);

static void on_read(void *arg)
{
    struct reel *reel = arg;

    reel->busy = false;
    if (reel->ended) {
        reel_free(reel);
        return;
    }
    if (reel->failed) {
        /* Cut off, so that nobody takes the half for the whole. */
        log_warning("footage not sent whole", "camera=%s why='%s'", reel->camera,
                    reel->err.text);
        reel_end(&reel->viewer);
    } else if (reel->read.size == 0) {
        outlet_finish(reel->out);
        reel->out = NULL;
        reel_end(&reel->viewer);
    } else {
        size_t size = reel->read.size;
        char *at = bytes_take(&reel->read);
        struct piece piece = { .at = at, .size = size, .drop = free, .arg = at };
        outlet_send(reel->out, &piece, 1);
        if (outlet_waiting(reel->out) < OUTLET_LOW)
            next(reel);
    }
}

/* The worker for files. */
static void read_some(void *arg)
{
    struct reel *reel = arg;

    reel->failed = !reel->source->read(reel->arg, &reel->read, &reel->err);
    loop_post(reel->loop, on_read, reel);
}

static void next(struct reel *reel)
{
    if (reel->busy)
        return;
    reel->busy = worker_post(reel->viewer.web->files, read_some, reel);
    if (!reel->busy)
        reel_end(&reel->viewer);
}

static void on_room(void *arg)
{
    next(arg);
}

static void on_gone(void *arg)
{
    struct reel *reel = arg;

    reel->out = NULL;
    reel_end(&reel->viewer);
}

static const struct outlet_calls outlet_calls = { on_room, on_gone };

static bool reel_watches(struct viewer *viewer, const char *camera)
{
    return strcmp(reel_of(viewer)->camera, camera) == 0;
}

static const struct viewer_kind reel_kind = {
    .name = "footage",
    .watches = reel_watches,
    .revoke = reel_end,
    .end = reel_end,
};

static size_t count_reels(const struct web *web)
{
    const struct viewer *viewer;
    size_t count = 0;

    LIST_FOREACH(viewer, &web->viewers, next)
    count += viewer->kind == &reel_kind;
    return count;
}

void reel_start(struct ask *ask, int status, const char *type, int64_t length,
                const char *camera, const struct reel_source *source, void *arg)
{
    struct web *web = ask->web;

    if (count_reels(web) >= REELS_MOST) {
        source->close(arg);
        answer_busy(ask);
        return;
    }
    const struct who *who = who_ref(ask->who);
    struct reel *reel = xcalloc(1, sizeof *reel);
    *reel = (struct reel){ .source = source, .arg = arg, .loop = web->loop };
    snprintf(reel->camera, sizeof reel->camera, "%s", camera);
    reel->out = outlet_open(ask, status, type, length, &outlet_calls, reel);
    if (reel->out) {
        viewer_begin(&reel->viewer, web, &reel_kind, who);
        next(reel);
    } else {
        reel_free(reel);
    }
    who_unref(who);
}
