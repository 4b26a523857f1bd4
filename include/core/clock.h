/*
 * The two clocks. Wall time is UTC in microseconds since 1970 (`_us`), steps when the
 * admin or NTP says so, and is what is stored; monotonic time only runs on and is what
 * durations and deadlines are made of.
 * Thread: any. Tests put their own clock in before they start threads.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define SECONDS_US(s) ((int64_t)(s)*1000000)
#define MILLIS_US(ms) ((int64_t)(ms)*1000)

int64_t clock_wall_us(void);
int64_t clock_mono_us(void);

/* Whether the kernel holds the wall clock to be synchronised (adjtimex: no STA_UNSYNC). */
bool clock_is_synchronised(void);

/* How far the wall clock is ahead of the time since this machine's boot, sleep included: a
 * constant, until somebody sets the wall clock. */
int64_t clock_ahead_us(void);

/* Whether what the wall clock says may be believed: it was synchronised, or a person said
 * so, and was not set since (CLOCK_STEP_US). */
bool clock_is_trusted(void);
void clock_trust(void);

/* A difference that is a step, and not a reading that took its time. */
#define CLOCK_STEP_US SECONDS_US(1)

struct clock_source {
    int64_t (*wall_us)(void);
    int64_t (*mono_us)(void);
    bool (*is_synchronised)(void);
};

/* NULL: the machine's own again. Nothing is trusted any more. */
void clock_use(const struct clock_source *source);
