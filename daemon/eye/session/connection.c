#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "tls.h"

/* Room for a second of 2 Mbit/s; more only for a stream that needs it. A frame or message
 * has at most 80 KiB (see rtsp.h). */
enum { ROOM_FIRST = 256 << 10, ROOM_MAX = 1 << 20 };
enum { LOW_WATER_MAX = ROOM_FIRST / 4, UNSENT_MAX = 64 << 10 };
enum { SEALED_MAX = 64 << 10 }; /* of TLS, read or written at once */
enum { READS_MAX = 4 }; /* in a row: other connections have a turn too */

struct connection {
    struct loop *loop;
    struct connection_listener listener;
    void *arg;
    int fd;          /* -1: closed */
    unsigned opened; /* counts, to notice that a callback closed or opened anew */
    struct event *readable, *writable;
    struct timer *backstop;
    struct tls *tls; /* NULL: plain */
    uint8_t *sealed; /* SEALED_MAX bytes on their way to or from it */
    uint8_t *bytes;
    size_t used, room;
    struct bytes unsent;
    int gulp_ms;
    int low_water;
    int64_t read;        /* bytes, ever */
    int64_t measured_us; /* since when `measured` bytes were read */
    int64_t measured;
};

static void on_backstop(void *arg);

struct connection *connection_new(struct loop *loop,
                                  const struct connection_listener *listener, void *arg)
{
    struct connection *c = xcalloc(1, sizeof *c);

    c->loop = loop;
    c->listener = *listener;
    c->arg = arg;
    c->fd = -1;
    c->backstop = timer_new(loop, on_backstop, c);
    return c;
}

void connection_free(struct connection *c)
{
    if (!c)
        return;
    connection_close(c);
    timer_free(c->backstop);
    free(c->sealed);
    free(c->bytes);
    free(c);
}

void connection_close(struct connection *c)
{
    if (c->fd < 0)
        return;
    event_free(c->readable);
    event_free(c->writable);
    timer_cancel(c->backstop);
    close(c->fd);
    c->fd = -1;
    c->opened++;
    c->used = 0;
    bytes_free(&c->unsent);
    tls_free(c->tls);
    c->tls = NULL;
}

bool connection_is_open(const struct connection *c)
{
    return c->fd >= 0;
}

static void end(struct connection *c, const char *why)
{
    connection_close(c);
    c->listener.on_end(c->arg, NULL, why);
}

static void end_tls(struct connection *c)
{
    const char *code = tls_code(c->tls);
    char why[160];

    snprintf(why, sizeof why, "%s", code ? tls_detail(c->tls) : "closed by the camera");
    connection_close(c);
    c->listener.on_end(c->arg, code, why);
}

/* ---- writing ---- */

static bool send_raw(struct connection *c, const void *bytes, size_t size)
{
    ssize_t sent = 0;

    if (c->unsent.size == 0)
        sent = send(c->fd, bytes, size, MSG_NOSIGNAL);
    if (sent < 0)
        sent = 0; /* a broken connection is told by its reading side */
    if ((size_t)sent == size)
        return true;
    if (c->unsent.size + size - (size_t)sent > UNSENT_MAX)
        return false;
    bytes_add(&c->unsent, (const uint8_t *)bytes + sent, size - (size_t)sent);
    event_add(c->writable, NULL);
    return true;
}

static bool send_sealed(struct connection *c)
{
    size_t size;

    while ((size = tls_take(c->tls, c->sealed, SEALED_MAX)) > 0)
        if (!send_raw(c, c->sealed, size))
            return false;
    return true;
}

bool connection_send(struct connection *c, const void *bytes, size_t size)
{
    if (c->fd < 0)
        return false;
    if (!c->tls)
        return send_raw(c, bytes, size);
    tls_write(c->tls, bytes, size);
    return send_sealed(c);
}

/* ---- low water ---- */

static void set_low_water(struct connection *c, int64_t want)
{
    int low = want < 1 ? 1 : want > LOW_WATER_MAX ? LOW_WATER_MAX : (int)want;

    if (abs(low - c->low_water) <= c->low_water / 8) /* not a call for every flutter */
        return;
    if (setsockopt(c->fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low) == 0)
        c->low_water = low;
}

static void measure(struct connection *c, size_t got, int64_t us)
{
    int64_t passed = us - c->measured_us;

    c->measured += (int64_t)got;
    if (c->gulp_ms <= 0 || passed < SECONDS_US(1))
        return;
    /* The first stretch after opening is signalling, or a part of a second: not yet. */
    if (c->measured_us)
        set_low_water(c, c->measured * MILLIS_US(c->gulp_ms) / passed);
    c->measured_us = us;
    c->measured = 0;
}

