/* Exports: asking for one, how far it is, and taking it away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "file_answer.h"
#include "footage.h"
#include "shapes.h"
#include "store/export_rows.h"

static const int64_t SPAN_MOST_US = SECONDS_US(24 * 3600);
enum { CAMERAS_MOST = 16, REASON_MAX = 300, DOCUMENT_MAX = 120 };

/* ---- rights and shapes ---------------------------------------------------------------- */

static bool may_see(void *arg, const char *id)
{
    const struct ask *ask = arg;
    const struct camera_settings *camera = settings_find_camera(ask->settings, id);

    return who_may_see_footage(ask->who, camera);
}

static json_t *shape_cameras(const char *cameras)
{
    json_t *list = json_array();
    char *names = xstrdup(cameras), *rest = names, *name;

    while ((name = strsep(&rest, "\n")))
        if (*name)
            json_array_append_new(list, json_string(name));
    free(names);
    return list;
}

json_t *web_export_json(struct web *web, const struct export_row *row)
{
    const struct web_doors *doors = &web->doors;
    int permille = doors->export_permille ? doors->export_permille(doors->arg, row->id) : -1;
    enum export_state state = row->state;

    if (state == EXPORT_WAITING && permille > 0)
        state = EXPORT_RUNNING;
    return json_pack(
        "{s:s, s:s, s:f, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:s, s:I, s:s, s:o}", "id",
        row->id, "state", export_state_word(state), "progress",
        state == EXPORT_DONE || state == EXPORT_REMOVED ? 1.0
        : permille > 0                                  ? permille / 1000.0
                                                        : 0.0,
        "cameras", shape_cameras(row->cameras), "from", shape_time(row->from_us), "to",
        shape_time(row->to_us), "reason", row->reason, "document", row->document, "by",
        row->who, "asked", shape_time(row->asked_us), "done", shape_time(row->done_us), "why",
        row->why ? row->why : "", "bytes", (json_int_t)row->bytes, "sha256",
        row->sha256 ? row->sha256 : "", "package",
        row->state == EXPORT_DONE ? json_sprintf("/api/exports/%s.zip", row->id)
                                  : json_null());
}

/* ---- asking --------------------------------------------------------------------------- */

static bool read_moment(struct ask *ask, const json_t *body, const char *field, int64_t *us)
{
    const char *value = json_string_value(json_object_get(body, field));

    if (value && time_read(value, us))
        return true;
    answer_error(ask, 422, "bad_time", field,
                 _("%s must be a time such as 2026-11-21T14:00:00Z"), field);
    return false;
}

static bool read_span(struct ask *ask, const json_t *body, struct export_row *wish)
{
    int64_t now_us = clock_wall_us();

    if (!read_moment(ask, body, "from", &wish->from_us) ||
        !read_moment(ask, body, "to", &wish->to_us))
        return false;
    if (wish->to_us > now_us)
        wish->to_us = now_us;
    if (wish->from_us < wish->to_us && wish->to_us - wish->from_us <= SPAN_MOST_US)
        return true;
    answer_error(ask, 422, "bad_span", "to",
                 wish->from_us >= wish->to_us
                     ? _("to must be later than from, and from not in the future")
                     : _("at most 24 hours can be exported at once"));
    return false;
}

static bool add_camera(struct ask *ask, const json_t *value, struct bytes *to)
{
    const char *id = json_string_value(value);

    if (!id || !footage_may_see(ask, id)) {
        answer_error(ask, 404, "not_found", "cameras", _("there is no such area or camera"));
        return false;
    }
    bytes_format(to, "%s%s", to->size ? "\n" : "", id);
    return true;
}

static bool read_cameras(struct ask *ask, const json_t *body, struct export_row *wish)
{
    const json_t *list = json_object_get(body, "cameras");
    size_t count = json_array_size(list);
    struct bytes names = { 0 };

    if (count == 0 || count > CAMERAS_MOST) {
        answer_error(ask, 422, "bad_cameras", "cameras",
                     _("cameras must list 1 to %d of them"), CAMERAS_MOST);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);
        bool twice = false;
        for (size_t k = 0; k < i; k++)
            twice = twice || json_equal(value, json_array_get(list, k));
        if (!twice && !add_camera(ask, value, &names)) {
            bytes_free(&names);
            return false;
        }
    }
    wish->cameras = bytes_take(&names);
    return true;
}

