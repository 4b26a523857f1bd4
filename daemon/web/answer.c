/* The one answer to an ask. */
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "core/log.h"
#include "core/memory.h"
#include "guests.h"
#include "rights.h"

static const char *const common_headers[][2] = {
    { "Content-Security-Policy",
      "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
      "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
};

void ask_header(struct ask *ask, const char *name, const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(ask->req), name, value);
}

void ask_common_headers(struct ask *ask)
{
    struct evkeyvalq *out = evhttp_request_get_output_headers(ask->req);

    for (size_t i = 0; i < COUNT_OF(common_headers); i++)
        evhttp_add_header(out, common_headers[i][0], common_headers[i][1]);
    if (!evhttp_find_header(out, "Cache-Control"))
        evhttp_add_header(out, "Cache-Control", "no-store");
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 204, "No Content" },
        { 206, "Partial Content" },
        { 304, "Not Modified" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 409, "Conflict" },
        { 415, "Unsupported Media Type" },
        { 416, "Range Not Satisfiable" },
        { 422, "Unprocessable Content" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 503, "Service Unavailable" },
        { 505, "HTTP Version Not Supported" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].status == status)
            return rows[i].reason;
    return status < 400 ? "OK" : "Error";
}

static void send_answer(struct ask *ask, int status, struct evbuffer *body)
{
    struct web *web = ask->web;

    if (!web || !ask->req) {
        ask_free(ask);
        return;
    }
    web->counts.answers[status / 100 % STATUS_CLASSES]++;
    ask_common_headers(ask);
    if (ask->head && body) {
        char length[24];
        snprintf(length, sizeof length, "%zu", evbuffer_get_length(body));
        ask_header(ask, "Content-Length", length);
        body = NULL; /* evhttp would send it */
    }
    guests_answer(web->guests, ask->req);
    evhttp_send_reply(ask->req, status, reason_of(status), body);
    ask_free(ask);
}

void answer_nothing(struct ask *ask)
{
    send_answer(ask, 204, NULL);
}

void answer_bytes(struct ask *ask, int status, const char *type, struct evbuffer *body)
{
    if (ask->req)
        ask_header(ask, "Content-Type", type);
    send_answer(ask, status, body);
}

static void free_text(const void *text, size_t size, void *arg)
{
    free(arg);
}

void answer_json(struct ask *ask, int status, json_t *body)
{
    struct evbuffer *out = evbuffer_new();

    /* kengctl has no configuration, and shows times as the site does. */
    if (ask->door->kind == DOOR_CONTROL && json_is_object(body))
        json_object_set_new(body, "time_zone",
                            json_string(ask->settings->site.time_zone));
    char *text = json_dumps(body, JSON_STYLE);

    json_decref(body);
    if (text)
        evbuffer_add_reference(out, text, strlen(text), free_text, text);
    answer_bytes(ask, text ? status : 500, "application/json", out);
    evbuffer_free(out);
}

void answer_error(struct ask *ask, int status, const char *code, const char *field,
                  const char *format, ...)
{
    char message[400];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    text_cut_utf8(message);
    json_t *error = json_pack("{s:s, s:s}", "code", code, "message", message);
    if (field)
        json_object_set_new(error, "field", json_string(field));
    answer_json(ask, status, json_pack("{s:o}", "error", error));
}

void answer_not_found(struct ask *ask)
{
    answer_error(ask, 404, "not_found", NULL, _("there is nothing at this address"));
}

void answer_busy(struct ask *ask)
{
    if (ask->req)
        ask_header(ask, "Retry-After", "2");
    answer_error(ask, 503, "busy", NULL,
                 _("kengd is busy; please try again in a moment"));
}

void answer_failure(struct ask *ask, const struct error *err)
{
    log_warning("answer failed", "path='%s' why='%s'",
                ask->route ? ask->route->pattern : "", err->text);
    /* Where files lie is the admin's to know. */
    if (ask->door->kind == DOOR_CONTROL)
        answer_error(ask, 500, "failed", NULL, _("this could not be done: %s"),
                     err->text);
    else
        answer_error(ask, 500, "failed", NULL,
                     _("this could not be done; kengd's log says why"));
}

/* The client or the web may be gone by now. */
void answer_door(void *arg, int status, json_t *result)
{
    struct ask *ask = arg;

    if (!ask->web) {
        json_decref(result);
        ask_free(ask);
        return;
    }
    enum language before = text_use(ask->language);
    answer_json(ask, status, result ? result : json_object());
    text_use(before);
}
