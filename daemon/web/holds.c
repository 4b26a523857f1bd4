/* Footage that is held: retention leaves it alone until a day that somebody gave. */
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/memory.h"
#include "footage.h"
#include "rights.h"

enum { REASON_MAX = 300, OBJECT_MAX = 96 };

static bool may_see(const struct ask *ask, const json_t *hold)
{
    const char *id = json_string_value(json_object_get(hold, "camera"));
    const struct camera_settings *camera = id ? settings_find_camera(ask->settings, id) : NULL;

    return who_may_see_footage(ask->who, camera);
}

static bool read_moment(struct ask *ask, const json_t *body, const char *field, bool ends,
                        int64_t *us)
{
    const char *value = json_string_value(json_object_get(body, field));

    if (value && settings_read_time(ask->settings, value, ends, us))
        return true;
    answer_error(ask, 422, "bad_time", field,
                 _("%s must be a time such as 2026-11-21T14:00:00+07:00, or in local time "
                   "2026-11-21 14:00 or 2026-11-21"),
                 field);
    return false;
}

static bool read_camera(struct ask *ask, const json_t *body, struct hold_wish *wish)
{
    const char *id = json_string_value(json_object_get(body, "camera"));

    if (id && footage_may_see(ask, id)) {
        wish->camera = id;
        return true;
    }
    if (id)
        answer_error(ask, 404, "not_found", "camera", _("there is no such area or camera"));
    else
        answer_error(ask, 422, "bad_hold", "camera", _("a hold needs a camera"));
    return false;
}

void hold_add(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    json_t *body = ask_object(ask);
    struct hold_wish wish = { .who = ask->who->name };
    char *reason = NULL, object[OBJECT_MAX];

    if (body && read_camera(ask, body, &wish) &&
        read_moment(ask, body, "from", false, &wish.from_us) &&
        read_moment(ask, body, "to", true, &wish.to_us) &&
        read_moment(ask, body, "until", true, &wish.until_us) &&
        ask_line(ask, body, "reason", REASON_MAX, &reason)) {
        wish.reason = reason;
        snprintf(object, sizeof object, "camera:%s", wish.camera);
        access_note(ask->web, ask->who, "hold", object);
        doors->hold_add(doors->arg, &wish, answer_door, ask);
    }
    free(reason);
    json_decref(body);
}

void hold_list(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    json_t *all = doors->holds(doors->arg), *seen = json_array(), *hold;
    size_t i;

    json_array_foreach(all, i, hold) if (may_see(ask, hold))
        json_array_append(seen, hold);
    json_decref(all);
    answer_json(ask, 200, json_pack("{s:o}", "holds", seen));
}

/* Whether there is such a hold, and it may be seen. */
static bool is_known(const struct ask *ask, const char *id)
{
    const struct web_doors *doors = &ask->web->doors;
    json_t *all = doors->holds(doors->arg), *hold;
    bool known = false;
    size_t i;

    json_array_foreach(all, i, hold)
    {
        const char *its = json_string_value(json_object_get(hold, "id"));
        known = known || (its && strcmp(its, id) == 0 && may_see(ask, hold));
    }
    json_decref(all);
    return known;
}

void hold_release(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    char object[OBJECT_MAX];

    if (!is_known(ask, ask->arg)) {
        answer_error(ask, 404, "not_found", NULL, _("there is no hold %s"), ask->arg);
        return;
    }
    snprintf(object, sizeof object, "hold:%s", ask->arg);
    access_note(ask->web, ask->who, "hold release", object);
    doors->hold_release(doors->arg, ask->arg, answer_door, ask);
}
