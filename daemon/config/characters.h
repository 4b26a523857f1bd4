/*
 * The letters of a file, before anybody reads words in them: what is not UTF-8, cannot be
 * seen, or indents with a tab is found here, because libyaml says it in no useful way.
 * And the quote or bracket that libyaml stumbles over lines later.
 * Thread: any. Errors: none. Lines and columns count from 1, columns in characters.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mistake_kind {
    MISTAKE_NONE,
    MISTAKE_BYTES,    /* not UTF-8 */
    MISTAKE_CONTROL,  /* a character that YAML does not allow */
    MISTAKE_TAB,      /* in an indentation */
    MISTAKE_QUOTE,    /* not closed on its line */
    MISTAKE_BRACKET,  /* not closed */
};

struct mistake {
    enum mistake_kind kind;
    int line, column;
    unsigned character; /* the code point, the byte, or the bracket */
    size_t line_start;  /* offset: what stands before is fit to be read */
};

/* The first of bytes, control and tab. */
struct mistake characters_check(const uint8_t *bytes, size_t size);

/* The first quote or bracket without its partner. A guess by the look of the lines, only
 * for text in which libyaml has found something wrong. */
struct mistake characters_find_unclosed(const uint8_t *bytes, size_t size);

/* The character at a place, or 0 when there is none. */
unsigned characters_at(const uint8_t *bytes, size_t size, int line, int column);
