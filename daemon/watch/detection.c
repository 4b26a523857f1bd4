#include "detection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "inside.h"
#include "onvif.h"

/* A pull waits so long for events; between two pulls that bring nothing is at least a
 * second, whatever the camera makes of that. */
enum { WAIT_S = 10 };
#define PAUSE_US SECONDS_US(1)
#define RENEW_US SECONDS_US(45) /* of the 120 s that a pull point is asked for */

/* A state that is neither repeated nor ended has been forgotten by its camera; one that
 * comes without an end lasts so long. */
#define FORGOTTEN_US SECONDS_US(120)
#define PULSE_US     SECONDS_US(5)

/* A login that was refused is not tried again sooner. */
#define REFUSED_US SECONDS_US(60)

enum { STATES_MAX = 24 };

enum stage {
    STAGE_DATE,
    STAGE_CAPABILITIES,
    STAGE_SERVICES,
    STAGE_SUBSCRIBE,
    STAGE_PULL,
    STAGE_RENEW,
    STAGE_LEAVE,
};

/* One topic of one source, as the camera last said it. */
struct state {
    enum detected kind;
    char topic[ONVIF_TEXT], source[ONVIF_TOKEN];
    int64_t until_us; /* monotonic; 0: off */
};

struct detection {
    struct detection *next;
    struct watch *watch;
    const struct detection_listener *listener; /* NULL: it takes leave */
    void *arg;
    char camera[ID_MAX];
    struct onvif *device;
    enum stage stage;
    bool busy;
    struct timer *timer;  /* the next call */
    struct timer *expiry; /* the next state that ends by itself */
    struct backoff backoff;
    int64_t asked_us, renew_us; /* monotonic */
    char events[ONVIF_PATH], pull_point[ONVIF_PATH]; /* pull_point "": none */
    struct onvif_reference reference;
    struct state states[STATES_MAX];
    int state_count;
    struct detection_health is;
};

/* ---- what is detected --------------------------------------------------------------- */

/* Tells what has changed of the sum of all states. */
static void look(struct detection *d)
{
    int64_t now = clock_mono_us(), next_us = 0;
    bool on[DETECTED_KINDS] = { false };

    for (int i = 0; i < d->state_count; i++) {
        const struct state *s = &d->states[i];
        if (s->until_us <= now)
            continue;
        on[s->kind] = true;
        if (!next_us || s->until_us < next_us)
            next_us = s->until_us;
    }
    timer_cancel(d->expiry);
    if (next_us)
        timer_after(d->expiry, next_us - now);
    for (int i = 0; i < DETECTED_KINDS; i++) {
        if (d->is.on[i] == on[i])
            continue;
        d->is.on[i] = on[i];
        if (d->listener)
            d->listener->on_detected(d->arg, (enum detected)i, on[i]);
    }
}

static void on_expiry(void *arg)
{
    look(arg);
}

static void forget_all(struct detection *d)
{
    d->state_count = 0;
    look(d);
}

/* The state of that topic and source; a camera that invents ever new ones loses the
 * oldest. */
static struct state *find_state(struct detection *d, const struct onvif_event *e)
{
    for (int i = 0; i < d->state_count; i++)
        if (strcmp(d->states[i].topic, e->topic) == 0 &&
            strcmp(d->states[i].source, e->source) == 0)
            return &d->states[i];
    if (d->state_count == STATES_MAX) {
        memmove(d->states, d->states + 1, (STATES_MAX - 1) * sizeof *d->states);
        d->state_count--;
    }
    struct state *s = &d->states[d->state_count++];
    memset(s, 0, sizeof *s);
    memcpy(s->topic, e->topic, sizeof s->topic);
    memcpy(s->source, e->source, sizeof s->source);
    return s;
}

static void take_event(struct detection *d, const struct onvif_event *e)
{
    static const enum detected kinds[] = { [ONVIF_MOTION] = DETECTED_MOTION,
                                           [ONVIF_HUMAN] = DETECTED_HUMAN,
                                           [ONVIF_VEHICLE] = DETECTED_VEHICLE,
                                           [ONVIF_TAMPER] = DETECTED_TAMPER };

    if (e->kind == ONVIF_OTHER)
        return;
    struct state *s = find_state(d, e);
    s->kind = kinds[e->kind];
    s->until_us = !e->on ? 0 : clock_mono_us() + (e->pulse ? PULSE_US : FORGOTTEN_US);
    if (!e->first)
        d->is.events++;
    look(d); /* on and off within one answer are both told */
}

