#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/condition.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "parts.h"

enum { AGAIN_US = 5000000 };

enum phase {
    PHASE_WAITING,  /* it is so; people are told when its grace time is over */
    PHASE_STANDING, /* people were told */
    PHASE_SETTLING, /* it is well; people are told when it has been so for a while */
    PHASE_WELL,
};

struct standing {
    struct standing *next;
    char key[CONDITION_MAX];
    char *camera; /* NULL: of kengd itself */
    enum severity severity;
    char *texts[LANGUAGES];
    enum phase phase;
    int64_t due_us;    /* monotonic; of what waits or settles */
    bool at_desk;      /* its change is being stored */
    bool worse;        /* it has become more severe than what was told */
};

static struct standing *find(struct duty *duty, const char *key)
{
    struct standing *s = duty->conditions;

    while (s && strcmp(s->key, key) != 0)
        s = s->next;
    return s;
}

static struct standing *find_or_add(struct duty *duty, const char *key)
{
    struct standing *s = find(duty, key);

    if (s)
        return s;
    s = xcalloc(1, sizeof *s);
    snprintf(s->key, sizeof s->key, "%s", key);
    s->phase = PHASE_WELL;
    s->next = duty->conditions;
    duty->conditions = s;
    return s;
}

static void standing_free(struct standing *s)
{
    free(s->camera);
    for (int i = 0; i < LANGUAGES; i++)
        free(s->texts[i]);
    free(s);
}

static void describe(struct standing *s, const struct condition *what)
{
    for (int i = 0; i < LANGUAGES; i++) {
        free(s->texts[i]);
        s->texts[i] = what->texts[i] ? xstrdup(what->texts[i]) : NULL;
    }
    free(s->camera);
    s->camera = what->camera ? xstrdup(what->camera->id) : NULL;
    s->severity = what->severity;
}

/* ---- at the desk ------------------------------------------------------------------- */

struct notice {
    struct errand errand; /* first */
    char key[CONDITION_MAX];
    struct event_row event; /* as it would be new */
    bool begins, worse, moment, failed;
    bool ends; /* it lasted until now */
    int64_t once_in_us;
};

static void close_alert(struct alert_row *alert, int64_t now_us)
{
    alert->escalate_us = 0;
    if (alert->state != ALERT_OPEN && alert->state != ALERT_ACKNOWLEDGED)
        return;
    alert->state = ALERT_RESOLVED;
    alert->closed_by = xstrdup("kengd");
    alert->closed_us = now_us;
}

static bool end_in(struct notice *notice, struct store *store,
                   const struct event_row *event, bool tell, struct error *err)
{
    int64_t now_us = clock_wall_us();
    struct event_row ended = *event; /* lent */
    struct alert_row alert;
    bool found;

    ended.end_us = now_us > event->start_us ? now_us : event->start_us + 1;
    if (!event_end(store, &ended, err) ||
        !alert_of_event(store, event->id, &alert, &found, err))
        return false;
    if (!found)
        return true;
    close_alert(&alert, now_us);
    bool well = alert_update(store, &alert, err) &&
                (!tell || errand_follow_up(&notice->errand, store, &alert, "back", err));
    if (well)
        errand_changed(&notice->errand, &alert, false);
    alert_row_clear(&alert);
    return well;
}

/* The alert that was told to be over goes on, and nobody is told a second time. */
static bool reopen_in(struct notice *notice, struct store *store,
                      const struct event_row *before, struct error *err)
{
    struct event_row event = *before;
    struct alert_row alert;
    bool found;

    memcpy(event.texts, notice->event.texts, sizeof event.texts);
    if (!event_reopen(store, &event, err))
        return false;
    if (before->end_us == 0) /* it was so before kengd was started */
        return true;
    if (!alert_of_event(store, event.id, &alert, &found, err))
        return false;
    if (!found)
        return true;
    if (alert.state == ALERT_RESOLVED && alert.closed_by &&
        strcmp(alert.closed_by, "kengd") == 0) {
        free(alert.closed_by);
        alert.closed_by = NULL;
        alert.closed_us = 0;
        alert.state = alert.answered_by ? ALERT_ACKNOWLEDGED : ALERT_OPEN;
    }
    alert.merged++;
    bool well = alert_update(store, &alert, err);
    if (well)
        errand_changed(&notice->errand, &alert, false);
    alert_row_clear(&alert);
    return well;
}

static bool raise_in(struct notice *notice, struct store *store, struct error *err)
{
    struct new_alert what = { .event = &notice->event,
                              .escalates = !notice->moment,
                              .is_closed = notice->moment };

    return event_insert(store, &notice->event, err) &&
           errand_raise(&notice->errand, store, &what, err);
}

