#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/loop.h"
#include "core/memory.h"
#include "guests.h"
#include "inside.h"
#include "peer.h"

enum stage { STAGE_IDLE, STAGE_ASKED, STAGE_STREAM };

struct guest {
    int fd;
    ino_t inode;         /* of the socket: the descriptor's number alone comes again */
    uint8_t address[16]; /* IPv4 mapped; of IPv6 the first 64 bits, which one house has */
    bool local;          /* kengctl's socket: counted in all, but not by address */
    bool proxy;          /* of many: as well */
    bool ended;          /* shut down by us, not yet closed by evhttp */
    enum stage stage;
    int64_t since_us; /* when the stage began */
};

struct guests {
    struct loop *loop;
    struct guest_limits limits;
    const struct settings *settings; /* counted; NULL: nobody's proxy is known */
    struct web_counts *counts;
    struct guest *list;
    size_t count;
    struct timer *sweep;
    size_t arrivals; /* posted and not yet looked at */
    bool ending;     /* freed with the last of them */
};

/* A connection between the accept and the first look at its descriptor. */
struct arrival {
    struct guests *guests;
    struct bufferevent *bev; /* counted */
};

enum { SWEEP_MS = 500 };

static bool socket_inode(int fd, ino_t *inode)
{
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    *inode = st.st_ino;
    return true;
}

static void read_address(const struct guests *guests, struct guest *guest)
{
    uint8_t whole[PEER_BYTES];
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } peer = { 0 };
    socklen_t size = sizeof peer;

    guest->local = true;
    if (getpeername(guest->fd, &peer.any, &size) != 0)
        return;
    if (peer.any.sa_family == AF_INET) {
        guest->address[10] = guest->address[11] = 0xff;
        memcpy(guest->address + 12, &peer.v4.sin_addr, 4);
        memcpy(whole, guest->address, sizeof whole);
    } else if (peer.any.sa_family == AF_INET6) {
        bool mapped = IN6_IS_ADDR_V4MAPPED(&peer.v6.sin6_addr);
        memcpy(guest->address, &peer.v6.sin6_addr, mapped ? 16 : 8);
        memcpy(whole, &peer.v6.sin6_addr, sizeof whole);
    } else {
        return;
    }
    guest->local = false;
    guest->proxy = guests->settings && peer_is_proxy(guests->settings, whole);
}

static void end(struct guest *guest)
{
    guest->ended = true;
    shutdown(guest->fd, SHUT_RDWR);
}

/* Forgets those whose socket evhttp has closed. */
static void forget_closed(struct guests *guests)
{
    ino_t inode;

    for (size_t i = 0; i < guests->count;) {
        struct guest *guest = &guests->list[i];
        if (socket_inode(guest->fd, &inode) && inode == guest->inode)
            i++;
        else
            *guest = guests->list[--guests->count];
    }
}

static void on_sweep(void *arg)
{
    struct guests *guests = arg;
    int64_t now = clock_mono_us();

    forget_closed(guests);
    for (size_t i = 0; i < guests->count; i++) {
        struct guest *guest = &guests->list[i];
        int64_t limit = guest->stage == STAGE_IDLE ? guests->limits.idle_us
                                                   : guests->limits.answer_us;
        if (guest->stage == STAGE_STREAM || guest->ended || now - guest->since_us < limit)
            continue;
        guests->counts->too_late++;
        end(guest);
    }
}

struct guests *guests_new(struct loop *loop, const struct guest_limits *limits,
                          struct web_counts *counts)
{
    struct guests *guests = xcalloc(1, sizeof *guests);

    *guests = (struct guests){ .loop = loop, .limits = *limits, .counts = counts };
    /* Those over the limits are in the list until they are gone. */
    guests->list = xcalloc(limits->all * 2, sizeof *guests->list);
    guests->sweep = timer_new(loop, on_sweep, guests);
    timer_every(guests->sweep, MILLIS_US(SWEEP_MS));
    return guests;
}

void guests_free(struct guests *guests)
{
    if (!guests)
        return;
    timer_free(guests->sweep);
    guests->sweep = NULL;
    guests->ending = true;
    if (guests->arrivals > 0)
        return;
    settings_unref(guests->settings);
    free(guests->list);
    free(guests);
}

