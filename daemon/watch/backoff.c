#include "backoff.h"
#include "core/clock.h"
#include "core/secret.h"

#define LEAST_US SECONDS_US(1)
#define MOST_US  SECONDS_US(60)

int64_t jittered_us(int64_t us)
{
    uint32_t random;

    secret_random(&random, sizeof random);
    return us * 4 / 5 + (int64_t)(random % 1000) * (us * 2 / 5) / 1000;
}

int64_t backoff_next(struct backoff *b)
{
    int64_t now = b->next_us ? b->next_us : LEAST_US;

    b->next_us = now * 2 < MOST_US ? now * 2 : MOST_US;
    int64_t us = jittered_us(now);
    return us < LEAST_US ? LEAST_US : us > MOST_US ? MOST_US : us;
}

void backoff_reset(struct backoff *b)
{
    b->next_us = 0;
}
