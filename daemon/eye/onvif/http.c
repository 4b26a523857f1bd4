#include "http.h"

#include <string.h>

enum { INTERIM_MAX = 5 };

void http_clear(struct http *h)
{
    bytes_free(&h->head);
    bytes_free(&h->body);
    bytes_free(&h->line);
    *h = (struct http){ 0 };
}

static void spoil(struct http *h, const char *why)
{
    h->state = HTTP_BROKEN;
    h->wrong = why;
}

/* ---- the head ---- */

static bool head_is_whole(const struct bytes *head)
{
    const char *end = (const char *)head->at + head->size;

    return (head->size >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0) ||
           (head->size >= 2 && memcmp(end - 2, "\n\n", 2) == 0);
}

void http_headers(const struct http *h, struct rtsp_message *out)
{
    if (!rtsp_read_head(h->head.at, h->head.size, out))
        *out = (struct rtsp_message){ 0 };
}

static bool is_chunked(const struct rtsp_message *m)
{
    struct span coding = rtsp_header(m, "Transfer-Encoding");

    return coding.size > 0 && rtsp_lists(coding, "chunked");
}

/* What comes behind the head. */
static void begin_body(struct http *h)
{
    struct rtsp_message m;
    struct span length;

    if (!rtsp_read_head(h->head.at, h->head.size, &m) || m.status == 0) {
        spoil(h, "no HTTP answer");
        return;
    }
    h->status = m.status;
    if (m.status < 200) {
        bytes_free(&h->head);
        if (++h->interim > INTERIM_MAX)
            spoil(h, "no end of interim answers");
        return;
    }
    length = rtsp_header(&m, "Content-Length");
    if (m.status == 204 || m.status == 304)
        h->state = HTTP_WHOLE;
    else if (is_chunked(&m))
        h->state = HTTP_CHUNK_LINE;
    else if (length.size == 0)
        h->state = HTTP_TO_THE_END;
    else if (!span_number(length, HTTP_BODY_MAX, &h->left))
        spoil(h, "an answer above the limit");
    else
        h->state = h->left > 0 ? HTTP_SIZED : HTTP_WHOLE;
}

static size_t take_head(struct http *h, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes_add(&h->head, bytes + i, 1);
        if (h->head.size > HTTP_HEAD_MAX) {
            spoil(h, "a head above the limit");
            return i + 1;
        }
        if (bytes[i] == '\n' && head_is_whole(&h->head)) {
            begin_body(h);
            return i + 1;
        }
    }
    return size;
}

/* ---- the body ---- */

static size_t take_body(struct http *h, const uint8_t *bytes, size_t size)
{
    bool counted = h->state != HTTP_TO_THE_END;
    size_t part = counted && h->left < size ? (size_t)h->left : size;

    if (h->body.size + part > HTTP_BODY_MAX) {
        spoil(h, "an answer above the limit");
        return size;
    }
    bytes_add(&h->body, bytes, part);
    if (!counted)
        return part;
    h->left -= part;
    if (h->left == 0)
        h->state = h->state == HTTP_SIZED ? HTTP_WHOLE : HTTP_CHUNK_LINE;
    return part;
}

/* A size in hexadecimal digits, perhaps with extensions behind a ';'. */
static bool read_chunk_size(struct span line, uint64_t *out)
{
    struct span digits = span_trim(span_next(&line, ';'));
    uint64_t value = 0;

    if (digits.size == 0 || digits.size > 8)
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        static const char hex[] = "0123456789abcdef";
        const char *digit = strchr(hex, digits.at[i] | 0x20);
        if (!digits.at[i] || !digit || !*digit)
            return false;
        value = value << 4 | (uint64_t)(digit - hex);
    }
    *out = value;
    return true;
}

static void end_line(struct http *h)
{
    struct span line =
        span_trim((struct span){ (const char *)h->line.at, h->line.size });

    h->line.size = 0;
    if (h->state == HTTP_TRAILER) {
        if (line.size == 0)
            h->state = HTTP_WHOLE;
        return;
    }
    if (line.size == 0) /* the line end behind a chunk */
        return;
    if (!read_chunk_size(line, &h->left) || h->left > HTTP_BODY_MAX)
        spoil(h, "a chunk without a usable size");
    else
        h->state = h->left > 0 ? HTTP_CHUNK : HTTP_TRAILER;
}

static size_t take_line(struct http *h, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes_add(&h->line, bytes + i, 1);
        if (h->line.size > HTTP_LINE_MAX) {
            spoil(h, "a line above the limit");
            return i + 1;
        }
        if (bytes[i] == '\n') {
            end_line(h);
            return i + 1;
        }
    }
    return size;
}

void http_take(struct http *h, const uint8_t *bytes, size_t size)
{
    while (size > 0 && h->state < HTTP_WHOLE) {
        size_t used = 0;

        switch (h->state) {
        case HTTP_HEAD:
            used = take_head(h, bytes, size);
            break;
        case HTTP_SIZED:
        case HTTP_CHUNK:
        case HTTP_TO_THE_END:
            used = take_body(h, bytes, size);
            break;
        case HTTP_CHUNK_LINE:
        case HTTP_TRAILER:
            used = take_line(h, bytes, size);
            break;
        case HTTP_WHOLE:
        case HTTP_BROKEN:
            return;
        }
        bytes += used;
        size -= used;
    }
}

void http_ended(struct http *h)
{
    if (h->state == HTTP_TO_THE_END || (h->state == HTTP_TRAILER && h->line.size == 0))
        h->state = HTTP_WHOLE;
    else if (h->state < HTTP_WHOLE)
        spoil(h, h->head.size > 0 ? "the answer broke off" : "closed without an answer");
}
