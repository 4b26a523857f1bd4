#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"

uint8_t *bytes_reserve(struct bytes *b, size_t more)
{
    size_t want;

    if (__builtin_add_overflow(b->size, more, &want))
        abort();
    if (want > b->room) {
        b->room = want + want / 2 + 64;
        b->at = xrealloc(b->at, b->room);
    }
    return b->at + b->size;
}

void bytes_add(struct bytes *b, const void *from, size_t size)
{
    if (size == 0)
        return;
    memcpy(bytes_reserve(b, size), from, size);
    b->size += size;
}

void bytes_text(struct bytes *b, const char *text)
{
    bytes_add(b, text, strlen(text));
}

void bytes_format(struct bytes *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        abort();
    char *to = (char *)bytes_reserve(b, (size_t)length + 1);
    va_start(args, format);
    vsnprintf(to, (size_t)length + 1, format, args);
    va_end(args);
    b->size += (size_t)length;
}

void bytes_drop(struct bytes *b, size_t size)
{
    if (size == 0)
        return;
    b->size -= size;
    memmove(b->at, b->at + size, b->size);
}

char *bytes_take(struct bytes *b)
{
    *bytes_reserve(b, 1) = 0;
    char *text = (char *)b->at;
    *b = (struct bytes){ 0 };
    return text;
}

void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){ 0 };
}
