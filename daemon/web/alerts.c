/* Duties: lists, answers, and the alarm that a person raises. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/memory.h"
#include "lists.h"
#include "shapes.h"

enum { NOTE_MAX = 1000 };

struct alert_query {
    struct filter filter;
    struct alert_list list;
    struct delivery_list *deliveries; /* one for each of the list */
    bool failed;
    struct error err;
};

static void drop_query(void *job)
{
    struct alert_query *query = job;

    for (size_t i = 0; query->deliveries && i < query->list.count; i++)
        delivery_list_free(&query->deliveries[i]);
    free(query->deliveries);
    alert_list_free(&query->list);
    filter_clear(&query->filter);
}

static void read_alerts(struct store *store, void *job)
{
    struct alert_query *query = job;

    if (filter_is_empty(&query->filter))
        return;
    query->failed = !alerts_list(store, &query->filter.rows, &query->list, &query->err);
    query->deliveries = xcalloc(query->list.count + 1, sizeof *query->deliveries);
    for (size_t i = 0; !query->failed && i < query->list.count; i++)
        query->failed = !deliveries_of(store, query->list.rows[i].id,
                                       &query->deliveries[i], &query->err);
}

static void on_alerts(struct ask *ask)
{
    struct alert_query *query = ask->job;
    json_t *list = json_array();

    if (query->failed) {
        json_decref(list);
        answer_failure(ask, &query->err);
        return;
    }
    for (size_t i = 0; i < query->list.count; i++)
        if (ask_may_see_event(ask, &query->list.rows[i].event))
            json_array_append_new(list, shape_alert(ask->settings, &query->list.rows[i],
                                                    &query->deliveries[i]));
    size_t count = query->list.count;
    answer_json(ask, 200,
                json_pack("{s:o, s:o}", "alerts", list, "next",
                          shape_next(count, query->filter.rows.limit,
                                     count ? query->list.rows[count - 1].raised_us : 0)));
}

void alerts_get_list(struct ask *ask)
{
    struct alert_query *query = ask_job(ask, sizeof *query, drop_query);
    const char *open = ask_query(ask, "open");

    if (!filter_read(ask, &query->filter))
        return;
    query->filter.rows.open_only = open && strcmp(open, "1") == 0;
    ask_desk(ask, ask->web->reads, read_alerts, on_alerts);
}

/* ---- one ------------------------------------------------------------------------------
 */

struct one_alert {
    char id[ROUTE_ARG_MAX];
    struct alert_row row;
    struct delivery_list deliveries;
    bool found, failed;
    struct error err;
    route_fn *next;
    const char *answer; /* of the door; NULL: none */
    char *note;
};

static void drop_one(void *job)
{
    struct one_alert *one = job;

    alert_row_clear(&one->row);
    delivery_list_free(&one->deliveries);
    free(one->note);
}

static void read_one(struct store *store, void *job)
{
    struct one_alert *one = job;

    one->failed = !alert_get(store, one->id, &one->row, &one->found, &one->err);
    if (!one->failed && one->found)
        one->failed = !deliveries_of(store, one->row.id, &one->deliveries, &one->err);
}

static void on_one(struct ask *ask)
{
    struct one_alert *one = ask->job;

    if (one->failed)
        answer_failure(ask, &one->err);
    else if (!one->found || !ask_may_see_event(ask, &one->row.event))
        answer_not_found(ask);
    else
        one->next(ask);
}

static struct one_alert *find_alert(struct ask *ask, route_fn *next)
{
    struct one_alert *one = ask_job(ask, sizeof *one, drop_one);

    snprintf(one->id, sizeof one->id, "%s", ask->arg);
    one->next = next;
    return one;
}

static void answer_alert(struct ask *ask)
{
    struct one_alert *one = ask->job;

    answer_json(ask, 200, shape_alert(ask->settings, &one->row, &one->deliveries));
}

void alert_get_one(struct ask *ask)
{
    find_alert(ask, answer_alert);
    ask_desk(ask, ask->web->reads, read_one, on_one);
}

/* ---- answers --------------------------------------------------------------------------
 */

