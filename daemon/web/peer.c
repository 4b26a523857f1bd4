#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "peer.h"

bool peer_read(const char *text, uint8_t to[PEER_BYTES])
{
    memset(to, 0, 10);
    to[10] = to[11] = 0xff;
    return inet_pton(AF_INET, text, to + 12) == 1 || inet_pton(AF_INET6, text, to) == 1;
}

bool peer_is_proxy(const struct settings *set, const uint8_t address[PEER_BYTES])
{
    uint8_t proxy[PEER_BYTES];

    for (size_t i = 0; i < set->web.proxy_count; i++)
        if (peer_read(set->web.proxies[i], proxy) &&
            memcmp(proxy, address, PEER_BYTES) == 0)
            return true;
    return false;
}

/* Proxies add to the header, or one more header of that name. */
static const char *last_forwarded(const struct evkeyvalq *headers)
{
    const struct evkeyval *header;
    const char *found = "";

    TAILQ_FOREACH(header, headers, next)
    if (strcasecmp(header->key, "X-Forwarded-For") == 0)
        found = header->value;
    return found;
}

/* The part behind the last comma before `*end`, which moves there. */
static bool take_last(const char *list, size_t *end, char to[PEER_TEXT])
{
    size_t from = *end;

    while (from > 0 && list[from - 1] != ',')
        from--;
    const char *at = list + from;
    size_t length = *end - from;
    while (length > 0 && *at == ' ')
        at++, length--;
    while (length > 0 && at[length - 1] == ' ')
        length--;
    *end = from > 0 ? from - 1 : 0;
    if (length == 0 || length >= PEER_TEXT)
        return false;
    memcpy(to, at, length);
    to[length] = 0;
    return true;
}

bool peer_find(const struct settings *set, const struct evkeyvalq *headers,
               char address[PEER_TEXT])
{
    const char *list = last_forwarded(headers);
    size_t end = strlen(list);
    uint8_t bytes[PEER_BYTES];
    char next[PEER_TEXT];
    bool through = false;

    while (peer_read(address, bytes) && peer_is_proxy(set, bytes)) {
        through = true;
        if (end == 0 || !take_last(list, &end, next) || !peer_read(next, bytes))
            break;
        snprintf(address, PEER_TEXT, "%s", next);
    }
    return through;
}
