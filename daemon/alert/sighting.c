#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "parts.h"
#include "rule.h"

enum {
    /* Events that may wait for a disk that is slow or fails: most of a minute of the worst
     * storm. Their pictures, of perhaps 200 KB, are what takes memory. */
    MOST_WAITING = 4096,
    MOST_PICTURE_BYTES = 32 << 20,
    MOST_TOGETHER = 256, /* so that what waits first is told soon */
    AGAIN_US = 2000000,
    /* A storm on a broken disk is one line now and then, with a count. */
    COMPLAIN_EVERY_US = 10000000,
};

static size_t picture_bytes(const struct step *step)
{
    return step->picture ? step->picture->size : 0;
}

static void steps_add(struct steps *steps, struct step *step)
{
    step->next = NULL;
    *steps->last = step;
    steps->last = &step->next;
    steps->count++;
    steps->picture_bytes += picture_bytes(step);
}

static struct step *steps_take(struct steps *steps)
{
    struct step *step = steps->first;

    if (step) {
        steps->first = step->next;
        if (!steps->first)
            steps->last = &steps->first;
        steps->count--;
        steps->picture_bytes -= picture_bytes(step);
    }
    return step;
}

static void step_free(struct step *step)
{
    event_row_clear(&step->event);
    picture_unref(step->picture);
    free(step);
}

/* One line now and then, however many there are. */
static void complain(struct duty *duty, const char *why)
{
    int64_t now_us = clock_mono_us();

    if (duty->failing && now_us - duty->complained_us < COMPLAIN_EVERY_US)
        return;
    log_error("events are not stored", "waiting=%zu lost=%zu without_picture=%zu why='%s'",
              duty->waiting.count, duty->lost, duty->bare, why);
    duty->complained_us = now_us;
    duty->failing = true;
}

static void drop_beyond(struct duty *duty, size_t most, const char *why)
{
    while (duty->waiting.count > most) {
        step_free(steps_take(&duty->waiting));
        duty->lost++;
        complain(duty, why);
    }
}

static void recover(struct duty *duty)
{
    if (duty->failing)
        log_info("events are stored again", "lost=%zu without_picture=%zu", duty->lost,
                 duty->bare);
    duty->failing = false;
    duty->lost = duty->bare = 0;
}

/* What could not be stored stays, before what came since. */
static void try_again(struct duty *duty, const char *why)
{
    complain(duty, why);
    drop_beyond(duty, MOST_WAITING, why);
    timer_after(duty->again, AGAIN_US);
}

static void store_waiting(struct duty *duty);

/* Puts back what failed, before what came since. */
static void put_back(struct duty *duty, struct steps *failed)
{
    if (!failed->first)
        return;
    *failed->last = duty->waiting.first;
    if (!duty->waiting.first)
        duty->waiting.last = failed->last;
    duty->waiting.first = failed->first;
    duty->waiting.count += failed->count;
    duty->waiting.picture_bytes += failed->picture_bytes;
}

/* Something came meanwhile, and need not wait for what failed. */
static bool has_untried(const struct duty *duty)
{
    for (const struct step *step = duty->waiting.first; step; step = step->next)
        if (!step->was_tried)
            return true;
    return false;
}

static void on_batch_done(void *arg)
{
    struct batch *batch = arg;
    struct duty *duty = batch->errand.duty;
    struct steps failed = { .last = &failed.first };
    struct step *step;

    errand_tell(&batch->errand);
    while ((step = steps_take(&batch->steps)))
        if (step->is_stored)
            step_free(step);
        else
            steps_add(&failed, step);
    put_back(duty, &failed);
    duty->storing = false;
    if (!duty->on_change) {
        drop_beyond(duty, 0, batch->err.text);
    } else if (batch->failed) {
        try_again(duty, batch->err.text);
        if (has_untried(duty))
            store_waiting(duty);
    } else {
        recover(duty);
        store_waiting(duty);
    }
    errand_end(&batch->errand);
    free(batch);
}

/* One commit for many, and one that is refused holds up no other. */
static void send_batch(struct duty *duty, size_t most)
{
    if (!duty->waiting.first)
        return;
    struct batch *batch = xcalloc(1, sizeof *batch);
    batch->steps.last = &batch->steps.first;
    while (duty->waiting.first && batch->steps.count < most)
        steps_add(&batch->steps, steps_take(&duty->waiting));
    if (errand_ask(duty, &batch->errand, batch_store, on_batch_done)) {
        duty->storing = true;
        return;
    }
    put_back(duty, &batch->steps);
    free(batch);
    try_again(duty, _("the catalogue is too slow"));
}

/* After a failure everything is tried, in its order: what failed stands first. */
static void store_waiting(struct duty *duty)
{
    send_batch(duty, duty->failing ? SIZE_MAX : MOST_TOGETHER);
}

static void on_again(void *arg)
{
    struct duty *duty = arg;

    if (!duty->storing)
        store_waiting(duty);
}

/* The newest is done without when there is no room: the oldest alert is told first. */
static void keep_picture(struct duty *duty, struct step *step, const struct picture *picture)
{
    struct steps *steps = &duty->waiting;

    if (steps->picture_bytes - picture_bytes(step) + picture->size > MOST_PICTURE_BYTES) {
        duty->bare++;
        complain(duty, _("more pictures are waiting than fit into memory"));
        return;
    }
    steps->picture_bytes += picture->size - picture_bytes(step);
    picture_unref(step->picture);
    step->picture = picture_ref(picture);
}

