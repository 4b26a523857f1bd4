#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <resolv.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/worker.h"
#include "dial.h"

/* Names wait for each other only when as many name servers are silent at once. */
enum { RESOLVERS = 4, NAMES_WAITING = 256 };

#define DIAL_US SECONDS_US(5)

struct dialler {
    struct loop *loop;
    struct worker *resolvers[RESOLVERS];
    int names[RESOLVERS]; /* that each was given and has not brought back */
    bool closed;          /* freed when the last name is back */
};

/* A name on its way to a worker and back; outlives a dial that was stopped. */
struct lookup {
    struct dialler *dialler;
    int resolver;
    struct dial *dial; /* loop's; NULL: nobody waits */
    atomic_bool given_up;
    char host[HOST_MAX];
    uint16_t port;
    struct endpoint found[KNOWN_MAX];
    int count;
    char why[96];
};

struct dial {
    struct dialler *dialler;
    struct address *address;
    dial_fn *fn;
    void *arg;
    struct timer *timer;
    int64_t until_us; /* monotonic */
    struct lookup *lookup;
    int fd, next; /* next: of address->known */
    struct event *writable;
    enum dial_end end; /* of the last try */
    char why[96];
};

/* ---- the workers ------------------------------------------------------------------- */

static void keep_found(struct lookup *lookup, const struct addrinfo *list)
{
    for (; list && lookup->count < KNOWN_MAX; list = list->ai_next) {
        struct endpoint *to = &lookup->found[lookup->count];
        if (list->ai_addrlen > sizeof to->at)
            continue;
        memcpy(&to->at, list->ai_addr, list->ai_addrlen);
        to->size = list->ai_addrlen;
        if (list->ai_family == AF_INET)
            ((struct sockaddr_in *)&to->at)->sin_port = htons(lookup->port);
        else
            ((struct sockaddr_in6 *)&to->at)->sin6_port = htons(lookup->port);
        lookup->count++;
    }
}

static void on_found(void *arg);

static void look_up(void *arg)
{
    struct lookup *lookup = arg;
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_ADDRCONFIG },
                    *list = NULL;

    if (!atomic_load(&lookup->given_up)) {
        /* This thread's own settings: a silent name server keeps it for 2 s, not 20. */
        res_init();
        _res.retrans = 2;
        _res.retry = 1;
        int failed = getaddrinfo(lookup->host, NULL, &hints, &list);
        if (failed)
            snprintf(lookup->why, sizeof lookup->why, "%s", gai_strerror(failed));
        else
            keep_found(lookup, list);
        if (list)
            freeaddrinfo(list);
    }
    loop_post(lookup->dialler->loop, on_found, lookup);
}

struct dialler *dialler_new(struct loop *loop, struct error *err)
{
    struct dialler *d = xcalloc(1, sizeof *d);

    d->loop = loop;
    for (int i = 0; i < RESOLVERS; i++) {
        d->resolvers[i] = worker_start("resolve", NAMES_WAITING, err);
        if (!d->resolvers[i]) {
            dialler_free(d);
            return NULL;
        }
    }
    return d;
}

static void free_when_empty(struct dialler *d)
{
    int names = 0;

    for (int i = 0; i < RESOLVERS; i++)
        names += d->names[i];
    if (d->closed && names == 0)
        free(d);
}

void dialler_free(struct dialler *d)
{
    if (!d)
        return;
    for (int i = 0; i < RESOLVERS; i++)
        worker_stop(d->resolvers[i]);
    d->closed = true; /* what was posted comes back still */
    free_when_empty(d);
}

/* ---- a dial ------------------------------------------------------------------------ */

void dial_stop(struct dial *dial)
{
    if (!dial)
        return;
    if (dial->lookup) {
        atomic_store(&dial->lookup->given_up, true);
        dial->lookup->dial = NULL;
    }
    if (dial->writable)
        event_free(dial->writable);
    if (dial->fd >= 0)
        close(dial->fd);
    timer_free(dial->timer);
    free(dial);
}

static void finish(struct dial *dial, enum dial_end end)
{
    dial_fn *fn = dial->fn;
    void *arg = dial->arg;
    int fd = end == DIAL_CONNECTED ? dial->fd : -1;
    char why[sizeof dial->why];

    memcpy(why, dial->why, sizeof why);
    if (fd >= 0)
        dial->fd = -1;
    dial_stop(dial);
    fn(arg, end, fd, why);
}

static enum dial_end end_for(int failed)
{
    switch (failed) {
    case ECONNREFUSED:
        return DIAL_CLOSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return DIAL_NO_ROUTE;
    case ETIMEDOUT:
    case ECONNRESET:
        return DIAL_NO_ANSWER;
    default:
        return DIAL_FAILED;
    }
}

static void try_next(struct dial *dial);