/* "note" of the body, and nothing longer than a person would write. False: answered. */
static bool read_note(struct ask *ask, json_t *body, char **note)
{
    json_t *value = json_object_get(body, "note");

    *note = NULL;
    if (!value || json_is_null(value))
        return true;
    if (!json_is_string(value) || json_string_length(value) > NOTE_MAX) {
        answer_error(ask, 400, "bad_note", "note",
                     _("a note must be text of at most %d characters"), NOTE_MAX);
        return false;
    }
    if (json_string_length(value) > 0)
        *note = xstrdup(json_string_value(value));
    return true;
}

static void log_answer(struct ask *ask, const char *what, const char *kind,
                       const char *id)
{
    char *object = xformat("%s:%s", kind, id);

    access_note(ask->web, ask->who, what, object);
    free(object);
}

static void pass_answer(struct ask *ask)
{
    struct one_alert *one = ask->job;
    const struct web_doors *doors = &ask->web->doors;

    log_answer(ask, one->answer, "alert", one->row.id);
    doors->answer(doors->arg, one->row.id, one->answer, ask->who->name, one->note,
                  answer_door, ask);
}

static void answer_with(struct ask *ask, const char *answer)
{
    json_t *body = ask_object(ask);
    char *note;

    if (!body)
        return;
    bool fine = read_note(ask, body, &note);
    json_decref(body);
    if (!fine)
        return;
    struct one_alert *one = find_alert(ask, pass_answer);
    one->answer = answer;
    one->note = note;
    ask_desk(ask, ask->web->reads, read_one, on_one);
}

void alert_acknowledge(struct ask *ask)
{
    answer_with(ask, "acknowledge");
}

void alert_false_alarm(struct ask *ask)
{
    answer_with(ask, "false-alarm");
}

void alert_resolve(struct ask *ask)
{
    answer_with(ask, "resolve");
}

static void pass_delivered(struct ask *ask)
{
    struct one_alert *one = ask->job;
    const struct web_doors *doors = &ask->web->doors;
    const struct who *who = ask->who;
    char *recipient = who->screen   ? xformat("screen:%s", who->screen->id)
                      : who->person ? xformat("person:%s", who->person->id)
                                    : NULL;

    /* A token of its own is nobody's recipient. */
    if (recipient)
        doors->delivered(doors->arg, one->row.id, recipient);
    free(recipient);
    answer_nothing(ask);
}

void alert_delivered(struct ask *ask)
{
    find_alert(ask, pass_delivered);
    ask_desk(ask, ask->web->reads, read_one, on_one);
}

void alarm_raise(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    json_t *body = ask_object(ask);
    char *note = NULL;

    if (!body)
        return;
    const char *area_id = json_string_value(json_object_get(body, "area"));
    const char *camera_id = json_string_value(json_object_get(body, "camera"));
    const struct area *area = area_id ? settings_find_area(ask->settings, area_id) : NULL;
    const struct camera_settings *camera =
        camera_id ? settings_find_camera(ask->settings, camera_id) : NULL;
    if (!area_id == !camera_id) {
        answer_error(ask, 400, "bad_place", "area", _("name one area or one camera"));
    } else if (area_id ? !area || !who_may_see_area(ask->who, area)
                       : !who_may_see_camera(ask->who, camera)) {
        answer_not_found(ask);
    } else if (read_note(ask, body, &note)) {
        log_answer(ask, "alarm", area ? "area" : "camera", area ? area->id : camera->id);
        doors->raise(doors->arg, area ? area->id : NULL, camera ? camera->id : NULL,
                     ask->who->name, note, answer_door, ask);
    }
    free(note);
    json_decref(body);
}

/* ---- kengctl's test alert -------------------------------------------------------------
 */

void control_test_alert(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    json_t *body = ask_object(ask);

    if (!body)
        return;
    const char *id = json_string_value(json_object_get(body, "area"));
    const char *channel = json_string_value(json_object_get(body, "channel"));
    const struct area *area = id ? settings_find_area(ask->settings, id) : NULL;
    if (channel && doors->has_channel && !doors->has_channel(channel))
        answer_error(ask, 404, "no_channel", "channel",
                     _("there is no channel %s; there are page, push, webhook, email, mqtt "
                       "and zalo"),
                     channel);
    else if (!area)
        answer_error(ask, 404, "no_area", "area", _("there is no area %s"), id ? id : "");
    else
        doors->test(doors->arg, area->id, channel, NULL, ask->who->name, answer_door, ask);
    json_decref(body);
}
