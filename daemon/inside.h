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
    struct storage *storage;
    struct activity_tidy *tidy;
    struct exports *exports;
    struct watch *watch;
    struct duty *duty;
    struct web *web;
    struct camera **cameras;
    size_t camera_count;
    bool clock_said; /* a person said that the clock is right */
    int64_t started_us;
    struct wellbeing *wellbeing;
};

struct camera *kengd_find_camera(struct kengd *k, const char *id); /* may be NULL */

/* kengd.c: reads the configuration again, for `who`; the caller frees the report. */
bool kengd_reload(void *arg, const char *who, char **report);

/* doors.c: what the web room may ask. The rest of it: */
struct web_doors doors_of(struct kengd *k);

/* duty_doors.c: also what an alert becomes on pages. */
void doors_on_alert(void *arg, const struct alert_row *alert, bool is_new);
void door_answer(void *arg, const char *alert, const char *answer, const char *who,
                 const char *note, door_done_fn *done, void *done_arg);
void door_raise(void *arg, const char *area, const char *camera, const char *who,
                const char *note, door_done_fn *done, void *done_arg);
void door_test(void *arg, const char *area, const char *channel, const char *person,
               const char *who, door_done_fn *done, void *done_arg);
void door_delivered(void *arg, const char *alert, const char *recipient);
void door_mute(void *arg, const struct mute_row *what, int minutes, bool sure,
               door_done_fn *done, void *done_arg);
void door_explain(void *arg, const char *alert, const char *camera, int64_t at_us,
                  const char *severity, door_done_fn *done, void *done_arg);
const char *door_push_key(void *arg);
void door_phone_ready(void *arg);

/* keep_doors.c. */
void door_export_start(void *arg, const struct export_row *wish, door_done_fn *done,
                       void *done_arg);
int door_export_permille(void *arg, const char *id);
const char *door_export_key(void *arg, bool fingerprint);
json_t *door_holds(void *arg);
void door_hold_add(void *arg, const struct hold_wish *wish, door_done_fn *done,
                   void *done_arg);
void door_hold_release(void *arg, const char *id, door_done_fn *done, void *done_arg);
void door_rebuild(void *arg, door_done_fn *done, void *done_arg);
void door_scrub(void *arg, const char *camera, door_done_fn *done, void *done_arg);
void door_clock_trust(void *arg, door_done_fn *done, void *done_arg);
json_t *checking_json(const struct checking *c);
json_t *comparison_json(const struct comparison *c);
/* Exports, whose footage is held from retention while they read it. */
struct exports *keep_open_exports(struct kengd *k, struct error *err);

/* wellbeing.c: how kengd itself is, for those who must know. */
struct wellbeing;
struct wellbeing *wellbeing_start(struct kengd *k);
void wellbeing_stop(struct wellbeing *well); /* NULL is allowed */
/* disk_doors.c: days that a disk holds at the rate of writing so far; < 0: not known yet.
 * Of all disks the one that holds the fewest is in *which (may be NULL). */
double kengd_days(const struct kengd *k, const struct volume_state *disk);
double kengd_fewest_days(const struct kengd *k, size_t *which);
json_t *disks_json(const struct kengd *k); /* all together, and each */
json_t *moment_json(int64_t us); /* null: 0 */
