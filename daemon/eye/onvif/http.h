/*
 * One answer of HTTP/1.x to one request, byte by byte as it comes: status, header lines,
 * and the body, also in chunks. Whatever is sent stays below the limits.
 * Thread: the owner's. Source: RFC 9112, sections 4 to 7.
 */
#pragma once
#include "core/bytes.h"
#include "session/rtsp.h"

enum { HTTP_HEAD_MAX = 16 << 10, HTTP_BODY_MAX = 512 << 10, HTTP_LINE_MAX = 256 };

enum http_state {
    HTTP_HEAD,
    HTTP_SIZED,      /* Content-Length */
    HTTP_CHUNK_LINE, /* the line with a chunk's size, or the empty one before it */
    HTTP_CHUNK,
    HTTP_TRAILER,
    HTTP_TO_THE_END, /* the body ends with the connection */
    HTTP_WHOLE,
    HTTP_BROKEN,
};

struct http {
    enum http_state state;
    int status;
    struct bytes head, body, line;
    uint64_t left; /* of the body or the chunk */
    int interim;   /* answers 1xx before this one */
    const char *wrong; /* HTTP_BROKEN: why; English */
};

/* All zero: a new one. Frees what it holds, too. */
void http_clear(struct http *h);

/* Takes bytes in any portions. */
void http_take(struct http *h, const uint8_t *bytes, size_t size);
void http_ended(struct http *h); /* the device has closed */

/* The header lines of a whole answer, pointing into `h`. */
void http_headers(const struct http *h, struct rtsp_message *out);
