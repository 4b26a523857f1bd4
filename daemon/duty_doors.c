/* What the web room may ask of the duty room, and what an alert becomes on pages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/explain.h"
#include "alert/mute.h"
#include "asked.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "inside.h"

/* An alert on its way to people: who was told of it is asked of the catalogue first. */
struct telling {
    struct kengd *k;
    struct alert_row alert;
    struct delivery_list deliveries;
    void (*tell)(struct telling *telling, json_t *alert);
    bool is_new;        /* for the pages */
    door_done_fn *done; /* for whoever answered */
    void *done_arg;
    int status;
};

static void read_deliveries(struct store *store, void *arg)
{
    struct telling *telling = arg;
    struct error err;

    if (!deliveries_of(store, telling->alert.id, &telling->deliveries, &err))
        log_warning("deliveries not read", "alert=%s why='%s'", telling->alert.id,
                    err.text);
}

static void on_read(void *arg)
{
    struct telling *telling = arg;

    telling->tell(telling,
                  web_alert_json(telling->k->set, &telling->alert, &telling->deliveries));
    delivery_list_free(&telling->deliveries);
    alert_row_clear(&telling->alert);
    free(telling);
}

/* A full desk costs the list of those who were told, never the alert. */
static void tell(struct telling how)
{
    struct telling *telling = xmalloc(sizeof *telling);

    *telling = how;
    if (!desk_ask(how.k->reads, read_deliveries, on_read, telling))
        on_read(telling);
}

static void tell_pages(struct telling *telling, json_t *alert)
{
    struct kengd *k = telling->k;
    json_t *note = json_pack("{s:s, s:o, s:b}", "type", "alert", "alert", alert, "new",
                             telling->is_new);

    if (k->web)
        web_note(k->web, web_area_of(k->set, &telling->alert.event), note);
    json_decref(note);
}

void doors_on_alert(void *arg, const struct alert_row *alert, bool is_new)
{
    tell((struct telling){
        .k = arg, .alert = alert_row_copy(alert), .tell = tell_pages, .is_new = is_new });
}

/* ---- answers and alarms --------------------------------------------------------------
 */

static void tell_answerer(struct telling *telling, json_t *alert)
{
    if (telling->status == 200) {
        telling->done(telling->done_arg, 200, alert);
        return;
    }
    json_t *body = error_json("answered", _("somebody answered first"));
    json_object_set_new(body, "alert", alert);
    telling->done(telling->done_arg, telling->status, body);
}

static void on_answered(void *arg, enum answer_result result,
                        const struct alert_row *alert, const struct error *err)
{
    struct asked *asked = arg;

    switch (result) {
    case ANSWER_TAKEN:
    case ANSWER_TOO_LATE:
        tell((struct telling){ .k = asked->k,
                               .alert = alert_row_copy(alert),
                               .tell = tell_answerer,
                               .done = asked->done,
                               .done_arg = asked->done_arg,
                               .status = result == ANSWER_TAKEN ? 200 : 409 });
        break;
    case ANSWER_UNKNOWN:
        asked->done(asked->done_arg, 404,
                    error_json("not_found", _("there is no such alert")));
        break;
    case ANSWER_FAILED:
        asked->done(asked->done_arg, 503, error_json("not_stored", err->text));
        break;
    }
    free(asked);
}

void door_answer(void *arg, const char *alert, const char *answer, const char *who,
                 const char *note, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    enum answer word = !strcmp(answer, "acknowledge")   ? ANSWER_ACKNOWLEDGE
                       : !strcmp(answer, "false-alarm") ? ANSWER_FALSE_ALARM
                                                        : ANSWER_RESOLVE;

    duty_answer(k->duty, alert, word, who, note, on_answered,
                asked_new(k, done, done_arg));
}

void door_raise(void *arg, const char *area_id, const char *camera_id, const char *who,
                const char *note, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct camera *cam = camera_id ? kengd_find_camera(k, camera_id) : NULL;
    const struct area *area = cam ? camera_settings_of(cam)->area
                                  : settings_find_area(k->set, area_id ? area_id : "");

    if (!area) {
        done(done_arg, 404,
             error_json("not_found", _("there is no such area or camera")));
        return;
    }
    duty_raise(k->duty, area, cam ? camera_settings_of(cam) : NULL, who, note,
               cam ? camera_picture(cam) : NULL, on_answered,
               asked_new(k, done, done_arg));
}

void door_test(void *arg, const char *area_id, const char *channel, const char *person,
               const char *who, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    const struct area *area = settings_find_area(k->set, area_id);

    if (!area) {
        done(done_arg, 404, error_json("not_found", _("there is no such area")));
        return;
    }
    duty_test(k->duty, area, who, channel, person, on_answered,
              asked_new(k, done, done_arg));
}

void door_delivered(void *arg, const char *alert, const char *recipient)
{
    struct kengd *k = arg;

    duty_delivered(k->duty, alert, recipient);
}

/* ---- mutes, and why people are told --------------------------------------------------
 */

