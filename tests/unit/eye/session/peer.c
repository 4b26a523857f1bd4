#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"
#include "sets.h"

/* ---- clock ---- */

int64_t test_mono_us, test_wall_us;

static int64_t mono_us(void)
{
    return test_mono_us;
}

static int64_t wall_us(void)
{
    return test_wall_us;
}

static bool is_synchronised(void)
{
    return true;
}

void clock_begin(void)
{
    static const struct clock_source source = { wall_us, mono_us, is_synchronised };

    test_mono_us = SECONDS_US(1000);
    test_wall_us = SECONDS_US(1900000000);
    clock_use(&source);
}

/* ---- RTP ---- */

void rtp_write(struct bytes *to, int channel, const struct rtp *rtp, const void *payload,
               size_t size)
{
    size_t whole = 12 + size;
    uint8_t frame[4] = { '$', (uint8_t)channel, (uint8_t)(whole >> 8), (uint8_t)whole };
    uint8_t head[12] = { 0x80,
                         (uint8_t)(rtp->marker << 7 | rtp->type),
                         (uint8_t)(rtp->sequence >> 8),
                         (uint8_t)rtp->sequence,
                         (uint8_t)(rtp->time >> 24),
                         (uint8_t)(rtp->time >> 16),
                         (uint8_t)(rtp->time >> 8),
                         (uint8_t)rtp->time,
                         (uint8_t)(rtp->ssrc >> 24),
                         (uint8_t)(rtp->ssrc >> 16),
                         (uint8_t)(rtp->ssrc >> 8),
                         (uint8_t)rtp->ssrc };

    if (channel >= 0)
        bytes_add(to, frame, sizeof frame);
    bytes_add(to, head, sizeof head);
    bytes_add(to, payload, size);
}

/* ---- what was heard ---- */

void heard_packet(struct heard *h, const struct packet *packet)
{
    struct heard_packet *p = &h->packets[h->count++];

    assert_true(h->count < HEARD_MAX);
    p->which = packet->which;
    p->run = packet->run;
    p->pts = packet->pts;
    p->dts = packet->dts;
    p->wall_us = packet->wall_us;
    p->key = packet->key;
    p->damaged = packet->damaged;
    p->version = packet->track->version;
    p->size = packet->size;
    memcpy(p->first, packet->bytes,
           packet->size < sizeof p->first ? packet->size : sizeof p->first);
}

static void on_dial(void *arg)
{
    struct peer *p = arg;
    int pair[2];

    p->dials++;
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    if (!p->dials_answered)
        return;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
    p->fd = pair[1];
    p->request[0] = 0;
    session_dialled(p->session, pair[0]);
}

static void on_challenge(void *arg, const struct challenge *c)
{
    struct peer *p = arg;

    p->challenges++;
    p->challenge = *c;
    if (p->logins_answered)
        session_login(p->session, p->authorization);
}

static void on_tracks(void *arg, const struct track tracks[TRACKS])
{
    struct peer *p = arg;

    p->tracks_told++;
    memcpy(p->tracks, tracks, sizeof p->tracks);
}

static void on_playing(void *arg)
{
    struct peer *p = arg;

    p->playing++;
}

static void on_packet(void *arg, const struct packet *packet)
{
    struct peer *p = arg;

    heard_packet(&p->heard, packet);
}

static void on_trouble(void *arg, const char *code, const char *detail)
{
    struct peer *p = arg;

    p->troubles++;
    snprintf(p->trouble, sizeof p->trouble, "%s", code);
    snprintf(p->detail, sizeof p->detail, "%s", detail);
}

static void on_ask_ports(void *arg, int track)
{
    struct peer *p = arg;

    p->asked_ports[track]++;
}

static void on_ask_sockets(void *arg, const struct session_wish *wish)
{
    struct peer *p = arg;

    p->asked_sockets[wish->track]++;
    p->wish = *wish;
}

/* ---- a session and its camera ---- */

