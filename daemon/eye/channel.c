#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "channel.h"
#include "core/clock.h"
#include "core/memory.h"
#include "cut.h"
#include "measure.h"
#include "session.h"

enum { SUB = 1 };

struct channel {
    const struct channel_listener *listener;
    void *arg;
    struct link *link;
    struct bytes message;
    int number;
    char name[64];           /* "gate" or "gate!sub", for the log */
    struct session *session; /* NULL: there is no such stream, or it cannot be trusted */
    struct cutter *cutter;   /* NULL: there is none */
    struct measure measure;
    int64_t picture_us;
    bool broken; /* kengd was told, or nothing was sent yet */
};

bool url_is_tls(const char *url)
{
    return strncasecmp(url, "rtsps://", 8) == 0;
}

/* ---- what comes, and goes home ----------------------------------------------------- */

static void send_message(struct channel *ch)
{
    link_send(ch->link, &ch->message);
}

static void on_dial(void *arg)
{
    struct channel *ch = arg;

    link_put_empty(&ch->message, WIRE_DIAL, ch->number);
    send_message(ch);
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
    link_put_challenge(&ch->message, ch->number, &out);
    send_message(ch);
}

static void say_state(struct channel *ch, const char *code, const char *detail)
{
    struct camera_trouble trouble = { .code = "" };

    snprintf(trouble.code, sizeof trouble.code, "%s", code);
    snprintf(trouble.detail, sizeof trouble.detail, "%s", detail ? detail : "");
    link_put_trouble(&ch->message, ch->number, &trouble);
    send_message(ch);
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
    ch->listener->on_break(ch->arg, ch->number);
    if (ch->broken)
        return;
    ch->broken = true;
    link_put_empty(&ch->message, WIRE_BROKEN, ch->number);
    send_message(ch);
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
    struct bytes *message = &ch->message;
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
    send_message(ch);
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
    link_send_in_place(ch->link, &h, bytes);
}

static void on_packet(void *arg, const struct packet *packet)
{
    struct channel *ch = arg;

    measure_packet(&ch->measure, packet);
    cut_packet(ch->cutter, packet);
    if (packet->which != TRACK_VIDEO)
        return;
    ch->picture_us = packet->arrived_us;
    ch->listener->on_video(ch->arg, ch->number, packet);
}

static void on_ask_ports(void *arg, int track)
{
    struct channel *ch = arg;
    struct camera_wish wish = { .track = track };

    link_put_wish(&ch->message, WIRE_ASK_PORTS, ch->number, &wish);
    send_message(ch);
}

static void on_ask_sockets(void *arg, const struct session_wish *asked)
{
    struct channel *ch = arg;
    struct camera_wish wish = { .track = asked->track,
                                .rtp = asked->rtp,
                                .rtcp = asked->rtcp };

    _Static_assert(sizeof wish.source == sizeof asked->source, "as long");
    memcpy(wish.source, asked->source, sizeof wish.source);
    link_put_wish(&ch->message, WIRE_ASK_SOCKETS, ch->number, &wish);
    send_message(ch);
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

/* ---- from kengd -------------------------------------------------------------------- */

void channel_dialled(struct channel *ch, int fd)
{
    if (ch->session)
        session_dialled(ch->session, fd);
    else
        close(fd);
}

void channel_login(struct channel *ch, const struct camera_login *login)
{
    const char *value = login->authorization;

    if (ch->session)
        session_login(ch->session, *value ? value : NULL);
}

/* A trouble's code lives on after the message that named it. */
static const char *trouble_word(const char *why)
{
    return strcmp(why, TROUBLE_FOREIGN) == 0 ? TROUBLE_FOREIGN : TROUBLE_NO_UDP;
}

void channel_ports(struct channel *ch, const struct camera_ports *ports)
{
    if (ch->session)
        session_ports(ch->session, ports->track, ports->rtp, trouble_word(ports->why));
}

void channel_socket(struct channel *ch, const struct camera_socket *socket, int fd)
{
    if (ch->session)
        session_socket(ch->session, socket->track, socket->rtcp, fd);
    else
        close(fd);
}

/* ---- facts and life ---------------------------------------------------------------- */

int64_t channel_picture_us(const struct channel *ch)
{
    return ch->picture_us;
}

bool channel_has_stream(const struct channel *ch)
{
    return ch->session != NULL;
}

void channel_measure(struct channel *ch)
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
    link_put_measured(&ch->message, ch->number, &out);
    send_message(ch);
}

struct channel *channel_new(const struct channel_setup *from,
                            const struct channel_listener *listener, void *arg)
{
    const struct camera_orders *orders = from->orders;
    struct channel *ch = xcalloc(1, sizeof *ch);
    struct session_setup setup = { .loop = from->loop,
                                   .url = orders->url[from->number],
                                   .audio = orders->audio,
                                   .transport = (enum session_transport)orders->transport,
                                   .gulp_ms = orders->gulp_ms };

    ch->listener = listener;
    ch->arg = arg;
    ch->link = from->link;
    ch->number = from->number;
    ch->broken = true;
    ch->picture_us = clock_mono_us(); /* it has its time to come */
    if (!*setup.url)
        return ch;
    snprintf(ch->name, sizeof ch->name, "%s%s", orders->camera,
             ch->number == SUB ? "!sub" : "");
    measure_break(&ch->measure);
    ch->cutter = cut_new(ch->name, &cut_listener, ch);
    if (url_is_tls(setup.url)) {
        if (!from->trust)
            return ch;
        setup.trust = from->trust;
    }
    ch->session = session_new(&setup, &session_listener, ch);
    return ch;
}

void channel_start(struct channel *ch)
{
    if (ch->session)
        session_start(ch->session);
}

void channel_leave(struct channel *ch)
{
    session_free(ch->session);
    ch->session = NULL;
}
