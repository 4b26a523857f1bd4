#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../session.h"
#include "connection.h"
#include "core/clock.h"
#include "core/memory.h"
#include "intake.h"
#include "login.h"
#include "rtsp.h"
#include "sdp.h"
#include "tick.h"

enum { STAGE_US = 5000000 };     /* for each answer, and for the first picture */
enum { NO_VIDEO_US = 3000000 };  /* between pictures */
enum { ALIVE_MAX_S = 25, TIMEOUT_S = 60 }; /* RFC 2326, 12.37 */
enum { LOST_MAX = 64 << 10 };    /* bytes that are searched for the next frame */
enum { LOGINS_MAX = 2 };         /* new nonces for one request: more is a camera's joke */
enum { UNREADABLE_MAX = 3 };

enum stage {
    STAGE_IDLE,
    STAGE_DIALLING,
    STAGE_OPTIONS,
    STAGE_DESCRIBE,
    STAGE_SETUP_VIDEO,
    STAGE_SETUP_AUDIO,
    STAGE_PLAY,
    STAGE_PLAYING,
};

/* The one request that is under way. It waits for a login, then for its answer. */
struct request {
    const char *method;
    char uri[URL_MAX];
    char extra[128];
    bool waits_for_login, waits_for_answer;
    bool is_signed;          /* it was sent with an answer to the challenge */
    int logins;              /* challenges after it was signed */
};

struct session {
    struct loop *loop;
    struct session_listener listener;
    void *arg;
    char url[URL_MAX];
    bool want_audio;
    int gulp_ms;
    struct connection *connection;
    struct intake *intake;
    struct timer *timer;
    struct session_counts counts;
    int depth;               /* of calls into this file; trouble is told at 0 */
    const char *trouble;     /* NULL: none */
    char detail[160];

    enum stage stage;
    int64_t due_us;          /* of the stage; monotonic */
    int64_t alive_due_us, alive_every_us;
    struct request request;
    unsigned cseq;

    bool has_challenge, nonce_is_good;
    bool no_more_logins;     /* refused while pictures come: until the next connection */
    struct challenge challenge;
    unsigned logins_owed;    /* asked for and not answered yet */

    char base[URL_MAX];      /* of relative controls */
    char whole[URL_MAX];     /* controls all tracks: PLAY, keep-alive, TEARDOWN */
    char id[RTSP_SESSION_MAX];
    int timeout_s;
    bool alive_by_parameter; /* GET_PARAMETER, else OPTIONS */
    bool audio_harms;        /* the connection ended in its SETUP: do without */
    struct sdp sdp;
    int rtp[TRACKS], rtcp[TRACKS]; /* channels; -1: none */
    bool ours[256];
    bool lost;               /* the framing; */
    size_t lost_bytes;       /* since then */
    size_t left;             /* bytes that were read and not taken last time */
};

static size_t on_bytes(void *arg, const uint8_t *bytes, size_t size, int64_t us);
static void on_end(void *arg, const char *why);
static void on_packet(void *arg, const struct packet *packet);

/* ---- trouble ---- */

static void send_teardown(struct session *s)
{
    struct bytes out = { 0 };

    if (!s->id[0])
        return;
    /* Nobody waits for a login or an answer now; most cameras take it unsigned. */
    rtsp_write(&out, &(struct rtsp_request){
        .method = "TEARDOWN", .uri = s->whole, .cseq = ++s->cseq, .session = s->id });
    connection_send(s->connection, out.at, out.size);
    bytes_free(&out);
}

/* Ends the connection. It is told when nothing of this session is on the stack, so that the
 * answer, a new connection, cannot come in the middle of the old one's bytes. */
