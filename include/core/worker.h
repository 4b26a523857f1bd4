/*
 * A worker is a thread with a queue: blocking work (disk, catalogue, names, password
 * hashes) goes there and comes back with loop_post(). What it works on it owns.
 * Thread: worker_post() any; the rest the thread that started it.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/loop.h"

struct worker;

/* `limit`: jobs that may wait. `name`: at most 15 bytes, seen in ps and gdb. */
struct worker *worker_start(const char *name, size_t limit, struct error *err);

/* Jobs run one after the other in the order of posting. False: the queue is full and the
 * job was not taken; it is counted. Whoever posts decides what is dropped. */
bool worker_post(struct worker *worker, call_fn *fn, void *arg);

size_t worker_waiting(struct worker *worker);
size_t worker_refused(struct worker *worker); /* since the start */

/* Finishes every job in the queue, ends the thread, frees. */
void worker_stop(struct worker *worker);
