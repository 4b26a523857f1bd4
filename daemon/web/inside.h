/*
 * What the files of this room share: the web itself, one request (an ask), and who asks.
 * Thread: loop only, but for what a job on a desk or worker is handed.
 */
#pragma once
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "guard.h"
#include "web/web.h"

/* How objects are written: 0.41 is not 0.40999999999999998. */
#define JSON_STYLE (JSON_COMPACT | JSON_REAL_PRECISION(10))

struct access_log;
struct ask;
struct footage;
struct glances;
struct guests;
struct lockout;
struct outlet;
struct rights;
struct tls;
struct viewer;
struct who;

enum right {
    RIGHT_NOBODY,   /* a row whose right was forgotten */
    RIGHT_OPEN,     /* everybody, also nobody: pages, /healthz, coming in */
    RIGHT_VIEW,     /* live, events, snapshots, clips of events */
    RIGHT_ANSWER,   /* alerts */
    RIGHT_RAISE,    /* "Báo động" */
    RIGHT_PLAYBACK, /* recordings, clips of any time */
    RIGHT_EXPORT,   /* packages of footage for others, holds */
    RIGHT_PAIR,     /* phones of other people, who looked: rank 1 and admins */
    RIGHT_MANAGE,   /* the whole access log, where files lie: admins of the whole site */
    RIGHT_DEBUG,    /* zones, and what the detector sees */
    RIGHT_PROBE,    /* a program on this machine, or RIGHT_MANAGE */
    RIGHT_CONTROL,  /* kengctl's socket only; elsewhere the address does not exist */
};

/* One way in. */
enum door_kind { DOOR_PLAIN, DOOR_TLS, DOOR_CONTROL };

struct door {
    struct web *web;
    enum door_kind kind;
    struct evhttp *http; /* NULL: not open */
};

enum { STATUS_CLASSES = 6 };

struct web_counts {
    uint64_t answers[STATUS_CLASSES]; /* by the first digit */
    uint64_t refused;                 /* by the guard */
    uint64_t turned_away;             /* connections over a cap */
    uint64_t too_late;                /* connections over a deadline */
    uint64_t sent_bytes;              /* of streams */
    uint64_t shed;                    /* fragments that slow viewers lost */
    uint64_t kicked;                  /* viewers that took nothing */
    uint64_t viewers_opened, viewers_closed;
};

LIST_HEAD(viewer_list, viewer);
LIST_HEAD(ask_list, ask);
LIST_HEAD(outlet_list, outlet);

struct web {
    const struct settings *settings;
    struct loop *loop;
    struct desk *duties, *reads;
    struct web_doors doors;
    struct worker *files; /* reads segments and snapshots */
    const char *ui_dir;   /* NULL: pages from the program */
    int64_t started_us;   /* monotonic */
    int stuck_s;          /* a write that does not move for so long ends a viewer */

    struct door *in;
    size_t in_count;
    struct tls *tls;                   /* NULL: none of the doors has it */
    struct evconnlistener **listeners; /* owned by the doors */
    size_t listener_count;
    struct timer *accept_again; /* after the machine ran out of descriptors */
    char *socket_path;          /* kengctl's; NULL until bound */

    struct guests *guests;
    struct rights *rights;
    struct lockout *lockout;
    struct lockout *codes; /* of screens: made by an address, mistyped by a person */
    struct access_log *access;
    struct footage *footage;
    struct glances *glances;
    struct timer *tick; /* every 2 s: PING */
    struct viewer_list viewers;
    struct ask_list asks;
    struct outlet_list outlets;
    struct web_counts counts;
};

struct route;
typedef void route_fn(struct ask *ask);

/* Where {id} in a pattern leads; the dispatcher itself looks at the right to a camera. FOOTAGE:
 * a camera, also one that is configured no more. */
enum scope { SCOPE_NONE, SCOPE_CAMERA, SCOPE_FOOTAGE, SCOPE_ROW };

struct route {
    enum evhttp_cmd_type method;
    const char *pattern; /* "{id}" one identifier, "{file}" the rest of the path */
    enum right right;
    enum scope scope;
    route_fn *fn;
};

enum { ROUTE_ARG_MAX = 256 };

/* A request from the guard to its one answer. */
struct ask {
    LIST_ENTRY(ask) next;
    struct web *web; /* NULL: the web was closed meanwhile */
    struct door *door;
    struct evhttp_request *req; /* NULL: gone with the web */
    const struct route *route;
    const struct settings *settings;      /* counted */
    const struct who *who;                /* counted; NULL on open routes */
    const struct camera_settings *camera; /* SCOPE_CAMERA */
    char arg[ROUTE_ARG_MAX];              /* what stood for {id} or {file} */
    char address[64];                     /* of the peer, or of whom our proxy names */
    bool by_proxy;                        /* one of web.proxies */
    bool head;                            /* HEAD: no body */
    bool by_cookie;
    enum language language;
    struct evkeyvalq query;
    void *job; /* the route's own, freed with drop_job */
    void (*drop_job)(void *job);
};

/* The routes table, and the first row that fits. `arg` as above. `*other_method`: the
 * path is known, the method is not. */
const struct route *route_find(enum evhttp_cmd_type method, const char *path,
                               char arg[ROUTE_ARG_MAX], bool *other_method);
extern const struct route routes[];
extern const size_t route_count;

/* Whether `pattern` takes `path`; exported for tests. */
bool route_fits(const char *pattern, const char *path, char arg[ROUTE_ARG_MAX]);

/* ---- routes, by file ------------------------------------------------------------------
 */
route_fn page_root, page_screen, page_phone, page_console, page_enter, page_pair, page_shared,
    page_worker, page_file;
route_fn health_live, health_ready, metrics_text;
route_fn session_open, session_end;
route_fn pairing_new, pairing_redeem, screens_list, screen_code, screen_approve;
route_fn devices_get, device_delete;
route_fn site_get, areas_list, people_list, cameras_list, camera_get;
route_fn still_latest, mp4_live, mjpeg_live, live_open, feed_open;
/* Who may look at what a camera shows may also play its last minutes, as live. */
#define LIVE_LIST_US SECONDS_US(1200)
route_fn live_playlist, recordings_list, playlist_get, fragments_list, segment_bytes, clip_get, activity_get;
route_fn events_get_list, event_get_one, event_snapshot, event_clip,
    event_share, event_passed, shared_get, shared_snapshot, shared_clip;
route_fn alerts_get_list, alert_get_one, alert_acknowledge, alert_false_alarm,
    alert_resolve, alert_delivered, alarm_raise;
route_fn export_start, export_list, export_get_one, export_package, export_key;
route_fn push_get, push_subscribe, push_end, push_test, mutes_list, mute_begin, mute_stop;
route_fn picture_by_link;
route_fn access_log_list, access_looks_list;
route_fn control_clock_trust, control_learn, control_access_verify;
route_fn control_rebuild, control_scrub, control_backup;
route_fn hold_add, hold_list, hold_release;
route_fn control_status, control_reload, control_token_new, control_tokens,
    control_token_revoke, control_logins, control_test_alert, control_explain;

/* The one dispatcher: every request of every door. */
void dispatch(struct evhttp_request *req, void *door);
