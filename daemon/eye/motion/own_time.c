#include "own_time.h"

#include "core/clock.h"

/* Between two runs the detector's time goes on by what really passed, within this. */
#define RUN_GAP_LEAST_US MILLIS_US(40)
#define RUN_GAP_MOST_US  SECONDS_US(10)

/* A run of more than 60 years is nonsense; this many ticks and microseconds fit. */
#define RUN_SECONDS_MAX 2000000000LL

bool own_time_is_sane(const struct held *packet)
{
    int64_t most = RUN_SECONDS_MAX * (int64_t)packet->clock;

    return packet->clock > 0 && packet->size > 0 && packet->pts <= most &&
           packet->pts >= -most;
}

static int64_t run_time_us(const struct held *packet)
{
    int64_t clock = packet->clock;

    return packet->pts / clock * 1000000 + packet->pts % clock * 1000000 / clock;
}

bool own_time_breaks(const struct own_time *t, const struct held *packet)
{
    return t->run_known && t->run != packet->run;
}

void own_time_place(struct own_time *t, struct held *packet)
{
    int64_t run_us = run_time_us(packet);

    if (!t->run_known) {
        int64_t gap_us = packet->arrived_us - t->arrived_us;
        if (gap_us < RUN_GAP_LEAST_US)
            gap_us = RUN_GAP_LEAST_US;
        if (gap_us > RUN_GAP_MOST_US)
            gap_us = RUN_GAP_MOST_US;
        t->base_us = t->newest_us + gap_us - run_us;
        t->run_known = true;
        t->run = packet->run;
    }
    packet->at_us = run_us + t->base_us;
    t->wall_us = packet->wall_us - packet->at_us;
    t->arrived_us = packet->arrived_us;
    if (packet->at_us > t->newest_us)
        t->newest_us = packet->at_us;
}

void own_time_end_run(struct own_time *t)
{
    t->run_known = false;
}
