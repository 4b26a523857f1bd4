/*
 * TLS for the doors: one context, made anew when the certificate's files change on disk
 * or in the settings; a pair that does not fit is refused and the old one kept. Thread:
 * loop only. Errors: ERR_CONFIG.
 */
#pragma once
#include <event2/bufferevent.h>
#include <stdbool.h>

#include "config/settings.h"
#include "core/error.h"
#include "core/loop.h"

struct tls;

struct tls *tls_open(struct loop *loop, const struct settings *set, struct error *err);
void tls_reload(struct tls *tls, const struct settings *set);
void tls_close(struct tls *tls);

/* For a connection that is about to be accepted. */
struct bufferevent *tls_accept(struct tls *tls);
