/*
 * A session is one RTSP conversation for one channel of a camera: OPTIONS, DESCRIBE, SETUP,
 * PLAY, keep-alive, TEARDOWN, RTP inside the TCP connection or over UDP, and the packets that
 * come of it. It opens nothing itself: it asks to be dialled, for UDP sockets, and for the
 * answer to a login challenge.
 * It never gives up; when a connection ends for any reason it says why and asks to be dialled
 * again, and whoever dials decides how long to wait.
 * Thread: the loop's. Errors: by on_trouble. Source: RFC 2326 (RTSP 1.0), RFC 2617 and 7616
 * (digest), RFC 4566 (SDP), RFC 3550 (RTP), 6184 (H.264), 7798 (H.265), 3640 (AAC), 3551 (G.711).
 */
#pragma once
#include "core/loop.h"
#include "packet.h"

struct session;
struct tls_trust;

struct challenge {
    bool digest;         /* false: Basic */
    char realm[128], nonce[256], opaque[256], qop[32], algorithm[32];
    char method[24], uri[512]; /* of the request that must be signed */
    bool stale;          /* the last answer was right but its nonce too old: no failed login */
};

/* A challenge is no failed login yet: after the first 401 every request needs an answer of
 * its own, so this comes before each. Only TROUBLE_WRONG_PASSWORD after an answer is one. */

/* Words for struct camera_health.reason_code; the sentence is made by kengd. */
#define TROUBLE_CLOSED         "closed"         /* the camera closed the connection */
#define TROUBLE_SILENT         "silent"         /* no answer within the stage's deadline */
#define TROUBLE_NO_VIDEO       "no_video"       /* no pictures for the watchdog's time */
#define TROUBLE_WRONG_PASSWORD "wrong_password"
#define TROUBLE_WRONG_PATH     "wrong_path"     /* 404, 451, 454 to DESCRIBE or SETUP */
#define TROUBLE_BUSY           "busy"           /* 453, 503, 486: session limit */
#define TROUBLE_ANSWER         "answer"         /* another RTSP status, a redirect too */
#define TROUBLE_CODEC          "codec"          /* video that we cannot take; detail: which */
#define TROUBLE_TRANSPORT      "transport"      /* not the way that is configured; 461 */
#define TROUBLE_NO_UDP         "no_udp"         /* it plays over UDP, but nothing arrives */
#define TROUBLE_FOREIGN        "foreign"        /* it would send from another address */
#define TROUBLE_MIXED          "mixed"          /* a dead session's packets among ours */
/* RTSPS; the detail is the fingerprint of the certificate that was shown. */
#define TROUBLE_TLS_EXPIRED     "tls_expired"
#define TROUBLE_TLS_EARLY       "tls_early"       /* not valid yet, or our clock is wrong */
#define TROUBLE_TLS_NAME        "tls_name"        /* for another host */
#define TROUBLE_TLS_ISSUER      "tls_issuer"      /* signed by nobody who is trusted */
#define TROUBLE_TLS_FINGERPRINT "tls_fingerprint" /* not the one that was pinned */
#define TROUBLE_TLS             "tls"             /* no TLS; detail: what libssl says */
#define TROUBLE_UNUSABLE       "unusable"       /* what else we cannot take; the detail, one
                                                 * of N_(), says what and what to do */

/* The camera's side of a track over UDP. */
struct session_wish {
    int track;
    int rtp, rtcp;   /* its ports; 0: not said */
    char source[64]; /* the address that it says it sends from; "": not said */
};

/* The session may be called from inside these, but not freed. */
struct session_listener {
    void (*on_dial)(void *arg);                         /* session_dialled() answers */
    /* session_login() answers: each once, in the order of asking. */
    void (*on_challenge)(void *arg, const struct challenge *c);
    void (*on_tracks)(void *arg, const struct track tracks[TRACKS]); /* before PLAY */
    void (*on_playing)(void *arg);                      /* PLAY was answered */
    void (*on_packet)(void *arg, const struct packet *packet);
    /* The connection is over; on_dial follows. `detail` is English, printable ASCII, and may
     * be "" or quote the camera. */
    void (*on_trouble)(void *arg, const char *code, const char *detail);
    /* Over UDP only: session_ports() answers, then session_socket() twice or again
     * session_ports() with none. */
    void (*on_ask_ports)(void *arg, int track);
    void (*on_ask_sockets)(void *arg, const struct session_wish *wish);
};

/* How RTP travels. Auto: inside the TCP connection; over UDP where the camera refuses that,
 * which is remembered. */
enum session_transport { SESSION_AUTO, SESSION_TCP, SESSION_UDP };

struct session_setup {
    struct loop *loop;
    const char *url;   /* rtsp[s]://host[:port]/path, no user, no password */
    const struct tls_trust *trust; /* rtsps: whom the camera must be; outlives the session */
    bool audio;        /* SETUP the audio track too */
    enum session_transport transport;
    int gulp_ms;       /* SO_RCVLOWAT near this much of the measured rate; 0: every readiness */
};

struct session *session_new(const struct session_setup *setup,
                            const struct session_listener *listener, void *arg);
void session_start(struct session *s); /* asks to be dialled */
/* Connected, TCP; owned from now on. Closed at once if nobody asked. */
void session_dialled(struct session *s, int fd);
/* The value of the Authorization header, or NULL: no password, or no try left. That is
 * trouble, but not while pictures come: then only this login is given up. */
void session_login(struct session *s, const char *authorization);
/* Our UDP ports of a track, RTCP's is the next; 0: none, for the reason `code`. */
void session_ports(struct session *s, int track, int rtp, const char *code);
/* One of a track's two sockets, connected; owned from now on. */
void session_socket(struct session *s, int track, bool rtcp, int fd);
void session_free(struct session *s); /* TEARDOWN is sent if it is playing */

struct session_counts {
    int64_t packets, lost_packets, damaged_frames, bytes, connections;
    int64_t video_frames, key_frames; /* handed on */
    int64_t clock_jumps;     /* RTP stamps or clocks that were not believed */
    int64_t foreign_packets; /* of another source, left out */
    int64_t skipped_bytes;   /* where the framing was lost */
};
const struct session_counts *session_counts(const struct session *s);

/* What the camera says of itself. */
struct session_facts {
    double declared_fps;     /* 0: not said */
    bool clock_known;        /* its last sender report had a time of day */
    int64_t clock_ahead_us;  /* before ours */
    int reorder;             /* pictures that come before one that is shown earlier */
    char audio_refused[16];  /* sound that is asked for, offered and cannot be taken */
};
void session_facts(const struct session *s, struct session_facts *out);
