#include <arpa/inet.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ask.h"
#include "core/memory.h"
#include "footage.h"
#include "guests.h"
#include "peer.h"
#include "rights.h"

/* A reply before there is an ask that could make a better one. */
static void refuse(struct web *web, struct evhttp_request *req, int status,
                   const char *reason)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(req);
    struct evbuffer *body = evbuffer_new();

    web->counts.refused++;
    web->counts.answers[4]++;
    evhttp_add_header(out, "Connection", "close");
    evhttp_add_header(out, "Content-Type", "application/json");
    evhttp_add_header(out, "Cache-Control", "no-store");
    evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
    if (evhttp_request_get_command(req) != EVHTTP_REQ_HEAD)
        evbuffer_add_printf(
            body, "{\"error\":{\"code\":\"bad_request\",\"message\":\"%s\"}}", reason);
    guests_answer(web->guests, req);
    evhttp_send_reply(req, status, reason, body);
    evbuffer_free(body);
}

static bool pass_guard(struct web *web, struct evhttp_request *req,
                       char path[PATH_MAX_BYTES], const char **query)
{
    static const struct {
        int status;
        const char *reason;
    } replies[] = {
        [GUARD_METHOD] = { 405, "Method Not Allowed" },
        [GUARD_VERSION] = { 505, "HTTP Version Not Supported" },
        [GUARD_TARGET] = { 400, "Bad Request" },
        [GUARD_LENGTH] = { 400, "Bad Request" },
        [GUARD_HOST] = { 400, "Bad Request" },
        [GUARD_HEADER] = { 400, "Bad Request" },
    };
    enum verdict verdict = guard_request(req, path, query);

    if (verdict == GUARD_FINE)
        return true;
    refuse(web, req, replies[verdict].status, replies[verdict].reason);
    return false;
}

static void read_address(struct ask *ask)
{
    struct evhttp_request *req = ask->req;
    char *address = NULL;
    ev_uint16_t port;

    if (ask->door->kind == DOOR_CONTROL) {
        snprintf(ask->address, sizeof ask->address, "kengctl");
        return;
    }
    evhttp_connection_get_peer(evhttp_request_get_connection(req), &address, &port);
    snprintf(ask->address, sizeof ask->address, "%s", address ? address : "");
    ask->by_proxy = peer_find(ask->settings, evhttp_request_get_input_headers(req),
                              ask->address);
}

/* On this machine, and not brought in by a proxy on this machine. */
static bool is_local(const struct ask *ask)
{
    if (ask->by_proxy || ask_sent(ask, "X-Forwarded-For") || ask_sent(ask, "Forwarded") ||
        ask_sent(ask, "X-Real-IP"))
        return false;
    return strncmp(ask->address, "127.", 4) == 0 || strcmp(ask->address, "::1") == 0 ||
           strncmp(ask->address, "::ffff:127.", 11) == 0;
}

static const char *bearer_of(const struct ask *ask)
{
    const char *value = ask_sent(ask, "Authorization");

    if (!value || strncasecmp(value, "Bearer ", 7) != 0)
        return NULL;
    value += 7;
    return value + strspn(value, " ");
}

/* The cookie `kengd` of a Cookie header (RFC 6265, section 4.2). */
static bool read_cookie(const char *header, char token[TOKEN_MAX])
{
    for (const char *p = header; p && *p;) {
        p += strspn(p, "; ");
        size_t length = strcspn(p, ";");
        if (length > 6 && length - 6 < TOKEN_MAX && strncmp(p, "kengd=", 6) == 0) {
            memcpy(token, p + 6, length - 6);
            token[length - 6] = 0;
            return true;
        }
        p += length;
    }
    return false;
}

/* A page of another site can send the cookie, but neither this type nor this origin. */
bool ask_is_forged(const struct ask *ask)
{
    const char *type = ask_sent(ask, "Content-Type"), *origin = ask_sent(ask, "Origin");

    if (!type || strncasecmp(type, "application/json", 16) != 0 ||
        (type[16] && type[16] != ';' && type[16] != ' '))
        return true;
    return origin && !guard_same_origin(origin, ask_sent(ask, "Host"),
                                        ask->settings->web.public_url);
}

