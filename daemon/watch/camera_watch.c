#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "inside.h"
#include "wire/pass_fd.h"

/* A process says something every 5 s, whatever its camera does. */
#define HUNG_US SECONDS_US(10)

/* One that lived so long is replaced at once. */
#define STEADY_US SECONDS_US(10)

/* SO_RCVLOWAT of the camera's socket follows this much of what comes: fewer, larger
 * reads. */
enum { GULP_MS = 100 };

/* Messages read before the loop turns to others. */
enum { TURN = 16 };

enum { JPEG_MAX = 1 << 20, INIT_MAX = 64 << 10 };

/* Reports of motion a second, and in a burst: an event has a few in its whole life. */
enum { MOTIONS_BURST = 20, MOTIONS_A_SECOND = 2 };

/* Log lines a camera may write in a burst, and then one in 10 s: one that flaps fills no
 * disk. */
enum { LOG_BURST = 6, LOG_EVERY_TICKS = 10 };

/* What keng-camera's daemon/eye/link.h calls END_NO_SANDBOX. */
enum { STATUS_NO_SANDBOX = 3 };

/* ---- log and health ---------------------------------------------------------------- */

bool camera_may_log(struct camera_watch *cam)
{
    if (cam->log_lines > 0) {
        cam->log_lines--;
        return true;
    }
    cam->log_left_out++;
    return false;
}

static void log_state(struct camera_watch *cam)
{
    const struct camera_health *is = &cam->health.is;
    int64_t left_out = cam->log_left_out;

    if (!camera_may_log(cam))
        return;
    cam->log_left_out = 0;
    if (is->state == CAMERA_RECORDING)
        log_info("camera records", "camera=%s lines_left_out=%lld", cam->camera->id,
                 (long long)left_out);
    else if (is->state == CAMERA_CONNECTING)
        log_info("camera connects", "camera=%s lines_left_out=%lld", cam->camera->id,
                 (long long)left_out);
    else
        log_warning("camera lost",
                    "camera=%s state=%s code=%s why='%s' lines_left_out=%lld",
                    cam->camera->id, camera_state_word(is->state), is->reason_code,
                    cam->health.detail, (long long)left_out);
}

void camera_look(struct camera_watch *cam)
{
    if (cam->starting || !health_look(&cam->health))
        return;
    log_state(cam);
    cam->listener->on_health(cam->arg, &cam->health.is);
}

/* ---- its process ------------------------------------------------------------------- */

static void forget_message(struct camera_watch *cam)
{
    fragment_unref(cam->fragment);
    picture_unref(cam->picture);
    picture_unref(cam->snapshot);
    free(cam->bytes);
    cam->fragment = NULL;
    cam->picture = cam->snapshot = NULL;
    cam->bytes = NULL;
}

/* Lets go of the process, which ends when it sees its link closed. */
static void let_go(struct camera_watch *cam)
{
    if (cam->readable)
        event_free(cam->readable);
    cam->readable = NULL;
    if (cam->link >= 0)
        close(cam->link);
    cam->link = -1;
    watch_part(cam->watch, cam->pidfd, cam->pid, cam->camera->id);
    cam->pidfd = -1;
    cam->pid = 0;
    forget_message(cam);
}

/* The process is over, or is ended here because of what it did. */
static void process_lost(struct camera_watch *cam, const char *code, bool kill_it)
{
    int64_t now = clock_mono_us();

    if (cam->link < 0)
        return;
    if (kill_it && cam->pidfd >= 0)
        pidfd_send_signal(cam->pidfd, SIGKILL, NULL, 0);
    if (now - cam->born_us > STEADY_US)
        backoff_reset(&cam->births);
    /* The first is replaced at once; if that dies as soon, what kills it is still there.
     */
    int64_t wait_us = cam->births.next_us ? backoff_next(&cam->births) : 0;
    if (!cam->births.next_us)
        cam->births.next_us = SECONDS_US(1);
    let_go(cam);
    for (int i = 0; i < CHANNELS; i++)
        channel_lost(&cam->channels[i]);
    health_broke_off(&cam->health);
    health_has_trouble(&cam->health, code, "");
    camera_look(cam);
    timer_after(cam->again, wait_us);
}

