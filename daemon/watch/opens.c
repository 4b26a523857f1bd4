#include <stdlib.h>

#include "core/clock.h"
#include "core/memory.h"
#include "opens.h"

enum { MAINS, SUBS, QUEUES };

struct opens {
    struct opening *waiting[QUEUES]; /* in the order of coming */
    struct opening *counted;         /* the newest first */
    int count;
    struct timer *timer; /* the end of the oldest one's time */
};

static void unlink_from(struct opening **at, struct opening *o)
{
    while (*at != o)
        at = &(*at)->next;
    *at = o->next;
    o->next = NULL;
}

static struct opening *take_first(struct opens *opens)
{
    struct opening **queue = &opens->waiting[opens->waiting[MAINS] ? MAINS : SUBS];
    struct opening *first = *queue;

    if (first)
        *queue = first->next;
    return first;
}

static void forget_slow(struct opens *opens)
{
    int64_t since_us = clock_mono_us() - OPENS_COUNT_US;

    for (struct opening *o = opens->counted, *next; o; o = next) {
        next = o->next;
        if (o->since_us <= since_us)
            opening_end(o);
    }
}

static void give_turns(void *arg)
{
    struct opens *opens = arg;
    struct opening *o;

    forget_slow(opens);
    while (opens->count < OPENS_MOST && (o = take_first(opens))) {
        o->since_us = clock_mono_us();
        o->next = opens->counted;
        opens->counted = o;
        opens->count++;
        o->on_turn(o->arg);
    }
    if (opens->count >= OPENS_MOST)
        timer_after(opens->timer, OPENS_COUNT_US / 4);
}

struct opens *opens_new(struct loop *loop)
{
    struct opens *opens = xcalloc(1, sizeof *opens);

    opens->timer = timer_new(loop, give_turns, opens);
    return opens;
}

void opens_free(struct opens *opens)
{
    if (!opens)
        return;
    timer_free(opens->timer);
    free(opens);
}

void opening_begin(struct opening *o, struct opens *opens, bool is_main,
                   void (*on_turn)(void *arg), void *arg)
{
    struct opening **last = &opens->waiting[is_main ? MAINS : SUBS];

    opening_end(o);
    *o = (struct opening){ .opens = opens, .on_turn = on_turn, .arg = arg };
    while (*last)
        last = &(*last)->next;
    *last = o;
    give_turns(opens);
}

static bool waits_in(const struct opening *queue, const struct opening *o)
{
    while (queue && queue != o)
        queue = queue->next;
    return queue != NULL;
}

void opening_end(struct opening *o)
{
    struct opens *opens = o->opens;

    if (!opens)
        return;
    o->opens = NULL;
    if (o->since_us) {
        unlink_from(&opens->counted, o);
        opens->count--;
        timer_after(opens->timer, 0); /* outside of whoever ends it */
        return;
    }
    unlink_from(&opens->waiting[waits_in(opens->waiting[MAINS], o) ? MAINS : SUBS], o);
}
