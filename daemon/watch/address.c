#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"

static bool read_port(const char *from, const char *end, uint16_t *port)
{
    char digits[6] = "";
    size_t size = (size_t)(end - from);

    if (size == 0)
        return true;
    if (from[0] != ':' || size < 2 || size > sizeof digits)
        return false;
    memcpy(digits, from + 1, size - 1);
    if (strspn(digits, "0123456789") != size - 1)
        return false;
    long number = strtol(digits, NULL, 10);
    *port = (uint16_t)number;
    return number > 0 && number <= UINT16_MAX;
}

bool address_read(const char *url, struct address *out)
{
    static const char plain[] = "rtsp://", tls[] = "rtsps://";

    memset(out, 0, sizeof *out);
    out->tls = strncasecmp(url, tls, sizeof tls - 1) == 0;
    if (!out->tls && strncasecmp(url, plain, sizeof plain - 1) != 0)
        return false;
    out->port = out->tls ? RTSPS_PORT : RTSP_PORT;
    const char *host = url + (out->tls ? sizeof tls : sizeof plain) - 1;
    const char *end = host + strcspn(host, "/?#");
    const char *at = memrchr(host, '@', (size_t)(end - host));
    if (at)
        host = at + 1;

    const char *host_end;
    if (*host == '[') {
        host++;
        host_end = memchr(host, ']', (size_t)(end - host));
        if (!host_end)
            return false;
        if (!read_port(host_end + 1, end, &out->port))
            return false;
    } else {
        host_end = memchr(host, ':', (size_t)(end - host));
        if (!host_end)
            host_end = end;
        if (!read_port(host_end, end, &out->port))
            return false;
    }
    size_t size = (size_t)(host_end - host);
    if (size == 0 || size >= sizeof out->host)
        return false;
    memcpy(out->host, host, size);
    return true;
}

bool address_is_literal(struct address *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(address->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                               .sin6_port = htons(address->port) };
    struct endpoint *to = &address->known[0];

    if (inet_pton(AF_INET, address->host, &v4.sin_addr) == 1) {
        memcpy(&to->at, &v4, sizeof v4);
        to->size = sizeof v4;
    } else if (inet_pton(AF_INET6, address->host, &v6.sin6_addr) == 1) {
        memcpy(&to->at, &v6, sizeof v6);
        to->size = sizeof v6;
    } else {
        return false;
    }
    address->known_count = 1;
    return true;
}

void address_place(const struct address *address, const char *user, char to[PLACE_MAX])
{
    snprintf(to, PLACE_MAX, "%s:%u %s", address->host, address->port, user);
}