static void trouble(struct session *s, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void trouble(struct session *s, const char *code, const char *format, ...)
{
    va_list args;

    if (s->trouble)
        return;
    s->trouble = code;
    va_start(args, format);
    vsnprintf(s->detail, sizeof s->detail, format, args);
    va_end(args);
    if (s->stage == STAGE_SETUP_AUDIO && strcmp(code, TROUBLE_WRONG_PASSWORD) != 0)
        s->audio_harms = true;
    send_teardown(s);
    connection_close(s->connection);
}

static void dial(struct session *s)
{
    s->stage = STAGE_DIALLING;
    timer_cancel(s->timer);
    s->listener.on_dial(s->arg);
}

static bool is_asking(const struct session *s)
{
    return s->stage >= STAGE_OPTIONS && s->stage <= STAGE_PLAY;
}

static int64_t video_due_us(const struct session *s)
{
    int64_t seen_us = intake_video_us(s->intake);

    return seen_us ? seen_us + NO_VIDEO_US : s->due_us;
}

static void set_timer(struct session *s)
{
    int64_t due_us = s->due_us;

    if (!is_asking(s) && s->stage != STAGE_PLAYING)
        return;
    if (s->stage == STAGE_PLAYING) {
        due_us = video_due_us(s);
        if (s->alive_due_us < due_us)
            due_us = s->alive_due_us;
    }
    timer_after(s->timer, due_us - clock_mono_us());
}

static void enter(struct session *s)
{
    s->depth++;
}

static void leave(struct session *s)
{
    while (s->depth == 1 && s->trouble) {
        const char *code = s->trouble;

        s->trouble = NULL;
        s->listener.on_trouble(s->arg, code, s->detail);
        dial(s);
    }
    s->depth--;
}

/* ---- requests ---- */

static void transmit(struct session *s, const char *authorization)
{
    struct request *r = &s->request;
    struct bytes out = { 0 };

    r->is_signed = authorization != NULL;
    r->waits_for_answer = true;
    rtsp_write(&out, &(struct rtsp_request){
        .method = r->method,
        .uri = r->uri,
        .cseq = ++s->cseq,
        .session = s->id,
        .authorization = authorization,
        .extra = r->extra,
    });
    if (!connection_send(s->connection, out.at, out.size))
        trouble(s, TROUBLE_SILENT, "it does not read what is sent");
    bytes_free(&out);
    if (s->stage == STAGE_PLAYING)
        return;
    s->due_us = clock_mono_us() + STAGE_US;
    set_timer(s);
}

/* Sends the request, signed if the camera has once asked for that. */
static void send_request(struct session *s)
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
        set_timer(s);
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
    send_request(s);
}

static void ask_setup(struct session *s, int which)
{
    char extra[sizeof s->request.extra], uri[URL_MAX];

    if (!url_join(uri, s->base, span_of(s->sdp.tracks[which].control))) {
        trouble(s, TROUBLE_UNUSABLE, "the control address of a track cannot be used");
        return;
    }
    s->rtp[which] = 2 * which;
    s->rtcp[which] = 2 * which + 1;
    snprintf(extra, sizeof extra,
             "Transport: RTP/AVP/TCP;unicast;interleaved=%d-%d\r\n", s->rtp[which],
             s->rtcp[which]);
    ask(s, which == TRACK_VIDEO ? STAGE_SETUP_VIDEO : STAGE_SETUP_AUDIO, "SETUP", uri, extra);
}

static void ask_play(struct session *s)
{
    struct track tracks[TRACKS];

    for (int i = 0; i < TRACKS; i++) {
        if (s->rtp[i] < 0)
            s->sdp.tracks[i].track.codec = CODEC_NONE;
        else
            s->ours[s->rtp[i]] = s->ours[s->rtcp[i]] = true;
    }
    intake_open(s->intake, &s->sdp);
    intake_tracks(s->intake, tracks);
    s->listener.on_tracks(s->arg, tracks);
    ask(s, STAGE_PLAY, "PLAY", s->whole, "Range: npt=0.000-\r\n");
}

static void ask_keep_alive(struct session *s)
{
    ask(s, STAGE_PLAYING, s->alive_by_parameter ? "GET_PARAMETER" : "OPTIONS", s->whole, "");
}

void session_login(struct session *s, const char *authorization)
{
    struct request *r = &s->request;

    /* An answer to a challenge of a connection that is gone must not sign this one's. */
    if (s->logins_owed == 0 || --s->logins_owed > 0 || !r->waits_for_login)
        return;
    enter(s);
    r->waits_for_login = false;
    if (authorization && strpbrk(authorization, "\r\n"))
        authorization = NULL;
    if (authorization)
        transmit(s, authorization);
    else if (s->stage == STAGE_PLAYING)
        s->no_more_logins = true;
    else
        trouble(s, TROUBLE_WRONG_PASSWORD, "no login is given");
    leave(s);
}