static bool begin_in(struct notice *notice, struct store *store,
                     const struct event_row *before, struct error *err)
{
    int64_t held_us = clock_wall_us() - notice->errand.set->alerts.health.hold_us;

    if (!*before->id || notice->moment)
        return raise_in(notice, store, err);
    if (notice->worse || before->severity < notice->event.severity)
        return (before->end_us != 0 || end_in(notice, store, before, false, err)) &&
               raise_in(notice, store, err);
    if (before->end_us == 0 || before->end_us > held_us)
        return reopen_in(notice, store, before, err);
    return raise_in(notice, store, err);
}

static bool notice_in(struct errand *errand, struct store *store, void *arg,
                      struct error *err)
{
    struct notice *notice = arg;
    struct event_row before = { 0 };
    bool found = false;

    if (!event_of_condition(store, notice->key, &before, &found, err))
        return false;
    if (notice->moment && found && notice->once_in_us > 0 &&
        before.start_us > clock_wall_us() - notice->once_in_us) {
        event_row_clear(&before);
        return true;
    }
    notice->ends = !notice->begins && !notice->moment && found && before.end_us == 0;
    bool well = notice->begins || notice->moment ? begin_in(notice, store, &before, err)
                : notice->ends ? end_in(notice, store, &before, true, err)
                               : true;
    event_row_clear(&before);
    return well;
}

static void notice_job(struct store *store, void *arg)
{
    struct notice *notice = arg;
    struct error err;

    notice->failed = !errand_commit(&notice->errand, store, notice_in, notice, &err);
    if (notice->failed)
        log_error("condition not stored", "condition=%s why='%s'", notice->key, err.text);
}

static void notice_free(struct notice *notice)
{
    event_row_clear(&notice->event);
    free(notice);
}

static void on_noticed(void *arg)
{
    struct notice *notice = arg;
    struct duty *duty = notice->errand.duty;
    struct standing *s = duty->on_change ? find(duty, notice->key) : NULL;

    errand_tell(&notice->errand);
    if (notice->ends && !notice->failed)
        log_info("condition is over", "condition=%s", notice->key);
    if (s && !notice->moment) {
        s->at_desk = false;
        if (notice->failed) {
            s->phase = notice->begins ? PHASE_WAITING : PHASE_SETTLING;
            s->due_us = clock_mono_us() + AGAIN_US;
        }
        conditions_look(duty);
    }
    errand_end(&notice->errand);
    notice_free(notice);
}

/* Where kengd's own conditions are told. */
static const struct area *root_area(const struct settings *set)
{
    for (size_t i = 0; i < set->area_count; i++)
        if (!set->areas[i].within)
            return &set->areas[i];
    return NULL;
}

static bool send(struct duty *duty, const struct standing *s, bool moment,
                 int64_t once_in_us)
{
    struct notice *notice = xcalloc(1, sizeof *notice);
    const struct camera_settings *camera =
        s->camera ? settings_find_camera(duty->set, s->camera) : NULL;
    const struct area *area = camera ? camera->area : root_area(duty->set);
    int64_t now_us = clock_wall_us();

    snprintf(notice->key, sizeof notice->key, "%s", s->key);
    notice->begins = s->phase == PHASE_STANDING;
    notice->worse = s->worse;
    notice->moment = moment;
    notice->once_in_us = once_in_us;
    notice->event = (struct event_row){
        .kind = EVENT_HEALTH,
        .camera = s->camera ? xstrdup(s->camera) : NULL,
        .area = xstrdup(area ? area->id : ""),
        .start_us = now_us,
        .end_us = moment ? now_us : 0,
        .seen_us = now_us,
        .severity = s->severity,
        .condition = xstrdup(s->key),
    };
    for (int i = 0; i < LANGUAGES; i++)
        notice->event.texts[i] = s->texts[i] ? xstrdup(s->texts[i]) : NULL;
    row_id_new(now_us, notice->event.id);
    if (errand_ask(duty, &notice->errand, notice_job, on_noticed))
        return true;
    notice_free(notice);
    return false;
}

/* ---- on the loop ------------------------------------------------------------------- */

static void move_on(struct duty *duty, struct standing *s, int64_t now_us)
{
    enum phase before = s->phase;

    if (s->phase == PHASE_WAITING)
        s->phase = PHASE_STANDING;
    else if (s->phase == PHASE_SETTLING)
        s->phase = PHASE_WELL;
    if (send(duty, s, false, 0)) {
        s->at_desk = true;
        s->worse = false;
        if (s->phase == PHASE_STANDING)
            log_info("condition lasts", "condition=%s", s->key);
    } else {
        s->phase = before;
        s->due_us = now_us + AGAIN_US;
    }
}

