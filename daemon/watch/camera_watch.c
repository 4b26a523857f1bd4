#include <stdlib.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "advice.h"
#include "detection.h"
#include "inside.h"

/* A process says something every 5 s, whatever its camera does. */
#define HUNG_US SECONDS_US(10)

enum { LOOK_EVERY_TICKS = 15 };

/* Losses are "lately" for so long, or twice that. */
#define LATELY_US SECONDS_US(600)

/* What keng-camera's daemon/eye/link.h calls END_NO_SANDBOX. */
enum { STATUS_NO_SANDBOX = 3 };

/* ---- log and health ---------------------------------------------------------------- */

static void log_state(const struct camera_watch *cam)
{
    const struct camera_health *is = &cam->health.is;
    const char *id = cam->camera->id, *state = camera_state_word(is->state);

    if (is->state == CAMERA_RECORDING)
        log_info("camera records", "camera=%s", id);
    else if (is->state == CAMERA_CONNECTING)
        log_info("camera connects", "camera=%s", id);
    else if (camera_state_records(is->state))
        log_warning("camera records, but its picture is not well",
                    "camera=%s state=%s code=%s", id, state, is->reason_code);
    else
        log_warning("camera lost", "camera=%s state=%s code=%s why='%s'", id, state,
                    is->reason_code, cam->health.detail);
}

void camera_look(struct camera_watch *cam)
{
    if (cam->starting || !health_look(&cam->health))
        return;
    log_state(cam);
    cam->listener->on_health(cam->arg, &cam->health.is);
}

/* ---- what happens to it ------------------------------------------------------------ */

static void count_lately(struct camera_watch *cam, int64_t now_us)
{
    struct camera_health *is = &cam->health.is;
    int64_t losses = is->lost_packets + is->damaged_frames;

    if (now_us - cam->window_us > LATELY_US) {
        cam->window_us = now_us;
        cam->losses_before = losses - cam->losses_then;
        cam->reconnects_before = is->reconnects - cam->reconnects_then;
        cam->losses_then = losses;
        cam->reconnects_then = is->reconnects;
    }
    is->losses = cam->losses_before + losses - cam->losses_then;
    is->broken_off = cam->reconnects_before + is->reconnects - cam->reconnects_then;
}

void camera_tick(struct camera_watch *cam, int64_t now_us)
{
    count_lately(cam, now_us);
    if (cam->link >= 0 && now_us - cam->heard_us > HUNG_US) {
        log_error("camera process hangs and is ended", "camera=%s pid=%d",
                  cam->camera->id, (int)cam->pid);
        child_lost(cam, REASON_CRASHED, true);
    }
    if (++cam->ticks % LOOK_EVERY_TICKS == 0) /* hours begin and end, night falls */
        child_order(cam);
    camera_look(cam);
}

void camera_born(struct camera_watch *cam, const struct nursery_news *news, int pidfd)
{
    cam->pid = news->pid;
    cam->pidfd = pidfd;
}

void camera_ended(struct camera_watch *cam, const struct nursery_news *news)
{
    bool no_sandbox =
        WIFEXITED(news->status) && WEXITSTATUS(news->status) == STATUS_NO_SANDBOX;

    if (news->pid == 0)
        child_lost(cam, REASON_NO_PROCESS, false);
    else if (no_sandbox && cam->pid == news->pid)
        child_lost(cam, REASON_NO_SANDBOX, false);
    else if (no_sandbox) /* its link has told already that it is gone */
        health_has_trouble(&cam->health, REASON_NO_SANDBOX, "");
    camera_look(cam);
}

/* ---- its own detection ------------------------------------------------------------- */

static void on_detected(void *arg, enum detected kind, bool on)
{
    struct camera_watch *cam = arg;

    cam->listener->on_detected(cam->arg, kind, on);
}

static void on_detection(void *arg, const struct detection_health *health)
{
    struct camera_watch *cam = arg;

    cam->listener->on_detection(cam->arg, health);
}

static const struct detection_listener detection_listener = {
    .on_detected = on_detected,
    .on_state = on_detection,
};

