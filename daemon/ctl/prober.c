#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "address.h"
#include "call.h"
#include "config/settings.h"
#include "core/camera_program.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/secret.h"
#include "media/fragment.h"
#include "probe.h"
#include "tries.h"

enum { CTRL_C = 3 };

/* A stream has so long to show its first picture. */
#define PATIENCE_US SECONDS_US(25)
#define LOOK_US     MILLIS_US(200)

/* ---- what it runs on ---------------------------------------------------------------- */

static bool kengd_runs(const char *socket)
{
    struct question q = { .socket = socket, .method = "GET", .address = "/healthz",
                          .language = text_language() };
    struct answer answer;
    struct error err;

    if (!call(&q, &answer, &err))
        return false;
    answer_clear(&answer);
    return true;
}

/* The catalogue of a kengd that does not run remembers failed logins, too. */
static void open_catalogue(struct prober *p, const struct args *args)
{
    struct faults faults = { 0 };
    const struct settings *set =
        settings_load(args->config ? args->config : KENGD_CONFIG_FILE, &faults);
    char *catalogue = set ? xformat("%s/keng.db", set->paths.state) : NULL;

    if (set && access(catalogue, W_OK) == 0) {
        p->lock = store_lock_directory(set->paths.state, NULL);
        if (p->lock >= 0)
            p->desk =
                desk_open(set->paths.state, STORE_DUTIES, "duties", p->loop, NULL, NULL);
    }
    free(catalogue);
    settings_unref(set);
    faults_free(&faults);
}

bool prober_open(struct prober *p, const struct args *args, FILE *err)
{
    struct error error = { 0 };
    char *program = camera_program();

    *p = (struct prober){ .lock = -1, .progress = err, .allowed = TRIES_MOST };
    if (getenv("KENGD_DEBUG"))
        log_open("kengctl", LOG_LEVEL_DEBUG);
    else
        log_open("kengctl", LOG_LEVEL_ERROR);
    p->loop = loop_new();
    if (kengd_runs(args->socket))
        p->socket = args->socket;
    else
        open_catalogue(p, args);
    p->watch = watch_open(program, p->loop, p->desk, &error);
    free(program);
    if (!p->watch)
        fprintf(err, "kengctl: %s\n", error.text);
    else
        watch_by_hand(p->watch);
    return p->watch != NULL;
}

void prober_close(struct prober *p)
{
    watch_close(p->watch);
    if (p->desk)
        desk_close(p->desk);
    if (p->lock >= 0)
        close(p->lock);
    if (p->loop)
        loop_free(p->loop);
}

int prober_failed_logins(struct prober *p, const char *host, int port, bool one_more)
{
    struct address address = { .port = (uint16_t)port };
    char place[PLACE_MAX];
    int failed = 0;

    if (!p->socket || !p->user)
        return 0;
    snprintf(address.host, sizeof address.host, "%s", host);
    address_place(&address, p->user, place);
    json_t *body =
        json_pack("{s:s, s:i, s:b}", "place", place, "mark",
                  tries_mark(place, p->password ? p->password : ""), "failed", one_more);
    struct question q = { .socket = p->socket, .method = "POST",
                          .address = "/api/control/logins", .body = body,
                          .language = text_language() };
    struct answer answer;
    if (body && call(&q, &answer, NULL)) {
        failed = (int)json_integer_value(json_object_get(answer.json, "failed"));
        answer_clear(&answer);
    }
    json_decref(body);
    return failed;
}

/* ---- the password ------------------------------------------------------------------- */

static char *read_line(FILE *from)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size = getline(&line, &room, from);

    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        line[--size] = 0;
    if (size >= 0)
        return line;
    free(line);
    return NULL;
}

char *prober_read_password(FILE *err, const char *user, const char *where)
{
    struct termios before, silent;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;

    if (!terminal)
        return read_line(stdin);
    silent = before;
    /* A Ctrl-C comes as a character: it must not leave the terminal without echo. */
    silent.c_lflag &= (tcflag_t) ~(ECHO | ISIG);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent); /* before the question, see passphrase.c */
    fprintf(err, _("Password of %s at %s: "), user, where);
    fflush(err);
    char *password = read_line(stdin);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', err);
    if (password && strchr(password, CTRL_C)) {
        secret_free_text(password);
        return NULL;
    }
    return password;
}

/* ---- one ONVIF call ----------------------------------------------------------------- */

struct waiting {
    struct loop *loop;
    const char *trouble;
    struct onvif_said *said;
};

static void on_answer(void *arg, const char *trouble, const struct onvif_said *said)
{
    struct waiting *w = arg;

    w->trouble = trouble;
    *w->said = *said;
    loop_stop(w->loop);
}

const char *prober_ask(struct prober *p, struct onvif *device, struct onvif_ask *ask,
                       struct onvif_said *said)
{
    struct waiting w = { .loop = p->loop, .said = said };

