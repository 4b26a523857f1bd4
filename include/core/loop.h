/*
 * The loop: one thread on which everything that is not blocking happens. Other threads
 * reach it with loop_post(), and only so.
 * Thread: all but loop_post() and loop_stop() on the loop's own thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop;
struct timer;

typedef void call_fn(void *arg);

struct loop *loop_new(void);
/* Runs what was posted and not yet run, then frees. Join other threads before. */
void loop_free(struct loop *loop);

struct event_base *loop_base(struct loop *loop);
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop); /* any thread, or a signal's handler on the loop */

/* Any thread: `fn(arg)` runs on the loop, in the order of posting, never at once. */
void loop_post(struct loop *loop, call_fn *fn, void *arg);

/* A timer that is not set. It costs nothing until it is. */
struct timer *timer_new(struct loop *loop, call_fn *fn, void *arg);
void timer_after(struct timer *timer, int64_t us); /* once; sets it anew if it was set */
void timer_every(struct timer *timer, int64_t us); /* again and again */
void timer_cancel(struct timer *timer);
bool timer_is_set(const struct timer *timer);
void timer_free(struct timer *timer);
