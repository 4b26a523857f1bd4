#include <libgen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "core/bytes.h"
#include "core/memory.h"
#include "core/text.h"
#include "probe.h"

/* A keyframe in so many seconds is what recording, seeking and live want; a smart codec puts
 * minutes between them. */
#define GOP_GOOD_S  4.0
#define GOP_SMART_S 12.0
#define CLOCK_GOOD_S 5.0

/* ---- warnings ----------------------------------------------------------------------- */

static void judge_gop(struct findings *f, const struct seen_stream *stream)
{
    const struct channel_facts *facts = &stream->facts;
    double declared_s = stream->declared_fps > 0
                            ? (double)stream->declared_gop / stream->declared_fps
                            : 0;

    if (facts->gop_s > GOP_SMART_S || (declared_s > 0 && facts->gop_s > 2.5 * declared_s))
        findings_warn(f, _("keyframes are %.0f s apart: turn Smart Codec (H.264+, H.265+) off"),
                      facts->gop_s);
    else if (facts->gop_s > GOP_GOOD_S)
        findings_warn(f, _("keyframes are %.0f s apart: set the I-frame interval to 2 s"),
                      facts->gop_s);
    else if (facts->gop_s <= 0)
        findings_warn(f, _("no second keyframe came while measuring: set the I-frame interval "
                           "to 2 s and turn Smart Codec off"));
}

void findings_judge(struct findings *f)
{
    const struct channel_facts *main = &f->main.facts, *sub = &f->sub.facts;

    if (!f->sub.there)
        findings_warn(f, _("no sub-stream plays: turn it on in the camera, with H.264 at about "
                           "640x360; walls and motion use it"));
    else if (strcmp(sub->codec, "h264") != 0)
        findings_warn(f, _("the sub-stream is %s: choose H.264 for it, which every browser "
                           "plays"),
                      sub->codec);
    judge_gop(f, &f->main);
    if (f->sub.there && main->gop_s <= GOP_GOOD_S)
        judge_gop(f, &f->sub);
    if (f->main.declared_fps > 0 && main->fps > 0 &&
        main->fps < 0.7 * f->main.declared_fps)
        findings_warn(f, _("%d pictures a second are set, %.1f come: the light is poor, or the "
                           "network is slow"),
                      f->main.declared_fps, main->fps);
    if (f->clock_known && fabs(f->clock_offset_s) > CLOCK_GOOD_S)
        findings_warn(f, _("the camera's clock is off by %.0f s: set NTP in the camera"),
                      f->clock_offset_s);
    if (f->password_in_url)
        findings_warn(f, _("this make wants the password inside the address: let nobody but "
                           "kengd read the file (mode 0600)"));
}

/* ---- the stanza --------------------------------------------------------------------- */

/* "192.168.1.20" -> "camera-192-168-1-20". */
static void make_id(const char *host, char to[ID_MAX])
{
    size_t used = (size_t)snprintf(to, ID_MAX, "camera-");

    for (; *host && used + 1 < ID_MAX; host++) {
        char c = *host >= 'A' && *host <= 'Z' ? (char)(*host + 32) : *host;
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
        if (plain || to[used - 1] != '-')
            to[used++] = plain ? c : '-';
    }
    while (to[used - 1] == '-')
        used--;
    to[used] = 0;
}

/* A text that YAML takes as it is, whatever stands in it. */
static void add_quoted(struct bytes *to, const char *text)
{
    bytes_text(to, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            bytes_text(to, "\\");
        bytes_add(to, text, 1);
    }
    bytes_text(to, "\"");
}

static void add_line(struct bytes *to, const char *key, const char *value)
{
    bytes_format(to, "    %s: ", key);
    add_quoted(to, value);
    bytes_text(to, "\n");
}

/* --area, else the first one of the configuration, else a word to put one in. */
static char *area_of(const struct args *args)
{
    struct faults faults = { 0 };
    const struct settings *set =
        args->area ? NULL
                   : settings_load(args->config ? args->config : KENGD_CONFIG_FILE, &faults);
    char *area = xstrdup(args->area                 ? args->area
                         : set && set->area_count > 0 ? set->areas[0].id
                                                      : "AREA");

    settings_unref(set);
    faults_free(&faults);
    return area;
}

static void id_of(const struct findings *f, const struct args *args, char to[ID_MAX])
{
    if (args->id)
        snprintf(to, ID_MAX, "%s", args->id);
    else
        make_id(f->host, to);
}

static char *make_stanza(const struct findings *f, const struct args *args)
{
    const char *user = args->user ? args->user : "admin";
    struct bytes to = { 0 };
    char id[ID_MAX], *area = area_of(args);

    id_of(f, args, id);
    bytes_format(&to, "cameras:\n  %s:\n", id);
    add_line(&to, "name", args->name ? args->name : f->model[0] ? f->model : f->host);
    add_line(&to, "area", area);
    add_line(&to, "url", f->url);
    if (f->sub_url[0])
        add_line(&to, "sub_url", f->sub_url);
    if (!f->password_in_url) {
        add_line(&to, "user", user);
        bytes_format(&to, "    password: {file: ../secrets/%s}\n", id);
    }
    if (f->onvif && !f->password_in_url)
        bytes_format(&to, "    onvif: {port: %d, events: off}\n", f->onvif_port);
    free(area);
    return bytes_take(&to);
}

