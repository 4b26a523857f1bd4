#include "freeze.h"

#include <stdlib.h>

#include "core/memory.h"

enum {
    SAMPLE_STEP = 3, /* every third cell of every third row */
    REMEMBERED = 16,
    REPEATS_LEAST = 5, /* fewer prove nothing, however far apart */
    REPEATS_PART = 6,  /* of the WINDOW, at least one in so many */
    WINDOW = 32,
    MISSED = 3,       /* repeats that should have come and did not: it lives */
    TENTH = 256 / 10, /* levels, in 1/256: so near are two codings of one picture */
    FAR = 256 * 4,    /* ... and farther than an encoder's noise */
};

static const float overlay = 0.06F; /* share of samples: a running clock */

struct freeze {
    int64_t frozen_us;
    int samples;    /* of one keyframe */
    uint16_t *ring; /* of REMEMBERED keyframes, in 1/256 levels */
    int next, remembered;
    uint32_t repeats; /* a bit for each of the WINDOW, the newest lowest */
    int keys, since_repeat;
    int64_t began_us; /* nothing has moved since */
    bool frozen;
    float changed;
};

struct freeze *freeze_new(int64_t frozen_us)
{
    struct freeze *f = xcalloc(1, sizeof *f);

    f->frozen_us = frozen_us;
    return f;
}

void freeze_free(struct freeze *f)
{
    if (!f)
        return;
    free(f->ring);
    free(f);
}

static int count_samples(const struct grid *g)
{
    return ((g->width + SAMPLE_STEP - 1) / SAMPLE_STEP) *
           ((g->height + SAMPLE_STEP - 1) / SAMPLE_STEP);
}

/* Pictures of another size are not remembered. */
static void fit(struct freeze *f, int samples)
{
    if (samples == f->samples)
        return;
    free(f->ring);
    f->ring = xcalloc((size_t)samples * REMEMBERED, sizeof *f->ring);
    f->samples = samples;
    f->next = f->remembered = 0;
}

static uint16_t *of_key(const struct freeze *f, int number)
{
    return f->ring + (size_t)(number + REMEMBERED) % REMEMBERED * (size_t)f->samples;
}

static void take_samples(const struct grid *g, const float *cells, uint16_t *to)
{
    for (int y = 0; y < g->height; y += SAMPLE_STEP)
        for (int x = 0; x < g->width; x += SAMPLE_STEP)
            *to++ = (uint16_t)(cells[y * g->width + x] * 256);
}

/* How many samples differ by more than `by`. */
static int count_unlike(const uint16_t *a, const uint16_t *b, int count, int by)
{
    int unlike = 0;

    for (int i = 0; i < count; i++)
        unlike += abs(a[i] - b[i]) > by;
    return unlike;
}

/* Holds it against the others that are remembered, the newest first. `far`: nothing is
 * near it. */
static bool is_repeat(struct freeze *f, const uint16_t *now, bool *far)
{
    int few = (int)(overlay * (float)f->samples), least = f->samples, least_far = least;

    for (int back = 1; back <= f->remembered && least > few; back++) {
        const uint16_t *then = of_key(f, f->next - back);
        int unlike = count_unlike(now, then, f->samples, TENTH);
        int unlike_far = count_unlike(now, then, f->samples, FAR);
        least = unlike < least ? unlike : least;
        least_far = unlike_far < least_far ? unlike_far : least_far;
    }
    f->changed = (float)least / (float)f->samples;
    *far = least_far > few;
    return least <= few;
}

static void begin(struct freeze *f, int64_t at_us)
{
    f->repeats = 0;
    f->keys = f->since_repeat = 0;
    f->began_us = at_us;
    f->frozen = false;
}

static void count(struct freeze *f, bool repeat, int64_t at_us)
{
    if (f->repeats == 0) /* the first: before it nothing was frozen */
        begin(f, at_us);
    f->keys++;
    f->repeats = f->repeats << 1 | repeat;
    f->since_repeat = repeat ? 0 : f->since_repeat + 1;
}

static void judge(struct freeze *f, int64_t at_us)
{
    int repeats = __builtin_popcount(f->repeats),
        seen = f->keys < WINDOW ? f->keys : WINDOW;
    bool enough = repeats >= REPEATS_LEAST && repeats * REPEATS_PART >= seen;

    if (f->frozen && f->since_repeat * repeats >= MISSED * (seen - f->since_repeat))
        begin(f, at_us); /* it lives */
    else if (!f->frozen && !enough && seen == WINDOW)
        begin(f, at_us); /* chance */
    else if (enough && at_us - f->began_us >= f->frozen_us)
        f->frozen = true;
}

bool freeze_look(struct freeze *f, const struct grid *grid, const float *cells,
                 bool structured, int64_t at_us)
{
    bool far;

    fit(f, count_samples(grid));
    uint16_t *now = of_key(f, f->next);
    take_samples(grid, cells, now);
    bool repeat = is_repeat(f, now, &far);
    f->next = (f->next + 1) % REMEMBERED;
    f->remembered += f->remembered < REMEMBERED - 1;
    if (far || !structured) {
        begin(f, at_us);
        return false;
    }
    count(f, repeat, at_us);
    judge(f, at_us);
    return f->frozen;
}

float freeze_changed(const struct freeze *f)
{
    return f->changed;
}
