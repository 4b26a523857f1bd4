/* Cameras: all, and one with advice. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "figures.h"
#include "show.h"
#include "show_parts.h"
#include "table.h"

static const char *camera_state(const char *word)
{
    static const struct meaning states[] = {
        { "connecting", N_("connecting") },      { "recording", N_("recording") },
        { "no_video", N_("no picture") },        { "refused", N_("refused") },
        { "lost", N_("disconnected") },          { "frozen", N_("picture frozen") },
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
        note = xstrdup(
            _("ONVIF refuses the login: turn ONVIF on in the camera and give it this "
              "user and password"));
    else if (strcmp(state, "lost") == 0)
        note = xformat(
            _("the camera's own detection is not heard (%s): see the port of onvif"),
            text_of(onvif, "reason_code"));
    if (note)
        table_note(table, note);
    free(note);
}

void add_state(struct table *table, const json_t *camera)
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
    char *note =
        xformat(_("advice: %zu; see kengctl cameras %s"), count, text_of(camera, "id"));
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

/* Cameras that are configured no more. */
static void show_former(const json_t *former, FILE *to)
{
    const char *const heads[] = { _("Camera"), _("From"), _("To"), _("Size"), NULL };
    json_t *camera;
    size_t i;

    if (json_array_size(former) == 0)
        return;
    fprintf(to, "\n%s\n", _("Configured no more, and their recordings are here still:"));
    struct table *table = table_new(heads);
    json_array_foreach(former, i, camera)
    {
        table_add(table, text_of(camera, "id"));
        add_own(table, figure_time(text_of(camera, "from")));
        add_own(table, figure_time(text_of(camera, "to")));
        add_own(table, figure_bytes(number_of(camera, "bytes")));
    }
    table_print(table, to);
    table_free(table);
}

void show_cameras(const json_t *answer, FILE *to)
{
    const char *const heads[] = { _("Camera"),    _("Name"),    _("Area"), _("State"),
                                  _("Since"),     _("Picture"), _("Rate"), _("Transport"),
                                  _("Days kept"), NULL };
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
    show_former(json_object_get(answer, "former"), to);
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
        fprintf(to,
                seconds > 0 ? _("Its clock: %s ahead\n") : _("Its clock: %s behind\n"),
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
    json_array_foreach(advice, i, one) fprintf(to, "- %s\n", text_of(one, "text"));
}

void show_learn(const json_t *answer, FILE *to)
{
    fprintf(to, _("%s: what it shows now is learned as its view\n"),
            text_of(answer, "camera"));
}