/* ---- answers ---- */

static void show_answer(struct session *s, const char *code, const struct rtsp_message *m)
{
    char words[80], where[80] = "";
    struct span location = rtsp_header(m, "Location");

    span_show(m->word, words, sizeof words);
    if (m->status / 100 == 3 && location.size)
        span_show(location, where, sizeof where);
    trouble(s, code, "%s: %d %s%s%s", s->request.method, m->status, words,
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
        show_answer(s, TROUBLE_UNUSABLE, m);
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
    send_request(s);
}

static void on_options(struct session *s, const struct rtsp_message *m)
{
    s->alive_by_parameter = rtsp_lists(rtsp_header(m, "Public"), "GET_PARAMETER");
    ask(s, STAGE_DESCRIBE, "DESCRIBE", s->url, "Accept: application/sdp\r\n");
}

static void on_describe(struct session *s, const struct rtsp_message *m)
{
    struct span base = rtsp_header(m, "Content-Base");

    if (!base.size)
        base = rtsp_header(m, "Content-Location");
    if (!url_join(s->base, s->url, base))
        snprintf(s->base, sizeof s->base, "%s", s->url);
    if (!sdp_read(m->body, &s->sdp)) {
        trouble(s, TROUBLE_UNUSABLE, "SDP: %s", s->sdp.unusable);
        return;
    }
    if (!url_join(s->whole, s->base, span_of(s->sdp.control)))
        snprintf(s->whole, sizeof s->whole, "%s", s->base);
    s->rtp[TRACK_AUDIO] = -1;
    ask_setup(s, TRACK_VIDEO);
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

static void on_setup(struct session *s, const struct rtsp_message *m)
{
    int which = s->stage == STAGE_SETUP_VIDEO ? TRACK_VIDEO : TRACK_AUDIO;
    struct span header = rtsp_header(m, "Transport");
    struct rtsp_transport t;

    rtsp_read_transport(header, &t);
    if (header.size && !t.interleaved && which == TRACK_VIDEO) {
        trouble(s, TROUBLE_UNUSABLE, "it does not send RTP over TCP");
        return;
    }
    if (header.size && !t.interleaved)
        s->rtp[TRACK_AUDIO] = -1;
    else
        take_channels(s, which, &t);
    /* The first session is the one: some name another in every answer. */
    if (!s->id[0] && !rtsp_read_session(rtsp_header(m, "Session"), s->id, &s->timeout_s))
        s->id[0] = 0;
    s->sdp.tracks[which].has_ssrc = t.has_ssrc;
    s->sdp.tracks[which].ssrc = t.ssrc;
    if (which == TRACK_VIDEO && s->want_audio && !s->audio_harms &&
        s->sdp.tracks[TRACK_AUDIO].track.codec != CODEC_NONE)
        ask_setup(s, TRACK_AUDIO);
    else
        ask_play(s);
}

static void begin_playing(struct session *s)
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
    connection_set_gulp(s->connection, s->gulp_ms);
    set_timer(s);
    s->listener.on_playing(s->arg);
}

/* To a keep-alive: whatever it says, pictures are what counts. */
static void on_alive(struct session *s, const struct rtsp_message *m)
{
    if (m->status == 401)
        on_login_wanted(s, m);
    else if (m->status >= 400)
        s->alive_by_parameter = false; /* listed but not known: OPTIONS from now on */
}

static void on_answer(struct session *s, const struct rtsp_message *m)
{
    struct request *r = &s->request;

    if (m->status < 200 || !r->waits_for_answer)
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
        s->rtp[TRACK_AUDIO] = -1; /* video is not harmed by audio */
        ask_play(s);
    } else if (m->status / 100 != 2) {
        on_refusal(s, m);
    } else if (s->stage == STAGE_DESCRIBE) {
        on_describe(s, m);
    } else if (s->stage == STAGE_PLAY) {
        begin_playing(s);
    } else {
        on_setup(s, m);
    }
}

