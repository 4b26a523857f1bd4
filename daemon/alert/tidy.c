#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "parts.h"
#include "snapshot.h"

#define HOUR_US SECONDS_US(3600)
#define DAY_US  SECONDS_US(86400)

enum { BETWEEN_DAYS_US = 1000000 }; /* alerts come first */

struct tidying {
    struct errand errand; /* first */
    bool found;           /* a day was taken away: there may be another */
};

static bool forget_in(struct errand *errand, struct store *store, void *day_us,
                      struct error *err)
{
    int64_t from_us = *(const int64_t *)day_us;

    return events_forget_pictures(store, from_us, from_us + DAY_US, err);
}

/* One day. First the rows: a name without a file would be a broken picture. */
static void tidy_job(struct store *store, void *arg)
{
    struct tidying *tidying = arg;
    const struct settings *set = tidying->errand.set;
    int64_t day_us;
    struct error err;

    if (!clock_is_trusted() || set->storage.keep_us <= 0 ||
        !snapshot_oldest_day(set->paths.state, clock_wall_us() - set->storage.keep_us,
                             &day_us))
        return;
    tidying->found = errand_commit(&tidying->errand, store, forget_in, &day_us, &err) &&
                     snapshot_remove_day(set->paths.state, day_us, &err);
    if (!tidying->found)
        log_warning("old pictures not removed", "why='%s'", err.text);
}

static void on_tidy_done(void *arg)
{
    struct tidying *tidying = arg;
    struct duty *duty = tidying->errand.duty;

    errand_tell(&tidying->errand);
    if (duty->tidy)
        timer_after(duty->tidy, tidying->found ? BETWEEN_DAYS_US : HOUR_US);
    errand_end(&tidying->errand);
    free(tidying);
}

void tidy_look(struct duty *duty)
{
    struct tidying *tidying = xcalloc(1, sizeof *tidying);

    if (errand_ask(duty, &tidying->errand, tidy_job, on_tidy_done))
        return;
    free(tidying);
    timer_after(duty->tidy, HOUR_US);
}
