#include "motion.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/worker.h"
#include "detector.h"

/* What may wait for the thread: 24 s at 25 a second, or as many bytes. Jobs beside
 * packets: at most one break for each, and a few wishes. */
enum { WAITING_PACKETS = 600, WAITING_BYTES = 8 << 20, JOBS = 2 * WAITING_PACKETS + 64 };

/* Debug views on their way to the loop. */
enum { DEBUGS_WAITING = 4 };

/* Pictures only: no need to copy keyframes that come sooner. */
#define KEY_GAP_US MILLIS_US(1800)

/* A camera that sends no keyframes at all is let in again after so long. */
#define KEYLESS_US SECONDS_US(10)

/* Where reports go. Outlives the detector: what was posted before the end finds it
 * closed. */
struct outlet {
    atomic_uint refs;
    atomic_uint debugs; /* on their way to the loop */
    bool closed; /* loop's thread only */
    struct motion_listener listener;
    void *arg;
};

struct motion {
    struct loop *loop;
    struct outlet *outlet;
    struct worker *worker;
    struct detector *detector; /* the worker's, once it runs */
    bool detect;
    bool watches; /* the view, also while it does not detect */

    /* Loop's thread. */
    bool wanted, debug_wanted;
    struct parameters *parameters;
    unsigned version;
    uint64_t number;     /* of the packet fed last */
    bool broken;         /* nothing was fed since the last break */
    bool skipping;       /* to the next keyframe, after a drop */
    int64_t skipping_us; /* since */
    bool key_fed;
    int64_t key_us;
    int64_t fed;

    /* Shared. */
    atomic_bool ending;
    atomic_uint_fast64_t first_number; /* older packets are dropped unseen */
    atomic_size_t waiting, waiting_bytes;
    atomic_int_fast64_t dropped, decoded, analysed, events;
};

