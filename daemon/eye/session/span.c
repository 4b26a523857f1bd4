#include <string.h>
#include <strings.h>

#include "span.h"

struct span span_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span s)
{
    while (s.size && is_blank(s.at[0]))
        s = span_after(s, 1);
    while (s.size && is_blank(s.at[s.size - 1]))
        s.size--;
    return s;
}

bool span_is(struct span s, const char *word)
{
    return s.size == strlen(word) && strncasecmp(s.at, word, s.size) == 0;
}

bool span_begins(struct span s, const char *word)
{
    size_t size = strlen(word);

    return s.size >= size && strncasecmp(s.at, word, size) == 0;
}

struct span span_after(struct span s, size_t skip)
{
    if (skip > s.size)
        skip = s.size;
    return s.size ? (struct span){ s.at + skip, s.size - skip } : s;
}

struct span span_next(struct span *rest, char stop)
{
    const char *end = rest->size ? memchr(rest->at, stop, rest->size) : NULL;
    struct span first = { rest->at, end ? (size_t)(end - rest->at) : rest->size };

    *rest = span_after(*rest, first.size + (end != NULL));
    return first;
}

bool span_number(struct span s, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;
    size_t i;

    for (i = 0; i < s.size && s.at[i] >= '0' && s.at[i] <= '9'; i++) {
        value = value * 10 + (uint64_t)(s.at[i] - '0');
        if (value > most)
            return false;
    }
    if (i > 0)
        *out = value;
    return i > 0;
}

bool span_copy(struct span s, char *to, size_t room)
{
    bool fits = s.size < room;

    for (size_t i = 0; fits && i < s.size; i++)
        fits = (unsigned char)s.at[i] >= ' ' && s.at[i] != 0x7f;
    if (fits && s.size)
        memcpy(to, s.at, s.size);
    to[fits ? s.size : 0] = 0;
    return fits;
}

void span_show(struct span s, char *to, size_t room)
{
    size_t size = s.size < room ? s.size : room - 1;

    for (size_t i = 0; i < size; i++)
        to[i] = s.at[i] >= ' ' && s.at[i] < 0x7f ? s.at[i] : '?';
    to[size] = 0;
}
