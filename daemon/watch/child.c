#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "inside.h"
#include "watch/orders.h"
#include "wire/debug_link.h"
#include "wire/pass_fd.h"

/* One that lived so long is replaced at once. */
#define STEADY_US SECONDS_US(10)

/* SO_RCVLOWAT of the camera's socket follows this much of what comes: fewer, larger
 * reads. */
enum { GULP_MS = 100 };

/* Messages read before the loop turns to others. */
enum { TURN = 16 };

enum { JPEG_MAX = 1 << 20, INIT_MAX = 64 << 10 };

/* ---- its end ---------------------------------------------------------------------- */

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
void child_let_go(struct camera_watch *cam)
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
void child_lost(struct camera_watch *cam, const char *code, bool kill_it)
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
    child_let_go(cam);
    for (int i = 0; i < CHANNELS; i++)
        channel_lost(&cam->channels[i]);
    health_broke_off(&cam->health);
    health_sees(&cam->health, NULL); /* its next process will tell */
    health_has_trouble(&cam->health, code, "");
    camera_look(cam);
    timer_after(cam->again, wait_us);
}

/* ---- what it is told --------------------------------------------------------------- */

static void motion_orders_now(const struct camera_watch *cam, struct motion_orders *to)
{
    motion_orders_at(cam->motion_set, cam->motion, clock_wall_us(), to);
    to->detect = to->detect && !cam->motion_paused;
}

void child_order(struct camera_watch *cam)
{
    struct motion_orders orders;
    struct bytes message = { 0 };

    motion_orders_now(cam, &orders);
    if (cam->link < 0 || !memcmp(&orders, &cam->told, sizeof orders))
        return;
    cam->told = orders;
    link_put_motion_orders(&message, &orders);
    child_send(cam, &message, -1);
    bytes_free(&message);
    log_info("motion looks by other settings",
             "camera=%s on=%d sensitivity=%d zones=%d masks=%d", cam->camera->id,
             orders.detect, orders.sensitivity, orders.zone_count, orders.mask_count);
}

static void copy_view(const struct camera_watch *cam, struct camera_view_orders *to)
{
    const struct view_settings *view = &cam->camera->view;

    to->on = view->on;
    to->frozen_s = (int)(view->frozen_us / SECONDS_US(1));
    to->covered_s = (int)(view->covered_us / SECONDS_US(1));
    memcpy(to->memory, cam->view_memory, cam->view_memory_size);
    to->memory_size = cam->view_memory_size;
}

static void send_orders(struct camera_watch *cam)
{
    static const int transports[] = { [TRANSPORT_AUTO] = CAMERA_AUTO,
                                      [TRANSPORT_TCP] = CAMERA_TCP,
                                      [TRANSPORT_UDP] = CAMERA_UDP };
    const struct camera_settings *camera = cam->camera;
    struct camera_orders orders = { .audio = camera->audio,
                                    .transport = transports[camera->transport],
                                    .sandbox = camera->sandbox,
                                    .gulp_ms = GULP_MS };
    struct bytes message = { 0 };

    motion_orders_now(cam, &cam->told);
    orders.motion = cam->told;
    copy_view(cam, &orders.view);
    snprintf(orders.camera, sizeof orders.camera, "%s", camera->id);
    snprintf(orders.tls_fingerprint, sizeof orders.tls_fingerprint, "%s",
             camera->tls.fingerprint ? camera->tls.fingerprint : "");
    snprintf(orders.tls_ca, sizeof orders.tls_ca, "%s",
             camera->tls.ca ? camera->tls.ca : "");
    for (int i = 0; i < CHANNELS; i++)
        if (cam->channels[i].url)
            snprintf(orders.url[i], sizeof orders.url[i], "%s", cam->channels[i].url);
    link_put_orders(&message, &orders);
    child_send(cam, &message, -1);
    for (int i = 0; i < CHANNELS; i++)
        if (cam->channels[i].pictures_wanted)
            channel_wants_pictures(&cam->channels[i]);
    if (cam->debug_wanted)
        child_wants_debug(cam);
    bytes_free(&message);
}

void child_wants_debug(struct camera_watch *cam)
{
    struct bytes message = { 0 };

    link_put_debug_wanted(&message, cam->debug_wanted);
    child_send(cam, &message, -1);
    bytes_free(&message);
}

