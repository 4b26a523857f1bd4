/*
 * Failed logins are counted, for cameras lock out who fails too often: at most 3 in 10
 * minutes for one host, port and user, over all cameras and streams there, whatever the
 * password, until the configuration changes; remembered across restarts: each is written
 * down before it is sent. A login whose end is not known yet counts like a failed one, so
 * that logins at one place take turns when there is no more room. Thread: loop only.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "core/loop.h"
#include "store/desk.h"

enum { TRIES_MOST = 3 };
#define TRIES_WINDOW_US SECONDS_US(600)

struct place;
struct tries;
struct try_job;

/* `desk` NULL: nothing is remembered after the end. */
struct tries *tries_new(struct loop *loop, struct desk *desk);
void tries_free(struct tries *t); /* after every try; jobs on the desk come back still */

/* Passwords are typed at a terminal: none of them is another configuration, which would make
 * all begin anew. */
void tries_by_hand(struct tries *t);

/* The place of that name ("host:port user"), where this password is configured from now on;
 * lives as long as `t`. When another one is configured than what failed, also before a
 * restart, nothing has failed: the admin has changed it. */
struct place *tries_place(struct tries *t, const char *name, const char *password);
void place_let_go(struct place *place, const char *password); /* NULL is allowed */

/* Sixteen bits that tell one password from another at a place. */
int tries_mark(const char *place, const char *password);

/* A login failed there that somebody else tried, and has written down. It stops nobody whose
 * configured password was right. */
void tries_failed_elsewhere(struct tries *t, const char *name, int mark);

/* How long until a login may be tried; 0: now. */
int64_t place_pause_us(struct place *place);

/* One login, from before it is sent until its end is known. Embedded in whoever tries;
 * all zero at first. */
struct
try {
    struct place *place; /* NULL: no try is under way */
    void (*on_turn)(void *arg, bool may);
    void *arg;
    bool waits; /* its turn has not come */
    struct try *next;
    int mark;            /* of the password */
    bool counted;        /* in the catalogue, as one that failed */
    struct try_job *job; /* the turn has come when it is */
};

/* `on_turn` is called, perhaps before this returns: true, now log in; false, there is no
 * room for some minutes, and the try is over. `password`: what is sent. */
void try_begin(struct try *try, struct place *place, const char *password,
               void (*on_turn)(void *arg, bool may), void *arg);
void try_was_right(struct try *try);
void try_was_wrong(struct try *try);
void try_cancel(struct try *try); /* it ended without an answer; no call comes after */
