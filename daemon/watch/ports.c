#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ports.h"

/* Pairs that are tried until one is free. */
enum { TRIES = 32 };

/* A keyframe of a main stream comes in one burst; the kernel gives what its own limit
 * allows (net.core.rmem_max). */
enum { RECEIVE_BYTES = 1 << 20 };

/* Datagrams of others that can have come between bind and connect. */
enum { STRAYS_MAX = 4096 };

void endpoint_of(int fd, bool there, struct endpoint *out)
{
    out->size = sizeof out->at;
    memset(&out->at, 0, sizeof out->at);
    int failed = there ? getpeername(fd, (struct sockaddr *)&out->at, &out->size)
                       : getsockname(fd, (struct sockaddr *)&out->at, &out->size);
    if (failed || (out->at.ss_family != AF_INET && out->at.ss_family != AF_INET6))
        out->size = 0;
}

static in_port_t *port_of(struct endpoint *endpoint)
{
    return endpoint->at.ss_family == AF_INET
               ? &((struct sockaddr_in *)&endpoint->at)->sin_port
               : &((struct sockaddr_in6 *)&endpoint->at)->sin6_port;
}

/* An IPv4 address inside an IPv6 one is the IPv4 address. */
static struct in6_addr widened(const struct endpoint *endpoint)
{
    struct in6_addr wide = { { { 0 } } };

    if (endpoint->at.ss_family == AF_INET6)
        return ((const struct sockaddr_in6 *)&endpoint->at)->sin6_addr;
    wide.s6_addr[10] = wide.s6_addr[11] = 0xff;
    memcpy(wide.s6_addr + 12, &((const struct sockaddr_in *)&endpoint->at)->sin_addr, 4);
    return wide;
}

bool endpoint_is_at(const struct endpoint *endpoint, const char *text)
{
    struct endpoint told = { 0 };
    size_t size = strlen(text);
    char bare[64];

    if (endpoint->size == 0 || size >= sizeof bare)
        return false;
    if (text[0] == '[' && text[size - 1] == ']')
        snprintf(bare, sizeof bare, "%.*s", (int)size - 2, text + 1);
    else
        memcpy(bare, text, size + 1);
    if (inet_pton(AF_INET, bare, &((struct sockaddr_in *)&told.at)->sin_addr) == 1)
        told.at.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, bare, &((struct sockaddr_in6 *)&told.at)->sin6_addr) ==
             1)
        told.at.ss_family = AF_INET6;
    else
        return false; /* a name: whom it names is the name server's to say */
    struct in6_addr a = widened(&told), b = widened(endpoint);
    return memcmp(&a, &b, sizeof a) == 0;
}

void ports_close(struct ports *ports)
{
    if (ports->rtp >= 0)
        close(ports->rtp);
    if (ports->rtcp >= 0)
        close(ports->rtcp);
    *ports = NO_PORTS;
}

static int bound(const struct endpoint *here, int port)
{
    struct endpoint at = *here;
    int fd = socket(at.at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    *port_of(&at) = htons((uint16_t)port);
    if (bind(fd, (struct sockaddr *)&at.at, at.size) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* True: this pair is ours. */
static bool try_pair(struct ports *ports, const struct endpoint *here)
{
    struct endpoint at;
    int port;

    ports->rtp = bound(here, 0);
    if (ports->rtp < 0)
        return false;
    endpoint_of(ports->rtp, false, &at);
    port = ntohs(*port_of(&at));
    if (port % 2 == 0) {
        ports->rtcp = bound(here, port + 1);
    } else { /* the system gave the second: the first may be free, too */
        ports->rtcp = ports->rtp;
        ports->rtp = bound(here, --port);
    }
    ports->rtp_port = port;
    return ports->rtp >= 0 && ports->rtcp >= 0;
}

bool ports_bind(struct ports *ports, const struct endpoint *here, struct error *err)
{
    int bytes = RECEIVE_BYTES, why = ENOTCONN;

    ports_close(ports);
    for (int i = 0; i < TRIES && here->size > 0; i++) {
        if (try_pair(ports, here)) {
            setsockopt(ports->rtp, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
            return true;
        }
        why = errno;
        ports_close(ports);
    }
    return error_set(err, ERR_BUSY, "%s", error_of_system(why));
}

static bool connect_one(int fd, const struct endpoint *there, int port)
{
    struct endpoint to = *there;
    char stray;

    *port_of(&to) = htons((uint16_t)port);
    if (connect(fd, (struct sockaddr *)&to.at, to.size) < 0)
        return false;
    for (int i = 0; i < STRAYS_MAX; i++) {
        ssize_t got = recv(fd, &stray, sizeof stray, MSG_DONTWAIT | MSG_TRUNC);
        if (got < 0 && errno == EAGAIN)
            break;
    }
    return true;
}

bool ports_connect(struct ports *ports, const struct endpoint *there, int rtp, int rtcp,
                   struct error *err)
{
    if (ports->rtp < 0 || ports->rtcp < 0 || there->size == 0)
        return error_set(err, ERR_NETWORK, "%s", error_of_system(ENOTCONN));
    if (connect_one(ports->rtp, there, rtp) && connect_one(ports->rtcp, there, rtcp))
        return true;
    return error_set(err, ERR_NETWORK, "%s", error_of_system(errno));
}