static void note(struct duty *duty, const struct event_row *event,
                 const struct picture *picture, struct step what)
{
    struct step *step = duty->waiting.first;

    while (step && strcmp(step->event.id, event->id) != 0)
        step = step->next;
    if (!step) {
        step = xcalloc(1, sizeof *step);
        steps_add(&duty->waiting, step);
    }
    event_row_clear(&step->event);
    step->event = event_row_copy(event);
    if (picture)
        keep_picture(duty, step, picture);
    step->is_new |= what.is_new;
    step->better |= what.better;
    step->ended |= what.ended;
    step->worth_telling |= what.worth_telling;
    drop_beyond(duty, MOST_WAITING, _("more are waiting than fit into memory"));
    if (!duty->storing)
        store_waiting(duty);
}

static struct going_on *find_going_on(struct duty *duty, const char *camera)
{
    for (size_t i = 0; i < duty->going_on_count; i++)
        if (strcmp(duty->going_on[i].event.camera, camera) == 0)
            return &duty->going_on[i];
    return NULL;
}

static void end_event(struct duty *duty, struct going_on *now, int64_t end_us)
{
    struct going_on ended = *now;

    *now = duty->going_on[--duty->going_on_count];
    /* 0 would be an event that goes on. */
    ended.event.end_us =
        end_us > ended.event.start_us ? end_us : ended.event.start_us + 1;
    note(duty, &ended.event, NULL, (struct step){ .ended = true });
    event_row_clear(&ended.event);
}

static void see(struct event_row *event, const struct sighting *seen)
{
    if (seen->at_us > event->seen_us)
        event->seen_us = seen->at_us;
    if (seen->score > event->score)
        event->score = seen->score;
    if (seen->way.count > 0)
        event->way = seen->way;
}

void duty_motion_began(struct duty *duty, const struct sighting *seen,
                       const struct picture *snapshot)
{
    struct going_on *before = find_going_on(duty, seen->camera->id);
    const struct camera_settings *camera =
        settings_find_camera(duty->set, seen->camera->id);
    const struct area *area = (camera ? camera : seen->camera)->area;
    struct event_row event = {
        .kind = EVENT_MOTION,
        .severity = duty->set->alerts.motion_severity,
        .camera = xstrdup(seen->camera->id),
        .area = xstrdup(area->id),
        .start_us = seen->start_us,
        .seen_us = seen->start_us,
        .zone = seen->zone ? xstrdup(seen->zone) : NULL,
    };

    /* Its end was never told: the camera's program ended before it. */
    if (before)
        end_event(duty, before, before->event.seen_us);
    memcpy(event.box, seen->box, sizeof event.box);
    see(&event, seen);
    row_id_new(event.start_us, event.id);
    duty->going_on =
        xrealloc(duty->going_on, (duty->going_on_count + 1) * sizeof *duty->going_on);
    duty->going_on[duty->going_on_count++] =
        (struct going_on){ .number = seen->number, .event = event };
    note(duty, &event, snapshot,
         (struct step){ .is_new = true,
                        .worth_telling = rule_in_hours(duty->set, seen->start_us) });
}

static struct going_on *find_seen(struct duty *duty, const struct sighting *seen)
{
    struct going_on *now = find_going_on(duty, seen->camera->id);

    if (now && now->number == seen->number)
        return now;
    log_debug("motion without a beginning", "camera=%s number=%u", seen->camera->id,
              seen->number);
    return NULL;
}

void duty_motion_better(struct duty *duty, const struct sighting *seen,
                        const struct picture *snapshot)
{
    struct going_on *now = find_seen(duty, seen);

    if (!now)
        return;
    see(&now->event, seen);
    memcpy(now->event.box, seen->box, sizeof now->event.box);
    note(duty, &now->event, snapshot, (struct step){ .better = true });
}

void duty_motion_moved(struct duty *duty, const struct sighting *seen)
{
    struct going_on *now = find_seen(duty, seen);

    if (!now || seen->way.count == 0)
        return;
    now->event.way = seen->way; /* seen_us stays: it names the picture */
    note(duty, &now->event, NULL, (struct step){ .better = true });
}

void duty_motion_ended(struct duty *duty, const struct sighting *seen)
{
    struct going_on *now = find_seen(duty, seen);

    if (!now)
        return;
    see(&now->event, seen);
    end_event(duty, now, seen->at_us);
}

void duty_motion_lost(struct duty *duty, const char *camera)
{
    struct going_on *now = find_going_on(duty, camera);

    if (now)
        end_event(duty, now, now->event.seen_us);
}

void sightings_reload(struct duty *duty)
{
    for (size_t i = duty->going_on_count; i-- > 0;) {
        struct going_on *now = &duty->going_on[i];
        if (!settings_find_camera(duty->set, now->event.camera))
            end_event(duty, now, now->event.seen_us);
    }
}

void sightings_open(struct duty *duty)
{
    duty->waiting.last = &duty->waiting.first;
    duty->again = timer_new(duty->loop, on_again, duty);
}

void sightings_close(struct duty *duty)
{
    send_batch(duty, SIZE_MAX);
    drop_beyond(duty, 0, _("kengd ends"));
    timer_free(duty->again);
    for (size_t i = 0; i < duty->going_on_count; i++)
        event_row_clear(&duty->going_on[i].event);
    free(duty->going_on);
    duty->going_on = NULL;
    duty->going_on_count = 0;
}
