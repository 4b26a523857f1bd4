#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "freeze.h"
#include "pattern.h"

enum {
    PATTERNS = 4,    /* day, night, and two more lights */
    DARK_SPELLS = 3, /* a lamp was switched off so often: darkness is usual here */
    LEARN_TIMES = 3, /* known after so many times covered_us */
    BACK_SHARE = 6,  /* well again after this part of covered_us */
    MEMORY_VERSION = 1,
};

/* The numbers and why; levels are 8-bit luma, ratios without unit. */
static const struct {
    float seen;         /* regions: the view is there, and is learned */
    float lost;         /* ... is gone: two overlays and a chance match are no view */
    float sure;         /* ... and nothing new is to be learned */
    float flat;         /* of the learned structure: less is no view at all */
    float blurred;      /* of the learned fine to coarse structure, ... */
    float blurred_fine; /* ... and of the fine structure alone: fog takes both */
    float sharp;        /* as `blurred`: from here on it may be learned */
    float dark;         /* levels: black is 16 or 0 */
    float black, dark_times, dark_more; /* it was (luma - black) * times + more before */
    float grey;                         /* levels of colour: IR pictures have none */
    float luma_less, luma_more; /* brightness so far from what was seen is unfamiliar */
    float frozen_least;         /* contrast: a black picture is not frozen, but dark */
} is = {
    .seen = 0.5F,
    .lost = 0.3F,
    .sure = 0.75F,
    .flat = 0.35F,
    .blurred = 0.5F,
    .blurred_fine = 0.5F,
    .sharp = 0.7F,
    .dark = 40,
    .black = 14,
    .dark_times = 3,
    .dark_more = 6,
    .grey = 1.5F,
    .luma_less = 0.6F,
    .luma_more = 1.6F,
    .frozen_least = 0.02F,
};

#define LOOK_US  SECONDS_US(1)     /* looks nearer together say nothing new */
#define STEP_US  SECONDS_US(30)    /* a look counts for so long at most */
#define GAP_US   SECONDS_US(60)    /* unseen for so long: light may have changed unseen */
#define FADE_US  SECONDS_US(1800)  /* a pattern follows the sun, not a bag pulled over */
#define FIRST_US SECONDS_US(60)    /* ... while it is new */
#define ADOPT_US SECONDS_US(86400) /* a view turned for a day is meant */

struct view {
    struct view_setup set;
    enum view_kind now;

    bool any;      /* a look was taken */
    int64_t at_us; /* the last one */
    struct pattern look;

    struct freeze *freeze;
    bool frozen;

    struct pattern patterns[PATTERNS], candidate;
    int count;
    int64_t candidate_us;
    int64_t learned_us; /* how long any pattern was seen */
    bool has_last;      /* the view was seen since the last gap, */
    float last_luma;    /* so bright, */
    float coarse;       /* and with so much structure, which outlasts gaps */
    float luma_least, luma_most;
    bool grey_seen, colour_seen;
    int dark_spells;

    enum view_kind gone; /* VIEW_WELL: it is there */
    int64_t gone_us, back_us;

    struct view_facts facts;
};

struct view *view_new(const struct view_setup *setup)
{
    struct view *v = xcalloc(1, sizeof *v);

    v->set = *setup;
    v->freeze = freeze_new(setup->frozen_us);
    v->facts.seen = -1;
    if (setup->memory_size)
        view_recall(v, setup->memory, setup->memory_size);
    return v;
}

void view_free(struct view *v)
{
    if (v)
        freeze_free(v->freeze);
    free(v);
}

/* ---- the learned view -------------------------------------------------------------- */

static bool is_lit_like(const struct pattern *a, const struct pattern *b)
{
    return a->luma > b->luma * is.luma_less && a->luma < b->luma * is.luma_more &&
           (a->colour < is.grey) == (b->colour < is.grey);
}

/* The pattern that the picture is most like, of two the one in the same light; NULL:
 * there is none that can be judged by. */
static struct pattern *find_best(struct view *v)
{
    struct pattern *best = NULL;
    bool lit_like = false;

    v->facts.seen = -1;
    for (int i = 0; i < v->count; i++) {
        struct pattern *p = &v->patterns[i];
        float seen = pattern_alike(p->at, v->look.at);
        bool better = seen > v->facts.seen ||
                      (seen == v->facts.seen && !lit_like && is_lit_like(&v->look, p));
        if (seen < 0 || !better)
            continue;
        best = p;
        lit_like = is_lit_like(&v->look, p);
        v->facts.seen = seen;
    }
    return best;
}

