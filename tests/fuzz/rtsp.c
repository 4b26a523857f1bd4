/*
 * Bytes from a hostile camera through a whole session. The first byte says how far an
 * honest camera has talked before it turns: nothing, or up to PLAY with H.264 and AAC, or
 * with H.265 and G.711. In what follows, 0xff 0xff cuts between two writes and lets a
 * second pass.
 */
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/memory.h"
#include "session.h"
#include "session/tick.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char h264[] =
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets="
    "Z01AHtkAoC/5cBEAAAMAAQAAAwAyDxYuSA==,aOvDyyA=\nm=audio 0 RTP/AVP 97\n"
    "a=rtpmap:97 MPEG4-GENERIC/16000\na=fmtp:97 config=1408\n";
static const char h265[] =
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\nm=audio 0 RTP/AVP 8\n";

static struct loop *loop;
static struct session *session;
static int camera = -1;
static int dials;
static int64_t now_us;
static int64_t last_dts[TRACKS];
static uint32_t last_run;

static int64_t clock_us(void)
{
    return now_us;
}

static void on_dial(void *arg)
{
    int pair[2];

    if (camera >= 0)
        close(camera);
    camera = -1;
    if (dials++ > 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return;
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    camera = pair[1];
    session_dialled(session, pair[0]);
}

static void on_challenge(void *arg, const struct challenge *c)
{
    assert(strlen(c->nonce) < sizeof c->nonce && strlen(c->uri) < sizeof c->uri);
    session_login(session, c->stale ? NULL : "Digest x");
}

static void on_tracks(void *arg, const struct track tracks[TRACKS])
{
    assert(tracks[TRACK_VIDEO].codec != CODEC_NONE);
}

static void on_playing(void *arg) {}

/* The length-prefixed units fill the packet exactly, and time only goes on. */
static void on_packet(void *arg, const struct packet *p)
{
    size_t at = 0;

    if (p->run != last_run) {
        assert(p->which == TRACK_VIDEO && p->key && p->run > last_run);
        last_dts[TRACK_VIDEO] = last_dts[TRACK_AUDIO] = INT64_MIN;
        last_run = p->run;
    }
    assert(p->dts > last_dts[p->which] && p->pts >= p->dts && p->size <= AU_MAX);
    last_dts[p->which] = p->dts;
    if (p->which == TRACK_AUDIO)
        return;
    while (at + 4 <= p->size)
        at += 4 + ((size_t)p->bytes[at] << 24 | (size_t)p->bytes[at + 1] << 16 |
                   (size_t)p->bytes[at + 2] << 8 | p->bytes[at + 3]);
    assert(at == p->size && at > 4);
}

static void on_trouble(void *arg, const char *code, const char *detail)
{
    for (; *detail; detail++)
        assert(*detail >= ' ' && *detail < 0x7f);
}

static void on_ask_ports(void *arg, int track)
{
    session_ports(session, track, 5000, "");
}

static void on_ask_sockets(void *arg, const struct session_wish *wish)
{
    assert(strlen(wish->source) < sizeof wish->source);
    session_ports(session, wish->track, 0, "foreign");
}

static void settle(void)
{
    char ignored[4096];

    for (int i = 0; i < 2; i++)
        event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
    while (camera >= 0 && recv(camera, ignored, sizeof ignored, 0) > 0)
        ;
}

static void say(const void *bytes, size_t size)
{
    if (camera >= 0 && size > 0 && send(camera, bytes, size, MSG_NOSIGNAL) < 0)
        assert(errno == EPIPE || errno == EAGAIN || errno == ECONNRESET);
    settle();
}

static void talk_honestly(const char *sdp)
{
    char text[2048];

    snprintf(text, sizeof text,
             "RTSP/1.0 200 OK\r\n\r\nRTSP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s"
             "RTSP/1.0 200 OK\r\nSession: 1\r\n\r\nRTSP/1.0 200 OK\r\n\r\n"
             "RTSP/1.0 200 OK\r\n\r\n",
             strlen(sdp), sdp);
    say(text, strlen(text));
}

static void turn(const uint8_t *bytes, size_t size)
{
    static const uint8_t cut[] = { 0xff, 0xff };

    for (int cuts = 0; cuts < 64 && size > 0; cuts++) {
        const uint8_t *end = memmem(bytes, size, cut, sizeof cut);
        size_t piece = end ? (size_t)(end - bytes) : size;

        say(bytes, piece);
        piece += end ? sizeof cut : 0;
        bytes += piece;
        size -= piece;
        now_us += SECONDS_US(1);
        session_tick(session);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct clock_source clock = { clock_us, clock_us, NULL };
    static const struct session_listener listener = {
        on_dial,   on_challenge, on_tracks,    on_playing,
        on_packet, on_trouble,   on_ask_ports, on_ask_sockets,
    };
    struct session_setup setup = { .url = "rtsp://h/live", .audio = true };

    if (size < 1)
        return 0;
    clock_use(&clock);
    now_us = SECONDS_US(1000);
    dials = 0;
    last_run = 0;
    if (!loop)
        loop = loop_new();
    setup.loop = loop;
    setup.transport = bytes[0] & 0x40 ? SESSION_UDP : SESSION_AUTO;
    setup.gulp_ms = bytes[0] & 0x80 ? 100 : 0;
    session = session_new(&setup, &listener, NULL);
    session_start(session);
    if ((bytes[0] & 3) > 0)
        talk_honestly((bytes[0] & 3) == 1 ? h264 : h265);
    turn(bytes + 1, size - 1);
    session_free(session);
    if (camera >= 0)
        close(camera);
    camera = -1;
    return 0;
}
