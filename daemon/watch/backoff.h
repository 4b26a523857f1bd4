/*
 * How long to wait before the next attempt: 1 s, doubled with each refusal up to 60 s,
 * each time a little off, so that cameras which fell together do not come back together.
 * Thread: the owner's.
 */
#pragma once
#include <stdint.h>

struct backoff {
    int64_t next_us; /* 0: none was needed yet */
};

int64_t backoff_next(struct backoff *b); /* 1..60 s */
void backoff_reset(struct backoff *b);   /* it went well */

/* 0.8 to 1.2 of it: what happens at the same moment at many cameras shall not go on so.
 */
int64_t jittered_us(int64_t us);
