#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "camera.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "cut.h"
#include "link.h"
#include "measure.h"
#include "motion.h"
#include "orders.h"
#include "sandbox.h"
#include "session.h"
#include "session/tls.h"
#include "wire/debug_link.h"

/* kengd lets a process go that says nothing for 10 s. */
#define MEASURE_US SECONDS_US(5)

/* The detector looks at the main stream when the sub-stream is away for so long. */
#define SUB_AWAY_US SECONDS_US(10)

enum { MAIN, SUB };

struct channel {
    struct camera *camera;
    int number;
    char name[64];           /* "gate" or "gate!sub", for the log */
    struct session *session; /* NULL: there is no such channel */
    struct cutter *cutter;
    struct measure measure;
    int64_t picture_us; /* monotonic, the last one's arrival */
    bool broken;        /* kengd was told, or nothing was sent yet */
    bool pictures_wanted;
};

struct camera {
    struct loop *loop;
    struct camera_orders orders;
    struct link *link;
    struct bytes message;
    struct channel channels[LINK_CHANNELS];
    struct timer *measure;
    struct motion *motion;
    struct tls_trust *trust; /* NULL: no channel is of RTSPS */
    int looked_at; /* the channel that the detector is fed from */
};

/* ---- channel: session -> cut -> link ----------------------------------------------- */

static void send_message(struct camera *cam)
{
    link_send(cam->link, &cam->message);
}

static void on_dial(void *arg)
{
    struct channel *ch = arg;

    link_put_empty(&ch->camera->message, WIRE_DIAL, ch->number);
    send_message(ch->camera);
}

static void on_challenge(void *arg, const struct challenge *c)
{
    struct channel *ch = arg;
    struct camera_challenge out = { .digest = c->digest, .stale = c->stale };

    snprintf(out.realm, sizeof out.realm, "%s", c->realm);
    snprintf(out.nonce, sizeof out.nonce, "%s", c->nonce);
    snprintf(out.opaque, sizeof out.opaque, "%s", c->opaque);
    snprintf(out.qop, sizeof out.qop, "%s", c->qop);
    snprintf(out.algorithm, sizeof out.algorithm, "%s", c->algorithm);
    snprintf(out.method, sizeof out.method, "%s", c->method);
    snprintf(out.uri, sizeof out.uri, "%s", c->uri);
    link_put_challenge(&ch->camera->message, ch->number, &out);
    send_message(ch->camera);
}

static void say_state(struct channel *ch, const char *code, const char *detail)
{
    struct camera_trouble trouble = { .code = "" };

    snprintf(trouble.code, sizeof trouble.code, "%s", code);
    snprintf(trouble.detail, sizeof trouble.detail, "%s", detail ? detail : "");
    link_put_trouble(&ch->camera->message, ch->number, &trouble);
    send_message(ch->camera);
}

static void on_tracks(void *arg, const struct track tracks[TRACKS])
{
    struct channel *ch = arg;

    ch->measure.codec = tracks[TRACK_VIDEO].codec;
    cut_expect_sound(ch->cutter, &tracks[TRACK_AUDIO]);
}

static void on_playing(void *arg)
{
    say_state(arg, "playing", "");
}

/* The stream has broken off: what was received is sent, then that there is no more. */
static void break_off(struct channel *ch)
{
    cut_end_run(ch->cutter);
    measure_break(&ch->measure);
    if (ch->camera->looked_at == ch->number)
        motion_break(ch->camera->motion);
    if (ch->broken)
        return;
    ch->broken = true;
    link_put_empty(&ch->camera->message, WIRE_BROKEN, ch->number);
    send_message(ch->camera);
}

static void on_trouble(void *arg, const char *code, const char *detail)
{
    struct channel *ch = arg;

    break_off(ch);
    say_state(ch, code, detail);
}

static void on_init(void *arg, const char *codecs, const uint8_t *bytes, size_t size,
                    int64_t run_wall_us)
{
    struct channel *ch = arg;
    struct bytes *message = &ch->camera->message;
    uint8_t length = (uint8_t)strlen(codecs);
    struct wire_header h = { .size = (uint32_t)(1 + length + size),
                             .kind = WIRE_INIT,
                             .channel = (uint16_t)ch->number,
                             .time_us = run_wall_us };

    wire_write_header(bytes_reserve(message, WIRE_HEADER), &h);
    message->size += WIRE_HEADER;
    bytes_add(message, &length, 1);
    bytes_add(message, codecs, length);
    bytes_add(message, bytes, size);
    send_message(ch->camera);
    ch->broken = false;
}

