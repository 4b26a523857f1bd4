#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "range.h"

enum { DIGITS_MAX = 18 };

static bool read_number(const char **p, uint64_t *number)
{
    size_t digits = strspn(*p, "0123456789");

    *number = 0;
    if (digits == 0 || digits > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < digits; i++)
        *number = *number * 10 + (uint64_t)(*(*p)++ - '0');
    return true;
}

enum range_kind range_read(const char *header, uint64_t size, uint64_t *first,
                           uint64_t *last)
{
    const char *p = header;

    *first = 0;
    *last = size > 0 ? size - 1 : 0;
    if (!p || strncasecmp(p, "bytes=", 6) != 0)
        return RANGE_NONE;
    p += 6;
    if (*p == '-') {
        uint64_t tail;
        p++;
        if (!read_number(&p, &tail) || *p)
            return RANGE_NONE;
        if (tail == 0 || size == 0)
            return RANGE_OUTSIDE;
        *first = tail < size ? size - tail : 0;
        return RANGE_PART;
    }
    uint64_t begin, end = *last;
    if (!read_number(&p, &begin) || *p++ != '-')
        return RANGE_NONE;
    if (*p && (!read_number(&p, &end) || *p || end < begin))
        return RANGE_NONE; /* several ranges, or none that means anything */
    if (begin >= size)
        return RANGE_OUTSIDE;
    *first = begin;
    if (end < *last)
        *last = end;
    return RANGE_PART;
}
