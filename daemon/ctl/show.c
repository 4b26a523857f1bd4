#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "figures.h"
#include "show.h"
#include "table.h"
#include "terminal.h"

/* "" when it is not there, or no text. */
static const char *text_of(const json_t *object, const char *key)
{
    const char *found = json_string_value(json_object_get(object, key));

    return found ? found : "";
}

static int64_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* Adds the cell and frees it. */
static void add_own(struct table *table, char *cell)
{
    table_add(table, cell);
    free(cell);
}

struct meaning {
    const char *word, *means;
};

/* A word that is not known here is shown as it came. */
static const char *meaning_of(const struct meaning *meanings, size_t count,
                              const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(meanings[i].word, word) == 0)
            return _(meanings[i].means);
    return word;
}

/* ---- cameras ------------------------------------------------------------------------
 */

static const char *camera_state(const char *word)
{
    static const struct meaning states[] = {
        { "connecting", N_("connecting") }, { "recording", N_("recording") },
        { "no_video", N_("no picture") },   { "refused", N_("refused") },
        { "lost", N_("disconnected") },     { "frozen", N_("picture frozen") },
        { "covered", N_("covered or blurred") },
    };

    return meaning_of(states, COUNT_OF(states), word);
}

/* The camera's own detection, when it is not as it should be. */
static void note_detection(struct table *table, const json_t *onvif)
{
    const char *state = text_of(onvif, "state");
    char *note = NULL;

    if (json_is_true(json_object_get(onvif, "tamper")))
        note = xstrdup(_("the camera says that it is covered, turned away or blurred"));
    else if (strcmp(state, "refused") == 0)
        note = xstrdup(_("ONVIF refuses the login: turn ONVIF on in the camera and give it this "
                         "user and password"));
    else if (strcmp(state, "lost") == 0)
        note = xformat(_("the camera's own detection is not heard (%s): see the port of onvif"),
                       text_of(onvif, "reason_code"));
    if (note)
        table_note(table, note);
    free(note);
}

static void add_state(struct table *table, const json_t *camera)
{
    table_add(table, camera_state(text_of(camera, "state")));
    add_own(table, figure_time(text_of(camera, "since")));
    if (*text_of(camera, "reason"))
        table_note(table, text_of(camera, "reason"));
    else
        note_detection(table, json_object_get(camera, "onvif"));
}

/* Where nothing is wrong, that something could be better. */
static void note_advice(struct table *table, const json_t *camera)
{
    size_t count = json_array_size(json_object_get(camera, "advice"));

    if (count == 0 || *text_of(camera, "reason"))
        return;
    char *note = xformat(_("advice: %zu; see kengctl cameras %s"), count,
                         text_of(camera, "id"));
    table_note(table, note);
    free(note);
}

static char *picture_of(const json_t *channel)
{
    int64_t width = number_of(channel, "width");

    if (width == 0)
        return xstrdup("");
    return xformat("%s %dx%d", text_of(channel, "codec"), (int)width,
                   (int)number_of(channel, "height"));
}

static char *rate_of(const json_t *channel)
{
    double fps = json_number_value(json_object_get(channel, "fps"));

    if (fps <= 0)
        return xstrdup("");
    char *frames = figure_decimal(fps),
         *bits = figure_bits(number_of(channel, "bits_per_s"));
    char *rate = xformat(_("%s fps, %s"), frames, bits);
    free(frames);
    free(bits);
    return rate;
}

