#include <errno.h>
#include <string.h>

#include "wire/reader.h"

void wire_reader_start(struct wire_reader *r, const struct wire_taker *taker, void *arg)
{
    *r = (struct wire_reader){ .taker = taker, .arg = arg };
}

int wire_reader_where(struct wire_reader *r, struct iovec where[2], bool ahead)
{
    if (r->got < WIRE_HEADER) {
        where[0] = (struct iovec){ r->raw + r->got, WIRE_HEADER - r->got };
        return 1;
    }
    size_t of_body = r->got - WIRE_HEADER;
    where[0] = (struct iovec){ r->body + of_body, r->head.size - of_body };
    where[1] = (struct iovec){ r->raw, WIRE_HEADER };
    return ahead ? 2 : 1;
}

/* The header is whole: its body gets its room before anything more is read, or the next
 * read would have nowhere to put it. A message without a body is done here. */
static enum wire_result begin_body(struct wire_reader *r)
{
    wire_read_header(r->raw, &r->head);
    if (r->head.size > WIRE_BODY_MAX)
        return WIRE_REFUSED;
    if (r->head.size > 0) {
        r->body = r->taker->room(r->arg, &r->head);
        return r->body ? WIRE_MORE : WIRE_REFUSED;
    }
    r->got = 0;
    return r->taker->take(r->arg, &r->head, NULL) ? WIRE_MORE : WIRE_REFUSED;
}

enum wire_result wire_reader_got(struct wire_reader *r, size_t bytes)
{
    if (r->got < WIRE_HEADER) {
        r->got += bytes;
        return r->got < WIRE_HEADER ? WIRE_MORE : begin_body(r);
    }
    size_t whole = WIRE_HEADER + (size_t)r->head.size;
    r->got += bytes;
    if (r->got < whole)
        return WIRE_MORE;

    uint8_t *body = r->body;
    r->got -= whole; /* of the next header, which is in `raw` already */
    r->body = NULL;
    if (!r->taker->take(r->arg, &r->head, body))
        return WIRE_REFUSED;
    return r->got < WIRE_HEADER ? WIRE_MORE : begin_body(r);
}

enum wire_result wire_reader_read(struct wire_reader *r, int fd, int most)
{
    /* A message is one read, its first one two. */
    for (int i = 0; i <= most; i++) {
        struct iovec where[2];
        int count = wire_reader_where(r, where, true);
        size_t asked = where[0].iov_len + (count > 1 ? where[1].iov_len : 0);
        ssize_t n = readv(fd, where, count);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return WIRE_MORE;
        if (n <= 0)
            return WIRE_ENDED;
        enum wire_result result = wire_reader_got(r, (size_t)n);
        if (result != WIRE_MORE)
            return result;
        if ((size_t)n < asked)
            return WIRE_MORE; /* that was all; the loop will say when there is more */
    }
    return WIRE_MORE;
}