/* ---- how it is ---------------------------------------------------------------------- */

static void set_state(struct detection *d, const char *state, const char *code)
{
    if (d->is.state == state && strcmp(d->is.reason_code, code) == 0)
        return;
    if (strcmp(state, "on") == 0)
        log_info("camera's own detection is heard", "camera=%s clock_offset_s=%.1f",
                 d->camera, (double)d->is.clock_offset_us / 1e6);
    else if (code[0])
        log_warning("camera's own detection is not heard", "camera=%s code=%s", d->camera,
                    code);
    d->is.state = state;
    d->is.since_us = clock_wall_us();
    snprintf(d->is.reason_code, sizeof d->is.reason_code, "%s", code);
    if (d->listener)
        d->listener->on_state(d->arg, &d->is);
}

static bool is_refusal(const char *trouble)
{
    return strcmp(trouble, "wrong_password") == 0 ||
           strcmp(trouble, REASON_LOGIN_PAUSE) == 0 ||
           strcmp(trouble, REASON_NO_PASSWORD) == 0 ||
           strcmp(trouble, REASON_LOGIN_METHOD) == 0;
}

/* Begins from the front after a while. */
static void lost(struct detection *d, const char *trouble)
{
    bool refused = is_refusal(trouble);
    int64_t wait_us = backoff_next(&d->backoff);

    d->stage = STAGE_DATE;
    d->pull_point[0] = 0;
    forget_all(d);
    set_state(d, refused ? "refused" : "lost", trouble);
    timer_after(d->timer, refused && wait_us < REFUSED_US ? REFUSED_US : wait_us);
}

/* ---- stages ------------------------------------------------------------------------- */

static void finish_leave(struct detection *d)
{
    struct detection **at = &d->watch->detections;

    while (*at != d)
        at = &(*at)->next;
    *at = d->next;
    onvif_close(d->device);
    timer_free(d->timer);
    timer_free(d->expiry);
    free(d);
}

static void on_date(struct detection *d, const char *trouble)
{
    /* A device that does not tell its clock may still take a digest. */
    if (trouble && strcmp(trouble, ONVIF_REFUSES) != 0) {
        lost(d, trouble);
        return;
    }
    d->is.clock_known = onvif_clock_offset_us(d->device, &d->is.clock_offset_us);
    d->stage = STAGE_CAPABILITIES;
    timer_after(d->timer, 0);
}

static void on_capabilities(struct detection *d, const char *trouble,
                            const struct onvif_said *said)
{
    bool refused = trouble && strcmp(trouble, ONVIF_REFUSES) == 0;

    if (trouble && !refused) {
        lost(d, trouble);
    } else if (onvif_path_of(said->events, d->events)) {
        d->stage = STAGE_SUBSCRIBE;
        timer_after(d->timer, 0);
    } else if (d->stage == STAGE_CAPABILITIES) {
        d->stage = STAGE_SERVICES;
        timer_after(d->timer, 0);
    } else {
        lost(d, "no_events");
    }
}

static void on_subscribed(struct detection *d, const char *trouble,
                          const struct onvif_said *said)
{
    if (!trouble && !onvif_path_of(said->uri, d->pull_point))
        trouble = ONVIF_BREAKS;
    if (trouble) {
        lost(d, trouble);
        return;
    }
    d->reference = said->reference;
    d->renew_us = clock_mono_us() + RENEW_US;
    d->stage = STAGE_PULL;
    set_state(d, "on", "");
    timer_after(d->timer, 0);
}

static void on_pulled(struct detection *d, const char *trouble,
                      const struct onvif_said *said)
{
    int64_t now = clock_mono_us();

    if (trouble) {
        lost(d, trouble);
        return;
    }
    backoff_reset(&d->backoff);
    for (int i = 0; i < said->happened_count && d->listener; i++)
        take_event(d, &said->happened[i]);
    d->is.left_out += said->left_out;
    d->stage = now >= d->renew_us ? STAGE_RENEW : STAGE_PULL;
    int64_t rest_us = d->asked_us + PAUSE_US - now;
    bool soon = said->happened_count > 0 && said->happened_count < ONVIF_EVENTS;
    timer_after(d->timer, rest_us > 0 ? soon ? rest_us / 4 : rest_us : 0);
}

