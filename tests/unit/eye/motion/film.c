#include "film.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"

enum { CLOCK = 90000 };

/* Read by the leak checker: libx265 never frees what it opened with. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libx265";
}

struct making {
    const struct film_order *order;
    struct film *film;
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
};

static void paint_square(AVFrame *f, int left, int top, int w, int h)
{
    for (int y = top; y < top + h && y < f->height; y++)
        for (int x = left; x < left + w; x++)
            if (x >= 0 && x < f->width)
                f->data[0][y * f->linesize[0] + x] =
                    (uint8_t)(40 + 80 * ((x - left) / 8 % 2) + 60 * ((y - top) / 8 % 2));
}

static void paint(struct making *m, int number)
{
    const struct film_order *o = m->order;
    AVFrame *f = m->frame;
    float t = (float)number / FILM_FPS;

    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++)
            f->data[0][y * f->linesize[0] + x] =
                (uint8_t)(60 + 120 * x / f->width + 20 * (y / 16 % 2));
    memset(f->data[1], 120, (size_t)f->linesize[1] * (size_t)f->height / 2);
    memset(f->data[2], 136, (size_t)f->linesize[2] * (size_t)f->height / 2);
    bool stands = o->stops_at_permille && t >= (float)o->walk_from_s;
    if (t < (float)o->walk_from_s || (t >= (float)o->walk_to_s && !stands))
        return;
    float way = (t - (float)o->walk_from_s) / (float)(o->walk_to_s - o->walk_from_s);
    if (stands && way > (float)o->stops_at_permille / 1000)
        way = (float)o->stops_at_permille / 1000;
    float scale = o->grows ? 0.5F + 1.5F * way : 1;
    paint_square(f, (int)(way * (float)f->width), f->height / 2,
                 (int)(scale * (float)f->width / 16),
                 (int)(scale * (float)f->height / 4));
}

/* Where the next start code begins, or the end. */
static size_t next_start(const uint8_t *from, size_t size, size_t at)
{
    for (; at + 3 <= size; at++)
        if (from[at] == 0 && from[at + 1] == 0 && from[at + 2] == 1)
            return at;
    return size;
}

/* Calls for each NAL unit of a byte stream (ITU-T H.264, annex B). */
static void each_nal(const uint8_t *from, size_t size,
                     void (*fn)(void *arg, const uint8_t *nal, size_t size), void *arg)
{
    size_t at = next_start(from, size, 0);

    while (at < size) {
        size_t begin = at + 3, end = next_start(from, size, begin);
        at = end;
        while (end > begin && end < size && from[end - 1] == 0)
            end--; /* the long start code's first zero */
        fn(arg, from + begin, end - begin);
    }
}

static void add_parameters(void *arg, const uint8_t *nal, size_t size)
{
    struct track *track = arg;
    uint8_t *to = track->parameters + track->parameters_size;
    int type = track->codec == CODEC_H264 ? nal[0] & 0x1f : nal[0] >> 1 & 0x3f;

    if (track->codec == CODEC_H264 ? type != 7 && type != 8 : type < 32 || type > 34)
        return;
    to[0] = (uint8_t)(size >> 8);
    to[1] = (uint8_t)size;
    memcpy(to + 2, nal, size);
    track->parameters_size += 2 + size;
}

static void add_prefixed(void *arg, const uint8_t *nal, size_t size)
{
    const uint8_t length[4] = { (uint8_t)(size >> 24), (uint8_t)(size >> 16),
                                (uint8_t)(size >> 8), (uint8_t)size };

    bytes_add(arg, length, sizeof length);
    bytes_add(arg, nal, size);
}

/* As a session tells them: by the unit, not by what the encoder calls a key (x264 also
 * calls the points so at which intra refresh has come round). */
static void look_for_key(void *arg, const uint8_t *nal, size_t size)
{
    bool *key = arg;

    *key |= (nal[0] & 0x1f) == 5;
}