void show_cameras(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Camera"),  _("Name"), _("Area"),      _("State"),     _("Since"),
                                  _("Picture"), _("Rate"), _("Transport"), _("Days kept"), NULL };
    struct table *table = table_new(heads);
    json_t *camera;
    size_t i;

    json_array_foreach(json_object_get(answer, "cameras"), i, camera)
    {
        json_t *days = json_object_get(camera, "days");
        table_add(table, text_of(camera, "id"));
        table_add(table, text_of(camera, "name"));
        table_add(table, text_of(camera, "area_name"));
        add_state(table, camera);
        note_advice(table, camera);
        add_own(table, picture_of(json_object_get(camera, "main")));
        add_own(table, rate_of(json_object_get(camera, "main")));
        table_add(table, text_of(json_object_get(camera, "main"), "transport"));
        add_own(table, json_is_number(days) ? figure_decimal(json_number_value(days))
                                            : xstrdup(""));
    }
    table_print(table, to);
    table_free(table);
}

static void show_rhythm(const json_t *channel, FILE *to)
{
    double fps = json_number_value(json_object_get(channel, "declared_fps"));
    double gop_s = json_number_value(json_object_get(channel, "gop_s"));
    char *fps_text = figure_decimal(fps), *gop_text = figure_decimal(gop_s);

    if (fps > 0)
        fprintf(to, _(", it says %s fps"), fps_text);
    if (gop_s > 0)
        fprintf(to, _(", a keyframe every %s s"), gop_text);
    if (json_is_true(json_object_get(channel, "b_frames")))
        fputs(_(", B-frames"), to);
    free(fps_text);
    free(gop_text);
}

static void show_channel(const char *head, const json_t *channel, FILE *to)
{
    char *picture = picture_of(channel), *rate = rate_of(channel);
    const char *sound = text_of(channel, "audio"), *way = text_of(channel, "transport");

    fprintf(to, "%s: %s", head, *picture ? picture : _("nothing has come yet"));
    if (*rate)
        fprintf(to, ", %s", rate);
    show_rhythm(channel, to);
    if (*sound) {
        fputs(_(", sound "), to);
        fputs(sound, to);
    }
    if (*way) {
        fputs(_(", over "), to);
        fputs(way, to);
    }
    fputc('\n', to);
    free(picture);
    free(rate);
}

static void show_camera_clock(const json_t *ahead, FILE *to)
{
    double seconds = json_number_value(ahead);
    char *off = figure_duration((int64_t)(seconds < 0 ? -seconds : seconds));

    if (!json_is_number(ahead))
        fputs(_("Its clock: not told\n"), to);
    else if (seconds > -1 && seconds < 1)
        fputs(_("Its clock: right\n"), to);
    else
        fprintf(to, seconds > 0 ? _("Its clock: %s ahead\n") : _("Its clock: %s behind\n"),
                off);
    free(off);
}

void show_camera(const json_t *camera, FILE *to)
{
    const json_t *sub = json_object_get(camera, "sub"), *one;
    char *since = figure_time(text_of(camera, "since"));
    json_t *advice = json_object_get(camera, "advice");
    size_t i;

    fprintf(to, "%s: %s, %s\n", text_of(camera, "id"), text_of(camera, "name"),
            text_of(camera, "area_name"));
    fprintf(to, _("State: %s since %s\n"), camera_state(text_of(camera, "state")), since);
    free(since);
    if (*text_of(camera, "reason"))
        fprintf(to, "  %s\n", text_of(camera, "reason"));
    show_channel(_("Main stream"), json_object_get(camera, "main"), to);
    if (json_is_object(sub))
        show_channel(_("Sub-stream"), sub, to);
    else
        fprintf(to, "%s: %s\n", _("Sub-stream"), _("none"));
    show_camera_clock(json_object_get(camera, "clock_ahead_s"), to);
    fprintf(to, _("Reconnected: %lld; packets lost: %lld; pictures damaged: %lld\n"),
            (long long)number_of(camera, "reconnects"),
            (long long)number_of(camera, "lost_packets"),
            (long long)number_of(camera, "damaged_frames"));
    if (json_array_size(advice) > 0)
        fprintf(to, "%s:\n", _("Advice"));
    json_array_foreach(advice, i, one)
        fprintf(to, "- %s\n", text_of(one, "text"));
}

