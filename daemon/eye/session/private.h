/*
 * The inside of a session, for its five files: session.c (life, trouble, deadlines),
 * requests.c and answers.c (what is asked, stage by stage, and what comes of it), frames.c (what is read, up to whole messages and
 * frames), udp.c (tracks that do not come inside the connection).
 * Thread: the loop's.
 */
#pragma once
#include "../session.h"
#include "connection.h"
#include "datagrams.h"
#include "intake.h"
#include "origin.h"
#include "rtsp.h"
#include "sdp.h"

enum { STAGE_US = 5000000 }; /* for each answer, and for the first picture */

enum stage {
    STAGE_IDLE,
    STAGE_DIALLING,
    STAGE_OPTIONS,
    STAGE_DESCRIBE,
    STAGE_SETUP_VIDEO,
    STAGE_SETUP_AUDIO,
    STAGE_PLAY,
    STAGE_PLAYING,
    STAGE_LEAVING, /* TEARDOWN was sent; what else comes is left alone */
};

/* The one request that is under way. It waits for a login, then for its answer. */
struct request {
    const char *method;
    char uri[URL_MAX];
    char extra[128];
    bool waits_for_login, waits_for_answer;
    bool is_signed; /* it was sent with an answer to the challenge */
    int logins;     /* challenges after it was signed */
};

struct session {
    struct loop *loop;
    struct session_listener listener;
    void *arg;
    char url[URL_MAX], host[URL_MAX];
    const struct tls_trust *trust; /* NULL: no TLS */
    bool want_audio;
    int gulp_ms;
    struct connection *connection;
    struct origin *origin;
    struct intake *intake;
    struct timer *timer;
    struct session_counts counts;
    int depth;           /* of calls into this file; trouble is told at 0 */
    const char *trouble; /* NULL: none */
    char detail[160];

    enum stage stage;
    int64_t due_us; /* of the stage; monotonic */
    int64_t alive_due_us, alive_every_us;
    struct request request;
    unsigned cseq;

    bool has_challenge, nonce_is_good, keep_challenge;
    bool no_more_logins; /* refused while pictures come: until the next connection */
    struct challenge challenge;
    unsigned logins_owed; /* asked for and not answered yet */

    char base[URL_MAX];  /* of relative controls */
    char whole[URL_MAX]; /* controls all tracks: PLAY, keep-alive, TEARDOWN */
    char id[RTSP_SESSION_MAX];
    int timeout_s;
    bool alive_by_parameter; /* GET_PARAMETER, else OPTIONS */
    bool audio_harms;        /* the connection ended in its SETUP: do without */
    struct sdp sdp;
    bool set_up[TRACKS];
    int rtp[TRACKS], rtcp[TRACKS]; /* channels; -1: none */
    bool ours[256];
    bool lost;         /* the framing; */
    size_t lost_bytes; /* since then */
    size_t left;       /* bytes that were read and not taken last time */

    int64_t mixed_us, mixed_wait_us; /* opened anew for that last; not again before */

    enum session_transport transport;
    bool udp;           /* the way of this session's RTP */
    bool changed_way;   /* on this connection */
    bool waits_for_ports, waits_for_sockets;
    struct datagrams *datagrams;
};

/* ---- session.c ---- */

/* Every call from outside is between these two. Trouble is told when nothing of the
 * session is on the stack any more, so that the answer, a new connection, cannot come in
 * the middle of the old one's bytes. */
void session_enter(struct session *s);
void session_leave(struct session *s);

/* Ends the connection. */
void session_trouble(struct session *s, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void session_set_timer(struct session *s);

/* ---- requests.c ---- */

/* Each in its stage, in this order. */
void session_ask_options(struct session *s);
void session_ask_describe(struct session *s);
void session_ask_setup(struct session *s, int track);
void session_ask_play(struct session *s);
void session_ask_keep_alive(struct session *s);
/* The last one, signed if the camera has once asked for that. */
void session_send_request(struct session *s);
/* SETUP of a track, at these of our UDP ports; 0: inside the connection. */
void session_set_up(struct session *s, int track, int port);
/* A track stands: the next, or PLAY. */
void session_is_set_up(struct session *s, int track);
void session_send_teardown(struct session *s);
/* Ends the session as the camera likes it: the connection only when TEARDOWN was answered,
 * or that takes too long. A connection that is closed while more comes may take it along. */
void session_take_leave(struct session *s);

/* ---- answers.c ---- */

void session_answer(struct session *s, const struct rtsp_message *m);
void session_begin_playing(struct session *s);

/* ---- frames.c ---- */

/* Returns how many bytes were taken. */
size_t session_take(struct session *s, const uint8_t *bytes, size_t size, int64_t us);
void session_rtp(struct session *s, int track, const uint8_t *bytes, size_t size,
                 int64_t us);

/* ---- udp.c ---- */

struct datagrams *session_new_datagrams(struct session *s);
void session_ask_ports(struct session *s, int track);
void session_ask_sockets(struct session *s, int track, const struct rtsp_transport *t);
/* Takes the other way, if that is left to us and was not done yet. */
bool session_change_way(struct session *s);
