/*
 * The inside of an ONVIF device, for its two files: onvif.c (calls and logins), and
 * onvif_process.c (the process that talks).
 * Thread: loop only.
 */
#pragma once
#include <event2/event.h>

#include "inside.h"
#include "onvif.h"

enum login_way { WAY_NONE, WAY_DIGEST, WAY_TOKEN };

struct onvif {
    struct onvif *next;
    struct watch *watch;
    char name[ID_MAX], host[ONVIF_HOST];
    struct address address;
    char *user, *password; /* user NULL: none */

    /* Its process; born with the first call */
    int link;  /* -1: none */
    int pidfd; /* -1: not told yet, or none */
    pid_t pid;
    struct event *readable;
    struct wire_reader reader;
    uint8_t *body;

    /* The login */
    enum login_way way; /* what the device asked for last */
    struct place *place;
    struct try try;
    bool proven;
    int failed; /* logins */
    struct camera_challenge challenge;
    struct login_nonce nonce;
    bool clock_known;
    int64_t clock_offset_us;

    /* The call */
    onvif_fn *fn; /* NULL: none */
    void *arg;
    struct onvif_ask ask;
    enum login_way used; /* with what is under way */
    int answers;
    bool asked; /* the process works on it */
    bool told;  /* it is over, and only to be told */
    const char *trouble;
    struct onvif_said said;
    struct dial *dial;
    struct timer *timer;
};

/* ---- onvif.c: the call is over, or its process has answered ---- */

void onvif_finish(struct onvif *o, const char *trouble);
void onvif_answered(struct onvif *o);

/* ---- onvif_process.c ---- */

bool onvif_bear(struct onvif *o); /* false: no process can be had now */
void onvif_let_go(struct onvif *o, bool kill_it);
/* It is over, or is ended here for what it did; so is the call. */
void onvif_lost(struct onvif *o, bool kill_it);
