/*
 * The last sender report of each track, and what they say of the camera's clock. Thread:
 * the loop's. Source: RFC 3550, 6.4.1.
 */
#pragma once
#include "../packet.h"
#include "rtcp.h"

/* Sender reports further apart than this are not of one moment. */
enum { REPORTS_APART_S = 10 };

struct reports {
    struct {
        bool has;
        struct rtcp_report last;
    } of[TRACKS];
    int64_t clock_ahead_us; /* when the video's last report came */
};

void reports_take(struct reports *r, int track, const struct rtcp_report *report);
void reports_forget(struct reports *r, int track);

/* Both tracks' are there and of one moment. `apart_us`: so much later is the sound's. */
bool reports_are_of_one_moment(const struct reports *r, int64_t *apart_us);
/* False: the camera does not tell the time of day. */
bool reports_clock_ahead_us(const struct reports *r, int64_t *ahead_us);