static bool is_waiting(const struct standing *s)
{
    return !s->at_desk && (s->phase == PHASE_WAITING || s->phase == PHASE_SETTLING);
}

void conditions_look(struct duty *duty)
{
    int64_t now_us = clock_mono_us(), next_us = INT64_MAX;

    for (struct standing *s = duty->conditions; s; s = s->next) {
        if (is_waiting(s) && s->due_us <= now_us)
            move_on(duty, s, now_us);
        if (is_waiting(s) && s->due_us < next_us)
            next_us = s->due_us;
    }
    if (!duty->condition_due)
        return;
    if (next_us == INT64_MAX)
        timer_cancel(duty->condition_due);
    else
        timer_after(duty->condition_due, next_us - now_us);
}

void duty_condition_lasts(struct duty *duty, const struct condition *what)
{
    struct standing *s = find_or_add(duty, what->key);
    bool told = s->phase == PHASE_STANDING || s->phase == PHASE_SETTLING;

    if (told && what->severity > s->severity) {
        s->worse = true;
        s->phase = PHASE_WAITING;
        s->due_us = clock_mono_us();
    } else if (s->phase == PHASE_SETTLING) {
        s->phase = PHASE_STANDING;
    } else if (s->phase == PHASE_WELL) {
        s->phase = PHASE_WAITING;
        s->due_us = clock_mono_us() + what->grace_us;
    }
    describe(s, what);
    conditions_look(duty);
}

void duty_condition_over(struct duty *duty, const char *key)
{
    struct standing *s = find(duty, key);
    bool unknown = !s;

    if (unknown)
        s = find_or_add(duty, key);
    /* Of what was told before the start only the catalogue knows. */
    if (unknown || s->phase == PHASE_STANDING || s->worse) {
        s->phase = PHASE_SETTLING;
        s->worse = false;
        s->due_us = clock_mono_us() + duty->set->alerts.health.settle_us;
    } else if (s->phase == PHASE_WAITING) {
        s->phase = PHASE_WELL;
    }
    conditions_look(duty);
}

void duty_tell(struct duty *duty, const struct condition *what)
{
    struct standing once = { .phase = PHASE_STANDING };

    snprintf(once.key, sizeof once.key, "%s", what->key);
    describe(&once, what);
    if (!send(duty, &once, true, what->once_in_us))
        log_warning("notice not stored", "condition=%s", once.key);
    free(once.camera);
    for (int i = 0; i < LANGUAGES; i++)
        free(once.texts[i]);
}

/* ---- cameras that are gone ---------------------------------------------------------- */

static bool end_gone_in(struct errand *errand, struct store *store, void *arg,
                        struct error *err)
{
    struct notice *notice = (struct notice *)errand;
    struct event_list list;
    bool well = events_of_conditions(store, &list, err);

    for (size_t i = 0; well && i < list.count; i++)
        if (list.rows[i].camera &&
            !settings_find_camera(errand->set, list.rows[i].camera))
            well = end_in(notice, store, &list.rows[i], false, err);
    event_list_free(&list);
    return well;
}

static void end_gone_job(struct store *store, void *arg)
{
    struct notice *notice = arg;
    struct error err;

    if (!errand_commit(&notice->errand, store, end_gone_in, NULL, &err))
        log_warning("conditions of removed cameras not ended", "why='%s'", err.text);
}

static void on_gone_ended(void *arg)
{
    struct notice *notice = arg;

    errand_tell(&notice->errand);
    errand_end(&notice->errand);
    free(notice);
}

void conditions_reload(struct duty *duty)
{
    struct notice *notice = xcalloc(1, sizeof *notice);
    struct standing **at = &duty->conditions;

    while (*at) {
        struct standing *s = *at;
        if (s->camera && !settings_find_camera(duty->set, s->camera)) {
            *at = s->next;
            standing_free(s);
        } else {
            at = &s->next;
        }
    }
    if (!errand_ask(duty, &notice->errand, end_gone_job, on_gone_ended))
        free(notice);
}

static void on_due(void *arg)
{
    conditions_look(arg);
}

void conditions_open(struct duty *duty)
{
    duty->condition_due = timer_new(duty->loop, on_due, duty);
    conditions_reload(duty);
}

void conditions_close(struct duty *duty)
{
    timer_free(duty->condition_due);
    duty->condition_due = NULL;
    while (duty->conditions) {
        struct standing *s = duty->conditions;
        duty->conditions = s->next;
        standing_free(s);
    }
}
