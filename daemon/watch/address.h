/*
 * Where a camera's stream is: the host and port of an rtsp:// or
 * rtsps:// address. Nothing else is
 * ever connected to. Thread: any.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { HOST_MAX = 256, PLACE_MAX = 512, RTSP_PORT = 554, RTSPS_PORT = 322, KNOWN_MAX = 4 };

struct endpoint {
    struct sockaddr_storage at;
    socklen_t size;
};

struct address {
    char host[HOST_MAX]; /* a name, or a literal address without brackets */
    uint16_t port;
    bool tls;
    /* What the name was last resolved to, for when the name server is away. */
    struct endpoint known[KNOWN_MAX];
    int known_count;
};

/* False: not an address of that form. A user in it is no part of the host. */
bool address_read(const char *url, struct address *out);

/* Fills `known` when the host is a literal address. False: it is a name. */
bool address_is_literal(struct address *address);

/* "host:port user", by which failed logins are counted. */
void address_place(const struct address *address, const char *user, char to[PLACE_MAX]);
