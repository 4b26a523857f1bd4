/*
 * One camera from end to end: its streams, its recorder, its watch, and what its motion
 * becomes. Thread: loop only.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "alert/duty.h"
#include "config/settings.h"
#include "media/stream.h"
#include "record/recorder.h"
#include "watch/watch.h"

struct camera;

/* The rooms that a camera's life passes through. */
struct camera_rooms {
    struct loop *loop;
    struct watch *watch;
    struct storage *storage;
    struct desk *records;
    struct duty *duty;
    /* State or reason has changed. */
    void (*on_health)(void *arg, struct camera *cam);
    void *arg;
};

/* Counts `set`, which holds `settings`. */
struct camera *camera_start(const struct camera_rooms *rooms, const struct settings *set,
                            const struct camera_settings *settings);
void camera_stop(struct camera *cam); /* NULL is allowed */

/* After a reload that left the camera as it was: the same settings in a new snapshot. */
void camera_keep(struct camera *cam, const struct settings *set,
                 const struct camera_settings *settings);

const struct camera_settings *camera_settings_of(const struct camera *cam);
struct stream *camera_stream(struct camera *cam, bool sub); /* NULL: it has no such stream */
struct stream *camera_debug_stream(struct camera *cam); /* web/web.h, `debug` */
const struct camera_health *camera_health_of(const struct camera *cam);

/* The newest picture of the camera; NULL: none. Lent. */
/* What it shows now is what it shall show. */
void camera_learn_view(struct camera *cam);
const struct picture *camera_picture(struct camera *cam);

/* State, reason, facts of both channels: the part of CAMERA in docs/http.md that is not
 * configuration. A new reference. */
json_t *camera_json(const struct camera *cam);
