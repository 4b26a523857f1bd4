/*
 * Pictures of a hostile camera through the detector and its decoder. Input: u8 codec (bit
 * 0: H.265) and whether pictures are wanted (bit 1), u16 size of the parameter sets, the
 * sets (each behind 2 bytes of length), then records of u16 size with the keyframe's flag
 * on top | bytes.
 */
#include <assert.h>
#include <libavutil/log.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "detector.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { SIZE = 0x7fff, KEY = 0x8000, FPS = 15 };

static int64_t now_us;

static int64_t clock_us(void)
{
    return now_us;
}

static void on_event(void *arg, const struct motion_event *event)
{
    assert(event->jpeg_size <= 100000 && event->start_us <= event->at_us);
    for (int i = 0; i < 4; i++)
        assert(event->box[i] >= 0 && event->box[i] <= 1);
}

static void on_picture(void *arg, const uint8_t *jpeg, size_t size, int64_t wall_us,
                       int width, int height)
{
    assert(size > 4 && jpeg[0] == 0xff && jpeg[1] == 0xd8 && width > 0 && height > 0);
}

static void on_activity(void *arg, const struct motion_activity *second)
{
    assert(second->second_us % 1000000 == 0);
}

static size_t read16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

static void feed(struct detector *d, struct parameters *sets, const uint8_t *bytes,
                 size_t size)
{
    struct track track = { .codec = sets->codec, .clock = 90000 };
    struct packet packet = { .track = &track, .run = 1 };

    for (int i = 0; size >= 2; i++) {
        size_t length = read16(bytes) & SIZE;

        packet.key = i == 0 || read16(bytes) & KEY;
        length = length < size - 2 ? length : size - 2;
        packet.pts = packet.dts = (int64_t)i * 90000 / FPS;
        packet.bytes = bytes + 2;
        packet.size = length;
        now_us += SECONDS_US(1) / FPS;
        packet.arrived_us = packet.wall_us = now_us;
        if (length > 4)
            detector_packet(d, held_new(&packet, sets));
        bytes += 2 + length;
        size -= 2 + length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct clock_source clock = { clock_us, clock_us, NULL };
    static const struct motion_setup setup = { .detect = true,
                                               .sensitivity = 5,
                                               .watch_all = true };
    static const struct motion_listener listener = { on_event, on_picture, on_activity };
    struct track track = { .clock = 90000 };

    if (size < 3 || read16(bytes + 1) > size - 3 || read16(bytes + 1) > PARAMETERS_MAX)
        return 0;
    av_log_set_level(AV_LOG_QUIET);
    clock_use(&clock);
    now_us = SECONDS_US(1000);
    track.codec = bytes[0] & 1 ? CODEC_H265 : CODEC_H264;
    track.parameters_size = read16(bytes + 1);
    memcpy(track.parameters, bytes + 3, track.parameters_size);
    struct parameters *sets = parameters_new(&track);
    struct detector *d = detector_new(&setup, &listener, NULL);
    detector_want_pictures(d, bytes[0] & 2);
    feed(d, sets, bytes + 3 + track.parameters_size, size - 3 - track.parameters_size);
    detector_break(d);
    detector_free(d);
    parameters_unref(sets);
    return 0;
}