/* What the better of two addresses said counts: a host that answers is not silent. */
static void try_failed(struct dial *dial, int failed)
{
    enum dial_end end = end_for(failed);

    if (dial->next == 1 || end < dial->end) {
        dial->end = end;
        snprintf(dial->why, sizeof dial->why, "%s", strerrordesc_np(failed));
    }
    if (dial->writable)
        event_free(dial->writable);
    dial->writable = NULL;
    if (dial->fd >= 0)
        close(dial->fd);
    dial->fd = -1;
    try_next(dial);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct dial *dial = arg;
    int failed = 0;
    socklen_t size = sizeof failed;

    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed)
        try_failed(dial, failed);
    else
        finish(dial, DIAL_CONNECTED);
}

/* True: the connection is under way. */
static bool begin_connect(struct dial *dial, const struct endpoint *to, int *failed)
{
    int on = 1;

    dial->fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *failed = errno;
    if (dial->fd < 0)
        return false;
    setsockopt(dial->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(dial->fd, (const struct sockaddr *)&to->at, to->size) < 0 &&
        errno != EINPROGRESS) {
        *failed = errno;
        return false;
    }
    dial->writable =
        event_new(loop_base(dial->dialler->loop), dial->fd, EV_WRITE, on_writable, dial);
    event_add(dial->writable, NULL);
    return true;
}

static void try_next(struct dial *dial)
{
    int left = dial->address->known_count - dial->next, failed;
    int64_t left_us = dial->until_us - clock_mono_us();

    if (left <= 0 || left_us <= 0) {
        finish(dial, dial->end);
        return;
    }
    timer_after(dial->timer, left_us / left); /* the others get their share */
    if (!begin_connect(dial, &dial->address->known[dial->next++], &failed))
        try_failed(dial, failed);
}

/* A name server that is away takes nothing from a camera that has been found before. */
static void without_answer(struct dial *dial, const char *why)
{
    if (dial->address->known_count > 0) {
        dial->until_us = clock_mono_us() + DIAL_US;
        try_next(dial);
        return;
    }
    snprintf(dial->why, sizeof dial->why, "%s", why);
    finish(dial, DIAL_UNKNOWN_HOST);
}

static void on_found(void *arg)
{
    struct lookup *lookup = arg;
    struct dial *dial = lookup->dial;

    if (dial)
        dial->lookup = NULL;
    if (dial && lookup->count > 0) {
        memcpy(dial->address->known, lookup->found, sizeof lookup->found);
        dial->address->known_count = lookup->count;
        dial->until_us = clock_mono_us() + DIAL_US;
        try_next(dial);
    } else if (dial) {
        without_answer(dial, lookup->why);
    }
    struct dialler *d = lookup->dialler;
    d->names[lookup->resolver]--;
    free(lookup);
    free_when_empty(d);
}

static void on_time(void *arg)
{
    struct dial *dial = arg;

    if (dial->lookup) {
        atomic_store(&dial->lookup->given_up, true);
        dial->lookup->dial = NULL;
        dial->lookup = NULL;
        without_answer(dial, "the name server does not answer");
    } else if (dial->fd >= 0) {
        try_failed(dial, ETIMEDOUT);
    } else if (dial->address->known_count == 0) {
        without_answer(dial, "too many names wait for an answer");
    } else {
        try_next(dial);
    }
}

static void resolve(struct dial *dial)
{
    struct dialler *d = dial->dialler;
    struct lookup *lookup = xcalloc(1, sizeof *lookup);
    int least = 0;

    for (int i = 1; i < RESOLVERS; i++)
        if (d->names[i] < d->names[least])
            least = i;
    lookup->dialler = d;
    lookup->resolver = least;
    lookup->dial = dial;
    lookup->port = dial->address->port;
    memcpy(lookup->host, dial->address->host, sizeof lookup->host);
    if (!worker_post(d->resolvers[least], look_up, lookup)) {
        free(lookup); /* the timer ends it */
        return;
    }
    d->names[least]++;
    dial->lookup = lookup;
}

struct dial *dial_start(struct dialler *d, struct address *address, dial_fn *fn,
                        void *arg)
{
    struct dial *dial = xcalloc(1, sizeof *dial);

    *dial = (struct dial){ .dialler = d,
                           .address = address,
                           .fn = fn,
                           .arg = arg,
                           .fd = -1,
                           .end = DIAL_NO_ANSWER };
    dial->until_us = clock_mono_us() + DIAL_US;
    dial->timer = timer_new(d->loop, on_time, dial);
    if (address_is_literal(address)) {
        timer_after(dial->timer, 0); /* try_next(), but not before this returns */
    } else {
        timer_after(dial->timer, DIAL_US);
        resolve(dial);
    }
    return dial;
}
