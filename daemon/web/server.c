#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/worker.h"
#include "footage.h"
#include "guests.h"
#include "lockout.h"
#include "outlet.h"
#include "still.h"
#include "tls.h"
#include "viewer.h"

enum {
    HEADERS_MAX_BYTES = 16 << 10,
    BODY_MAX_BYTES = 256 << 10,
    /* Unread bytes of one connection: evhttp takes a body when all of it is there. */
    INPUT_MAX_BYTES = BODY_MAX_BYTES + HEADERS_MAX_BYTES + (16 << 10),
    BACKLOG = 128,
    FILE_JOBS = 64,
    TICK_S = 2,
    ACCEPT_PAUSE_S = 1,
    STUCK_S = 15,
};

static const struct guest_limits limits = {
    .all = 512,
    .per_address = 64,
    .idle_us = SECONDS_US(10),
    .answer_us = SECONDS_US(30),
};

/* ---- listening ------------------------------------------------------------------------
 */

static struct bufferevent *on_accept(struct event_base *base, void *arg)
{
    struct door *door = arg;
    struct bufferevent *bev =
        door->kind == DOOR_TLS ? tls_accept(door->web->tls)
                               : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

    if (!bev)
        abort(); /* out of memory */
    bufferevent_setwatermark(bev, EV_READ, 0, INPUT_MAX_BYTES);
    guests_expect(door->web->guests, bev);
    return bev;
}

static void on_accept_again(void *arg)
{
    struct web *web = arg;

    for (size_t i = 0; i < web->listener_count; i++)
        evconnlistener_enable(web->listeners[i]);
}

/* Usually no descriptors are left; asking again at once would only burn the processor. */
static void on_accept_failed(struct evconnlistener *listener, void *arg)
{
    struct door *door = arg;

    log_warning("connection not accepted", "why='%s'", error_of_system(errno));
    evconnlistener_disable(listener);
    timer_after(door->web->accept_again, SECONDS_US(ACCEPT_PAUSE_S));
}

static void door_open(struct web *web, struct door *door, enum door_kind kind,
                      struct evconnlistener *listener)
{
    *door = (struct door){ .web = web, .kind = kind };
    door->http = evhttp_new(loop_base(web->loop));
    if (!door->http || !evhttp_bind_listener(door->http, listener))
        abort(); /* out of memory */
    evconnlistener_set_error_cb(listener, on_accept_failed);
    evhttp_set_bevcb(door->http, on_accept, door);
    evhttp_set_gencb(door->http, dispatch, door);
    evhttp_set_max_headers_size(door->http, HEADERS_MAX_BYTES);
    evhttp_set_max_body_size(door->http, BODY_MAX_BYTES);
    evhttp_set_default_content_type(door->http, NULL);
    /* All that evhttp knows: the guard refuses in our words. */
    evhttp_set_allowed_methods(
        door->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
                        EVHTTP_REQ_DELETE | EVHTTP_REQ_PUT | EVHTTP_REQ_OPTIONS |
                        EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
    web->listeners[web->listener_count++] = listener;
}

static bool listen_error(struct error *err, const char *address, int number)
{
    switch (number) {
    case EADDRINUSE:
        return error_set(err, ERR_NETWORK,
                         _("cannot listen on %s: it is in use by another program"),
                         address);
    case EADDRNOTAVAIL:
        return error_set(
            err, ERR_NETWORK,
            _("cannot listen on %s: this machine does not have that address"), address);
    case EACCES:
        return error_set(
            err, ERR_NETWORK,
            _("cannot listen on %s: a port below 1024 is for programs with the "
              "right to it only"),
            address);
    default:
        return error_set(err, ERR_NETWORK, _("cannot listen on %s: %s"), address,
                         error_of_system(number));
    }
}

static bool listen_on(struct web *web, const char *address, struct error *err)
{
    struct sockaddr_storage room;
    struct sockaddr *to = (struct sockaddr *)&room;
    int size = sizeof room;

    if (evutil_parse_sockaddr_port(address, to, &size) != 0)
        return error_set(err, ERR_CONFIG,
                         _("%s is not an address to listen on, such as 0.0.0.0:8443"),
                         address);
    errno = 0;
    struct evconnlistener *listener = evconnlistener_new_bind(
        loop_base(web->loop), NULL, NULL,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG, to,
        size);
    if (!listener)
        return listen_error(err, address, errno);
    door_open(web, &web->in[web->in_count++], web->tls ? DOOR_TLS : DOOR_PLAIN, listener);
    return true;
}

static bool listen_for_kengctl(struct web *web, struct error *err)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    char *path = xformat("%s/kengctl.sock", web->settings->paths.runtime);
    int fd = -1;

