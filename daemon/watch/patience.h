/*
 * How long the nursery's answer is waited for. Counted in looks a second apart and not by
 * the clock: on a machine so busy that nobody gets a turn the looks come late, too. One
 * that uses processor time is at work and is let work on for long; one that uses none
 * stands still, unless it has just been executed and its libraries come from a slow disk.
 * Thread: the owner's.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_LOOK_US 1000000

struct patience {
    bool has_answered; /* since it was executed */
    int looks, idle;   /* since the last answer; ... in a row without work */
    int64_t worked_us;
};

/* It has just been executed. */
void patience_start(struct patience *p);
/* An order went out while none waited; `worked_us`: its processor time so far. */
void patience_wait(struct patience *p, int64_t worked_us);
void patience_answered(struct patience *p);
/* One look. False: it hangs. */
bool patience_lasts(struct patience *p, int64_t worked_us);
