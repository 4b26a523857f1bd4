/*
 * The detector's own time. A run's time begins anew with each connection; this one goes on, by
 * what really passed between two runs, so that the background grows older and no older.
 *   own time  = run's time + base_us      wall time = own time + wall_us
 * Thread: the detector's.
 */
#pragma once
#include "held.h"

struct own_time {
    bool run_known;
    uint32_t run;
    int64_t base_us, wall_us;
    int64_t newest_us, arrived_us; /* of all packets so far */
};

/* False: times that no camera sends. */
bool own_time_is_sane(const struct held *packet);

/* The packet begins another run, although nobody said that the last one had ended. */
bool own_time_breaks(const struct own_time *t, const struct held *packet);

/* Sets packet->at_us. */
void own_time_place(struct own_time *t, struct held *packet);

void own_time_end_run(struct own_time *t);