void show_learn(const json_t *answer, FILE *to)
{
    fprintf(to, _("%s: what it shows now is learned as its view\n"),
            text_of(answer, "camera"));
}

/* ---- status -------------------------------------------------------------------------
 */

static void show_disk(const json_t *disk, FILE *to)
{
    const json_t *days =
        json_object_get(disk, "days"); /* null: nothing is recorded yet */
    char *free_text = figure_bytes(number_of(disk, "free_bytes"));
    char *size_text = figure_bytes(number_of(disk, "size_bytes"));
    char *days_text = figure_decimal(json_number_value(days));

    if (json_is_false(json_object_get(disk, "ok")))
        fprintf(to, _("Disk: %s\n"), text_of(disk, "why"));
    if (json_is_number(days))
        fprintf(to, _("Disk: %s free of %s, %s days of recordings\n"), free_text,
                size_text, days_text);
    else
        fprintf(to, _("Disk: %s free of %s\n"), free_text, size_text);
    free(free_text);
    free(size_text);
    free(days_text);
}

static void show_given_up(const json_t *disk, FILE *to)
{
    const struct { const char *word, *text; } what[] = {
        { "live", _("live pictures") },
        { "detection", _("live pictures and motion detection") },
        { "sub", _("live pictures, motion detection and sub-streams") },
        { "fragments", _("live pictures, motion detection, sub-streams and the oldest of "
                         "what waits to be recorded") },
    };

    for (size_t i = 0; i < COUNT_OF(what); i++)
        if (!strcmp(text_of(disk, "given_up"), what[i].word))
            fprintf(to, _("Disk: too slow; given up for now: %s\n"), what[i].text);
}

/* Each of several disks. */
static void show_volumes(const json_t *volumes, FILE *to)
{
    size_t i;
    json_t *volume;

    if (json_array_size(volumes) < 2)
        return;
    json_array_foreach(volumes, i, volume)
    {
        const json_t *days = json_object_get(volume, "days");
        char *free_text = figure_bytes(number_of(volume, "free_bytes"));
        char *size_text = figure_bytes(number_of(volume, "size_bytes"));
        char *days_text = json_is_number(days) ? figure_decimal(json_number_value(days))
                                               : strdup("?");
        fprintf(to, _("  %s (%s): %s free of %s, %s days of recordings, %d cameras\n"),
                text_of(volume, "id"), text_of(volume, "path"), free_text, size_text,
                days_text, (int)number_of(volume, "cameras"));
        if (json_is_false(json_object_get(volume, "ok")))
            fprintf(to, "    %s\n", text_of(volume, "why"));
        free(free_text);
        free(size_text);
        free(days_text);
    }
}

static void show_check(const json_t *disk, FILE *to)
{
    int64_t damaged = number_of(disk, "damaged");
    char *checked = figure_time(text_of(disk, "checked"));

    if (damaged > 0)
        fprintf(to,
                _("Recordings: %lld files are not as they were written; the log names them "
                  "(segment damaged)\n"),
                (long long)damaged);
    if (*checked)
        fprintf(to, _("Recordings: all were last checked %s\n"), checked);
    free(checked);
}

static void show_rebuild(const json_t *rebuild, FILE *to)
{
    char *ended = figure_time(text_of(rebuild, "ended"));
    int added = (int)number_of(rebuild, "added"), closed = (int)number_of(rebuild, "closed"),
        lost = (int)number_of(rebuild, "lost");

    if (json_is_true(json_object_get(rebuild, "runs")))
        fprintf(to,
                _("Catalogue: being compared with the files, camera %d of %d; so far %d added, "
                  "%d put right, %d without a file\n"),
                (int)number_of(rebuild, "camera"), (int)number_of(rebuild, "cameras"), added,
                closed, lost);
    else if (*ended && json_is_false(json_object_get(rebuild, "well")))
        fprintf(to, _("Catalogue: the comparison with the files was broken off %s; see the log\n"),
                ended);
    else if (*ended)
        fprintf(to,
                _("Catalogue: compared with the files %s: %d added, %d put right, %d without a "
                  "file\n"),
                ended, added, closed, lost);
    free(ended);
}

