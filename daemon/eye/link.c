#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/memory.h"
#include "link.h"
#include "wire/pass_fd.h"
#include "wire/reader.h"

enum { SEND_S = 5, START_S = 10, LINK_BYTES = 1 << 20 };

struct link {
    int fd, passed; /* passed: came with the message that is being read, -1 none */
    bool gone;      /* kengd has closed its end */
    const struct link_listener *listener;
    void *arg;
    struct event *readable;
    struct wire_reader reader;
    uint8_t body[LINK_SMALL_MAX];
    uint8_t *orders; /* the body of ORDERS, while it is read */
};

/* ---- from kengd -------------------------------------------------------------------- */

static bool receive_all(int fd, uint8_t *to, size_t size)
{
    for (ssize_t n; size > 0; to += n, size -= (size_t)n) {
        n = recv(fd, to, size, 0);
        if (n <= 0)
            return false;
    }
    return true;
}

static void set_timeout(int fd, int option, int seconds)
{
    struct timeval wait = { .tv_sec = seconds };

    setsockopt(fd, SOL_SOCKET, option, &wait, sizeof wait);
}

bool link_read_start(int fd, struct camera_orders *out, struct error *err)
{
    uint8_t raw[WIRE_HEADER];
    struct wire_header h;
    bool read = false;

    set_timeout(fd, SO_RCVTIMEO, START_S);
    if (!receive_all(fd, raw, sizeof raw))
        return error_set(err, ERR_MEDIA, "no orders came");
    wire_read_header(raw, &h);
    if (h.kind != WIRE_START || h.size > WIRE_JSON_MAX)
        return error_set(err, ERR_MEDIA, "the first message is none of orders");
    uint8_t *body = xmalloc(h.size + 1);
    if (receive_all(fd, body, h.size))
        read = link_read_orders(body, h.size, out, err);
    else
        error_set(err, ERR_MEDIA, "the orders are not whole");
    free(body);
    return read;
}

static uint8_t *on_room(void *arg, const struct wire_header *h)
{
    struct link *link = arg;

    if (h->kind == WIRE_ORDERS && h->size <= LINK_ORDERS_MAX)
        return link->orders = xmalloc(h->size);
    return h->size <= sizeof link->body ? link->body : NULL;
}

static bool take_orders(struct link *link, size_t size)
{
    struct motion_orders *orders = xmalloc(sizeof *orders);
    bool known = link->listener->on_orders && link->orders &&
                 link_read_motion_orders(link->orders, size, orders, NULL);

    if (known)
        link->listener->on_orders(link->arg, orders);
    free(orders);
    free(link->orders);
    link->orders = NULL;
    return known;
}

static bool take_dialled(struct link *link, int channel)
{
    int fd = link->passed;

    link->passed = -1;
    if (fd < 0)
        return false;
    link->listener->on_dialled(link->arg, channel, fd);
    return true;
}

static bool take_onvif(struct link *link, const uint8_t *body, size_t size)
{
    struct onvif_ask ask;
    int fd = link->passed;

    if (!link->listener->on_onvif || !link_read_onvif_ask(body, size, &ask, NULL))
        return false;
    link->passed = -1;
    link->listener->on_onvif(link->arg, &ask, fd);
    explicit_bzero(&ask, sizeof ask);
    explicit_bzero(link->body, sizeof link->body);
    return true;
}

static bool take_socket(struct link *link, int channel, const uint8_t *body, size_t size)
{
    int fd = link->passed;
    struct camera_socket socket;

    if (fd < 0 || !link_read_socket(body, size, &socket, NULL))
        return false;
    link->passed = -1;
    link->listener->on_socket(link->arg, channel, &socket, fd);
    return true;
}

static bool on_take(void *arg, const struct wire_header *h, uint8_t *body)
{
    struct link *link = arg;
    struct camera_login login;
    struct camera_ports ports;
    bool wanted, known = true;

    if (h->channel >= LINK_CHANNELS)
        return false;
    if (h->kind == WIRE_ONVIF_ASK || link->listener->on_onvif)
        return h->kind == WIRE_ONVIF_ASK && take_onvif(link, body, h->size);
    switch (h->kind) {
    case WIRE_DIALLED:
        return take_dialled(link, h->channel);
    case WIRE_LOGIN:
        known = link_read_login(body, h->size, &login, NULL);
        if (known)
            link->listener->on_login(link->arg, h->channel, &login);
        explicit_bzero(&login, sizeof login);
        explicit_bzero(link->body, sizeof link->body);
        return known;
    case WIRE_PORTS:
        known = link_read_ports(body, h->size, &ports, NULL);
        if (known)
            link->listener->on_ports(link->arg, h->channel, &ports);
        return known;
    case WIRE_SOCKET:
        return take_socket(link, h->channel, body, h->size);
    case WIRE_ORDERS:
        return take_orders(link, h->size);
    case WIRE_PICTURES:
        known = link_read_pictures(body, h->size, &wanted, NULL);
        if (known)
            link->listener->on_pictures(link->arg, h->channel, wanted);
        return known;
    case WIRE_DEBUG_WANTED:
        known = link_read_pictures(body, h->size, &wanted, NULL);
        if (known)
            link->listener->on_debug_wanted(link->arg, wanted);
        return known;
    default:
        return false;
    }
}

static const struct wire_taker taker = { .room = on_room, .take = on_take };

/* Reads no further than the message, so that a descriptor belongs to the one it came
 * with. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    struct iovec where[2];
    int passed, count = wire_reader_where(&link->reader, where, false);
    ssize_t n = pass_fd_receive(fd, where, count, &passed, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (passed >= 0) {
        if (link->passed >= 0)
            close(link->passed);
        link->passed = passed;
    }
    if (n <= 0) {
        event_del(link->readable);
        link->listener->on_ended(link->arg);
    } else if (wire_reader_got(&link->reader, (size_t)n) != WIRE_MORE) {
        log_error("camera process: kengd is not understood", "kind=%d size=%u",
                  link->reader.head.kind, link->reader.head.size);
        _exit(END_BAD_ORDERS);
    }
}

struct link *link_new(int fd, struct loop *loop, const struct link_listener *listener,
                      void *arg)
{
    struct link *link = xcalloc(1, sizeof *link);
    int bytes = LINK_BYTES;

    *link = (struct link){ .fd = fd, .passed = -1, .listener = listener, .arg = arg };
    set_timeout(fd, SO_SNDTIMEO, SEND_S);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    wire_reader_start(&link->reader, &taker, link);
    link->readable =
        event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, on_readable, link);
    event_add(link->readable, NULL);
    return link;
}

/* ---- to kengd ---------------------------------------------------------------------- */

static void send_all(struct link *link, const uint8_t *from, size_t size)
{
    ssize_t n;

    if (link->gone)
        return;
    do
        n = send(link->fd, from, size, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0 && (size_t)n == size)
        return;
    /* Its end is read too, and then the camera is taken leave of. */
    link->gone = n < 0 && (errno == EPIPE || errno == ECONNRESET);
    if (link->gone)
        return;
    log_error("camera process: kengd takes nothing", "bytes=%zu taken=%zd", size, n);
    _exit(END_NOT_TAKEN);
}

void link_send(struct link *link, struct bytes *message)
{
    send_all(link, message->at, message->size);
    message->size = 0;
}

void link_send_in_place(struct link *link, const struct wire_header *h, uint8_t *body)
{
    assert(h->size <= WIRE_BODY_MAX);
    wire_write_header(body - WIRE_HEADER, h);
    send_all(link, body - WIRE_HEADER, WIRE_HEADER + h->size);
}
