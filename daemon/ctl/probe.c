#include "probe.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "media.h"

#define MEASURE_US SECONDS_US(12)

/* Where devices keep ONVIF: most; Tapo; XM; others. */
static const int onvif_ports[] = { 80, 2020, 8899, 8000, 8080 };

/* Streams of makers that are common, the most common first; %u and %p are user and
 * password. Two wrong passwords are enough: another path would not make it right. */
static const struct {
    const char *make, *main, *sub;
} paths[] = {
    { "Hikvision, Ezviz", "/Streaming/Channels/101", "/Streaming/Channels/102" },
    { "Dahua, Imou, KBVision", "/cam/realmonitor?channel=1&subtype=0",
      "/cam/realmonitor?channel=1&subtype=1" },
    { "Tapo", "/stream1", "/stream2" },
    { "Ezviz", "/h264/ch1/main/av_stream", "/h264/ch1/sub/av_stream" },
    { "XM", "/user=%u&password=%p&channel=1&stream=0.sdp?real_stream",
      "/user=%u&password=%p&channel=1&stream=1.sdp?real_stream" },
};

enum { WRONG_MOST = 2 };

/* ---- findings -----------------------------------------------------------------------
 */

void findings_warn(struct findings *f, const char *format, ...)
{
    char sentence[500];
    va_list args;

    if (f->warning_count == WARNINGS_MAX)
        return;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    f->warnings[f->warning_count++] = xstrdup(sentence);
}

void findings_clear(struct findings *f)
{
    for (size_t i = 0; i < f->warning_count; i++)
        free(f->warnings[i]);
    secret_wipe(f, sizeof *f); /* a path may hold the password */
}

/* ---- addresses ----------------------------------------------------------------------
 */

static void write_url(char to[URL_ROOM], const char *host, int port, const char *path)
{
    bool brackets = strchr(host, ':');
    char number[8] = "";

    if (port != RTSP_PORT)
        snprintf(number, sizeof number, ":%d", port);
    snprintf(to, URL_ROOM, "rtsp://%s%s%s%s%s", brackets ? "[" : "", host,
             brackets ? "]" : "", number, path);
}

