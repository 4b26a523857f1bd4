#include <stdlib.h>
#include <string.h>

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

bool errand_deliver(struct errand *errand, struct store *store,
                    const struct alert_row *alert, int over, int64_t now_us,
                    struct error *err)
{
    struct recipients to =
        rule_recipients(errand->set, alert->event.area, over, alert->rank);
    bool well = true;

    for (size_t i = 0; well && i < to.count; i++) {
        struct delivery_row row = { .recipient = to.list[i].name,
                                    .channel = (char *)"page",
                                    .camera = alert->event.camera,
                                    .state = DELIVERY_WAITING,
                                    .made_us = now_us,
                                    .at_us = now_us };
        memcpy(row.alert, alert->id, sizeof row.alert);
        well = delivery_insert(store, &row, err);
    }
    free(to.list);
    return well;
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
        if (strcmp(told->what, "raised") != 0 || strcmp(told->channel, "page") == 0)
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
    struct alert_row alert = { .event = event_row_copy(what->event),
                               .raised_us = now_us,
                               .state = ALERT_OPEN,
                               .rank = what->up_to };

    if (what->is_closed) {
        alert.state = ALERT_RESOLVED;
        alert.closed_by = xstrdup("kengd");
        alert.closed_us = now_us;
    }
    row_id_new(now_us, alert.id);
    if (what->escalates && rule_next_rank(set, alert.event.area, alert.rank) > 0)
        alert.escalate_us = now_us + set->alerts.escalate_us;
    bool well = alert_insert(store, &alert, err) &&
                errand_deliver(errand, store, &alert, 0, now_us, err);
    if (well)
        errand_changed(errand, &alert, true);
    alert_row_clear(&alert);
    return well;
}
