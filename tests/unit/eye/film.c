#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "film.h"

/* The encoder's own, not ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libx265";
}

static bool is_parameter_set(enum codec codec, uint8_t first)
{
    int h264 = first & 31, h265 = first >> 1 & 63;

    return codec == CODEC_H264 ? h264 >= 7 && h264 <= 9 : h265 >= 32 && h265 <= 35;
}

/* The next NAL unit of an Annex B stream: [*at, returned), and where the one after
 * begins. */
static const uint8_t *next_nal(const uint8_t *from, const uint8_t *end,
                               const uint8_t **at)
{
    const uint8_t *p = from;

    while (p + 3 <= end && !(p[0] == 0 && p[1] == 0 && p[2] == 1))
        p++;
    if (p + 3 > end)
        return NULL;
    *at = p += 3;
    while (p + 3 <= end && !(p[0] == 0 && p[1] == 0 && p[2] <= 1))
        p++;
    return p + 3 <= end ? p : end;
}

static void keep_set(struct track *t, const uint8_t *nal, size_t size)
{
    uint8_t *to = t->parameters + t->parameters_size;

    to[0] = (uint8_t)(size >> 8);
    to[1] = (uint8_t)size;
    memcpy(to + 2, nal, size);
    t->parameters_size += 2 + size;
}

static void keep_sets(struct film *film, const uint8_t *from, size_t size)
{
    const uint8_t *end = from + size, *nal, *next;

    while ((next = next_nal(from, end, &nal))) {
        if (is_parameter_set(film->track.codec, *nal) &&
            (film->track.codec == CODEC_H265 ? *nal >> 1 != 35 : (*nal & 31) != 9))
            keep_set(&film->track, nal, (size_t)(next - nal));
        from = next;
    }
}

static void keep_packet(struct film *film, const AVPacket *packet, int64_t first_dts)
{
    const uint8_t *from = packet->data, *end = from + packet->size, *nal, *next;
    uint8_t *bytes = xmalloc((size_t)packet->size + 64);
    size_t used = 0;

    while ((next = next_nal(from, end, &nal))) {
        size_t size = (size_t)(next - nal);
        if (!is_parameter_set(film->track.codec, *nal)) {
            for (int i = 0; i < 4; i++)
                bytes[used++] = (uint8_t)(size >> (24 - 8 * i));
            memcpy(bytes + used, nal, size);
            used += size;
        }
        from = next;
    }
    film->packets[film->count++] =
        (struct packet){ .which = TRACK_VIDEO,
                         .track = &film->track,
                         .pts = packet->pts - first_dts,
                         .dts = packet->dts - first_dts,
                         .key = packet->flags & AV_PKT_FLAG_KEY,
                         .bytes = bytes,
                         .size = used };
}

/* A square that wanders over a slope of grey: every picture differs from the one before.
 */
static void draw(AVFrame *frame, int number)
{
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++)
            frame->data[0][y * frame->linesize[0] + x] =
                (uint8_t)((x + y + (x - 3 * number) * (y - 2 * number) / 64) & 0xff);
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 128,
               (size_t)(frame->linesize[plane] * frame->height / 2));
}

static AVCodecContext *open_encoder(const struct film_wish *w)
{
    const AVCodec *codec =
        avcodec_find_encoder_by_name(w->codec == CODEC_H264 ? "libx264" : "libx265");

    if (!codec)
        return NULL;
    AVCodecContext *c = avcodec_alloc_context3(codec);
    c->width = w->width;
    c->height = w->height;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = (AVRational){ 1, 90000 };
    c->framerate = (AVRational){ w->fps, 1 };
    c->gop_size = w->gop;
    c->max_b_frames = w->b_frames;
    c->thread_count = 1;
    av_opt_set(c->priv_data, "preset", "ultrafast", 0);
    av_opt_set(c->priv_data, w->codec == CODEC_H264 ? "x264-params" : "x265-params",
               w->codec == CODEC_H264 ? "scenecut=0"
                                      : "log-level=none:pools=none:scenecut=0",
               0);
    if (avcodec_open2(c, codec, NULL) < 0)
        avcodec_free_context(&c);
    return c;
}

static void receive(AVCodecContext *encoder, AVPacket *packet, struct film *film,
                    int64_t *first_dts)
{
    while (avcodec_receive_packet(encoder, packet) >= 0) {
        if (film->count == 0) {
            *first_dts = packet->dts;
            keep_sets(film, packet->data, (size_t)packet->size);
        }
        keep_packet(film, packet, *first_dts);
        av_packet_unref(packet);
    }
}

struct film *film_new(const struct film_wish *w)
{
    AVCodecContext *encoder = open_encoder(w);
    int64_t first_dts = 0;

    if (!encoder)
        return NULL;
    struct film *film = xcalloc(1, sizeof *film);
    film->track = (struct track){ .codec = w->codec, .clock = 90000 };
    film->packets = xcalloc((size_t)(w->fps * w->seconds), sizeof *film->packets);

    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    frame->format = encoder->pix_fmt;
    frame->width = w->width;
    frame->height = w->height;
    av_frame_get_buffer(frame, 0);
    for (int i = 0; i < w->fps * w->seconds; i++) {
        av_frame_make_writable(frame);
        draw(frame, i);
        frame->pts = (int64_t)i * 90000 / w->fps;
        avcodec_send_frame(encoder, frame);
        receive(encoder, packet, film, &first_dts);
    }
    avcodec_send_frame(encoder, NULL);
    receive(encoder, packet, film, &first_dts);
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&encoder);
    return film;
}

void film_free(struct film *film)
{
    if (!film)
        return;
    for (int i = 0; i < film->count; i++)
        free((void *)film->packets[i].bytes);
    free(film->packets);
    free(film);
}
