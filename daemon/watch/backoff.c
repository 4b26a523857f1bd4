#include "backoff.h"
#include "core/clock.h"
#include "core/secret.h"

#define LEAST_US SECONDS_US(1)
#define MOST_US  SECONDS_US(60)

int64_t backoff_next(struct backoff *b)
{
    uint32_t random;
    int64_t now = b->next_us ? b->next_us : LEAST_US;

    secret_random(&random, sizeof random);
    b->next_us = now * 2 < MOST_US ? now * 2 : MOST_US;
    /* 0.8 .. 1.2 of it */
    int64_t us = now * 4 / 5 + (int64_t)(random % 1000) * (now * 2 / 5) / 1000;
    return us < LEAST_US ? LEAST_US : us > MOST_US ? MOST_US : us;
}

void backoff_reset(struct backoff *b)
{
    b->next_us = 0;
}