static void take_packets(struct making *m)
{
    struct film *film = m->film;

    while (avcodec_receive_packet(m->codec, m->packet) >= 0) {
        struct bytes bytes = { 0 };
        struct film_packet *to;

        each_nal(m->packet->data, (size_t)m->packet->size, add_prefixed, &bytes);
        film->packets =
            xrealloc(film->packets, (size_t)(film->count + 1) * sizeof *film->packets);
        to = &film->packets[film->count++];
        to->size = bytes.size;
        to->pts = m->packet->pts * (CLOCK / FILM_FPS);
        to->dts = m->packet->dts * (CLOCK / FILM_FPS);
        to->key = m->packet->flags & AV_PKT_FLAG_KEY;
        if (m->order->intra_refresh) {
            to->key = false;
            each_nal(m->packet->data, (size_t)m->packet->size, look_for_key, &to->key);
        }
        to->bytes = (uint8_t *)bytes_take(&bytes);
        av_packet_unref(m->packet);
    }
}

static bool open_encoder(struct making *m)
{
    const struct film_order *o = m->order;
    bool h264 = o->codec == CODEC_H264;
    const AVCodec *kind = avcodec_find_encoder_by_name(h264 ? "libx264" : "libx265");

    if (!kind)
        return false;
    m->codec = avcodec_alloc_context3(kind);
    m->codec->width = o->width;
    m->codec->height = o->height;
    m->codec->pix_fmt = AV_PIX_FMT_YUV420P;
    m->codec->time_base = (AVRational){ 1, FILM_FPS };
    m->codec->gop_size = o->gop ? o->gop : FILM_GOP;
    m->codec->max_b_frames = o->b_frames;
    m->codec->thread_count = 1;
    m->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(m->codec->priv_data, "preset", "ultrafast", 0);
    av_opt_set(m->codec->priv_data, "sc_threshold", "0", 0);
    av_opt_set(m->codec->priv_data, "intra-refresh", o->intra_refresh ? "1" : "0", 0);
    av_opt_set(m->codec->priv_data, "bframes", o->b_frames ? "2" : "0", 0);
    av_opt_set(m->codec->priv_data, "x265-params",
               "log-level=none:pools=none:frame-threads=1:scenecut=0:keyint=30:bframes=0",
               0);
    if (avcodec_open2(m->codec, kind, NULL) < 0)
        return false;
    each_nal(m->codec->extradata, (size_t)m->codec->extradata_size, add_parameters,
             &m->film->track);
    return true;
}

static void encode(struct making *m)
{
    m->frame->format = AV_PIX_FMT_YUV420P;
    m->frame->width = m->order->width;
    m->frame->height = m->order->height;
    av_frame_get_buffer(m->frame, 0);
    for (int i = 0; i < m->order->seconds * FILM_FPS; i++) {
        av_frame_make_writable(m->frame);
        paint(m, i);
        m->frame->pts = i;
        avcodec_send_frame(m->codec, m->frame);
        take_packets(m);
    }
    avcodec_send_frame(m->codec, NULL);
    take_packets(m);
}

struct film *film_make(const struct film_order *order)
{
    struct film *film = xcalloc(1, sizeof *film);
    struct making m = { .order = order,
                        .film = film,
                        .frame = av_frame_alloc(),
                        .packet = av_packet_alloc() };

    av_log_set_level(AV_LOG_QUIET);
    film->track.codec = order->codec;
    film->track.clock = CLOCK;
    film->track.version = 1;
    if (open_encoder(&m)) {
        encode(&m);
    } else {
        film_free(film);
        film = NULL;
    }
    avcodec_free_context(&m.codec);
    av_frame_free(&m.frame);
    av_packet_free(&m.packet);
    return film;
}

void film_free(struct film *film)
{
    if (!film)
        return;
    for (int i = 0; i < film->count; i++)
        free(film->packets[i].bytes);
    free(film->packets);
    free(film);
}

struct packet film_packet(const struct film *film, int i, uint32_t run)
{
    const struct film_packet *from = &film->packets[i];
    int64_t run_us = from->pts * 100 / 9; /* 90 kHz */

    return (struct packet){
        .which = TRACK_VIDEO,
        .track = &film->track,
        .run = run,
        .pts = from->pts,
        .dts = from->dts,
        .arrived_us = SECONDS_US(500) + run_us,
        .wall_us = SECONDS_US(1000) + run_us,
        .key = from->key,
        .bytes = from->bytes,
        .size = from->size,
    };
}
