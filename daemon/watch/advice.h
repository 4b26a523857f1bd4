/*
 * What would make a camera serve better: one table, a row an advice, by what is configured
 * and measured. Thread: loop only.
 */
#pragma once
#include "watch/watch.h"

/* As camera_watch_advice(). */
size_t advice_give(const struct camera_settings *camera, const struct camera_health *health,
                   struct camera_advice to[CAMERA_ADVICE_MAX]);
