/*
 * A fragment's moof, read without its mdat's bytes: what a file's scan and a whole
 * fragment's check have in common. Thread: any. Errors: ERR_MEDIA.
 */
#pragma once
#include "box.h"
#include "media/mp4.h"

/* Where samples may lie, bytes behind the moof's begin. */
struct media {
    uint64_t from, to;
};

/* `moof`: the body of the box. `init` may be NULL. */
bool moof_read(struct span moof, const struct init *init, const struct media *media,
               struct mp4_fragment *out, struct error *err);
