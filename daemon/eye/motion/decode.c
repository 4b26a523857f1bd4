#include "decode.h"

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/text.h"

enum {
    PIXELS_MAX = 4096 * 4096, /* the decoder holds up to 17 pictures of 1.5 bytes each */
    H264_SPS = 7,
    H264_PPS = 8,
    H265_VPS = 32,
    H265_SPS = 33,
    H265_PPS = 34,
};

struct decoder {
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    bool drained; /* the picture of drained_us was handed over already */
    int64_t drained_us;
    AVPacket *owed; /* its keyframe, to be decoded before what follows it; empty: none */
};

/* One parameter set; `at` moves behind it. False: there are no more. */
static bool next_set(const struct parameters *p, size_t *at, const uint8_t **set,
                     size_t *size)
{
    if (p->size < *at + 2)
        return false;
    *size = (size_t)p->bytes[*at] << 8 | p->bytes[*at + 1];
    if (*size < 4 || p->size - *at - 2 < *size)
        return false;
    *set = p->bytes + *at + 2;
    *at += 2 + *size;
    return true;
}

static int nal_type(enum codec codec, const uint8_t *set)
{
    return codec == CODEC_H264 ? set[0] & 0x1f : set[0] >> 1 & 0x3f;
}

/* Appends the sets of one type, each behind its length, and says how many. */
static int add_sets(struct bytes *to, const struct parameters *p, int type, int most)
{
    const uint8_t *set;
    size_t at = 0, size;
    int count = 0;

    while (next_set(p, &at, &set, &size)) {
        if (nal_type(p->codec, set) != type || count == most)
            continue;
        const uint8_t length[2] = { (uint8_t)(size >> 8), (uint8_t)size };
        bytes_add(to, length, sizeof length);
        bytes_add(to, set, size);
        count++;
    }
    return count;
}

/* AVCDecoderConfigurationRecord, ISO/IEC 14496-15, 5.3.3.1. False: no SPS or no PPS. */
static bool make_avcc(struct bytes *to, const struct parameters *p)
{
    struct bytes sps = { 0 }, pps = { 0 };
    int sps_count = add_sets(&sps, p, H264_SPS, 31);
    int pps_count = add_sets(&pps, p, H264_PPS, 255);

    if (sps_count && pps_count) {
        const uint8_t head[] = { 1,
                                 sps.at[3],
                                 sps.at[4],
                                 sps.at[5],
                                 0xff /* lengths of 4 bytes */,
                                 (uint8_t)(0xe0 | sps_count) };
        const uint8_t count = (uint8_t)pps_count;
        bytes_add(to, head, sizeof head);
        bytes_add(to, sps.at, sps.size);
        bytes_add(to, &count, 1);
        bytes_add(to, pps.at, pps.size);
    }
    bytes_free(&sps);
    bytes_free(&pps);
    return sps_count && pps_count;
}

/* HEVCDecoderConfigurationRecord, ISO/IEC 14496-15, 8.3.3.1. Profile and level stay zero:
 * libavcodec takes them from the SPS. */
static bool make_hvcc(struct bytes *to, const struct parameters *p)
{
    static const uint8_t types[] = { H265_VPS, H265_SPS, H265_PPS };
    uint8_t head[23] = {
        [0] = 1, [21] = 3 /* lengths of 4 bytes */, [22] = sizeof types
    };
    bool whole = true;

    bytes_add(to, head, sizeof head);
    for (size_t i = 0; i < sizeof types; i++) {
        struct bytes sets = { 0 };
        int count = add_sets(&sets, p, types[i], 64);
        const uint8_t array[3] = { (uint8_t)(0x80 | types[i]), 0, (uint8_t)count };
        bytes_add(to, array, sizeof array);
        if (count)
            bytes_add(to, sets.at, sets.size);
        whole &= count > 0;
        bytes_free(&sets);
    }
    return whole;
}

static bool set_extradata(AVCodecContext *codec, const struct parameters *p)
{
    struct bytes record = { 0 };
    bool whole = p->codec == CODEC_H264 ? make_avcc(&record, p) : make_hvcc(&record, p);

    if (whole) {
        codec->extradata = av_mallocz(record.size + AV_INPUT_BUFFER_PADDING_SIZE);
        if (!codec->extradata)
            abort(); /* as core/memory.h */
        memcpy(codec->extradata, record.at, record.size);
        codec->extradata_size = (int)record.size;
    }
    bytes_free(&record);
    return whole;
}

struct decoder *decoder_open(const struct parameters *parameters, struct error *err)
{
    bool h264 = parameters->codec == CODEC_H264;
    const AVCodec *kind =
        avcodec_find_decoder(h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC);
    struct decoder *d = xcalloc(1, sizeof *d);

