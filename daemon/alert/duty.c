#include <stdlib.h>

#include "channel.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "mqtt.h"
#include "parts.h"
#include "push_crypt.h"

static void on_due(void *arg)
{
    escalate_look(arg);
}

static void on_tidy(void *arg)
{
    tidy_look(arg);
}

/* Before anything else at the desk: what is open now was open when kengd ended. */
static bool close_in(struct errand *errand, struct store *store, void *arg,
                     struct error *err)
{
    return events_close(store, err);
}

static void begin_job(struct store *store, void *arg)
{
    struct error err;

    if (!errand_commit(arg, store, close_in, NULL, &err))
        log_error("events of the last run not closed", "why='%s'", err.text);
}

static void on_begun(void *arg)
{
    errand_tell(arg);
    errand_end(arg);
    free(arg);
}

struct duty *duty_open(const struct settings *set, struct loop *loop, struct desk *duties,
                       duty_change_fn *on_change, void *arg, struct error *err)
{
    struct duty *duty = xcalloc(1, sizeof *duty);
    struct errand *begin = xcalloc(1, sizeof *begin);

    *duty = (struct duty){ .set = settings_ref(set),
                           .loop = loop,
                           .desk = duties,
                           .on_change = on_change,
                           .arg = arg };
    duty->due = timer_new(loop, on_due, duty);
    duty->tidy = timer_new(loop, on_tidy, duty);
    sightings_open(duty);
    if (!errand_ask(duty, begin, begin_job, on_begun)) {
        error_set(err, ERR_BUSY, _("the catalogue is too slow"));
        free(begin);
        duty_close(duty);
        return NULL;
    }
    duty->outbox = outbox_open(duty);
    conditions_open(duty);
    tidy_look(duty);
    return duty;
}

void duty_reload(struct duty *duty, const struct settings *set)
{
    const struct settings *before = duty->set;

    duty->set = settings_ref(set);
    settings_unref(before);
    sightings_reload(duty);
    conditions_reload(duty);
    outbox_reload(duty->outbox);
    escalate_look(duty); /* patience may be shorter now */
}

void duty_camera_state(struct duty *duty, const char *camera, const char *state)
{
    mqtt_camera(outbox_ways(duty->outbox)->mqtt, camera, state);
}

const char *duty_push_key(struct duty *duty)
{
    struct vapid *vapid = outbox_ways(duty->outbox)->vapid;

    return vapid ? vapid_public(vapid) : NULL;
}

void duty_phone_ready(struct duty *duty)
{
    outbox_hurry(duty->outbox);
}

bool duty_has_channel(const char *name)
{
    return channel_find(name) != NULL;
}

void duty_let_go(struct duty *duty)
{
    if (duty->on_change || duty->errands > 0)
        return;
    settings_unref(duty->set);
    free(duty);
}

void duty_close(struct duty *duty)
{
    if (!duty)
        return;
    sightings_close(duty);
    conditions_close(duty);
    outbox_close(duty->outbox);
    duty->outbox = NULL;
    timer_free(duty->due);
    timer_free(duty->tidy);
    duty->due = duty->tidy = NULL;
    duty->on_change = NULL;
    duty_let_go(duty);
}
