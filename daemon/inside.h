/*
 * What kengd.c and doors.c share: the rooms as opened, and the cameras.
 * Thread: loop only.
 */
#pragma once
#include "camera.h"
#include "evidence/exports.h"
#include "record/activity_log.h"
#include "web/web.h"

struct kengd {
    const struct settings *set;
    char *config;
    struct loop *loop;
    struct event *signals[3];
    struct timer *alive;
    int lock_fd;
    struct desk *records, *duties, *reads;
    struct holds *holds;
    struct volume *volume;
    struct activity_tidy *tidy;
    struct exports *exports;
    struct watch *watch;
    struct duty *duty;
    struct web *web;
    struct camera **cameras;
    size_t camera_count;
    int64_t started_us;
};

struct camera *kengd_find_camera(struct kengd *k, const char *id); /* may be NULL */

/* kengd.c: reads the configuration again; the caller frees the report. */
bool kengd_reload(void *arg, char **report);

/* doors.c: exports, whose footage is held from retention while they read it. */
struct exports *doors_open_exports(struct kengd *k, struct error *err);

/* doors.c: what the web room may ask, and what an alert becomes on pages. */
struct web_doors doors_of(struct kengd *k);
void doors_on_alert(void *arg, const struct alert_row *alert, bool is_new);
