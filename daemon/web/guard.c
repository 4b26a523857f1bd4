#include <ctype.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <sys/queue.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "guard.h"

enum { HEADERS_MAX = 100, HOST_MAX = 255 };

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 9110, section 5.6.2. */
static bool is_token(const char *text)
{
    const char *p = text;

    for (; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
            return false;
    return p > text;
}

/* Characters of RFC 3986 that a path may carry as they are; '%' is looked at apart. */
static bool is_path_character(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("/-._~!$&'()*+,;=:@", c));
}

/* One character of a path, decoded. -1: not allowed, or one that would mean something
 * else once decoded (a slash, a backslash, a control character). */
static int next_of_path(const char **p)
{
    char c = *(*p)++;

    if (c != '%')
        return is_path_character(c) ? (unsigned char)c : -1;
    int high = hex((*p)[0]), low = high < 0 ? -1 : hex((*p)[1]);
    if (low < 0)
        return -1;
    *p += 2;
    int value = high * 16 + low;
    return value < 0x20 || value == 0x7f || value == '/' || value == '\\' ? -1 : value;
}

static bool has_dot_segment(const char *path)
{
    for (const char *p = path; (p = strchr(p, '/'));) {
        p++;
        size_t length = strcspn(p, "/");
        if ((length == 1 && p[0] == '.') || (length == 2 && p[0] == '.' && p[1] == '.'))
            return true;
    }
    return false;
}

static bool is_query(const char *query)
{
    for (const char *p = query; *p; p++) {
        if (*p == '%') {
            if (hex(p[1]) < 0 || hex(p[2]) < 0 || (p[1] == '0' && p[2] == '0'))
                return false;
        } else if (*p <= ' ' || (unsigned char)*p >= 0x7f || strchr("\"<>\\^`{|}#", *p)) {
            return false;
        }
    }
    return true;
}

enum verdict guard_target(const char *target, char path[PATH_MAX_BYTES],
                          const char **query)
{
    const char *p = target;
    size_t size = 0;

    *query = NULL;
    path[0] = 0;
    /* "//host/..." would be read as another machine's address. */
    if (!target || target[0] != '/' || target[1] == '/' || strlen(target) > TARGET_MAX)
        return GUARD_TARGET;
    while (*p && *p != '?') {
        int c = next_of_path(&p);
        if (c < 0 || size + 1 >= PATH_MAX_BYTES)
            return GUARD_TARGET;
        path[size++] = (char)c;
    }
    path[size] = 0;
    if (strstr(path, "//") || has_dot_segment(path) || !text_is_utf8(path, size))
        return GUARD_TARGET;
    if (*p == '?') {
        if (!is_query(p + 1))
            return GUARD_TARGET;
        *query = p + 1;
    }
    return GUARD_FINE;
}

/* "name", "name:port", "192.0.2.1:80" or "[2001:db8::1]:80". */
static bool is_host(const char *host)
{
    size_t length = strlen(host), name;

    if (length == 0 || length > HOST_MAX)
        return false;
    if (host[0] == '[') {
        name = 1 + strspn(host + 1, "0123456789abcdefABCDEF:.");
        if (name < 3 || host[name] != ']')
            return false;
        name++;
    } else {
        name = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789-._");
        if (name == 0)
            return false;
    }
    if (!host[name])
        return true;
    size_t digits = strspn(host + name + 1, "0123456789");
    return host[name] == ':' && digits >= 1 && digits <= 5 && !host[name + 1 + digits];
}

static bool is_length(const char *value)
{
    size_t digits = strspn(value, "0123456789");

    return digits >= 1 && digits <= 15 && !value[digits];
}

static bool is_value(const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
            return false;
    return true;
}

enum verdict guard_headers(const struct evkeyvalq *headers, int minor_version)
{
    const struct evkeyval *header;
    int count = 0, hosts = 0, lengths = 0, codings = 0;

    TAILQ_FOREACH(header, headers, next)
    {
        const char *name = header->key, *value = header->value;
        if (++count > HEADERS_MAX || !is_token(name) || !is_value(value))
            return GUARD_HEADER;
        if (strcasecmp(name, "Host") == 0) {
            if (++hosts > 1 || !is_host(value))
                return GUARD_HOST;
        } else if (strcasecmp(name, "Content-Length") == 0) {
            if (++lengths > 1 || !is_length(value))
                return GUARD_LENGTH;
        } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
            if (++codings > 1 || strcasecmp(value, "chunked") != 0 || minor_version == 0)
                return GUARD_LENGTH;
        }
    }
    if (lengths > 0 && codings > 0)
        return GUARD_LENGTH;
    return hosts == 0 && minor_version > 0 ? GUARD_HOST : GUARD_FINE;
}

enum verdict guard_request(struct evhttp_request *req, char path[PATH_MAX_BYTES],
                           const char **query)
{
    enum verdict verdict = guard_target(evhttp_request_get_uri(req), path, query);

    if (verdict != GUARD_FINE)
        return verdict;
    if (req->major != 1 || req->minor < 0 || req->minor > 1)
        return GUARD_VERSION;
    verdict = guard_headers(evhttp_request_get_input_headers(req), req->minor);
    if (verdict != GUARD_FINE)
        return verdict;
    switch (evhttp_request_get_command(req)) {
    case EVHTTP_REQ_GET:
    case EVHTTP_REQ_HEAD:
    case EVHTTP_REQ_POST:
    case EVHTTP_REQ_DELETE:
        return GUARD_FINE;
    default:
        return GUARD_METHOD;
    }
}

/* The part of an origin or address behind "scheme://", up to a slash. */
static bool names_host(const char *url, const char *host, size_t host_length)
{
    const char *at = strstr(url, "://");

    if (!at)
        return false;
    at += 3;
    return strcspn(at, "/") == host_length && strncasecmp(at, host, host_length) == 0;
}

bool guard_same_origin(const char *origin, const char *host, const char *public_url)
{
    if (strncasecmp(origin, "http://", 7) != 0 && strncasecmp(origin, "https://", 8) != 0)
        return false;
    if (host && names_host(origin, host, strlen(host)))
        return true;
    const char *ours = public_url ? strstr(public_url, "://") : NULL;
    return ours && names_host(origin, ours + 3, strcspn(ours + 3, "/"));
}
