#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "core/time_text.h"
#include "footage.h"
#include "shapes.h"

json_t *shape_time(int64_t us)
{
    char text[TIME_TEXT_MAX];

    return us ? json_string(time_text(us, text)) : json_null();
}

json_t *shape_next(size_t count, size_t limit, int64_t last_us)
{
    char text[TIME_TEXT_MAX];

    return count < limit ? json_null() : json_string(time_text_exact(last_us, text));
}

json_t *shape_text(const char *text)
{
    return text ? json_string(text) : json_null();
}

static double tenths(double value)
{
    return round(value * 10) / 10;
}

/* What is configured stands over what the door says, so that no answer about a camera can
 * carry another one's name. */
json_t *shape_camera(struct web *web, const struct camera_settings *camera)
{
    json_t *object = json_object();
    json_t *live =
        web->doors.camera ? web->doors.camera(web->doors.arg, camera->id) : NULL;

    json_object_set_new(object, "id", json_string(camera->id));
    json_object_set_new(object, "name", json_string(camera->name));
    json_object_set_new(object, "area",
                        json_string(camera->area ? camera->area->id : ""));
    json_object_set_new(object, "area_name",
                        json_string(camera->area ? camera->area->name : ""));
    json_object_set_new(object, "has_sub", json_boolean(camera->sub_url != NULL));
    json_object_set_new(object, "motion", json_boolean(camera->motion.on));
    json_object_set_new(object, "audio", json_boolean(camera->audio));
    json_object_set_new(object, "state", json_string("connecting"));
    json_object_set_new(object, "since", json_null());
    json_object_set_new(object, "reason_code", json_string(""));
    json_object_set_new(object, "reason", json_string(""));
    json_object_set_new(object, "last_frame", json_null());
    json_object_set_new(object, "last_motion", json_null());
    json_object_set_new(object, "main", json_null());
    json_object_set_new(object, "onvif", json_null());
    json_object_set_new(object, "sub", json_null());
    json_object_set_new(object, "days",
                        json_real(tenths(footage_days(web->footage, camera->id))));
    if (live) {
        static const char *const ours[] = { "id",      "name",   "area",  "area_name",
                                            "has_sub", "motion", "audio", "days" };
        for (size_t i = 0; i < COUNT_OF(ours); i++)
            json_object_del(live, ours[i]);
        json_object_update(object, live);
        json_decref(live);
    }
    return object;
}

/* Of a picture, no finer than anybody sees. */
static double parts(float value)
{
    return round((double)value * 10000) / 10000;
}

static json_t *shape_box(const float box[4])
{
    if (box[0] == 0 && box[1] == 0 && box[2] == 0 && box[3] == 0)
        return json_null();
    json_t *list = json_array();
    for (int i = 0; i < 4; i++)
        json_array_append_new(list, json_real(parts(box[i])));
    return list;
}

/* Of a picture, where a thousandth is much. */
static double share(float value)
{
    return round((double)value * 1e6) / 1e6;
}

json_t *shape_polygons(const struct polygon *list, size_t count)
{
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++) {
        json_t *corners = json_array();
        for (size_t k = 0; k < list[i].count; k++)
            json_array_append_new(corners, json_pack("[f, f]", parts(list[i].points[k].x),
                                                     parts(list[i].points[k].y)));
        json_array_append_new(
            all, json_pack("{s:s, s:o, s:f, s:f, s:f}", "id", list[i].id, "corners",
                           corners, "smallest", share(list[i].smallest), "largest",
                           share(list[i].largest), "stays_s",
                           (double)list[i].stays_us / 1e6));
    }
    return all;
}

json_t *shape_way(const struct way *way)
{
    json_t *list = json_array();

    for (int i = 0; i < way->count; i++) {
        const struct way_point *p = &way->at[i];
        json_array_append_new(
            list, json_pack("[f, f, i]", parts(p->x), parts(p->y), (int)p->ms));
    }
    return list;
}

/* Another picture has another address, so that a page shows it at once: what was last seen
 * is stored with each better one, and only then. */
static json_t *shape_snapshot(const struct event_row *event)
{
    if (!event->picture)
        return json_null();
    return json_sprintf("/api/events/%s/snapshot.jpg?v=%lld", event->id,
                        (long long)(event->seen_us / 1000));
}

/* Both, for a note goes to pages of both languages. */
static json_t *shape_texts(const struct event_row *event)
{
    if (!event->texts[LANGUAGE_VI] && !event->texts[LANGUAGE_EN])
        return json_null();
    return json_pack("{s:o, s:o}", "vi", shape_text(event->texts[LANGUAGE_VI]), "en",
                     shape_text(event->texts[LANGUAGE_EN]));
}

