/*
 * A commune with two hamlets, a duty room on a real catalogue, and a clock that stands
 * where it is put. `settle` runs the loop until everything that was asked is done.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "alert/duty.h"
#include "core/clock.h"
#include "core/memory.h"

/* 2026-11-21, 22:00 in Vietnam; alerts are from 21:00 to 05:00. */
#define NIGHT SECONDS_US(1795273200)
#define NOON  (NIGHT - SECONDS_US(10 * 3600))

enum { MOST_TOLD = 400 };

struct told {
    struct alert_row alert;
    bool is_new;
};

struct scene {
    char *dir;
    const struct settings *set;
    struct loop *loop;
    struct desk *desk;
    struct duty *duty;
    struct told told[MOST_TOLD];
    size_t told_count;
    /* Called inside on_change. */
    void (*on_told)(struct scene *s, const struct alert_row *alert);
    /* The last answer. */
    int answers;
    enum answer_result result;
    struct alert_row answered;
    struct error err;
};

int scene_setup(void **state);
int scene_teardown(void **state);
void scene_clock(int64_t wall_us);
void scene_clock_trusted(bool trusted);
void scene_stop(struct scene *s);
void scene_start(struct scene *s);
void settle(struct scene *s);
/* The same settings without the line that begins so. The caller's to let go. */
const struct settings *scene_settings_without(struct scene *s, const char *line);

/* Goes on with settings that say `by` instead. */
void scene_reload(struct scene *s, const char *instead, const char *by);

/* The three phases at `cong-lang` (number, seconds after NIGHT). A picture of these
 * bytes, or NULL. */
void began(struct scene *s, uint32_t number, int at_s, const char *picture);
void better(struct scene *s, uint32_t number, int at_s, int score, const char *picture);
void moved(struct scene *s, uint32_t number, int at_s);
void ended(struct scene *s, uint32_t number, int at_s);
void began_at(struct scene *s, const char *camera, int64_t at_us);

void on_answer(void *arg, enum answer_result result, const struct alert_row *alert,
               const struct error *err);
void answer(struct scene *s, const char *id, enum answer answer, const char *who,
            const char *note);

/* From a connection of its own. */
struct alert_row stored_alert(struct scene *s, const char *id);
struct event_list stored_events(struct scene *s);
size_t stored_alerts(struct scene *s);
/* "person:a screen:b", sorted. The caller frees. */
char *stored_recipients(struct scene *s, const char *alert);
/* As another program would, past the duty room. */
void scene_raw(struct scene *s, const char *sql);
char *picture_text(struct scene *s, const char *name); /* NULL: there is no file */
