/*
 * From where a request comes: the other end of the connection, or, when that is one of
 * web.proxies, whom it names. Thread: any. Errors: none.
 */
#pragma once
#include <event2/keyvalq_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"

enum { PEER_BYTES = 16, PEER_TEXT = 64 };

/* IPv4 is mapped (RFC 4291, 2.5.5.2). False: it is no address. */
bool peer_read(const char *text, uint8_t to[PEER_BYTES]);
bool peer_is_proxy(const struct settings *set, const uint8_t address[PEER_BYTES]);

/* `address` is the connection's, and becomes the last one in X-Forwarded-For that is no
 * proxy of ours: what stands before it anybody can write. True: it came through a proxy.
 */
bool peer_find(const struct settings *set, const struct evkeyvalq *headers,
               char address[PEER_TEXT]);