void connection_set_gulp(struct connection *c, int gulp_ms)
{
    c->gulp_ms = gulp_ms;
    c->measured_us = 0;
    c->measured = 0;
    if (c->fd < 0)
        return;
    if (gulp_ms <= 0) {
        set_low_water(c, 1);
        timer_cancel(c->backstop);
    } else {
        timer_after(c->backstop, MILLIS_US(2 * gulp_ms));
    }
}

/* ---- reading ---- */

/* What the camera has said so far, at most `room`; then more from the socket, once. As
 * recv(2), but -1 with errno 0: TLS is over, see tls_code(). */
static ssize_t receive_tls(struct connection *c, uint8_t *to, size_t room)
{
    size_t have = 0;
    bool asked = false;

    for (;;) {
        ssize_t got = tls_read(c->tls, to + have, room - have);
        have += got > 0 ? (size_t)got : 0;
        if (have == room)
            return (ssize_t)have;
        if (got > 0)
            continue;
        errno = got < 0 ? 0 : EAGAIN;
        if (got < 0 || asked)
            return have > 0 ? (ssize_t)have : -1;
        got = recv(c->fd, c->sealed, SEALED_MAX, 0);
        if (got <= 0)
            return have > 0 ? (ssize_t)have : got;
        asked = got < SEALED_MAX;
        tls_put(c->tls, c->sealed, (size_t)got);
        send_sealed(c);
    }
}

static ssize_t receive(struct connection *c, uint8_t *to, size_t room)
{
    return c->tls ? receive_tls(c, to, room) : recv(c->fd, to, room, 0);
}

/* True: there may be more to read. */
static bool read_once(struct connection *c)
{
    unsigned opened = c->opened;
    size_t room = c->room - c->used, taken;
    ssize_t got = receive(c, c->bytes + c->used, room);
    int64_t now = clock_mono_us();

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        measure(c, 0, now);
        return false;
    }
    if (got < 0 && errno == 0) {
        end_tls(c);
        return false;
    }
    if (got <= 0) {
        end(c, got ? strerror(errno) : "closed by the camera");
        return false;
    }
    c->used += (size_t)got;
    c->read += got;
    measure(c, (size_t)got, now);
    taken = c->listener.on_bytes(c->arg, c->bytes, c->used, now);
    if (opened != c->opened)
        return false;
    c->used -= taken;
    memmove(c->bytes, c->bytes + taken, c->used);
    if ((size_t)got < room)
        return false;
    if (c->room < ROOM_MAX) {
        c->room *= 2;
        c->bytes = xrealloc(c->bytes, c->room);
    } else if (c->used == c->room) {
        end(c, "a message without an end");
        return false;
    }
    return true;
}

static void read_all(struct connection *c)
{
    unsigned opened = c->opened;

    for (int i = 0; i < READS_MAX && read_once(c); i++)
        ;
    if (opened == c->opened && c->low_water > 1)
        timer_after(c->backstop, MILLIS_US(2 * c->gulp_ms));
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    read_all(arg);
}

/* Less came in twice the gulp's time than is waited for. If it is nothing at all, the
 * first byte of what comes next wakes us. */
static void on_backstop(void *arg)
{
    struct connection *c = arg;
    unsigned opened = c->opened;
    int64_t read_before = c->read;

    read_all(c);
    if (opened == c->opened && c->read == read_before)
        set_low_water(c, 1);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct connection *c = arg;
    ssize_t sent = send(fd, c->unsent.at, c->unsent.size, MSG_NOSIGNAL);

    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        end(c, strerror(errno));
        return;
    }
    if (sent > 0)
        bytes_drop(&c->unsent, (size_t)sent);
    if (c->unsent.size)
        event_add(c->writable, NULL);
}

void connection_open(struct connection *c, int fd, struct tls *tls)
{
    connection_close(c);
    evutil_make_socket_nonblocking(fd);
    c->fd = fd;
    c->opened++;
    c->low_water = 1;
    c->measured_us = 0;
    c->measured = 0;
    c->gulp_ms = 0;
    if (!c->bytes)
        c->bytes = xmalloc(c->room = ROOM_FIRST);
    c->readable = event_new(loop_base(c->loop), fd, EV_READ | EV_PERSIST, on_readable, c);
    c->writable = event_new(loop_base(c->loop), fd, EV_WRITE, on_writable, c);
    event_add(c->readable, NULL);
    c->tls = tls;
    if (!tls)
        return;
    if (!c->sealed)
        c->sealed = xmalloc(SEALED_MAX);
    send_sealed(c);
}