void show_status(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Camera"), _("State"), _("Since"), NULL };
    const json_t *health = json_object_get(answer, "health");
    const json_t *disk = json_object_get(health, "disk"), *cameras;
    char *uptime = figure_duration(number_of(answer, "uptime_s"));
    json_t *camera;
    size_t i;

    cameras = json_object_get(answer, "cameras");
    fprintf(to, _("kengd %s has run for %s (pid %d)\n"), text_of(answer, "version"),
            uptime, (int)number_of(answer, "pid"));
    free(uptime);
    fprintf(to, _("Cameras: %d of %d recording\n"), (int)number_of(health, "recording"),
            (int)number_of(health, "cameras"));
    if (json_is_object(disk))
        show_disk(disk, to);
    show_given_up(disk, to);
    show_volumes(json_object_get(disk, "volumes"), to);
    show_check(disk, to);
    show_rebuild(json_object_get(answer, "rebuild"), to);
    if (json_is_false(json_object_get(health, "clock_trusted")))
        fputs(_("Clock: not trusted; it is not synchronised (see timedatectl, and kengctl clock "
                "trust)\n"),
              to);
    if (json_is_true(json_object_get(answer, "clock_said")))
        fputs(_("Clock: trusted because somebody said so; it is not synchronised\n"), to);
    if (json_array_size(cameras) == 0)
        return;
    fputc('\n', to);
    struct table *table = table_new(heads);
    json_array_foreach(cameras, i, camera)
    {
        table_add(table, text_of(camera, "id"));
        add_state(table, camera);
    }
    table_print(table, to);
    table_free(table);
}

void show_reload(const json_t *answer, FILE *to)
{
    const char *report = text_of(answer, "report");
    size_t length = strlen(report);

    fprintf(to, "%s%s", length > 0 ? report : _("taken up; no camera had to start anew"),
            length > 0 && report[length - 1] == '\n' ? "" : "\n");
}

/* ---- tokens -------------------------------------------------------------------------
 */

void show_new_token(const json_t *answer, FILE *to)
{
    fprintf(to, _("Token %s. It is shown only now; whoever has it comes in.\n"),
            text_of(answer, "id"));
    fprintf(to, "%s\n%s\n", text_of(answer, "token"), text_of(answer, "url"));
}

static const char *role_name(const char *word)
{
    static const struct meaning roles[] = {
        { "official", N_("official") },
        { "staff", N_("staff") },
        { "admin", N_("admin") },
        { "screen", N_("screen") },
    };

    return meaning_of(roles, COUNT_OF(roles), word);
}

static void note_token(struct table *table, const json_t *token)
{
    const char *parent = text_of(token, "session_of");
    char *revoked = figure_time(text_of(token, "revoked"));
    char *session = xformat(_("session of token %s"), parent);
    char *ended = xformat(_("revoked %s"), revoked);

    table_note(table, *revoked ? ended : *parent ? session : "");
    free(revoked);
    free(session);
    free(ended);
}

void show_tokens(const json_t *answer, bool all, FILE *to)
{
    const char *const heads[] = { _("Token"),   _("Name"),      _("Who"),     _("Area"),
                                  _("Created"), _("Last used"), _("Expires"), NULL };
    struct table *table = table_new(heads);
    json_t *token;
    size_t i;

    json_array_foreach(json_object_get(answer, "tokens"), i, token)
    {
        const char *person = text_of(token, "person");
        if (!all && *text_of(token, "revoked"))
            continue;
        table_add(table, text_of(token, "id"));
        table_add(table, text_of(token, "name"));
        table_add(table, *person ? person : role_name(text_of(token, "role")));
        table_add(table, text_of(token, "area"));
        add_own(table, figure_time(text_of(token, "created")));
        add_own(table, figure_time(text_of(token, "last")));
        add_own(table, figure_time(text_of(token, "expires")));
        note_token(table, token);
    }
    table_print(table, to);
    table_free(table);
}

