#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "kernels.h"

struct model {
    const struct tuning *set;
    const struct kernels *kernels;
    struct grid grid;
    const uint8_t *open;
    int open_cells;
    float *background, *noise; /* B and S */
    float *ratios;             /* room for gain_of() */
    struct moment {
        float gain_before;
        bool begun;
        int64_t began_us, last_us, blind_until_us;
    } is, was;
    float *was_background, *was_noise;
};

static inline float lesser(float a, float b)
{
    return a < b ? a : b;
}

static inline float greater(float a, float b)
{
    return a > b ? a : b;
}

void model_reopen(struct model *m)
{
    m->open_cells = 0;
    for (int i = 0; i < m->grid.cells; i++)
        m->open_cells += m->open[i] != 0;
}

struct model *model_new(const struct tuning *set, const struct grid *grid,
                        const uint8_t *open)
{
    struct model *m = xcalloc(1, sizeof *m);
    size_t cells = (size_t)grid->cells;

    m->set = set;
    m->kernels = kernels_best();
    m->grid = *grid;
    m->open = open;
    model_reopen(m);
    m->background = xcalloc(cells, sizeof *m->background);
    m->noise = xcalloc(cells, sizeof *m->noise);
    m->ratios = xcalloc(cells, sizeof *m->ratios);
    m->was_background = xcalloc(cells, sizeof *m->was_background);
    m->was_noise = xcalloc(cells, sizeof *m->was_noise);
    return m;
}

void model_free(struct model *m)
{
    if (!m)
        return;
    free(m->background);
    free(m->noise);
    free(m->ratios);
    free(m->was_background);
    free(m->was_noise);
    free(m);
}

const float *model_background(const struct model *m)
{
    return m->background;
}

void model_remember(struct model *m)
{
    size_t size = (size_t)m->grid.cells * sizeof *m->background;

    m->was = m->is;
    memcpy(m->was_background, m->background, size);
    memcpy(m->was_noise, m->noise, size);
}

void model_recall(struct model *m)
{
    size_t size = (size_t)m->grid.cells * sizeof *m->background;

    if (!m->was.begun)
        return;
    m->is = m->was;
    memcpy(m->background, m->was_background, size);
    memcpy(m->noise, m->was_noise, size);
}

/* The value that `rank` others are not above; `at` is reordered (Hoare's selection). */
static float ranked(float *at, int count, int rank)
{
    int low = 0, high = count - 1;

    while (low < high) {
        float pivot = at[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (at[i] < pivot)
                i++;
            while (at[j] > pivot)
                j--;
            if (i <= j) {
                float other = at[i];
                at[i++] = at[j];
                at[j--] = other;
            }
        }
        if (rank <= j)
            high = j;
        else if (rank >= i)
            low = i;
        else
            break;
    }
    return at[rank];
}

static float gain_of(struct model *m, const float *now)
{
    const struct tuning *set = m->set;
    int count = 0;

    for (int i = 0; i < m->grid.cells; i += set->gain_step) {
        float b = m->background[i];
        if (m->open[i] && b > set->dark_levels && b < set->bright_levels)
            m->ratios[count++] = (now[i] + set->gain_offset) / (b + set->gain_offset);
    }
    if (count <= set->gain_cells_least)
        return 1;
    float gain = ranked(m->ratios, count, count / 2);
    return lesser(greater(gain, set->gain_least), set->gain_most);
}

static int mark_moving(const struct model *m, const float *now, float gain, float factor,
                       uint8_t *marks)
{
    struct comparison by = { .per_gain = 1 / gain,
                             .offset = m->set->gain_offset,
                             .saturated = m->set->saturated_levels,
                             .least = m->set->least_levels * factor,
                             .of_noise = m->set->noise_factor * factor };

    _Static_assert(MARK_WEAK == 1, "what a kernel writes");
    return m->kernels->compare(&by, now, m->background, m->noise, m->open, marks,
                               m->grid.cells);
}

/* Light, weak or strong: compares the surface around one cell with the background's. */
static uint8_t surface_mark(const struct model *m, const float *now, int x, int y,
                            float per_gain)
{
    const struct tuning *set = m->set;
    int w = m->grid.width, h = m->grid.height;
    int xa = x > 2 ? x - 2 : 0, xb = x < w - 3 ? x + 2 : w - 1;
    int ya = y > 2 ? y - 2 : 0, yb = y < h - 3 ? y + 2 : h - 1;
    float sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, n = 0;

    for (int j = ya; j <= yb; j++)
        for (int i = j * w + xa; i <= j * w + xb; i++) {
            if (!m->open[i])
                continue;
            float a = now[i] * per_gain, b = m->background[i];
            sa += a;
            sb += b;
            saa += a * a;
            sbb += b * b;
            sab += a * b;
            n++;
        }
    float va = saa / n - sa * sa / n / n, vb = sbb / n - sb * sb / n / n;
    float cov = sab / n - sa * sb / n / n;
    float s = m->noise[y * w + x];
    float floor = set->texture_noise * s * s + set->texture_floor;
    if (va <= floor && vb <= floor)
        return MARK_WEAK; /* both flat: nothing to compare */
    float alike = cov / sqrtf((va + 1) * (vb + 1));
    if (alike > set->same_texture && va < set->same_contrast * vb + floor &&
        vb < set->same_contrast * va + floor)
        return MARK_CLEAR;
    return alike < set->other_texture ? MARK_STRONG : MARK_WEAK;
}

