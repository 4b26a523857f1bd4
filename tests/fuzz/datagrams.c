/*
 * Datagrams of a hostile camera: put in order, counted for reports, and taken apart as
 * H.264 or H.265 (by the first byte's lowest bit). Each record is a length, with its
 * highest bit "RTCP", and so many bytes; a length of 0 lets 20 ms pass.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "session/intake.h"
#include "session/reorder.h"
#include "session/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char h264[] =
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets="
    "Z01AHtkAoC/5cBEAAAMAAQAAAwAyDxYuSA==,aOvDyyA=\n";
static const char h265[] = "m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\n";

static int64_t now_us;

static int64_t clock_us(void)
{
    return now_us;
}

struct receiver {
    struct intake *intake;
    int fed, handed_on;
};

static void on_packet(void *arg, const struct packet *packet)
{
    assert(packet->size > 4);
}

static void on_rtp(void *arg, const uint8_t *bytes, size_t size, int64_t us)
{
    struct receiver *r = arg;

    assert(++r->handed_on <= r->fed && us <= now_us);
    intake_rtp(r->intake, TRACK_VIDEO, bytes, size, us);
}

static void take(struct receiver *r, struct reorder *order, struct rtcp_receiver *rtcp,
                 const uint8_t *bytes, size_t size, bool is_rtcp)
{
    uint8_t *exact = xmalloc(size), report[RTCP_REPORT_MAX]; /* so that ASan sees its end */
    struct rtp_packet p;
    struct rtcp_report sender;

    memcpy(exact, bytes, size);
    if (is_rtcp) {
        if (rtcp_read(exact, size, &sender))
            rtcp_take_report(rtcp, &sender, now_us);
        intake_rtcp(r->intake, TRACK_VIDEO, exact, size);
        assert(rtcp_write(rtcp, report, now_us) <= sizeof report);
    } else {
        if (rtp_read(exact, size, &p))
            rtcp_take_packet(rtcp, &p, now_us);
        r->fed++;
        reorder_take(order, exact, size, now_us);
    }
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct clock_source clock = { clock_us, clock_us, NULL };
    struct session_counts counts = { 0 };
    struct receiver r = { 0 };
    struct rtcp_receiver rtcp;
    static struct sdp sdp;

    if (size < 1)
        return 0;
    clock_use(&clock);
    now_us = SECONDS_US(1000);
    if (!sdp_read(span_of(bytes[0] & 1 ? h265 : h264), &sdp))
        abort();
    r.intake = intake_new(on_packet, NULL, &counts);
    intake_open(r.intake, &sdp);
    rtcp_begin(&rtcp, 90000);
    struct reorder *order = reorder_new(on_rtp, &r);
    for (size_t at = 1; at < size;) {
        size_t length = bytes[at] & 0x7f;
        bool is_rtcp = bytes[at++] & 0x80;

        if (length > size - at)
            length = size - at;
        if (length == 0)
            now_us += MILLIS_US(20);
        else
            take(&r, order, &rtcp, bytes + at, length, is_rtcp);
        reorder_look(order, now_us);
        at += length;
    }
    reorder_free(order);
    intake_free(r.intake);
    return 0;
}
