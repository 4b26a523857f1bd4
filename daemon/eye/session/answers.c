#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "login.h"
#include "private.h"

enum { ALIVE_MAX_S = 25 };
enum { LOGINS_MAX = 2 }; /* new nonces for one request: more is a camera's joke */

static void show_answer(struct session *s, const char *code, const struct rtsp_message *m)
{
    char words[80], where[80] = "";
    struct span location = rtsp_header(m, "Location");

    span_show(m->word, words, sizeof words);
    if (m->status / 100 == 3 && location.size)
        span_show(location, where, sizeof where);
    session_trouble(s, code, "%s: %d %s%s%s", s->request.method, m->status, words,
                    where[0] ? " to " : "", where);
}

static void on_refusal(struct session *s, const struct rtsp_message *m)
{
    bool asks_for_stream = s->stage >= STAGE_DESCRIBE && s->stage <= STAGE_SETUP_AUDIO;

    switch (m->status) {
    case 404:
    case 451:
    case 454:
        show_answer(s, asks_for_stream ? TROUBLE_WRONG_PATH : TROUBLE_ANSWER, m);
        return;
    case 453:
    case 486:
    case 503:
        show_answer(s, TROUBLE_BUSY, m);
        return;
    case 461:
        if (s->stage == STAGE_SETUP_VIDEO && session_change_way(s)) {
            session_ask_setup(s, TRACK_VIDEO);
            return;
        }
        show_answer(s, TROUBLE_TRANSPORT, m);
        return;
    default:
        show_answer(s, TROUBLE_ANSWER, m);
    }
}

/* A nonce that was good and is replaced has only grown old, whether the camera says so or
 * not; a second refusal of an answer to a new one means the password. */
static bool may_try_again(struct session *s, const struct challenge *c)
{
    bool is_new = strcmp(c->nonce, s->challenge.nonce) != 0;

    if (!s->request.is_signed)
        return true;
    if (++s->request.logins > LOGINS_MAX || !c->digest)
        return false;
    return c->stale || (s->nonce_is_good && is_new);
}

static void on_login_wanted(struct session *s, const struct rtsp_message *m)
{
    struct challenge c;

    if (s->no_more_logins)
        return;
    if (!login_read(m, &c)) {
        if (s->stage != STAGE_PLAYING)
            show_answer(s, TROUBLE_ANSWER, m);
        return;
    }
    if (!may_try_again(s, &c)) {
        /* While pictures come, a login is no reason to end them: the camera may. */
        if (s->stage == STAGE_PLAYING)
            s->no_more_logins = true;
        else
            show_answer(s, TROUBLE_WRONG_PASSWORD, m);
        return;
    }
    c.stale = s->request.is_signed;
    s->challenge = c;
    s->has_challenge = true;
    s->nonce_is_good = false;
    session_send_request(s);
}

static void on_options(struct session *s, const struct rtsp_message *m)
{
    s->alive_by_parameter = rtsp_lists(rtsp_header(m, "Public"), "GET_PARAMETER");
    session_ask_describe(s);
}

static void on_describe(struct session *s, const struct rtsp_message *m)
{
    struct span base = rtsp_header(m, "Content-Base");

    if (!base.size)
        base = rtsp_header(m, "Content-Location");
    if (!url_join(s->base, s->url, base))
        snprintf(s->base, sizeof s->base, "%s", s->url);
    if (!sdp_read(m->body, &s->sdp)) {
        if (s->sdp.unusable[0])
            session_trouble(s, TROUBLE_CODEC, "%s", s->sdp.unusable);
        else
            session_trouble(s, TROUBLE_UNUSABLE,
                            N_("it offers no video; switch the video of this stream on "
                               "in the camera"));
        return;
    }
    if (!url_join(s->whole, s->base, span_of(s->sdp.control)))
        snprintf(s->whole, sizeof s->whole, "%s", s->base);
    session_ask_setup(s, TRACK_VIDEO);
}

/* Channels that the camera chose instead of ours; not those of another track. */
static void take_channels(struct session *s, int which, const struct rtsp_transport *t)
{
    int other = which == TRACK_VIDEO ? TRACK_AUDIO : TRACK_VIDEO;
    int rtcp = t->rtcp >= 0 ? t->rtcp : (t->rtp + 1) & 255;

    if (t->rtp < 0)
        return;
    if (s->rtp[other] >= 0 && (t->rtp == s->rtp[other] || t->rtp == s->rtcp[other] ||
                               rtcp == s->rtp[other] || rtcp == s->rtcp[other]))
        return;
    s->rtp[which] = t->rtp;
    s->rtcp[which] = rtcp;
}

