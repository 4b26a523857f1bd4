#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "joining.h"
#include "rule.h"
#include "snapshot.h"

enum { FAILURES_MOST = 64 };

/* An alert without its picture is better than none: a failure is only logged. */
static void write_picture(const struct batch *batch, struct step *step, bool synced)
{
    char name[SNAPSHOT_NAME_MAX];
    struct error err;

    if (!step->picture)
        return;
    if (snapshot_write(batch->errand.set->paths.state, step->event.start_us,
                       step->event.id, step->picture, synced, name, &err)) {
        free(step->event.picture);
        step->event.picture = xstrdup(name);
    } else {
        log_error("picture not stored", "camera=%s event=%s why='%s'", step->event.camera,
                  step->event.id, err.text);
    }
}

static bool store_new(struct batch *batch, struct store *store, struct step *step,
                      struct error *err)
{
    const struct settings *set = batch->errand.set;
    const struct camera_settings *camera = settings_find_camera(set, step->event.camera);
    struct joining running = { 0 };

    if (step->worth_telling && camera &&
        !joining_find(store, set, camera, clock_wall_us(), &running, err))
        return false;
    write_picture(batch, step, step->worth_telling && !running.found);
    bool well = event_insert(store, &step->event, err);
    if (well && running.found) {
        joining_count(&running.alert, step->event.camera);
        well = alert_update(store, &running.alert, err);
        if (well)
            errand_changed(&batch->errand, &running.alert, false);
    } else if (well && step->worth_telling) {
        struct new_alert what = { .event = &step->event, .escalates = true };
        well = errand_raise(&batch->errand, store, &what, err);
    }
    alert_row_clear(&running.alert);
    return well;
}

static bool store_rest(struct batch *batch, struct store *store, struct step *step,
                       struct error *err)
{
    const struct event_row *event = &step->event;
    struct alert_row alert;
    bool found;

    if (step->better) {
        write_picture(batch, step, true);
        if (!event_better(store, event, err))
            return false;
    }
    if (step->ended && !event_end(store, event, err))
        return false;
    if (!alert_of_event(store, event->id, &alert, &found, err))
        return false;
    if (found)
        errand_changed(&batch->errand, &alert, false);
    return true;
}

/* A commit that failed at the very end may have been done all the same. */
static bool was_stored(struct batch *batch, struct store *store, const struct step *step,
                       bool *stored, struct error *err)
{
    struct event_row event;
    struct alert_row alert;
    bool found;

    *stored = false;
    if (!step->was_tried)
        return true;
    if (!event_get(store, step->event.id, &event, stored, err))
        return false;
    event_row_clear(&event);
    if (!*stored)
        return true;
    if (!alert_of_event(store, step->event.id, &alert, &found, err))
        return false;
    if (found)
        errand_changed(&batch->errand, &alert, true);
    return true;
}

static bool store_step(struct errand *errand, struct store *store, void *arg,
                       struct error *err)
{
    struct batch *batch = (struct batch *)errand;
    struct step *step = arg;
    bool stored = false;

    if (step->is_new && !was_stored(batch, store, step, &stored, err))
        return false;
    if (step->is_new && !stored)
        return store_new(batch, store, step, err);
    return store_rest(batch, store, step, err);
}

static bool store_all(struct errand *errand, struct store *store, void *arg,
                      struct error *err)
{
    struct batch *batch = arg;

    for (struct step *step = batch->steps.first; step; step = step->next)
        if (!store_step(errand, store, step, err))
            return false;
    return true;
}

/* After an earlier step of the same event that failed, a later one would be lost. */
static bool is_behind_failed(const struct batch *batch, const struct step *step)
{
    for (const struct step *s = batch->steps.first; s != step; s = s->next)
        if (!s->is_stored && strcmp(s->event.id, step->event.id) == 0)
            return true;
    return false;
}

/* All in one transaction; if that fails, one by one, so that a bad one holds up no other:
 * until it is clear that it is not theirs. */
void batch_store(struct store *store, void *arg)
{
    struct batch *batch = arg;
    struct error err;
    bool well = errand_commit(&batch->errand, store, store_all, batch, &err);
    int in_a_row = 0;

    for (struct step *step = batch->steps.first; step; step = step->next) {
        step->was_tried = true;
        step->is_stored = well;
        if (!well && in_a_row < FAILURES_MOST && !is_behind_failed(batch, step))
            step->is_stored =
                errand_commit(&batch->errand, store, store_step, step, &batch->err);
        in_a_row = step->is_stored ? 0 : in_a_row + 1;
        batch->failed |= !step->is_stored;
    }
}