/* One that cannot be renewed ends by itself, and is then asked for again. */
static void on_renewed(struct detection *d, const char *trouble)
{
    if (trouble && strcmp(trouble, ONVIF_REFUSES) != 0) {
        lost(d, trouble);
        return;
    }
    d->renew_us = clock_mono_us() + RENEW_US;
    d->stage = STAGE_PULL;
    timer_after(d->timer, 0);
}

static void on_answer(void *arg, const char *trouble, const struct onvif_said *said)
{
    struct detection *d = arg;

    d->busy = false;
    if (!d->listener && d->stage != STAGE_LEAVE)
        d->stage = STAGE_LEAVE;
    else
        switch (d->stage) {
        case STAGE_DATE:
            on_date(d, trouble);
            return;
        case STAGE_CAPABILITIES:
        case STAGE_SERVICES:
            on_capabilities(d, trouble, said);
            return;
        case STAGE_SUBSCRIBE:
            on_subscribed(d, trouble, said);
            return;
        case STAGE_PULL:
            on_pulled(d, trouble, said);
            return;
        case STAGE_RENEW:
            on_renewed(d, trouble);
            return;
        case STAGE_LEAVE:
            finish_leave(d);
            return;
        }
    timer_after(d->timer, 0);
}

static void on_time(void *arg)
{
    static const enum onvif_call calls[] = {
        [STAGE_DATE] = ONVIF_DATE,           [STAGE_CAPABILITIES] = ONVIF_CAPABILITIES,
        [STAGE_SERVICES] = ONVIF_SERVICES,   [STAGE_SUBSCRIBE] = ONVIF_SUBSCRIBE,
        [STAGE_PULL] = ONVIF_PULL,           [STAGE_RENEW] = ONVIF_RENEW,
        [STAGE_LEAVE] = ONVIF_UNSUBSCRIBE,
    };
    struct detection *d = arg;
    struct onvif_ask ask = { .call = calls[d->stage] };
    const char *path = d->stage < STAGE_SUBSCRIBE    ? "/onvif/device_service"
                       : d->stage == STAGE_SUBSCRIBE ? d->events
                                                     : d->pull_point;

    if (d->stage == STAGE_LEAVE && !d->pull_point[0]) {
        finish_leave(d);
        return;
    }
    snprintf(ask.path, sizeof ask.path, "%s", path);
    if (d->stage >= STAGE_PULL)
        ask.reference = d->reference;
    if (d->stage == STAGE_PULL)
        ask.wait_s = WAIT_S;
    d->asked_us = clock_mono_us();
    d->busy = true;
    onvif_ask(d->device, &ask, on_answer, d);
}

/* ---- life --------------------------------------------------------------------------- */

struct detection *detection_start(struct watch *watch, const struct detection_setup *setup,
                                  const struct detection_listener *listener, void *arg)
{
    struct detection *d = xcalloc(1, sizeof *d);

    d->watch = watch;
    d->listener = listener;
    d->arg = arg;
    snprintf(d->camera, sizeof d->camera, "%s", setup->camera);
    d->device = onvif_open(watch, setup->camera, setup->host, setup->port, setup->user,
                           setup->password);
    d->timer = timer_new(watch->loop, on_time, d);
    d->expiry = timer_new(watch->loop, on_expiry, d);
    d->is.state = "connecting";
    d->is.since_us = clock_wall_us();
    d->next = watch->detections;
    watch->detections = d;
    timer_after(d->timer, 0);
    return d;
}

void detection_stop(struct detection *d)
{
    if (!d)
        return;
    d->listener = NULL;
    timer_cancel(d->expiry);
    /* A pull may wait for events for a while: it is broken off, and the point left by
     * another process. */
    if (d->busy)
        onvif_break(d->device);
    d->busy = false;
    d->stage = STAGE_LEAVE;
    timer_after(d->timer, 0);
}

void detections_close(struct watch *watch)
{
    while (watch->detections)
        finish_leave(watch->detections);
}

const struct detection_health *detection_health(const struct detection *d)
{
    return &d->is;
}
