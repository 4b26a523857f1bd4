/*
 * Whether a camera is recorded now: within its hours, and, where only events are recorded,
 * around one. What comes meanwhile is kept in memory for some seconds, from a keyframe on,
 * so that a recording begins before the event behind it.
 */
#include <stdlib.h>

#include "core/memory.h"
#include "volume.h"

/* However long a GOP is, no more is kept. */
enum { PRE_BYTES_MAX = 16 << 20 };
/* An event is decided up to a GOP and some seconds after it began: keyframes are looked at, and
 * then what was before them. */
static const int64_t DECIDED_AFTER_US = SECONDS_US(10);
/* An event whose end is never told ends. */
static const int64_t EVENT_MAX_US = SECONDS_US(3600), HOURS_EVERY_US = SECONDS_US(1);

static bool in_hours(struct recorder *rec)
{
    int64_t now_us = clock_mono_us();

    if (rec->hours_count == 0)
        return true;
    if (rec->hours_looked_us == 0 || now_us - rec->hours_looked_us >= HOURS_EVERY_US) {
        rec->hours_looked_us = now_us;
        rec->in_hours = weeks_include(rec->volume->set, rec->hours, rec->hours_count, clock_wall_us());
    }
    return rec->in_hours;
}

static bool is_open(struct recorder *rec)
{
    return in_hours(rec) &&
           (rec->mode != RECORD_EVENTS || clock_mono_us() <= rec->event_until_us);
}

/* What the dropped one knew of a hole is true of the next. */
static void drop_first(struct recorder *rec)
{
    struct waiting *item = rec->pre_first, *next = item->next;

    rec->pre_first = next;
    if (!next)
        rec->pre_last = &rec->pre_first;
    if (next && item->after_break)
        next->after_break = true;
    if (next && item->after_hole && !next->after_hole) {
        next->after_hole = true;
        next->cause = item->cause;
        next->detail = item->detail;
        item->detail = NULL;
    }
    rec->pre_bytes -= item->frag->size;
    waiting_free(item);
}

static bool begins_later(const struct recorder *rec, int64_t from_us)
{
    for (const struct waiting *item = rec->pre_first->next; item; item = item->next)
        if (item->frag->keyframe)
            return item->frag->start_us <= from_us;
    return false;
}

/* Up to the last keyframe that is not after `from_us`. */
static void trim(struct recorder *rec, int64_t from_us)
{
    while (rec->pre_first && (rec->pre_bytes > PRE_BYTES_MAX || begins_later(rec, from_us)))
        do
            drop_first(rec);
        while (rec->pre_first && !rec->pre_first->frag->keyframe);
}

bool gate_holds_back(struct recorder *rec, struct waiting *item)
{
    bool was = rec->gated;

    gate_look(rec);
    if (!rec->gated)
        return false;
    if (!was) { /* it is the first that is not recorded */
        item->after_break = item->after_hole = true;
        item->cause = GAP_RULE;
        rec->broken = false;
    }
    *rec->pre_last = item;
    rec->pre_last = &item->next;
    rec->pre_bytes += item->frag->size;
    if (rec->mode != RECORD_EVENTS || !in_hours(rec))
        gate_forget(rec); /* nothing of it may be recorded later */
    else
        trim(rec, item->frag->start_us + item->frag->duration_us - DECIDED_AFTER_US -
                      rec->volume->before_event_us);
    return true;
}

void gate_forget(struct recorder *rec)
{
    while (rec->pre_first) {
        bool last = rec->pre_first->next == NULL;
        drop_first(rec);
        rec->broken |= last;
    }
}

static void let_in(struct recorder *rec)
{
    if (rec->pre_first) {
        *rec->last = rec->pre_first;
        rec->last = rec->pre_last;
        waiting_count(rec, (int64_t)rec->pre_bytes);
    }
    rec->pre_first = NULL;
    rec->pre_last = &rec->pre_first;
    rec->pre_bytes = 0;
}

void gate_look(struct recorder *rec)
{
    bool gated = rec->active && !is_open(rec);

    if (gated == rec->gated) {
        if (gated && rec->cause == GAP_UNKNOWN)
            recorder_explain(rec, GAP_RULE, NULL);
        return;
    }
    rec->gated = gated;
    if (gated) {
        rec->broken = true;
        recorder_explain(rec, GAP_RULE, NULL);
    } else {
        let_in(rec);
    }
    recorder_pump(rec);
    timeline_look(rec);
}

void recorder_event(struct recorder *rec, int64_t start_us, bool goes_on)
{
    int64_t now_us = clock_wall_us(), until_us =
        clock_mono_us() + (goes_on ? EVENT_MAX_US : rec->volume->after_event_us);

    if (goes_on || rec->event_until_us > until_us)
        rec->event_until_us = until_us;
    if (goes_on && rec->gated)
        trim(rec, (start_us < now_us ? start_us : now_us) - rec->volume->before_event_us);
    gate_look(rec);
}

void gate_open(struct recorder *rec, const struct camera_settings *camera)
{
    rec->mode = camera->record;
    rec->hours = camera->record_hours;
    rec->hours_count = camera->record_hours_count;
    rec->hours_looked_us = rec->event_until_us = 0;
    rec->gated = false;
    rec->pre_last = &rec->pre_first;
}
