#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/loop.h"
#include "core/memory.h"

struct post {
    struct post *next;
    call_fn *fn;
    void *arg;
};

struct loop {
    struct event_base *base;
    struct event *posted;  /* readable when the list below is not empty */
    int posted_fd;         /* eventfd: one read and one write a burst, whoever posts */
    pthread_mutex_t lock;  /* guards the list, held for a few instructions */
    struct post *first, **last;
};

struct timer {
    struct event *event;
    call_fn *fn;
    void *arg;
};

static struct post *take_posts(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct post *first = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    pthread_mutex_unlock(&loop->lock);
    return first;
}

static void run_posts(struct loop *loop)
{
    struct post *post = take_posts(loop), *next;

    for (; post; post = next) {
        next = post->next;
        post->fn(post->arg);
        free(post);
    }
}

static void on_posted(evutil_socket_t fd, short what, void *arg)
{
    eventfd_t count;

    eventfd_read(fd, &count);
    run_posts(arg);
}

struct loop *loop_new(void)
{
    struct loop *loop = xcalloc(1, sizeof *loop);

    evthread_use_pthreads();
    loop->base = event_base_new();
    loop->posted_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!loop->base || loop->posted_fd < 0)
        abort(); /* no descriptors at the start of a program: nothing else would go */
    pthread_mutex_init(&loop->lock, NULL);
    loop->last = &loop->first;
    loop->posted = event_new(loop->base, loop->posted_fd, EV_READ | EV_PERSIST, on_posted,
                             loop);
    event_add(loop->posted, NULL);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    while (loop->first)
        run_posts(loop);
    event_free(loop->posted);
    close(loop->posted_fd);
    pthread_mutex_destroy(&loop->lock);
    event_base_free(loop->base);
    free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}

void loop_run(struct loop *loop)
{
    event_base_dispatch(loop->base);
}

void loop_stop(struct loop *loop)
{
    event_base_loopbreak(loop->base);
}

void loop_post(struct loop *loop, call_fn *fn, void *arg)
{
    struct post *post = xmalloc(sizeof *post);
    bool first;

    *post = (struct post){ .fn = fn, .arg = arg };
    pthread_mutex_lock(&loop->lock);
    first = loop->first == NULL;
    *loop->last = post;
    loop->last = &post->next;
    pthread_mutex_unlock(&loop->lock);
    if (first)
        eventfd_write(loop->posted_fd, 1);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct timer *timer = arg;

    timer->fn(timer->arg);
}

struct timer *timer_new(struct loop *loop, call_fn *fn, void *arg)
{
    struct timer *timer = xcalloc(1, sizeof *timer);

    *timer = (struct timer){ .fn = fn, .arg = arg };
    timer->event = event_new(loop->base, -1, 0, on_timer, timer);
    if (!timer->event)
        abort();
    return timer;
}

static void set_timer(struct timer *timer, int64_t us, short how)
{
    struct timeval wait = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };
    struct event_base *base = event_get_base(timer->event);

    event_del(timer->event);
    event_assign(timer->event, base, -1, how, on_timer, timer);
    event_add(timer->event, &wait);
}

void timer_after(struct timer *timer, int64_t us)
{
    set_timer(timer, us > 0 ? us : 0, 0);
}

void timer_every(struct timer *timer, int64_t us)
{
    set_timer(timer, us, EV_PERSIST);
}

void timer_cancel(struct timer *timer)
{
    event_del(timer->event);
}

bool timer_is_set(const struct timer *timer)
{
    return event_pending(timer->event, EV_TIMEOUT, NULL);
}

void timer_free(struct timer *timer)
{
    if (!timer)
        return;
    event_free(timer->event);
    free(timer);
}