    onvif_ask(device, ask, on_answer, &w);
    loop_run(p->loop);
    return w.trouble;
}

/* ---- playing ------------------------------------------------------------------------ */

struct playing {
    struct prober *prober;
    struct camera_watch *watch;
    bool wants_sub, done, plays;
    int64_t began_us, played_us, measure_us;
    char code[32], reason[400];
};

static void on_fragment(void *arg, enum channel channel, const struct fragment *frag)
{
    fragment_unref(frag);
}

static void on_break(void *arg, enum channel channel)
{
}

static void on_picture(void *arg, enum channel channel, const struct picture *picture)
{
    picture_unref(picture);
}

static void on_motion(void *arg, const struct motion_report *report,
                      const struct picture *snapshot)
{
    picture_unref(snapshot);
}

static void on_activity(void *arg, const struct motion_second *second)
{
}

static void end_playing(struct playing *play)
{
    play->done = true;
    loop_stop(play->prober->loop);
}

/* The first thing that goes wrong ends it: a probe knocks nowhere twice. */
static void on_health(void *arg, const struct camera_health *health)
{
    struct playing *play = arg;

    if (play->done || play->plays)
        return;
    if (health->state == CAMERA_RECORDING) {
        play->plays = true;
        play->played_us = clock_mono_us();
        if (play->measure_us == 0)
            end_playing(play);
    } else if (health->reason_code[0]) {
        snprintf(play->code, sizeof play->code, "%s", health->reason_code);
        snprintf(play->reason, sizeof play->reason, "%s", health->reason);
        end_playing(play);
    }
}

static bool is_measured(const struct playing *play)
{
    const struct camera_health *health = camera_watch_health(play->watch);
    const struct channel_facts *main = &health->channels[CHANNEL_MAIN];
    const struct channel_facts *sub = &health->channels[CHANNEL_SUB];

    return main->fps > 0 && main->gop_s > 0 &&
           (!play->wants_sub || (sub->fps > 0 && sub->gop_s > 0));
}

static void on_look(void *arg)
{
    struct playing *play = arg;
    int64_t now = clock_mono_us();

    if (play->done)
        return;
    if (!play->plays && now - play->began_us > PATIENCE_US) {
        snprintf(play->code, sizeof play->code, "no_video");
        snprintf(play->reason, sizeof play->reason, "%s", _("no picture comes"));
        end_playing(play);
    } else if (play->plays && (now - play->played_us > play->measure_us ||
                               (is_measured(play) &&
                                now - play->played_us > play->measure_us / 2))) {
        end_playing(play);
    }
}

static const struct camera_listener listener = {
    .on_fragment = on_fragment,
    .on_break = on_break,
    .on_picture = on_picture,
    .on_motion = on_motion,
    .on_activity = on_activity,
    .on_health = on_health,
};

/* A snapshot of settings with this one camera. */
static const struct settings *make_settings(const struct prober *p, const char *url,
                                            const char *sub_url)
{
    struct settings *set = xcalloc(1, sizeof *set);
    struct camera_settings *camera = xcalloc(1, sizeof *camera);

    atomic_store(&set->refs, 1);
    set->site.language = text_language();
    set->cameras = camera;
    set->camera_count = 1;
    snprintf(camera->id, sizeof camera->id, "probe");
    camera->name = xstrdup("probe");
    camera->url = xstrdup(url);
    camera->sub_url = sub_url && *sub_url ? xstrdup(sub_url) : NULL;
    camera->user = p->user ? xstrdup(p->user) : NULL;
    camera->password = p->password ? xstrdup(p->password) : NULL;
    camera->audio = true;
    camera->sandbox = true;
    camera->motion.sensitivity = 3;
    return set;
}

bool prober_play(struct prober *p, const char *url, const char *sub_url,
                 int64_t measure_us, struct findings *f, char code[32],
                 char reason[400])
{
    const struct settings *set = make_settings(p, url, sub_url);
    struct playing play = { .prober = p, .measure_us = measure_us,
                            .wants_sub = sub_url && *sub_url,
                            .began_us = clock_mono_us() };
    struct timer *look = timer_new(p->loop, on_look, &play);

    play.watch = camera_watch_start(p->watch, set, &set->cameras[0], &listener, &play);
    timer_every(look, LOOK_US);
    loop_run(p->loop);
    const struct camera_health *health = camera_watch_health(play.watch);
    f->main.facts = health->channels[CHANNEL_MAIN];
    f->sub.facts = health->channels[CHANNEL_SUB];
    camera_watch_stop(play.watch);
    timer_free(look);
    settings_unref(set);
    memcpy(code, play.code, sizeof play.code);
    memcpy(reason, play.reason, sizeof play.reason);
    return play.plays;
}
