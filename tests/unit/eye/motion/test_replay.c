/* A recorded file gives the events that the camera gave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <libavformat/avformat.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "film.h"
#include "motion_replay.h"

static const struct motion_setup watching = { .detect = true, .sensitivity = 3 };
static char path[] = "/tmp/keng-replay-XXXXXX.mp4";

/* As avcC: ISO/IEC 14496-15, 5.3.3.1. One SPS and one PPS, as libx264 makes them. */
static void add_avcc(struct bytes *to, const struct track *track)
{
    const uint8_t *sps = track->parameters;
    size_t sps_size = 2 + ((size_t)sps[0] << 8 | sps[1]);
    const uint8_t head[] = { 1, sps[3], sps[4], sps[5], 0xff, 0xe1 };
    const uint8_t one = 1;

    bytes_add(to, head, sizeof head);
    bytes_add(to, sps, sps_size);
    bytes_add(to, &one, 1);
    bytes_add(to, sps + sps_size, track->parameters_size - sps_size);
}

static int write_film(void **state)
{
    const struct film_order walk = { .codec = CODEC_H264,
                                     .width = 640,
                                     .height = 360,
                                     .seconds = 26,
                                     .walk_from_s = 10,
                                     .walk_to_s = 16 };
    struct film *film = film_make(&walk);
    struct bytes avcc = { 0 };
    AVFormatContext *mp4;

    close(mkstemps(path, 4));
    add_avcc(&avcc, &film->track);
    avformat_alloc_output_context2(&mp4, NULL, "mp4", path);
    AVStream *stream = avformat_new_stream(mp4, NULL);
    stream->time_base = (AVRational){ 1, (int)film->track.clock };
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = AV_CODEC_ID_H264;
    stream->codecpar->width = walk.width;
    stream->codecpar->height = walk.height;
    stream->codecpar->extradata = av_mallocz(avcc.size + AV_INPUT_BUFFER_PADDING_SIZE);
    stream->codecpar->extradata_size = (int)avcc.size;
    memcpy(stream->codecpar->extradata, avcc.at, avcc.size);
    bool opened = avio_open(&mp4->pb, path, AVIO_FLAG_WRITE) >= 0 &&
                  avformat_write_header(mp4, NULL) >= 0;
    for (int i = 0; opened && i < film->count; i++) {
        AVPacket *packet = av_packet_alloc();
        av_new_packet(packet, (int)film->packets[i].size);
        memcpy(packet->data, film->packets[i].bytes, film->packets[i].size);
        packet->pts = film->packets[i].pts;
        packet->dts = film->packets[i].dts;
        packet->duration = film->track.clock / FILM_FPS;
        packet->flags = film->packets[i].key ? AV_PKT_FLAG_KEY : 0;
        av_packet_rescale_ts(packet, (AVRational){ 1, (int)film->track.clock },
                             stream->time_base);
        av_interleaved_write_frame(mp4, packet);
        av_packet_free(&packet);
    }
    av_write_trailer(mp4);
    avio_closep(&mp4->pb);
    avformat_free_context(mp4);
    bytes_free(&avcc);
    film_free(film);
    return opened ? 0 : -1;
}

static int remove_film(void **state)
{
    return unlink(path);
}

/* What motion_replay() writes; the caller frees it. */
static char *replay(const char *file, int *status)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    *status = motion_replay(file, &watching, REPLAY_AS_CAMERA, out);
    fclose(out);
    return text;
}

static void a_recorded_walk_is_replayed_as_one_event(void **state)
{
    int status;
    char *text = replay(path, &status);
    json_t *all = json_loads(text, 0, NULL);
    const char *name;
    json_t *clip;
    double from, to, decided;

    assert_int_equal(status, 0);
    assert_int_equal(json_object_size(all), 1);
    json_object_foreach(all, name, clip)
    {
        assert_non_null(strstr(path, name));
        assert_null(strchr(name, '.'));
        assert_int_equal(json_array_size(json_object_get(clip, "events")), 1);
        assert_int_equal(json_unpack(json_array_get(json_object_get(clip, "events"), 0),
                                     "[F,F,F]", &from, &to, &decided),
                         0);
        assert_true(from >= 10 && from < 12);
        assert_true(decided > from && decided < 13.5);
        assert_true(to > 15.5 && to < 16.5);
        assert_int_equal(json_integer_value(json_object_get(clip, "packets")),
                         26 * FILM_FPS);
    }
    json_decref(all);
    free(text);
}

/* Events are the same each time, processor time is not. */
static json_t *replayed_events(void)
{
    int status;
    char *text = replay(path, &status);
    json_t *all = json_loads(text, 0, NULL);
    json_t *events = json_incref(
        json_object_get(json_object_iter_value(json_object_iter(all)), "events"));

    json_decref(all);
    free(text);
    return events;
}

static void two_replays_give_the_same(void **state)
{
    json_t *once = replayed_events(), *again = replayed_events();

    assert_true(json_equal(once, again));
    json_decref(once);
    json_decref(again);
}

static void a_file_that_is_no_video_is_refused(void **state)
{
    int status;
    char *text = replay("/proc/self/status", &status);

    assert_int_equal(status, 1);
    assert_string_equal(text, "");
    free(text);
    text = replay("/nonexistent.mp4", &status);
    assert_int_equal(status, 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_walk_is_replayed_as_one_event),
        cmocka_unit_test(two_replays_give_the_same),
        cmocka_unit_test(a_file_that_is_no_video_is_refused),
    };

    return cmocka_run_group_tests(tests, write_film, remove_film);
}