/* Letters that a path may not hold, as %XX (RFC 3986, 2.1). */
static void add_encoded(char *to, size_t room, const char *text)
{
    size_t used = strlen(to);

    for (; *text && used + 4 < room; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                     (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
        used += (size_t)sprintf(to + used, plain ? "%c" : "%%%02X", c);
    }
}

static void fill_path(char to[URL_ROOM], const char *path, const struct prober *p)
{
    to[0] = 0;
    for (; *path; path++) {
        if (path[0] == '%' && (path[1] == 'u' || path[1] == 'p')) {
            const char *word = path[1] == 'u' ? p->user : p->password;
            add_encoded(to, URL_ROOM, word ? word : "");
            path++;
        } else {
            size_t used = strlen(to);
            if (used + 1 < URL_ROOM)
                memcpy(to + used, (char[]){ *path, 0 }, 2);
        }
    }
}

/* The stream's address as the device tells it, at the host that was dialled: what stands
 * in it may lead anywhere. False: it is none. */
static bool take_uri(struct findings *f, const char *told, char to[URL_ROOM])
{
    struct address address;
    const char *path;

    if (!address_read(told, &address))
        return false;
    path = told + sizeof "rtsp://" - 1;
    path += strcspn(path, "/?");
    if (strcasecmp(address.host, f->host) != 0)
        findings_warn(
            f, _("the camera names %s as its stream's host; %s is written instead"),
            address.host, f->host);
    write_url(to, f->host, address.port, path);
    return true;
}

/* ---- by ONVIF -----------------------------------------------------------------------
 */

static int area_of(const struct onvif_profile *profile)
{
    return profile->width * profile->height;
}

/* The largest is the main stream, the smallest of another encoder the sub-stream. */
static void choose_profiles(const struct onvif_said *said, int *main, int *sub)
{
    *main = *sub = -1;
    for (int i = 0; i < said->profile_count; i++)
        if (*main < 0 || area_of(&said->profiles[i]) > area_of(&said->profiles[*main]))
            *main = i;
    for (int i = 0; i < said->profile_count; i++) {
        const struct onvif_profile *at = &said->profiles[i];
        if (i == *main || (at->encoder[0] && *main >= 0 &&
                           strcmp(at->encoder, said->profiles[*main].encoder) == 0))
            continue;
        if (*sub < 0 || area_of(at) < area_of(&said->profiles[*sub]))
            *sub = i;
    }
}

static void take_stream(struct media *media, struct onvif_profile *profile,
                        struct findings *f, struct seen_stream *stream,
                        char url[URL_ROOM])
{
    char uri[ONVIF_URI];

    media_encoder(media, profile);
    stream->declared_fps = profile->fps;
    stream->declared_gop = profile->gop;
    if (!media_uri(media, profile, uri))
        stream->there = take_uri(f, uri, url);
}

/* NULL: well, or the trouble. */
static const char *ask_profiles(struct prober *p, struct onvif *device,
                                struct findings *f)
{
    static const char service[] = "/onvif/device_service";
    struct onvif_said said, profiles;
    struct media media;
    int main, sub;

    const char *trouble = device_ask(p, device, ONVIF_INFORMATION, service, "", &said);
    if (trouble && strcmp(trouble, ONVIF_REFUSES) != 0)
        return trouble;
    memcpy(f->make, said.make, sizeof f->make);
    memcpy(f->model, said.model, sizeof f->model);
    memcpy(f->firmware, said.firmware, sizeof f->firmware);
    trouble = media_open(&media, p, device, &profiles);
    if (trouble)
        return trouble;
    choose_profiles(&profiles, &main, &sub);
    if (main >= 0)
        take_stream(&media, &profiles.profiles[main], f, &f->main, f->url);
    if (sub >= 0)
        take_stream(&media, &profiles.profiles[sub], f, &f->sub, f->sub_url);
    return NULL;
}

/* False: no other port needs to be tried. */
static bool try_onvif_port(struct prober *p, struct findings *f, int port)
{
    struct onvif *device =
        onvif_open(p->watch, "probe", f->host, (uint16_t)port, p->user, p->password);
    struct onvif_said said;
    const char *trouble =
        device_ask(p, device, ONVIF_DATE, "/onvif/device_service", "", &said);
    bool silent =
        trouble && (!strcmp(trouble, "no_answer") || !strcmp(trouble, "no_route") ||
                    !strcmp(trouble, "unknown_host"));
    int64_t offset_us;

    if (!trouble) {
        f->onvif = true;
        f->onvif_port = port;
        f->clock_known = onvif_clock_offset_us(device, &offset_us);
        f->clock_offset_s = (double)offset_us / 1e6;
        fprintf(p->progress, _("ONVIF answers at port %d\n"), port);
        p->failed += prober_failed_logins(p, f->host, port, false);
        trouble = p->failed < p->allowed ? ask_profiles(p, device, f) : "login_pause";
        if (trouble && !strcmp(trouble, "wrong_password")) {
            prober_failed_logins(p, f->host, port, true);
            findings_warn(
                f, _("ONVIF refuses this user or password; many cameras have users "
                     "of their own for ONVIF"));
        } else if (trouble) {
            findings_warn(f, _("ONVIF does not tell the streams (%s)"), trouble);
        }
    }
    onvif_close(device);
    return !f->onvif && !silent;
}

static void try_onvif(struct prober *p, struct findings *f, int port)
{
    if (port > 0) {
        try_onvif_port(p, f, port);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(onvif_ports); i++) {
        fprintf(p->progress, _("asking for ONVIF at port %d\n"), onvif_ports[i]);
        if (!try_onvif_port(p, f, onvif_ports[i]))
            return;
    }
}

/* ---- by known paths -----------------------------------------------------------------
 */

static bool is_about_the_path(const char *code)
{
    static const char *const codes[] = { "wrong_path", "answer",   "closed",
                                         "no_video",   "unusable", "wrong_password",
                                         "codec" };

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (strcmp(codes[i], code) == 0)
            return true;
    return false;
}

static void note_refusal(struct prober *p, struct findings *f, int port, const char *code)
{
    if (strcmp(code, "wrong_password") != 0)
        return;
    p->failed++;
    prober_failed_logins(p, f->host, port, true);
}

static void try_paths(struct prober *p, struct findings *f, int port)
{
    int wrong = 0;
    char path[URL_ROOM], code[32];

    for (size_t i = 0; i < COUNT_OF(paths) && !f->found; i++) {
        if (p->failed >= p->allowed || wrong >= WRONG_MOST)
            return;
        fprintf(p->progress, _("trying the path of %s\n"), paths[i].make);
        fill_path(path, paths[i].main, p);
        write_url(f->url, f->host, port, path);
        f->found = prober_play(p, f->url, NULL, 0, f, code, f->reason);
        note_refusal(p, f, port, code);
        wrong += strcmp(code, "wrong_password") == 0;
        if (!f->found && !is_about_the_path(code))
            return;
        if (!f->found)
            continue;
        f->make_of_path = paths[i].make;
        f->password_in_url = strstr(paths[i].main, "%p") != NULL;
        fill_path(path, paths[i].sub, p);
        write_url(f->sub_url, f->host, port, path);
    }
}

/* ---- the whole ----------------------------------------------------------------------
 */

static void measure(struct prober *p, struct findings *f)
{
    struct address address;
    char code[32];

    fprintf(p->progress, _("measuring for some seconds: %s\n"), f->host);
    f->found = prober_play(p, f->url, f->sub_url, MEASURE_US, f, code, f->reason);
    if (address_read(f->url, &address))
        note_refusal(p, f, address.port, code);
    f->main.there = f->found;
    f->sub.there = f->found && f->sub_url[0] && f->sub.facts.codec[0];
    if (!f->sub.there)
        f->sub_url[0] = 0;
}

/* host, host:port (of RTSP), [v6]:port, or a whole rtsp:// address. */
static bool read_target(const char *operand, struct findings *f, int *port, bool *whole)
{
    char url[URL_ROOM];
    struct address address;
    const char *slashes = strstr(operand, "://");

    *whole = slashes != NULL;
    snprintf(url, sizeof url, "%s%s", slashes ? "" : "rtsp://", operand);
    if (strlen(operand) + sizeof "rtsp://" > sizeof url || strchr(operand, '@') ||
        !address_read(url, &address))
        return false;
    snprintf(f->host, sizeof f->host, "%s", address.host);
    *port = address.port;
    if (*whole)
        snprintf(f->url, sizeof f->url, "%s", url);
    return true;
}

static void search(struct prober *p, struct findings *f, const struct args *args,
                   int port, bool whole)
{
    p->failed = prober_failed_logins(p, f->host, port, false);
    if (p->failed >= p->allowed) {
        snprintf(
            f->reason, sizeof f->reason, "%s",
            _("three logins failed there in the last ten minutes; wait, so that the camera "
              "does not lock the user"));
        return;
    }
    try_onvif(p, f, args->onvif_port);
    if (!whole && !f->main.there)
        try_paths(p, f, port);
    else
        f->found = true;
    if (f->found)
        measure(p, f);
    f->failed_logins = p->failed;
    if (!f->found && !f->reason[0])
        snprintf(f->reason, sizeof f->reason, "%s", _("no stream was found there"));
}

int camera_probe(const struct args *args, FILE *out, FILE *err)
{
    struct findings f = { .found = false };
    struct prober p;
    bool whole = false;
    int port = 0, status = EXIT_FAILURE;

    if (!read_target(args->operand, &f, &port, &whole)) {
        fprintf(err,
                _("kengctl: %s is no address; write a host, host:port or rtsp://..., "
                  "without user and password\n"),
                args->operand);
        return 2;
    }
    if (!prober_open(&p, args, err)) {
        prober_close(&p);
        return status;
    }
    p.user = args->user ? args->user : "admin";
    char *password = prober_read_password(err, p.user, f.host);
    p.password = password;
    if (password)
        search(&p, &f, args, port, whole);
    else
        snprintf(f.reason, sizeof f.reason, "%s", _("no password was given"));
    if (f.found) {
        findings_judge(&f);
        status = EXIT_SUCCESS;
    }
    if (args->json) {
        json_t *told = findings_json(&f, args);
        json_dumpf(told, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        fputc('\n', out);
        json_decref(told);
    } else if (f.found) {
        findings_print(&f, args, out);
    } else {
        for (size_t i = 0; i < f.warning_count; i++)
            fprintf(err, "kengctl: %s\n", f.warnings[i]);
        fprintf(err, _("kengctl: no stream at %s: %s\n"), f.host, f.reason);
    }
    secret_free_text(password);
    findings_clear(&f);
    prober_close(&p);
    return status;
}
