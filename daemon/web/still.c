#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "still.h"

/* A picture is new enough for so long; one is waited for so long; and nobody has asked
 * for so long when the camera need make no more. */
enum { FRESH_S = 3, WAIT_S = 5, LINGER_S = 10, LOOK_MS = 500 };
enum { WAITING_MOST = 64 };

/* One camera that is being looked at now and then. */
struct glance {
    LIST_ENTRY(glance) next;
    struct glances *all;
    char camera[ID_MAX];
    struct follower *follower;
    const struct picture *last; /* counted; NULL: none yet */
    int64_t asked_us;           /* monotonic */
    struct {
        struct ask *ask;
        int64_t since_us;
    } waiting[WAITING_MOST];
    size_t count;
};

struct glances {
    struct web *web;
    struct timer *timer;
    LIST_HEAD(, glance) list;
};

static void drop_picture(const void *at, size_t size, void *arg)
{
    picture_unref(arg);
}

static void answer_picture(struct ask *ask, const struct picture *picture)
{
    struct evbuffer *body = evbuffer_new();
    char when[TIME_TEXT_MAX];

    ask_header(ask, "X-Picture-Time", time_text(picture->at_us, when));
    evbuffer_add_reference(body, picture->bytes, picture->size, drop_picture,
                           (void *)picture_ref(picture));
    answer_bytes(ask, 200, "image/jpeg", body);
    evbuffer_free(body);
}

static void answer_none(struct ask *ask)
{
    enum language before = text_use(ask->language);

    answer_error(ask, 503, "no_picture", NULL,
                 _("there is no picture of this camera now"));
    text_use(before);
}

static void on_picture(void *arg, const struct picture *picture)
{
    struct glance *glance = arg;

    if (!picture)
        return;
    picture_unref(glance->last);
    glance->last = picture_ref(picture);
    for (size_t i = 0; i < glance->count; i++)
        answer_picture(glance->waiting[i].ask, picture);
    glance->count = 0;
}

static void glance_free(struct glance *glance)
{
    LIST_REMOVE(glance, next);
    follower_stop(glance->follower);
    for (size_t i = 0; i < glance->count; i++)
        answer_none(glance->waiting[i].ask);
    picture_unref(glance->last);
    free(glance);
}

static void on_look(void *arg)
{
    struct glances *all = arg;
    struct glance *glance, *following;
    int64_t now = clock_mono_us();

    for (glance = LIST_FIRST(&all->list); glance; glance = following) {
        following = LIST_NEXT(glance, next);
        size_t kept = 0;
        for (size_t i = 0; i < glance->count; i++) {
            if (now - glance->waiting[i].since_us < SECONDS_US(WAIT_S))
                glance->waiting[kept++] = glance->waiting[i];
            else
                answer_none(glance->waiting[i].ask);
        }
        glance->count = kept;
        if (now - glance->asked_us > SECONDS_US(LINGER_S))
            glance_free(glance);
    }
    if (LIST_EMPTY(&all->list))
        timer_cancel(all->timer);
}

struct glances *glances_new(struct web *web)
{
    struct glances *all = xcalloc(1, sizeof *all);

    all->web = web;
    all->timer = timer_new(web->loop, on_look, all);
    LIST_INIT(&all->list);
    return all;
}

void glances_forget(struct glances *all)
{
    while (!LIST_EMPTY(&all->list))
        glance_free(LIST_FIRST(&all->list));
}

void glances_free(struct glances *all)
{
    if (!all)
        return;
    glances_forget(all);
    timer_free(all->timer);
    free(all);
}

static struct glance *glance_at(struct glances *all, const char *camera,
                                struct stream *stream)
{
    struct glance *glance;

    LIST_FOREACH(glance, &all->list, next)
    if (strcmp(glance->camera, camera) == 0)
        return glance;
    glance = xcalloc(1, sizeof *glance);
    glance->all = all;
    strcpy(glance->camera, camera);
    LIST_INSERT_HEAD(&all->list, glance, next);
    const struct picture *last = stream_picture(stream);
    glance->last = last ? picture_ref(last) : NULL;
    glance->follower = stream_follow_pictures(stream, on_picture, glance);
    if (!timer_is_set(all->timer))
        timer_every(all->timer, MILLIS_US(LOOK_MS));
    return glance;
}

void still_latest(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    struct stream *stream = doors->stream(doors->arg, ask->camera->id, true);

    if (!stream)
        stream = doors->stream(doors->arg, ask->camera->id, false);
    if (!stream) {
        answer_none(ask);
        return;
    }
    /* A screen is looked at by whoever stands before it. */
    if (!ask->who->screen)
        access_note_going_on(ask->web, ask->who, "live", ask->camera->id);
    struct glance *glance = glance_at(ask->web->glances, ask->camera->id, stream);
    glance->asked_us = clock_mono_us();
    if (glance->last && clock_wall_us() - glance->last->at_us < SECONDS_US(FRESH_S)) {
        answer_picture(ask, glance->last);
    } else if (glance->count == WAITING_MOST) {
        answer_busy(ask);
    } else {
        glance->waiting[glance->count].ask = ask;
        glance->waiting[glance->count++].since_us = glance->asked_us;
    }
}
