#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "parts.h"
#include "rule.h"

enum {
    /* The wall clock may be set meanwhile: it is looked at again after so long. */
    LONGEST_WAIT_US = 30000000,
    AGAIN_US = 5000000,
};

struct look {
    struct errand errand; /* first */
    bool failed;
};

/* To the people of the next rank of which somebody is told now; after the last it stays
 * open, and is passed on no more. */
static bool pass_on(struct errand *errand, struct store *store, struct alert_row *alert,
                    int64_t now_us, struct error *err)
{
    struct situation now;
    bool well = situation_read(&now, errand->set, store, &alert->event, err);
    int over = alert->rank, next = well ? rule_next_rank(&now.what, over) : 0;

    alert->escalate_us = 0;
    if (next > 0) {
        alert->rank = next;
        if (rule_next_rank(&now.what, next) > 0)
            alert->escalate_us = now_us + errand->set->alerts.escalate_us;
        well = errand_deliver(errand, store, alert, &now.what, over, NULL, err);
    }
    situation_clear(&now);
    if (!well || !alert_update(store, alert, err))
        return false;
    log_info("alert passed on", "alert=%s rank=%d", alert->id, alert->rank);
    errand_changed(errand, alert, false);
    return true;
}

static bool look_in(struct errand *errand, struct store *store, void *arg,
                    struct error *err)
{
    int64_t now_us = clock_wall_us();
    struct alert_list list;

    if (!alerts_hasten(store, now_us + errand->set->alerts.escalate_us, err) ||
        !alerts_due(store, now_us, &list, err))
        return false;
    bool well = true;
    for (size_t i = 0; well && i < list.count; i++)
        well = pass_on(errand, store, &list.rows[i], now_us, err);
    alert_list_free(&list);
    return well;
}

static void look_job(struct store *store, void *arg)
{
    struct look *look = arg;
    struct error err;

    if (errand_commit(&look->errand, store, look_in, look, &err))
        return;
    look->failed = true;
    log_error("alerts not passed on", "why='%s'", err.text);
}

static void on_look_done(void *arg)
{
    struct look *look = arg;
    struct duty *duty = look->errand.duty;

    errand_tell(&look->errand);
    if (look->failed && duty->due)
        timer_after(duty->due, AGAIN_US);
    errand_end(&look->errand);
    free(look);
}

void escalate_look(struct duty *duty)
{
    struct look *look = xcalloc(1, sizeof *look);

    if (errand_ask(duty, &look->errand, look_job, on_look_done))
        return;
    free(look);
    timer_after(duty->due, AGAIN_US);
}

void escalate_set(struct duty *duty, int64_t due_us)
{
    if (!duty->due)
        return;
    if (due_us == 0) {
        timer_cancel(duty->due);
        return;
    }
    int64_t wait_us = due_us - clock_wall_us();
    timer_after(duty->due, wait_us < LONGEST_WAIT_US ? wait_us : LONGEST_WAIT_US);
}
