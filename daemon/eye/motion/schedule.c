#include "schedule.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/memory.h"

enum { GOP_PACKETS_MAX = 4096 };

/* Time that steps back by more than this has leapt; B-frames step back by less. */
#define STEP_BACK_US SECONDS_US(1)

/* What the frame rate's jitter may take off the time between two looks. */
#define JITTER_US MILLIS_US(20)

struct gop {
    struct held **at;
    size_t count, room, bytes;
    size_t decoded; /* so many, from the first on */
    bool headless;  /* its beginning was let go */
    bool damaged;   /* packets are missing */
};

struct schedule {
    const struct tuning *set;
    struct schedule_eye eye;
    void *arg;
    struct gop before, now;
    bool all;
    bool watching;    /* all is decoded */
    int64_t until_us; /* ... until here, unless something shows */
    int64_t suspected_us; /* the look that it began with, or the last one */
    bool found;       /* a confirmed trail was seen since watching began */
    float futility;
    bool begun;
    int64_t began_us, newest_us, looked_us;
    bool key_seen;
    int64_t key_us; /* the last keyframe that was looked at */
};

struct schedule *schedule_new(const struct tuning *set, const struct schedule_eye *eye,
                              bool all, void *arg)
{
    struct schedule *s = xcalloc(1, sizeof *s);

    s->set = set;
    s->eye = *eye;
    s->arg = arg;
    s->all = s->watching = all;
    return s;
}

static void gop_empty(struct gop *g)
{
    for (size_t i = 0; i < g->count; i++)
        held_free(g->at[i]);
    g->count = g->bytes = g->decoded = 0;
    g->headless = g->damaged = false;
}

void schedule_free(struct schedule *s)
{
    if (!s)
        return;
    gop_empty(&s->before);
    gop_empty(&s->now);
    free(s->before.at);
    free(s->now.at);
    free(s);
}

static void gop_add(struct gop *g, struct held *packet)
{
    if (g->count == g->room) {
        g->room = g->room ? 2 * g->room : 64;
        g->at = xrealloc(g->at, g->room * sizeof *g->at);
    }
    g->at[g->count++] = packet;
    g->bytes += packet->size;
    g->damaged |= packet->damaged;
}

static bool passed(int64_t since_us, int64_t now_us, int64_t wait_us)
{
    return now_us - since_us >= wait_us || since_us - now_us > STEP_BACK_US;
}

/* Also when time has leapt back. */
static bool is_over(const struct schedule *s, int64_t now_us)
{
    return now_us > s->until_us || s->until_us - now_us > s->set->quiet_us + STEP_BACK_US;
}

static void start_watching(struct schedule *s)
{
    s->watching = true;
    s->found = false;
}

static void stop_watching(struct schedule *s, int64_t now_us)
{
    const struct tuning *set = s->set;

    s->watching = false;
    if (s->found)
        s->futility *= set->futility_relief;
    else if (now_us - s->began_us > set->futility_from_us && !s->now.damaged)
        s->futility += set->futility_step;
    if (s->futility > set->futility_most)
        s->futility = set->futility_most;
}

/* Watching goes on at least until here for what was seen; for suspicion that stays what it is
 * not without end. */
static int64_t until(const struct schedule *s, const struct sight *sight)
{
    const struct tuning *set = s->set;
    int64_t until_us = s->until_us;

    if (sight->followed)
        until_us = sight->looked_us + set->quiet_us;
    else if (sight->candidates > 0)
        until_us = sight->looked_us + set->glimpse_us;
    else if (sight->suspicion && sight->looked_us - s->suspected_us < set->glimpse_us)
        until_us = sight->looked_us + set->suspect_us;
    return until_us > s->until_us ? until_us : s->until_us;
}

static struct sight decode(struct schedule *s, const struct held *packet,
                           struct look look)
{
    struct sight sight = { .looked = false };

    s->eye.decode(s->arg, packet, look, s->futility, &sight);
    if (sight.looked)
        s->looked_us = sight.looked_us;
    if (sight.looked && !s->watching)
        s->suspected_us = sight.looked_us;
    s->until_us = until(s, &sight);
    s->found |= sight.confirmed;
    return sight;
}

static struct look look_in_turn(const struct schedule *s)
{
    return (struct look){ .from_us = s->looked_us + s->set->analysis_us - JITTER_US };
}

static const struct look no_look = { .from_us = INT64_MAX };
static const struct look own_look = { .own = true, .from_us = INT64_MAX };
static const struct look any_look = { .from_us = INT64_MIN };

/* Decodes what waits of this GOP while all is watched: mostly the packet just come. */
static void decode_in_turn(struct schedule *s)
{
    while (s->now.decoded < s->now.count) {
        const struct held *packet = s->now.at[s->now.decoded++];
        decode(s, packet, look_in_turn(s));
    }
}

