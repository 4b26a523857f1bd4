/*
 * RTP payloads of a hostile camera through to the muxer: every format, and what comes out
 * is what kengd's own reader takes. The first byte chooses the description; then records
 * of u8 flags (1 marker, 2 a packet is missing before it, 4 sound, 8 another stamp, 16
 * another source, 32 a second passes) | u8 length | payload.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "cut.h"
#include "media/mp4.h"
#include "session/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MARKER = 1, HOLE = 2, SOUND = 4, STAMP = 8, SOURCE = 16, SECOND = 32 };

static const char *const descriptions[] = {
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets="
    "Z01AHtkAoC/5cBEAAAMAAQAAAwAyDxYuSA==,aOvDyyA=\nm=audio 0 RTP/AVP 97\n"
    "a=rtpmap:97 MPEG4-GENERIC/16000\na=fmtp:97 config=1408\n",
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 0 RTP/AVP 0\n",
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\nm=audio 0 RTP/AVP 8\n",
};

static int64_t now_us;
static struct init *init;
static uint64_t last_dts;

static int64_t clock_us(void)
{
    return now_us;
}

static void on_init(void *arg, const char *codecs, const uint8_t *bytes, size_t size,
                    int64_t run_wall_us)
{
    struct error err;

    init_unref(init);
    init = mp4_read_init(bytes, size, &err);
    assert(init);
    last_dts = 0;
}

static void on_fragment(void *arg, uint8_t *bytes, size_t size, int64_t first_wall_us,
                        bool keyframe, bool damaged)
{
    struct mp4_fragment read;
    struct error err;

    assert(init && mp4_read_fragment(init, bytes, size, &read, &err));
    assert(read.dts >= last_dts && read.samples > 0);
    last_dts = read.dts + 1;
}

static void on_packet(void *arg, const struct packet *packet)
{
    cut_packet(arg, packet);
}

static void send_packet(struct intake *in, uint8_t flags, const uint8_t *payload,
                        size_t size)
{
    static uint16_t sequence[TRACKS];
    static uint32_t time[TRACKS], ssrc = 1;
    int which = flags & SOUND ? TRACK_AUDIO : TRACK_VIDEO;
    uint8_t packet[12 + UINT8_MAX * 4], types[TRACKS] = { 96, 97 };
    struct track tracks[TRACKS];

    intake_tracks(in, tracks);
    if (tracks[TRACK_AUDIO].codec == CODEC_PCMA ||
        tracks[TRACK_AUDIO].codec == CODEC_PCMU)
        types[TRACK_AUDIO] = tracks[TRACK_AUDIO].codec == CODEC_PCMA ? 8 : 0;
    sequence[which] = (uint16_t)(sequence[which] + 1 + (flags & HOLE ? 3 : 0));
    time[which] += flags & STAMP ? tracks[which].clock / 15 : 0;
    ssrc += flags & SOURCE ? 1 : 0;
    packet[0] = 0x80;
    packet[1] = (uint8_t)(types[which] | (flags & MARKER ? 0x80 : 0));
    packet[2] = (uint8_t)(sequence[which] >> 8);
    packet[3] = (uint8_t)sequence[which];
    for (int i = 0; i < 4; i++) {
        packet[4 + i] = (uint8_t)(time[which] >> (24 - 8 * i));
        packet[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
    }
    memcpy(packet + 12, payload, size);
    intake_rtp(in, which, packet, 12 + size, now_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct clock_source clock = { clock_us, clock_us, NULL };
    static const struct cut_listener listener = { on_init, on_fragment };
    struct session_counts counts = { 0 };
    struct sdp sdp;

    if (size < 1)
        return 0;
    clock_use(&clock);
    now_us = SECONDS_US(1000);
    struct cutter *cutter = cut_new("fuzz", &listener, NULL);
    struct intake *in = intake_new(on_packet, cutter, &counts);
    assert(sdp_read(span_of(descriptions[bytes[0] % 3]), &sdp));
    intake_open(in, &sdp);
    cut_expect_sound(cutter, &sdp.tracks[TRACK_AUDIO].track);
    for (size_t at = 1; at + 2 <= size;) {
        uint8_t flags = bytes[at];
        size_t length = bytes[at + 1] < size - at - 2 ? bytes[at + 1] : size - at - 2;

        now_us += flags & SECOND ? SECONDS_US(1) : SECONDS_US(1) / 15;
        send_packet(in, flags, bytes + at + 2, length);
        at += 2 + length;
    }
    intake_free(in);
    cut_free(cutter);
    init_unref(init);
    init = NULL;
    return 0;
}
