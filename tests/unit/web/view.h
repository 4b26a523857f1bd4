/* A reader of the page's one stream: chunks off, frames out. */
#pragma once
#include "core/memory.h"
#include "house.h"
#include "wire/wire.h"

struct view {
    int fd;
    struct bytes bytes; /* without the chunks' framing, not yet read as frames */
    bool ended;         /* the last chunk came */
    struct wire_header header;
    struct bytes body; /* of the frame that view_next() read */
};

/* `cameras` as in the address. Fails unless the answer is 200. */
struct view view_open(struct house *house, const char *token, const char *cameras);
struct view view_open_small(struct house *house, const char *token, const char *cameras);
void view_close(struct view *view);

/* The next frame, but PING. False: the stream has ended. */
bool view_next(struct view *view);
/* The next one of this kind; fails when another one comes. */
void view_expect(struct view *view, enum wire_kind kind, unsigned channel);
/* Skips until a NOTE of this type. */
bool view_find_note(struct view *view, const char *type);
