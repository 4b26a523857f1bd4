/*
 * What kengd orders (wire/camera_link.h) in the detector's terms. Thread: any.
 */
#pragma once
#include "motion.h"
#include "wire/camera_link.h"

struct motion_setup orders_setup(const struct motion_orders *orders);
