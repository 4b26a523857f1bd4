/*
 * What a camera's process looks for at a time, from the settings, in the words of the link;
 * comparable byte by byte. Thread: any.
 */
#pragma once
#include "config/settings.h"
#include "wire/camera_link.h"

void motion_orders_at(const struct settings *set, const struct motion_settings *motion,
                      int64_t wall_us, struct motion_orders *to);
