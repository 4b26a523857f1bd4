/*
 * What the files of this room share of one camera and its channels.
 * Thread: loop only.
 */
#pragma once
#include <event2/event.h>

#include "address.h"
#include "backoff.h"
#include "dial.h"
#include "health.h"
#include "login.h"
#include "nursery.h"
#include "opens.h"
#include "ports.h"
#include "ration.h"
#include "tries.h"
#include "watch/watch.h"
#include "wire/reader.h"

struct watch {
    struct loop *loop;
    struct nursery *nursery;
    struct dialler *dialler;
    struct tries *tries;
    struct opens *opens;
    struct timer *tick;
    int64_t ticked_us; /* monotonic, the last one */
    struct camera_watch *cameras;
    struct onvif *devices;
    struct detection *detections; /* also those that take leave */
    struct parting *partings; /* processes that were let go and may not have ended */
};

/* A channel in the eyes of kengd: whether its process waits for a connection, where it is
 * with its login, and the run that comes over. */
struct channel_watch {
    struct camera_watch *cam;
    enum channel number;
    const char *url; /* NULL: there is no such channel */
    struct address address;
    bool has_address;

    bool asked; /* its process waits to be connected */
    bool playing;
    bool udp; /* sockets for that were handed over on this connection */
    int64_t played_us; /* monotonic, when it began to play */
    char trouble[32];  /* the last one's code; "": none */
    int64_t connections;
    int64_t lost_packets, damaged_frames; /* as its process last counted them */
    struct dial *dial;
    struct opening opening;
    int fd; /* connected, and waits for its turn to be opened; -1: none */
    struct timer *again;
    struct backoff backoff;
    int64_t wait_us; /* before the next dial; 0: at once */
    struct endpoint here, there;     /* of the connection that was handed over last */
    struct ports ports[LINK_TRACKS]; /* that wait to be connected */

    struct place *place; /* NULL: no user is configured */
    struct try try;
    bool challenged; /* a challenge waits for its turn */
    bool proven;     /* a login was right on this connection */
    bool answered;   /* a login was sent on this connection */
    int answers;     /* on this connection */
    bool digest_seen;
    const char *refused; /* why no login was sent on this connection; NULL: it was */
    struct camera_challenge challenge;
    struct login_nonce nonce;

    const struct init *init; /* of the run; NULL: none */
    bool any;                /* a fragment of the run has come */
    uint64_t last_dts;
    int64_t run_mono_us; /* monotonic, when the run's init came */
    int64_t run_end_us;  /* where its last fragment ended, from its begin */
    bool pictures_wanted;
};

struct camera_watch {
    struct camera_watch *next;
    struct watch *watch;
    const struct settings *set;
    const struct camera_settings *camera;
    const struct settings *motion_set; /* keeps what is in force of motion and ONVIF: */
    const struct camera_settings *kept;
    const struct motion_settings *motion;
    struct motion_orders told; /* what its process looks for */
    const struct camera_listener *listener;
    void *arg;
    struct health health;
    struct channel_watch channels[CHANNELS];

    /* Its process */
    int link;  /* -1: none */
    int pidfd; /* -1: not told yet, or none */
    pid_t pid; /* 0: not told yet */
    struct event *readable;
    struct wire_reader reader;
    int64_t born_us, heard_us; /* monotonic */
    struct backoff births;
    struct timer *again; /* the next birth */
    struct ration ration;
    const char *refused;  /* why what it says was refused; NULL: it cannot be read */
    const char *too_much; /* with `refused`: of what */
    struct detection *detection; /* NULL: not configured */
    int64_t ticks;
    bool starting; /* nobody is told of anything yet */

    /* The message that is being read */
    struct fragment *fragment;
    struct picture *picture;
    uint8_t *bytes;           /* any other body */
    struct picture *snapshot; /* for the motion that follows */

    /* What its process has learned of the view: for the next, and for nobody else. */
    bool motion_paused; /* whatever its settings say */
    bool debug_wanted; /* somebody looks at what the detector sees */
    uint8_t view_memory[LINK_VIEW_MEMORY];
    size_t view_memory_size;

    /* What was lost before this window and in it; both count as lately. */
    int64_t window_us; /* monotonic; when it began */
    int64_t losses_then, reconnects_then, losses_before, reconnects_before;

};

/* ---- camera_watch.c ---------------------------------------------------------------- */

void camera_tick(struct camera_watch *cam, int64_t now_us); /* every second */
/* Its process was born; the descriptor is owned from now on. */
void camera_born(struct camera_watch *cam, const struct nursery_news *news, int pidfd);
/* A process of this camera has ended, this one or one before, or none could be made. */
void camera_ended(struct camera_watch *cam, const struct nursery_news *news);
/* Settles the health and tells, when it has changed. */
void camera_look(struct camera_watch *cam);

/* ---- process.c ------------------------------------------------------------------------
 */

void child_bear(void *cam); /* a timer's call */
/* Lets go of the process, which ends when it sees its link closed. */
void child_let_go(struct camera_watch *cam);
/* It is over, or is ended here because of what it did; another is born. */
void child_lost(struct camera_watch *cam, const char *code, bool kill_it);
/* Takes from what its process may hand over. False: that is used up. */
bool child_grants(struct camera_watch *cam, enum ration_kind kind);
/* Tells it what to look for now, if that has changed. */
void child_order(struct camera_watch *cam);
/* Sends a message and empties it; with a descriptor, or -1. */
void child_wants_debug(struct camera_watch *cam);
void child_send(struct camera_watch *cam, struct bytes *message, int fd);

/* ---- watch.c ----------------------------------------------------------------------- */

/* The process is given 3 s to end by itself. Takes over the descriptor. */
void watch_part(struct watch *watch, int pidfd, pid_t pid, const char *camera);

/* ---- channel.c --------------------------------------------------------------------- */

void channel_open(struct channel_watch *ch, struct camera_watch *cam,
                  enum channel number);
void channel_close(struct channel_watch *ch);
void channel_lost(struct channel_watch *ch); /* its process has ended */
void channel_asks(struct channel_watch *ch); /* DIAL */
/* False: it cannot be what it says. */
bool channel_challenged(struct channel_watch *ch, const uint8_t *body, size_t size);
bool channel_state(struct channel_watch *ch, const uint8_t *body, size_t size);
bool channel_measured(struct channel_watch *ch, const uint8_t *body, size_t size);
bool channel_asks_ports(struct channel_watch *ch, const uint8_t *body, size_t size);
bool channel_asks_sockets(struct channel_watch *ch, const uint8_t *body, size_t size);
void channel_wants_pictures(struct channel_watch *ch);

/* ---- take.c: the media, which is checked here -------------------------------------- */

bool take_init(struct channel_watch *ch, const struct wire_header *h,
               const uint8_t *body);
bool take_fragment(struct channel_watch *ch, const struct wire_header *h);
bool take_picture(struct channel_watch *ch, const struct wire_header *h);
bool take_debug(struct channel_watch *ch, const struct wire_header *h);
bool take_motion(struct channel_watch *ch, const uint8_t *body, size_t size);
bool take_view(struct channel_watch *ch, const uint8_t *body, size_t size);
bool take_activity(struct channel_watch *ch, const struct wire_header *h,
                   const uint8_t *body);
void take_broken(struct channel_watch *ch);
