#include "reports.h"

#include <stdlib.h>

#include "core/clock.h"

/* From 1900 to 1970; and 1972, by which no clock has come that counts from either. */
#define NTP_TO_UNIX_US (INT64_C(2208988800) * 1000000)
#define TIME_OF_DAY_US (INT64_C(63072000) * 1000000)

void reports_take(struct reports *r, int track, const struct rtcp_report *report)
{
    r->of[track].last = *report;
    r->of[track].has = true;
    if (track == TRACK_VIDEO)
        r->clock_ahead_us = report->ntp_us - NTP_TO_UNIX_US - clock_wall_us();
}

void reports_forget(struct reports *r, int track)
{
    r->of[track].has = false;
}

bool reports_are_of_one_moment(const struct reports *r, int64_t *apart_us)
{
    *apart_us = r->of[TRACK_AUDIO].last.ntp_us - r->of[TRACK_VIDEO].last.ntp_us;
    return r->of[TRACK_AUDIO].has && r->of[TRACK_VIDEO].has &&
           llabs(*apart_us) <= SECONDS_US(REPORTS_APART_S);
}

bool reports_clock_ahead_us(const struct reports *r, int64_t *ahead_us)
{
    *ahead_us = r->clock_ahead_us;
    return r->of[TRACK_VIDEO].has &&
           r->of[TRACK_VIDEO].last.ntp_us - NTP_TO_UNIX_US > TIME_OF_DAY_US;
}
