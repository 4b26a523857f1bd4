#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/secret.h"
#include "onvif_inside.h"
#include "onvif_login.h"
#include "wire/pass_fd.h"

/* The process gives up by itself after 8 s and what the call may wait. */
#define SILENT_US SECONDS_US(12)

enum { ANSWERS_MAX = 2 /* logins sent for one call */ };

/* ---- the end of a call -------------------------------------------------------------- */

/* Told from the loop, never from inside of what the caller does. */
void onvif_finish(struct onvif *o, const char *trouble)
{
    dial_stop(o->dial);
    o->dial = NULL;
    o->asked = false;
    o->trouble = trouble;
    o->told = true;
    timer_after(o->timer, 0);
}

static void on_time(void *arg)
{
    struct onvif *o = arg;
    onvif_fn *fn = o->fn;

    if (!o->told) {
        log_error("onvif process hangs and is ended", "name=%s pid=%d", o->name,
                  (int)o->pid);
        onvif_lost(o, true);
        return;
    }
    o->told = false;
    o->fn = NULL;
    if (fn)
        fn(o->arg, o->trouble, &o->said);
}

/* ---- a call on its way -------------------------------------------------------------- */

static void send_ask(struct onvif *o, int fd)
{
    struct bytes message = { 0 };

    link_put_onvif_ask(&message, &o->ask);
    ssize_t sent = pass_fd_send(o->link, message.at, message.size, fd, MSG_DONTWAIT);
    bool whole = sent == (ssize_t)message.size;
    secret_wipe(message.at, message.room);
    bytes_free(&message);
    if (!whole) {
        onvif_lost(o, true);
        return;
    }
    o->asked = true;
    timer_after(o->timer, SILENT_US + SECONDS_US(o->ask.wait_s));
}

static void on_dialled(void *arg, enum dial_end end, int fd, const char *why)
{
    static const char *const codes[] = { [DIAL_UNKNOWN_HOST] = REASON_UNKNOWN_HOST,
                                         [DIAL_CLOSED] = REASON_PORT_CLOSED,
                                         [DIAL_NO_ANSWER] = REASON_NO_ANSWER,
                                         [DIAL_NO_ROUTE] = REASON_NO_ROUTE,
                                         [DIAL_FAILED] = REASON_MACHINE };
    struct onvif *o = arg;

    o->dial = NULL;
    if (end != DIAL_CONNECTED) {
        try_cancel(&o->try);
        onvif_finish(o, codes[end]);
        return;
    }
    if (o->link >= 0)
        send_ask(o, fd);
    else
        onvif_finish(o, REASON_CRASHED);
    close(fd);
}

static void dial(struct onvif *o)
{
    o->dial = dial_start(o->watch->dialler, &o->address, on_dialled, o);
}

/* ---- logging in --------------------------------------------------------------------- */

static bool sign(struct onvif *o)
{
    const char *password = o->password ? o->password : "";
    struct camera_login login;
    bool well;

    memset(o->ask.authorization, 0, sizeof o->ask.authorization);
    o->ask.user[0] = 0;
    if (o->way == WAY_TOKEN)
        return onvif_sign(&o->ask, o->user, password, clock_wall_us() + o->clock_offset_us);
    snprintf(o->challenge.method, sizeof o->challenge.method, "POST");
    snprintf(o->challenge.uri, sizeof o->challenge.uri, "%s", o->ask.path);
    well = login_answer(&o->challenge, o->user, password, &o->nonce, &login, NULL);
    if (well)
        memcpy(o->ask.authorization, login.authorization, sizeof login.authorization);
    secret_wipe(&login, sizeof login);
    return well;
}

static void send_signed(struct onvif *o)
{
    if (!sign(o)) {
        try_cancel(&o->try);
        onvif_finish(o, REASON_LOGIN_METHOD);
        return;
    }
    o->used = o->way;
    o->answers++;
    dial(o);
}

static void on_turn(void *arg, bool may)
{
    struct onvif *o = arg;

    if (may)
        send_signed(o);
    else
        onvif_finish(o, REASON_LOGIN_PAUSE);
}

static void log_in(struct onvif *o)
{
    if (!o->user)
        onvif_finish(o, REASON_NO_PASSWORD);
    else if (o->proven || o->try.place)
        send_signed(o);
    else
        try_begin(&o->try, o->place, o->password ? o->password : "", on_turn, o);
}

static void was_wrong(struct onvif *o)
{
    o->proven = false;
    o->failed++;
    o->way = WAY_NONE;
    try_was_wrong(&o->try);
    onvif_finish(o, "wrong_password");
}

/* The device wants a login, or another one than was sent. A new nonce for one that was
 * right before is no failure, but once a call. */
static void on_refused(struct onvif *o)
{
    const struct onvif_said *said = &o->said;
    bool renewed = said->challenged &&
                   (said->challenge.stale ||
                    (o->proven && strcmp(said->challenge.nonce, o->challenge.nonce) != 0));

    if (o->used == WAY_NONE || (o->used == WAY_DIGEST && renewed && o->answers < ANSWERS_MAX)) {
        o->way = said->challenged ? WAY_DIGEST : WAY_TOKEN;
        if (said->challenged)
            o->challenge = said->challenge;
        log_in(o);
        return;
    }
    was_wrong(o);
}

