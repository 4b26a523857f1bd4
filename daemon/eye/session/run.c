#include "run.h"

#include <stdlib.h>

#include "core/clock.h"

/* A step of the wall clock that ends a run. */
enum { WALL_STEP_US = 1000000 };

int64_t ticks_of(int64_t us, uint32_t clock)
{
    return us / 1000000 * clock + us % 1000000 * clock / 1000000;
}

int64_t us_of(int64_t ticks, uint32_t clock)
{
    return ticks / clock * 1000000 + ticks % clock * 1000000 / clock;
}

static int64_t wall_ahead_us(void)
{
    return clock_wall_us() - clock_mono_us();
}

void run_begin(struct run *run, int64_t us, int64_t pts_us)
{
    run->number++;
    run->on = true;
    run->us = us;
    run->wall_ahead_us = wall_ahead_us();
    run->wall_us = us + run->wall_ahead_us;
    run->pts_us = pts_us;
}

bool run_wall_has_stepped(const struct run *run)
{
    return llabs(wall_ahead_us() - run->wall_ahead_us) > WALL_STEP_US;
}

int64_t run_wall_us(const struct run *run, int64_t pts_us)
{
    return run->wall_us + pts_us - run->pts_us;
}