static char *make_commands(const struct findings *f, const struct args *args)
{
    char *file = xstrdup(args->config ? args->config : KENGD_CONFIG_FILE);
    const char *folder = dirname(file);
    struct bytes to = { 0 };
    char id[ID_MAX];

    id_of(f, args, id);
    bytes_format(&to, "sudo install -d -m 0750 -o root -g kengd %s/secrets %s/conf.d\n", folder,
                 folder);
    if (!f->password_in_url)
        bytes_format(&to, "read -rs P && printf %%s \"$P\" | sudo install -m 0600 -o kengd "
                          "/dev/stdin %s/secrets/%s; unset P\n",
                     folder, id);
    bytes_format(&to, "sudo install -m 0%s -o kengd /dev/stdin %s/conf.d/%s.yaml\n",
                 f->password_in_url ? "600" : "640", folder, id);
    bytes_text(&to, "sudo -u kengd kengctl check && sudo kengctl reload\n");
    free(file);
    return bytes_take(&to);
}

/* ---- telling ------------------------------------------------------------------------ */

static void print_stream(const char *head, const struct seen_stream *stream, FILE *out)
{
    const struct channel_facts *is = &stream->facts;

    fprintf(out, _("%s %s %dx%d, %.1f pictures a second, a keyframe every %.1f s, %.0f kbit/s"),
            head, is->codec, is->width, is->height, is->fps, is->gop_s,
            (double)is->bits_per_s / 1000);
    if (is->audio[0])
        fprintf(out, ", %s", is->audio);
    fputc('\n', out);
}

void findings_print(const struct findings *f, const struct args *args, FILE *out)
{
    char *stanza = make_stanza(f, args), *commands = make_commands(f, args);

    if (f->onvif)
        fprintf(out, _("Device:      %s %s, firmware %s, ONVIF at port %d\n"), f->make, f->model,
                f->firmware, f->onvif_port);
    if (f->make_of_path)
        fprintf(out, _("Path of:     %s\n"), f->make_of_path);
    if (f->clock_known)
        fprintf(out, _("Clock:       %+.1f s beside this machine's\n"), f->clock_offset_s);
    print_stream(_("Main stream:"), &f->main, out);
    if (f->sub.there)
        print_stream(_("Sub-stream: "), &f->sub, out);
    for (size_t i = 0; i < f->warning_count; i++)
        if (f->warnings[i])
            fprintf(out, "! %s\n", f->warnings[i]);
    fprintf(out, _("\nFor the configuration (the last of the commands but one takes it in; end "
                   "with Ctrl-D):\n\n%s\nCommands, the first reads the password without showing "
                   "it:\n\n%s"),
            stanza, commands);
    free(stanza);
    free(commands);
}

static json_t *stream_json(const struct seen_stream *stream)
{
    const struct channel_facts *is = &stream->facts;

    if (!stream->there)
        return json_null();
    return json_pack("{s:s, s:i, s:i, s:f, s:f, s:I, s:s, s:i, s:i}", "codec", is->codec,
                     "width", is->width, "height", is->height, "fps", is->fps, "gop_s",
                     is->gop_s, "bits_per_s", (json_int_t)is->bits_per_s, "audio", is->audio,
                     "declared_fps", stream->declared_fps, "declared_gop",
                     stream->declared_gop);
}

json_t *findings_json(const struct findings *f, const struct args *args)
{
    json_t *warnings = json_array(), *all;
    char *stanza = make_stanza(f, args), *commands = make_commands(f, args);

    for (size_t i = 0; i < f->warning_count; i++)
        json_array_append_new(warnings, json_string(f->warnings[i]));
    all = json_pack("{s:b, s:s, s:o, s:s, s:s, s:s, s:o, s:s, s:i}", "found", f->found, "host",
                    f->host, "onvif_port", f->onvif ? json_integer(f->onvif_port) : json_null(),
                    "make", f->make_of_path ? f->make_of_path : f->make, "model", f->model,
                    "firmware", f->firmware, "clock_offset_s",
                    f->clock_known ? json_real(f->clock_offset_s) : json_null(), "reason",
                    f->found ? "" : f->reason, "failed_logins", f->failed_logins);
    json_object_set_new(all, "main", stream_json(&f->main));
    json_object_set_new(all, "sub", stream_json(&f->sub));
    json_object_set_new(all, "warnings", warnings);
    json_object_set_new(all, "stanza", f->found ? json_string(stanza) : json_null());
    json_object_set_new(all, "commands", f->found ? json_string(commands) : json_null());
    free(stanza);
    free(commands);
    return all;
}