/* Every page counts down. */
static void tell_mute(struct kengd *k, const struct mute_row *row)
{
    const struct camera_settings *camera =
        row->camera ? settings_find_camera(k->set, row->camera) : NULL;
    const struct area *area = camera      ? camera->area
                              : row->area ? settings_find_area(k->set, row->area)
                                          : NULL;
    json_t *note = json_pack("{s:s, s:o, s:s}", "type", "mute", "until",
                             moment_json(row->until_us), "by", row->by);

    json_object_set_new(note, "area", row->area ? json_string(row->area) : json_null());
    json_object_set_new(note, "camera",
                        row->camera ? json_string(row->camera) : json_null());
    if (k->web && area)
        web_note(k->web, area, note);
    json_decref(note);
}

static void on_muted(void *arg, enum mute_result result, const struct mute_row *row,
                     const struct error *err)
{
    struct asked *asked = arg;

    switch (result) {
    case MUTE_TAKEN:
        tell_mute(asked->k, row);
        asked->done(asked->done_arg, 200,
                    json_pack("{s:I, s:o}", "id", (json_int_t)row->id, "until",
                              moment_json(row->until_us)));
        break;
    case MUTE_LAST:
        asked->done(
            asked->done_arg, 409,
            error_json("last_awake",
                       _("then nobody is told of motion there any more; do it all "
                         "the same?")));
        break;
    case MUTE_FAILED:
        asked->done(asked->done_arg, 503, error_json("not_stored", err->text));
        break;
    }
    free(asked);
}

void door_mute(void *arg, const struct mute_row *what, int minutes, bool sure,
               door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;

    duty_mute(k->duty, what, minutes, sure, on_muted, asked_new(k, done, done_arg));
}

static json_t *verdict_json(const struct settings *set, const struct verdict *verdict)
{
    char *sentence = why_text(set, verdict);
    json_t *object =
        json_pack("{s:s, s:s, s:i, s:b, s:s, s:s}", "person", verdict->person->id, "name",
                  verdict->person->name, "rank", verdict->person->rank, "told",
                  verdict->why == WHY_TOLD || verdict->why == WHY_NOBODY_ELSE, "why",
                  why_word(verdict->why), "sentence", sentence);

    free(sentence);
    return object;
}

static json_t *grouping_json(const struct explanation *e)
{
    const struct grouping *group = &e->grouping;
    bool grouped = group->group_us > 0 && group->whole;

    if (!group->whole)
        return json_null();
    return json_pack("{s:I, s:I, s:s*}", "cool_down_s",
                     (json_int_t)(group->cool_down_us / 1000000), "group_s",
                     (json_int_t)(group->group_us / 1000000), "group",
                     grouped ? group->whole->id : NULL);
}

static json_t *joins_json(const struct explanation *e)
{
    if (!*e->joins.alert)
        return json_null();
    return json_pack("{s:s, s:s, s:o}", "alert", e->joins.alert, "camera",
                     e->joins.camera, "until", moment_json(e->joins.until_us));
}

static json_t *explanation_json(const struct explanation *e)
{
    json_t *people = json_array(), *sent = json_array();

    for (size_t i = 0; i < e->count; i++)
        json_array_append_new(people, verdict_json(e->set, &e->list[i]));
    for (size_t i = 0; i < e->deliveries.count; i++) {
        const struct delivery_row *row = &e->deliveries.rows[i];
        json_array_append_new(
            sent, json_pack("{s:s, s:s, s:s, s:s, s:i}", "recipient", row->recipient,
                            "channel", row->channel, "what", row->what, "state",
                            delivery_state_word(row->state), "tries", row->tries));
    }
    return json_pack("{s:o, s:b, s:i, s:s, s:o, s:o, s:o, s:o}", "at",
                     moment_json(e->at_us), "in_hours", e->in_hours, "rank", e->rank,
                     "time_zone", e->set->site.time_zone, "people", people, "deliveries",
                     sent, "grouping", grouping_json(e), "joins", joins_json(e));
}

static void on_explained(void *arg, const struct explanation *e)
{
    struct asked *asked = arg;
    enum language before = text_use(asked->language);

    if (e->err.kind != ERR_NONE)
        asked->done(asked->done_arg, 503, error_json("not_read", e->err.text));
    else if (!e->found)
        asked->done(asked->done_arg, 404,
                    error_json("not_found", _("there is no such alert; see kengctl alert list")));
    else
        asked->done(asked->done_arg, 200, explanation_json(e));
    text_use(before);
    free(asked);
}

void door_explain(void *arg, const char *alert, const char *camera, int64_t at_us,
                  const char *severity, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct explain_question question = { .at_us = at_us,
                                         .severity = k->set->alerts.motion_severity };

    snprintf(question.alert, sizeof question.alert, "%s", alert ? alert : "");
    snprintf(question.camera, sizeof question.camera, "%s", camera ? camera : "");
    for (int i = 0; severity && i < SEVERITIES; i++)
        if (strcmp(severity_words[i], severity) == 0)
            question.severity = (enum severity)i;
    duty_explain(k->duty, &question, on_explained, asked_new(k, done, done_arg));
}

const char *door_push_key(void *arg)
{
    struct kengd *k = arg;

    return duty_push_key(k->duty);
}

void door_phone_ready(void *arg)
{
    struct kengd *k = arg;

    duty_phone_ready(k->duty);
}