json_t *shape_event(const struct settings *set, const struct event_row *event)
{
    const struct camera_settings *camera =
        event->camera ? settings_find_camera(set, event->camera) : NULL;
    const struct area *area = event->area ? settings_find_area(set, event->area) : NULL;
    json_t *object = json_object();

    json_object_set_new(object, "id", json_string(event->id));
    json_object_set_new(object, "kind", json_string(event_kind_word(event->kind)));
    json_object_set_new(object, "camera", shape_text(event->camera));
    /* Of a camera or area that was taken out of the configuration the identifier is left.
     */
    json_object_set_new(object, "camera_name",
                        shape_text(camera ? camera->name : event->camera));
    json_object_set_new(object, "area", shape_text(event->area));
    json_object_set_new(object, "area_name", shape_text(area ? area->name : event->area));
    json_object_set_new(object, "start", shape_time(event->start_us));
    json_object_set_new(object, "end", shape_time(event->end_us));
    json_object_set_new(object, "score", json_integer(event->score));
    json_object_set_new(object, "box", shape_box(event->box));
    json_object_set_new(object, "zone", shape_text(event->zone));
    json_object_set_new(object, "snapshot", shape_snapshot(event));
    json_object_set_new(object, "note", shape_text(event->note));
    json_object_set_new(object, "by", shape_text(event->by));
    json_object_set_new(object, "severity",
                        json_string(severity_words[event->severity]));
    json_object_set_new(object, "condition", shape_text(event->condition));
    json_object_set_new(object, "texts", shape_texts(event));
    return object;
}

static const char *recipient_name(const struct settings *set, const char *recipient)
{
    if (strncmp(recipient, "screen:", 7) == 0) {
        const struct screen *screen = settings_find_screen(set, recipient + 7);
        return screen ? screen->name : recipient + 7;
    }
    if (strncmp(recipient, "person:", 7) == 0) {
        const struct person *person = settings_find_person(set, recipient + 7);
        return person ? person->name : recipient + 7;
    }
    return recipient;
}

static json_t *shape_delivery(const struct settings *set, const struct delivery_row *row)
{
    static const char *const states[] = {
        [DELIVERY_WAITING] = "waiting",
        [DELIVERY_DELIVERED] = "delivered",
        [DELIVERY_GIVEN_UP] = "given_up",
    };

    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "recipient", row->recipient, "name",
                     recipient_name(set, row->recipient), "channel", row->channel,
                     "state", states[row->state], "at", shape_time(row->at_us));
}

/* Words with spaces between. */
static json_t *shape_words(const char *text)
{
    json_t *list = json_array();
    char word[ID_MAX];

    while (text_next_word(&text, word, sizeof word))
        json_array_append_new(list, json_string(word));
    return list;
}

/* Identifiers of cameras as their names. */
static json_t *shape_names(const struct settings *set, const char *ids)
{
    json_t *list = json_array();
    char id[ID_MAX];

    while (text_next_word(&ids, id, sizeof id)) {
        const struct camera_settings *camera = settings_find_camera(set, id);
        json_array_append_new(list, json_string(camera ? camera->name : id));
    }
    return list;
}

json_t *shape_alert(const struct settings *set, const struct alert_row *alert,
                    const struct delivery_list *deliveries)
{
    json_t *object = json_object(), *list = json_array();

    json_object_set_new(object, "id", json_string(alert->id));
    json_object_set_new(object, "kind", json_string(event_kind_word(alert->event.kind)));
    json_object_set_new(object, "state", json_string(alert_state_word(alert->state)));
    json_object_set_new(object, "raised", shape_time(alert->raised_us));
    json_object_set_new(object, "event", shape_event(set, &alert->event));
    json_object_set_new(object, "merged", json_integer(alert->merged));
    json_object_set_new(object, "cameras", shape_words(alert->cameras));
    json_object_set_new(object, "camera_names", shape_names(set, alert->cameras));
    json_object_set_new(object, "rank", json_integer(alert->rank));
    json_object_set_new(object, "escalates", shape_time(alert->escalate_us));
    json_object_set_new(object, "answered_by", shape_text(alert->answered_by));
    json_object_set_new(object, "answered", shape_time(alert->answered_us));
    json_object_set_new(object, "answer_note", shape_text(alert->answer_note));
    json_object_set_new(object, "closed_by", shape_text(alert->closed_by));
    json_object_set_new(object, "closed", shape_time(alert->closed_us));
    for (size_t i = 0; deliveries && i < deliveries->count; i++)
        json_array_append_new(list, shape_delivery(set, &deliveries->rows[i]));
    json_object_set_new(object, "deliveries", list);
    return object;
}

json_t *web_alert_json(const struct settings *set, const struct alert_row *alert,
                       const struct delivery_list *deliveries)
{
    return shape_alert(set, alert, deliveries);
}

json_t *web_camera_json(struct web *web, const char *camera)
{
    const struct camera_settings *settings = settings_find_camera(web->settings, camera);

    return settings ? shape_camera(web, settings) : NULL;
}