static void leave_out_audio(struct session *s)
{
    s->rtp[TRACK_AUDIO] = s->rtcp[TRACK_AUDIO] = -1;
    s->set_up[TRACK_AUDIO] = false;
}

static void on_setup(struct session *s, const struct rtsp_message *m)
{
    int which = s->stage == STAGE_SETUP_VIDEO ? TRACK_VIDEO : TRACK_AUDIO;
    struct span header = rtsp_header(m, "Transport");
    struct rtsp_transport t;

    rtsp_read_transport(header, &t);
    if (header.size && t.interleaved == s->udp && which == TRACK_VIDEO) {
        session_change_way(s); /* for the next connection */
        session_trouble(s, TROUBLE_TRANSPORT, "it answers SETUP with: %s",
                        t.interleaved ? "RTP over TCP" : "RTP over UDP");
        return;
    }
    if (header.size && t.interleaved == s->udp)
        leave_out_audio(s);
    else if (!s->udp)
        take_channels(s, which, &t);
    /* The first session is the one: some name another in every answer. */
    if (!s->id[0] && !rtsp_read_session(rtsp_header(m, "Session"), s->id, &s->timeout_s))
        s->id[0] = 0;
    origin_hint(s->origin, which,
                &(struct origin_hint){ .has_ssrc = t.has_ssrc, .ssrc = t.ssrc });
    if (s->udp && s->set_up[which])
        session_ask_sockets(s, which, &t);
    else
        session_is_set_up(s, which);
}

void session_begin_playing(struct session *s)
{
    int alive_s = s->timeout_s / 2;

    if (alive_s > ALIVE_MAX_S)
        alive_s = ALIVE_MAX_S;
    if (alive_s < 1)
        alive_s = 1;
    s->stage = STAGE_PLAYING;
    s->due_us = clock_mono_us() + STAGE_US; /* for the first picture */
    s->alive_every_us = SECONDS_US(alive_s);
    s->alive_due_us = clock_mono_us() + s->alive_every_us;
    if (!s->udp)
        connection_set_gulp(s->connection, s->gulp_ms);
    session_set_timer(s);
    s->listener.on_playing(s->arg);
}

/* What it says of the first packets; 0 and 0 is what cameras write that do not know. */
static void on_play(struct session *s, const struct rtsp_message *m)
{
    struct span header = rtsp_header(m, "RTP-Info");
    bool alone = !s->set_up[TRACK_AUDIO];
    struct rtsp_rtp_info info;

    for (int i = 0; i < TRACKS; i++) {
        if (!s->set_up[i] ||
            !rtsp_read_rtp_info(header, s->sdp.tracks[i].control, alone, &info) ||
            (info.sequence == 0 && info.time == 0))
            continue;
        origin_hint(s->origin, i,
                    &(struct origin_hint){ .has_sequence = info.has_sequence,
                                           .has_time = info.has_time,
                                           .sequence = info.sequence,
                                           .time = info.time });
    }
    session_begin_playing(s);
}

/* To a keep-alive: whatever it says, pictures are what counts. */
static void on_alive(struct session *s, const struct rtsp_message *m)
{
    if (m->status == 401)
        on_login_wanted(s, m);
    else if (m->status >= 400)
        s->alive_by_parameter = false; /* listed but not known: OPTIONS from now on */
}

void session_answer(struct session *s, const struct rtsp_message *m)
{
    struct request *r = &s->request;

    if (s->stage == STAGE_LEAVING)
        session_trouble(s, TROUBLE_MIXED, "%s", "");
    if (m->status < 200 || !r->waits_for_answer || s->trouble)
        return;
    r->waits_for_answer = false;
    if (m->status != 401)
        s->nonce_is_good = s->nonce_is_good || r->is_signed;
    if (s->stage == STAGE_PLAYING) {
        on_alive(s, m);
        return;
    }
    if (m->status == 401) {
        on_login_wanted(s, m);
    } else if (s->stage == STAGE_OPTIONS && m->status / 100 != 3) {
        on_options(s, m); /* many do not know it: that is no reason to stop */
    } else if (s->stage == STAGE_SETUP_AUDIO && m->status != 200) {
        leave_out_audio(s); /* video is not harmed by audio */
        session_ask_play(s);
    } else if (m->status / 100 != 2) {
        on_refusal(s, m);
    } else if (s->stage == STAGE_DESCRIBE) {
        on_describe(s, m);
    } else if (s->stage == STAGE_PLAY) {
        on_play(s, m);
    } else {
        on_setup(s, m);
    }
}