/* Where the stream is, and nowhere else. */
static void start_detection(struct camera_watch *cam)
{
    const struct camera_settings *camera = cam->camera;
    const struct channel_watch *main = &cam->channels[CHANNEL_MAIN];
    struct detection_setup setup = { .camera = camera->id,
                                     .host = main->address.host,
                                     .port = (uint16_t)cam->kept->onvif.port,
                                     .user = camera->user,
                                     .password = camera->password };

    if (cam->kept->onvif.events && main->has_address)
        cam->detection = detection_start(cam->watch, &setup, &detection_listener, cam);
}

/* ---- life -------------------------------------------------------------------------- */

struct camera_watch *camera_watch_start(struct watch *watch, const struct settings *set,
                                        const struct camera_settings *camera,
                                        const struct camera_listener *listener, void *arg)
{
    struct camera_watch *cam = xcalloc(1, sizeof *cam);

    *cam = (struct camera_watch){ .watch = watch,
                                  .set = settings_ref(set),
                                  .camera = camera,
                                  .motion_set = settings_ref(set),
                                  .kept = camera,
                                  .motion = &camera->motion,
                                  .listener = listener,
                                  .arg = arg,
                                  .link = -1,
                                  .pidfd = -1,
                                  .window_us = clock_mono_us(),
                                  .starting = true };
    ration_begin(&cam->ration, clock_mono_us());
    health_begin(&cam->health);
    cam->again = timer_new(watch->loop, child_bear, cam);
    for (int i = 0; i < CHANNELS; i++)
        channel_open(&cam->channels[i], cam, (enum channel)i);
    start_detection(cam);
    cam->next = watch->cameras;
    watch->cameras = cam;
    cam->starting = false; /* nobody is called before this returns */
    timer_after(cam->again, 0);
    return cam;
}

void camera_watch_stop(struct camera_watch *cam)
{
    if (!cam)
        return;
    struct camera_watch **at = &cam->watch->cameras;
    while (*at != cam)
        at = &(*at)->next;
    *at = cam->next;
    for (int i = 0; i < CHANNELS; i++)
        channel_close(&cam->channels[i]);
    detection_stop(cam->detection);
    child_let_go(cam);
    timer_free(cam->again);
    settings_unref(cam->motion_set);
    settings_unref(cam->set);
    free(cam);
}

static void change_detection(struct camera_watch *cam)
{
    detection_stop(cam->detection);
    cam->detection = NULL;
    start_detection(cam);
}

void camera_watch_keep(struct camera_watch *cam, const struct settings *set,
                       const struct camera_settings *camera)
{
    const struct settings *before = cam->motion_set;
    bool detects_anew = camera->onvif.events != cam->kept->onvif.events ||
                        camera->onvif.port != cam->kept->onvif.port;

    cam->motion_set = settings_ref(set);
    cam->kept = camera;
    cam->motion = &camera->motion;
    if (detects_anew)
        change_detection(cam);
    child_order(cam);
    settings_unref(before);
}

void camera_watch_pause_motion(struct camera_watch *cam, bool paused)
{
    cam->motion_paused = paused; /* the next look tells the child */
}

void camera_watch_want_pictures(struct camera_watch *cam, enum channel channel,
                                bool wanted)
{
    struct channel_watch *ch = &cam->channels[channel];

    if (ch->pictures_wanted == wanted || !ch->url)
        return;
    ch->pictures_wanted = wanted;
    if (cam->link >= 0)
        channel_wants_pictures(ch);
}

void camera_watch_want_debug(struct camera_watch *cam, bool wanted)
{
    cam->debug_wanted = wanted;
    if (cam->link >= 0)
        child_wants_debug(cam);
}

const struct camera_health *camera_watch_health(const struct camera_watch *cam)
{
    return &cam->health.is;
}

const struct detection_health *camera_watch_detection(const struct camera_watch *cam)
{
    return cam->detection ? detection_health(cam->detection) : NULL;
}

void camera_watch_reason(const struct camera_watch *cam, enum language language, char *to,
                         size_t room)
{
    health_sentence(&cam->health, language, to, room);
}

size_t camera_watch_advice(const struct camera_watch *cam,
                           struct camera_advice to[CAMERA_ADVICE_MAX])
{
    return advice_give(cam->camera, &cam->health.is, to);
}

void camera_watch_forget_view(struct camera_watch *cam)
{
    cam->view_memory_size = 0;
    if (cam->link < 0)
        return;
    log_info("the view is learned anew", "camera=%s", cam->camera->id);
    /* As if it had ended: its next process knows nothing of the view. */
    child_lost(cam, "", false);
}
