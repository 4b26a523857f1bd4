#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "camera.h"
#include "channel.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "link.h"
#include "motion.h"
#include "orders.h"
#include "sandbox.h"
#include "session/tls.h"
#include "wire/debug_link.h"

/* kengd lets a process go that says nothing for 10 s. */
#define MEASURE_US SECONDS_US(5)

/* The detector looks at the main stream when the sub-stream is away for so long. */
#define SUB_AWAY_US SECONDS_US(10)

enum { MAIN, SUB };

struct camera {
    struct loop *loop;
    struct camera_orders orders;
    struct link *link;
    struct bytes message;
    struct channel *channels[LINK_CHANNELS];
    bool pictures_wanted[LINK_CHANNELS];
    struct timer *measure;
    struct motion *motion;
    struct tls_trust *trust; /* NULL: no channel is of RTSPS */
    int looked_at;           /* the channel that the detector is fed from */
};

static void send_message(struct camera *cam)
{
    link_send(cam->link, &cam->message);
}

/* ---- motion ------------------------------------------------------------------------ */

/* The sub-stream is cheaper to decode, but a detector that sees nothing is worse. */
static void choose_channel(struct camera *cam, int number, const struct packet *packet)
{
    const struct channel *sub = cam->channels[SUB];
    int wanted = cam->looked_at;

    if (!packet->key || !channel_has_stream(sub) || cam->looked_at == number)
        return;
    if (number == SUB)
        wanted = SUB;
    else if (packet->arrived_us - channel_picture_us(sub) > SUB_AWAY_US)
        wanted = MAIN;
    if (wanted == cam->looked_at)
        return;
    if (cam->orders.motion.detect)
        log_info("motion looks at another stream", "camera=%s stream=%s",
                 cam->orders.camera, wanted == SUB ? "sub" : "main");
    cam->looked_at = wanted;
    motion_break(cam->motion);
}

static void on_video(void *arg, int number, const struct packet *packet)
{
    struct camera *cam = arg;

    choose_channel(cam, number, packet);
    if (cam->looked_at == number)
        motion_feed(cam->motion, packet);
}

static void on_break(void *arg, int number)
{
    struct camera *cam = arg;

    if (cam->looked_at == number)
        motion_break(cam->motion);
}

static const struct channel_listener channel_listener = { .on_video = on_video,
                                                          .on_break = on_break };

static void send_jpeg(struct camera *cam, int channel, uint8_t flags, int64_t wall_us,
                      const uint8_t *jpeg, size_t size)
{
    struct wire_header h = { .size = (uint32_t)size,
                             .kind = WIRE_JPEG,
                             .flags = flags,
                             .channel = (uint16_t)channel,
                             .time_us = wall_us };

    wire_write_header(bytes_reserve(&cam->message, WIRE_HEADER), &h);
    cam->message.size += WIRE_HEADER;
    bytes_add(&cam->message, jpeg, size);
    send_message(cam);
}

/* What kengd would refuse: it takes no number on trust. */
static float within(float value, float most)
{
    return value > 0 ? value < most ? value : most : 0;
}

static void on_event(void *arg, const struct motion_event *event)
{
    struct camera *cam = arg;
    struct camera_motion out = { .phase = event->phase,
                                 .number = event->number,
                                 .start_us = event->start_us,
                                 .at_us = event->at_us,
                                 .decided_us = event->decided_us,
                                 .score = (int)within((float)event->score, 1000) };

    _Static_assert((int)MOTION_PHASE_MOVED == (int)CAMERA_MOTION_MOVED, "one order");
    if (event->jpeg_size > 0)
        send_jpeg(cam, cam->looked_at, WIRE_SNAPSHOT, event->at_us, event->jpeg,
                  event->jpeg_size);
    for (int i = 0; i < 4; i++)
        out.box[i] = within(event->box[i], 1);
    snprintf(out.zone, sizeof out.zone, "%s", event->zone);
    out.way = event->way;
    link_put_motion(&cam->message, cam->looked_at, &out);
    send_message(cam);
}

