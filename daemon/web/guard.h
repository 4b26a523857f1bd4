/*
 * The strict look at a request before anything acts on it. evhttp is lax: it takes two
 * Hosts, conflicting lengths and addresses of other machines. Whatever two readers could
 * understand differently is refused and the connection closed.
 * Thread: any; pure. Source: RFC 9110, RFC 9112 (sections 3.2, 5.1, 6.1, 6.3), RFC 3986.
 */
#pragma once
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdbool.h>

enum {
    TARGET_MAX = 4096, /* bytes of a request target */
    PATH_MAX_BYTES = 512,
};

enum verdict {
    GUARD_FINE,
    GUARD_METHOD,  /* not one of ours: 405 */
    GUARD_VERSION, /* neither HTTP/1.0 nor 1.1 */
    GUARD_TARGET,  /* not an origin-form target, or a path with tricks */
    GUARD_LENGTH,  /* more than one way to find the end of the body */
    GUARD_HOST,    /* none, two, or not a host */
    GUARD_HEADER,  /* a name that is no token, a value with control characters */
};

/* The target as sent. `path` becomes the decoded path, `query` points behind the '?' in
 * `target` or is NULL. */
enum verdict guard_target(const char *target, char path[PATH_MAX_BYTES],
                          const char **query);

enum verdict guard_headers(const struct evkeyvalq *headers, int minor_version);

/* All of it, for a request as evhttp has read it. */
enum verdict guard_request(struct evhttp_request *req, char path[PATH_MAX_BYTES],
                           const char **query);

/* Whether the value of Origin names the host of the request, or `public_url` (NULL:
 * none). */
bool guard_same_origin(const char *origin, const char *host, const char *public_url);
