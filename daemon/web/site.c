/* What exists and how it is. */
#include "ask.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "footage.h"
#include "pairing.h"
#include "shapes.h"

void site_get(struct ask *ask)
{
    const struct settings *set = ask->settings;
    const struct screen *screen = ask->who->screen;

    answer_json(ask, 200,
                json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o}", "name",
                          set->site.name, "language",
                          text_language_tag(set->site.language), "time_zone",
                          set->site.time_zone, "now", shape_time(clock_wall_us()),
                          "version", KENGD_VERSION, "me", shape_me(ask->who), "screen",
                          screen ? json_pack("{s:s, s:s, s:s}", "id", screen->id, "name",
                                             screen->name, "layout", screen->layout)
                                 : json_null(),
                          "health", shape_health(ask->web, ask->who)));
}

static bool shares_area(const struct who *who, const struct person *person)
{
    for (size_t i = 0; i < person->area_count; i++) {
        if (who_may_see_area(who, person->areas[i]))
            return true;
        for (size_t k = 0; k < who->area_count; k++)
            if (area_is_within(who->areas[k], person->areas[i]))
                return true;
    }
    return who->everywhere;
}

/* Those who answer for the asker's areas, also from above: whom one can call. */
void people_list(struct ask *ask)
{
    const struct settings *set = ask->settings;
    json_t *list = json_array();

    for (size_t i = 0; i < set->person_count; i++) {
        const struct person *person = &set->people[i];
        if (person->role == ROLE_SCREEN || !shares_area(ask->who, person))
            continue;
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:i, s:o, s:b}", "id", person->id, "name",
                            person->name, "role", role_word(person->role), "rank",
                            person->rank, "phone", shape_text(person->phone), "may_pair",
                            may_pair_person(ask->who, person)));
    }
    answer_json(ask, 200, json_pack("{s:o}", "people", list));
}

void areas_list(struct ask *ask)
{
    const struct settings *set = ask->settings;
    json_t *list = json_array();

    for (size_t i = 0; i < set->area_count; i++) {
        const struct area *area = &set->areas[i];
        if (!who_may_see_area(ask->who, area))
            continue;
        /* The area around somebody's own is not theirs to know. */
        bool within = area->within && who_may_see_area(ask->who, area->within);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o}", "id", area->id, "name", area->name,
                            "within", shape_text(within ? area->within->id : NULL)));
    }
    answer_json(ask, 200, json_pack("{s:o}", "areas", list));
}

void cameras_list(struct ask *ask)
{
    const struct settings *set = ask->settings;
    json_t *list = json_array();

    for (size_t i = 0; i < set->camera_count; i++)
        if (who_may_see_camera(ask->who, &set->cameras[i]))
            json_array_append_new(list, shape_camera(ask->web, &set->cameras[i]));
    json_t *body = json_pack("{s:o}", "cameras", list);
    if (who_may(ask->who, RIGHT_PLAYBACK))
        json_object_set_new(body, "former", footage_former(ask));
    answer_json(ask, 200, body);
}

static void add_edge(struct bytes *to, const struct day_edge *edge)
{
    static const char *const words[] = { [EDGE_SUNRISE] = "sunrise",
                                         [EDGE_SUNSET] = "sunset" };

    if (edge->by == EDGE_CLOCK)
        bytes_format(to, "%02d:%02d", edge->minutes / 60, edge->minutes % 60);
    else if (edge->minutes)
        bytes_format(to, "%s%+d", words[edge->by], edge->minutes);
    else
        bytes_text(to, words[edge->by]);
}

/* As the configuration has it; "": there is no night. */
static json_t *night_hours(const struct night *night)
{
    struct bytes text = { 0 };

    if (night->from.by != night->to.by || night->from.minutes != night->to.minutes) {
        add_edge(&text, &night->from);
        bytes_text(&text, "-");
        add_edge(&text, &night->to);
    }
    json_t *hours = json_stringn(text.at ? (const char *)text.at : "", text.size);
    bytes_free(&text);
    return hours;
}

void camera_get(struct ask *ask)
{
    json_t *camera = shape_camera(ask->web, ask->camera);

    if (who_may(ask->who, RIGHT_DEBUG)) {
        const struct motion_settings *motion = &ask->camera->motion;
        json_object_set_new(camera, "zones",
                            shape_polygons(motion->zones, motion->zone_count));
        json_object_set_new(camera, "masks",
                            shape_polygons(motion->masks, motion->mask_count));
        json_object_set_new(
            camera, "night",
            json_pack("{s:o, s:o}", "hours", night_hours(&motion->night.hours), "zones",
                      shape_polygons(motion->night.zones, motion->night.zone_count)));
    }
    answer_json(ask, 200, camera);
}