static bool is_known(const struct view *v)
{
    return v->learned_us >= LEARN_TIMES * v->set.covered_us;
}

static float fineness(const struct pattern *p)
{
    return p->fine / (p->coarse + 0.001F);
}

/* By lights in which the view was never seen nobody can say that it is another. */
static bool is_unfamiliar(const struct view *v)
{
    const struct pattern *look = &v->look;

    return look->luma < v->luma_least * is.luma_less ||
           look->luma > v->luma_most * is.luma_more ||
           !(look->colour < is.grey ? v->grey_seen : v->colour_seen);
}

/* Night falls while the view is still seen; what covers a lens is sudden. */
static bool is_suddenly_dark(const struct view *v)
{
    float light = v->look.luma > is.black ? v->look.luma - is.black : 0;

    return v->has_last && v->dark_spells < DARK_SPELLS &&
           v->last_luma - is.black > light * is.dark_times + is.dark_more;
}

static enum view_kind judge(const struct view *v, const struct pattern *best)
{
    const struct pattern *look = &v->look;

    if (!is_known(v) || !best)
        return VIEW_WELL;
    if (v->facts.seen >= is.lost)
        return is_lit_like(look, best) && fineness(look) < is.blurred * fineness(best) &&
                       look->fine < is.blurred_fine * best->fine
                   ? VIEW_BLURRED
                   : VIEW_WELL;
    if (look->coarse < is.flat * v->coarse) {
        if (look->luma >= is.dark)
            return VIEW_FLAT;
        return is_suddenly_dark(v) ? VIEW_DARK : VIEW_WELL;
    }
    return is_unfamiliar(v) ? VIEW_WELL : VIEW_TURNED;
}

static float rate_of(int64_t dt_us, int64_t learned_us)
{
    int64_t of_us = FIRST_US + learned_us < FADE_US ? FIRST_US + learned_us : FADE_US;

    return (float)dt_us / (float)of_us;
}

static void note_light(struct view *v)
{
    const struct pattern *look = &v->look;

    if (v->learned_us == 0 || look->luma < v->luma_least)
        v->luma_least = look->luma;
    if (v->learned_us == 0 || look->luma > v->luma_most)
        v->luma_most = look->luma;
    *(look->colour < is.grey ? &v->grey_seen : &v->colour_seen) = true;
    v->has_last = true;
    v->last_luma = look->luma;
}

static void learn(struct view *v, struct pattern *best, int64_t dt_us, int64_t at_us)
{
    note_light(v);
    v->learned_us += dt_us;
    best->seen_us = at_us;
    if (fineness(&v->look) < is.sharp * fineness(best))
        return;
    pattern_approach(best, &v->look, rate_of(dt_us, best->learned_us));
    best->learned_us += dt_us;
    v->coarse = best->coarse;
}

static void adopt(struct view *v, int64_t at_us)
{
    struct pattern *to = &v->patterns[0];

    if (v->count < PATTERNS)
        to = &v->patterns[v->count++];
    else
        for (int i = 1; i < PATTERNS; i++)
            if (v->patterns[i].seen_us < to->seen_us)
                to = &v->patterns[i];
    *to = v->candidate;
    to->seen_us = at_us;
    to->learned_us = v->candidate_us;
    v->candidate_us = 0;
    v->coarse = to->coarse;
}

/* What the view looks like in a new light becomes a pattern when it stays. */
static void consider(struct view *v, enum view_kind cause, int64_t dt_us, int64_t at_us)
{
    bool turned = cause == VIEW_TURNED || v->gone == VIEW_TURNED;
    int64_t wait_us = turned ? ADOPT_US : v->set.covered_us;

    if ((cause != VIEW_WELL && cause != VIEW_TURNED) ||
        pattern_alike(v->look.at, v->look.at) < 0) {
        v->candidate_us = 0;
        return;
    }
    if (v->candidate_us && pattern_alike(v->candidate.at, v->look.at) >= is.seen) {
        pattern_approach(&v->candidate, &v->look, rate_of(dt_us, v->candidate_us));
        v->candidate_us += dt_us;
    } else {
        v->candidate = v->look;
        v->candidate_us = 1;
    }
    if (v->candidate_us >= wait_us)
        adopt(v, at_us);
}

/* ---- the verdict ------------------------------------------------------------------- */