static void on_fragment(void *arg, uint8_t *bytes, size_t size, int64_t first_wall_us,
                        bool keyframe, bool damaged)
{
    struct channel *ch = arg;
    struct wire_header h = { .size = (uint32_t)size,
                             .kind = WIRE_FRAGMENT,
                             .flags = (uint8_t)((keyframe ? WIRE_KEY : 0) |
                                                (damaged ? WIRE_DAMAGED : 0)),
                             .channel = (uint16_t)ch->number,
                             .time_us = first_wall_us };

    _Static_assert((int)CUT_HEADROOM >= (int)WIRE_HEADER,
                   "a header fits before a fragment");
    link_send_in_place(ch->camera->link, &h, bytes);
}

/* ---- motion ------------------------------------------------------------------------ */

/* The sub-stream is cheaper to decode, but a detector that sees nothing is worse. */
static void choose_channel(struct camera *cam, const struct channel *ch,
                           const struct packet *packet)
{
    const struct channel *sub = &cam->channels[SUB];
    int wanted = cam->looked_at;

    if (!packet->key || !sub->session || cam->looked_at == ch->number)
        return;
    if (ch->number == SUB)
        wanted = SUB;
    else if (packet->arrived_us - sub->picture_us > SUB_AWAY_US)
        wanted = MAIN;
    if (wanted == cam->looked_at)
        return;
    if (cam->orders.motion.detect)
        log_info("motion looks at another stream", "camera=%s stream=%s", cam->orders.camera,
                 wanted == SUB ? "sub" : "main");
    cam->looked_at = wanted;
    motion_break(cam->motion);
}

static void on_packet(void *arg, const struct packet *packet)
{
    struct channel *ch = arg;
    struct camera *cam = ch->camera;

    measure_packet(&ch->measure, packet);
    cut_packet(ch->cutter, packet);
    if (packet->which != TRACK_VIDEO)
        return;
    ch->picture_us = packet->arrived_us;
    choose_channel(cam, ch, packet);
    if (cam->looked_at == ch->number)
        motion_feed(cam->motion, packet);
}

static void on_ask_ports(void *arg, int track)
{
    struct channel *ch = arg;
    struct camera_wish wish = { .track = track };

    link_put_wish(&ch->camera->message, WIRE_ASK_PORTS, ch->number, &wish);
    send_message(ch->camera);
}

static void on_ask_sockets(void *arg, const struct session_wish *asked)
{
    struct channel *ch = arg;
    struct camera_wish wish = { .track = asked->track,
                                .rtp = asked->rtp,
                                .rtcp = asked->rtcp };

    _Static_assert(sizeof wish.source == sizeof asked->source, "as long");
    memcpy(wish.source, asked->source, sizeof wish.source);
    link_put_wish(&ch->camera->message, WIRE_ASK_SOCKETS, ch->number, &wish);
    send_message(ch->camera);
}

static const struct session_listener session_listener = {
    .on_dial = on_dial,
    .on_challenge = on_challenge,
    .on_tracks = on_tracks,
    .on_playing = on_playing,
    .on_packet = on_packet,
    .on_trouble = on_trouble,
    .on_ask_ports = on_ask_ports,
    .on_ask_sockets = on_ask_sockets,
};
static const struct cut_listener cut_listener = { .on_init = on_init,
                                                  .on_fragment = on_fragment };

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
        if (cam->channels[i].pictures_wanted)
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

static void measure_channel(struct camera *cam, struct channel *ch)
{
    const struct session_counts *counts = session_counts(ch->session);
    struct camera_measured out = { .gop_s = ch->measure.gop_s,
                                   .lost_packets = counts->lost_packets,
                                   .damaged_frames = counts->damaged_frames };
    struct session_facts said;
    struct cut_facts facts;

    measure_take(&ch->measure, clock_mono_us(), &out.fps, &out.bits_per_s);
    cut_facts(ch->cutter, &facts);
    snprintf(out.codec, sizeof out.codec, "%s", codec_word(ch->measure.codec));
    snprintf(out.audio, sizeof out.audio, "%s", facts.audio);
    session_facts(ch->session, &said);
    out.declared_fps = said.declared_fps;
    out.clock_known = said.clock_known;
    out.clock_ahead_ms = said.clock_ahead_us / 1000;
    out.reorder = said.reorder;
    snprintf(out.audio_refused, sizeof out.audio_refused, "%s", said.audio_refused);
    out.width = facts.width;
    out.height = facts.height;
    link_put_measured(&cam->message, ch->number, &out);
    send_message(cam);
}