/* A camera may ask whether we are there. */
static void on_camera_request(struct session *s, const struct rtsp_message *m)
{
    bool known = span_is(m->word, "OPTIONS") || span_is(m->word, "GET_PARAMETER") ||
                 span_is(m->word, "SET_PARAMETER");
    struct bytes out = { 0 };
    uint64_t cseq = 0;

    span_number(rtsp_header(m, "CSeq"), UINT32_MAX, &cseq);
    bytes_format(&out, "RTSP/1.0 %s\r\nCSeq: %llu\r\n\r\n",
                 known ? "200 OK" : "501 Not Implemented", (unsigned long long)cseq);
    if (!connection_send(s->connection, out.at, out.size))
        trouble(s, TROUBLE_SILENT, "it does not read what is sent");
    bytes_free(&out);
}

/* ---- bytes ---- */

static void on_frame(struct session *s, const uint8_t *frame, size_t size, int64_t us)
{
    if (s->stage < STAGE_PLAY)
        return; /* of a session that was somebody else's */
    for (int i = 0; i < TRACKS; i++) {
        if (s->rtp[i] < 0)
            continue;
        if (frame[1] == s->rtp[i])
            intake_rtp(s->intake, i, frame + RTSP_FRAME_HEADER, size - RTSP_FRAME_HEADER, us);
        else if (frame[1] == s->rtcp[i])
            intake_rtcp(s->intake, i, frame + RTSP_FRAME_HEADER, size - RTSP_FRAME_HEADER);
    }
    if (intake_unreadable(s->intake) >= UNREADABLE_MAX)
        trouble(s, TROUBLE_UNUSABLE, "no parameter sets, neither in the SDP nor in band");
}

static size_t skip_lost(struct session *s, const uint8_t *bytes, size_t size)
{
    size_t skipped = rtsp_seek(bytes, size, s->ours);

    if (!s->lost)
        intake_doubt(s->intake);
    s->lost = true;
    s->lost_bytes += skipped;
    s->counts.skipped_bytes += (int64_t)skipped;
    if (s->lost_bytes > LOST_MAX)
        trouble(s, TROUBLE_UNUSABLE, "frames of RTP can no longer be told apart");
    return skipped;
}

/* The next three return how many bytes they took; 0: the rest has not come yet. */
static size_t take_frame(struct session *s, const uint8_t *bytes, size_t size, int64_t us)
{
    size_t whole;

    if (size < RTSP_FRAME_HEADER + 1)
        return 0;
    if (s->lost && !rtsp_frame_is_likely(bytes, s->ours))
        return skip_lost(s, bytes, size);
    whole = RTSP_FRAME_HEADER + ((size_t)bytes[2] << 8 | bytes[3]);
    if (size < whole)
        return 0;
    /* Bytes were cut out of this frame or put into it if nothing sensible stands behind:
     * better a hole, which the sequence shows, than a broken picture. */
    if (rtsp_front(bytes + whole, size - whole) == RTSP_FRONT_LOST)
        return skip_lost(s, bytes, whole);
    s->lost = false;
    s->lost_bytes = 0;
    on_frame(s, bytes, whole, us);
    return whole;
}

static size_t take_message(struct session *s, const uint8_t *bytes, size_t size)
{
    struct rtsp_message m;

    switch (rtsp_read(bytes, size, &m)) {
    case RTSP_PART:
        return 0;
    case RTSP_BROKEN:
        if (s->stage == STAGE_PLAYING)
            return skip_lost(s, bytes, size);
        trouble(s, TROUBLE_UNUSABLE, "an answer that is too long or none");
        return size;
    case RTSP_WHOLE:
        break;
    }
    s->lost = false;
    s->lost_bytes = 0;
    if (m.status)
        on_answer(s, &m);
    else
        on_camera_request(s, &m);
    return m.size;
}

static size_t take(struct session *s, const uint8_t *bytes, size_t size, int64_t us)
{
    switch (rtsp_front(bytes, size)) {
    case RTSP_FRONT_FRAME:
        return take_frame(s, bytes, size, us);
    case RTSP_FRONT_MESSAGE:
        return take_message(s, bytes, size);
    case RTSP_FRONT_SPACE:
        return 1;
    case RTSP_FRONT_SHORT:
        return 0;
    case RTSP_FRONT_WEB:
        if (s->stage == STAGE_OPTIONS) {
            trouble(s, TROUBLE_UNUSABLE, "it answers HTTP: this is the port of its web page");
            return size;
        }
        break;
    case RTSP_FRONT_LOST:
        break;
    }
    return skip_lost(s, bytes, size);
}

