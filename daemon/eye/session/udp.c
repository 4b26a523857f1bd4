#include <unistd.h>

#include "core/clock.h"
#include "private.h"

static void on_rtp(void *arg, int which, const uint8_t *bytes, size_t size, int64_t us)
{
    struct session *s = arg;

    if (s->stage < STAGE_PLAY || !s->set_up[which])
        return;
    session_enter(s);
    s->counts.bytes += (int64_t)size;
    session_rtp(s, which, bytes, size, us);
    session_leave(s);
}

static void on_rtcp(void *arg, int which, const uint8_t *bytes, size_t size)
{
    struct session *s = arg;

    if (s->stage >= STAGE_PLAY && s->set_up[which])
        intake_rtcp(s->intake, which, bytes, size);
}

struct datagrams *session_new_datagrams(struct session *s)
{
    static const struct datagrams_listener hears = { on_rtp, on_rtcp };

    return datagrams_new(s->loop, &hears, s);
}

bool session_change_way(struct session *s)
{
    if (s->transport != SESSION_AUTO || s->changed_way)
        return false;
    s->changed_way = true;
    s->udp = !s->udp;
    return true;
}

static bool is_asked_for(const struct session *s, int track)
{
    return s->stage == (track == TRACK_VIDEO ? STAGE_SETUP_VIDEO : STAGE_SETUP_AUDIO);
}

static void wait_for_answer(struct session *s)
{
    s->due_us = clock_mono_us() + STAGE_US;
    session_set_timer(s);
}

void session_ask_ports(struct session *s, int track)
{
    s->request = (struct request){ .method = "SETUP" };
    s->waits_for_ports = true;
    wait_for_answer(s);
    s->listener.on_ask_ports(s->arg, track);
}

void session_ask_sockets(struct session *s, int track, const struct rtsp_transport *t)
{
    struct session_wish wish = { .track = track,
                                 .rtp = t->server_rtp,
                                 .rtcp = t->server_rtcp };

    span_show(t->source, wish.source, sizeof wish.source);
    s->waits_for_sockets = true;
    wait_for_answer(s);
    s->listener.on_ask_sockets(s->arg, &wish);
}

void session_ports(struct session *s, int track, int rtp, const char *code)
{
    if (!is_asked_for(s, track) || (!s->waits_for_ports && !s->waits_for_sockets))
        return;
    session_enter(s);
    if (rtp <= 0) {
        session_trouble(s, code, "no UDP sockets are given");
    } else if (s->waits_for_ports) {
        s->waits_for_ports = false;
        session_set_up(s, track, rtp);
    }
    session_leave(s);
}

void session_socket(struct session *s, int track, bool rtcp, int fd)
{
    if (!is_asked_for(s, track) || !s->waits_for_sockets) {
        close(fd);
        return;
    }
    session_enter(s);
    if (datagrams_add(s->datagrams, track, rtcp, fd, s->sdp.tracks[track].track.clock)) {
        s->waits_for_sockets = false;
        session_is_set_up(s, track);
    }
    session_leave(s);
}
