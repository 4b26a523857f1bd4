/*
 * A condition is something of a camera or of kengd itself that lasts: a camera is lost, the
 * disk is full. When it has lasted for its grace time it becomes an event and an alert and
 * goes the same way as motion; when it has been well again for a while (settings
 * alerts.health), the same alert is told to be over. One that comes back soon belongs to the
 * same alert. What lasts is known across a restart: no second alert is made of it.
 *
 * Tell what is, as often as you like, and not only what changes: after a start nothing is
 * known to be well until it is said.
 * Thread: loop only. Times: microseconds (`_us`).
 */
#pragma once
#include "alert/duty.h"

enum { CONDITION_MAX = 144 };

struct condition {
    const char *key;                      /* "camera/cong-lang", "disk"; its identity */
    const struct camera_settings *camera; /* NULL: of kengd itself, told in every root area */
    enum severity severity;
    int64_t grace_us;
    int64_t once_in_us; /* of duty_tell(): not again within; 0: always */
    /* What it is and what to do, one sentence a language. Copied. */
    const char *texts[LANGUAGES];
};

/* It is so now. Said again with other sentences, those count from then on. One that has
 * become more severe is a new alert. */
void duty_condition_lasts(struct duty *duty, const struct condition *what);

/* It is not so. */
void duty_condition_over(struct duty *duty, const char *key);

/* Something that happens once and does not last, told with its alert closed: "all is well".
 */
void duty_tell(struct duty *duty, const struct condition *what);
