#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "core/worker.h"
#include "guests.h"
#include "rights.h"

static void drop_job(struct ask *ask)
{
    if (ask->job && ask->drop_job)
        ask->drop_job(ask->job);
    free(ask->job);
    ask->job = NULL;
}

void ask_free(struct ask *ask)
{
    if (!ask)
        return;
    if (ask->web)
        LIST_REMOVE(ask, next);
    drop_job(ask);
    evhttp_clear_headers(&ask->query);
    who_unref(ask->who);
    settings_unref(ask->settings);
    free(ask);
}

bool ask_is_gone(const struct ask *ask)
{
    return !ask->req || !evhttp_request_get_connection(ask->req);
}

void *ask_job(struct ask *ask, size_t size, void (*drop)(void *job))
{
    drop_job(ask);
    ask->job = xcalloc(1, size);
    ask->drop_job = drop;
    return ask->job;
}

/* ---- what was sent --------------------------------------------------------------------
 */

const char *ask_sent(const struct ask *ask, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(ask->req), name);
}

const char *ask_query(const struct ask *ask, const char *name)
{
    const char *value = evhttp_find_header(&ask->query, name);

    return value && *value ? value : NULL;
}

bool ask_time(struct ask *ask, const char *name, int64_t fallback, int64_t *us)
{
    const char *value = ask_query(ask, name);
    char sent[48];

    if (!value && fallback != INT64_MIN) {
        *us = fallback;
        return true;
    }
    if (value && strlen(value) < sizeof sent) {
        snprintf(sent, sizeof sent, "%s", value);
        /* "+07:00" unescaped in a query has become a space. */
        char *space = strrchr(sent, ' ');
        if (space && space - sent > 15)
            *space = '+';
        if (time_read(sent, us))
            return true;
    }
    answer_error(ask, 400, "bad_time", name,
                 _("%s must be a time such as 2026-11-21T14:00:00Z"), name);
    return false;
}

bool ask_span(struct ask *ask, int64_t most_us, int64_t *from_us, int64_t *to_us)
{
    if (!ask_time(ask, "from", INT64_MIN, from_us) ||
        !ask_time(ask, "to", INT64_MIN, to_us))
        return false;
    if (*from_us >= *to_us) {
        answer_error(ask, 400, "bad_span", "to", _("to must be later than from"));
        return false;
    }
    if (*to_us - *from_us > most_us) {
        answer_error(ask, 400, "span_too_long", "to",
                     _("at most %lld minutes can be asked for at once"),
                     (long long)(most_us / SECONDS_US(60)));
        return false;
    }
    return true;
}

bool ask_number(struct ask *ask, int64_t *number)
{
    size_t digits = strspn(ask->arg, "0123456789");

    if (ask->arg[digits] || digits > 18) {
        answer_not_found(ask);
        return false;
    }
    *number = strtoll(ask->arg, NULL, 10);
    return true;
}

enum { LIMIT_MOST = 500, LIMIT_USUAL = 100 };

bool ask_page(struct ask *ask, int64_t *before_us, size_t *limit)
{
    const char *value = ask_query(ask, "limit");
    char *end = NULL;

    if (!ask_time(ask, "before", 0, before_us))
        return false;
    long wanted = value ? strtol(value, &end, 10) : LIMIT_USUAL;
    if (value && (*end || wanted < 1)) {
        answer_error(ask, 400, "bad_limit", "limit",
                     _("limit must be a number from 1 to 500"));
        return false;
    }
    *limit = (size_t)(wanted > LIMIT_MOST ? LIMIT_MOST : wanted);
    return true;
}

json_t *ask_object(struct ask *ask)
{
    struct evbuffer *body = evhttp_request_get_input_buffer(ask->req);
    size_t size = evbuffer_get_length(body);
    json_error_t where;
    json_t *object;

    if (size == 0)
        return json_object();
    object = json_loadb((const char *)evbuffer_pullup(body, -1), size,
                        JSON_REJECT_DUPLICATES, &where);
    if (json_is_object(object))
        return object;
    json_decref(object);
    answer_error(ask, 400, "bad_body", NULL, _("the body must be a JSON object"));
    return NULL;
}

bool ask_line(struct ask *ask, const json_t *body, const char *field, size_t most,
              char **to)
{
    const char *value = json_string_value(json_object_get(body, field));
    const char *at = value ? value + strspn(value, " ") : "";
    bool fine = *at && json_string_length(json_object_get(body, field)) <= most;

    for (const char *p = at; *p; p++)
        fine = fine && (unsigned char)*p >= ' ' && *p != 0x7f;
    if (fine) {
        *to = xstrdup(at);
        return true;
    }
    answer_error(ask, 422, "bad_text", field,
                 _("%s must be said: one line of at most %zu bytes"), field, most);
    return false;
}

/* ---- work elsewhere -------------------------------------------------------------------
 */

/* A journey to a worker and back. */
struct trip {
    struct ask *ask;
    ask_work_fn *work;
    ask_read_fn *read;
    route_fn *done;
    struct loop *loop;
};

static void on_back(void *arg)
{
    struct trip *trip = arg;
    struct ask *ask = trip->ask;
    route_fn *done = trip->done;

    free(trip);
    if (!ask->web) {
        ask_free(ask);
        return;
    }
    if (ask_is_gone(ask)) {
        evhttp_request_free(ask->req);
        ask_free(ask);
        return;
    }
    enum language before = text_use(ask->language);
    done(ask);
    text_use(before);
}

static void on_desk(struct store *store, void *arg)
{
    struct trip *trip = arg;

    enum language before = text_use(trip->ask->language);
    trip->work(store, trip->ask->job);
    text_use(before);
}

static void on_files(void *arg)
{
    struct trip *trip = arg;

    text_use(trip->ask->language);
    trip->read(trip->ask->job);
    loop_post(trip->loop, on_back, trip);
}

static struct trip *trip_new(struct ask *ask, route_fn *done)
{
    struct trip *trip = xcalloc(1, sizeof *trip);

    *trip = (struct trip){ .ask = ask, .done = done, .loop = ask->web->loop };
    return trip;
}

void ask_desk(struct ask *ask, struct desk *desk, ask_work_fn *work, route_fn *done)
{
    struct trip *trip = trip_new(ask, done);

    trip->work = work;
    if (desk_ask(desk, on_desk, on_back, trip))
        return;
    free(trip);
    answer_busy(ask);
}

void ask_files(struct ask *ask, ask_read_fn *work, route_fn *done)
{
    struct trip *trip = trip_new(ask, done);

    trip->read = work;
    if (worker_post(ask->web->files, on_files, trip))
        return;
    free(trip);
    answer_busy(ask);
}
