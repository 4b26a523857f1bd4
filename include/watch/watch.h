/*
 * The parent's side of cameras. A watch owns the nursery (the keng-camera process that
 * forks one child a camera), resolves and dials for the children, answers login
 * challenges and counts them; a camera_watch is one camera: its child, what it is doing,
 * and what it hands over. Everything that comes from a child is checked here.
 * Thread: loop only. Times: microseconds since 1970, UTC (`_us`). Errors: ERR_NETWORK,
 * ERR_LOGIN, ERR_BUSY.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "core/error.h"
#include "core/loop.h"
#include "core/way.h"
#include "media/fragment.h"
#include "store/desk.h"

struct camera_watch;
struct watch;

enum channel { CHANNEL_MAIN, CHANNEL_SUB, CHANNELS };

enum camera_state {
    CAMERA_CONNECTING,
    CAMERA_RECORDING, /* pictures come */
    CAMERA_FROZEN,    /* it records, but the same picture again and again */
    CAMERA_COVERED,   /* it records, but dark, blurred or another place */
    CAMERA_NO_VIDEO,  /* connected, but no pictures for 3 s */
    CAMERA_REFUSED,   /* the camera says no: password, path, session limit */
    CAMERA_LOST,      /* it does not answer */
};
const char *camera_state_word(enum camera_state state); /* "connecting", ... as answered */
bool camera_state_records(enum camera_state state); /* pictures come, good or not */

/* What one channel is, as measured; zeros and "" while unknown. */
struct channel_facts {
    char transport[4]; /* "tcp", "udp" or "tls" while it plays, else "" */
    char codec[16];   /* "h264", "h265" */
    int width, height;
    double fps;       /* measured */
    int64_t bits_per_s;
    double gop_s;     /* keyframe to keyframe */
    char audio[16];   /* "aac", "pcma", "pcmu" or "" */
    double declared_fps;     /* what the camera says; 0: nothing */
    bool clock_known;        /* it tells the time of day, */
    int64_t clock_ahead_ms;  /* so far before ours */
    int reorder;             /* B-frames: pictures sent before one that is shown earlier */
    char audio_refused[16];  /* sound that it has and kengd cannot take; "" */
};

struct camera_health {
    enum camera_state state;
    int64_t since_us;
    char reason_code[32];    /* "", "wrong_password", "wrong_path", "port_closed",
                                "unknown_host", "no_answer", "silent", "no_route",
                                "no_video", "login_pause", "unusable", "crashed", ... */
    char reason[400];        /* a sentence, with what to do, in the site's language; "" when well */
    int64_t last_frame_us;   /* 0: none yet */
    int64_t reconnects;
    int64_t lost_packets, damaged_frames;
    int64_t losses;          /* packets and pictures lost in the last 10 minutes or more */
    int64_t broken_off;      /* reconnects in that time */
    struct channel_facts channels[CHANNELS];
};

/* MOVED: it goes on, and its way is longer; without picture and box. */
enum motion_phase { MOTION_BEGAN, MOTION_BETTER, MOTION_ENDED, MOTION_MOVED };

struct motion_report {
    enum motion_phase phase;
    uint32_t number;        /* the same from BEGAN to ENDED; unique while the child lives */
    int64_t start_us;       /* first sight */
    int64_t at_us;          /* the moment of this report's picture, or the end */
    int64_t decided_us;     /* wall time of the detector's decision */
    int score;              /* permille */
    float box[4];           /* x0 y0 x1 y1 in 0..1 */
    char zone[ID_MAX];      /* "" when no zones are configured */
    struct way way;         /* so far, of what was seen first */
};

/* Where something moved during one second, in 16 columns and 9 rows: bit row * 16 + column,
 * the lowest bit of a byte first, row 0 at the top. */
struct motion_second {
    int64_t second_us;      /* a whole second */
    uint8_t cells[18];
};

/* What the camera's own detection sees, over ONVIF. */
enum detected {
    DETECTED_MOTION,
    DETECTED_HUMAN,
    DETECTED_VEHICLE,
    DETECTED_TAMPER, /* covered, turned away, blurred */
    DETECTED_KINDS,
};

