#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ask.h"
#include "core/memory.h"
#include "guests.h"
#include "outlet.h"

enum {
    SINGLE_WRITE = 256 << 10, /* fewer system calls than the usual 16 KB */
    CHATTER_MAX = 1 << 20,    /* a peer of a stream has nothing to say */
    CHUNK_HEAD = 24,
};

struct outlet {
    LIST_ENTRY(outlet) next; /* of the web: all that are open */
    struct web *web;
    struct evhttp_connection *con;
    struct bufferevent *bev;
    bool chunked;    /* HTTP/1.1 without a length */
    bool contiguous; /* TLS: one piece is one record run */
    bool finishing;
    size_t chatter; /* bytes that the peer has sent */
    struct outlet_calls calls;
    void *arg;
};

static void cut(struct outlet *out)
{
    LIST_REMOVE(out, next);
    bufferevent_setcb(out->bev, NULL, NULL, NULL, NULL);
    evhttp_connection_free(out->con); /* frees the request too */
    free(out);
}

static void gone(struct outlet *out)
{
    struct outlet_calls calls = out->calls;
    void *arg = out->arg;
    bool told = !out->finishing;

    cut(out);
    if (told)
        calls.on_gone(arg);
}

/* evhttp would keep in memory whatever the peer of a stream sends. */
static void on_chatter(struct bufferevent *bev, void *arg)
{
    struct outlet *out = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    size_t size = evbuffer_get_length(in);

    evbuffer_drain(in, size);
    out->chatter += size;
    if (out->chatter > CHATTER_MAX)
        gone(out);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct outlet *out = arg;

    if (out->finishing)
        cut(out);
    else
        out->calls.on_room(out->arg);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
    struct outlet *out = arg;

    if (what & BEV_EVENT_TIMEOUT)
        out->web->counts.kicked++;
    gone(out);
}

/* What the kernel holds cannot be taken back either: little of it, sent at once. A peer
 * that lost its power is noticed also while there is nothing to send. */
static void set_socket(struct bufferevent *bev)
{
    int fd = bufferevent_getfd(bev), one = 1, low = OUTLET_LOW, idle_s = 30, every_s = 10,
        times = 3;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof low);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

struct outlet *outlet_open(struct ask *ask, int status, const char *type, int64_t length,
                           const struct outlet_calls *calls, void *arg)
{
    struct web *web = ask->web;
    struct evhttp_request *req = ask->req;
    char text[24];

    if (ask_is_gone(ask)) {
        if (req)
            evhttp_request_free(req);
        ask_free(ask);
        return NULL;
    }
    if (ask->head) {
        answer_bytes(ask, status, type, NULL);
        return NULL;
    }
    ask_header(ask, "Content-Type", type);
    if (length >= 0) {
        snprintf(text, sizeof text, "%lld", (long long)length);
        ask_header(ask, "Content-Length", text);
    }
    ask_header(ask, "X-Accel-Buffering", "no");
    ask_header(ask, "Connection", "close");
    struct outlet *out = xcalloc(1, sizeof *out);
    *out = (struct outlet){ .web = web, .calls = *calls, .arg = arg };
    LIST_INSERT_HEAD(&web->outlets, out, next);
    out->con = evhttp_request_get_connection(req);
    out->bev = evhttp_connection_get_bufferevent(out->con);
    out->chunked = length < 0 && req->minor > 0;
    out->contiguous = ask->door->kind == DOOR_TLS;
    ask_common_headers(ask);
    web->counts.answers[status / 100 % STATUS_CLASSES]++;
    guests_stream(web->guests, req);
    set_socket(out->bev);
    bufferevent_set_max_single_write(out->bev, SINGLE_WRITE);
    evhttp_send_reply_start(req, status, status == 206 ? "Partial Content" : "OK");
    /* From here on the connection is ours; a viewer that is silent is a normal one. */
    bufferevent_setcb(out->bev, on_chatter, on_written, on_end, out);
    bufferevent_setwatermark(out->bev, EV_READ, 0, 0);
    bufferevent_set_timeouts(out->bev, NULL, &(struct timeval){ .tv_sec = web->stuck_s });
    bufferevent_enable(out->bev, EV_READ | EV_WRITE);
    ask_free(ask);
    return out;
}

static void drop_piece(const void *at, size_t size, void *arg)
{
    struct piece *piece = arg;

    piece->drop(piece->arg);
    free(piece);
}

static void send_referenced(struct evbuffer *to, const struct piece *piece)
{
    if (!piece->drop || piece->size == 0) {
        if (piece->size > 0)
            evbuffer_add(to, piece->at, piece->size);
        if (piece->drop)
            piece->drop(piece->arg);
        return;
    }
    struct piece *kept = xmalloc(sizeof *kept);
    *kept = *piece;
    evbuffer_add_reference(to, piece->at, piece->size, drop_piece, kept);
}

static void send_contiguous(struct evbuffer *to, const char *head,
                            const struct piece *pieces, size_t count, size_t total,
                            const char *tail)
{
    struct evbuffer_iovec span;
    size_t head_size = strlen(head), tail_size = strlen(tail);

    if (evbuffer_reserve_space(to, (ev_ssize_t)(head_size + total + tail_size), &span,
                               1) != 1)
        abort(); /* out of memory */
    uint8_t *p = span.iov_base;
    memcpy(p, head, head_size);
    p += head_size;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].size > 0)
            memcpy(p, pieces[i].at, pieces[i].size);
        p += pieces[i].size;
        if (pieces[i].drop)
            pieces[i].drop(pieces[i].arg);
    }
    memcpy(p, tail, tail_size);
    span.iov_len = head_size + total + tail_size;
    evbuffer_commit_space(to, &span, 1);
}

void outlet_send(struct outlet *out, struct piece *pieces, size_t count)
{
    struct evbuffer *to = bufferevent_get_output(out->bev);
    char head[CHUNK_HEAD] = "";
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += pieces[i].size;
    const char *tail = out->chunked && total > 0 ? "\r\n" : "";
    /* An empty chunk would end the answer. */
    if (out->chunked && total > 0)
        snprintf(head, sizeof head, "%zx\r\n", total);
    out->web->counts.sent_bytes += total;
    if (out->contiguous) {
        send_contiguous(to, head, pieces, count, total, tail);
        return;
    }
    evbuffer_add(to, head, strlen(head));
    for (size_t i = 0; i < count; i++)
        send_referenced(to, &pieces[i]);
    evbuffer_add(to, tail, strlen(tail));
}

size_t outlet_waiting(const struct outlet *out)
{
    return evbuffer_get_length(bufferevent_get_output(out->bev));
}

void outlet_finish(struct outlet *out)
{
    out->finishing = true;
    if (out->chunked)
        evbuffer_add(bufferevent_get_output(out->bev), "0\r\n\r\n", 5);
    if (outlet_waiting(out) == 0)
        cut(out);
}

void outlet_close(struct outlet *out)
{
    if (out)
        cut(out);
}

void outlets_close(struct web *web)
{
    while (!LIST_EMPTY(&web->outlets))
        cut(LIST_FIRST(&web->outlets));
}