static void count_time(struct view *v, enum view_kind cause, int64_t dt_us)
{
    if (v->gone != VIEW_WELL) {
        bool back = cause == VIEW_WELL && v->facts.seen >= is.seen;
        v->back_us = back ? v->back_us + dt_us : 0;
        if (v->back_us * BACK_SHARE < v->set.covered_us)
            return;
        v->dark_spells += v->gone == VIEW_DARK;
        v->gone = VIEW_WELL;
        v->gone_us = v->back_us = 0;
    } else if (cause == VIEW_WELL) {
        v->gone_us = v->gone_us > 2 * dt_us ? v->gone_us - 2 * dt_us : 0;
    } else {
        v->gone_us += dt_us;
        v->gone = v->gone_us >= v->set.covered_us ? cause : VIEW_WELL;
    }
}

/* A picture that was seen already (the detector goes back), or too soon to say more. */
static bool is_old(const struct view *v, bool key, int64_t at_us)
{
    int64_t passed_us = at_us - v->at_us;

    return v->any && passed_us < (key ? 1 : LOOK_US) && passed_us > -GAP_US;
}

static int64_t time_passed(struct view *v, int64_t at_us)
{
    int64_t passed_us = v->any ? at_us - v->at_us : 0;

    if (passed_us > GAP_US || passed_us < 0)
        v->has_last = false;
    v->any = true;
    v->at_us = at_us;
    return passed_us < 0 ? 0 : passed_us < STEP_US ? passed_us : STEP_US;
}

enum view_kind view_look(struct view *v, const struct grid *grid, const float *cells,
                         float colour, bool key, int64_t at_us)
{
    if (is_old(v, key, at_us))
        return v->now;
    int64_t dt_us = time_passed(v, at_us);

    pattern_measure(&v->look, grid, cells, colour);
    if (key)
        v->frozen =
            freeze_look(v->freeze, grid, cells, v->look.coarse >= is.frozen_least, at_us);
    struct pattern *best = find_best(v);
    enum view_kind cause = judge(v, best);
    v->facts.changed = freeze_changed(v->freeze);
    v->facts.luma = v->look.luma;
    v->facts.coarse = v->look.coarse;
    v->facts.fine = v->look.fine;
    v->facts.colour = colour;
    v->facts.fine_learned = best ? best->fine : 0;
    v->facts.coarse_learned = best ? best->coarse : 0;
    v->facts.patterns = v->count;
    if (v->facts.seen >= is.seen && cause == VIEW_WELL)
        learn(v, best, dt_us, at_us);
    if (v->facts.seen < is.sure || !is_lit_like(&v->look, best))
        consider(v, cause, dt_us, at_us);
    count_time(v, cause, dt_us);
    v->now = v->gone != VIEW_WELL ? v->gone : v->frozen ? VIEW_FROZEN : VIEW_WELL;
    return v->now;
}

const struct view_facts *view_facts(const struct view *v)
{
    return &v->facts;
}

/* ---- memory ------------------------------------------------------------------------ */

/* Version, patterns, dark spells, lights seen, brightness from, to; then minutes learned
 * and each pattern (pattern.h). */
enum { HEAD = 8 };

_Static_assert(HEAD + PATTERNS * PATTERN_RECORD <= VIEW_MEMORY, "a view fits");

size_t view_remember(const struct view *v, uint8_t to[VIEW_MEMORY])
{
    to[0] = MEMORY_VERSION;
    to[1] = (uint8_t)v->count;
    to[2] = (uint8_t)(v->dark_spells < DARK_SPELLS ? v->dark_spells : DARK_SPELLS);
    to[3] = (uint8_t)(v->grey_seen | v->colour_seen << 1);
    to[4] = memory_byte(v->luma_least);
    to[5] = memory_byte(v->luma_most);
    memory_put_16(to + 6, (float)(v->learned_us / SECONDS_US(1)));
    for (int i = 0; i < v->count; i++)
        pattern_put(&v->patterns[i], to + HEAD + i * PATTERN_RECORD);
    return HEAD + (size_t)v->count * PATTERN_RECORD;
}

bool view_recall(struct view *v, const uint8_t *at, size_t size)
{
    if (size < HEAD || at[0] != MEMORY_VERSION || at[1] == 0 || at[1] > PATTERNS ||
        size != HEAD + (size_t)at[1] * PATTERN_RECORD)
        return false;
    v->count = at[1];
    v->dark_spells = at[2];
    v->grey_seen = at[3] & 1;
    v->colour_seen = at[3] & 2;
    v->luma_least = at[4];
    v->luma_most = at[5];
    v->learned_us = SECONDS_US((int64_t)memory_get_16(at + 6));
    for (int i = 0; i < v->count; i++)
        pattern_get(&v->patterns[i], at + HEAD + i * PATTERN_RECORD);
    v->coarse = v->patterns[0].coarse;
    return true;
}
