#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "private.h"

enum { LEAVE_US = 1000000 };

static void transmit(struct session *s, const char *authorization)
{
    struct request *r = &s->request;
    struct bytes out = { 0 };

    struct rtsp_request whole = {
        .method = r->method,
        .uri = r->uri,
        .cseq = ++s->cseq,
        .session = s->id,
        .authorization = authorization,
        .extra = r->extra,
    };

    r->is_signed = authorization != NULL;
    r->waits_for_answer = true;
    rtsp_write(&out, &whole);
    if (!connection_send(s->connection, out.at, out.size))
        session_trouble(s, TROUBLE_SILENT, "it does not read what is sent");
    bytes_free(&out);
    if (s->stage == STAGE_PLAYING)
        return;
    s->due_us = clock_mono_us() + STAGE_US;
    session_set_timer(s);
}

void session_send_request(struct session *s)
{
    struct request *r = &s->request;
    struct challenge *c = &s->challenge;

    r->waits_for_login = r->waits_for_answer = false;
    if (!s->has_challenge || s->no_more_logins) {
        transmit(s, NULL);
        return;
    }
    snprintf(c->method, sizeof c->method, "%s", r->method);
    snprintf(c->uri, sizeof c->uri, "%s", r->uri);
    r->waits_for_login = true;
    s->logins_owed++;
    s->due_us = clock_mono_us() + STAGE_US;
    if (s->stage != STAGE_PLAYING)
        session_set_timer(s);
    s->listener.on_challenge(s->arg, c);
    c->stale = false;
}

static void ask(struct session *s, enum stage stage, const char *method, const char *uri,
                const char *extra)
{
    struct request *r = &s->request;

    s->stage = stage;
    *r = (struct request){ .method = method };
    snprintf(r->uri, sizeof r->uri, "%s", uri);
    snprintf(r->extra, sizeof r->extra, "%s", extra);
    session_send_request(s);
}

void session_set_up(struct session *s, int which, int port)
{
    char extra[sizeof s->request.extra], uri[URL_MAX];

    if (!url_join(uri, s->base, span_of(s->sdp.tracks[which].control))) {
        session_trouble(
            s, TROUBLE_UNUSABLE,
            N_("the address of a track is wrong; restart the camera, or update "
               "its firmware"));
        return;
    }
    s->set_up[which] = true;
    if (port > 0) {
        s->rtp[which] = s->rtcp[which] = -1;
        snprintf(extra, sizeof extra, "Transport: RTP/AVP;unicast;client_port=%d-%d\r\n",
                 port, port + 1);
    } else {
        s->rtp[which] = 2 * which;
        s->rtcp[which] = 2 * which + 1;
        snprintf(extra, sizeof extra,
                 "Transport: RTP/AVP/TCP;unicast;interleaved=%d-%d\r\n", s->rtp[which],
                 s->rtcp[which]);
    }
    ask(s, which == TRACK_VIDEO ? STAGE_SETUP_VIDEO : STAGE_SETUP_AUDIO, "SETUP", uri,
        extra);
}

void session_ask_setup(struct session *s, int which)
{
    if (!s->udp) {
        session_set_up(s, which, 0);
        return;
    }
    s->stage = which == TRACK_VIDEO ? STAGE_SETUP_VIDEO : STAGE_SETUP_AUDIO;
    session_ask_ports(s, which);
}

void session_ask_play(struct session *s)
{
    struct track tracks[TRACKS];

    for (int i = 0; i < TRACKS; i++) {
        struct sdp_track *t = &s->sdp.tracks[i];

        if (!s->set_up[i]) {
            t->track.codec = CODEC_NONE;
            continue;
        }
        origin_expect(s->origin, i, t->payload_type, t->track.clock);
        if (s->rtp[i] >= 0)
            s->ours[s->rtp[i]] = s->ours[s->rtcp[i]] = true;
    }
    intake_open(s->intake, &s->sdp);
    intake_tracks(s->intake, tracks);
    s->listener.on_tracks(s->arg, tracks);
    if (s->udp)
        datagrams_begin(s->datagrams, s->gulp_ms);
    ask(s, STAGE_PLAY, "PLAY", s->whole, "Range: npt=0.000-\r\n");
}

void session_is_set_up(struct session *s, int which)
{
    if (which == TRACK_VIDEO && s->want_audio && !s->audio_harms &&
        s->sdp.tracks[TRACK_AUDIO].track.codec != CODEC_NONE)
        session_ask_setup(s, TRACK_AUDIO);
    else
        session_ask_play(s);
}

void session_ask_keep_alive(struct session *s)
{
    ask(s, STAGE_PLAYING, s->alive_by_parameter ? "GET_PARAMETER" : "OPTIONS", s->whole,
        "");
}

void session_login(struct session *s, const char *authorization)
{
    struct request *r = &s->request;

    /* An answer to a challenge of a connection that is gone must not sign this one's. */
    if (s->logins_owed == 0 || --s->logins_owed > 0 || !r->waits_for_login)
        return;
    session_enter(s);
    r->waits_for_login = false;
    if (authorization && strpbrk(authorization, "\r\n"))
        authorization = NULL;
    if (authorization)
        transmit(s, authorization);
    else if (s->stage == STAGE_PLAYING)
        s->no_more_logins = true;
    else
        session_trouble(s, TROUBLE_WRONG_PASSWORD, "no login is given");
    session_leave(s);
}

void session_ask_options(struct session *s)
{
    ask(s, STAGE_OPTIONS, "OPTIONS", s->url, "");
}

void session_ask_describe(struct session *s)
{
    ask(s, STAGE_DESCRIBE, "DESCRIBE", s->url, "Accept: application/sdp\r\n");
}

void session_send_teardown(struct session *s)
{
    struct bytes out = { 0 };
    struct rtsp_request whole = {
        .method = "TEARDOWN",
        .uri = s->whole,
        .cseq = ++s->cseq,
        .session = s->id,
    };

    if (!s->id[0])
        return;
    /* Nobody waits for a login or an answer now; most cameras take it unsigned. */
    rtsp_write(&out, &whole);
    connection_send(s->connection, out.at, out.size);
    bytes_free(&out);
}

void session_take_leave(struct session *s)
{
    session_send_teardown(s);
    s->id[0] = 0;
    s->stage = STAGE_LEAVING;
    s->due_us = clock_mono_us() + LEAVE_US;
    session_set_timer(s);
}
