#include <libintl.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

#define DOMAIN "kengd"

static enum language process_language = LANGUAGE_VI;
static __thread int thread_language = -1; /* -1: the process's */

void text_open(enum language of_process)
{
    const char *dir = getenv("KENGD_LOCALE_DIR");

    process_language = of_process;
    /* C.UTF-8 is in every glibc; gettext looks at LANGUAGE under any locale but "C". The
     * program's source is one language and its catalogue the other, so that a thread
     * chooses by asking gettext or not. */
    setlocale(LC_ALL, "C.UTF-8");
    setenv("LANGUAGE", "vi", 1);
    bindtextdomain(DOMAIN, dir ? dir : KENGD_LOCALE_DIR);
    bind_textdomain_codeset(DOMAIN, "UTF-8");
    if (of_process == LANGUAGE_EN)
        bindtextdomain("libc", "/"); /* or what libc says would be Vietnamese */
}

enum language text_language(void)
{
    return thread_language < 0 ? process_language : (enum language)thread_language;
}

enum language text_use(enum language now)
{
    enum language before = text_language();

    thread_language = (int)now;
    return before;
}

enum language text_language_named(const char *tag, enum language fallback)
{
    if (tag && strncasecmp(tag, "vi", 2) == 0)
        return LANGUAGE_VI;
    if (tag && strncasecmp(tag, "en", 2) == 0)
        return LANGUAGE_EN;
    return fallback;
}

const char *text_language_tag(enum language language)
{
    return language == LANGUAGE_VI ? "vi" : "en";
}

const char *text(const char *english)
{
    if (text_language() == LANGUAGE_EN || !*english)
        return english;
    return dgettext(DOMAIN, english);
}

/* Length of the well-formed character at `p` (RFC 3629, section 4), 0 if it is none. */
static size_t utf8_length(const uint8_t *p, size_t size)
{
    static const struct { uint8_t low, high, second_low, second_high, length; } rows[] = {
        { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
        { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
        { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
        { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (*p < rows[i].low || *p > rows[i].high)
            continue;
        size_t length = rows[i].length;
        if (length > size)
            return 0;
        if (length > 1 && (p[1] < rows[i].second_low || p[1] > rows[i].second_high))
            return 0;
        for (size_t k = 2; k < length; k++)
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        return length;
    }
    return 0;
}

bool text_is_utf8(const char *bytes, size_t size)
{
    const uint8_t *p = (const uint8_t *)bytes;

    while (size > 0) {
        size_t length = utf8_length(p, size);
        if (length == 0)
            return false;
        p += length;
        size -= length;
    }
    return true;
}

void text_cut_utf8(char *text)
{
    size_t size = strlen(text), at = size;

    while (at > 0 && size - at < 4 && ((uint8_t)text[at - 1] & 0xc0) == 0x80)
        at--;
    if (at == 0 || (uint8_t)text[at - 1] < 0x80)
        return;
    at--;
    if (utf8_length((const uint8_t *)text + at, size - at) == 0)
        text[at] = 0;
}

bool text_next_word(const char **at, char *to, size_t room)
{
    const char *from = *at ? *at + strspn(*at, " ") : "";
    size_t length = strcspn(from, " ");

    snprintf(to, room, "%.*s", (int)length, from);
    *at = from + length;
    return length > 0;
}