static void run_route(struct ask *ask)
{
    if (ask->route->scope == SCOPE_CAMERA) {
        ask->camera = settings_find_camera(ask->settings, ask->arg);
        if (!who_may_see_camera(ask->who, ask->camera)) {
            answer_not_found(ask);
            return;
        }
    }
    if (ask->route->scope == SCOPE_FOOTAGE && !footage_may_see(ask, ask->arg)) {
        answer_not_found(ask);
        return;
    }
    ask->route->fn(ask);
}

void answer_nobody(struct ask *ask, int status)
{
    ask_header(ask, "WWW-Authenticate", "Bearer");
    /* The same words for a wrong token and for too many of them. */
    answer_error(ask, status, "who", NULL, _("please log in"));
}

static void on_known(struct ask *ask, enum rights_result result, const struct who *who)
{
    switch (result) {
    case RIGHTS_KNOWN:
        break;
    case RIGHTS_NOBODY:
        answer_nobody(ask, 401);
        return;
    case RIGHTS_SHUT:
        ask_header(ask, "Retry-After", "300");
        answer_nobody(ask, 429);
        return;
    case RIGHTS_BUSY:
        answer_busy(ask);
        return;
    }
    ask->who = who_ref(who);
    if (!who_may(who, ask->route->right))
        answer_not_found(ask);
    else
        run_route(ask);
}

bool ask_token(struct ask *ask, char token[TOKEN_MAX])
{
    const char *bearer = bearer_of(ask);

    token[0] = 0;
    if (bearer) {
        if (strlen(bearer) < TOKEN_MAX)
            strcpy(token, bearer);
    } else {
        ask->by_cookie = read_cookie(ask_sent(ask, "Cookie"), token);
    }
    return token[0] != 0;
}

void answer_forged(struct ask *ask)
{
    answer_error(ask, 403, "forged", NULL,
                 _("a change must come from kengd's own page, as application/json"));
}

static void admit(struct ask *ask)
{
    enum evhttp_cmd_type method = evhttp_request_get_command(ask->req);
    bool changes = method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD;
    char token[TOKEN_MAX];

    if (!ask_token(ask, token))
        answer_nobody(ask, 401);
    else if (changes && ask->by_cookie && ask_is_forged(ask))
        answer_forged(ask);
    else
        rights_find(ask->web->rights, ask, token, on_known);
}

static void answer_ask(struct ask *ask, const char *path)
{
    bool other_method;

    if (ask->door->kind != DOOR_CONTROL && strncmp(path, "/api/control/", 13) == 0) {
        answer_not_found(ask);
        return;
    }
    ask->route =
        route_find(evhttp_request_get_command(ask->req), path, ask->arg, &other_method);
    if (!ask->route && other_method) {
        answer_error(ask, 405, "method", NULL,
                     _("this address does not know the method"));
    } else if (!ask->route) {
        answer_not_found(ask);
    } else if (ask->route->right == RIGHT_CONTROL && ask->door->kind != DOOR_CONTROL) {
        answer_not_found(ask);
    } else if (ask->route->right == RIGHT_OPEN) {
        ask->route->fn(ask);
    } else if (ask->door->kind == DOOR_CONTROL) {
        ask->who = who_control(ask->settings);
        run_route(ask);
    } else if (ask->route->right == RIGHT_PROBE && is_local(ask)) {
        ask->route->fn(ask);
    } else {
        admit(ask);
    }
}

void dispatch(struct evhttp_request *req, void *arg)
{
    struct door *door = arg;
    struct web *web = door->web;
    char path[PATH_MAX_BYTES];
    const char *query;

    guests_ask(web->guests, req);
    if (!pass_guard(web, req, path, &query))
        return;
    struct ask *ask = xcalloc(1, sizeof *ask);
    *ask = (struct ask){
        .web = web, .door = door, .req = req, .settings = settings_ref(web->settings)
    };
    TAILQ_INIT(&ask->query);
    LIST_INSERT_HEAD(&web->asks, ask, next);
    ask->head = evhttp_request_get_command(req) == EVHTTP_REQ_HEAD;
    read_address(ask);
    ask->language = text_language_named(ask_sent(ask, "Accept-Language"),
                                        web->settings->site.language);
    enum language before = text_use(ask->language);
    if (query && evhttp_parse_query_str(query, &ask->query) != 0)
        answer_error(ask, 400, "bad_query", NULL, _("the part behind ? cannot be read"));
    else
        answer_ask(ask, path);
    text_use(before);
}
