#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>

#include "core/clock.h"

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return SECONDS_US(t.tv_sec) + t.tv_nsec / 1000;
}

static int64_t machine_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

static int64_t machine_mono_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static bool machine_is_synchronised(void)
{
    struct timex now = { .modes = 0 };

    return adjtimex(&now) >= 0 && !(now.status & STA_UNSYNC);
}

static const struct clock_source machine = {
    .wall_us = machine_wall_us,
    .mono_us = machine_mono_us,
    .is_synchronised = machine_is_synchronised,
};
static const struct clock_source *in_use = &machine;

/* clock_ahead_us() when the clock was last known to be right. */
#define NEVER INT64_MIN
static atomic_int_least64_t right_ahead_us = NEVER;

void clock_use(const struct clock_source *source)
{
    in_use = source ? source : &machine;
    atomic_store(&right_ahead_us, NEVER);
}

int64_t clock_ahead_us(void)
{
    return in_use == &machine ? machine_wall_us() - read_clock(CLOCK_BOOTTIME)
                              : in_use->wall_us() - in_use->mono_us();
}

void clock_trust(void)
{
    atomic_store(&right_ahead_us, clock_ahead_us());
}

bool clock_is_trusted(void)
{
    if (clock_is_synchronised()) {
        clock_trust();
        return true;
    }
    int64_t right_us = atomic_load(&right_ahead_us);
    return right_us != NEVER && llabs(clock_ahead_us() - right_us) <= CLOCK_STEP_US;
}

int64_t clock_wall_us(void)
{
    return in_use->wall_us();
}

int64_t clock_mono_us(void)
{
    return in_use->mono_us();
}

bool clock_is_synchronised(void)
{
    return in_use->is_synchronised();
}
