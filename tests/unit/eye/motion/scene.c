#include "scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "zones.h"

enum { LOOKS_A_SECOND = 5 };

float scene_dice(struct scene *s)
{
    s->dice = s->dice * 1664525U + 1013904223U; /* Numerical Recipes' generator */
    return (float)(s->dice >> 8) / (float)(1U << 24);
}

float surface(int x, int y, uint32_t kind, float level, float contrast)
{
    uint32_t mix =
        (uint32_t)x * 374761393U + (uint32_t)y * 668265263U + kind * 2246822519U;

    mix = (mix ^ mix >> 13) * 1274126177U;
    mix ^= mix >> 16;
    return level + contrast * ((float)(mix & 0xffff) / 32768.0F - 1);
}

void paint_thing(float *cells, float x, float y, int w, int h, float level)
{
    int left = (int)lroundf(x), top = (int)lroundf(y);

    for (int j = 0; j < h; j++)
        for (int i = 0; i < w; i++) {
            int cx = left + i, cy = top + j;
            if (cx >= 0 && cy >= 0 && cx < SCENE_W && cy < SCENE_H)
                cells[cy * SCENE_W + cx] = surface(i, j, 7, level, 35);
        }
}

struct scene *scene_with(const struct motion_setup *setup)
{
    struct scene *s = xcalloc(1, sizeof *s);
    struct grid grid = { SCENE_W, SCENE_H, SCENE_CELLS };

    s->setup = *setup;
    s->set = tuning_for(setup->sensitivity);
    s->noise = 1.5F;
    s->dice = 1;
    for (int i = 0; i < SCENE_CELLS; i++)
        s->background[i] = surface(i % SCENE_W, i / SCENE_W, 1, 110, 25);
    s->analysis = analysis_new(&s->set, &s->setup, &grid);
    return s;
}

struct scene *scene_new(void)
{
    struct motion_setup setup = { .detect = true, .sensitivity = 3 };

    return scene_with(&setup);
}

void scene_free(struct scene *s)
{
    analysis_free(s->analysis);
    free(s);
}

static void note(struct scene *s, enum events_news news, int64_t at_us)
{
    if (news == EVENTS_BEGAN && s->began < SCENE_EVENTS_MAX) {
        s->start_us[s->began] = s->events.start_us;
        s->decided_us[s->began] = at_us;
        s->zone[s->began] = s->events.zone;
        s->began++;
    }
    if (news == EVENTS_ENDED && s->ended < SCENE_EVENTS_MAX)
        s->end_us[s->ended++] = s->events.last_us;
}

static void look(struct scene *s, paint_fn *paint)
{
    float cells[SCENE_CELLS];
    int64_t at_us = SECONDS_US(s->looks++) / LOOKS_A_SECOND;

    memcpy(cells, s->background, sizeof cells);
    if (paint)
        paint(s, cells, (float)at_us / 1e6F);
    for (int i = 0; i < SCENE_CELLS; i++) {
        cells[i] += s->noise * (2 * scene_dice(s) - 1);
        cells[i] = fminf(fmaxf(cells[i], 16), 235);
    }
    analysis_cells(s->analysis, cells, at_us, 0, &s->view);
    s->lamps += s->view.learned_anew;
    const struct trails *trails = analysis_trails(s->analysis);
    for (int k = 0; k < TRAILS_MAX; k++) {
        const struct trail *trail = &trails->at[k];
        int zone;
        if (trail->used && trail->confirmed && trail->last_us == at_us &&
            zones_count(&s->setup, &s->set, trail, &zone))
            note(s, events_see(&s->events, trail->first_us, at_us, 1, zone), at_us);
    }
    note(s, events_wait(&s->events, s->set.merge_us, at_us, INT64_MAX), at_us);
}

void scene_show(struct scene *s, float seconds, paint_fn *paint)
{
    int looks = (int)lroundf(seconds * LOOKS_A_SECOND);

    for (int i = 0; i < looks; i++)
        look(s, paint);
}
