#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "parts.h"
#include "rule.h"

bool errand_ask(struct duty *duty, struct errand *errand, desk_fn *job, call_fn *done)
{
    errand->duty = duty;
    errand->set = settings_ref(duty->set);
    duty->errands++;
    if (desk_ask(duty->desk, job, done, errand))
        return true;
    duty->errands--;
    settings_unref(errand->set);
    errand->set = NULL;
    return false;
}

/* Those from `first` on never happened. */
static void forget_changes(struct errand *errand, size_t first)
{
    while (errand->change_count > first)
        alert_row_clear(&errand->changes[--errand->change_count].alert);
}

void errand_tell(struct errand *errand)
{
    struct duty *duty = errand->duty;

    for (size_t i = 0; duty->on_change && i < errand->change_count; i++)
        duty->on_change(duty->arg, &errand->changes[i].alert, errand->changes[i].is_new);
    if (errand->knows_due)
        escalate_set(duty, errand->due_us);
    if (errand->change_count > 0)
        outbox_poke(duty->outbox);
}

void errand_end(struct errand *errand)
{
    struct duty *duty = errand->duty;

    forget_changes(errand, 0);
    free(errand->changes);
    settings_unref(errand->set);
    duty->errands--;
    duty_let_go(duty);
}

bool errand_commit(struct errand *errand, struct store *store, work_fn *work, void *arg,
                   struct error *err)
{
    errand->settled = errand->change_count;
    if (!store_begin(store, err))
        return false;
    if (work(errand, store, arg, err) && alerts_next_due(store, &errand->due_us, err)) {
        if (store_commit(store, err)) {
            errand->knows_due = true;
            return true;
        }
    } else {
        store_rollback(store);
    }
    errand->knows_due = false;
    forget_changes(errand, errand->settled);
    return false;
}

void errand_changed(struct errand *errand, struct alert_row *alert, bool is_new)
{
    for (size_t i = errand->settled; i < errand->change_count; i++)
        if (strcmp(errand->changes[i].alert.id, alert->id) == 0) {
            alert_row_clear(&errand->changes[i].alert);
            errand->changes[i].alert = *alert;
            *alert = (struct alert_row){ 0 };
            return;
        }
    errand->changes =
        xrealloc(errand->changes, (errand->change_count + 1) * sizeof *errand->changes);
    errand->changes[errand->change_count++] =
        (struct news){ .alert = *alert, .is_new = is_new };
    *alert = (struct alert_row){ 0 };
}

bool situation_read(struct situation *situation, const struct settings *set,
                    struct store *store, const struct event_row *event, struct error *err)
{
    int64_t now_us = clock_wall_us();

    *situation = (struct situation){
        .what = { .set = set,
                  .area = settings_find_area(set, event->area),
                  .camera = event->camera,
                  .kind = event->kind,
                  .severity = event->severity,
                  .at_us = now_us },
    };
    if (!mutes_at(store, now_us, &situation->mutes, err))
        return false;
    situation->what.mutes = &situation->mutes;
    return true;
}

void situation_clear(struct situation *situation)
{
    mute_list_free(&situation->mutes);
}

/* Pages see every change as it is; who is woken by a message gets another one. */
bool errand_follow_up(struct errand *errand, struct store *store,
                      const struct alert_row *alert, const char *what, struct error *err)
{
    int64_t now_us = clock_wall_us();
    struct delivery_list list;
    bool well = deliveries_of(store, alert->id, &list, err);

    for (size_t i = 0; well && i < list.count; i++) {
        struct delivery_row *told = &list.rows[i];
        const struct channel_kind *kind = channel_find(told->channel);
        if (strcmp(told->what, "raised") != 0 || !kind ||
            (!kind->follows && strcmp(what, "back") != 0))
            continue;
        struct delivery_row row = *told;
        row.what = (char *)what;
        row.state = DELIVERY_WAITING;
        row.tries = 0;
        row.made_us = row.at_us = now_us;
        row.due_us = 0;
        well = delivery_insert(store, &row, err);
    }
    delivery_list_free(&list);
    return well;
}

bool errand_raise(struct errand *errand, struct store *store,
                  const struct new_alert *what, struct error *err)
{
    const struct settings *set = errand->set;
    int64_t now_us = clock_wall_us();
    struct situation now;
    struct alert_row alert = { .event = event_row_copy(what->event),
                               .raised_us = now_us,
                               .state = ALERT_OPEN };

    if (!situation_read(&now, set, store, what->event, err)) {
        alert_row_clear(&alert);
        return false;
    }
    alert.rank = what->everybody ? rule_last_rank(&now.what) : rule_next_rank(&now.what, 0);

    if (what->is_closed) {
        alert.state = ALERT_RESOLVED;
        alert.closed_by = xstrdup("kengd");
        alert.closed_us = now_us;
    }
    row_id_new(now_us, alert.id);
    if (what->escalates && rule_next_rank(&now.what, alert.rank) > 0)
        alert.escalate_us = now_us + set->alerts.escalate_us;
    bool well = alert_insert(store, &alert, err) &&
                errand_deliver(errand, store, &alert, &now.what, 0, what, err);
    situation_clear(&now);
    if (well)
        errand_changed(errand, &alert, true);
    alert_row_clear(&alert);
    return well;
}
