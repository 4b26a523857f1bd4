#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

/* A stamp may lie this much ahead of what the monotonic clock explains, and this much
 * behind the one before it: congested cameras send in bursts, B-frames and sloppy ones
 * step back. */
enum { AHEAD_MAX_S = 2, BACK_MAX_S = 1 };

/* The least delay of a window stands for all of it: later arrivals are jitter. */
enum { WINDOW_S = 10 };

/* Video: further off than this for a whole window is no jitter of a line but another
 * clock. Audio is set right as soon as lips and words would part. */
enum {
    OFF_MAX_MS = 5000,
    FOLLOW_MAX_MS = 200,
    ADVICE_MAX_MS = 200,
    ADVICE_BELIEVED_MS = 1000
};

enum { SLEW_DIVISOR = 200 }; /* 0.5 % */

/* A rate this wrong in two windows alike is a wrong clock rate in the SDP. Once such a
 * rate is being made up for, less is enough to do it better: more than slewing can
 * follow. */
static const double wrong_rate = 0.02, inexact_rate = 0.004, rate_alike = 0.25;
static const double stands_still = 0.999;

static int64_t millis(const struct timeline *t, int ms)
{
    return (int64_t)t->clock * ms / 1000;
}

static int64_t arrival(const struct timeline *t, int64_t us)
{
    int64_t passed = us - t->begin_us;

    return t->begin + passed / 1000000 * t->clock + passed % 1000000 * t->clock / 1000000;
}

static int64_t ticks_between(const struct timeline *t, uint32_t from, uint32_t to)
{
    int32_t ticks = (int32_t)(to - from);

    return t->scale == 1 ? ticks : llround(ticks * t->scale);
}

static int64_t bounded(int64_t value, int64_t most)
{
    return value > most ? most : value < -most ? -most : value;
}

static void begin_window(struct timeline *t, int64_t now)
{
    t->window_began = now;
    t->half_floor[0] = t->half_floor[1] = INT64_MAX;
    t->steps_back = 0;
    t->depth_seen = 0;
}

void timeline_forget(struct timeline *t)
{
    int64_t jumps = t->jumps;
    bool follows = t->follows;

    *t = (struct timeline){ .scale = 1, .jumps = jumps, .follows = follows };
}

void timeline_begin(struct timeline *t, uint32_t clock, int reorder, uint32_t rtp,
                    int64_t us, int64_t at)
{
    struct timeline before = *t;
    int64_t shift;

    if (reorder < before.reorder)
        reorder = before.reorder; /* what was once seen may come again */
    if (reorder > REORDER_MAX)
        reorder = REORDER_MAX;
    /* Decode times begin at `at`; 25 pictures a second is a guess any order bears. */
    shift = (int64_t)clock * reorder / 25;
    *t = (struct timeline){
        .clock = clock,
        .follows = before.follows,
        .begin = at + shift,
        .begin_us = us,
        .last_rtp = rtp,
        .raw = at + shift,
        .now = at + shift,
        .step = clock / 25,
        .scale = before.scale == 0 ? 1 : before.scale,
        .slope = before.slope,
        .slopes = before.slopes,
        .by_arrival = before.by_arrival,
        .reorder = reorder,
        .last_dts = at - 1,
        .jumps = before.jumps,
    };
    for (int i = 0; i < reorder; i++)
        t->waiting[i] = at + shift * i / reorder;
    begin_window(t, t->begin);
}

/* ---- order ---- */

/* Decode time: the least presentation time that has not been given out yet. */
static int64_t next_dts(struct timeline *t, int64_t pts)
{
    int at = t->reorder;
    int64_t first;

    while (at > 0 && t->waiting[at - 1] > pts) {
        t->waiting[at] = t->waiting[at - 1];
        at--;
    }
    t->waiting[at] = pts;
    first = t->waiting[0];
    memmove(t->waiting, t->waiting + 1, (size_t)t->reorder * sizeof *t->waiting);
    return first;
}

static void give(struct timeline *t, int64_t pts, struct stamp *out)
{
    out->late = t->follows && pts <= t->last_dts;
    out->pts = pts;
    out->dts = next_dts(t, pts);
    if (out->late)
        return;
    if (out->dts <= t->last_dts)
        out->dts = t->last_dts + 1;
    if (out->pts < out->dts)
        out->pts = out->dts;
    t->last_dts = out->dts;
}

/* A stamp below one that came before it: B-frames, if it happens again and again. */
static void learn_reorder(struct timeline *t)
{
    int depth = 0;
    size_t known = t->recent_count < RECENT_STAMPS ? t->recent_count : RECENT_STAMPS;

    for (size_t i = 0; i < known; i++)
        depth += t->recent[i] > t->raw;
    t->recent[t->recent_count++ % RECENT_STAMPS] = t->raw;
    if (depth <= t->reorder || t->follows)
        return;
    if (depth > t->depth_seen)
        t->depth_seen = depth;
    if (++t->steps_back < 3 || t->reorder == REORDER_MAX)
        return;
    t->broken = true;
    t->reorder = t->depth_seen < REORDER_MAX ? t->depth_seen : REORDER_MAX;
    for (int i = 0; i < t->reorder; i++) /* in order, though late, up to the next run */
        t->waiting[i] = t->last_dts + 1 + i;
}

/* ---- drift ---- */

/* Windows alike that gain or lose, four of them: the clock's rate is not what the SDP
 * says (a line that fills up does so for less long). A window is measured by itself,
 * since a broken timeline may begin anew after each. */
