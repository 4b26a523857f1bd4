#include <stdlib.h>

#include "core/memory.h"
#include "store/desk.h"

/* A hundred cameras whose segments grow every two seconds, for as long as a disk may
 * stall. */
enum { JOBS_WAITING = 1024 };

struct desk {
    struct store *store; /* the worker's, from its start to its end */
    struct worker *worker;
    struct loop *loop;
};

struct errand {
    struct desk *desk;
    desk_fn *job;
    call_fn *done;
    void *arg;
};

struct desk *desk_open(const char *state_dir, enum store_use use, const char *name,
                       struct loop *loop, bool *replaced, struct error *err)
{
    struct desk *desk = xcalloc(1, sizeof *desk);

    desk->loop = loop;
    desk->store = store_open(state_dir, use, replaced, err);
    if (desk->store)
        desk->worker = worker_start(name, JOBS_WAITING, err);
    if (desk->worker)
        return desk;
    desk_close(desk);
    return NULL;
}

/* The desk's worker. */
static void run_errand(void *arg)
{
    struct errand *errand = arg;

    errand->job(errand->desk->store, errand->arg);
    if (errand->done)
        loop_post(errand->desk->loop, errand->done, errand->arg);
    free(errand);
}

bool desk_ask(struct desk *desk, desk_fn *job, call_fn *done, void *arg)
{
    struct errand *errand = xmalloc(sizeof *errand);

    *errand = (struct errand){ .desk = desk, .job = job, .done = done, .arg = arg };
    if (worker_post(desk->worker, run_errand, errand))
        return true;
    free(errand);
    return false;
}

size_t desk_waiting(struct desk *desk)
{
    return worker_waiting(desk->worker);
}

size_t desk_refused(struct desk *desk)
{
    return worker_refused(desk->worker);
}

void desk_close(struct desk *desk)
{
    if (!desk)
        return;
    worker_stop(desk->worker);
    store_close(desk->store);
    free(desk);
}