void export_start(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    json_t *body = ask_object(ask);
    struct export_row wish = { .who = xstrdup(ask->who->name) };

    if (body && read_cameras(ask, body, &wish) && read_span(ask, body, &wish) &&
        ask_line(ask, body, "reason", REASON_MAX, &wish.reason) &&
        ask_line(ask, body, "document", DOCUMENT_MAX, &wish.document))
        doors->export_start(doors->arg, &wish, answer_door, ask);
    export_row_clear(&wish);
    json_decref(body);
}

/* ---- the list ------------------------------------------------------------------------- */

struct list_query {
    int64_t before_us;
    size_t limit;
    struct export_list list;
    bool failed;
    struct error err;
};

static void drop_list(void *job)
{
    struct list_query *query = job;

    export_list_free(&query->list);
}

static void read_list(struct store *store, void *job)
{
    struct list_query *query = job;

    query->failed = !exports_list(store, query->before_us, query->limit, &query->list,
                                  &query->err);
}

static void on_list(struct ask *ask)
{
    struct list_query *query = ask->job;
    json_t *list = json_array();

    if (query->failed) {
        json_decref(list);
        answer_failure(ask, &query->err);
        return;
    }
    for (size_t i = 0; i < query->list.count; i++)
        if (export_all_cameras(&query->list.rows[i], may_see, ask))
            json_array_append_new(list, web_export_json(ask->web, &query->list.rows[i]));
    answer_json(ask, 200, json_pack("{s:o}", "exports", list));
}

void export_list(struct ask *ask)
{
    struct list_query *query = ask_job(ask, sizeof *query, drop_list);

    if (ask_page(ask, &query->before_us, &query->limit))
        ask_desk(ask, ask->web->reads, read_list, on_list);
}

/* ---- one ------------------------------------------------------------------------------ */

struct one_query {
    char id[ROW_ID_MAX];
    struct export_row row;
    bool found, failed;
    struct error err;
    route_fn *then;
};

static void drop_one(void *job)
{
    struct one_query *query = job;

    export_row_clear(&query->row);
}

static void read_one(struct store *store, void *job)
{
    struct one_query *query = job;

    query->failed = !export_get(store, query->id, &query->row, &query->found, &query->err);
}

static void on_one(struct ask *ask)
{
    struct one_query *query = ask->job;

    if (query->failed)
        answer_failure(ask, &query->err);
    else if (!query->found || !export_all_cameras(&query->row, may_see, ask))
        answer_not_found(ask);
    else
        query->then(ask);
}

static void find_one(struct ask *ask, route_fn *then)
{
    struct one_query *query = ask_job(ask, sizeof *query, drop_one);

    query->then = then;
    if (strlen(ask->arg) >= sizeof query->id) {
        answer_not_found(ask);
        return;
    }
    snprintf(query->id, sizeof query->id, "%s", ask->arg);
    ask_desk(ask, ask->web->reads, read_one, on_one);
}

static void answer_one(struct ask *ask)
{
    struct one_query *query = ask->job;

    answer_json(ask, 200, web_export_json(ask->web, &query->row));
}

void export_get_one(struct ask *ask)
{
    find_one(ask, answer_one);
}

/* "trich-xuat-<document>.zip" would need escaping: the id and the day do not. */
static void send_package(struct ask *ask)
{
    struct one_query *query = ask->job;
    char object[ROW_ID_MAX + 16], day[TIME_TEXT_MAX];

    if (query->row.state != EXPORT_DONE) {
        answer_error(ask, 409, "not_ready", NULL,
                     query->row.state == EXPORT_REMOVED
                         ? _("this package was kept long enough and is gone: export it again")
                         : _("this package is not ready"));
        return;
    }
    snprintf(object, sizeof object, "export:%s", query->row.id);
    access_note_seldom(ask->web, ask->who, "export taken", object);
    char *value = xformat("attachment; filename=\"trich-xuat-%.10s-%s.zip\"",
                          time_text(query->row.asked_us, day), query->row.id);
    ask_header(ask, "Content-Disposition", value);
    free(value);
    size_t first = strcspn(query->row.cameras, "\n");
    char *camera = xstrndup(query->row.cameras, first);
    char *path = xformat("exports/%s.zip", query->row.id);
    answer_file(ask, &(struct file_answer){ .root = ask->settings->paths.state,
                                            .path = path,
                                            .type = "application/zip",
                                            .camera = camera });
    free(path);
    free(camera);
}

void export_package(struct ask *ask)
{
    find_one(ask, send_package);
}

/* ---- the key -------------------------------------------------------------------------- */

void export_key(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;

    answer_json(ask, 200,
                json_pack("{s:s, s:s}", "sha256",
                          doors->export_key ? doors->export_key(doors->arg, true) : "", "pem",
                          doors->export_key ? doors->export_key(doors->arg, false) : ""));
}
