/*
 * A camera by script, and a listener that remembers what the session told. The camera
 * sits on the other end of a socket pair; the clock is the test's and stands still by
 * itself.
 */
#pragma once
#include "check.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "session.h"
#include "session/tick.h"

/* ---- clock ---- */

extern int64_t test_mono_us, test_wall_us;
void clock_begin(void); /* both clocks are the test's from now on */

/* ---- RTP ---- */

struct rtp {
    uint16_t sequence;
    uint32_t time, ssrc;
    bool marker;
    uint8_t type;
};

/* Adds the packet; with a channel of 0 or more, as a frame of RTSP. */
void rtp_write(struct bytes *to, int channel, const struct rtp *rtp, const void *payload,
               size_t size);

/* ---- what was heard ---- */

enum { HEARD_MAX = 4096 };

struct heard_packet {
    int which;
    uint32_t run;
    int64_t pts, dts, wall_us;
    bool key, damaged;
    unsigned version;
    size_t size;
    uint8_t first[16];
};

struct heard {
    struct heard_packet packets[HEARD_MAX];
    int count;
};
void heard_packet(struct heard *h, const struct packet *packet);

/* ---- a session and its camera ---- */

struct peer {
    struct loop *loop;
    struct session *session;
    int fd; /* the camera's end; -1: not connected */
    int dials, challenges, playing, troubles, tracks_told;
    bool dials_answered;       /* a dial is answered at once, with a socket pair */
    bool logins_answered;      /* a challenge is answered at once, with `authorization` */
    const char *authorization; /* NULL: refused */
    struct challenge challenge;
    struct track tracks[TRACKS];
    char trouble[32], detail[200];
    char request[4096]; /* what the session sent since the last look */
    struct heard heard;
    int asked_ports[TRACKS], asked_sockets[TRACKS];
    struct session_wish wish;
};

struct peer *peer_new(const char *url, bool audio);
struct peer *peer_new_by(const char *url, bool audio, enum session_transport transport);
void peer_free(struct peer *p);

/* Lets the session read and write until nothing moves. */
void peer_settle(struct peer *p);

/* What came from the session since the last call; also in `request`. */
const char *peer_reads(struct peer *p);

void peer_says(struct peer *p, const char *text);
void peer_sends(struct peer *p, const void *bytes, size_t size);

/* "RTSP/1.0 200 OK" with these header lines and this body. */
void peer_answers(struct peer *p, const char *headers, const char *body);

/* Moves the clocks and lets the session look at them. */
void peer_waits(struct peer *p, int64_t us);

/* Answers up to PLAYING: H.264 with sets, and G.711 if asked for. */
void peer_plays(struct peer *p);

/* One whole picture in one packet on channel 0, `frame` counts from 0; 15 in a second. */
void peer_sends_picture(struct peer *p, int frame, bool key);

extern const char peer_sdp[];
