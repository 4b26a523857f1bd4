#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/worker.h"

struct job {
    struct job *next;
    call_fn *fn;
    void *arg;
};

struct worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *first, **last;
    size_t waiting, limit, refused;
    bool ending;
};

static void *work(void *arg)
{
    struct worker *worker = arg;

    pthread_mutex_lock(&worker->lock);
    for (;;) {
        while (!worker->first && !worker->ending)
            pthread_cond_wait(&worker->wake, &worker->lock);
        struct job *job = worker->first;
        if (!job)
            break;
        worker->first = job->next;
        if (!worker->first)
            worker->last = &worker->first;
        worker->waiting--;
        pthread_mutex_unlock(&worker->lock);
        job->fn(job->arg);
        free(job);
        pthread_mutex_lock(&worker->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

struct worker *worker_start(const char *name, size_t limit, struct error *err)
{
    struct worker *worker = xcalloc(1, sizeof *worker);
    sigset_t all, before;

    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->wake, NULL);
    worker->last = &worker->first;
    worker->limit = limit;
    /* Signals belong to the loop. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        error_set(err, ERR_BUSY, _("cannot start the thread %s: %s"), name,
                  error_of_system(failed));
        pthread_cond_destroy(&worker->wake);
        pthread_mutex_destroy(&worker->lock);
        free(worker);
        return NULL;
    }
    pthread_setname_np(worker->thread, name);
    return worker;
}

bool worker_post(struct worker *worker, call_fn *fn, void *arg)
{
    struct job *job = xmalloc(sizeof *job);

    *job = (struct job){ .fn = fn, .arg = arg };
    pthread_mutex_lock(&worker->lock);
    bool taken = worker->waiting < worker->limit;
    if (taken) {
        *worker->last = job;
        worker->last = &job->next;
        worker->waiting++;
        pthread_cond_signal(&worker->wake);
    } else {
        worker->refused++;
    }
    pthread_mutex_unlock(&worker->lock);
    if (!taken)
        free(job);
    return taken;
}

size_t worker_waiting(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    size_t waiting = worker->waiting;
    pthread_mutex_unlock(&worker->lock);
    return waiting;
}

size_t worker_refused(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    size_t refused = worker->refused;
    pthread_mutex_unlock(&worker->lock);
    return refused;
}

void worker_stop(struct worker *worker)
{
    if (!worker)
        return;
    pthread_mutex_lock(&worker->lock);
    worker->ending = true;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    pthread_join(worker->thread, NULL);
    pthread_cond_destroy(&worker->wake);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
