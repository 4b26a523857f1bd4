/*
 * An alert is a duty: stored before anybody is told, answered by a named person, or passed
 * on to the next rank. Event, alert, deliveries and snapshot are on disk and committed
 * before on_change is called.
 * Thread: loop only; disk and catalogue are the desk's. Times: microseconds since 1970,
 * UTC (`_us`). Errors come with `done`: ERR_STORE, ERR_DISK, ERR_BUSY.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "core/error.h"
#include "core/loop.h"
#include "media/fragment.h"
#include "store/alert_rows.h"
#include "store/desk.h"

struct duty;

/* An alert is new or has changed (answered, passed on, a better picture, ended). */
typedef void duty_change_fn(void *arg, const struct alert_row *alert, bool is_new);

struct duty *duty_open(const struct settings *set, struct loop *loop, struct desk *duties,
                       duty_change_fn *on_change, void *arg, struct error *err);
void duty_reload(struct duty *duty, const struct settings *set);
/* What waits goes to the desk: close that afterwards. on_change is called no more, answers
 * that were asked for still come, when the loop runs what was posted (loop_free()). */
void duty_close(struct duty *duty);

/* What a detector saw; `number` ties the three phases together for one camera. */
struct sighting {
    const struct camera_settings *camera;
    uint32_t number;
    int64_t start_us, at_us;
    int score;
    float box[4];
    const char *zone; /* NULL: none */
    struct way way;   /* so far; count 0: unknown */
};
/* The event is stored always; an alert is made of it inside the hours, unless the camera is
 * cooling down (then the running alert counts it). `snapshot` may be NULL; not kept. */
void duty_motion_began(struct duty *duty, const struct sighting *seen,
                       const struct picture *snapshot);
void duty_motion_better(struct duty *duty, const struct sighting *seen,
                        const struct picture *snapshot);
void duty_motion_ended(struct duty *duty, const struct sighting *seen);
/* It goes on, and its way is longer; the box is not said. */
void duty_motion_moved(struct duty *duty, const struct sighting *seen);
/* Nobody looks any more (the camera's program ended): what goes on there ends where it was
 * last seen. Nothing goes on there: nothing happens. */
void duty_motion_lost(struct duty *duty, const char *camera);

enum answer { ANSWER_ACKNOWLEDGE, ANSWER_FALSE_ALARM, ANSWER_RESOLVE };

enum answer_result {
    ANSWER_TAKEN,
    ANSWER_TOO_LATE, /* somebody answered first: `alert` says who */
    ANSWER_UNKNOWN,  /* there is no such alert */
    ANSWER_FAILED,   /* it could not be stored; `err` says why */
};
/* `alert` is NULL when unknown or failed; lent for the call. */
typedef void answer_fn(void *arg, enum answer_result result, const struct alert_row *alert,
                       const struct error *err);

/* First answer wins, decided in the catalogue. The first to acknowledge owns the alert; a
 * false alarm or resolved closes it, by whom is kept. `who`: as shown. */
void duty_answer(struct duty *duty, const char *alert_id, enum answer answer, const char *who,
                 const char *note /* may be NULL */, answer_fn *done, void *arg);

/* "Báo động": a person raises the alarm for an area or at a camera. */
void duty_raise(struct duty *duty, const struct area *area,
                const struct camera_settings *camera /* may be NULL */, const char *who,
                const char *note, const struct picture *snapshot, answer_fn *done, void *arg);

/* A test alert for an area, marked as one everywhere: for those who would be told first;
 * it is not passed on. For one person: to nobody else, and nobody has to answer it. */
void duty_test(struct duty *duty, const struct area *area, const char *who,
               const char *channel /* only on this one; NULL: on all */,
               const char *person /* only this one; NULL: all */, answer_fn *done, void *arg);

/* For MQTT: what a camera does now, in camera_state_word()'s words. */
void duty_camera_state(struct duty *duty, const char *camera, const char *state);
/* Our key for Web Push, base64url, as a page needs it; NULL: there is none. Lent until the
 * loop's next turn. */
const char *duty_push_key(struct duty *duty);
/* A phone has subscribed anew: what waits for it goes at once. */
void duty_phone_ready(struct duty *duty);
/* Whether there is a channel of this name. */
bool duty_has_channel(const char *name);

/* A screen or page of this recipient has taken the alert. */
void duty_delivered(struct duty *duty, const char *alert_id, const char *recipient);