static void copy_polygons(const struct polygon *from, size_t count,
                          struct camera_polygon *to, int *to_count)
{
    *to_count = 0;
    for (size_t i = 0; i < count && i < LINK_POLYGONS; i++) {
        struct camera_polygon *at = &to[(*to_count)++];
        snprintf(at->id, sizeof at->id, "%s", from[i].id);
        for (size_t k = 0; k < from[i].count && k < LINK_POINTS; k++) {
            at->points[k][0] = from[i].points[k].x;
            at->points[k][1] = from[i].points[k].y;
            at->count = (int)k + 1;
        }
    }
}

static void send_orders(struct camera_watch *cam)
{
    const struct camera_settings *camera = cam->camera;
    struct camera_orders orders = { .audio = camera->audio,
                                    .gulp_ms = GULP_MS,
                                    .detect = camera->motion.on,
                                    .sensitivity = camera->motion.sensitivity };
    struct bytes message = { 0 };

    if (orders.sensitivity < 1 || orders.sensitivity > 5)
        orders.sensitivity = 3;
    snprintf(orders.camera, sizeof orders.camera, "%s", camera->id);
    for (int i = 0; i < CHANNELS; i++)
        if (cam->channels[i].url)
            snprintf(orders.url[i], sizeof orders.url[i], "%s", cam->channels[i].url);
    copy_polygons(camera->motion.zones, camera->motion.zone_count, orders.zones,
                  &orders.zone_count);
    copy_polygons(camera->motion.masks, camera->motion.mask_count, orders.masks,
                  &orders.mask_count);
    link_put_orders(&message, &orders);
    camera_send(cam, &message, -1);
    for (int i = 0; i < CHANNELS; i++)
        if (cam->channels[i].pictures_wanted)
            channel_wants_pictures(&cam->channels[i]);
    bytes_free(&message);
}

void camera_send(struct camera_watch *cam, struct bytes *message, int fd)
{
    ssize_t sent = cam->link < 0 ? -1
                                 : pass_fd_send(cam->link, message->at, message->size, fd,
                                                MSG_DONTWAIT);

    /* Its end is seen by the reader; one that takes nothing is ended by the tick. */
    if (cam->link >= 0 && sent != (ssize_t)message->size && errno != EPIPE)
        cam->heard_us = 0;
    message->size = 0;
}

/* ---- what it says ------------------------------------------------------------------ */

static uint8_t *on_room(void *arg, const struct wire_header *h)
{
    struct camera_watch *cam = arg;
    struct channel_watch *ch = h->channel < CHANNELS ? &cam->channels[h->channel] : NULL;

    if (!ch || !ch->url)
        return NULL;
    switch (h->kind) {
    case WIRE_FRAGMENT:
        if (!ch->init)
            return NULL;
        cam->fragment = fragment_new(ch->init, h->size);
        return cam->fragment->bytes;
    case WIRE_JPEG:
        if (h->size > JPEG_MAX)
            return NULL;
        cam->picture = picture_new(h->size);
        return cam->picture->bytes;
    case WIRE_INIT:
    case WIRE_CHALLENGE:
    case WIRE_STATE:
    case WIRE_MEASURED:
    case WIRE_MOTION:
        if (h->size > (h->kind == WIRE_INIT ? INIT_MAX : LINK_SMALL_MAX))
            return NULL;
        cam->bytes = xmalloc(h->size);
        return cam->bytes;
    default:
        return NULL;
    }
}

static bool take(struct camera_watch *cam, const struct wire_header *h,
                 const uint8_t *body)
{
    struct channel_watch *ch = &cam->channels[h->channel];

    switch (h->kind) {
    case WIRE_INIT:
        return take_init(ch, h, body);
    case WIRE_FRAGMENT:
        return take_fragment(ch, h);
    case WIRE_JPEG:
        return take_picture(ch, h);
    case WIRE_MOTION:
        return take_motion(ch, body, h->size);
    case WIRE_CHALLENGE:
        return channel_challenged(ch, body, h->size);
    case WIRE_STATE:
        return channel_state(ch, body, h->size);
    case WIRE_MEASURED:
        return channel_measured(ch, body, h->size);
    default:
        return false;
    }
}

static bool take_empty(struct camera_watch *cam, const struct wire_header *h)
{
    struct channel_watch *ch = &cam->channels[h->channel];

    switch (h->kind) {
    case WIRE_DIAL:
        channel_asks(ch);
        return true;
    case WIRE_BROKEN:
        take_broken(ch);
        return true;
    case WIRE_PING:
        return true;
    default:
        return false;
    }
}

