/*
 * Somebody wants quiet for a while: phones of an area or about a camera. What is urgent and
 * what a person raises pass; screens and lists show everything.
 * Thread: loop only.
 */
#pragma once
#include "alert/duty.h"
#include "store/device_rows.h"

enum mute_result {
    MUTE_TAKEN,
    MUTE_LAST,   /* nobody would be told any more: ask, and say `sure` */
    MUTE_FAILED, /* `err` says why */
};
/* `row` is lent for the call; NULL unless taken. */
typedef void mute_fn(void *arg, enum mute_result result, const struct mute_row *row,
                     const struct error *err);

/* area, camera, person, by of `what` count and are copied; since now, for `minutes`. */
void duty_mute(struct duty *duty, const struct mute_row *what, int minutes, bool sure,
               mute_fn *done, void *arg);