/* Decodes what waits of this GOP and looks at the last picture. */
static struct sight decode_waiting(struct schedule *s)
{
    struct sight sight = { .looked = false };

    while (s->now.decoded < s->now.count) {
        const struct held *packet = s->now.at[s->now.decoded++];
        bool last = s->now.decoded == s->now.count;
        sight = decode(s, packet, last ? any_look : no_look);
    }
    return sight;
}

/* The GOP before, at most 4 s of it, then this keyframe once more. What was looked at of
 * that GOP already is known. */
static void decode_back(struct schedule *s, const struct held *key)
{
    int64_t from_us = key->at_us - s->set->back_us;

    if (from_us < s->before.at[0]->at_us)
        from_us = s->before.at[0]->at_us;
    s->eye.leap(s->arg, true);
    s->looked_us = from_us;
    for (size_t i = 0; i < s->before.count; i++) {
        const struct held *packet = s->before.at[i];
        decode(s, packet, packet->at_us <= from_us ? no_look : look_in_turn(s));
    }
    s->eye.leap(s->arg, false);
    decode(s, key, own_look);
}

static bool may_decode_back(const struct schedule *s, const struct held *key,
                            float largest)
{
    const struct gop *g = &s->before;

    bool worth = s->futility < s->set->back_futility || largest >= s->set->back_large;

    return worth && g->count > 1 && g->at[0]->key && !g->headless && !g->damaged &&
           key->at_us - s->began_us >= s->set->back_from_us;
}

static void look_at_key(struct schedule *s, const struct held *key)
{
    s->key_seen = true;
    s->key_us = key->at_us;
    s->now.decoded = 1;
    struct sight sight = decode(s, key, own_look);
    if (!sight.suspicion)
        return;
    start_watching(s);
    if (may_decode_back(s, key, sight.largest))
        decode_back(s, key);
}

static void rotate(struct schedule *s)
{
    struct gop emptied = s->before;

    gop_empty(&emptied);
    s->before = s->now;
    s->now = emptied;
}

/* Whether to leave this GOP alone. */
static bool is_spoilt(const struct schedule *s, int64_t now_us)
{
    return s->now.damaged && !passed(s->looked_us, now_us, s->set->damage_us);
}

static void look_at(struct schedule *s, const struct held *packet)
{
    int64_t at_us = packet->at_us;

    if (is_spoilt(s, at_us))
        return;
    if (s->watching) {
        decode_in_turn(s);
    } else if (packet->key) {
        if (!s->key_seen || passed(s->key_us, at_us, s->set->key_gap_us))
            look_at_key(s, packet);
    } else if (passed(s->looked_us, at_us, s->set->probe_us)) {
        bool shows = decode_waiting(s).candidates > 0;
        s->looked_us = at_us; /* also when no picture came out */
        if (shows)
            start_watching(s);
    }
}

/* GOPs without end: the decoder keeps its place, the packets are let go. */
static void keep_bound(struct schedule *s)
{
    size_t most = (size_t)s->set->lists_bytes;

    if (s->before.bytes + s->now.bytes <= most && s->now.count < GOP_PACKETS_MAX)
        return;
    gop_empty(&s->before);
    if (s->now.bytes <= most && s->now.count < GOP_PACKETS_MAX)
        return;
    bool damaged = s->now.damaged;
    if (!damaged)
        decode_waiting(s);
    gop_empty(&s->now);
    s->now.headless = true;
    s->now.damaged = damaged;
}

void schedule_packet(struct schedule *s, struct held *packet)
{
    int64_t at_us = packet->at_us;

    if (!s->begun) {
        s->begun = true;
        s->began_us = s->newest_us = s->looked_us = at_us;
    }
    if (s->watching && !s->all && is_over(s, at_us))
        stop_watching(s, at_us);
    if (at_us > s->newest_us)
        s->futility *= 1 - s->set->futility_fade * (float)(at_us - s->newest_us) / 1e6F;
    if (s->futility < 0)
        s->futility = 0;
    s->newest_us = at_us;
    if (packet->key)
        rotate(s);
    gop_add(&s->now, packet);
    look_at(s, packet);
    keep_bound(s);
}

void schedule_break(struct schedule *s)
{
    gop_empty(&s->before);
    gop_empty(&s->now);
    s->watching = s->all;
    s->key_seen = false;
}

float schedule_futility(const struct schedule *s)
{
    return s->futility;
}

bool schedule_is_watching(const struct schedule *s)
{
    return s->watching;
}

size_t schedule_bytes(const struct schedule *s)
{
    return s->before.bytes + s->now.bytes;
}
