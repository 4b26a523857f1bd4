#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "answers.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "link.h"
#include "onvif.h"
#include "sandbox.h"
#include "session/connection.h"
#include "soap.h"
#include "xml.h"

/* For a whole answer, beside the time that a call may wait by itself. */
#define ANSWER_US SECONDS_US(8)

struct talk {
    struct loop *loop;
    struct link *link;
    struct connection *connection;
    struct timer *deadline;
    struct http answer;
    struct onvif_ask ask;
    bool busy;
};

static void say(struct talk *t, const struct onvif_said *said)
{
    struct bytes message = { 0 };

    t->busy = false;
    timer_cancel(t->deadline);
    connection_close(t->connection);
    http_clear(&t->answer);
    link_put_onvif_said(&message, said);
    link_send(t->link, &message);
    bytes_free(&message);
}

static void give_up(struct talk *t, enum onvif_end end, const char *why)
{
    struct onvif_said said = { .call = t->ask.call, .end = end };

    said.status = t->answer.status;
    snprintf(said.detail, sizeof said.detail, "%s", why);
    say(t, &said);
}

/* True: it was told what came of the call. */
static bool settle(struct talk *t)
{
    struct onvif_said said;

    if (t->answer.state == HTTP_BROKEN) {
        give_up(t, t->answer.head.size > 0 ? ONVIF_NO_SENSE : ONVIF_NO_ANSWER,
                t->answer.wrong);
        return true;
    }
    if (t->answer.state != HTTP_WHOLE)
        return false;
    answer_read(&t->answer, &t->ask, &said);
    say(t, &said);
    return true;
}

static size_t on_bytes(void *arg, const uint8_t *bytes, size_t size, int64_t us)
{
    struct talk *t = arg;

    http_take(&t->answer, bytes, size);
    settle(t);
    return size;
}

static void on_end(void *arg, const char *code, const char *why)
{
    struct talk *t = arg;

    if (!t->busy)
        return;
    http_ended(&t->answer);
    settle(t);
}

static void on_deadline(void *arg)
{
    give_up(arg, ONVIF_NO_ANSWER, "no whole answer in time");
}

/* ---- from kengd --------------------------------------------------------------------- */

static void on_onvif(void *arg, const struct onvif_ask *ask, int fd)
{
    struct talk *t = arg;
    struct bytes request = { 0 };
    struct onvif_said said;

    if (t->busy || (fd < 0) != (ask->call == ONVIF_MATCHES)) {
        log_error("onvif process: kengd is not understood", "call=%d", (int)ask->call);
        _exit(END_BAD_ORDERS);
    }
    t->ask = *ask;
    if (ask->call == ONVIF_MATCHES) {
        answer_read_matches(ask, &said);
        say(t, &said);
        return;
    }
    t->busy = true;
    soap_write(&request, ask);
    timer_after(t->deadline, ANSWER_US + SECONDS_US(ask->wait_s));
    connection_open(t->connection, fd, NULL);
    connection_send(t->connection, request.at, request.size);
    bytes_free(&request);
}

static void on_link_ended(void *arg)
{
    _exit(END_WELL);
}

_Noreturn void onvif_run(int link)
{
    static const struct connection_listener hears = { on_bytes, on_end };
    static const struct link_listener tells = { .on_onvif = on_onvif,
                                                .on_ended = on_link_ended };
    struct talk *t = xcalloc(1, sizeof *t);
    struct error err;

    sandbox_prepare();
    xml_prepare();
    prctl(PR_SET_NAME, "keng-onvif");
    t->loop = loop_new();
    t->link = link_new(link, t->loop, &tells, t);
    t->connection = connection_new(t->loop, &hears, t);
    t->deadline = timer_new(t->loop, on_deadline, t);
    sandbox_shut_files();
    if (!sandbox_close(&err)) {
        log_error("onvif process refuses to run outside its sandbox", "why='%s'", err.text);
        _exit(END_NO_SANDBOX);
    }
    loop_run(t->loop);
    _exit(END_WELL);
}