static void test_surfaces(const struct model *m, const float *now, float gain,
                          uint8_t *marks)
{
    for (int y = 0; y < m->grid.height; y++)
        for (int x = 0; x < m->grid.width; x++) {
            uint8_t *mark = &marks[y * m->grid.width + x];
            if (*mark)
                *mark = surface_mark(m, now, x, y, 1 / gain);
        }
}

static void learn_first(struct model *m, const float *now, int64_t at_us)
{
    m->is.begun = true;
    m->is.began_us = m->is.last_us = at_us;
    m->is.blind_until_us = at_us;
    m->is.gain_before = 1;
    for (int i = 0; i < m->grid.cells; i++) {
        m->background[i] = now[i];
        m->noise[i] = 2; /* a sensor by day; warm-up mends it */
    }
}

static float step_of_time(struct model *m, int64_t at_us)
{
    float dt_s = (float)(at_us - m->is.last_us) / 1e6F;

    m->is.last_us = at_us;
    if (dt_s <= 0)
        return m->set->dt_least_s;
    return lesser(dt_s, m->set->dt_most_s);
}

void model_compare(struct model *m, const float *now, int64_t at_us, uint8_t *marks,
                   struct model_view *view)
{
    const struct tuning *set = m->set;

    *view = (struct model_view){ .gain = 1 };
    if (!m->is.begun) {
        learn_first(m, now, at_us);
        memset(marks, MARK_CLEAR, (size_t)m->grid.cells);
        view->learned_anew = view->blind = true;
        return;
    }
    view->dt_s = step_of_time(m, at_us);
    view->gain = gain_of(m, now);
    bool near = view->dt_s <= set->exposure_window_s;
    float step = fabsf(logf(view->gain / m->is.gain_before));

    float factor = near && step > set->exposure_step ? set->exposure_factor : 1;
    int moving = mark_moving(m, now, view->gain, factor, marks);
    view->moving_share = m->open_cells ? (float)moving / (float)m->open_cells : 0;
    if (view->moving_share > set->lamp_share ||
        step > (near ? set->lamp_step : set->lamp_leap)) {
        memcpy(m->background, now, (size_t)m->grid.cells * sizeof *now);
        memset(marks, MARK_CLEAR, (size_t)m->grid.cells);
        m->is.gain_before = 1;
        m->is.blind_until_us = at_us + (int64_t)(set->blind_s * 1e6F);
        view->learned_anew = view->blind = true;
        return;
    }
    test_surfaces(m, now, view->gain, marks);
    view->blind = at_us < m->is.blind_until_us;
    view->settled = (float)(at_us - m->is.began_us) / 1e6F >= set->settle_s;
}

struct rates {
    float still, moving;             /* of the background, per picture */
    float noise_still, noise_moving; /* of the noise */
};

static struct rates rates_of(const struct model *m, bool clutter,
                             const struct model_view *view)
{
    const struct tuning *set = m->set;
    float dt = view->dt_s;
    bool warming = (float)(m->is.last_us - m->is.began_us) / 1e6F < set->warm_up_s;
    struct rates r = {
        .still = dt / set->learn_s,
        .moving = dt / set->learn_moving_s,
        .noise_still = dt / (clutter ? set->noise_clutter_s : set->noise_s),
        .noise_moving = dt / (clutter ? set->noise_clutter_s : set->noise_moving_s),
    };

    if (warming) {
        r.still = greater(r.still, dt / set->warm_learn_s);
        r.moving = greater(r.moving, dt / set->warm_moving_s);
        r.noise_still = r.noise_moving = dt / set->warm_noise_s;
    }
    if (fabsf(view->gain - 1) > set->gain_learn_from)
        r.still = greater(r.still, set->gain_learn_rate);
    r.still = lesser(r.still, 1);
    r.moving = lesser(r.moving, 1);
    r.noise_still = lesser(r.noise_still, 1);
    r.noise_moving = lesser(r.noise_moving, 1);
    return r;
}

void model_learn(struct model *m, const float *now, const uint8_t *marks, bool clutter,
                 const struct model_view *view)
{
    const struct tuning *set = m->set;
    struct rates rates = rates_of(m, clutter, view);
    struct lesson by = {
        .per_gain = 1 / view->gain,
        .offset = set->gain_offset,
        .cap = set->noise_cap_levels,
        .aim = set->noise_target,
        .fall = set->noise_fall,
        .least = set->noise_least,
        .most = set->noise_most,
        .still = rates.still,
        .moving = rates.moving,
        .noise_still = rates.noise_still,
        .noise_moving = rates.noise_moving,
    };

    /* The background follows the light; what the next gain is compared with does too. */
    m->is.gain_before = view->gain / (1 - rates.still + rates.still * view->gain);
    m->kernels->learn(&by, now, marks, m->background, m->noise, m->grid.cells);
}
