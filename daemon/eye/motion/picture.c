#include "picture.h"

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include <stdlib.h>

#include "core/memory.h"
#include "zones.h"

enum {
    QUALITY_BEST = 4, /* quantizer of mjpeg, 2..31: better ones are not seen on a phone */
    QUALITY_WORST = 24,
    TRIES = 5,
    WIDTH_LEAST = 160,
    BLACK = 0,
    GREY = 128, /* full-range luma and chroma */
};

struct picture_maker {
    struct SwsContext *scaler;
    AVFrame *scaled;
    AVPacket *packet;
    int quality; /* what sufficed last time */
};

struct picture_maker *picture_maker_new(void)
{
    struct picture_maker *maker = xcalloc(1, sizeof *maker);

    maker->packet = av_packet_alloc();
    if (!maker->packet)
        abort(); /* as core/memory.h */
    maker->quality = QUALITY_BEST;
    return maker;
}

void picture_maker_free(struct picture_maker *maker)
{
    if (!maker)
        return;
    sws_freeContext(maker->scaler);
    av_frame_free(&maker->scaled);
    av_packet_free(&maker->packet);
    free(maker);
}

static int even(int64_t pixels)
{
    return (int)(pixels < 16 ? 16 : pixels & ~1);
}

/* Recorders send halved widths (960x1080) and broadcast sizes, with a pixel aspect. */
static void fit(const AVFrame *picture, int most_width, int *width, int *height)
{
    AVRational aspect = picture->sample_aspect_ratio;
    int64_t w = picture->width, h = picture->height;

    if (aspect.num > 0 && aspect.den > 0 && aspect.num <= 4 * (int64_t)aspect.den &&
        aspect.den <= 4 * (int64_t)aspect.num)
        w = w * aspect.num / aspect.den;
    if (w > most_width) {
        h = h * most_width / w;
        w = most_width;
    }
    *width = even(w);
    *height = even(h);
}

static bool prepare(struct picture_maker *maker, int width, int height)
{
    AVFrame *f = maker->scaled;

    if (f && f->width == width && f->height == height)
        return av_frame_make_writable(f) >= 0;
    av_frame_free(&maker->scaled);
    f = maker->scaled = av_frame_alloc();
    if (!f)
        abort(); /* as core/memory.h */
    f->format = AV_PIX_FMT_YUVJ420P;
    f->color_range = AVCOL_RANGE_JPEG;
    f->width = width;
    f->height = height;
    return av_frame_get_buffer(f, 0) >= 0;
}

static bool scale(struct picture_maker *maker, const AVFrame *picture, int width,
                  int height)
{
    if (!prepare(maker, width, height))
        return false;
    AVFrame *to = maker->scaled;
    /* Not SWS_FAST_BILINEAR: it writes machine code, which the sandbox forbids. */
    maker->scaler = sws_getCachedContext(maker->scaler, picture->width, picture->height,
                                         picture->format, width, height, to->format,
                                         SWS_BILINEAR, NULL, NULL, NULL);
    if (!maker->scaler)
        return false;
    return sws_scale(maker->scaler, (const uint8_t *const *)picture->data,
                     picture->linesize, 0, picture->height, to->data,
                     to->linesize) == height;
}

static void blacken(const struct motion_setup *masks, AVFrame *f)
{
    zones_blacken(masks, f->data[0], f->linesize[0], f->width, f->height, BLACK);
    for (int plane = 1; plane <= 2; plane++)
        zones_blacken(masks, f->data[plane], f->linesize[plane], f->width / 2,
                      f->height / 2, GREY);
}

/* The encoder takes its quantizer when it is opened; opening costs little. */
static bool encode(struct picture_maker *maker, int quality, struct bytes *jpeg)
{
    AVCodecContext *codec =
        avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_MJPEG));
    AVFrame *f = maker->scaled;

    if (!codec)
        return false;
    codec->width = f->width;
    codec->height = f->height;
    codec->pix_fmt = f->format;
    codec->color_range = AVCOL_RANGE_JPEG;
    codec->time_base = (AVRational){ 1, 1 };
    codec->thread_count = 1;
    codec->flags |= AV_CODEC_FLAG_QSCALE;
    codec->global_quality = quality * FF_QP2LAMBDA;
    f->quality = codec->global_quality;
    f->pts = 0;
    bool made = avcodec_open2(codec, codec->codec, NULL) >= 0 &&
                avcodec_send_frame(codec, f) >= 0 &&
                avcodec_receive_packet(codec, maker->packet) >= 0;
    if (made) {
        bytes_drop(jpeg, jpeg->size);
        bytes_add(jpeg, maker->packet->data, (size_t)maker->packet->size);
        av_packet_unref(maker->packet);
    }
    avcodec_free_context(&codec);
    return made;
}

/* Bytes fall about as the quantizer rises. */
static bool encode_within(struct picture_maker *maker, size_t most_bytes,
                          struct bytes *jpeg)
{
    for (int i = 0; i < TRIES; i++) {
        if (!encode(maker, maker->quality, jpeg))
            return false;
        if (jpeg->size <= most_bytes) {
            bool roomy = jpeg->size < most_bytes / 2 && maker->quality > QUALITY_BEST;
            maker->quality -= roomy; /* for the next one */
            return true;
        }
        if (maker->quality >= QUALITY_WORST)
            return false;
        int next = (int)((size_t)maker->quality * jpeg->size / most_bytes) + 1;
        maker->quality = next < QUALITY_WORST ? next : QUALITY_WORST;
    }
    return false;
}

bool picture_make(struct picture_maker *maker, const struct motion_setup *masks,
                  const AVFrame *picture, int most_width, size_t most_bytes,
                  struct bytes *jpeg, int size[2])
{
    for (; most_width >= WIDTH_LEAST; most_width /= 2) {
        int width, height;

        fit(picture, most_width, &width, &height);
        if (!scale(maker, picture, width, height))
            return false;
        blacken(masks, maker->scaled);
        if (encode_within(maker, most_bytes, jpeg)) {
            size[0] = width;
            size[1] = height;
            return true;
        }
    }
    return false;
}