/* How it is with the camera's own detection. */
struct detection_health {
    const char *state;      /* "connecting", "on", "lost" or "refused" */
    char reason_code[32];   /* "" when well */
    int64_t since_us;
    bool on[DETECTED_KINDS];
    bool clock_known;
    int64_t clock_offset_us; /* the camera's clock less ours */
    int64_t events, left_out; /* since the camera was started; left out: too many at once */
};

/* What a camera hands over. Fragments and pictures come with one reference that the
 * listener takes over. */
struct camera_listener {
    void (*on_fragment)(void *arg, enum channel channel, const struct fragment *frag);
    void (*on_break)(void *arg, enum channel channel);
    void (*on_picture)(void *arg, enum channel channel, const struct picture *picture);
    void (*on_motion)(void *arg, const struct motion_report *motion,
                      const struct picture *snapshot /* may be NULL */);
    /* What the detector sees, while it is wanted: the bytes of wire/debug_link.h, checked. */
    void (*on_debug)(void *arg, const struct picture *view);
    /* Only of seconds with motion, some seconds late; a second may come twice, both count. */
    void (*on_activity)(void *arg, const struct motion_second *second);
    void (*on_health)(void *arg, const struct camera_health *health); /* state or reason changed */
    /* The camera's own detection: one kind has begun or ended; `health->state` has changed.
     * What was on when it is lost has ended. */
    void (*on_detected)(void *arg, enum detected kind, bool on);
    void (*on_detection)(void *arg, const struct detection_health *health);
};

/* `program`: keng-camera; `duties`: a STORE_DUTIES desk where failed logins are remembered.
 * The nursery runs when this returns. */
struct watch *watch_open(const char *program, struct loop *loop, struct desk *duties,
                         struct error *err);
/* Passwords are typed, not configured; kengctl's. */
void watch_by_hand(struct watch *watch);
/* A login that kengctl tried has failed at "host:port user" with a password of this mark. */
void watch_login_failed(struct watch *watch, const char *place, int mark);
void watch_close(struct watch *watch); /* after every camera_watch_stop() */

/* Begins to connect and never gives up. `set` keeps `camera` alive (counted). */
struct camera_watch *camera_watch_start(struct watch *watch, const struct settings *set,
                                        const struct camera_settings *camera,
                                        const struct camera_listener *listener, void *arg);
void camera_watch_stop(struct camera_watch *cam); /* NULL is allowed; no call comes after */

/* Other zones, masks, hours, sensitivity or ONVIF from now on; the process and its stream go
 * on. `set` keeps `camera` alive (counted). Where ONVIF changes nothing is told of what was
 * on: it is asked anew. */
void camera_watch_keep(struct camera_watch *cam, const struct settings *set,
                       const struct camera_settings *camera);

/* Whether anybody looks at single pictures of this channel now. */
/* While it is paused the camera's process decodes nothing for motion; told within seconds. */
void camera_watch_pause_motion(struct camera_watch *cam, bool paused);

void camera_watch_want_pictures(struct camera_watch *cam, enum channel channel, bool wanted);

/* Whether anybody looks at what the detector sees now. */
void camera_watch_want_debug(struct camera_watch *cam, bool wanted);

const struct camera_health *camera_watch_health(const struct camera_watch *cam);
/* NULL: its own detection is not configured. */
const struct detection_health *camera_watch_detection(const struct camera_watch *cam);
/* Why it is as it is, in that language; "" when well. */
void camera_watch_reason(const struct camera_watch *cam, enum language language, char *to,
                         size_t room);

/* What would make the camera serve better: in a table, by what was measured. Fills in at
 * most `room`, the weightiest first, and says how many. Sentences in the thread's
 * language, valid for ever. */
struct camera_advice {
    const char *code; /* "smart_codec", "sub_h265", ... */
    const char *text; /* what is so, why it matters, what to do */
};
enum { CAMERA_ADVICE_MAX = 12 };
size_t camera_watch_advice(const struct camera_watch *cam,
                           struct camera_advice to[CAMERA_ADVICE_MAX]);

/* The view as it is now is right: forgets what was learned. The camera starts anew. */
void camera_watch_forget_view(struct camera_watch *cam);
