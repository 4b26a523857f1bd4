#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "value.h"

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_port(const char *from)
{
    int64_t port;

    return value_int(from, &port) && port >= 1 && port <= 65535 && *from != '-';
}

bool value_listen(const char *from, bool *loopback)
{
    const char *colon = strrchr(from, ':');
    char host[INET6_ADDRSTRLEN + 2];
    struct in_addr v4;
    struct in6_addr v6;

    if (!colon || (size_t)(colon - from) >= sizeof host || !is_port(colon + 1))
        return false;
    size_t length = (size_t)(colon - from);
    memcpy(host, from, length);
    host[length] = 0;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        *loopback = ntohl(v4.s_addr) >> 24 == 127;
        return true;
    }
    if (length < 3 || host[0] != '[' || host[length - 1] != ']')
        return false;
    host[length - 1] = 0;
    if (inet_pton(AF_INET6, host + 1, &v6) != 1)
        return false;
    *loopback =
        IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
    return true;
}

bool value_address(const char *from)
{
    struct in6_addr room;

    return inet_pton(AF_INET, from, &room) == 1 || inet_pton(AF_INET6, from, &room) == 1;
}

bool value_host(const char *from)
{
    return value_address(from) || (*from && *from != '-' && *from != '.' &&
                                   strspn(from, LETTERS DIGITS "-._") == strlen(from));
}

/* RFC 5321, 4.1.2, without quotes and comments. */
bool value_email(const char *from)
{
    size_t local = strspn(from, LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.");

    return local > 0 && local <= 64 && from[local] == '@' && value_host(from + local + 1);
}

/* MQTT 5.0, 4.7: + and # are for who listens. */
bool value_topic(const char *from)
{
    size_t length = strlen(from);

    return length > 0 && from[0] != '/' && from[length - 1] != '/' &&
           !strpbrk(from, "+#");
}

/* RFC 8292, 2.1. */
bool value_contact(const char *from)
{
    static const char *const schemes[] = { "https://", NULL };

    if (strncmp(from, "mailto:", 7) == 0)
        return value_email(from + 7);
    return value_url(from, schemes) == URL_WELL;
}

bool value_phone(const char *from, char to[PHONE_MAX])
{
    size_t used = 0;

    for (const char *p = from; *p; p++) {
        if (strchr(" .-", *p))
            continue;
        if (!(*p >= '0' && *p <= '9') && !(*p == '+' && used == 0))
            return false;
        if (used == PHONE_MAX - 1)
            return false;
        to[used++] = *p;
    }
    to[used] = 0;
    return used >= 3;
}

bool value_fingerprint(const char *from, char to[FINGERPRINT_MAX])
{
    size_t used = 0;

    for (const char *p = from; *p; p++) {
        if (*p == ':' || *p == ' ')
            continue;
        if (!strchr(DIGITS "abcdefABCDEF", *p) || used == FINGERPRINT_MAX - 1)
            return false;
        to[used++] = (char)(*p >= 'A' && *p <= 'F' ? *p | 0x20 : *p);
    }
    to[used] = 0;
    return used == FINGERPRINT_MAX - 1;
}

/* The host and port between "//" and the path. */
static enum url_fault check_authority(const char *from, size_t length)
{
    char host[256 + 8];
    char *rest;
    struct in6_addr v6;

    if (memchr(from, '@', length))
        return URL_LOGIN;
    if (length == 0 || length >= sizeof host)
        return URL_HOST;
    memcpy(host, from, length);
    host[length] = 0;
    if (host[0] == '[') {
        char *end = strchr(host, ']');
        if (!end)
            return URL_HOST;
        *end = 0;
        if (inet_pton(AF_INET6, host + 1, &v6) != 1)
            return URL_HOST;
        rest = end + 1;
    } else {
        size_t letters = strspn(host, LETTERS DIGITS "-._");
        if (letters == 0)
            return URL_HOST;
        rest = host + letters;
    }
    if (*rest == 0)
        return URL_WELL;
    if (*rest != ':')
        return URL_HOST;
    return is_port(rest + 1) ? URL_WELL : URL_PORT;
}

enum url_fault value_url(const char *from, const char *const *schemes)
{
    const char *rest = NULL;

    for (size_t i = 0; schemes[i] && !rest; i++)
        if (strncasecmp(from, schemes[i], strlen(schemes[i])) == 0)
            rest = from + strlen(schemes[i]);
    if (!rest)
        return URL_SCHEME;
    for (const char *p = rest; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return URL_BLANK;
    enum url_fault fault = check_authority(rest, strcspn(rest, "/?#"));
    /* A password may hold what ends a host. */
    if (fault != URL_WELL)
        return strchr(rest, '@') ? URL_LOGIN : fault;
    return strchr(rest, '#') ? URL_FRAGMENT : URL_WELL;
}
