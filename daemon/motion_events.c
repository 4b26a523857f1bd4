#include "motion_events.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "verdict.h"

/* A picture that is older does not show what the camera saw. */
#define PICTURE_AGE_US SECONDS_US(2)
#define PICTURE_WAIT_US SECONDS_US(2)

struct motion_events {
    struct duty *duty;
    const struct camera_settings *camera;
    struct motion_events_hooks hooks;
    struct verdict verdict;
    uint32_t number; /* of the event that goes on, or the last */

    /* What our detector said last, for an event that begins by another's word */
    struct motion_report held;
    const struct picture *held_picture;
    struct way way; /* of the event that goes on */

    /* An event that waits for its picture */
    bool waits, ended; /* ended: meanwhile */
    int64_t start_us, end_us;
    struct timer *patience;
};

static struct sighting sighting_of(const struct motion_events *m,
                                   const struct motion_report *report)
{
    struct sighting seen = { .camera = m->camera,
                             .number = m->number,
                             .start_us = report->start_us,
                             .at_us = report->at_us,
                             .score = report->score,
                             .zone = report->zone[0] ? report->zone : NULL,
                             .way = report->way };

    memcpy(seen.box, report->box, sizeof seen.box);
    return seen;
}

static void hold(struct motion_events *m, const struct motion_report *report,
                 const struct picture *snapshot)
{
    int64_t start_us = m->held.start_us;

    m->held = *report;
    if (report->phase != MOTION_BEGAN && start_us)
        m->held.start_us = start_us;
    if (!snapshot)
        return;
    picture_unref(m->held_picture);
    m->held_picture = picture_ref(snapshot);
}

/* ---- events by the camera's word alone ---------------------------------------------- */

static struct motion_report report_at(int64_t start_us, int64_t at_us)
{
    return (struct motion_report){ .start_us = start_us, .at_us = at_us };
}

static void end_event(struct motion_events *m, int64_t end_us)
{
    struct motion_report report = report_at(m->start_us, end_us);

    report.way = m->way;
    struct sighting seen = sighting_of(m, &report);

    duty_motion_ended(m->duty, &seen);
}

static void begin_waiting_event(struct motion_events *m, const struct picture *picture)
{
    struct motion_report report =
        report_at(m->start_us, picture ? picture->at_us : m->start_us);

    if (!m->waits)
        return;
    m->waits = false;
    timer_cancel(m->patience);
    m->hooks.want(m->hooks.arg, false);
    m->number++;
    m->way.count = 0;
    struct sighting seen = sighting_of(m, &report);
    duty_motion_began(m->duty, &seen, picture);
    if (m->ended)
        end_event(m, m->end_us);
}

static void on_patience(void *arg)
{
    struct motion_events *m = arg;

    begin_waiting_event(m, m->hooks.latest(m->hooks.arg));
}

static void begin_by_camera(struct motion_events *m)
{
    const struct picture *latest = m->hooks.latest(m->hooks.arg);
    int64_t now = clock_wall_us();

    m->waits = true;
    m->ended = false;
    m->start_us = now;
    if (latest && latest->at_us > now - PICTURE_AGE_US) {
        begin_waiting_event(m, latest);
        return;
    }
    timer_after(m->patience, PICTURE_WAIT_US);
    m->hooks.want(m->hooks.arg, true);
}

void motion_events_picture(struct motion_events *m, const struct picture *picture)
{
    begin_waiting_event(m, picture);
}

/* ---- both watchers ------------------------------------------------------------------ */

static void begin_by_own(struct motion_events *m)
{
    m->number++;
    m->start_us = m->held.start_us;
    m->way = m->held.way;
    struct sighting seen = sighting_of(m, &m->held);
    duty_motion_began(m->duty, &seen, m->held_picture);
}