/* ---- devices ------------------------------------------------------------------------
 */

void show_pairing(const json_t *answer, FILE *to)
{
    char *expires = figure_time(text_of(answer, "expires"));

    terminal_qr(text_of(answer, "url"), to);
    fprintf(to, _("For the phone of %s, once, until %s:\n%s\n"), text_of(answer, "name"),
            expires, text_of(answer, "url"));
    if (json_is_false(json_object_get(answer, "public")))
        fputs(_("No web.public_url is set: the phone reaches kengd only within this network. "
                "See docs/phones.md.\n"),
              to);
    free(expires);
}

static const char *push_name(const char *word)
{
    static const struct meaning states[] = {
        { "none", N_("not turned on") },
        { "works", N_("is called") },
        { "stale", N_("must be turned on again") },
        { "gone", N_("must be turned on again") },
    };

    return meaning_of(states, COUNT_OF(states), word);
}

void show_devices(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Device"), _("Name"),      _("Whose"),
                                  _("Paired"), _("Last used"), _("Notifications"),
                                  NULL };
    struct table *table = table_new(heads);
    json_t *device;
    size_t i;

    json_array_foreach(json_object_get(answer, "devices"), i, device)
    {
        bool is_phone = strcmp(text_of(device, "kind"), "phone") == 0;
        const char *push = text_of(json_object_get(device, "push"), "state");
        table_add(table, text_of(device, "id"));
        table_add(table, text_of(device, "name"));
        table_add(table, text_of(device, is_phone ? "person" : "screen"));
        add_own(table, figure_time(text_of(device, "paired")));
        add_own(table, figure_time(text_of(device, "seen")));
        table_add(table, is_phone ? push_name(push) : "");
    }
    table_print(table, to);
    table_free(table);
}

/* ---- alerts -------------------------------------------------------------------------
 */

static const char *alert_kind(const char *word)
{
    static const struct meaning kinds[] = {
        { "motion", N_("motion") },
        { "alarm", N_("alarm") },
        { "test", N_("test alert") },
        { "health", N_("kengd's health") },
    };

    return meaning_of(kinds, COUNT_OF(kinds), word);
}

static const char *alert_state(const char *word)
{
    static const struct meaning states[] = {
        { "open", N_("nobody has answered yet") },
        { "acknowledged", N_("acknowledged") },
        { "resolved", N_("resolved") },
        { "false", N_("false alarm") },
    };

    return meaning_of(states, COUNT_OF(states), word);
}

/* What further motion is counted in an alert instead of being told anew. */
static void show_grouping(const json_t *answer, FILE *to)
{
    const json_t *group = json_object_get(answer, "grouping");
    const json_t *joins = json_object_get(answer, "joins");
    long long cool_s = json_integer_value(json_object_get(group, "cool_down_s"));
    long long group_s = json_integer_value(json_object_get(group, "group_s"));

    if (json_is_object(joins))
        fprintf(to, _("Motion then joins alert %s of %s, and nobody is told anew. If it did "
                      "not:\n"),
                text_of(joins, "alert"), text_of(joins, "camera"));
    if (cool_s > 0)
        fprintf(to, _("Further motion at the camera joins an alert for %lld s.\n"), cool_s);
    if (group_s > 0)
        fprintf(to, _("Motion at other cameras of %s joins it for %lld s, until somebody "
                      "answers.\n"),
                text_of(group, "group"), group_s);
}