void child_send(struct camera_watch *cam, struct bytes *message, int fd)
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

/* NULL: it is within its rations. */
static bool is_granted(struct camera_watch *cam, const char *too_much)
{
    if (!too_much)
        return true;
    cam->refused = REASON_FLOODS;
    cam->too_much = too_much;
    return false;
}

bool child_grants(struct camera_watch *cam, enum ration_kind kind)
{
    return is_granted(cam, ration_take(&cam->ration, kind, 1, clock_mono_us()));
}

static uint8_t *on_room(void *arg, const struct wire_header *h)
{
    struct camera_watch *cam = arg;
    struct channel_watch *ch = h->channel < CHANNELS ? &cam->channels[h->channel] : NULL;

    if (!ch || !ch->url ||
        !is_granted(cam, ration_message(&cam->ration, h, clock_mono_us())))
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
    case WIRE_DEBUG:
        if (h->size > LINK_DEBUG_MAX)
            return NULL;
        cam->picture = picture_new(h->size);
        return cam->picture->bytes;
    case WIRE_INIT:
    case WIRE_CHALLENGE:
    case WIRE_STATE:
    case WIRE_MEASURED:
    case WIRE_MOTION:
    case WIRE_VIEW:
    case WIRE_ACTIVITY:
    case WIRE_ASK_PORTS:
    case WIRE_ASK_SOCKETS:
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
    case WIRE_DEBUG:
        return take_debug(ch, h);
    case WIRE_MOTION:
        return take_motion(ch, body, h->size);
    case WIRE_VIEW:
        return take_view(ch, body, h->size);
    case WIRE_ACTIVITY:
        return take_activity(ch, h, body);
    case WIRE_CHALLENGE:
        return channel_challenged(ch, body, h->size);
    case WIRE_STATE:
        return channel_state(ch, body, h->size);
    case WIRE_MEASURED:
        return channel_measured(ch, body, h->size);
    case WIRE_ASK_PORTS:
        return channel_asks_ports(ch, body, h->size);
    case WIRE_ASK_SOCKETS:
        return channel_asks_sockets(ch, body, h->size);
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
    taken = body ? take(cam, h, body)
                 : is_granted(cam, ration_message(&cam->ration, h, cam->heard_us)) &&
                       take_empty(cam, h);
    free(cam->bytes);
    cam->bytes = NULL;
    return taken;
}

static const struct wire_taker taker = { .room = on_room, .take = on_take };

/* It says what no keng-camera says: a camera, or somebody behind one, has taken it over.
 * One line a process, and those are seldom: each waits longer for the next. */
static void log_lie(const struct camera_watch *cam)
{
    const struct wire_header *h = &cam->reader.head;

    log_error("security: camera process lies and is ended",
              "camera=%s pid=%d with='%s' kind=%d channel=%d size=%u", cam->camera->id,
              (int)cam->pid, cam->refused ? cam->too_much : "a message that cannot be",
              h->kind, h->channel, h->size);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct camera_watch *cam = arg;

    switch (wire_reader_read(&cam->reader, fd, TURN)) {
    case WIRE_MORE:
        return;
    case WIRE_ENDED:
        child_lost(cam, REASON_CRASHED, false);
        return;
    case WIRE_REFUSED:
        log_lie(cam);
        child_lost(cam, cam->refused ? cam->refused : REASON_CRASHED, true);
        return;
    }
}

/* ---- its birth --------------------------------------------------------------------- */

void child_bear(void *arg)
{
    struct camera_watch *cam = arg;
    int pair[2];

    if (cam->link >= 0)
        return;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        health_has_trouble(&cam->health, REASON_MACHINE, strerrordesc_np(errno));
        timer_after(cam->again, SECONDS_US(1));
        return;
    }
    bool asked =
        nursery_ask(cam->watch->nursery, NURSERY_CAMERA, cam->camera->id, pair[1]);
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
    cam->refused = NULL;
    wire_reader_start(&cam->reader, &taker, cam);
    cam->readable = event_new(loop_base(cam->watch->loop), cam->link,
                              EV_READ | EV_PERSIST, on_readable, cam);
    event_add(cam->readable, NULL);
    send_orders(cam);
}
