/*
 * What kengd and one camera's process say to each other: the messages above 64 of
 * wire/wire.h, written and read in one place for both. kengd holds the process to be
 * hostile, so each field that is read is capped and checked; what does not fit the
 * message is an error, never a guess. Texts are without control characters. Thread: any.
 * Errors: ERR_MEDIA. Times: microseconds since 1970, UTC (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/error.h"
#include "core/way.h"
#include "wire/wire.h"

enum {
    LINK_CHANNELS = 2,
    LINK_TRACKS = 2, /* video, audio */
    LINK_ID = 48,
    LINK_URL = 512,
    LINK_PATH = 1024,
    LINK_POLYGONS = 16,
    LINK_POINTS = 32,
    LINK_AUTHORIZATION = 2048,
    LINK_SMALL_MAX = 16 << 10, /* body of any message but START and ORDERS */
    LINK_ORDERS_MAX = 64 << 10,
    LINK_ACTIVITY = 18,        /* body of ACTIVITY */
    LINK_VIEW_MEMORY = 2400,
};

/* ---- kengd -> keng-camera ---------------------------------------------------------- */

struct camera_polygon {
    char id[LINK_ID];
    float points[LINK_POINTS][2]; /* 0..1 of the picture */
    int count;
    float smallest, largest; /* of zones: parts of the picture; 0: no such bound */
    int stays_ms;
};

/* WIRE_ORDERS: what to look for, at any time. */
struct motion_orders {
    bool detect;
    int sensitivity; /* 1..5 */
    struct camera_polygon zones[LINK_POLYGONS], masks[LINK_POLYGONS];
    int zone_count, mask_count;
};

enum camera_transport { CAMERA_AUTO, CAMERA_TCP, CAMERA_UDP };

/* Whether the view is watched, and what a process before has learned of it. */
struct camera_view_orders {
    bool on;
    int frozen_s, covered_s;
    uint8_t memory[LINK_VIEW_MEMORY]; /* as VIEW brought it */
    size_t memory_size;
};

/* WIRE_START: what this camera's process is for. It changes only by a new process, but for
 * the motion. */
struct camera_orders {
    char camera[LINK_ID];
    char url[LINK_CHANNELS][LINK_URL]; /* "": there is no such channel; main is always */
    bool audio;
    int transport; /* enum camera_transport */
    bool sandbox;
    char tls_fingerprint[65]; /* of the camera's certificate, hexadecimal; "": none is meant */
    char tls_ca[LINK_PATH];   /* a file with whom to trust; "": whom the system trusts */
    int gulp_ms;
    struct motion_orders motion;
    struct camera_view_orders view;
};

/* WIRE_LOGIN: answers the channel's challenge. "": no password, or no try left. */
struct camera_login {
    char authorization[LINK_AUTHORIZATION];
};

/* WIRE_DIALLED has no body: its descriptor is the connection. */

/* WIRE_PORTS: answers ASK_PORTS, or refuses ASK_SOCKETS. */
struct camera_ports {
    int track;
    int rtp;      /* even, RTCP's is the next; 0: there are none */
    char why[32]; /* then: a code as in WIRE_STATE */
};

/* WIRE_SOCKET: its descriptor receives from the camera's address only. */
struct camera_socket {
    int track;
    bool rtcp;
};

void link_put_orders(struct bytes *to, const struct camera_orders *orders);
bool link_read_orders(const uint8_t *body, size_t size, struct camera_orders *out,
                      struct error *err);
void link_put_motion_orders(struct bytes *to, const struct motion_orders *orders);
bool link_read_motion_orders(const uint8_t *body, size_t size, struct motion_orders *out,
                             struct error *err);
void link_put_login(struct bytes *to, int channel, const struct camera_login *login);
bool link_read_login(const uint8_t *body, size_t size, struct camera_login *out,
                     struct error *err);
void link_put_pictures(struct bytes *to, int channel, bool wanted);
/* Also of WIRE_DEBUG_WANTED. */
bool link_read_pictures(const uint8_t *body, size_t size, bool *wanted,
                        struct error *err);

/* WIRE_DEBUG_WANTED: as the one for pictures. */
void link_put_debug_wanted(struct bytes *to, bool wanted);

void link_put_ports(struct bytes *to, int channel, const struct camera_ports *ports);
bool link_read_ports(const uint8_t *body, size_t size, struct camera_ports *out,
                     struct error *err);
void link_put_socket(struct bytes *to, int channel, const struct camera_socket *socket);
bool link_read_socket(const uint8_t *body, size_t size, struct camera_socket *out,
                      struct error *err);

/* ---- keng-camera -> kengd ---------------------------------------------------------- */

/* WIRE_ASK_PORTS has only the track. WIRE_ASK_SOCKETS: what the camera answered. */
struct camera_wish {
    int track;
    int rtp, rtcp;   /* the camera's ports; 0: it did not say */
    char source[64]; /* the address it says it sends from; "": it did not say */
};