void show_explanation(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Person"), _("Rank"), _("Why"), NULL };
    const json_t *people = json_object_get(answer, "people");
    json_t *person;
    size_t i;

    if (json_is_false(json_object_get(answer, "in_hours")))
        fputs(_("At that time motion makes no alert: it is outside of alerts.motion.hours. "
                "If it did:\n"),
              to);
    show_grouping(answer, to);
    struct table *table = table_new(heads);
    json_array_foreach(people, i, person)
    {
        table_add(table, text_of(person, "name"));
        add_own(table, xformat("%d", (int)json_integer_value(json_object_get(person, "rank"))));
        table_add(table, text_of(person, "sentence"));
    }
    table_print(table, to);
    table_free(table);
}

void show_alerts(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Alert"), _("Raised"),      _("Kind"), _("Where"),
                                  _("State"), _("Answered by"), NULL };
    const json_t *alerts = json_object_get(answer, "alerts");
    json_t *alert;
    size_t i;

    if (json_array_size(alerts) == 0) {
        fputs(_("There is no alert.\n"), to);
        return;
    }
    struct table *table = table_new(heads);
    json_array_foreach(alerts, i, alert)
    {
        const json_t *event = json_object_get(alert, "event");
        const char *camera = text_of(event, "camera_name");
        const char *by = text_of(alert, "answered_by");
        table_add(table, text_of(alert, "id"));
        add_own(table, figure_time(text_of(alert, "raised")));
        table_add(table, alert_kind(text_of(alert, "kind")));
        table_add(table, *camera ? camera : text_of(event, "area_name"));
        table_add(table, alert_state(text_of(alert, "state")));
        table_add(table, *by ? by : text_of(alert, "closed_by"));
    }
    table_print(table, to);
    table_free(table);
}

void show_test_alert(const json_t *answer, FILE *to)
{
    const json_t *deliveries = json_object_get(answer, "deliveries");

    fprintf(to, _("Test alert %s is on its way.\n"), text_of(answer, "id"));
    if (json_array_size(deliveries) > 0)
        fprintf(to, _("Recipients: %zu\n"), json_array_size(deliveries));
}

/* ---- what is kept ------------------------------------------------------------------- */

void show_clock(const json_t *answer, FILE *to)
{
    char *now = figure_time(text_of(answer, "now"));

    if (!json_is_true(json_object_get(answer, "already")))
        fprintf(to,
                _("It is %s, and the clock is trusted until this machine is started anew or its "
                  "clock is set.\n"),
                now);
    else if (json_is_true(json_object_get(answer, "synchronised")))
        fprintf(to, _("The clock is trusted already: it is synchronised (%s).\n"), now);
    else
        fprintf(to,
                _("The clock is trusted already: it was synchronised, or somebody said so "
                  "(%s).\n"),
                now);
    free(now);
}

void show_hold(const json_t *answer, FILE *to)
{
    char *from = figure_time(text_of(answer, "from")), *end = figure_time(text_of(answer, "to"));
    char *until = figure_time(text_of(answer, "until"));

    fprintf(to, _("Hold %s: %s from %s to %s stays until %s.\n"), text_of(answer, "id"),
            text_of(answer, "camera"), from, end, until);
    free(from);
    free(end);
    free(until);
}

void show_holds(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Hold"),  _("Camera"),  _("From"), _("To"),
                                  _("Until"), _("By"), NULL };
    const json_t *holds = json_object_get(answer, "holds");
    json_t *hold;
    size_t i;

    if (json_array_size(holds) == 0) {
        fputs(_("Nothing is held.\n"), to);
        return;
    }
    struct table *table = table_new(heads);
    json_array_foreach(holds, i, hold)
    {
        table_add(table, text_of(hold, "id"));
        table_add(table, text_of(hold, "camera"));
        add_own(table, figure_time(text_of(hold, "from")));
        add_own(table, figure_time(text_of(hold, "to")));
        add_own(table, figure_time(text_of(hold, "until")));
        table_add(table, text_of(hold, "by"));
        table_note(table, text_of(hold, "reason"));
    }
    table_print(table, to);
    table_free(table);
}
