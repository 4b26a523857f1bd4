#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "core/memory.h"
#include "core/text.h"

enum { FRAME = 1024, BIT_RATE = 32000 };
enum { PUT_MAX = 8192 };         /* bytes of one packet: a second of 8 kHz */
enum { JUMP = AUDIO_RATE / 10 }; /* a hole or overlap of more is no jitter */

struct audio {
    enum codec codec;
    uint32_t rate;
    audio_fn *fn;
    void *arg;
    SwrContext *resampler;
    AVCodecContext *encoder;
    AVFrame *frame;
    AVPacket *packet;
    float waiting[FRAME]; /* samples at AUDIO_RATE, less than a frame */
    int waiting_count;
    bool begun;
    int64_t pts; /* of waiting[0] */
};

/* ITU-T G.711, table 1 and 2. */
static int16_t from_a_law(uint8_t byte)
{
    byte ^= 0x55;
    int segment = byte >> 4 & 7, value = (byte & 15) << 4;

    value = segment ? (value + 0x108) << (segment - 1) : value + 8;
    return (int16_t)(byte & 0x80 ? value : -value);
}

static int16_t from_u_law(uint8_t byte)
{
    byte = (uint8_t)~byte;
    int value = (((byte & 15) << 3) + 0x84) << (byte >> 4 & 7);

    return (int16_t)(byte & 0x80 ? 0x84 - value : value - 0x84);
}

static bool open_encoder(struct audio *a)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);

    a->encoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!a->encoder)
        return false;
    a->encoder->sample_rate = AUDIO_RATE;
    a->encoder->sample_fmt = AV_SAMPLE_FMT_FLTP;
    a->encoder->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    a->encoder->bit_rate = BIT_RATE;
    a->encoder->time_base = (AVRational){ 1, AUDIO_RATE };
    a->encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    a->encoder->thread_count = 1;
    return avcodec_open2(a->encoder, codec, NULL) >= 0 && a->encoder->frame_size == FRAME;
}

static bool open_frame(struct audio *a)
{
    a->packet = av_packet_alloc();
    a->frame = av_frame_alloc();
    if (!a->packet || !a->frame)
        return false;
    a->frame->nb_samples = FRAME;
    a->frame->format = AV_SAMPLE_FMT_FLTP;
    a->frame->sample_rate = AUDIO_RATE;
    a->frame->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    return av_frame_get_buffer(a->frame, 0) >= 0;
}

static bool open_resampler(struct audio *a)
{
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;

    return swr_alloc_set_opts2(&a->resampler, &mono, AV_SAMPLE_FMT_FLTP, AUDIO_RATE,
                               &mono, AV_SAMPLE_FMT_S16, (int)a->rate, 0, NULL) >= 0 &&
           swr_init(a->resampler) >= 0;
}

struct audio *audio_open(enum codec codec, uint32_t rate, audio_fn *fn, void *arg,
                         struct error *err)
{
    struct audio *a = xcalloc(1, sizeof *a);

    *a = (struct audio){ .codec = codec, .rate = rate, .fn = fn, .arg = arg };
    if (rate < 8000 || rate > 48000)
        error_set(err, ERR_MEDIA, "G.711 at %u Hz", rate);
    else if (!open_encoder(a) || !open_frame(a) || !open_resampler(a))
        error_set(err, ERR_MEDIA, "the AAC encoder cannot be opened");
    else
        return a;
    audio_close(a);
    return NULL;
}

const uint8_t *audio_config(const struct audio *a, size_t *size)
{
    *size = (size_t)a->encoder->extradata_size;
    return a->encoder->extradata;
}

/* Encodes the frame that is whole and hands over what the encoder has ready. */
static bool encode(struct audio *a)
{
    if (av_frame_make_writable(a->frame) < 0)
        return false;
    memcpy(a->frame->data[0], a->waiting, sizeof a->waiting);
    a->frame->pts = a->pts;
    a->pts += FRAME;
    a->waiting_count = 0;
    if (avcodec_send_frame(a->encoder, a->frame) < 0)
        return false;
    for (;;) {
        int failed = avcodec_receive_packet(a->encoder, a->packet);
        if (failed == AVERROR(EAGAIN))
            return true;
        if (failed < 0)
            return false;
        a->fn(a->arg, a->packet->data, (size_t)a->packet->size, a->packet->pts);
        av_packet_unref(a->packet);
    }
}

/* Follows a hole in the sound; a step back is left to the sound that is there already. */
static bool follow_clock(struct audio *a, int64_t pts)
{
    int64_t expected = a->pts + a->waiting_count;

    if (!a->begun || pts > expected + JUMP) {
        a->begun = true;
        a->pts = pts - a->waiting_count;
    }
    return pts >= expected - JUMP;
}

bool audio_put(struct audio *a, const uint8_t *bytes, size_t size, int64_t pts,
               struct error *err)
{
    int16_t sound[PUT_MAX];
    const uint8_t *from = (const uint8_t *)sound;

    if (size > PUT_MAX)
        size = PUT_MAX;
    if (!follow_clock(a, av_rescale(pts, AUDIO_RATE, a->rate)))
        return true;
    for (size_t i = 0; i < size; i++)
        sound[i] = a->codec == CODEC_PCMA ? from_a_law(bytes[i]) : from_u_law(bytes[i]);
    for (int count = (int)size;; count = 0) {
        uint8_t *to = (uint8_t *)(a->waiting + a->waiting_count);
        int made = swr_convert(a->resampler, &to, FRAME - a->waiting_count, &from, count);
        if (made < 0)
            return error_set(err, ERR_MEDIA, "the sound cannot be resampled");
        a->waiting_count += made;
        if (a->waiting_count < FRAME)
            return true;
        if (!encode(a))
            return error_set(err, ERR_MEDIA, "the AAC encoder failed");
    }
}

void audio_close(struct audio *a)
{
    if (!a)
        return;
    swr_free(&a->resampler);
    avcodec_free_context(&a->encoder);
    av_frame_free(&a->frame);
    av_packet_free(&a->packet);
    free(a);
}
