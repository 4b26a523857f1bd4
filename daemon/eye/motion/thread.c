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
#include "outlet.h"

/* What may wait for the thread: 24 s at 25 a second, or as many bytes. Jobs beside
 * packets: at most one break for each, and a few wishes. */
enum { WAITING_PACKETS = 600, WAITING_BYTES = 8 << 20, JOBS = 2 * WAITING_PACKETS + 64 };

/* Pictures only: no need to copy keyframes that come sooner. */
#define KEY_GAP_US MILLIS_US(1800)

/* A camera that sends no keyframes at all is let in again after so long. */
#define KEYLESS_US SECONDS_US(10)

struct motion {
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

struct motion *motion_start(const struct motion_setup *setup, struct loop *loop,
                            const struct motion_listener *listener, void *arg)
{
    struct motion *m = xcalloc(1, sizeof *m);
    struct error err = { 0 };

    m->detect = setup->detect;
    m->watches = setup->view.on;
    m->outlet = outlet_open(loop, listener, arg);
    m->detector = detector_new(setup, &outlet_listener, m->outlet);
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
    detector_free(m->detector);
    outlet_close(m->outlet);
    parameters_unref(m->parameters);
    free(m);
}
