#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/time_text.h"
#include "core/signed_link.h"
#include "wording.h"

enum { LINES_MAX = 5 };

static const char *place_of(const struct settings *set, const struct event_row *event)
{
    const struct camera_settings *camera =
        event->camera ? settings_find_camera(set, event->camera) : NULL;
    const struct area *area = settings_find_area(set, event->area);

    return camera ? camera->name : event->camera ? event->camera
                             : area             ? area->name
                                                : event->area;
}

/* With the other cameras of a group; the caller frees. */
static char *places_of(const struct settings *set, const struct alert_row *alert)
{
    enum { NAMED = 3 };
    const char *others = alert->cameras;
    struct bytes out = { 0 };
    char id[ID_MAX];

    bytes_text(&out, place_of(set, &alert->event));
    for (int i = 1; text_next_word(&others, id, sizeof id); i++) {
        const struct camera_settings *camera = settings_find_camera(set, id);
        if (i == NAMED) {
            bytes_text(&out, ", …");
            break;
        }
        bytes_format(&out, ", %s", camera ? camera->name : id);
    }
    return bytes_take(&out);
}

static void clock_text(const struct settings *set, int64_t us, char to[16])
{
    int64_t day;
    int minute;

    settings_local_time(set, us, &day, &minute);
    snprintf(to, 16, "%02d:%02d", minute / 60, minute % 60);
}

static char *headline_at(const struct letter *letter, const char *place)
{
    const struct event_row *event = &letter->alert.event;
    const char *said = event->texts[text_language()];
    const char *what = letter->delivery.what;

    if (strcmp(what, "answered") == 0)
        return xformat(_("%s has taken it: %s"),
                       letter->alert.answered_by ? letter->alert.answered_by : "?", place);
    if (strcmp(what, "closed") == 0)
        return xformat(letter->alert.state == ALERT_FALSE ? _("False alarm: %s")
                                                          : _("Settled: %s"),
                       place);
    if (strcmp(what, "back") == 0)
        return xformat(_("Well again: %s"), said ? said : place);
    switch (event->kind) {
    case EVENT_ALARM: return xformat(_("ALARM: %s"), place);
    case EVENT_TEST: return xformat(_("Test alert: %s"), place);
    case EVENT_HEALTH: return xstrdup(said ? said : place);
    case EVENT_MOTION: break;
    }
    return xformat(_("Motion: %s"), place);
}

static char *headline(const struct settings *set, const struct letter *letter)
{
    char *place = places_of(set, &letter->alert);
    char *line = headline_at(letter, place);

    free(place);
    return line;
}

char *wording_title(const struct parcel *parcel)
{
    if (!parcel->is_digest)
        return headline(parcel->set, &parcel->letters[0]);
    return xformat(parcel->part.pick == PICK_LATE ? _("%lld late alerts")
                                                  : _("%lld more alerts"),
                   (long long)parcel->sum.count);
}

static char *digest_body(const struct parcel *parcel)
{
    char from[16], to[16];
    struct bytes out = { 0 };

    clock_text(parcel->set, parcel->sum.first_us, from);
    clock_text(parcel->set, parcel->sum.last_us, to);
    bytes_format(&out, _("From %s to %s. The newest:"), from, to);
    for (size_t i = 0; i < parcel->count && i < LINES_MAX; i++) {
        char *line = headline(parcel->set, &parcel->letters[i]);
        clock_text(parcel->set, parcel->letters[i].alert.raised_us, from);
        bytes_format(&out, "\n%s %.200s", from, line);
        free(line);
    }
    return bytes_take(&out);
}

char *wording_body(const struct parcel *parcel)
{
    const struct letter *letter = &parcel->letters[0];
    const struct event_row *event = &letter->alert.event;
    const struct area *area = settings_find_area(parcel->set, event->area);
    struct bytes out = { 0 };
    char at[16], now[16];

    if (parcel->is_digest)
        return digest_body(parcel);
    clock_text(parcel->set, event->start_us, at);
    bytes_format(&out, "%s · %s", at, area ? area->name : event->area);
    if (parcel->part.pick == PICK_LATE) {
        clock_text(parcel->set, clock_wall_us(), now);
        bytes_format(&out, _(" · told late, at %s"), now);
    }
    if (event->by)
        bytes_format(&out, _(" · by %s"), event->by);
    if (event->note)
        bytes_format(&out, "\n%.300s", event->note);
    if (letter->alert.merged > 0)
        bytes_format(&out, _("\n%d more times since"), letter->alert.merged);
    return bytes_take(&out);
}

char *wording_link(const struct parcel *parcel)
{
    const char *url = parcel->set->web.public_url;

    return url ? xformat("%s/phone#alert=%s", url, parcel->letters[0].alert.id) : NULL;
}

char *wording_text(const struct parcel *parcel)
{
    char *title = wording_title(parcel), *body = wording_body(parcel);
    char *link = wording_link(parcel);
    char *text = xformat("%s\n%s%s%s", title, body, link ? "\n" : "", link ? link : "");

    free(title);
    free(body);
    free(link);
    return text;
}

char *wording_picture(const struct parcel *parcel)
{
    const struct event_row *event = &parcel->letters[0].alert.event;
    const char *url = parcel->set->web.public_url;

    if (!url || !event->picture)
        return NULL;
    char *path = signed_link(event->id, clock_wall_us());
    char *whole = xformat("%s%s", url, path);
    free(path);
    return whole;
}

static json_t *time_json(int64_t us)
{
    char text[TIME_TEXT_MAX];

    return us ? json_string(time_text(us, text)) : json_null();
}

static json_t *text_json(const char *text)
{
    return text ? json_string(text) : json_null();
}

json_t *wording_letter(const struct settings *set, const struct letter *letter,
                       int64_t late_before_us)
{
    const struct alert_row *alert = &letter->alert;
    const struct event_row *event = &alert->event;
    const struct area *area = settings_find_area(set, event->area);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:i}", "id",
        alert->id, "what", letter->delivery.what, "kind", event_kind_word(event->kind),
        "severity", severity_words[event->severity], "state",
        alert_state_word(alert->state), "camera", text_json(event->camera), "place",
        place_of(set, event), "area", event->area, "area_name",
        area ? area->name : event->area, "start", time_json(event->start_us), "end",
        time_json(event->end_us), "raised", time_json(alert->raised_us), "late",
        letter->delivery.made_us < late_before_us, "merged", alert->merged);

    json_object_set_new(object, "told", time_json(clock_wall_us()));
    json_object_set_new(object, "by", text_json(event->by));
    json_object_set_new(object, "note", text_json(event->note));
    json_object_set_new(object, "answered_by", text_json(alert->answered_by));
    json_object_set_new(object, "closed_by", text_json(alert->closed_by));
    json_object_set_new(object, "event", json_string(event->id));
    char *sentence = headline(set, letter);
    json_object_set_new(object, "text", json_string(sentence));
    free(sentence);
    return object;
}