static size_t on_bytes(void *arg, const uint8_t *bytes, size_t size, int64_t us)
{
    struct session *s = arg;
    size_t used = 0, taken = 1;

    enter(s);
    s->counts.bytes += (int64_t)(size - s->left);
    while (used < size && taken > 0 && !s->trouble) {
        taken = take(s, bytes + used, size - used, us);
        used += taken;
    }
    s->left = size - used;
    leave(s);
    return used;
}

static void on_end(void *arg, const char *why)
{
    struct session *s = arg;

    enter(s);
    trouble(s, TROUBLE_CLOSED, "%s", why);
    leave(s);
}

static void on_packet(void *arg, const struct packet *packet)
{
    struct session *s = arg;

    s->listener.on_packet(s->arg, packet);
}

/* ---- deadlines ---- */

static void check_asking(struct session *s, int64_t now)
{
    if (now < s->due_us)
        return;
    if (s->stage == STAGE_PLAY && intake_video_us(s->intake))
        begin_playing(s); /* never answered, but it plays */
    else
        trouble(s, TROUBLE_SILENT, "no answer to %s", s->request.method);
}

static void check_playing(struct session *s, int64_t now)
{
    struct request *r = &s->request;

    if (now >= video_due_us(s)) {
        trouble(s, TROUBLE_NO_VIDEO, "%s",
                intake_video_us(s->intake) ? "pictures stopped" : "no picture after PLAY");
        return;
    }
    if (now < s->alive_due_us)
        return;
    s->alive_due_us = now + s->alive_every_us;
    if (!r->waits_for_login)
        ask_keep_alive(s);
}

void session_tick(struct session *s)
{
    int64_t now = clock_mono_us();

    enter(s);
    if (is_asking(s))
        check_asking(s, now);
    else if (s->stage == STAGE_PLAYING)
        check_playing(s, now);
    if (!s->trouble)
        set_timer(s);
    leave(s);
}

static void on_timer(void *arg)
{
    session_tick(arg);
}

/* ---- life ---- */

struct session *session_new(const struct session_setup *setup,
                            const struct session_listener *listener, void *arg)
{
    static const struct connection_listener hears = { on_bytes, on_end };
    struct session *s = xcalloc(1, sizeof *s);

    s->loop = setup->loop;
    s->listener = *listener;
    s->arg = arg;
    span_copy(span_of(setup->url), s->url, sizeof s->url);
    s->want_audio = setup->audio;
    s->gulp_ms = setup->gulp_ms;
    s->connection = connection_new(s->loop, &hears, s);
    s->intake = intake_new(on_packet, s, &s->counts);
    s->timer = timer_new(s->loop, on_timer, s);
    return s;
}

void session_start(struct session *s)
{
    enter(s);
    if (s->stage == STAGE_IDLE)
        dial(s);
    leave(s);
}

/* What belonged to the connection before. */
static void forget_connection(struct session *s)
{
    s->has_challenge = s->nonce_is_good = s->no_more_logins = false;
    s->alive_by_parameter = false;
    s->id[0] = 0;
    s->timeout_s = TIMEOUT_S;
    s->cseq = 0;
    s->rtp[TRACK_VIDEO] = s->rtp[TRACK_AUDIO] = -1;
    memset(s->ours, 0, sizeof s->ours);
    s->lost = false;
    s->lost_bytes = 0;
    s->left = 0;
}

void session_dialled(struct session *s, int fd)
{
    enter(s);
    connection_open(s->connection, fd);
    if (s->stage != STAGE_DIALLING) {
        connection_close(s->connection);
    } else {
        s->counts.connections++;
        forget_connection(s);
        ask(s, STAGE_OPTIONS, "OPTIONS", s->url, "");
    }
    leave(s);
}

void session_set_gulp(struct session *s, int gulp_ms)
{
    s->gulp_ms = gulp_ms;
    if (s->stage == STAGE_PLAYING && connection_is_open(s->connection))
        connection_set_gulp(s->connection, gulp_ms);
}

void session_free(struct session *s)
{
    if (!s)
        return;
    if (connection_is_open(s->connection))
        send_teardown(s);
    connection_free(s->connection);
    intake_free(s->intake);
    timer_free(s->timer);
    free(s);
}

const struct session_counts *session_counts(const struct session *s)
{
    return &s->counts;
}