static void on_measure(void *arg)
{
    struct camera *cam = arg;

    for (int i = 0; i < LINK_CHANNELS; i++)
        if (cam->channels[i].session)
            measure_channel(cam, &cam->channels[i]);
    if (!cam->channels[MAIN].session) { /* it is alive all the same */
        link_put_empty(&cam->message, WIRE_PING, MAIN);
        send_message(cam);
    }
}

/* ---- from kengd -------------------------------------------------------------------- */

static void on_dialled(void *arg, int channel, int fd)
{
    struct camera *cam = arg;

    if (cam->channels[channel].session)
        session_dialled(cam->channels[channel].session, fd);
    else
        close(fd);
}

static void on_login(void *arg, int channel, const struct camera_login *login)
{
    struct camera *cam = arg;
    const char *value = login->authorization;

    if (cam->channels[channel].session)
        session_login(cam->channels[channel].session, *value ? value : NULL);
}

/* A trouble's code lives on after the message that named it. */
static const char *trouble_word(const char *why)
{
    return strcmp(why, TROUBLE_FOREIGN) == 0 ? TROUBLE_FOREIGN : TROUBLE_NO_UDP;
}

static void on_ports(void *arg, int channel, const struct camera_ports *ports)
{
    struct camera *cam = arg;

    if (cam->channels[channel].session)
        session_ports(cam->channels[channel].session, ports->track, ports->rtp,
                      trouble_word(ports->why));
}

static void on_socket(void *arg, int channel, const struct camera_socket *socket, int fd)
{
    struct camera *cam = arg;

    if (cam->channels[channel].session)
        session_socket(cam->channels[channel].session, socket->track, socket->rtcp, fd);
    else
        close(fd);
}

static void on_pictures(void *arg, int channel, bool wanted)
{
    struct camera *cam = arg;
    bool any = false;

    cam->channels[channel].pictures_wanted = wanted;
    for (int i = 0; i < LINK_CHANNELS; i++)
        any |= cam->channels[i].pictures_wanted;
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
        session_free(cam->channels[i].session);
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

static bool url_is_tls(const char *url)
{
    return strncasecmp(url, "rtsps://", 8) == 0;
}

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

static void open_channel(struct camera *cam, int number)
{
    struct channel *ch = &cam->channels[number];
    struct session_setup setup = { .loop = cam->loop,
                                   .url = cam->orders.url[number],
                                   .audio = cam->orders.audio,
                                   .transport =
                                       (enum session_transport)cam->orders.transport,
                                   .gulp_ms = cam->orders.gulp_ms };

    ch->camera = cam;
    ch->number = number;
    ch->broken = true;
    ch->picture_us = clock_mono_us(); /* it has its time to come */
    if (!*setup.url)
        return;
    snprintf(ch->name, sizeof ch->name, "%s%s", cam->orders.camera,
             number == SUB ? "!sub" : "");
    measure_break(&ch->measure);
    ch->cutter = cut_new(ch->name, &cut_listener, ch);
    if (url_is_tls(setup.url)) {
        if (!cam->trust)
            return;
        setup.trust = cam->trust;
    }
    ch->session = session_new(&setup, &session_listener, ch);
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
    open_channel(cam, MAIN);
    open_channel(cam, SUB);
    cam->looked_at = cam->channels[SUB].session ? SUB : MAIN;
    if (cam->orders.sandbox)
        sandbox_shut_files();
    start_motion(cam);
    close_in(cam);
    timer_every(cam->measure, MEASURE_US);
    for (int i = 0; i < LINK_CHANNELS; i++)
        if (cam->channels[i].session)
            session_start(cam->channels[i].session);
    loop_run(cam->loop);
    _exit(END_WELL);
}
