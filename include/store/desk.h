/*
 * A desk is a connection to the catalogue and the worker on which alone it is used. The
 * loop hands it jobs and gets them back done; it never waits.
 * Thread: desk_ask() loop; jobs run on the desk's worker.
 */
#pragma once
#include "core/loop.h"
#include "core/worker.h"
#include "store/store.h"

struct desk;

struct desk *desk_open(const char *state_dir, enum store_use use, const char *name,
                       struct loop *loop, bool *replaced, struct error *err);

/* `job(store, arg)` on the worker, then `done(arg)` on the loop (done may be NULL). False:
 * the desk's queue is full and neither will be called; `arg` stays the caller's. */
typedef void desk_fn(struct store *store, void *arg);
bool desk_ask(struct desk *desk, desk_fn *job, call_fn *done, void *arg);

/* Jobs that wait now, and that were not taken since the start. */
size_t desk_waiting(struct desk *desk);
size_t desk_refused(struct desk *desk);

/* Finishes what was asked; what is done is posted to the loop still. */
void desk_close(struct desk *desk);