static void follow(struct motion_events *m, enum verdict_step step)
{
    if (step == VERDICT_BEGINS) {
        bool own = m->held.start_us && verdict_own_is_fresh(&m->verdict, clock_mono_us());
        /* One that still waits for its picture has ended, and does not wait longer. */
        begin_waiting_event(m, NULL);
        if (own && m->verdict.source != MOTION_SOURCE_CAMERA)
            begin_by_own(m);
        else
            begin_by_camera(m);
    } else if (step == VERDICT_ENDS && m->waits) {
        m->ended = true;
        m->end_us = clock_wall_us();
    } else if (step == VERDICT_ENDS) {
        end_event(m, clock_wall_us());
    }
}

/* Of an event that waits for a picture, this is it. */
static void add_own(struct motion_events *m, const struct motion_report *report,
                    const struct picture *snapshot)
{
    if (m->waits) {
        begin_waiting_event(m, snapshot);
    } else if (m->verdict.open) {
        struct sighting seen = sighting_of(m, report);
        duty_motion_better(m->duty, &seen, snapshot);
    }
}

/* An event that waits for its picture goes on waiting. */
static void own_moved(struct motion_events *m, const struct motion_report *report)
{
    struct sighting seen;

    m->held.way = report->way;
    if (!m->verdict.open || m->waits)
        return;
    m->way = report->way;
    seen = sighting_of(m, report);
    duty_motion_moved(m->duty, &seen);
}

void motion_events_own(struct motion_events *m, const struct motion_report *report,
                       const struct picture *snapshot)
{
    bool was_open = m->verdict.open;

    if (report->phase == MOTION_MOVED) {
        own_moved(m, report);
        return;
    }

    if (report->phase != MOTION_ENDED)
        hold(m, report, snapshot);
    if (was_open)
        m->way = report->way;
    enum verdict_step step =
        verdict_own(&m->verdict, report->phase != MOTION_ENDED, clock_mono_us());
    if (step == VERDICT_ENDS && !m->waits) {
        end_event(m, report->at_us);
        return;
    }
    follow(m, step);
    if (was_open && report->phase != MOTION_ENDED && m->verdict.open)
        add_own(m, report, snapshot);
}

void motion_events_camera(struct motion_events *m, bool sees)
{
    follow(m, verdict_camera(&m->verdict, sees, clock_mono_us()));
}

void motion_events_heard(struct motion_events *m, bool heard)
{
    follow(m, verdict_heard(&m->verdict, heard, clock_mono_us()));
}

void motion_events_lost(struct motion_events *m)
{
    begin_waiting_event(m, m->hooks.latest(m->hooks.arg));
    verdict_own(&m->verdict, false, clock_mono_us());
    m->verdict.open = false;
    m->held.start_us = 0;
    duty_motion_lost(m->duty, m->camera->id);
}

/* ---- life --------------------------------------------------------------------------- */

static enum motion_source source_of(const struct camera_settings *camera)
{
    return camera->motion.on ? camera->motion.source : MOTION_SOURCE_OWN;
}

struct motion_events *motion_events_new(struct loop *loop, struct duty *duty,
                                        const struct camera_settings *camera,
                                        const struct motion_events_hooks *hooks)
{
    struct motion_events *m = xcalloc(1, sizeof *m);

    m->duty = duty;
    m->camera = camera;
    m->hooks = *hooks;
    m->patience = timer_new(loop, on_patience, m);
    verdict_begin(&m->verdict, source_of(camera));
    return m;
}

void motion_events_free(struct motion_events *m)
{
    if (!m)
        return;
    begin_waiting_event(m, NULL);
    timer_free(m->patience);
    picture_unref(m->held_picture);
    free(m);
}

void motion_events_keep(struct motion_events *m, const struct camera_settings *camera)
{
    m->camera = camera;
    if (source_of(camera) == m->verdict.source)
        return;
    motion_events_lost(m); /* whose word began it may count no longer */
    verdict_begin(&m->verdict, source_of(camera));
}