/* One picture serves every channel that wants one. */
static void on_picture(void *arg, const uint8_t *jpeg, size_t size, int64_t wall_us,
                       int width, int height)
{
    struct camera *cam = arg;

    for (int i = 0; i < LINK_CHANNELS; i++)
        if (cam->pictures_wanted[i])
            send_jpeg(cam, i, 0, wall_us, jpeg, size);
}

static void on_activity(void *arg, const struct motion_activity *second)
{
    struct camera *cam = arg;

    _Static_assert(sizeof second->cells == LINK_ACTIVITY, "as many cells");
    link_put_activity(&cam->message, cam->looked_at, second->second_us, second->cells);
    send_message(cam);
}

static void on_view(void *arg, enum view_kind kind, const uint8_t *memory, size_t size)
{
    struct camera *cam = arg;
    struct camera_view view = { (int)kind, memory, size };

    _Static_assert((int)VIEW_KINDS == (int)CAMERA_VIEW_KINDS, "one order");
    link_put_view(&cam->message, cam->looked_at, &view);
    send_message(cam);
}

static void on_debug(void *arg, const struct debug_view *view)
{
    struct camera *cam = arg;

    link_put_debug(&cam->message, cam->looked_at, view);
    send_message(cam);
}

static const struct motion_listener motion_listener = { .on_event = on_event,
                                                        .on_picture = on_picture,
                                                        .on_activity = on_activity,
                                                        .on_view = on_view,
                                                        .on_debug = on_debug };

static struct view_setup view_setup(const struct camera_view_orders *view)
{
    struct view_setup set = { .on = view->on,
                              .frozen_us = SECONDS_US(view->frozen_s),
                              .covered_us = SECONDS_US(view->covered_s),
                              .memory_size = view->memory_size };

    _Static_assert(sizeof set.memory == sizeof view->memory, "as long");
    memcpy(set.memory, view->memory, sizeof set.memory);
    return set;
}

static void start_motion(struct camera *cam)
{
    struct motion_setup set = orders_setup(&cam->orders.motion);

    set.view = view_setup(&cam->orders.view);

    cam->motion = motion_start(&set, cam->loop, &motion_listener, cam);
}

static void on_orders(void *arg, const struct motion_orders *orders)
{
    struct camera *cam = arg;
    struct motion_setup set = orders_setup(orders);

    cam->orders.motion = *orders;
    motion_change(cam->motion, &set);
}

/* ---- facts ------------------------------------------------------------------------- */

static void on_measure(void *arg)
{
    struct camera *cam = arg;

    for (int i = 0; i < LINK_CHANNELS; i++)
        if (channel_has_stream(cam->channels[i]))
            channel_measure(cam->channels[i]);
    if (!channel_has_stream(cam->channels[MAIN])) { /* it is alive all the same */
        link_put_empty(&cam->message, WIRE_PING, MAIN);
        send_message(cam);
    }
}

/* ---- from kengd -------------------------------------------------------------------- */

static void on_dialled(void *arg, int channel, int fd)
{
    struct camera *cam = arg;

    channel_dialled(cam->channels[channel], fd);
}

static void on_login(void *arg, int channel, const struct camera_login *login)
{
    struct camera *cam = arg;

    channel_login(cam->channels[channel], login);
}

static void on_ports(void *arg, int channel, const struct camera_ports *ports)
{
    struct camera *cam = arg;

    channel_ports(cam->channels[channel], ports);
}

static void on_socket(void *arg, int channel, const struct camera_socket *socket, int fd)
{
    struct camera *cam = arg;

    channel_socket(cam->channels[channel], socket, fd);
}

static void on_pictures(void *arg, int channel, bool wanted)
{
    struct camera *cam = arg;
    bool any = false;

    cam->pictures_wanted[channel] = wanted;
    for (int i = 0; i < LINK_CHANNELS; i++)
        any |= cam->pictures_wanted[i];
    motion_want_pictures(cam->motion, any);
}

