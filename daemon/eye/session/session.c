#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/memory.h"
#include "private.h"
#include "tick.h"
#include "tls.h"

enum { NO_VIDEO_US = 3000000 }; /* between pictures */
enum { TIMEOUT_S = 60 };        /* of a session, if nothing is said: RFC 2326, 12.37 */

/* ---- trouble ---- */

void session_trouble(struct session *s, const char *code, const char *format, ...)
{
    va_list args;

    if (s->trouble)
        return;
    if (s->stage == STAGE_LEAVING) { /* however it ends */
        code = TROUBLE_MIXED;
        format = "packets of another SSRC come among its own";
    }
    s->trouble = code;
    va_start(args, format);
    vsnprintf(s->detail, sizeof s->detail, format, args);
    va_end(args);
    if (s->stage == STAGE_SETUP_AUDIO && strcmp(code, TROUBLE_WRONG_PASSWORD) != 0)
        s->audio_harms = true;
    /* Some close after each 401: the next connection begins with a login. Once: an answer
     * that is met with silence may be a failed one. */
    s->keep_challenge = s->has_challenge && !s->nonce_is_good && !s->keep_challenge &&
                        strcmp(code, TROUBLE_CLOSED) == 0;
    session_send_teardown(s);
    connection_close(s->connection);
    datagrams_close(s->datagrams);
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

void session_set_timer(struct session *s)
{
    int64_t due_us = s->due_us;

    if (!is_asking(s) && s->stage < STAGE_PLAYING)
        return;
    if (s->stage == STAGE_PLAYING) {
        due_us = video_due_us(s);
        if (s->alive_due_us < due_us)
            due_us = s->alive_due_us;
    }
    timer_after(s->timer, due_us - clock_mono_us());
}

void session_enter(struct session *s)
{
    s->depth++;
}

void session_leave(struct session *s)
{
    while (s->depth == 1 && s->trouble) {
        const char *code = s->trouble;

        s->trouble = NULL;
        s->listener.on_trouble(s->arg, code, s->detail);
        dial(s);
    }
    s->depth--;
}

/* ---- deadlines ---- */

static void check_asking(struct session *s, int64_t now)
{
    if (now < s->due_us)
        return;
    if (s->stage == STAGE_PLAY && intake_video_us(s->intake))
        session_begin_playing(s); /* never answered, but it plays */
    else
        session_trouble(s, TROUBLE_SILENT, "no answer to %s", s->request.method);
}

static void check_playing(struct session *s, int64_t now)
{
    struct request *r = &s->request;

    if (now >= video_due_us(s)) {
        bool came = intake_video_us(s->intake) != 0;

        session_trouble(s, s->udp && !came ? TROUBLE_NO_UDP : TROUBLE_NO_VIDEO, "%s",
                        came ? "pictures stopped" : "no picture after PLAY");
        return;
    }
    if (now < s->alive_due_us)
        return;
    s->alive_due_us = now + s->alive_every_us;
    if (!r->waits_for_login)
        session_ask_keep_alive(s);
}

void session_tick(struct session *s)
{
    int64_t now = clock_mono_us();

    session_enter(s);
    if (is_asking(s))
        check_asking(s, now);
    else if (s->stage == STAGE_PLAYING)
        check_playing(s, now);
    else if (s->stage == STAGE_LEAVING && now >= s->due_us)
        session_trouble(s, TROUBLE_MIXED, "%s", "");
    if (!s->trouble)
        session_set_timer(s);
    session_leave(s);
}

static void on_timer(void *arg)
{
    session_tick(arg);
}

/* ---- what the connection tells ---- */

static size_t on_bytes(void *arg, const uint8_t *bytes, size_t size, int64_t us)
{
    struct session *s = arg;
    size_t used;

    session_enter(s);
    s->counts.bytes += (int64_t)(size - s->left);
    used = session_take(s, bytes, size, us);
    s->left = size - used;
    session_leave(s);
    return used;
}

static void on_end(void *arg, const char *code, const char *why)
{
    struct session *s = arg;

    session_enter(s);
    session_trouble(s, code ? code : TROUBLE_CLOSED, "%s", why);
    session_leave(s);
}

static void on_rtp(void *arg, int track, const uint8_t *bytes, size_t size, int64_t us)
{
    struct session *s = arg;

    if (!s->trouble)
        intake_rtp(s->intake, track, bytes, size, us);
}

static void on_packet(void *arg, const struct packet *packet)
{
    struct session *s = arg;

    s->listener.on_packet(s->arg, packet);
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
    s->trust = setup->trust;
    url_host(setup->url, s->host);
    s->transport = s->trust ? SESSION_TCP : setup->transport;
    s->udp = s->transport == SESSION_UDP;
    s->datagrams = session_new_datagrams(s);
    s->connection = connection_new(s->loop, &hears, s);
    s->origin = origin_new(on_rtp, s, &s->counts.foreign_packets);
    s->intake = intake_new(on_packet, s, &s->counts);
    s->timer = timer_new(s->loop, on_timer, s);
    return s;
}

void session_start(struct session *s)
{
    session_enter(s);
    if (s->stage == STAGE_IDLE)
        dial(s);
    session_leave(s);
}

/* What belonged to the connection before. */
static void forget_connection(struct session *s)
{
    s->has_challenge = s->nonce_is_good = s->keep_challenge; /* it may have grown old */
    s->no_more_logins = false;
    s->alive_by_parameter = false;
    s->id[0] = 0;
    s->timeout_s = TIMEOUT_S;
    s->cseq = 0;
    s->rtp[TRACK_VIDEO] = s->rtp[TRACK_AUDIO] = -1;
    s->rtcp[TRACK_VIDEO] = s->rtcp[TRACK_AUDIO] = -1;
    s->set_up[TRACK_VIDEO] = s->set_up[TRACK_AUDIO] = false;
    s->changed_way = s->waits_for_ports = s->waits_for_sockets = false;
    memset(s->ours, 0, sizeof s->ours);
    origin_open(s->origin);
    s->lost = false;
    s->lost_bytes = 0;
    s->left = 0;
}

void session_dialled(struct session *s, int fd)
{
    if (s->stage != STAGE_DIALLING) {
        close(fd);
        return;
    }
    session_enter(s);
    connection_open(s->connection, fd, s->trust ? tls_new(s->trust, s->host) : NULL);
    s->counts.connections++;
    forget_connection(s);
    session_ask_options(s);
    session_leave(s);
}

void session_free(struct session *s)
{
    if (!s)
        return;
    if (connection_is_open(s->connection))
        session_send_teardown(s);
    connection_free(s->connection);
    datagrams_free(s->datagrams);
    origin_free(s->origin);
    intake_free(s->intake);
    timer_free(s->timer);
    free(s);
}

const struct session_counts *session_counts(const struct session *s)
{
    return &s->counts;
}

void session_facts(const struct session *s, struct session_facts *out)
{
    *out = (struct session_facts){ .declared_fps = s->sdp.framerate,
                                   .reorder = intake_reorder(s->intake) };
    if (out->declared_fps == 0)
        out->declared_fps = intake_declared_fps(s->intake);
    out->clock_known = intake_clock_ahead_us(s->intake, &out->clock_ahead_us);
    if (s->want_audio)
        memcpy(out->audio_refused, s->sdp.audio_refused, sizeof out->audio_refused);
}
