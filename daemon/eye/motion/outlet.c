#include "outlet.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"

/* Debug views on their way to the loop. */
enum { DEBUGS_WAITING = 4 };

struct outlet {
    atomic_uint refs;
    struct loop *loop;
    atomic_uint debugs; /* on their way to the loop */
    bool closed; /* loop's thread only */
    struct motion_listener listener;
    void *arg;
};

struct event_post {
    struct outlet *outlet;
    struct motion_event event;
    uint8_t jpeg[];
};

struct activity_post {
    struct outlet *outlet;
    struct motion_activity second;
};

struct view_post {
    struct outlet *outlet;
    enum view_kind kind;
    size_t size;
    uint8_t memory[VIEW_MEMORY];
};

struct debug_post {
    struct outlet *outlet;
    struct debug_view view;
    uint8_t cells[]; /* now, background, marks */
};

struct picture_post {
    struct outlet *outlet;
    int64_t wall_us;
    int width, height;
    size_t size;
    uint8_t jpeg[];
};

static struct outlet *outlet_ref(struct outlet *o)
{
    atomic_fetch_add(&o->refs, 1);
    return o;
}

static void outlet_unref(struct outlet *o)
{
    if (atomic_fetch_sub(&o->refs, 1) == 1)
        free(o);
}

/* Loop's thread. */
static void give_event(void *arg)
{
    struct event_post *post = arg;
    struct outlet *o = post->outlet;

    if (!o->closed)
        o->listener.on_event(o->arg, &post->event);
    outlet_unref(o);
    free(post);
}

/* Loop's thread. */
static void give_activity(void *arg)
{
    struct activity_post *post = arg;
    struct outlet *o = post->outlet;

    if (!o->closed)
        o->listener.on_activity(o->arg, &post->second);
    outlet_unref(o);
    free(post);
}

/* Loop's thread. */
static void give_picture(void *arg)
{
    struct picture_post *post = arg;
    struct outlet *o = post->outlet;

    if (!o->closed)
        o->listener.on_picture(o->arg, post->jpeg, post->size, post->wall_us, post->width,
                               post->height);
    outlet_unref(o);
    free(post);
}

/* Loop's thread. */
static void give_view(void *arg)
{
    struct view_post *post = arg;
    struct outlet *o = post->outlet;

    if (!o->closed)
        o->listener.on_view(o->arg, post->kind, post->memory, post->size);
    outlet_unref(o);
    free(post);
}

/* Loop's thread. */
static void give_debug(void *arg)
{
    struct debug_post *post = arg;
    struct outlet *o = post->outlet;

    atomic_fetch_sub(&o->debugs, 1);
    if (!o->closed)
        o->listener.on_debug(o->arg, &post->view);
    outlet_unref(o);
    free(post);
}

/* Worker's thread, as all that a detector calls. */
static void on_event(void *arg, const struct motion_event *event)
{
    struct outlet *o = arg;
    struct event_post *post = xmalloc(sizeof *post + event->jpeg_size);

    post->outlet = outlet_ref(o);
    post->event = *event;
    post->event.decided_us = clock_wall_us();
    if (event->jpeg) {
        memcpy(post->jpeg, event->jpeg, event->jpeg_size);
        post->event.jpeg = post->jpeg;
    }
    loop_post(o->loop, give_event, post);
}

static void on_picture(void *arg, const uint8_t *jpeg, size_t size, int64_t wall_us,
                       int width, int height)
{
    struct outlet *o = arg;
    struct picture_post *post = xmalloc(sizeof *post + size);

    post->outlet = outlet_ref(o);
    post->wall_us = wall_us;
    post->width = width;
    post->height = height;
    post->size = size;
    memcpy(post->jpeg, jpeg, size);
    loop_post(o->loop, give_picture, post);
}

static void on_activity(void *arg, const struct motion_activity *second)
{
    struct outlet *o = arg;
    struct activity_post *post = xmalloc(sizeof *post);

    *post = (struct activity_post){ outlet_ref(o), *second };
    loop_post(o->loop, give_activity, post);
}

static void on_view(void *arg, enum view_kind kind, const uint8_t *memory, size_t size)
{
    struct outlet *o = arg;
    struct view_post *post = xmalloc(sizeof *post);

    *post = (struct view_post){
        .outlet = outlet_ref(o), .kind = kind, .size = size
    };
    memcpy(post->memory, memory, size);
    loop_post(o->loop, give_view, post);
}

/* Views that nobody takes are not piled up. */
static void on_debug(void *arg, const struct debug_view *view)
{
    struct outlet *o = arg;
    size_t cells = (size_t)(view->width * view->height);

    if (atomic_fetch_add(&o->debugs, 1) >= DEBUGS_WAITING) {
        atomic_fetch_sub(&o->debugs, 1);
        return;
    }
    struct debug_post *post = xmalloc(sizeof *post + 3 * cells);
    post->outlet = outlet_ref(o);
    post->view = *view;
    post->view.now = memcpy(post->cells, view->now, cells);
    post->view.background = memcpy(post->cells + cells, view->background, cells);
    post->view.marks = memcpy(post->cells + 2 * cells, view->marks, cells);
    loop_post(o->loop, give_debug, post);
}

const struct motion_listener outlet_listener = { .on_event = on_event,
                                                .on_picture = on_picture,
                                                .on_activity = on_activity,
                                                .on_view = on_view,
                                                .on_debug = on_debug };

struct outlet *outlet_open(struct loop *loop, const struct motion_listener *listener,
                           void *arg)
{
    struct outlet *o = xcalloc(1, sizeof *o);

    *o = (struct outlet){ .refs = 1, .loop = loop, .listener = *listener, .arg = arg };
    return o;
}

void outlet_close(struct outlet *o)
{
    o->closed = true;
    outlet_unref(o);
}
