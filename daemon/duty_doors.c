#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/explain.h"
#include "alert/mute.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "inside.h"

struct asked {
    struct kengd *k;
    door_done_fn *done;
    void *done_arg;
};

static struct asked *ask(struct kengd *k, door_done_fn *done, void *done_arg)
{
    struct asked *asked = xmalloc(sizeof *asked);

    *asked = (struct asked){ .k = k, .done = done, .done_arg = done_arg };
    return asked;
}

static json_t *error_json(const char *code, const char *message)
{
    return json_pack("{s:{s:s, s:s}}", "error", "code", code, "message", message);
}

static json_t *time_json(int64_t us)
{
    char text_of[TIME_TEXT_MAX];

    return json_string(time_text(us, text_of));
}

/* Every page counts down. */
static void tell_pages(struct kengd *k, const struct mute_row *row)
{
    const struct camera_settings *camera =
        row->camera ? settings_find_camera(k->set, row->camera) : NULL;
    const struct area *area = camera     ? camera->area
                              : row->area ? settings_find_area(k->set, row->area)
                                          : NULL;
    json_t *note = json_pack("{s:s, s:o, s:s}", "type", "mute", "until",
                             time_json(row->until_us), "by", row->by);

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
        tell_pages(asked->k, row);
        asked->done(asked->done_arg, 200,
                    json_pack("{s:I, s:o}", "id", (json_int_t)row->id, "until",
                              time_json(row->until_us)));
        break;
    case MUTE_LAST:
        asked->done(asked->done_arg, 409,
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

    duty_mute(k->duty, what, minutes, sure, on_muted, ask(k, done, done_arg));
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
                     e->joins.camera, "until", time_json(e->joins.until_us));
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
    return json_pack("{s:o, s:b, s:i, s:s, s:o, s:o, s:o, s:o}", "at", time_json(e->at_us), "in_hours",
                     e->in_hours, "rank", e->rank, "time_zone", e->set->site.time_zone,
                     "people", people, "deliveries", sent, "grouping",
                     grouping_json(e), "joins", joins_json(e));
}

static void on_explained(void *arg, const struct explanation *e)
{
    struct asked *asked = arg;

    if (e->err.kind != ERR_NONE)
        asked->done(asked->done_arg, 503, error_json("not_read", e->err.text));
    else if (!e->found)
        asked->done(asked->done_arg, 404,
                    error_json("not_found", _("there is no such alert or camera")));
    else
        asked->done(asked->done_arg, 200, explanation_json(e));
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
    duty_explain(k->duty, &question, on_explained, ask(k, done, done_arg));
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
