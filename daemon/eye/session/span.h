/*
 * A span is a piece of somebody else's text: no 0 at its end, nothing owned. What a
 * camera sends is read in place through these.
 * Thread: any. Errors: none; a span that is not there is empty.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    const char *at;
    size_t size;
};

struct span span_of(const char *text);
struct span span_trim(struct span s); /* without blanks, tabs and line ends around it */
bool span_is(struct span s, const char *word); /* whatever the case of the letters */
bool span_begins(struct span s, const char *word);
struct span span_after(struct span s, size_t skip);

/* Takes what stands before the first `stop` (or all of it) off the front of `rest`. */
struct span span_next(struct span *rest, char stop);

/* A decimal number at the front. False: there is none, or it is above `most`. */
bool span_number(struct span s, uint64_t most, uint64_t *out);

/* A copy with a 0 behind it. False, and "" in `to`: it does not fit, or has control
 * characters inside. */
bool span_copy(struct span s, char *to, size_t room);

/* A copy for a log line or a sentence: cut to the room, what is not ASCII as '?'. */
void span_show(struct span s, char *to, size_t room);
