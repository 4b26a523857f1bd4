#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/explain.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "joining.h"
#include "parts.h"
#include "rule.h"

static const struct {
    const char *word, *sentence;
} whys[WHYS] = {
    [WHY_TOLD] = { "told", N_("is told") },
    [WHY_NOBODY_ELSE] = { "nobody_else", N_("is told although off duty: nobody is on duty") },
    [WHY_LATER] = { "later", N_("is told later, when nobody before has answered") },
    [WHY_EARLIER] = { "earlier", N_("was told before, with a lower rank") },
    [WHY_AREA] = { "area", N_("is not told: looks after other areas") },
    [WHY_SEVERITY] = { "severity", N_("is not told: wants only what is more severe") },
    [WHY_OFF_DUTY] = { "off_duty", N_("is not told: off duty") },
    [WHY_QUIET] = { "quiet", N_("is not told: own quiet hours") },
    [WHY_QUIET_AREA] = { "quiet_area", N_("is not told: quiet hours of the area") },
    [WHY_MUTED] = { "muted", N_("is not told: muted by %s until %02d:%02d") },
};

const char *why_word(enum why why)
{
    return whys[why].word;
}

char *why_text(const struct settings *set, const struct verdict *verdict)
{
    int64_t day;
    int minute;

    if (verdict->why != WHY_MUTED)
        return xstrdup(_(whys[verdict->why].sentence));
    settings_local_time(set, verdict->until_us, &day, &minute);
    return xformat(_("is not told: muted by %s until %02d:%02d"), verdict->by,
                   minute / 60, minute % 60);
}

struct asked {
    struct errand errand; /* first */
    struct explain_question question;
    struct explanation answer;
    struct mute_list mutes;
    explain_fn *done;
    void *arg;
};

static void decide(struct asked *asked, struct occasion *what, int reached)
{
    struct explanation *answer = &asked->answer;
    const struct settings *set = what->set;

    what->mutes = &asked->mutes;
    answer->found = what->area != NULL;
    answer->set = set;
    answer->at_us = what->at_us;
    answer->in_hours = what->kind != EVENT_MOTION || rule_in_hours(set, what->at_us);
    answer->rank = reached ? reached : rule_next_rank(what, 0);
    answer->count = set->person_count;
    answer->list = xcalloc(set->person_count + 1, sizeof *answer->list);
    rule_decide(what, 0, answer->rank, answer->list);
}

/* Whether motion then would make an alert of its own. */
static bool ask_joining(struct asked *asked, struct store *store,
                        const struct occasion *what, struct error *err)
{
    struct explanation *answer = &asked->answer;
    const struct camera_settings *camera =
        what->camera ? settings_find_camera(what->set, what->camera) : NULL;
    struct joining joining = { 0 };

    if (!camera || what->kind != EVENT_MOTION)
        return true;
    answer->grouping = settings_grouping(what->set, camera);
    if (*asked->question.alert)
        return true;
    if (!joining_find(store, what->set, camera, what->at_us, &joining, err))
        return false;
    if (joining.found) {
        snprintf(answer->joins.alert, sizeof answer->joins.alert, "%s", joining.alert.id);
        answer->joins.camera = xstrdup(joining.alert.event.camera);
        answer->joins.until_us = joining.until_us;
    }
    alert_row_clear(&joining.alert);
    return true;
}

static bool explain_in(struct errand *errand, struct store *store, void *arg,
                       struct error *err)
{
    struct asked *asked = arg;
    const struct explain_question *q = &asked->question;
    struct occasion what = { .set = errand->set,
                             .kind = EVENT_MOTION,
                             .severity = q->severity,
                             .at_us = q->at_us };
    struct alert_row alert = { 0 };
    bool found = false;

    if (*q->alert) {
        if (!alert_get(store, q->alert, &alert, &found, err))
            return false;
        if (!found)
            return true;
        what.area = settings_find_area(errand->set, alert.event.area);
        what.camera = alert.event.camera;
        what.kind = alert.event.kind;
        what.severity = alert.event.severity;
        what.at_us = alert.raised_us;
    } else {
        const struct camera_settings *camera = settings_find_camera(errand->set, q->camera);
        what.area = camera ? camera->area : NULL;
        what.camera = q->camera;
    }
    bool well = mutes_at(store, what.at_us, &asked->mutes, err) &&
                (!*q->alert || deliveries_of(store, q->alert, &asked->answer.deliveries, err));
    well = well && ask_joining(asked, store, &what, err);
    if (well && what.area)
        decide(asked, &what, *q->alert ? alert.rank : 0);
    alert_row_clear(&alert);
    return well;
}

static void explain_job(struct store *store, void *arg)
{
    struct asked *asked = arg;

    errand_commit(&asked->errand, store, explain_in, asked, &asked->answer.err);
}

static void asked_free(struct asked *asked)
{
    free(asked->answer.list);
    free(asked->answer.joins.camera);
    delivery_list_free(&asked->answer.deliveries);
    mute_list_free(&asked->mutes);
    free(asked);
}

static void on_explained(void *arg)
{
    struct asked *asked = arg;

    errand_tell(&asked->errand);
    asked->done(asked->arg, &asked->answer);
    errand_end(&asked->errand);
    asked_free(asked);
}

static void on_refused(void *arg)
{
    struct asked *asked = arg;

    asked->done(asked->arg, &asked->answer);
    asked_free(asked);
}

void duty_explain(struct duty *duty, const struct explain_question *question,
                  explain_fn *done, void *arg)
{
    struct asked *asked = xcalloc(1, sizeof *asked);

    asked->question = *question;
    asked->done = done;
    asked->arg = arg;
    if (errand_ask(duty, &asked->errand, explain_job, on_explained))
        return;
    error_set(&asked->answer.err, ERR_BUSY,
              _("the catalogue is too slow just now; please try again"));
    loop_post(duty->loop, on_refused, asked);
}