static void learn_rate(struct timeline *t, int64_t now)
{
    double half = (double)(now - t->window_began) / 2;
    double slope = (double)(t->half_floor[1] - t->half_floor[0]) / half;
    double least = t->scale == 1 ? wrong_rate : inexact_rate;
    bool alike = fabs(slope - t->slope) <= rate_alike * fabs(slope);

    t->slopes = fabs(slope) > least ? (alike ? t->slopes + 1 : 1) : 0;
    t->slope = slope;
    if (t->slopes < (t->scale == 1 ? 4 : 2))
        return;
    t->slopes = 0;
    if (slope < stands_still)
        t->scale /= 1 - slope;
    else
        t->by_arrival = true;
    if (fabs(slope) <= wrong_rate)
        return;
    t->broken = true;
    t->jumps++;
}

static void end_window(struct timeline *t, int64_t now)
{
    int64_t off;

    t->floor = t->half_floor[0] < t->half_floor[1] ? t->half_floor[0] : t->half_floor[1];
    if (t->half_floor[0] < INT64_MAX && t->half_floor[1] < INT64_MAX)
        learn_rate(t, now);
    t->target = t->floor + t->advice;
    off = t->target - t->correction;
    if (t->follows && llabs(off) > millis(t, FOLLOW_MAX_MS)) {
        t->correction = t->target;
        t->jumps++;
    } else if (!t->follows && !t->broken && llabs(off) > millis(t, OFF_MAX_MS)) {
        t->broken = true;
        t->jumps++;
    }
    begin_window(t, now);
}

static void follow_clock(struct timeline *t, int64_t passed)
{
    int64_t window = (int64_t)WINDOW_S * t->clock, into = t->now - t->window_began;
    int64_t behind = t->now - t->raw, *floor = &t->half_floor[into > window / 2];

    if (behind < *floor)
        *floor = behind;
    if (into >= window)
        end_window(t, t->now);
    if (passed <= 0)
        return;
    t->slew_room += passed;
    t->correction += bounded(t->target - t->correction, t->slew_room / SLEW_DIVISOR);
    t->slew_room %= SLEW_DIVISOR;
}

/* ---- stamps ---- */

/* Whether a step from an earlier stamp is one that a clock could have made. */
static bool is_step(const struct timeline *t, int64_t ticks, int64_t passed)
{
    return ticks >= -BACK_MAX_S * (int64_t)t->clock &&
           ticks <= passed + AHEAD_MAX_S * (int64_t)t->clock;
}

/* On the line that led here, though perhaps far on it: after a stall the rest of a buffer
 * comes first and then, at once, the present. */
static bool is_on_line(const struct timeline *t, int64_t ticks, int64_t now)
{
    if (is_step(t, ticks, now - t->now))
        return true;
    return ticks > 0 &&
           t->raw + ticks + t->correction <= now + AHEAD_MAX_S * (int64_t)t->clock;
}

/* The time of a stamp that is not believed. */
static void estimate(struct timeline *t, uint32_t rtp, int64_t now)
{
    int64_t before = t->suspect ? t->suspect_raw : t->raw;
    int64_t raw = before + t->step, by_arrival = now - t->correction;

    if (t->suspect || by_arrival - raw > t->clock)
        raw = by_arrival > before ? by_arrival : before + 1;
    t->jumps += !t->suspect;
    t->suspect = true;
    t->suspect_rtp = rtp;
    t->suspect_raw = raw;
    t->suspect_now = now;
}

/* The second stamp that goes on from one that was not believed: the camera's clock has
 * been set. Run time goes on as estimated, so that no duration is wrong. */
static bool is_new_line(const struct timeline *t, uint32_t rtp, int64_t now)
{
    int64_t ticks = ticks_between(t, t->suspect_rtp, rtp);

    return t->suspect && is_step(t, ticks, now - t->suspect_now);
}

void timeline_take(struct timeline *t, uint32_t rtp, int64_t us, struct stamp *out)
{
    int64_t now = arrival(t, us), before = t->raw;
    int64_t ticks = ticks_between(t, t->last_rtp, rtp);

    if (t->by_arrival) {
        t->raw = now > t->raw ? now : t->raw + 1;
        t->now = now;
        give(t, t->raw, out);
        return;
    }
    if (!is_on_line(t, ticks, now)) {
        if (!is_new_line(t, rtp, now)) {
            estimate(t, rtp, now);
            give(t, t->suspect_raw + t->correction, out);
            return;
        }
        t->broken = true;
        t->raw = t->suspect_raw;
        ticks = ticks_between(t, t->suspect_rtp, rtp);
    }
    t->suspect = false;
    t->raw += ticks;
    t->last_rtp = rtp;
    t->now = now;
    if (ticks > 0 && ticks < t->clock)
        t->step = ticks;
    learn_reorder(t);
    follow_clock(t, t->raw - before);
    give(t, t->raw + t->correction, out);
}

int64_t timeline_at(const struct timeline *t, uint32_t rtp)
{
    return t->raw + ticks_between(t, t->last_rtp, rtp) + t->correction;
}

void timeline_advise(struct timeline *t, uint32_t rtp, int64_t run_time)
{
    int64_t advice = run_time - (timeline_at(t, rtp) - t->correction + t->floor);

    if (llabs(advice) > millis(t, ADVICE_BELIEVED_MS))
        return;
    t->advice = bounded(advice, millis(t, ADVICE_MAX_MS));
}
