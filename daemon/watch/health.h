/*
 * How a camera is: from what its channels and its process tell, one state with a reason
 * and a sentence that says what to do. Thread: loop only.
 */
#pragma once
#include "watch/watch.h"

/* Reason codes beside those of daemon/eye/session.h. */
#define REASON_PORT_CLOSED  "port_closed"
#define REASON_UNKNOWN_HOST "unknown_host"
#define REASON_NO_ANSWER    "no_answer"
#define REASON_NO_ROUTE     "no_route"
#define REASON_NO_PASSWORD                                       \
    "no_password" /* the camera wants one and none is configured \
                   */
#define REASON_LOGIN_PAUSE  "login_pause"
#define REASON_LOGIN_WEAKER "login_weaker" /* Basic where it was Digest before */
#define REASON_LOGIN_CLEAR  "login_clear"  /* Basic, where the settings forbid it */
#define REASON_LOGIN_METHOD "login_method"
#define REASON_CRASHED      "crashed"
#define REASON_FLOODS       "floods" /* more comes than a camera can send */
#define REASON_NO_SANDBOX   "no_sandbox"
#define REASON_ADDRESS      "address"    /* no address that can be dialled */
#define REASON_NO_PROCESS   "no_process" /* it could not be forked */
#define REASON_FROZEN  "frozen"
#define REASON_DARK    "covered_dark"
#define REASON_FLAT    "covered"
#define REASON_BLURRED "covered_blurred"
#define REASON_TURNED  "covered_turned"
#define REASON_MACHINE      "machine"    /* this machine has no descriptors or memory */

struct health {
    struct camera_health is; /* as answered */
    int64_t began_us;        /* monotonic; when it began to connect */
    int64_t picture_us;      /* monotonic, the last fragment's arrival; 0: none since it
                                began or broke off */
    char trouble[32];        /* reason code; "": none */
    char detail[160];
    const char *view; /* what is wrong with the view, a reason code; NULL: nothing */
};

void health_begin(struct health *h);

/* What happened. health_look() says what it means. */
void health_saw_picture(struct health *h);
void health_broke_off(struct health *h);  /* pictures have ended */
void health_is_playing(struct health *h); /* the camera says that pictures come */
void health_has_trouble(struct health *h, const char *code, const char *detail);
void health_sees(struct health *h, const char *view); /* lives on; NULL: all is well */

/* Settles state and reason by the time. True: one of the two has changed. */
bool health_look(struct health *h);

/* The reason as a sentence in that language; "" when well. */
void health_sentence(const struct health *h, enum language language, char *to,
                     size_t room);
