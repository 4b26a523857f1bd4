/* What lasts, and that it is over, as rows: the desk's half of condition.c. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "gone.h"
#include "notice.h"

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

void notice_job(struct store *store, void *arg)
{
    struct notice *notice = arg;
    struct error err;

    notice->failed = !errand_commit(&notice->errand, store, notice_in, notice, &err);
    if (notice->failed)
        log_error("condition not stored", "condition=%s why='%s'", notice->key, err.text);
}

void notice_free(struct notice *notice)
{
    event_row_clear(&notice->event);
    free(notice);
}

/* ---- what is gone from the configuration --------------------------------------- */

static bool end_gone_in(struct errand *errand, struct store *store, void *arg,
                        struct error *err)
{
    struct notice *notice = (struct notice *)errand;
    struct event_list list;
    bool well = events_of_conditions(store, &list, err);

    for (size_t i = 0; well && i < list.count; i++) {
        const struct event_row *row = &list.rows[i];
        if (row->camera ? !settings_find_camera(errand->set, row->camera)
                        : !settings_find_area(errand->set, row->area) ||
                              is_of_what_is_gone(errand->set, row->condition))
            well = end_in(notice, store, row, false, err);
    }
    event_list_free(&list);
    return well;
}

void notice_end_gone_job(struct store *store, void *arg)
{
    struct notice *notice = arg;
    struct error err;

    if (!errand_commit(&notice->errand, store, end_gone_in, NULL, &err))
        log_warning("conditions of what was removed not ended", "why='%s'", err.text);
}
