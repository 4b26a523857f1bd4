/* Who is told becomes rows of the outbox: one for each person, channel and device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/explain.h"
#include "channel.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "errand.h"

#define HOUR_US SECONDS_US(3600)

struct telling {
    struct store *store;
    const struct settings *set;
    const struct alert_row *alert;
    const char *channel, *person; /* only this one; NULL: all */
    int64_t now_us;
};

/* A person is not woken twice a minute for one camera, and not all night long: then it
 * waits, and goes with what has come by then. An alarm and what is urgent never wait. */
static bool hold(const struct telling *t, const struct outbox_target *to, int64_t *due_us,
                 struct error *err)
{
    const struct event_row *event = &t->alert->event;
    int64_t spacing_us = t->set->alerts.spacing_us;
    int64_t hour_us = t->now_us - t->now_us % HOUR_US, last_us = 0, count = 0;

    *due_us = 0;
    if (event->severity == SEVERITY_URGENT || event->kind == EVENT_ALARM ||
        event->kind == EVENT_TEST)
        return true;
    int64_t since_us = hour_us < t->now_us - spacing_us ? hour_us : t->now_us - spacing_us;
    if (!outbox_recent(t->store, to, event->camera, since_us, &last_us, &count, err))
        return false;
    if (last_us > t->now_us)
        *due_us = last_us; /* goes with the one that waits */
    else if (event->camera && last_us > 0 && t->now_us - last_us < spacing_us)
        *due_us = last_us + spacing_us;
    if (count >= t->set->alerts.hourly)
        *due_us = hour_us + HOUR_US;
    return true;
}

static bool tell_on(const struct telling *t, const char *recipient, const char *channel,
                    const char *target, struct error *err)
{
    struct delivery_row row = { .recipient = (char *)recipient,
                                .channel = (char *)channel,
                                .target = (char *)target,
                                .what = (char *)"raised",
                                .camera = t->alert->event.camera,
                                .state = DELIVERY_WAITING,
                                .made_us = t->now_us,
                                .at_us = t->now_us };
    const struct channel_kind *kind = channel_find(channel);
    struct outbox_target to = { (char *)channel, (char *)recipient, (char *)target };

    if (t->channel && strcmp(t->channel, channel) != 0)
        return true;
    memcpy(row.alert, t->alert->id, sizeof row.alert);
    if (kind && kind->person && !hold(t, &to, &row.due_us, err))
        return false;
    return delivery_insert(t->store, &row, err);
}

static bool tell_phones(const struct telling *t, const struct person *person,
                        const char *recipient, struct error *err)
{
    struct device_list devices;
    bool well = devices_to_push(t->store, person->id, t->now_us, &devices, err);

    for (size_t i = 0; well && i < devices.count; i++) {
        char target[24];
        snprintf(target, sizeof target, "%lld", (long long)devices.rows[i].id);
        well = tell_on(t, recipient, "push", target, err);
    }
    device_list_free(&devices);
    return well;
}

static bool tell_person(const struct telling *t, const struct person *person,
                        struct error *err)
{
    char recipient[ID_MAX + 8];

    snprintf(recipient, sizeof recipient, "person:%s", person->id);
    return tell_on(t, recipient, "page", "", err) &&
           (!t->set->channels.push.on || tell_phones(t, person, recipient, err)) &&
           (!person->email || !t->set->channels.email.host ||
            tell_on(t, recipient, "email", "", err)) &&
           (!person->zalo || !t->set->channels.zalo.token ||
            tell_on(t, recipient, "zalo", "", err));
}

static bool tell_people(const struct telling *t, const struct occasion *what, int over,
                        struct error *err)
{
    size_t count = t->set->person_count;
    struct verdict *list = xcalloc(count + 1, sizeof *list);
    bool well = true;

    rule_decide(what, over, t->alert->rank, list);
    for (size_t i = 0; well && i < count; i++)
        if (list[i].why == WHY_TOLD || list[i].why == WHY_NOBODY_ELSE)
            well = tell_person(t, list[i].person, err);
    free(list);
    return well;
}

static bool webhook_wants(const struct webhook *hook, const struct area *area,
                          enum severity severity)
{
    bool wants = hook->area_count == 0;

    for (size_t i = 0; i < hook->area_count; i++)
        wants = wants || area_is_within(area, hook->areas[i]);
    return wants && severity >= hook->severity;
}

/* Screens show, and programs count, whatever the hour. */
static bool tell_others(const struct telling *t, const struct area *area, struct error *err)
{
    char recipient[ID_MAX + 8];
    bool well = true;

    for (size_t i = 0; well && area && i < t->set->screen_count; i++) {
        if (!area_is_within(area, t->set->screens[i].area))
            continue;
        snprintf(recipient, sizeof recipient, "screen:%s", t->set->screens[i].id);
        well = tell_on(t, recipient, "page", "", err);
    }
    for (size_t i = 0; well && i < t->set->webhook_count; i++) {
        const struct webhook *hook = &t->set->webhooks[i];
        if (!webhook_wants(hook, area, t->alert->event.severity))
            continue;
        snprintf(recipient, sizeof recipient, "webhook:%s", hook->id);
        well = tell_on(t, recipient, "webhook", "", err);
    }
    if (well && t->set->channels.mqtt.host)
        well = tell_on(t, "mqtt:broker", "mqtt", "", err);
    return well;
}

bool errand_deliver(struct errand *errand, struct store *store,
                    const struct alert_row *alert, const struct occasion *what, int over,
                    const struct new_alert *only, struct error *err)
{
    const struct telling t = { .store = store,
                               .set = errand->set,
                               .alert = alert,
                               .channel = only ? only->channel : NULL,
                               .person = only ? only->person : NULL,
                               .now_us = clock_wall_us() };

    if (t.person) {
        const struct person *person = settings_find_person(t.set, t.person);
        return !person || tell_person(&t, person, err);
    }
    return (over > 0 || tell_others(&t, what->area, err)) &&
           tell_people(&t, what, over, err);
}
