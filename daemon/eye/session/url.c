#include <stdio.h>
#include <string.h>

#include "url.h"

/* The length of "rtsp://" or "rtsps://" at the front; 0: neither stands there. */
static size_t scheme_size(struct span url)
{
    static const char *const schemes[] = { "rtsp://", "rtsps://" };

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (span_begins(url, schemes[i]))
            return strlen(schemes[i]);
    return 0;
}

bool url_is_whole(struct span url)
{
    size_t scheme = scheme_size(url);

    if (scheme == 0 || url.size == scheme || url.size >= URL_MAX)
        return false;
    for (size_t i = 0; i < url.size; i++) {
        if ((unsigned char)url.at[i] <= ' ' || url.at[i] == 0x7f)
            return false;
    }
    return true;
}

/* Some write the scheme twice: "rtsp://rtsp://10.0.0.2/stream0/". */
static struct span without_double_scheme(struct span url)
{
    size_t once;

    while ((once = scheme_size(url)) > 0 && scheme_size(span_after(url, once)) > 0)
        url = span_after(url, once);
    return url;
}

/* Where the path begins: behind the host and port. */
static size_t path_at(const char *url)
{
    size_t host = scheme_size(span_of(url));

    return host + strcspn(url + host, "/?");
}

void url_host(const char *url, char to[URL_MAX])
{
    size_t from = scheme_size(span_of(url)), end = path_at(url);
    const char *at = memrchr(url + from, '@', end - from);

    from = at ? (size_t)(at + 1 - url) : from;
    if (url[from] == '[')
        snprintf(to, URL_MAX, "%.*s", (int)strcspn(url + from + 1, "]"), url + from + 1);
    else
        snprintf(to, URL_MAX, "%.*s", (int)strcspn(url + from, ":/?"), url + from);
}

/* "/live/track1" to the base ".../live" names the whole path; "/track1" is only another
 * way of writing "track1". */
static bool names_whole_path(const char *base_path, struct span control)
{
    size_t size = strcspn(base_path, "?");

    while (size > 0 && base_path[size - 1] == '/')
        size--;
    return size > 0 && control.size > size && memcmp(control.at, base_path, size) == 0 &&
           control.at[size] == '/';
}

bool url_join(char to[URL_MAX], const char *base, struct span control)
{
    size_t base_size = strlen(base);
    bool slash;
    int size;

    control = without_double_scheme(span_trim(control));
    if (control.size == 0 || span_is(control, "*")) {
        base_size = base_size < URL_MAX ? base_size : 0;
        control.size = 0;
        slash = false;
    } else if (scheme_size(control) > 0) {
        base_size = 0;
        slash = false;
    } else if (control.at[0] == '/' && names_whole_path(base + path_at(base), control)) {
        base_size = path_at(base);
        slash = false;
    } else {
        while (control.size && control.at[0] == '/')
            control = span_after(control, 1);
        slash = base_size == 0 || base[base_size - 1] != '/';
    }
    if (base_size + control.size + 1 >= URL_MAX)
        return false;
    size = snprintf(to, URL_MAX, "%.*s%s%.*s", (int)base_size, base, slash ? "/" : "",
                    (int)control.size, control.size ? control.at : "");
    return url_is_whole((struct span){ to, (size_t)size });
}
