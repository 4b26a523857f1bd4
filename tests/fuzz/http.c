/*
 * A request's target and headers through the guard and the routes. First byte: HTTP/1.x;
 * first line: the target; further lines: headers.
 */
#include <assert.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "../../daemon/web/inside.h"
#include "../../daemon/web/range.h"
#include "core/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void add_header(struct evkeyvalq *headers, const char *line)
{
    const char *colon = strchr(line, ':');
    struct evkeyval *header;

    if (!colon)
        return;
    header = xcalloc(1, sizeof *header);
    header->key = xstrndup(line, (size_t)(colon - line));
    header->value = xstrdup(colon + 1 + (colon[1] == ' '));
    TAILQ_INSERT_TAIL(headers, header, next);
}

static void check_route(const char *path)
{
    static const enum evhttp_cmd_type methods[] = { EVHTTP_REQ_GET, EVHTTP_REQ_POST,
                                                    EVHTTP_REQ_DELETE, EVHTTP_REQ_HEAD };
    char arg[ROUTE_ARG_MAX];
    bool other_method;

    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        const struct route *route = route_find(methods[i], path, arg, &other_method);
        if (!route)
            continue;
        assert(strlen(arg) < ROUTE_ARG_MAX && !strstr(arg, "..") && arg[0] != '/');
        if (strstr(route->pattern, "{id}"))
            assert(*arg && !strpbrk(arg, "/. %\\"));
    }
}

static void check_headers(struct evkeyvalq *headers, int minor)
{
    const struct evkeyval *header;
    int hosts = 0, ends = 0;
    uint64_t first, last;

    if (guard_headers(headers, minor) != GUARD_FINE)
        return;
    TAILQ_FOREACH(header, headers, next)
    {
        hosts += strcasecmp(header->key, "Host") == 0;
        ends += strcasecmp(header->key, "Content-Length") == 0 ||
                strcasecmp(header->key, "Transfer-Encoding") == 0;
        if (strcasecmp(header->key, "Range") == 0 &&
            range_read(header->value, 1000, &first, &last) == RANGE_PART)
            assert(first <= last && last < 1000);
        guard_same_origin(header->value, "a:1", "https://b/c");
    }
    assert(hosts <= 1 && ends <= 1 && (hosts == 1 || minor == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct evkeyvalq headers, query_fields;
    char path[PATH_MAX_BYTES], *text, *rest;
    const char *query, *line;

    if (size == 0)
        return 0;
    TAILQ_INIT(&headers);
    TAILQ_INIT(&query_fields);
    text = rest = xstrndup((const char *)bytes + 1, size - 1);
    line = strsep(&rest, "\n");
    if (guard_target(line, path, &query) == GUARD_FINE) {
        assert(path[0] == '/' && !strstr(path, "//") && !strstr(path, "/../"));
        check_route(path);
        if (query)
            evhttp_parse_query_str(query, &query_fields);
    }
    while ((line = strsep(&rest, "\n")))
        add_header(&headers, line);
    check_headers(&headers, bytes[0] & 1);
    evhttp_clear_headers(&headers);
    evhttp_clear_headers(&query_fields);
    free(text);
    return 0;
}
