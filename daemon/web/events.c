/* What happened: lists, one, its snapshot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access.h"
#include "ask.h"
#include "beneath.h"
#include "core/clock.h"
#include "core/signed_link.h"
#include "core/memory.h"
#include "footage.h"
#include "lists.h"
#include "shapes.h"

enum { SNAPSHOT_MAX = 4 << 20 };

/* ---- lists ----------------------------------------------------------------------------
 */

bool filter_read(struct ask *ask, struct filter *filter)
{
    const char *camera = ask_query(ask, "camera"), *area = ask_query(ask, "area");
    const struct settings *set = ask->settings;
    struct row_filter *rows = &filter->rows;

    if (!ask_time(ask, "from", 0, &rows->from_us) ||
        !ask_time(ask, "to", 0, &rows->to_us) ||
        !ask_page(ask, &rows->before_us, &rows->limit))
        return false;
    const struct area *whole = area ? settings_find_area(set, area) : NULL;
    if ((camera && !footage_may_see(ask, camera)) ||
        (area && !who_may_see_area(ask->who, whole))) {
        answer_not_found(ask);
        return false;
    }
    filter->camera = camera ? xstrdup(camera) : NULL;
    rows->camera = filter->camera;
    /* Who sees all also sees what happened in areas that are configured no more. */
    if (ask->who->everywhere && !whole)
        return true;
    filter->areas = xcalloc(set->area_count + 1, sizeof *filter->areas);
    for (size_t i = 0; i < set->area_count; i++)
        if (who_may_see_area(ask->who, &set->areas[i]) &&
            (!whole || area_is_within(&set->areas[i], whole)))
            filter->areas[rows->area_count++] = xstrdup(set->areas[i].id);
    rows->areas = (const char *const *)filter->areas;
    return true;
}

void filter_clear(struct filter *filter)
{
    for (size_t i = 0; filter->areas && i < filter->rows.area_count; i++)
        free(filter->areas[i]);
    free(filter->areas);
    free(filter->camera);
}

bool filter_is_empty(const struct filter *filter)
{
    return filter->areas && filter->rows.area_count == 0;
}

struct event_query {
    struct filter filter;
    struct event_list list;
    bool failed;
    struct error err;
};

static void drop_query(void *job)
{
    struct event_query *query = job;

    filter_clear(&query->filter);
    event_list_free(&query->list);
}

static void read_events(struct store *store, void *job)
{
    struct event_query *query = job;

    if (!filter_is_empty(&query->filter))
        query->failed =
            !events_list(store, &query->filter.rows, &query->list, &query->err);
}

static void on_events(struct ask *ask)
{
    struct event_query *query = ask->job;
    json_t *list = json_array();

    if (query->failed) {
        json_decref(list);
        answer_failure(ask, &query->err);
        return;
    }
    for (size_t i = 0; i < query->list.count; i++)
        if (ask_may_see_event(ask, &query->list.rows[i]))
            json_array_append_new(list,
                                  shape_event(ask->settings, &query->list.rows[i]));
    size_t count = query->list.count;
    answer_json(ask, 200,
                json_pack("{s:o, s:o}", "events", list, "next",
                          shape_next(count, query->filter.rows.limit,
                                     count ? query->list.rows[count - 1].start_us : 0)));
}

void events_get_list(struct ask *ask)
{
    struct event_query *query = ask_job(ask, sizeof *query, drop_query);

    if (filter_read(ask, &query->filter))
        ask_desk(ask, ask->web->reads, read_events, on_events);
}

/* ---- one ------------------------------------------------------------------------------
 */

const struct area *web_area_of(const struct settings *set, const struct event_row *event)
{
    const struct camera_settings *camera =
        event->camera ? settings_find_camera(set, event->camera) : NULL;

    if (camera)
        return camera->area;
    return event->area ? settings_find_area(set, event->area) : NULL;
}

bool ask_may_see_event(const struct ask *ask, const struct event_row *event)
{
    if (ask->who->event)
        return strcmp(ask->who->event, event->id) == 0;
    return who_may_see_area(ask->who, web_area_of(ask->settings, event));
}

