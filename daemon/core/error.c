#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/text.h"

bool error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list args;

    if (!err)
        return false;
    err->kind = kind;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    text_cut_utf8(err->text);
    return false;
}

bool error_context(struct error *err, const char *format, ...)
{
    char what[sizeof err->text], whole[2 * sizeof err->text];
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(whole, sizeof whole, "%s: %s", what, err->text);
    memcpy(err->text, whole, sizeof err->text - 1);
    err->text[sizeof err->text - 1] = 0;
    text_cut_utf8(err->text);
    return false;
}
