/*
 * Addresses inside an RTSP conversation: how a=control and Content-Base make the address
 * of a request. Nothing is decoded: percent signs, queries and IPv6 brackets stay as
 * they are.
 * Thread: any. Source: RFC 2326, C.1.1, and what cameras make of it.
 */
#pragma once
#include <stdbool.h>

#include "span.h"

enum { URL_MAX = 512 };

/* Whether it can stand in a request line: rtsp:// or rtsps://, no blanks, no control characters. */
bool url_is_whole(struct span url);

/* Name or address, without brackets and port. */
void url_host(const char *url, char to[URL_MAX]);

/* Joins `control` to `base`, which is whole. Not by RFC 1808, which would replace the
 * last part of a path: every camera is tested with players that append behind a '/', also
 * where the base ends in a query. "" and "*" are the base itself. False: too long, or
 * unfit. */
bool url_join(char to[URL_MAX], const char *base, struct span control);
