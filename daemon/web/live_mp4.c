/* Endless fragmented MP4 for players and other programs, from time zero. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "live_queue.h"
#include "media/mp4.h"
#include "viewer.h"

struct film {
    struct viewer viewer;
    struct outlet *out;
    struct live_queue queue;
    struct follower *follower;
    char camera[ID_MAX];
    bool joining;
    const struct init *sent; /* counted: the init that the player has; NULL: none yet */
    const struct init *run;  /* counted: of the newest fragment sent */
    int64_t minus;           /* taken off decode times, units of the run's timescale */
    int64_t next_dts;        /* where the next run goes on, the same units */
};

static struct film *film_of(struct viewer *viewer)
{
    return (struct film *)viewer; /* its first member */
}

static void film_end(struct viewer *viewer)
{
    struct film *film = film_of(viewer);

    viewer->web->counts.shed += film->queue.dropped;
    viewer_leave(viewer);
    follower_stop(film->follower);
    live_queue_end(&film->queue);
    init_unref(film->sent);
    init_unref(film->run);
    outlet_close(film->out);
    free(film);
}

static void finish(struct film *film)
{
    outlet_finish(film->out);
    film->out = NULL;
    film_end(&film->viewer);
}

static bool same_init(const struct init *a, const struct init *b)
{
    return a->size == b->size && a->timescale == b->timescale &&
           memcmp(a->bytes, b->bytes, a->size) == 0;
}

static int64_t units(int64_t us, uint32_t timescale)
{
    return us * timescale / 1000000;
}

/* False: the player cannot go on with what this run needs. */
static bool enter_run(struct film *film, const struct fragment *frag)
{
    if (!film->sent) {
        struct piece piece = { .at = frag->init->bytes, .size = frag->init->size };
        outlet_send(film->out, &piece, 1);
        film->sent = init_ref(frag->init);
    } else if (!same_init(film->sent, frag->init)) {
        return false;
    }
    film->minus = (int64_t)frag->dts - film->next_dts;
    init_unref(film->run);
    film->run = init_ref(frag->init);
    return true;
}

/* A copy, because the times in it are the player's own. */
static bool send_fragment(struct film *film, const struct fragment *frag)
{
    struct error err;

    if (film->run != frag->init && !enter_run(film, frag))
        return false;
    uint8_t *copy = xmalloc(frag->size);
    memcpy(copy, frag->bytes, frag->size);
    if (!mp4_rebase(copy, frag->size, frag->init, film->minus, &err)) {
        log_warning("live.mp4 ended", "camera=%s why='%s'", film->camera, err.text);
        free(copy);
        return false;
    }
    film->next_dts = (int64_t)frag->dts - film->minus +
                     units(frag->duration_us, frag->init->timescale);
    struct piece piece = { .at = copy, .size = frag->size, .drop = free, .arg = copy };
    outlet_send(film->out, &piece, 1);
    return true;
}

/* False: the film was ended. */
static bool pump(struct film *film)
{
    bool fine = true;

    while (fine && !film->joining && outlet_waiting(film->out) < OUTLET_LOW) {
        struct live_item *item = live_queue_take(&film->queue);
        if (!item)
            break;
        fine = send_fragment(film, item->frag);
        live_item_free(item);
    }
    if (!fine)
        finish(film);
    return fine;
}

static void on_fragment(void *arg, const struct fragment *frag)
{
    struct film *film = arg;

    if (!frag) {
        live_queue_break(&film->queue, 0);
        return;
    }
    live_queue_fragment(&film->queue, 0, frag, clock_mono_us(), film->joining);
    pump(film);
}

static void on_room(void *arg)
{
    pump(arg);
}

static void on_gone(void *arg)
{
    struct film *film = arg;

    film->out = NULL;
    film_end(&film->viewer);
}

static const struct outlet_calls outlet_calls = { on_room, on_gone };

static bool film_watches(struct viewer *viewer, const char *camera)
{
    return strcmp(film_of(viewer)->camera, camera) == 0;
}

static void film_revoke(struct viewer *viewer)
{
    finish(film_of(viewer));
}

static const struct viewer_kind film_kind = {
    .name = "mp4",
    .watches = film_watches,
    .revoke = film_revoke,
    .end = film_end,
};

void mp4_live(struct ask *ask)
{
    const char *which = ask_query(ask, "stream");
    const struct web_doors *doors = &ask->web->doors;
    struct web *web = ask->web;
    char object[ID_MAX + 16];

    if (which && strcmp(which, "main") != 0 && strcmp(which, "sub") != 0) {
        answer_error(ask, 400, "bad_stream", "stream", _("stream must be main or sub"));
        return;
    }
    struct stream *stream =
        doors->stream(doors->arg, ask->camera->id, which && strcmp(which, "sub") == 0);
    if (!stream) {
        answer_not_found(ask);
        return;
    }
    if (!stream_init(stream)) {
        answer_error(ask, 503, "no_video", NULL, _("the camera sends no video now"));
        return;
    }
    const struct who *who = who_ref(ask->who);
    struct film *film = xcalloc(1, sizeof *film);
    snprintf(film->camera, sizeof film->camera, "%s", ask->camera->id);
    ask_header(ask, "Cache-Control", "no-store, no-transform");
    film->out = outlet_open(ask, 200, "video/mp4", -1, &outlet_calls, film);
    if (film->out) {
        snprintf(object, sizeof object, "camera:%s", film->camera);
        access_note_seldom(web, who, "live", object);
        live_queue_start(&film->queue, clock_mono_us());
        viewer_begin(&film->viewer, web, &film_kind, who);
        film->joining = true;
        film->follower = stream_follow(stream, 0, on_fragment, film);
        film->joining = false;
        pump(film);
    } else {
        free(film);
    }
    who_unref(who);
}
