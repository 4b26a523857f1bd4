/*
 * From what our detector and the camera's own detection see to the events of one camera
 * (verdict.h), each with a picture: the detector's, or where the camera spoke alone the
 * stream's latest, which is waited for up to 2 s.
 * Thread: loop only. Times: microseconds since 1970, UTC (`_us`).
 */
#pragma once
#include "alert/duty.h"
#include "core/loop.h"
#include "watch/watch.h"

struct motion_events;

struct motion_events_hooks {
    const struct picture *(*latest)(void *arg); /* lent; NULL: none */
    void (*want)(void *arg, bool pictures);
    void *arg;
};

struct motion_events *motion_events_new(struct loop *loop, struct duty *duty,
                                        const struct camera_settings *camera,
                                        const struct motion_events_hooks *hooks);
void motion_events_free(struct motion_events *m); /* NULL is allowed */

/* The same camera in a new snapshot of the settings. */
void motion_events_keep(struct motion_events *m, const struct camera_settings *camera);

void motion_events_own(struct motion_events *m, const struct motion_report *report,
                       const struct picture *snapshot /* may be NULL */);
void motion_events_camera(struct motion_events *m, bool sees);
void motion_events_heard(struct motion_events *m, bool heard);
void motion_events_picture(struct motion_events *m, const struct picture *picture);

/* No pictures come: our detector sees nothing, and what goes on ends. */
void motion_events_lost(struct motion_events *m);
