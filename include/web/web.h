/*
 * The web: HTTP(S) for pages, the one live stream a page, playback, alerts, and, over
 * kengctl's socket, the admin's words. Rights are checked at every address; what somebody
 * may not see is not found. The other features are reached through the doors below.
 * Thread: loop only; queries and files are workers. Errors: ERR_NETWORK (a port that is
 * taken is named), ERR_CONFIG (certificate).
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "core/error.h"
#include "core/loop.h"
#include "media/stream.h"
#include "store/alert_rows.h"
#include "store/desk.h"
#include "store/device_rows.h"
#include "store/export_rows.h"

struct web;

/* Answers an alert or an alarm; exactly one call happens, on the loop, at once or later, also
 * after web_close(). `result` is an object for the answer's body (the caller's reference is
 * taken over) and `status` HTTP's: 200 with ALERT, 409 with "error" and "alert", ... */
typedef void door_done_fn(void *arg, int status, json_t *result);

/* Footage of a camera that somebody wants to stay until a day. All of it is lent. */
struct hold_wish {
    const char *camera, *reason, *who;
    int64_t from_us, to_us, until_us;
};

/* What the web may ask of the rest of kengd, put in by the wiring. */
struct web_doors {
    void *arg;

    /* NULL: the camera has no such stream ("main" or "sub"). */
    struct stream *(*stream)(void *arg, const char *camera, bool sub);
    /* The stream whose pictures are the bytes of wire/debug_link.h. NULL: no such camera. */
    struct stream *(*debug)(void *arg, const char *camera);
    /* "state", "since", "reason_code", "reason", "last_frame", "reconnects", ..., "main" and
     * "sub" of CAMERA in docs/http.md; the web adds what is configured and "days". A new
     * reference; NULL: nothing is known. */
    json_t *(*camera)(void *arg, const char *camera);
    /* "disk": {"ok", "why", "free_bytes", "size_bytes"} and "clock_trusted", for /api/site,
     * /readyz and /metrics; whatever else is in it is shown by kengctl status. A new
     * reference. */
    json_t *(*health)(void *arg);

    /* `answer`: "acknowledge", "false-alarm" or "resolve". */
    void (*answer)(void *arg, const char *alert, const char *answer, const char *who,
                   const char *note, door_done_fn *done, void *done_arg);
    /* One of area and camera is NULL. */
    void (*raise)(void *arg, const char *area, const char *camera, const char *who,
                  const char *note, door_done_fn *done, void *done_arg);
    /* Only on this channel, only to this person; NULL: all. */
    void (*test)(void *arg, const char *area, const char *channel, const char *person,
                 const char *who, door_done_fn *done, void *done_arg);
    void (*delivered)(void *arg, const char *alert, const char *recipient);

    /* As include/alert/mute.h; 409 "last_awake" when nobody would be told any more. */
    void (*mute)(void *arg, const struct mute_row *what, int minutes, bool sure,
                 door_done_fn *done, void *done_arg);
    /* Why each person was told, or was not. One of alert and camera is NULL; so may
     * `severity` be. */
    void (*explain)(void *arg, const char *alert, const char *camera, int64_t at_us,
                    const char *severity, door_done_fn *done, void *done_arg);
    bool (*has_channel)(const char *name);
    /* Our key for Web Push, base64url; NULL: there is none. */
    const char *(*push_key)(void *arg);
    void (*phone_ready)(void *arg); /* one has subscribed: what waits for it can go */

    /* kengctl has tried a login at a camera, "host:port user", and it failed. */
    void (*login_failed)(void *arg, const char *place, int mark);
    /* What the camera shows now is what it shall show. */
    void (*learn)(void *arg, const char *camera);
    /* Reads the configuration again, for `who`. The report says what changed, or every
     * fault; the caller frees it. */
    bool (*reload)(void *arg, const char *who, char **report);

    /* `wish` is lent: who, cameras, from, to, reason, document. The answer is EXPORT. */
    void (*export_start)(void *arg, const struct export_row *wish, door_done_fn *done,
                         void *done_arg);
    int (*export_permille)(void *arg, const char *id); /* -1: it is not being made */
    /* The key that signs exports: its fingerprint, or as PEM. Lent; "": there is none. */
    const char *(*export_key)(void *arg, bool fingerprint);

    /* Footage that retention leaves alone: HOLD of docs/http.md, newest first, a new
     * reference. 201 and HOLD; 200 and HOLD as it was. */
    json_t *(*holds)(void *arg);
    void (*hold_add)(void *arg, const struct hold_wish *wish, door_done_fn *done,
                     void *done_arg);
    void (*hold_release)(void *arg, const char *id, door_done_fn *done, void *done_arg);

    /* Files and catalogue are compared in the background: 202, and "rebuild" of the health. */
    void (*rebuild)(void *arg, door_done_fn *done, void *done_arg);

    /* Every segment, of one camera or (NULL) all, is read and compared with its checksums:
     * 202, and "check" of the health. */
    void (*scrub)(void *arg, const char *camera, door_done_fn *done, void *done_arg);

    /* Writes a backup into an open file. Thread: that of `reads`. */
    bool (*backup)(struct store *reads, const struct settings *set, int fd,
                   struct error *err);

    /* A person says that the clock is right. 200: {"already", "synchronised", "now"}. */
    void (*clock_trust)(void *arg, door_done_fn *done, void *done_arg);
};

struct web_setup {
    const struct settings *settings;
    struct loop *loop;
    struct desk *duties;   /* STORE_DUTIES: tokens, access log */
    struct desk *reads;    /* STORE_READS: lists and playback */
    const char *ui_dir;    /* pages from disk while editing; NULL: those in the program */
    struct web_doors doors;
};

/* Listens on every address of the configuration and on <runtime>/kengctl.sock (0600). */
struct web *web_open(const struct web_setup *setup, struct error *err);

/* After the cameras were changed: pages that look at a changed one are ended and come
 * again. The certificate is read again; addresses to listen on stay. */
void web_reload(struct web *web, const struct settings *set);

/* Before the streams and desks it was given end. What is on a desk then comes back to the
 * loop and is dropped there. NULL is allowed. */
void web_close(struct web *web);

/* CAMERA of docs/http.md, for notes; a new reference. NULL: there is no such camera. */
json_t *web_camera_json(struct web *web, const char *camera);

/* EXPORT of docs/http.md; a new reference. */
json_t *web_export_json(struct web *web, const struct export_row *row);

/* Where an event counts as now: where its camera is, which may have moved since. NULL: in no
 * area any more, for who sees everything. */
const struct area *web_area_of(const struct settings *set, const struct event_row *event);

/* Tells every page and feed that may see `area` (NULL: those who see everything). `note` is
 * an object with "type"; borrowed. */
void web_note(struct web *web, const struct area *area, json_t *note);

/* The alert as pages and lists know it; a new reference. `deliveries` may be NULL. */
json_t *web_alert_json(const struct settings *set, const struct alert_row *alert,
                       const struct delivery_list *deliveries);
