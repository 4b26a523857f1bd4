/* The loop, its timers and posts, and workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/loop.h"
#include "core/memory.h"
#include "core/worker.h"

enum { POSTS = 2000 };

struct bench {
    struct loop *loop;
    struct worker *worker;
    pthread_t loop_thread;
    int seen[POSTS], count;
    bool on_loop_thread, turned_back;
    pthread_mutex_t gate; /* held by a test to keep the worker busy */
};

static int set_up(void **state)
{
    struct bench *b = xcalloc(1, sizeof *b);

    b->loop = loop_new();
    b->loop_thread = pthread_self();
    b->on_loop_thread = true;
    pthread_mutex_init(&b->gate, NULL);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    worker_stop(b->worker);
    loop_free(b->loop);
    pthread_mutex_destroy(&b->gate);
    free(b);
    return 0;
}

struct numbered { struct bench *bench; int number; };

static void arrive(void *arg)
{
    struct numbered *n = arg;
    struct bench *b = n->bench;

    b->on_loop_thread &= pthread_equal(pthread_self(), b->loop_thread) != 0;
    b->seen[b->count++] = n->number;
    if (b->count == POSTS)
        loop_stop(b->loop);
    free(n);
}

static void post_many(void *arg)
{
    struct bench *b = arg;

    for (int i = 0; i < POSTS; i++) {
        struct numbered *n = xmalloc(sizeof *n);
        *n = (struct numbered){ .bench = b, .number = i };
        loop_post(b->loop, arrive, n);
    }
}

static void what_a_worker_posts_runs_on_the_loop_in_order(void **state)
{
    struct bench *b = *state;

    b->worker = worker_start("test", 4, NULL);
    assert_true(worker_post(b->worker, post_many, b));
    loop_run(b->loop);
    assert_int_equal(b->count, POSTS);
    assert_true(b->on_loop_thread);
    for (int i = 0; i < POSTS; i++)
        assert_int_equal(b->seen[i], i);
}

static void count_one(void *arg)
{
    struct bench *b = arg;

    b->count++;
}

static void wait_at_the_gate(void *arg)
{
    struct bench *b = arg;

    pthread_mutex_lock(&b->gate);
    b->count++;
    pthread_mutex_unlock(&b->gate);
}

static void a_full_worker_refuses_and_counts(void **state)
{
    struct bench *b = *state;
    int taken = 0;

    b->worker = worker_start("test", 3, NULL);
    pthread_mutex_lock(&b->gate);
    for (int i = 0; i < 10; i++)
        taken += worker_post(b->worker, wait_at_the_gate, b);
    /* Three wait, and one may already be in the worker's hands. */
    assert_in_range(taken, 3, 4);
    assert_int_equal(worker_refused(b->worker), 10 - taken);
    pthread_mutex_unlock(&b->gate);
    worker_stop(b->worker);
    b->worker = NULL;
    assert_int_equal(b->count, taken);
}

static void stopping_a_worker_finishes_its_jobs(void **state)
{
    struct bench *b = *state;

    b->worker = worker_start("test", 100, NULL);
    for (int i = 0; i < 100; i++)
        while (!worker_post(b->worker, count_one, b))
            ;
    worker_stop(b->worker);
    b->worker = NULL;
    assert_int_equal(b->count, 100);
}

static void stop_loop(void *arg)
{
    struct bench *b = arg;

    b->turned_back = true;
    loop_stop(b->loop);
}

static void count_five(void *arg)
{
    struct bench *b = arg;

    if (++b->count == 5)
        loop_stop(b->loop);
}

static void a_timer_fires_once_and_a_repeating_one_again(void **state)
{
    struct bench *b = *state;
    struct timer *once = timer_new(b->loop, stop_loop, b);
    struct timer *again = timer_new(b->loop, count_five, b);

    timer_after(once, MILLIS_US(1));
    assert_true(timer_is_set(once));
    loop_run(b->loop);
    assert_true(b->turned_back);
    assert_false(timer_is_set(once));
    timer_every(again, MILLIS_US(1));
    loop_run(b->loop);
    assert_int_equal(b->count, 5);
    assert_true(timer_is_set(again));
    timer_free(once);
    timer_free(again);
}

static void what_was_posted_runs_before_the_loop_is_freed(void **state)
{
    struct bench *b = *state;

    loop_post(b->loop, count_one, b);
    loop_free(b->loop);
    assert_int_equal(b->count, 1);
    b->loop = loop_new();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_worker_posts_runs_on_the_loop_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_worker_refuses_and_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stopping_a_worker_finishes_its_jobs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_fires_once_and_a_repeating_one_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_posted_runs_before_the_loop_is_freed, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
