/*
 * The whole detector without its thread: packets in, events and pictures out. The same
 * packets give the same events, whoever's thread it runs on and however fast.
 * Thread: one; calls back on it.
 */
#pragma once
#include "held.h"
#include "motion.h"

struct detector;

/* decided_us of an event is here the wall time of the newest packet. */
struct detector *detector_new(const struct motion_setup *setup,
                              const struct motion_listener *listener, void *arg);
void detector_free(struct detector *d);

/* Takes the packet over. */
void detector_packet(struct detector *d, struct held *packet);

/* From the next packet on; an open event ends. */
void detector_change(struct detector *d, const struct motion_setup *setup);

/* The run has ended: an open event ends, the background is kept for the next run. */
void detector_break(struct detector *d);

void detector_want_pictures(struct detector *d, bool wanted);
void detector_want_debug(struct detector *d, bool wanted);

/* `fed` and `dropped` are not its business. */
const struct motion_counts *detector_counts(const struct detector *d);