    if (strlen(path) >= sizeof to.sun_path) {
        error_set(err, ERR_CONFIG, _("paths.runtime is too long for a socket: %s"), path);
        goto fail;
    }
    strcpy(to.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* What is left of an earlier kengd: the lock on the state directory says so. The mode
     * is set before the name exists. */
    if (fd < 0 || fchmod(fd, 0600) != 0 || (unlink(path) != 0 && errno != ENOENT) ||
        bind(fd, (struct sockaddr *)&to, sizeof to) != 0 || chmod(path, 0600) != 0) {
        listen_error(err, path, errno);
        goto fail;
    }
    web->socket_path = path;
    struct evconnlistener *listener = evconnlistener_new(
        loop_base(web->loop), NULL, NULL, LEV_OPT_CLOSE_ON_FREE, BACKLOG, fd);
    if (!listener) {
        close(fd);
        return listen_error(err, path, errno);
    }
    door_open(web, &web->in[web->in_count++], DOOR_CONTROL, listener);
    return true;

fail:
    if (fd >= 0)
        close(fd);
    free(path);
    return false;
}

static bool listen_everywhere(struct web *web, struct error *err)
{
    size_t count = web->settings->web.listen_count;

    web->in = xcalloc(count + 1, sizeof *web->in);
    web->listeners = xcalloc(count + 1, sizeof *web->listeners);
    for (size_t i = 0; i < count; i++)
        if (!listen_on(web, web->settings->web.listen[i], err))
            return false;
    return listen_for_kengctl(web, err);
}

/* ---- life -----------------------------------------------------------------------------
 */

static void on_tick(void *arg)
{
    struct web *web = arg;
    struct viewer *viewer, *following;

    for (viewer = LIST_FIRST(&web->viewers); viewer; viewer = following) {
        following = LIST_NEXT(viewer, next);
        if (viewer->kind->ping)
            viewer->kind->ping(viewer);
    }
}

struct web *web_open(const struct web_setup *setup, struct error *err)
{
    struct web *web = xcalloc(1, sizeof *web);

    web->settings = settings_ref(setup->settings);
    web->loop = setup->loop;
    web->duties = setup->duties;
    web->reads = setup->reads;
    web->doors = setup->doors;
    web->ui_dir = setup->ui_dir;
    web->started_us = clock_mono_us();
    web->stuck_s = STUCK_S;
    LIST_INIT(&web->viewers);
    LIST_INIT(&web->asks);
    LIST_INIT(&web->outlets);
    web->guests = guests_new(web->loop, &limits, &web->counts);
    guests_use(web->guests, web->settings);
    web->rights = rights_new(web);
    web->lockout = lockout_new();
    web->codes = lockout_new();
    web->access = access_new(web);
    web->footage = footage_new(web);
    web->glances = glances_new(web);
    web->accept_again = timer_new(web->loop, on_accept_again, web);
    web->tick = timer_new(web->loop, on_tick, web);
    timer_every(web->tick, SECONDS_US(TICK_S));
    web->files = worker_start("web-files", FILE_JOBS, err);
    if (!web->files)
        goto fail;
    if (web->settings->web.certificate) {
        web->tls = tls_open(web->loop, web->settings, err);
        if (!web->tls)
            goto fail;
    }
    if (!listen_everywhere(web, err))
        goto fail;
    return web;

fail:
    web_close(web);
    return NULL;
}

void web_reload(struct web *web, const struct settings *set)
{
    const struct settings *before = web->settings;

    web->settings = settings_ref(set);
    guests_use(web->guests, set);
    viewers_reload(web, before);
    glances_forget(web->glances);
    footage_refresh(web->footage);
    tls_reload(web->tls, set);
    rights_changed(web->rights);
    settings_unref(before);
}

/* What is still on a worker comes back to the loop and finds that nobody waits. */
static void detach_asks(struct web *web)
{
    while (!LIST_EMPTY(&web->asks)) {
        struct ask *ask = LIST_FIRST(&web->asks);
        LIST_REMOVE(ask, next);
        /* Of a client that left, evhttp has handed the request over. */
        if (ask->req && !evhttp_request_get_connection(ask->req))
            evhttp_request_free(ask->req);
        ask->web = NULL;
        ask->req = NULL;
    }
}

void web_close(struct web *web)
{
    if (!web)
        return;
    while (!LIST_EMPTY(&web->viewers)) {
        struct viewer *viewer = LIST_FIRST(&web->viewers);
        viewer->kind->end(viewer);
    }
    glances_free(web->glances);
    outlets_close(web);
    detach_asks(web);
    for (size_t i = 0; i < web->in_count; i++)
        if (web->in[i].http)
            evhttp_free(web->in[i].http);
    if (web->socket_path)
        unlink(web->socket_path);
    worker_stop(web->files);
    footage_free(web->footage);
    access_free(web->access);
    rights_free(web->rights);
    lockout_free(web->lockout);
    lockout_free(web->codes);
    guests_free(web->guests);
    tls_close(web->tls);
    timer_free(web->tick);
    timer_free(web->accept_again);
    settings_unref(web->settings);
    free(web->socket_path);
    free(web->listeners);
    free(web->in);
    free(web);
}