static bool on_take(void *arg, const struct wire_header *h, uint8_t *body)
{
    struct camera_watch *cam = arg;
    bool taken;

    cam->heard_us = clock_mono_us();
    if (h->channel >= CHANNELS || !cam->channels[h->channel].url)
        return false;
    taken = body ? take(cam, h, body) : take_empty(cam, h);
    free(cam->bytes);
    cam->bytes = NULL;
    if (!taken && camera_may_log(cam))
        log_error("camera process is not understood", "camera=%s kind=%d size=%u",
                  cam->camera->id, h->kind, h->size);
    return taken;
}

static const struct wire_taker taker = { .room = on_room, .take = on_take };

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct camera_watch *cam = arg;

    switch (wire_reader_read(&cam->reader, fd, TURN)) {
    case WIRE_MORE:
        return;
    case WIRE_ENDED:
        process_lost(cam, REASON_CRASHED, false);
        return;
    case WIRE_REFUSED:
        process_lost(cam, REASON_CRASHED, true);
        return;
    }
}

/* ---- birth ------------------------------------------------------------------------- */

static void bear(void *arg)
{
    struct camera_watch *cam = arg;
    int pair[2];

    if (cam->link >= 0)
        return;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        health_has_trouble(&cam->health, REASON_MACHINE, strerror(errno));
        timer_after(cam->again, SECONDS_US(1));
        return;
    }
    bool asked = nursery_ask(cam->watch->nursery, cam->camera->id, pair[1]);
    close(pair[1]);
    if (!asked) { /* it is being started again */
        close(pair[0]);
        timer_after(cam->again, SECONDS_US(1));
        return;
    }
    /* Only this end: the process waits in its sends and reads. */
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    cam->link = pair[0];
    cam->born_us = cam->heard_us = clock_mono_us();
    wire_reader_start(&cam->reader, &taker, cam);
    cam->readable = event_new(loop_base(cam->watch->loop), cam->link,
                              EV_READ | EV_PERSIST, on_readable, cam);
    event_add(cam->readable, NULL);
    send_orders(cam);
}

void camera_tick(struct camera_watch *cam, int64_t now_us)
{
    if (cam->link >= 0 && now_us - cam->heard_us > HUNG_US) {
        if (camera_may_log(cam))
            log_error("camera process hangs and is ended", "camera=%s pid=%d",
                      cam->camera->id, (int)cam->pid);
        process_lost(cam, REASON_CRASHED, true);
    }
    if (++cam->ticks % LOG_EVERY_TICKS == 0 && cam->log_lines < LOG_BURST)
        cam->log_lines++;
    cam->motions = cam->motions + MOTIONS_A_SECOND < MOTIONS_BURST
                       ? cam->motions + MOTIONS_A_SECOND
                       : MOTIONS_BURST;
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
        process_lost(cam, REASON_MACHINE, false);
    else if (no_sandbox && cam->pid == news->pid)
        process_lost(cam, REASON_NO_SANDBOX, false);
    else if (no_sandbox) /* its link has told already that it is gone */
        health_has_trouble(&cam->health, REASON_NO_SANDBOX, "");
    camera_look(cam);
}

struct camera_watch *camera_watch_start(struct watch *watch, const struct settings *set,
                                        const struct camera_settings *camera,
                                        const struct camera_listener *listener, void *arg)
{
    struct camera_watch *cam = xcalloc(1, sizeof *cam);

    *cam = (struct camera_watch){ .watch = watch,
                                  .set = settings_ref(set),
                                  .camera = camera,
                                  .listener = listener,
                                  .arg = arg,
                                  .link = -1,
                                  .pidfd = -1,
                                  .log_lines = LOG_BURST,
                                  .motions = MOTIONS_BURST,
                                  .starting = true };
    health_begin(&cam->health);
    cam->again = timer_new(watch->loop, bear, cam);
    for (int i = 0; i < CHANNELS; i++)
        channel_open(&cam->channels[i], cam, (enum channel)i);
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
    let_go(cam);
    timer_free(cam->again);
    settings_unref(cam->set);
    free(cam);
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

const struct camera_health *camera_watch_health(const struct camera_watch *cam)
{
    return &cam->health.is;
}
