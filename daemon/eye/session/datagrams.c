#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/memory.h"
#include "datagrams.h"
#include "reorder.h"
#include "rtcp.h"

/* A datagram has at most 64 KiB; pages that none reaches are never touched. */
enum { BATCH = 16, DATAGRAM_MAX = 64 << 10 };
enum { BATCHES_MAX = 64 }; /* in a row: others have a turn too */

enum { SOON_MS = 10 };
#define REPORT_US SECONDS_US(5)
#define OPEN_US   SECONDS_US(1) /* the first report, which also opens the way again */

struct lane {
    struct datagrams *all;
    int which;
    int rtp, rtcp; /* -1: none */
    struct reorder *order;
    struct rtcp_receiver receiver;
};

struct datagrams {
    struct loop *loop;
    struct datagrams_listener listener;
    void *arg;
    struct lane lanes[TRACKS];
    struct timer *timer;
    unsigned closed; /* counts, to notice that a callback closed */
    int64_t report_us;
    uint8_t *bytes; /* BATCH datagrams; NULL until there is a socket */
};

static void on_timer(void *arg);

struct datagrams *datagrams_new(struct loop *loop,
                                const struct datagrams_listener *listener, void *arg)
{
    struct datagrams *d = xcalloc(1, sizeof *d);

    d->loop = loop;
    d->listener = *listener;
    d->arg = arg;
    d->timer = timer_new(loop, on_timer, d);
    for (int i = 0; i < TRACKS; i++)
        d->lanes[i] = (struct lane){ .all = d, .which = i, .rtp = -1, .rtcp = -1 };
    return d;
}

void datagrams_close(struct datagrams *d)
{
    d->closed++;
    timer_cancel(d->timer);
    for (int i = 0; i < TRACKS; i++) {
        struct lane *lane = &d->lanes[i];

        if (lane->rtp >= 0)
            close(lane->rtp);
        if (lane->rtcp >= 0)
            close(lane->rtcp);
        lane->rtp = lane->rtcp = -1;
    }
}

void datagrams_free(struct datagrams *d)
{
    if (!d)
        return;
    datagrams_close(d);
    for (int i = 0; i < TRACKS; i++)
        reorder_free(d->lanes[i].order);
    timer_free(d->timer);
    free(d->bytes);
    free(d);
}

static void on_packet(void *arg, const uint8_t *bytes, size_t size, int64_t us)
{
    struct lane *lane = arg;

    if (lane->rtp >= 0)
        lane->all->listener.on_rtp(lane->all->arg, lane->which, bytes, size, us);
}

bool datagrams_add(struct datagrams *d, int which, bool rtcp, int fd, uint32_t clock)
{
    struct lane *lane = &d->lanes[which];
    int *to = rtcp ? &lane->rtcp : &lane->rtp;

    if (*to >= 0)
        close(*to);
    *to = fd;
    if (!rtcp) {
        reorder_free(lane->order);
        lane->order = reorder_new(on_packet, lane);
        rtcp_begin(&lane->receiver, clock);
    }
    if (!d->bytes)
        d->bytes = xmalloc((size_t)BATCH * DATAGRAM_MAX);
    return lane->rtp >= 0 && lane->rtcp >= 0;
}

/* ---- to the camera ----------------------------------------------------------------- */

/* A camera that does not hear is found out by its pictures. */
static void report(struct lane *lane, int64_t now)
{
    uint8_t bytes[RTCP_REPORT_MAX];
    size_t size = rtcp_write(&lane->receiver, bytes, now);

    send(lane->rtcp, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A packet without a payload: what stands between lets its answers in. */
static void open_way(struct lane *lane, int64_t now)
{
    static const uint8_t nothing[12] = { 0x80 };

    send(lane->rtp, nothing, sizeof nothing, MSG_DONTWAIT | MSG_NOSIGNAL);
    report(lane, now);
}

static void report_all(struct datagrams *d, int64_t now)
{
    if (now < d->report_us)
        return;
    d->report_us = now + REPORT_US;
    for (int i = 0; i < TRACKS; i++)
        if (d->lanes[i].rtcp >= 0)
            report(&d->lanes[i], now);
}

/* ---- from the camera --------------------------------------------------------------- */

static void take_rtp(struct lane *lane, const uint8_t *bytes, size_t size, int64_t now)
{
    struct rtp_packet p;

    if (rtp_read(bytes, size, &p))
        rtcp_take_packet(&lane->receiver, &p, now);
    reorder_take(lane->order, bytes, size, now);
}

static void take_rtcp(struct lane *lane, const uint8_t *bytes, size_t size, int64_t now)
{
    struct rtcp_report sender;

    if (rtcp_read(bytes, size, &sender))
        rtcp_take_report(&lane->receiver, &sender, now);
    lane->all->listener.on_rtcp(lane->all->arg, lane->which, bytes, size);
}

/* True: there may be more to read. An error is what a firewall says of our packets: the
 * pictures decide. */
static bool read_batch(struct lane *lane, int fd, bool rtcp, int64_t now)
{
    struct datagrams *d = lane->all;
    unsigned closed = d->closed;
    struct mmsghdr messages[BATCH];
    struct iovec where[BATCH];

    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        where[i] = (struct iovec){ d->bytes + (size_t)i * DATAGRAM_MAX, DATAGRAM_MAX };
        messages[i].msg_hdr.msg_iov = &where[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int got = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < got; i++) {
        const uint8_t *bytes = where[i].iov_base;

        if (rtcp)
            take_rtcp(lane, bytes, messages[i].msg_len, now);
        else
            take_rtp(lane, bytes, messages[i].msg_len, now);
        if (closed != d->closed)
            return false;
    }
    return got == BATCH;
}

static void read_lane(struct lane *lane, int64_t now)
{
    unsigned closed = lane->all->closed;

    for (int i = 0; i < BATCHES_MAX && read_batch(lane, lane->rtp, false, now); i++)
        ;
    if (closed == lane->all->closed)
        reorder_look(lane->order, now);
    if (closed == lane->all->closed)
        read_batch(lane, lane->rtcp, true, now);
}

static void on_timer(void *arg)
{
    struct datagrams *d = arg;
    int64_t now = clock_mono_us();
    unsigned closed = d->closed;

    for (int i = 0; i < TRACKS && closed == d->closed; i++)
        if (d->lanes[i].rtp >= 0 && d->lanes[i].rtcp >= 0)
            read_lane(&d->lanes[i], now);
    if (closed == d->closed)
        report_all(d, now);
}

void datagrams_begin(struct datagrams *d, int gulp_ms)
{
    int64_t now = clock_mono_us();

    for (int i = 0; i < TRACKS; i++)
        if (d->lanes[i].rtp >= 0 && d->lanes[i].rtcp >= 0)
            open_way(&d->lanes[i], now);
    d->report_us = now + OPEN_US;
    timer_every(d->timer, MILLIS_US(gulp_ms > 0 ? gulp_ms / 2 : SOON_MS));
}
