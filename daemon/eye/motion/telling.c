#include "telling.h"

#include <string.h>

#include "zones.h"

enum { PORTRAIT_LOOKS = 2 }; /* from here on a trail may be worth a picture */

void telling_open(struct telling *t)
{
    t->events.zone = -1;
    t->maker = picture_maker_new();
}

void telling_close(struct telling *t)
{
    portrait_drop(&t->portrait);
    picture_maker_free(t->maker);
    bytes_free(&t->jpeg);
}

bool telling_draw(struct telling *t, const AVFrame *picture, int size[2])
{
    int width = t->setup->jpeg_width > 0 ? t->setup->jpeg_width : t->set->picture_width;

    return picture_make(t->maker, t->setup, picture, width, (size_t)t->set->picture_bytes,
                        &t->jpeg, size);
}

static void report(struct telling *t, int phase, const struct portrait *portrait)
{
    const struct events *e = &t->events;
    int64_t wall_us = t->time->wall_us;
    int size[2];
    struct motion_event event = {
        .phase = phase,
        .number = e->number,
        .start_us = e->start_us + wall_us,
        .at_us = e->last_us + wall_us,
        .decided_us = t->time->newest_us + wall_us,
        .score = e->score,
        .way = t->way,
    };

    if (e->zone >= 0)
        memcpy(event.zone, t->setup->zones[e->zone].id, sizeof event.zone);
    event.zone[sizeof event.zone - 1] = '\0';
    if (portrait) {
        event.at_us = portrait->at_us + wall_us;
        memcpy(event.box, portrait->box, sizeof event.box);
        if (telling_draw(t, portrait->picture, size)) {
            event.jpeg = t->jpeg.at;
            event.jpeg_size = t->jpeg.size;
        }
    }
    t->listener->on_event(t->arg, &event);
}

/* ---- a picture was looked at -------------------------------------------------------- */

/* The trail that will most likely be confirmed next, or that the event is about. */
static const struct trail *to_portray(const struct telling *t, const struct trails *trails,
                                      int64_t at_us)
{
    const struct trail *found = NULL;

    for (int k = 0; k < TRAILS_MAX; k++) {
        const struct trail *trail = &trails->at[k];
        if (!trail->used || trail->last_us != at_us)
            continue;
        if (t->events.open ? trail->id == t->sent.trail
                           : trail->looks >= PORTRAIT_LOOKS &&
                                 (!found || trail->looks > found->looks))
            found = trail;
    }
    return found;
}

static void portray(struct telling *t, const struct analysis *analysis,
                    const AVFrame *picture, int64_t at_us)
{
    if (t->events.open && at_us > t->better_until_us)
        return;
    const struct trail *trail = to_portray(t, analysis_trails(analysis), at_us);
    if (trail)
        portrait_consider(&t->portrait, picture, analysis_grid(analysis), trail, at_us);
}

/* What was sent stays as a measure, its picture need not. */
static void remember_sent(struct telling *t)
{
    t->sent = t->portrait;
    t->sent.picture = NULL;
    portrait_drop(&t->portrait);
}

static void begin(struct telling *t, const struct grid *grid, const AVFrame *picture,
                  const struct trail *trail, int64_t at_us)
{
    portrait_consider(&t->portrait, picture, grid, trail, at_us);
    t->rang = trail->id;
    t->way = trail->way;
    report(t, MOTION_PHASE_BEGAN, &t->portrait);
    remember_sent(t);
    t->better_until_us = at_us + t->set->better_us;
    t->moved_us = t->time->newest_us;
}

bool telling_see(struct telling *t, const struct analysis *analysis, const AVFrame *picture,
                 int64_t at_us)
{
    const struct trails *trails = analysis_trails(analysis);
    bool any = false;

    portray(t, analysis, picture, at_us);
    for (int k = 0; k < TRAILS_MAX; k++) {
        const struct trail *trail = &trails->at[k];
        int zone;
        if (!trail->used || !trail->confirmed || trail->last_us != at_us)
            continue;
        any = true;
        if (trail->id == t->rang)
            t->way = trail->way;
        if (!zones_count(t->setup, t->set, trail, &zone))
            continue;
        int score = analysis_score(analysis, trail, zone);
        if (events_see(&t->events, trail->first_us, at_us, score, zone) == EVENTS_BEGAN)
            begin(t, analysis_grid(analysis), picture, trail, at_us);
    }
    return any;
}

/* ---- time goes on ------------------------------------------------------------------- */

/* The event's trail was portrayed for long enough; or the event is over. */
static void finish_portrait(struct telling *t)
{
    if (!t->sent.trail || (t->events.open && t->time->newest_us <= t->better_until_us))
        return;
    if (t->events.open && portrait_is_better(t->set, &t->portrait, &t->sent))
        report(t, MOTION_PHASE_BETTER, &t->portrait);
    telling_forget_portrait(t);
    t->sent.trail = 0;
}

/* Who has the event open sees its way grow. */
static void tell_way(struct telling *t)
{
    const struct events *e = &t->events;

    if (!e->open || t->time->newest_us - t->moved_us < t->set->moved_us ||
        e->last_us < t->moved_us)
        return;
    t->moved_us = t->time->newest_us;
    report(t, MOTION_PHASE_MOVED, NULL);
}

/* First sight of the trail that may be confirmed next; INT64_MAX: there is none. */
static int64_t coming_us(const struct telling *t, const struct analysis *analysis)
{
    int64_t first_us = INT64_MAX;

    if (!analysis)
        return first_us;
    const struct trails *trails = analysis_trails(analysis);
    for (int k = 0; k < TRAILS_MAX; k++) {
        const struct trail *trail = &trails->at[k];
        if (trail->used && trail->looks >= PORTRAIT_LOOKS && trail->first_us < first_us &&
            t->time->newest_us - trail->last_us <= t->set->lost_us)
            first_us = trail->first_us;
    }
    return first_us;
}

void telling_go_on(struct telling *t, const struct analysis *analysis)
{
    finish_portrait(t);
    tell_way(t);
    if (events_wait(&t->events, t->set->merge_us, t->time->newest_us,
                    coming_us(t, analysis)) == EVENTS_ENDED) {
        report(t, MOTION_PHASE_ENDED, NULL);
        finish_portrait(t);
    }
}

void telling_forget_portrait(struct telling *t)
{
    portrait_drop(&t->portrait);
}

void telling_end(struct telling *t)
{
    telling_forget_portrait(t);
    t->sent.trail = 0;
    if (events_break(&t->events) == EVENTS_ENDED)
        report(t, MOTION_PHASE_ENDED, NULL);
}