struct peer *peer_new_by(const char *url, bool audio, enum session_transport transport)
{
    static const struct session_listener listener = {
        on_dial,   on_challenge, on_tracks,    on_playing,
        on_packet, on_trouble,   on_ask_ports, on_ask_sockets,
    };
    struct peer *p = xcalloc(1, sizeof *p);
    struct session_setup setup = { .url = url, .audio = audio, .transport = transport };

    clock_begin();
    p->fd = -1;
    p->dials_answered = p->logins_answered = true;
    p->loop = setup.loop = loop_new();
    p->session = session_new(&setup, &listener, p);
    session_start(p->session);
    peer_settle(p);
    return p;
}

struct peer *peer_new(const char *url, bool audio)
{
    return peer_new_by(url, audio, SESSION_TCP);
}

void peer_free(struct peer *p)
{
    session_free(p->session);
    loop_free(p->loop);
    if (p->fd >= 0)
        close(p->fd);
    clock_use(NULL);
    free(p);
}

void peer_settle(struct peer *p)
{
    for (int i = 0; i < 6; i++)
        event_base_loop(loop_base(p->loop), EVLOOP_NONBLOCK);
}

const char *peer_reads(struct peer *p)
{
    ssize_t got;

    peer_settle(p);
    got = p->fd >= 0 ? recv(p->fd, p->request, sizeof p->request - 1, 0) : 0;
    p->request[got > 0 ? got : 0] = 0;
    return p->request;
}

void peer_sends(struct peer *p, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    while (size > 0 && p->fd >= 0) {
        ssize_t sent = send(p->fd, at, size, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return; /* the session has hung up */
        if (sent > 0) {
            at += sent;
            size -= (size_t)sent;
        }
        peer_settle(p);
    }
}

void peer_says(struct peer *p, const char *text)
{
    peer_sends(p, text, strlen(text));
}

void peer_answers(struct peer *p, const char *headers, const char *body)
{
    struct bytes out = { 0 };

    bytes_format(&out, "RTSP/1.0 200 OK\r\nCSeq: 1\r\n%s", headers);
    if (body[0])
        bytes_format(&out, "Content-Length: %zu\r\n", strlen(body));
    bytes_format(&out, "\r\n%s", body);
    peer_sends(p, out.at, out.size);
    bytes_free(&out);
}

void peer_waits(struct peer *p, int64_t us)
{
    test_mono_us += us;
    test_wall_us += us;
    session_tick(p->session);
    peer_settle(p);
}

const char peer_sdp[] =
    "v=0\r\ns=x\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\n"
    "a=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=" SPS_MAIN "," PPS
    "\r\na=control:track1\r\nm=audio 0 RTP/AVP 8\r\n"
    "a=control:track2\r\n";

void peer_plays(struct peer *p)
{
    peer_answers(p, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n",
                 "");
    peer_answers(p, "Content-Base: rtsp://h/live/\r\n", peer_sdp);
    peer_answers(p,
                 "Session: 4711;timeout=40\r\n"
                 "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=1\r\n",
                 "");
    if (strstr(peer_reads(p), "SETUP rtsp://h/live/track2"))
        peer_answers(p, "Session: 4711\r\nTransport: RTP/AVP/TCP;interleaved=2-3;ssrc=5\r\n",
                     "");
    peer_answers(p, "", "");
}

void peer_sends_picture(struct peer *p, int frame, bool key)
{
    uint8_t nal[8] = { key ? 0x65 : 0x41, 0x88, (uint8_t)frame };
    struct rtp rtp = { .sequence = (uint16_t)frame,
                       .time = (uint32_t)frame * 6000,
                       .ssrc = 1,
                       .marker = true,
                       .type = 96 };
    struct bytes out = { 0 };

    rtp_write(&out, 0, &rtp, nal, sizeof nal);
    peer_sends(p, out.at, out.size);
    bytes_free(&out);
}