/* `of`: the area's name; NULL: the person's own. */
static void add_quiet(json_t *list, const struct schedule *quiet, const char *of)
{
    char from[8], to[8];
    json_t *days = json_array();

    snprintf(from, sizeof from, "%02d:%02d", quiet->hours.from_min / 60,
             quiet->hours.from_min % 60);
    snprintf(to, sizeof to, "%02d:%02d", quiet->hours.to_min / 60, quiet->hours.to_min % 60);
    for (int day = 0; day < 7; day++)
        if (quiet->days & 1u << day)
            json_array_append_new(days, json_integer(day));
    json_array_append_new(list, json_pack("{s:o, s:s, s:s, s:o}", "of", shape_text(of), "from",
                                          from, "to", to, "days", days));
}

/* When this person's phones are quiet: own hours, and those of the nearest area that has any. */
static json_t *shape_quiet(const struct who *who)
{
    json_t *list = json_array();

    if (who->person && who->person->quiet.on)
        add_quiet(list, &who->person->quiet, NULL);
    for (size_t i = 0; who->person && i < who->area_count; i++)
        for (const struct area *area = who->areas[i]; area; area = area->within)
            if (area->quiet.on) {
                add_quiet(list, &area->quiet, area->name);
                break;
            }
    return list;
}

json_t *shape_me(const struct who *who)
{
    static const struct {
        enum right right;
        const char *word;
    } rights[] = {
        { RIGHT_VIEW, "view" },     { RIGHT_ANSWER, "answer" },
        { RIGHT_RAISE, "raise" },   { RIGHT_PLAYBACK, "playback" },
        { RIGHT_PAIR, "pair" },     { RIGHT_EXPORT, "export" },
        { RIGHT_MANAGE, "manage" }, { RIGHT_DEBUG, "debug" },
    };
    json_t *areas = json_array(), *may = json_array();

    if (who->everywhere) {
        for (size_t i = 0; i < who->settings->area_count; i++)
            if (!who->settings->areas[i].within)
                json_array_append_new(areas, json_string(who->settings->areas[i].id));
    }
    for (size_t i = 0; i < who->area_count; i++)
        json_array_append_new(areas, json_string(who->areas[i]->id));
    for (size_t i = 0; i < COUNT_OF(rights); i++)
        if (who_may(who, rights[i].right))
            json_array_append_new(may, json_string(rights[i].word));
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "name", who->name, "role", role_word(who->role),
        "person", shape_text(who->person ? who->person->id : NULL), "screen",
        shape_text(who->screen ? who->screen->id : NULL), "areas", areas, "may", may, "quiet",
        shape_quiet(who));
}

json_t *shape_door_health(struct web *web)
{
    json_t *health = web->doors.health ? web->doors.health(web->doors.arg) : NULL;

    return json_is_object(health) ? health : (json_decref(health), json_object());
}

bool shape_records(const json_t *camera)
{
    static const char *const states[] = { "recording", "frozen", "covered" };
    const char *state = json_string_value(json_object_get(camera, "state"));

    for (size_t i = 0; state && i < COUNT_OF(states); i++)
        if (strcmp(state, states[i]) == 0)
            return true;
    return false;
}

/* Where files lie is the admin's to know. */
static void forget_paths(json_t *disk)
{
    json_t *volume;
    size_t i;

    json_array_foreach(json_object_get(disk, "volumes"), i, volume)
        json_object_del(volume, "path");
}

json_t *shape_health(struct web *web, const struct who *who)
{
    const struct settings *set = web->settings;
    json_t *door = shape_door_health(web), *disk = json_object_get(door, "disk");
    json_t *trusted = json_object_get(door, "clock_trusted");
    int cameras = 0, recording = 0;

    for (size_t i = 0; i < set->camera_count; i++) {
        if (who && !who_may_see_camera(who, &set->cameras[i]))
            continue;
        json_t *camera = shape_camera(web, &set->cameras[i]);
        cameras++;
        recording += shape_records(camera);
        json_decref(camera);
    }
    if (who && !who_may(who, RIGHT_MANAGE))
        forget_paths(disk);
    if (json_is_object(disk) && !json_object_get(disk, "days"))
        json_object_set_new(disk, "days",
                            json_real(tenths(footage_most_days(web->footage))));
    json_t *health =
        json_pack("{s:i, s:i, s:O, s:O}", "recording", recording, "cameras", cameras,
                  "disk", json_is_object(disk) ? disk : json_null(), "clock_trusted",
                  json_is_boolean(trusted) ? trusted : json_null());
    json_decref(door);
    return health;
}

char *web_address(const struct settings *set)
{
    const char *url = set->web.public_url, *listen = set->web.listen[0];
    char host[HOST_NAME_MAX + 1] = "localhost";

    if (url) {
        size_t length = strlen(url);
        while (length > 0 && url[length - 1] == '/')
            length--;
        return xstrndup(url, length);
    }
    const char *scheme = set->web.certificate ? "https" : "http";
    const char *port = strrchr(listen, ':');
    bool everywhere = !strncmp(listen, "0.0.0.0:", 8) || !strncmp(listen, "[::]:", 5);
    if (!everywhere || !port)
        return xformat("%s://%s", scheme, listen);
    gethostname(host, sizeof host - 1);
    return xformat("%s://%s%s", scheme, host, port);
}