static void on_debug_wanted(void *arg, bool wanted)
{
    struct camera *cam = arg;

    motion_want_debug(cam->motion, wanted);
}

/* Cameras count sessions: each is taken leave of. */
static void on_link_ended(void *arg)
{
    struct camera *cam = arg;

    for (int i = 0; i < LINK_CHANNELS; i++)
        channel_leave(cam->channels[i]);
    _exit(END_WELL);
}

static const struct link_listener link_listener = { .on_dialled = on_dialled,
                                                    .on_login = on_login,
                                                    .on_ports = on_ports,
                                                    .on_socket = on_socket,
                                                    .on_pictures = on_pictures,
                                                    .on_debug_wanted = on_debug_wanted,
                                                    .on_orders = on_orders,
                                                    .on_ended = on_link_ended };

/* ---- birth ------------------------------------------------------------------------- */

/* Read while files can still be; without it nothing can be checked, and so nothing is
 * said to the camera. */
static void read_trust(struct camera *cam)
{
    const struct camera_orders *orders = &cam->orders;
    struct camera_trouble trouble = { .code = "tls_trust" };
    struct error err;

    if (!url_is_tls(orders->url[MAIN]) && !url_is_tls(orders->url[SUB]))
        return;
    cam->trust = tls_trust_new(*orders->tls_fingerprint ? orders->tls_fingerprint : NULL,
                               *orders->tls_ca ? orders->tls_ca : NULL, &err);
    if (cam->trust)
        return;
    snprintf(trouble.detail, sizeof trouble.detail, "%s", err.text);
    for (int i = 0; i < LINK_CHANNELS; i++) {
        if (!url_is_tls(orders->url[i]))
            continue;
        link_put_trouble(&cam->message, i, &trouble);
        send_message(cam);
    }
}

static void open_channels(struct camera *cam)
{
    for (int i = 0; i < LINK_CHANNELS; i++)
        cam->channels[i] = channel_new(&(struct channel_setup){ .loop = cam->loop,
                                                                .link = cam->link,
                                                                .trust = cam->trust,
                                                                .orders = &cam->orders,
                                                                .number = i },
                                       &channel_listener, cam);
    cam->looked_at = channel_has_stream(cam->channels[SUB]) ? SUB : MAIN;
}

/* What ps and top show: the camera, as far as 15 bytes go. */
static void name_process(const char *camera)
{
    char name[16];

    snprintf(name, sizeof name, "cam-%s", camera);
    prctl(PR_SET_NAME, name);
}

static void close_in(const struct camera *cam)
{
    const char *camera = cam->orders.camera;
    struct error err;

    if (!cam->orders.sandbox) {
        sandbox_limit();
        log_error("CAMERA PROCESS RUNS WITHOUT ITS SANDBOX, as the configuration says",
                  "camera=%s mend='take sandbox: off away'", camera);
    } else if (!sandbox_close(&err)) {
        log_error("camera process refuses to run outside its sandbox",
                  "camera=%s why='%s'", camera, err.text);
        _exit(END_NO_SANDBOX);
    }
}

_Noreturn void camera_run(int link)
{
    struct camera *cam = xcalloc(1, sizeof *cam);
    struct error err;

    av_log_set_level(AV_LOG_QUIET); /* what a camera's bytes make it say is no news */
    sandbox_prepare();
    if (!link_read_start(link, &cam->orders, &err)) {
        log_error("camera process cannot start", "why='%s'", err.text);
        _exit(END_BAD_ORDERS);
    }
    name_process(cam->orders.camera);
    cam->loop = loop_new();
    cam->link = link_new(link, cam->loop, &link_listener, cam);
    cam->measure = timer_new(cam->loop, on_measure, cam);
    read_trust(cam);
    open_channels(cam);
    if (cam->orders.sandbox)
        sandbox_shut_files();
    start_motion(cam);
    close_in(cam);
    timer_every(cam->measure, MEASURE_US);
    for (int i = 0; i < LINK_CHANNELS; i++)
        channel_start(cam->channels[i]);
    loop_run(cam->loop);
    _exit(END_WELL);
}
