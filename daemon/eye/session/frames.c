#include "core/clock.h"
#include "core/text.h"
#include "private.h"

enum { LOST_MAX = 64 << 10 }; /* bytes that are searched for the next frame */
enum { UNREADABLE_MAX = 3 };

/* Where opening anew does not help, each time costs seconds of footage: it is tried at
 * once, and then twice as seldom each time. */
#define MIXED_WAIT_US SECONDS_US(600)
#define MIXED_MOST_US SECONDS_US(6 * 3600)

/* A camera may ask whether we are there. */
static void on_camera_request(struct session *s, const struct rtsp_message *m)
{
    bool known = span_is(m->word, "OPTIONS") || span_is(m->word, "GET_PARAMETER") ||
                 span_is(m->word, "SET_PARAMETER");
    struct bytes out = { 0 };
    uint64_t cseq = 0;

    span_number(rtsp_header(m, "CSeq"), UINT32_MAX, &cseq);
    bytes_format(&out, "RTSP/1.0 %s\r\nCSeq: %llu\r\n\r\n",
                 known ? "200 OK" : "501 Not Implemented", (unsigned long long)cseq);
    if (!connection_send(s->connection, out.at, out.size))
        session_trouble(s, TROUBLE_SILENT, "it does not read what is sent");
    bytes_free(&out);
}

/* ---- bytes ---- */

static void on_mixed(struct session *s, int64_t us)
{
    if (s->mixed_wait_us && us - s->mixed_us < s->mixed_wait_us) {
        origin_settle(s->origin);
        return;
    }
    s->mixed_us = us;
    s->mixed_wait_us = s->mixed_wait_us ? 2 * s->mixed_wait_us : MIXED_WAIT_US;
    if (s->mixed_wait_us > MIXED_MOST_US)
        s->mixed_wait_us = MIXED_MOST_US;
    session_take_leave(s);
}

void session_rtp(struct session *s, int track, const uint8_t *bytes, size_t size,
                 int64_t us)
{
    if (s->stage == STAGE_LEAVING)
        return;
    origin_take(s->origin, track, bytes, size, us);
    if (origin_is_mixed(s->origin))
        on_mixed(s, us);
    if (intake_unreadable(s->intake) >= UNREADABLE_MAX)
        session_trouble(
            s, TROUBLE_UNUSABLE,
            N_("its video comes without parameter sets; restart the camera, or "
               "save its video settings anew"));
}

static void on_frame(struct session *s, const uint8_t *frame, size_t size, int64_t us)
{
    if (s->stage < STAGE_PLAY) {
        origin_early(s->origin, frame + RTSP_FRAME_HEADER, size - RTSP_FRAME_HEADER);
        return;
    }
    for (int i = 0; i < TRACKS; i++) {
        if (s->rtp[i] < 0)
            continue;
        if (frame[1] == s->rtp[i])
            session_rtp(s, i, frame + RTSP_FRAME_HEADER, size - RTSP_FRAME_HEADER, us);
        else if (frame[1] == s->rtcp[i])
            intake_rtcp(s->intake, i, frame + RTSP_FRAME_HEADER,
                        size - RTSP_FRAME_HEADER);
    }
}

static size_t skip_lost(struct session *s, const uint8_t *bytes, size_t size)
{
    size_t skipped = rtsp_seek(bytes, size, s->ours);

    if (!s->lost)
        intake_doubt(s->intake);
    s->lost = true;
    s->lost_bytes += skipped;
    s->counts.skipped_bytes += (int64_t)skipped;
    if (s->lost_bytes > LOST_MAX)
        session_trouble(s, TROUBLE_UNUSABLE,
                        N_("its stream is garbled; restart the camera, and check its "
                           "cable"));
    return skipped;
}

/* Whether a frame may end before these bytes. A '$' alone is one byte in 256 of any
 * picture: what follows it must be a frame of ours, or be like one. */
static bool is_sensible(const struct session *s, const uint8_t *bytes, size_t size)
{
    enum { CHANNELS_MOST = 16 }; /* of strangers that are believed */
    static const bool any[256] = { [0 ... CHANNELS_MOST - 1] = true };

    while (size > 0 && rtsp_front(bytes, size) == RTSP_FRONT_SPACE) {
        bytes++;
        size--;
    }
    if (rtsp_front(bytes, size) != RTSP_FRONT_FRAME || size < RTSP_FRAME_HEADER + 1)
        return rtsp_front(bytes, size) != RTSP_FRONT_LOST;
    return rtsp_frame_is_likely(bytes, s->ours) || rtsp_frame_is_likely(bytes, any);
}

/* The next three return how many bytes they took; 0: the rest has not come yet. */
static size_t take_frame(struct session *s, const uint8_t *bytes, size_t size, int64_t us)
{
    size_t whole, swallowed;

    if (size < RTSP_FRAME_HEADER + 1)
        return 0;
    if (s->lost && !rtsp_frame_is_likely(bytes, s->ours))
        return skip_lost(s, bytes, size);
    whole = RTSP_FRAME_HEADER + ((size_t)bytes[2] << 8 | bytes[3]);
    if (size < whole)
        return 0;
    /* Bytes were cut out of this frame or put into it if nothing sensible stands behind:
     * better a hole, which the sequence shows, than a broken picture. */
    if (!is_sensible(s, bytes + whole, size - whole))
        return skip_lost(s, bytes, whole);
    swallowed = rtsp_swallowed(bytes, whole);
    if (swallowed > 0)
        return skip_lost(s, bytes, swallowed);
    s->lost = false;
    s->lost_bytes = 0;
    on_frame(s, bytes, whole, us);
    return whole;
}

static size_t take_message(struct session *s, const uint8_t *bytes, size_t size)
{
    struct rtsp_message m;

    switch (rtsp_read(bytes, size, &m)) {
    case RTSP_PART:
        return 0;
    case RTSP_BROKEN:
        if (s->stage == STAGE_PLAYING)
            return skip_lost(s, bytes, size);
        session_trouble(s, TROUBLE_UNUSABLE,
                        N_("it does not answer as RTSP; check the port in its url"));
        return size;
    case RTSP_WHOLE:
        break;
    }
    s->lost = false;
    s->lost_bytes = 0;
    if (m.status)
        session_answer(s, &m);
    else
        on_camera_request(s, &m);
    return m.size;
}

static size_t take_one(struct session *s, const uint8_t *bytes, size_t size, int64_t us)
{
    switch (rtsp_front(bytes, size)) {
    case RTSP_FRONT_FRAME:
        return take_frame(s, bytes, size, us);
    case RTSP_FRONT_MESSAGE:
        return take_message(s, bytes, size);
    case RTSP_FRONT_SPACE:
        return 1;
    case RTSP_FRONT_SHORT:
        return 0;
    case RTSP_FRONT_WEB:
        if (s->stage == STAGE_OPTIONS) {
            session_trouble(
                s, TROUBLE_UNUSABLE,
                N_("it answers HTTP, so this is the port of its web page; write "
                   "its RTSP port in its url, mostly 554"));
            return size;
        }
        break;
    case RTSP_FRONT_LOST:
        break;
    }
    return skip_lost(s, bytes, size);
}

size_t session_take(struct session *s, const uint8_t *bytes, size_t size, int64_t us)
{
    size_t used = 0, taken = 1;

    while (used < size && taken > 0 && !s->trouble) {
        taken = take_one(s, bytes + used, size - used, us);
        used += taken;
    }
    return used;
}
