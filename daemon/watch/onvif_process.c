#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/memory.h"
#include "onvif_inside.h"

enum { TURN = 4 };

void onvif_let_go(struct onvif *o, bool kill_it)
{
    if (o->link < 0)
        return;
    if (kill_it && o->pidfd >= 0)
        pidfd_send_signal(o->pidfd, SIGKILL, NULL, 0);
    event_free(o->readable);
    o->readable = NULL;
    close(o->link);
    o->link = -1;
    watch_part(o->watch, o->pidfd, o->pid, o->name);
    o->pidfd = -1;
    o->pid = 0;
    free(o->body);
    o->body = NULL;
}

void onvif_lost(struct onvif *o, bool kill_it)
{
    onvif_let_go(o, kill_it);
    try_cancel(&o->try);
    if (o->fn && !o->told)
        onvif_finish(o, REASON_CRASHED);
}

/* ---- what it says -------------------------------------------------------------------
 */

static uint8_t *on_room(void *arg, const struct wire_header *h)
{
    struct onvif *o = arg;

    if (h->kind != WIRE_ONVIF_SAID || h->size > ONVIF_SAID_MAX || !o->asked)
        return NULL;
    o->body = xmalloc(h->size);
    return o->body;
}

static bool on_take(void *arg, const struct wire_header *h, uint8_t *body)
{
    struct onvif *o = arg;
    bool read = body && o->asked && link_read_onvif_said(body, h->size, &o->said, NULL) &&
                o->said.call == o->ask.call;

    free(o->body);
    o->body = NULL;
    if (read)
        onvif_answered(o);
    return read;
}

static const struct wire_taker taker = { .room = on_room, .take = on_take };

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct onvif *o = arg;

    switch (wire_reader_read(&o->reader, fd, TURN)) {
    case WIRE_MORE:
        return;
    case WIRE_ENDED:
        onvif_lost(o, false);
        return;
    case WIRE_REFUSED:
        log_error("onvif process is not understood and is ended",
                  "name=%s pid=%d kind=%d", o->name, (int)o->pid, o->reader.head.kind);
        onvif_lost(o, true);
        return;
    }
}

/* ---- its process --------------------------------------------------------------------
 */

bool onvif_bear(struct onvif *o)
{
    int pair[2];

    if (o->link >= 0)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return false;
    bool asked = nursery_ask(o->watch->nursery, NURSERY_ONVIF, o->name, pair[1]);
    close(pair[1]);
    if (!asked) {
        close(pair[0]);
        return false;
    }
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    o->link = pair[0];
    wire_reader_start(&o->reader, &taker, o);
    o->readable = event_new(loop_base(o->watch->loop), o->link, EV_READ | EV_PERSIST,
                            on_readable, o);
    event_add(o->readable, NULL);
    return true;
}

void onvif_born(struct watch *watch, const struct nursery_news *news, int pidfd)
{
    struct onvif *o = NULL;

    /* The oldest that waits: births are told in the order of asking. */
    for (struct onvif *at = watch->devices; at; at = at->next)
        if (at->link >= 0 && at->pid == 0 && strcmp(at->name, news->camera) == 0)
            o = at;
    if (!o) {
        watch_part(watch, pidfd, news->pid, news->camera);
        return;
    }
    o->pid = news->pid;
    o->pidfd = pidfd;
}
