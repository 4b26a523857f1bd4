#include "motion_replay.h"

#include <errno.h>
#include <jansson.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "decode.h"
#include "detector.h"

enum { READ_BYTES = 64 << 10 };

struct replay {
    int fd; /* -1: the file is opened by its name */
    AVIOContext *reading;
    AVFormatContext *file;
    AVPacket *packet;
    int stream;
    struct track track;
    struct parameters *parameters;
    struct detector *detector; /* NULL with REPLAY_DECODE, */
    struct decoder *decoder;   /* ... which has this */
    struct motion_counts counts;
    int64_t first_pts, last_us, packets;
    bool begun;
    json_t *events, *scores, *zones, *views;
};

static double cpu_s(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Appends `count` sets that stand at `at`, each behind a 2-byte length. */
static bool copy_sets(struct track *track, const uint8_t *from, size_t size, size_t *at,
                      int count)
{
    for (; count > 0; count--) {
        if (*at + 2 > size)
            return false;
        size_t length = 2 + ((size_t)from[*at] << 8 | from[*at + 1]);
        if (*at + length > size || track->parameters_size + length > PARAMETERS_MAX)
            return false;
        memcpy(track->parameters + track->parameters_size, from + *at, length);
        track->parameters_size += length;
        *at += length;
    }
    return true;
}

/* ISO/IEC 14496-15, 5.3.3.1. */
static bool read_avcc(struct track *track, const uint8_t *from, size_t size)
{
    size_t at = 6;

    if (size < 7 || from[0] != 1 || (from[4] & 3) != 3 ||
        !copy_sets(track, from, size, &at, from[5] & 0x1f) || at >= size)
        return false;
    int count = from[at++];
    return copy_sets(track, from, size, &at, count);
}

/* ISO/IEC 14496-15, 8.3.3.1. */
static bool read_hvcc(struct track *track, const uint8_t *from, size_t size)
{
    size_t at = 23;

    if (size < 23 || from[0] != 1 || (from[21] & 3) != 3)
        return false;
    for (int arrays = from[22]; arrays > 0; arrays--) {
        if (at + 3 > size)
            return false;
        int count = from[at + 1] << 8 | from[at + 2];
        bool wanted = (from[at] & 0x3f) <= 34; /* VPS, SPS, PPS; not SEI */
        struct track skipped = { .parameters_size = 0 };
        at += 3;
        if (!copy_sets(wanted ? track : &skipped, from, size, &at, count))
            return false;
    }
    return true;
}

static bool read_track(struct replay *r, struct error *err)
{
    AVStream *stream = r->file->streams[r->stream];
    const AVCodecParameters *codec = stream->codecpar;
    bool h264 = codec->codec_id == AV_CODEC_ID_H264;
    size_t size = (size_t)codec->extradata_size;
    bool read = false;

    if (h264)
        read = read_avcc(&r->track, codec->extradata, size);
    else if (codec->codec_id == AV_CODEC_ID_HEVC)
        read = read_hvcc(&r->track, codec->extradata, size);
    if (!read || stream->time_base.num != 1)
        return error_set(err, ERR_MEDIA,
                         _("its video is neither H.264 nor H.265 as MP4 "
                           "holds them"));
    r->track.codec = h264 ? CODEC_H264 : CODEC_H265;
    r->track.clock = (uint32_t)stream->time_base.den;
    r->parameters = parameters_new(&r->track);
    return true;
}

static int read_file(void *arg, uint8_t *to, int size)
{
    struct replay *r = arg;
    ssize_t got = read(r->fd, to, (size_t)size);

    return got > 0 ? (int)got : got == 0 ? AVERROR_EOF : AVERROR(errno);
}

static int64_t seek_file(void *arg, int64_t to, int whence)
{
    struct replay *r = arg;

    if (whence & AVSEEK_SIZE) {
        off_t at = lseek(r->fd, 0, SEEK_CUR), size = lseek(r->fd, 0, SEEK_END);
        lseek(r->fd, at, SEEK_SET);
        return size;
    }
    return lseek(r->fd, to, whence & ~AVSEEK_FORCE);
}

static bool open_file(struct replay *r, const char *file, struct error *err)
{
    const AVInputFormat *mp4 = av_find_input_format("mov");

    if (r->fd >= 0) {
        uint8_t *buffer = av_malloc(READ_BYTES);
        r->reading = avio_alloc_context(buffer, READ_BYTES, 0, r, read_file, NULL, seek_file);
        r->file = avformat_alloc_context();
        if (!buffer || !r->reading || !r->file)
            abort(); /* as core/memory.h */
        r->file->pb = r->reading;
    }
    if (avformat_open_input(&r->file, file, mp4, NULL) < 0)
        return error_set(err, ERR_MEDIA, _("cannot be read as MP4"));
    r->stream = av_find_best_stream(r->file, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (r->stream < 0)
        return error_set(err, ERR_MEDIA, _("there is no video in it"));
    return read_track(r, err);
}

static double seconds(int64_t us)
{
    return (double)us / 1e6;
}

static void on_event(void *arg, const struct motion_event *event)
{
    struct replay *r = arg;

    if (event->phase == MOTION_PHASE_BEGAN) {
        json_array_append_new(r->events, json_pack("[f,f,f]", seconds(event->start_us),
                                                   seconds(event->at_us),
                                                   seconds(event->decided_us)));
        json_array_append_new(r->scores, json_integer(event->score));
        json_array_append_new(r->zones, json_string(event->zone));
    } else if (event->phase == MOTION_PHASE_ENDED) {
        size_t last = json_array_size(r->events) - 1;
        json_array_set_new(json_array_get(r->events, last), 1,
                           json_real(seconds(event->at_us)));
        json_array_set_new(r->scores, last, json_integer(event->score));
    }
}

static void on_picture(void *arg, const uint8_t *jpeg, size_t size, int64_t wall_us,
                       int width, int height)
{
    (void)arg; /* none is wanted */
}

static void on_activity(void *arg, const struct motion_activity *second)
{
    (void)arg; /* an event says it better */
}

static void on_view(void *arg, enum view_kind kind, const uint8_t *memory, size_t size)
{
    static const char *const words[VIEW_KINDS] = {
        "well", "frozen", "dark", "flat", "blurred", "turned"
    };
    struct replay *r = arg;

    json_array_append_new(r->views,
                          json_pack("[f,s]", seconds(r->last_us), words[kind]));
}

static void on_decoded(void *arg, AVFrame *picture, int64_t at_us)
{
    (void)arg; /* decoding it was all */
}

static const struct motion_listener listener = { .on_event = on_event,
                                                 .on_picture = on_picture,
                                                 .on_activity = on_activity,
                                                 .on_view = on_view };

static void feed(struct replay *r)
{
    const AVPacket *from = r->packet;
    int64_t pts = from->pts != AV_NOPTS_VALUE ? from->pts : from->dts;

    if (!r->begun)
        r->first_pts = pts;
    r->begun = true;
    struct packet packet = {
        .which = TRACK_VIDEO,
        .track = &r->track,
        .pts = pts - r->first_pts,
        .dts = from->dts - r->first_pts,
        .key = from->flags & AV_PKT_FLAG_KEY,
        .bytes = from->data,
        .size = (size_t)from->size,
    };
    packet.wall_us = packet.arrived_us =
        av_rescale(packet.pts, 1000000, (int64_t)r->track.clock);
    r->last_us = packet.wall_us > r->last_us ? packet.wall_us : r->last_us;
    r->packets++;
    struct held *held = held_new(&packet, r->parameters);
    if (r->detector) {
        detector_packet(r->detector, held);
        return;
    }
    held->at_us = packet.wall_us;
    r->counts.decoded++;
    decoder_packet(r->decoder, held, true, on_decoded, r);
    held_free(held);
}

static void read_packets(struct replay *r)
{
    while (av_read_frame(r->file, r->packet) >= 0) {
        if (r->packet->stream_index == r->stream && r->packet->size > 0 &&
            r->packet->size <= AU_MAX)
            feed(r);
        av_packet_unref(r->packet);
    }
    if (r->detector)
        detector_break(r->detector);
}

/* The file's name without folder and ending; the caller frees it. */
static char *clip_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');

    return xstrndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

static void print(struct replay *r, const char *file, double used_s, FILE *out)
{
    const struct motion_counts *counts =
        r->detector ? detector_counts(r->detector) : &r->counts;
    char *name = clip_name(file);
    json_t *all =
        json_pack("{s:{s:O,s:O,s:O,s:O,s:f,s:f,s:I,s:I,s:I}}", name, "events", r->events,
                  "scores", r->scores, "zones", r->zones, "views", r->views, "cpu", used_s, "dur",
                  seconds(r->last_us), "packets", (json_int_t)r->packets, "decoded",
                  (json_int_t)counts->decoded, "analysed", (json_int_t)counts->analysed);

    if (all) /* not if the name is no UTF-8 */
        json_dumpf(all, out, JSON_REAL_PRECISION(8));
    fputc('\n', out);
    json_decref(all);
    free(name);
}

static bool open_eye(struct replay *r, const struct motion_setup *setup,
                     enum replay_how how, struct error *err)
{
    struct motion_setup own = *setup;

    if (how == REPLAY_DECODE) {
        r->decoder = decoder_open(r->parameters, err);
        return r->decoder;
    }
    own.watch_all = how == REPLAY_ALL;
    r->detector = detector_new(&own, &listener, r);
    return true;
}

int motion_replay(const char *file, const struct motion_setup *setup,
                  enum replay_how how, FILE *out)
{
    return motion_replay_open(-1, file, setup, how, out);
}

int motion_replay_open(int fd, const char *file, const struct motion_setup *setup,
                       enum replay_how how, FILE *out)
{
    struct replay r = { .fd = fd,
                        .events = json_array(),
                        .scores = json_array(),
                        .zones = json_array(),
                        .views = json_array() };
    struct error err = { 0 };
    double began_s = cpu_s();
    bool opened;

    av_log_set_level(AV_LOG_QUIET); /* the demuxer is opened before the detector */
    r.packet = av_packet_alloc();
    opened = open_file(&r, file, &err) && open_eye(&r, setup, how, &err);
    if (opened) {
        read_packets(&r);
        print(&r, file, cpu_s() - began_s, out);
    } else {
        error_context(&err, "%s", file);
        fprintf(stderr, "%s\n", err.text);
    }
    detector_free(r.detector);
    decoder_close(r.decoder);
    parameters_unref(r.parameters);
    avformat_close_input(&r.file);
    if (r.reading)
        av_freep(&r.reading->buffer);
    avio_context_free(&r.reading);
    av_packet_free(&r.packet);
    json_decref(r.events);
    json_decref(r.scores);
    json_decref(r.zones);
    json_decref(r.views);
    return opened ? 0 : 1;
}
