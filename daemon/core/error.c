#include <errno.h>
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

const char *error_of_system(int number)
{
    const char *english;

    switch (number) {
    case ENOSPC:
        return _("the disk is full");
    case EDQUOT:
        return _("no more may be stored on this disk");
    case EFBIG:
        return _("the file would be too large");
    case EIO:
        return _("the disk fails at reading or writing");
    case EROFS:
        return _("the disk can only be read");
    case EACCES:
        return _("the permission is missing");
    case EPERM:
        return _("it is not permitted");
    case ENOENT:
        return _("there is no such file or directory");
    case EEXIST:
        return _("it exists already");
    case ENOTDIR:
        return _("a part of the path is no directory");
    case EISDIR:
        return _("it is a directory");
    case ELOOP:
        return _("it is a symbolic link, or too many of them follow each other");
    case ENAMETOOLONG:
        return _("the name is too long");
    case EBUSY:
        return _("it is in use");
    case EMFILE:
        return _("this program has too many files and connections open");
    case ENFILE:
        return _("this machine has too many files and connections open");
    case ENOMEM:
        return _("there is not enough memory");
    case EINVAL:
        return _("the system refuses it in this form");
    case EADDRINUSE:
        return _("the address is in use already");
    case EADDRNOTAVAIL:
        return _("this machine does not have that address");
    case ECONNREFUSED:
        return _("the connection was refused");
    case ECONNRESET:
        return _("the other side broke the connection");
    case ETIMEDOUT:
        return _("no answer came in time");
    case EHOSTUNREACH:
        return _("the way to that machine is not there");
    case ENETUNREACH:
        return _("the way to that network is not there");
    }
    english = strerrordesc_np(number);
    return english ? english : _("an unknown error");
}
