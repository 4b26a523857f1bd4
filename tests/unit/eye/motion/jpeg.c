#include "jpeg.h"

#include <libavcodec/avcodec.h>
#include <string.h>

/* The decoded picture, or NULL; the caller frees it. */
static AVFrame *decode(const uint8_t *bytes, size_t size)
{
    const AVCodec *kind = avcodec_find_decoder(AV_CODEC_ID_MJPEG);
    AVCodecContext *codec = avcodec_alloc_context3(kind);
    AVFrame *frame = av_frame_alloc();
    AVPacket *packet = av_packet_alloc();

    codec->thread_count = 1;
    if (bytes && av_new_packet(packet, (int)size) >= 0)
        memcpy(packet->data, bytes, size);
    if (avcodec_open2(codec, kind, NULL) < 0 || avcodec_send_packet(codec, packet) < 0 ||
        avcodec_receive_frame(codec, frame) < 0)
        av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    return frame;
}

bool jpeg_size(const uint8_t *bytes, size_t size, int pixels[2])
{
    AVFrame *frame = decode(bytes, size);

    if (!frame)
        return false;
    pixels[0] = frame->width;
    pixels[1] = frame->height;
    av_frame_free(&frame);
    return true;
}

int jpeg_luma(const uint8_t *bytes, size_t size, int x, int y)
{
    AVFrame *frame = decode(bytes, size);
    int luma = -1;

    if (frame && x < frame->width && y < frame->height)
        luma = frame->data[0][y * frame->linesize[0] + x];
    av_frame_free(&frame);
    return luma;
}