    d->packet = av_packet_alloc();
    d->frame = av_frame_alloc();
    d->owed = av_packet_alloc();
    d->codec = avcodec_alloc_context3(kind);
    if (!d->packet || !d->frame || !d->owed || !d->codec)
        abort(); /* as core/memory.h */
    d->codec->thread_count = 1;
    d->codec->flags |= AV_CODEC_FLAG_LOW_DELAY;
    d->codec->max_pixels = PIXELS_MAX;
    d->codec->pkt_timebase = (AVRational){ 1, 1000000 };
    if (!kind || (!h264 && parameters->codec != CODEC_H265) ||
        !set_extradata(d->codec, parameters) || avcodec_open2(d->codec, kind, NULL) < 0) {
        error_set(err, ERR_MEDIA, _("the pictures of this stream cannot be decoded"));
        decoder_close(d);
        return NULL;
    }
    return d;
}

void decoder_leave_out_filter(struct decoder *d, bool left_out)
{
    d->codec->skip_loop_filter = left_out ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
}

void decoder_close(struct decoder *d)
{
    if (!d)
        return;
    avcodec_free_context(&d->codec);
    av_packet_free(&d->packet);
    av_packet_free(&d->owed);
    av_frame_free(&d->frame);
    free(d);
}

static int receive(struct decoder *d, decoded_fn *fn, void *arg)
{
    int pictures = 0;

    while (avcodec_receive_frame(d->codec, d->frame) >= 0) {
        AVFrame *f = d->frame;
        bool corrupt = f->flags & AV_FRAME_FLAG_CORRUPT || f->decode_error_flags;
        bool again = d->drained && f->pts == d->drained_us;
        pictures++;
        if (!corrupt && !again && f->pts != AV_NOPTS_VALUE)
            fn(arg, f, f->pts);
        av_frame_unref(f);
    }
    return pictures;
}

static void wrap(AVPacket *p, const struct held *packet)
{
    p->buf = av_buffer_ref(packet->bytes);
    if (!p->buf)
        abort(); /* as core/memory.h */
    p->data = p->buf->data;
    p->size = (int)packet->size;
    p->pts = packet->at_us;
    p->flags = packet->key ? AV_PKT_FLAG_KEY : 0;
}

static bool submit(struct decoder *d, AVPacket *p)
{
    int failed = avcodec_send_packet(d->codec, p);

    av_packet_unref(p);
    return failed >= 0;
}

/* A stream that announces reordering keeps its keyframe back until more comes, and while only
 * keyframes are decoded nothing does: press it out. It is put back into its place when what
 * follows it is decoded. */
static void press_out(struct decoder *d, const struct held *key, decoded_fn *fn, void *arg)
{
    avcodec_send_packet(d->codec, NULL);
    receive(d, fn, arg);
    decoder_flush(d);
    d->drained = true;
    d->drained_us = key->at_us;
    wrap(d->owed, key);
}

bool decoder_packet(struct decoder *d, const struct held *packet, bool wanted, decoded_fn *fn,
                    void *arg)
{
    if (packet->key)
        av_packet_unref(d->owed);
    else if (d->owed->size)
        submit(d, d->owed);
    d->codec->skip_frame = wanted ? AVDISCARD_DEFAULT : AVDISCARD_NONREF;
    wrap(d->packet, packet);
    if (!submit(d, d->packet))
        return false;
    if (!receive(d, fn, arg) && packet->key)
        press_out(d, packet, fn, arg);
    return true;
}

void decoder_flush(struct decoder *d)
{
    avcodec_flush_buffers(d->codec);
    av_packet_unref(d->owed);
    d->drained = false;
}

/* Every eighth value of every eighth row. */
static float plane_colour(const AVFrame *f, const AVComponentDescriptor *c, int width,
                          int height)
{
    int grey = 1 << (c->depth - 1), shift = c->depth - 8;
    int64_t sum = 0, count = 0;

    for (int y = 0; y < height; y += 8) {
        const uint8_t *row =
            f->data[c->plane] + (ptrdiff_t)y * f->linesize[c->plane] + c->offset;
        for (int x = 0; x < width; x += 8, count++) {
            const uint8_t *at = row + (ptrdiff_t)x * c->step;
            int value = c->depth > 8 ? at[0] | at[1] << 8 : at[0];
            sum += abs(value - grey) >> shift;
        }
    }
    return count ? (float)sum / (float)count : 0;
}

float decoded_colour(const AVFrame *f)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(f->format);

    if (!format || format->nb_components < 3 ||
        format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL))
        return 0;
    int width = AV_CEIL_RSHIFT(f->width, format->log2_chroma_w);
    int height = AV_CEIL_RSHIFT(f->height, format->log2_chroma_h);
    return (plane_colour(f, &format->comp[1], width, height) +
            plane_colour(f, &format->comp[2], width, height)) /
           2;
}

bool decoded_luma(const AVFrame *f, struct luma *luma)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(f->format);

    if (!format || format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL |
                                    AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL))
        return false;
    int depth = format->comp[0].depth;
    if (format->comp[0].plane != 0 || depth < 8 || depth > 16 ||
        format->comp[0].step != (depth > 8 ? 2 : 1))
        return false;
    *luma = (struct luma){ .at = f->data[0],
                           .stride = f->linesize[0],
                           .width = f->width,
                           .height = f->height,
                           .depth = depth };
    return true;
}