/* A packet, or a wish, on its way to the worker. */
struct job {
    struct motion *m;
    struct held *packet;
    uint64_t number;
    bool wanted;
    struct motion_setup *setup;
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

/* Worker's thread, as all that the detector calls. */
static void on_event(void *arg, const struct motion_event *event)
{
    struct motion *m = arg;
    struct event_post *post = xmalloc(sizeof *post + event->jpeg_size);

    post->outlet = outlet_ref(m->outlet);
    post->event = *event;
    post->event.decided_us = clock_wall_us();
    if (event->jpeg) {
        memcpy(post->jpeg, event->jpeg, event->jpeg_size);
        post->event.jpeg = post->jpeg;
    }
    loop_post(m->loop, give_event, post);
}

static void on_picture(void *arg, const uint8_t *jpeg, size_t size, int64_t wall_us,
                       int width, int height)
{
    struct motion *m = arg;
    struct picture_post *post = xmalloc(sizeof *post + size);

    post->outlet = outlet_ref(m->outlet);
    post->wall_us = wall_us;
    post->width = width;
    post->height = height;
    post->size = size;
    memcpy(post->jpeg, jpeg, size);
    loop_post(m->loop, give_picture, post);
}

static void on_activity(void *arg, const struct motion_activity *second)
{
    struct motion *m = arg;
    struct activity_post *post = xmalloc(sizeof *post);

    *post = (struct activity_post){ outlet_ref(m->outlet), *second };
    loop_post(m->loop, give_activity, post);
}

static void on_view(void *arg, enum view_kind kind, const uint8_t *memory, size_t size)
{
    struct motion *m = arg;
    struct view_post *post = xmalloc(sizeof *post);

    *post = (struct view_post){
        .outlet = outlet_ref(m->outlet), .kind = kind, .size = size
    };
    memcpy(post->memory, memory, size);
    loop_post(m->loop, give_view, post);
}

/* Views that nobody takes are not piled up. */
static void on_debug(void *arg, const struct debug_view *view)
{
    struct motion *m = arg;
    size_t cells = (size_t)(view->width * view->height);

    if (atomic_fetch_add(&m->outlet->debugs, 1) >= DEBUGS_WAITING) {
        atomic_fetch_sub(&m->outlet->debugs, 1);
        return;
    }
    struct debug_post *post = xmalloc(sizeof *post + 3 * cells);
    post->outlet = outlet_ref(m->outlet);
    post->view = *view;
    post->view.now = memcpy(post->cells, view->now, cells);
    post->view.background = memcpy(post->cells + cells, view->background, cells);
    post->view.marks = memcpy(post->cells + 2 * cells, view->marks, cells);
    loop_post(m->loop, give_debug, post);
}

static const struct motion_listener to_loop = { .on_event = on_event,
                                                .on_picture = on_picture,
                                                .on_activity = on_activity,
                                                .on_view = on_view,
                                                .on_debug = on_debug };

struct motion *motion_start(const struct motion_setup *setup, struct loop *loop,
                            const struct motion_listener *listener, void *arg)
{
    struct motion *m = xcalloc(1, sizeof *m);
    struct error err = { 0 };

    m->loop = loop;
    m->detect = setup->detect;
    m->watches = setup->view.on;
    m->outlet = xcalloc(1, sizeof *m->outlet);
    *m->outlet = (struct outlet){ .refs = 1, .listener = *listener, .arg = arg };
    m->detector = detector_new(setup, &to_loop, m);
    m->worker = worker_start("motion", JOBS, &err);
    if (!m->worker) {
        log_error("motion cannot start", "why='%s'", err.text);
        motion_stop(m);
        return NULL;
    }
    return m;
}

static void publish_counts(struct motion *m)
{
    const struct motion_counts *counts = detector_counts(m->detector);

    atomic_store(&m->decoded, counts->decoded);
    atomic_store(&m->analysed, counts->analysed);
    atomic_store(&m->events, counts->events);
}

/* Worker's thread. */
static void take_packet(void *arg)
{
    struct job *job = arg;
    struct motion *m = job->m;
    size_t size = job->packet->size;

    if (atomic_load(&m->ending)) {
        held_free(job->packet);
    } else if (job->number < atomic_load(&m->first_number)) {
        atomic_fetch_add(&m->dropped, 1);
        held_free(job->packet);
    } else {
        detector_packet(m->detector, job->packet);
        publish_counts(m);
    }
    atomic_fetch_sub(&m->waiting, 1);
    atomic_fetch_sub(&m->waiting_bytes, size);
    free(job);
}

/* Worker's thread. */
static void take_break(void *arg)
{
    struct motion *m = arg;

    if (!atomic_load(&m->ending))
        detector_break(m->detector);
}

/* Worker's thread. */
static void take_wish(void *arg)
{
    struct job *job = arg;

    if (!atomic_load(&job->m->ending))
        detector_want_pictures(job->m->detector, job->wanted);
    free(job);
}

/* Worker's thread. */
static void take_change(void *arg)
{
    struct job *job = arg;

    if (!atomic_load(&job->m->ending))
        detector_change(job->m->detector, job->setup);
    free(job->setup);
    free(job);
}

/* Whether the packet is of any use: pictures and the view take a keyframe now and then. */
static bool is_useful(struct motion *m, const struct packet *packet)
{
    if (m->detect)
        return true;
    if (!(m->wanted || m->watches) || !packet->key)
        return false;
    if (m->key_fed && packet->arrived_us - m->key_us < KEY_GAP_US)
        return false;
    m->key_fed = true;
    m->key_us = packet->arrived_us;
    return true;
}

/* The thread is too slow. What waits is let go, so that it sees what is, not what was. */
static void drop_waiting(struct motion *m, const struct packet *packet)
{
    atomic_store(&m->first_number, m->number + 1);
    m->skipping = true;
    m->skipping_us = packet->arrived_us;
}

/* Whether the packet must be left out, because it is too much or follows what was. */
static bool is_dropped(struct motion *m, const struct packet *packet)
{
    if (packet->size == 0 || packet->size > AU_MAX)
        return true;
    if (m->skipping && (packet->key || packet->arrived_us - m->skipping_us > KEYLESS_US))
        m->skipping = false;
    if (m->skipping)
        return true;
    if (atomic_load(&m->waiting) >= WAITING_PACKETS ||
        atomic_load(&m->waiting_bytes) + packet->size > WAITING_BYTES) {
        drop_waiting(m, packet);
        return true;
    }
    return false;
}

static void follow_parameters(struct motion *m, const struct track *track)
{
    if (m->parameters && m->version == track->version &&
        m->parameters->codec == track->codec)
        return;
    parameters_unref(m->parameters);
    m->parameters = parameters_new(track);
    m->version = track->version;
}

void motion_feed(struct motion *m, const struct packet *packet)
{
    if (packet->which != TRACK_VIDEO || !is_useful(m, packet))
        return;
    m->fed++;
    if (is_dropped(m, packet)) {
        atomic_fetch_add(&m->dropped, 1);
        return;
    }
    follow_parameters(m, packet->track);
    struct job *job = xmalloc(sizeof *job);
    *job = (struct job){ .m = m,
                         .packet = held_new(packet, m->parameters),
                         .number = ++m->number };
    m->broken = false;
    atomic_fetch_add(&m->waiting, 1);
    atomic_fetch_add(&m->waiting_bytes, packet->size);
    if (worker_post(m->worker, take_packet, job))
        return;
    atomic_fetch_sub(&m->waiting, 1);
    atomic_fetch_sub(&m->waiting_bytes, packet->size);
    atomic_fetch_add(&m->dropped, 1);
    held_free(job->packet);
    free(job);
}

void motion_break(struct motion *m)
{
    if (m->broken)
        return;
    /* Should it be refused, the next packet's run says the same. */
    m->broken = worker_post(m->worker, take_break, m);
}

void motion_change(struct motion *m, const struct motion_setup *setup)
{
    struct job *job = xmalloc(sizeof *job);

    *job = (struct job){ .m = m, .setup = xmalloc(sizeof *setup) };
    *job->setup = *setup;
    if (!worker_post(m->worker, take_change, job)) {
        log_warning("motion is too busy for other settings", "jobs=%d", JOBS);
        free(job->setup);
        free(job);
        return;
    }
    m->detect = setup->detect;
    m->key_fed = false;
}

void motion_want_pictures(struct motion *m, bool wanted)
{
    if (m->wanted == wanted)
        return;
    struct job *job = xmalloc(sizeof *job);
    *job = (struct job){ .m = m, .wanted = wanted };
    if (!worker_post(m->worker, take_wish, job)) {
        free(job); /* asked again, it will go */
        return;
    }
    m->wanted = wanted;
    m->key_fed = false;
}

/* Worker's thread. */
static void take_debug_wish(void *arg)
{
    struct job *job = arg;

    if (!atomic_load(&job->m->ending))
        detector_want_debug(job->m->detector, job->wanted);
    free(job);
}

void motion_want_debug(struct motion *m, bool wanted)
{
    if (m->debug_wanted == wanted)
        return;
    struct job *job = xmalloc(sizeof *job);
    *job = (struct job){ .m = m, .wanted = wanted };
    m->debug_wanted = worker_post(m->worker, take_debug_wish, job) ? wanted
                                                                   : m->debug_wanted;
    if (m->debug_wanted != wanted)
        free(job); /* asked again, it will go */
}

void motion_counts(struct motion *m, struct motion_counts *out)
{
    *out = (struct motion_counts){
        .fed = m->fed,
        .decoded = atomic_load(&m->decoded),
        .analysed = atomic_load(&m->analysed),
        .dropped = atomic_load(&m->dropped),
        .events = atomic_load(&m->events),
    };
}

void motion_stop(struct motion *m)
{
    if (!m)
        return;
    atomic_store(&m->ending, true);
    worker_stop(m->worker);
    m->outlet->closed = true;
    outlet_unref(m->outlet);
    detector_free(m->detector);
    parameters_unref(m->parameters);
    free(m);
}