/* WIRE_CHALLENGE: what the camera sent, byte for byte, in any encoding. */
struct camera_challenge {
    bool digest; /* false: Basic */
    bool stale;
    char realm[128], nonce[256], opaque[256], qop[32], algorithm[32];
    char method[24], uri[512];
};

/* WIRE_STATE. code: "playing", or a word of daemon/eye/session.h (a-z 0-9 _). */
struct camera_trouble {
    char code[32];
    char detail[160]; /* for the log and the admin; what the camera said, if it did */
};

/* WIRE_MEASURED, per channel, about once in 5 s, also when nothing comes. Counts are
 * since the process began. */
struct camera_measured {
    char codec[16], audio[16]; /* "" while unknown or none */
    int width, height;
    double fps, gop_s;
    double declared_fps; /* by its SDP; 0: not said */
    int64_t bits_per_s;
    int64_t lost_packets, damaged_frames;
    bool clock_known;
    int64_t clock_ahead_ms;  /* the camera's clock before ours, by its sender reports */
    int reorder;             /* pictures that come before one that is shown earlier */
    char audio_refused[16];  /* sound that is offered and cannot be taken; "": none */
};

/* WIRE_MOTION. */
enum {
    CAMERA_MOTION_BEGAN,
    CAMERA_MOTION_BETTER,
    CAMERA_MOTION_ENDED,
    CAMERA_MOTION_MOVED, /* its way is longer; no picture, no box */
};

struct camera_motion {
    int phase;
    uint32_t number;
    int64_t start_us, at_us, decided_us;
    int score; /* permille */
    float box[4];
    char zone[LINK_ID];
    struct way way; /* times never go back */
};

void link_put_challenge(struct bytes *to, int channel, const struct camera_challenge *c);
bool link_read_challenge(const uint8_t *body, size_t size, struct camera_challenge *out,
                         struct error *err);
void link_put_wish(struct bytes *to, enum wire_kind kind, int channel,
                   const struct camera_wish *wish);
bool link_read_wish(const uint8_t *body, size_t size, struct camera_wish *out,
                    struct error *err);
void link_put_trouble(struct bytes *to, int channel,
                      const struct camera_trouble *trouble);
bool link_read_trouble(const uint8_t *body, size_t size, struct camera_trouble *out,
                       struct error *err);
void link_put_measured(struct bytes *to, int channel, const struct camera_measured *m);
bool link_read_measured(const uint8_t *body, size_t size, struct camera_measured *out,
                        struct error *err);
void link_put_motion(struct bytes *to, int channel, const struct camera_motion *motion);
bool link_read_motion(const uint8_t *body, size_t size, struct camera_motion *out,
                      struct error *err);

/* WIRE_ACTIVITY: bit row * 16 + column, the lowest bit of a byte first; row 0 of 9 at the
 * top. Of seconds with motion only; a second may come twice, and both count. */
void link_put_activity(struct bytes *to, int channel, int64_t second_us,
                       const uint8_t cells[LINK_ACTIVITY]);
bool link_read_activity(const uint8_t *body, size_t size, uint8_t cells[LINK_ACTIVITY],
                        struct error *err);

/* WIRE_VIEW, when it changes and every few minutes. */
enum {
    CAMERA_VIEW_WELL,
    CAMERA_VIEW_FROZEN,
    CAMERA_VIEW_DARK,
    CAMERA_VIEW_FLAT,
    CAMERA_VIEW_BLURRED,
    CAMERA_VIEW_TURNED,
    CAMERA_VIEW_KINDS
};

struct camera_view {
    int kind;
    const uint8_t *memory; /* lent; means something to keng-camera only */
    size_t memory_size;
};

void link_put_view(struct bytes *to, int channel, const struct camera_view *view);
bool link_read_view(const uint8_t *body, size_t size, struct camera_view *out,
                    struct error *err);

/* DIAL, DIALLED, BROKEN, PING: a header and nothing else. */
void link_put_empty(struct bytes *to, enum wire_kind kind, int channel);

/* ---- the nursery's control socket (SEQPACKET, one message a packet) ---------------- */

/* What a child is for. */
enum nursery_role { NURSERY_CAMERA, NURSERY_ONVIF, NURSERY_ROLES };

/* kengd asks for a child: this, with the child's end of its link. */
struct nursery_order {
    char camera[LINK_ID];
    int32_t role; /* enum nursery_role */
};

/* The nursery tells: born (with a pidfd, where the kernel has them), then ended. */
struct nursery_news {
    char camera[LINK_ID];
    int32_t role;   /* as ordered */
    int32_t pid;    /* 0 with `ended`: no process could be made; status: errno */
    int32_t ended;  /* 0 or 1 */
    int32_t status; /* as from waitpid(2) */
};
