/*
 * A painted scene for the detector: a textured background of 160 x 90 cells with whatever
 * happens in front of it, looked at five times a second, without any codec between.
 */
#pragma once
#include "analysis.h"
#include "events.h"

enum {
    SCENE_W = 160,
    SCENE_H = 90,
    SCENE_CELLS = SCENE_W * SCENE_H,
    SCENE_EVENTS_MAX = 32
};

/* Paints one moment over the cells of the background. `t`: seconds of the scene. */
struct scene;
typedef void paint_fn(struct scene *s, float *cells, float t);

struct scene {
    struct tuning set;
    struct motion_setup setup;
    struct analysis *analysis;
    struct analysis_view view; /* of the last look */
    struct events events;
    float background[SCENE_CELLS];
    float noise; /* levels, standard deviation about half of it */
    uint32_t dice;
    int looks; /* so far, five a second */
    int began, ended;
    int64_t start_us[SCENE_EVENTS_MAX], end_us[SCENE_EVENTS_MAX],
        decided_us[SCENE_EVENTS_MAX];
    int zone[SCENE_EVENTS_MAX];
    int lamps; /* times that everything was learned anew */
};

struct scene *scene_new(void);
struct scene *scene_with(const struct motion_setup *setup);
void scene_free(struct scene *s);

/* Shows `seconds` of it; NULL: nothing but the background. */
void scene_show(struct scene *s, float seconds, paint_fn *paint);

/* 0..1, the same in each run. */
float scene_dice(struct scene *s);

/* A surface: the same value for the same cell, `contrast` levels around `level`. */
float surface(int x, int y, uint32_t kind, float level, float contrast);

/* A person-like thing w x h cells whose upper left corner is at x, y; its surface moves
 * along with it. */
void paint_thing(float *cells, float x, float y, int w, int h, float level);