void guests_use(struct guests *guests, const struct settings *set)
{
    settings_unref(guests->settings);
    guests->settings = settings_ref(set);
}

static struct guest *find(struct guests *guests, int fd)
{
    ino_t inode;

    if (!socket_inode(fd, &inode))
        return NULL;
    for (size_t i = 0; i < guests->count; i++)
        if (guests->list[i].fd == fd && guests->list[i].inode == inode)
            return &guests->list[i];
    return NULL;
}

static bool is_neighbour(const struct guest *guest, const struct guest *like)
{
    return guest->local == like->local && memcmp(guest->address, like->address, 16) == 0;
}

static size_t count_from(const struct guests *guests, const struct guest *like)
{
    size_t count = 0;

    for (size_t i = 0; i < guests->count; i++)
        count += !guests->list[i].ended && is_neighbour(&guests->list[i], like);
    return count;
}

static size_t count_living(const struct guests *guests)
{
    size_t count = 0;

    for (size_t i = 0; i < guests->count; i++)
        count += !guests->list[i].ended;
    return count;
}

/* When the house is full, whoever has kept silent longest makes room for the next: of
 * all, or of one address, which may be a whole hamlet's behind one router. */
static bool make_room(struct guests *guests, const struct guest *like)
{
    struct guest *oldest = NULL;

    for (size_t i = 0; i < guests->count; i++) {
        struct guest *guest = &guests->list[i];
        if (!guest->ended && !guest->local && guest->stage == STAGE_IDLE &&
            (!like || is_neighbour(guest, like)) &&
            (!oldest || guest->since_us < oldest->since_us))
            oldest = guest;
    }
    if (!oldest)
        return false;
    end(oldest);
    return true;
}

static struct guest *admit(struct guests *guests, int fd)
{
    struct guest guest = { .fd = fd, .since_us = clock_mono_us() };

    if (!socket_inode(fd, &guest.inode))
        return NULL;
    read_address(guests, &guest);
    forget_closed(guests);
    bool full = guests->count >= guests->limits.all * 2;
    if (!guest.local && !full)
        full = (!guest.proxy && count_from(guests, &guest) >= guests->limits.per_address &&
                !make_room(guests, &guest)) ||
               (count_living(guests) >= guests->limits.all && !make_room(guests, NULL));
    if (full) {
        guests->counts->turned_away++;
        end(&guest);
        return NULL;
    }
    guests->list[guests->count] = guest;
    return &guests->list[guests->count++];
}

static void on_arrived(void *arg)
{
    struct arrival *arrival = arg;
    struct guests *guests = arrival->guests;
    int fd = bufferevent_getfd(arrival->bev);

    guests->arrivals--;
    if (guests->ending)
        guests_free(guests);
    else if (!find(guests, fd))
        admit(guests, fd);
    bufferevent_decref(arrival->bev);
    free(arrival);
}

void guests_expect(struct guests *guests, struct bufferevent *bev)
{
    struct arrival *arrival = xcalloc(1, sizeof *arrival);

    *arrival = (struct arrival){ .guests = guests, .bev = bev };
    bufferevent_incref(bev);
    guests->arrivals++;
    loop_post(guests->loop, on_arrived, arrival);
}

static struct guest *guest_of(struct guests *guests, struct evhttp_request *req)
{
    struct evhttp_connection *con = evhttp_request_get_connection(req);

    if (!con)
        return NULL;
    int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(con));
    struct guest *guest = find(guests, fd);
    return guest ? guest : admit(guests, fd);
}

static void enter(struct guests *guests, struct evhttp_request *req, enum stage stage)
{
    struct guest *guest = guest_of(guests, req);

    if (!guest)
        return;
    guest->stage = stage;
    guest->since_us = clock_mono_us();
}

void guests_ask(struct guests *guests, struct evhttp_request *req)
{
    enter(guests, req, STAGE_ASKED);
}

void guests_stream(struct guests *guests, struct evhttp_request *req)
{
    enter(guests, req, STAGE_STREAM);
}

static void on_sent(struct evhttp_request *req, void *arg)
{
    enter(arg, req, STAGE_IDLE);
}

void guests_answer(struct guests *guests, struct evhttp_request *req)
{
    evhttp_request_set_on_complete_cb(req, on_sent, guests);
}

size_t guests_count(struct guests *guests)
{
    forget_closed(guests);
    return guests->count;
}