static void drop_one(void *job)
{
    struct one_event *one = job;

    event_row_clear(&one->row);
    free(one->root);
    free(one->bytes);
}

static void read_one(struct store *store, void *job)
{
    struct one_event *one = job;

    one->failed = !event_get(store, one->id, &one->row, &one->found, &one->err);
}

void event_find(struct ask *ask, route_fn *found)
{
    struct one_event *one = ask_job(ask, sizeof *one, drop_one);

    snprintf(one->id, sizeof one->id, "%s", ask->arg);
    one->next = found;
    ask_desk(ask, ask->web->reads, read_one, event_is_found);
}

void event_is_found(struct ask *ask)
{
    struct one_event *one = ask->job;

    if (one->failed)
        answer_failure(ask, &one->err);
    else if (!one->found || !ask_may_see_event(ask, &one->row))
        answer_not_found(ask);
    else
        one->next(ask);
}

static void answer_event(struct ask *ask)
{
    struct one_event *one = ask->job;

    json_t *event = shape_event(ask->settings, &one->row);
    json_object_set_new(event, "path", shape_way(&one->row.way));
    answer_json(ask, 200, event);
}

void event_get_one(struct ask *ask)
{
    event_find(ask, answer_event);
}

/* ---- snapshot -------------------------------------------------------------------------
 */

static void read_snapshot(void *job)
{
    struct one_event *one = job;
    struct stat st;
    int fd = open_beneath(one->root, one->row.picture);

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= SNAPSHOT_MAX) {
        one->bytes = xmalloc((size_t)st.st_size);
        ssize_t got = pread(fd, one->bytes, (size_t)st.st_size, 0);
        one->size = got == st.st_size ? (size_t)got : 0;
    }
    close(fd);
}

static void free_bytes(const void *at, size_t size, void *arg)
{
    free(arg);
}

static void on_snapshot(struct ask *ask)
{
    struct one_event *one = ask->job;
    struct evbuffer *body;
    char object[ROW_ID_MAX + 16];

    if (one->size == 0) {
        answer_not_found(ask);
        return;
    }
    if (ask->who && ask->who->person) {
        snprintf(object, sizeof object, "event:%s", one->row.id);
        access_note_seldom(ask->web, ask->who, "snapshot", object);
    }
    body = evbuffer_new();
    evbuffer_add_reference(body, one->bytes, one->size, free_bytes, one->bytes);
    one->bytes = NULL;
    /* A better one may come while the event goes on; afterwards it never changes. */
    if (one->row.end_us)
        ask_header(ask, "Cache-Control", "private, max-age=3600");
    answer_bytes(ask, 200, "image/jpeg", body);
    evbuffer_free(body);
}

static void fetch_snapshot(struct ask *ask)
{
    struct one_event *one = ask->job;

    if (!one->row.picture) {
        answer_not_found(ask);
        return;
    }
    one->root = xformat("%s/pictures", ask->settings->paths.state);
    ask_files(ask, read_snapshot, on_snapshot);
}

static void on_linked(struct ask *ask)
{
    struct one_event *one = ask->job;

    if (one->failed || !one->found)
        answer_not_found(ask);
    else
        fetch_snapshot(ask);
}

/* "<event>-<expires>-<signature>": the address is the right. */
void picture_by_link(struct ask *ask)
{
    char parts[ROUTE_ARG_MAX], *rest = parts;

    snprintf(parts, sizeof parts, "%s", ask->arg);
    const char *event = strsep(&rest, "-"), *expires = strsep(&rest, "-");
    if (!rest || !signed_link_fits(event, expires, rest, clock_wall_us())) {
        answer_not_found(ask);
        return;
    }
    struct one_event *one = ask_job(ask, sizeof *one, drop_one);
    snprintf(one->id, sizeof one->id, "%s", event);
    ask_desk(ask, ask->web->reads, read_one, on_linked);
}

void event_snapshot(struct ask *ask)
{
    event_find(ask, fetch_snapshot);
}
