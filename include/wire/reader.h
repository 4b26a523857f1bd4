/*
 * Reads framed messages off a stream, a piece at a time, as they arrive. The sender is
 * hostile: a size is checked before room for it is asked, and whoever gives the room may
 * refuse the message first. Thread: the owner's.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "wire/wire.h"

struct wire_taker {
    /* Room for h->size bytes, 1..WIRE_BODY_MAX; NULL refuses the message. It is the
     * taker's: the reader frees nothing, and asks once a message. */
    uint8_t *(*room)(void *arg, const struct wire_header *h);
    /* A message is whole; `body` is what room() gave, NULL when the size is 0. False
     * refuses it. Must not free the reader. */
    bool (*take)(void *arg, const struct wire_header *h, uint8_t *body);
};

struct wire_reader {
    const struct wire_taker *taker;
    void *arg;
    struct wire_header head;
    uint8_t raw[WIRE_HEADER]; /* the header being read */
    size_t got;               /* bytes of this message so far, its header too */
    uint8_t *body;            /* the taker's; NULL while the header is not whole */
};

enum wire_result {
    WIRE_MORE,    /* nothing more is there for now */
    WIRE_ENDED,   /* the sender has closed, or the descriptor failed */
    WIRE_REFUSED, /* a size or a message that cannot be: let go of this sender */
};

void wire_reader_start(struct wire_reader *r, const struct wire_taker *taker, void *arg);

/* Where the next bytes belong: the rest of this message and the header of the next.
 * Returns how many of the two are to be filled. `ahead` false: nothing of the next
 * message. */
int wire_reader_where(struct wire_reader *r, struct iovec where[2], bool ahead);

/* That many bytes were put there. */
enum wire_result wire_reader_got(struct wire_reader *r, size_t bytes);

/* Reads a descriptor that does not block, for at most `most` messages or so, that one
 * sender does not keep the loop. */
enum wire_result wire_reader_read(struct wire_reader *r, int fd, int most);
