#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "lockout.h"

enum { FAILURES = 5, WINDOW_S = 30, SHUT_S = 300, ADDRESSES = 256, ADDRESS_MAX = 64 };

struct place {
    char address[ADDRESS_MAX];
    int64_t failed_us[FAILURES]; /* the newest ones, in a ring */
    unsigned next;
    int64_t shut_until_us; /* 0: open */
    int64_t last_us;
};

struct lockout {
    struct place places[ADDRESSES];
};

struct lockout *lockout_new(void)
{
    return xcalloc(1, sizeof(struct lockout));
}

void lockout_free(struct lockout *lockout)
{
    free(lockout);
}

static struct place *find(const struct lockout *lockout, const char *address)
{
    for (size_t i = 0; i < ADDRESSES; i++)
        if (lockout->places[i].last_us &&
            strcmp(lockout->places[i].address, address) == 0)
            return (struct place *)&lockout->places[i];
    return NULL;
}

static struct place *take(struct lockout *lockout, const char *address)
{
    struct place *oldest = &lockout->places[0];

    for (size_t i = 1; i < ADDRESSES; i++)
        if (lockout->places[i].last_us < oldest->last_us)
            oldest = &lockout->places[i];
    *oldest = (struct place){ 0 };
    snprintf(oldest->address, sizeof oldest->address, "%s", address);
    return oldest;
}

void lockout_failed(struct lockout *lockout, const char *address, int64_t now_us)
{
    struct place *place = find(lockout, address);

    if (!place)
        place = take(lockout, address);
    /* The slot written now held the fifth failure back. */
    int64_t fifth_us = place->failed_us[(place->next + 1) % FAILURES];
    place->failed_us[place->next++ % FAILURES] = now_us;
    place->last_us = now_us;
    if (fifth_us && now_us - fifth_us <= SECONDS_US(WINDOW_S))
        place->shut_until_us = now_us + SECONDS_US(SHUT_S);
}

bool lockout_is_shut(const struct lockout *lockout, const char *address, int64_t now_us)
{
    const struct place *place = find(lockout, address);

    return place && now_us < place->shut_until_us;
}
