/*
 * Where the detector's reports go: copied, and posted from its thread to the loop. It outlives
 * the detector, and what was posted before the end finds it closed.
 * Thread: outlet_listener is called by the detector's; the rest on the loop.
 */
#pragma once
#include "motion.h"

struct outlet;

struct outlet *outlet_open(struct loop *loop, const struct motion_listener *listener,
                           void *arg);

/* Nothing is given any more, also of what is on its way. */
void outlet_close(struct outlet *o);

/* A detector is made with this and the outlet as its argument. */
extern const struct motion_listener outlet_listener;
