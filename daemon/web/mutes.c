/* Who wants quiet where, and until when. */
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "shapes.h"
#include "store/device_rows.h"

enum { MINUTES_MOST = 12 * 60 };

struct mute_work {
    struct mute_list list;
    int64_t id;
    bool found, failed;
    struct error err;
};

static void drop_work(void *job)
{
    struct mute_work *work = job;

    mute_list_free(&work->list);
}

static void read_mutes(struct store *store, void *job)
{
    struct mute_work *work = job;

    work->failed = !mutes_at(store, clock_wall_us(), &work->list, &work->err);
}

static bool may_see(struct ask *ask, const struct mute_row *row)
{
    const struct settings *set = ask->settings;

    if (row->camera)
        return who_may_see_camera(ask->who, settings_find_camera(set, row->camera));
    const struct area *area = row->area ? settings_find_area(set, row->area) : NULL;
    return area && who_may_see_area(ask->who, area);
}

static json_t *shape_mute(const struct mute_row *row)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:s, s:o, s:o}", "id", (json_int_t)row->id, "area",
                     shape_text(row->area), "camera", shape_text(row->camera), "person",
                     shape_text(row->person), "by", row->by, "since",
                     shape_time(row->since_us), "until", shape_time(row->until_us));
}

static void on_mutes(struct ask *ask)
{
    struct mute_work *work = ask->job;
    json_t *list = json_array();

    if (work->failed) {
        json_decref(list);
        answer_failure(ask, &work->err);
        return;
    }
    for (size_t i = 0; i < work->list.count; i++)
        if (may_see(ask, &work->list.rows[i]))
            json_array_append_new(list, shape_mute(&work->list.rows[i]));
    answer_json(ask, 200, json_pack("{s:o}", "mutes", list));
}

void mutes_list(struct ask *ask)
{
    ask_job(ask, sizeof(struct mute_work), drop_work);
    ask_desk(ask, ask->web->reads, read_mutes, on_mutes);
}

/* Everybody's phones: staff, admins, and hamlet heads where they are. One's own: anybody. */
static bool may_mute_all(const struct who *who)
{
    return who->role == ROLE_STAFF || who->role == ROLE_ADMIN ||
           (who->role == ROLE_OFFICIAL && who->person && who->person->rank == 1);
}

void mute_begin(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    json_t *body = ask_object(ask);

    if (!body)
        return;
    const char *area_id = json_string_value(json_object_get(body, "area"));
    const char *camera_id = json_string_value(json_object_get(body, "camera"));
    const char *whose = json_string_value(json_object_get(body, "for"));
    json_int_t minutes = json_integer_value(json_object_get(body, "minutes"));
    bool mine = whose && strcmp(whose, "me") == 0;
    const struct area *area = area_id ? settings_find_area(ask->settings, area_id) : NULL;
    const struct camera_settings *camera =
        camera_id ? settings_find_camera(ask->settings, camera_id) : NULL;
    if (!area_id == !camera_id) {
        answer_error(ask, 400, "bad_place", "area", _("name one area or one camera"));
    } else if (minutes < 1 || minutes > MINUTES_MOST) {
        answer_error(ask, 400, "bad_minutes", "minutes",
                     _("minutes must be a number from 1 to %d"), MINUTES_MOST);
    } else if ((area_id ? !area || !who_may_see_area(ask->who, area)
                        : !who_may_see_camera(ask->who, camera)) ||
               (mine ? !ask->who->person : !may_mute_all(ask->who))) {
        answer_not_found(ask);
    } else {
        struct mute_row what = { .area = (char *)area_id,
                                 .camera = (char *)camera_id,
                                 .person = mine ? (char *)ask->who->person->id : NULL,
                                 .by = ask->who->name };
        access_note(ask->web, ask->who, "mute", area_id ? area_id : camera_id);
        doors->mute(doors->arg, &what, (int)minutes,
                    json_is_true(json_object_get(body, "sure")), answer_door, ask);
    }
    json_decref(body);
}

static void end_mute(struct store *store, void *job)
{
    struct mute_work *work = job;

    work->failed = !mute_end(store, work->id, clock_wall_us(), &work->found, &work->err);
}

static void on_ended(struct ask *ask)
{
    struct mute_work *work = ask->job;

    if (work->failed)
        answer_failure(ask, &work->err);
    else
        answer_nothing(ask);
}

/* Only one that is seen, and by whom it could have been begun. */
static void on_found(struct ask *ask)
{
    struct mute_work *work = ask->job;
    const struct mute_row *row = NULL;

    for (size_t i = 0; i < work->list.count; i++)
        if (work->list.rows[i].id == work->id)
            row = &work->list.rows[i];
    bool mine = row && row->person && ask->who->person &&
                strcmp(row->person, ask->who->person->id) == 0;
    if (work->failed) {
        answer_failure(ask, &work->err);
    } else if (!row || !may_see(ask, row) || !(mine || may_mute_all(ask->who))) {
        answer_not_found(ask);
    } else {
        access_note(ask->web, ask->who, "unmute", ask->arg);
        ask_desk(ask, ask->web->duties, end_mute, on_ended);
    }
}

void mute_stop(struct ask *ask)
{
    struct mute_work *work = ask_job(ask, sizeof *work, drop_work);

    if (ask_number(ask, &work->id))
        ask_desk(ask, ask->web->reads, read_mutes, on_found);
}

/* ---- kengctl alert explain -------------------------------------------------------------- */

static bool is_severity(const char *word)
{
    bool known = false;

    for (int i = 0; i < SEVERITIES; i++)
        known = known || strcmp(severity_words[i], word) == 0;
    return known;
}

void control_explain(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    const char *alert = ask_query(ask, "alert"), *camera = ask_query(ask, "camera");
    const char *severity = ask_query(ask, "severity");
    int64_t at_us;

    if (!ask_time(ask, "at", clock_wall_us(), &at_us))
        return;
    if (!alert == !camera)
        answer_error(ask, 400, "bad_question", NULL, _("name one alert or one camera"));
    else if (camera && !settings_find_camera(ask->settings, camera))
        answer_error(ask, 404, "not_found", "camera",
                     _("there is no camera %s; see kengctl cameras"), camera);
    else if (severity && !is_severity(severity))
        answer_error(ask, 400, "bad_severity", "severity",
                     _("severity must be notice, warning or urgent"));
    else
        doors->explain(doors->arg, alert, camera, at_us, severity, answer_door, ask);
}