/* ---- what the process says ---------------------------------------------------------- */

static const char *trouble_of(const struct onvif_said *said)
{
    switch (said->end) {
    case ONVIF_WELL:
        return NULL;
    case ONVIF_FAULT:
        return ONVIF_REFUSES;
    case ONVIF_NO_SENSE:
        return said->status ? ONVIF_BREAKS : ONVIF_IS_NONE;
    default:
        return REASON_NO_ANSWER;
    }
}

static void note_clock(struct onvif *o)
{
    if (o->said.clock_us == 0)
        return;
    o->clock_known = true;
    o->clock_offset_us = o->said.clock_us - clock_wall_us();
}

void onvif_answered(struct onvif *o)
{
    bool refused = o->said.end == ONVIF_LOGIN;

    o->asked = false;
    timer_cancel(o->timer);
    if (refused) {
        on_refused(o);
        return;
    }
    if (o->used != WAY_NONE && (o->said.end == ONVIF_WELL || o->said.end == ONVIF_FAULT)) {
        o->proven = true;
        try_was_right(&o->try);
    } else {
        try_cancel(&o->try);
    }
    if (o->ask.call == ONVIF_DATE)
        note_clock(o);
    onvif_finish(o, trouble_of(&o->said));
}

/* ---- life --------------------------------------------------------------------------- */

struct onvif *onvif_open(struct watch *watch, const char *name, const char *host,
                         uint16_t port, const char *user, const char *password)
{
    struct onvif *o = xcalloc(1, sizeof *o);
    bool brackets = strchr(host, ':');
    char place[PLACE_MAX];

    o->watch = watch;
    o->link = o->pidfd = -1;
    snprintf(o->name, sizeof o->name, "%s", name);
    snprintf(o->address.host, sizeof o->address.host, "%s", host);
    o->address.port = port;
    snprintf(o->host, sizeof o->host, "%s%s%s:%u", brackets ? "[" : "", host,
             brackets ? "]" : "", port);
    o->timer = timer_new(watch->loop, on_time, o);
    if (user) {
        o->user = xstrdup(user);
        o->password = xstrdup(password ? password : "");
        address_place(&o->address, user, place);
        o->place = tries_place(watch->tries, place, o->password);
    }
    o->next = watch->devices;
    watch->devices = o;
    return o;
}

void onvif_close(struct onvif *o)
{
    struct onvif **at;

    if (!o)
        return;
    for (at = &o->watch->devices; *at != o; at = &(*at)->next)
        continue;
    *at = o->next;
    try_cancel(&o->try);
    place_let_go(o->place, o->password ? o->password : "");
    dial_stop(o->dial);
    onvif_let_go(o, false);
    timer_free(o->timer);
    free(o->user);
    secret_free_text(o->password);
    secret_wipe(&o->ask, sizeof o->ask);
    free(o);
}

void onvif_ask(struct onvif *o, const struct onvif_ask *ask, onvif_fn *fn, void *arg)
{
    assert(!o->fn);
    o->fn = fn;
    o->arg = arg;
    o->ask = *ask;
    memcpy(o->ask.host, o->host, sizeof o->ask.host);
    memset(&o->said, 0, sizeof o->said);
    o->used = WAY_NONE;
    o->answers = 0;
    if (!onvif_bear(o))
        onvif_finish(o, REASON_NO_PROCESS);
    else if (ask->call == ONVIF_MATCHES)
        send_ask(o, -1);
    else if (o->way == WAY_NONE || ask->call == ONVIF_DATE)
        dial(o);
    else
        log_in(o);
}

void onvif_break(struct onvif *o)
{
    try_cancel(&o->try);
    dial_stop(o->dial);
    o->dial = NULL;
    if (o->asked)
        onvif_let_go(o, true);
    timer_cancel(o->timer);
    o->asked = o->told = false;
    o->fn = NULL;
}

bool onvif_clock_offset_us(const struct onvif *o, int64_t *offset_us)
{
    *offset_us = o->clock_offset_us;
    return o->clock_known;
}

int onvif_failed_logins(const struct onvif *o)
{
    return o->failed;
}

bool onvif_path_of(const char *address, char to[ONVIF_PATH])
{
    static const char scheme[] = "http://", secure[] = "https://";
    const char *host = address;

    if (strncasecmp(address, scheme, sizeof scheme - 1) == 0)
        host += sizeof scheme - 1;
    else if (strncasecmp(address, secure, sizeof secure - 1) == 0)
        host += sizeof secure - 1;
    else
        return false;
    const char *path = host + strcspn(host, "/ ");
    size_t size = strcspn(path, " #");

    if (*path != '/' || size >= ONVIF_PATH)
        return false;
    memcpy(to, path, size);
    to[size] = 0;
    return true;
}
