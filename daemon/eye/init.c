#include <libavformat/avformat.h>
#include <string.h>

#include "moof.h"

static bool give_record(AVCodecParameters *to, const uint8_t *record, size_t size)
{
    to->extradata = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!to->extradata)
        return false;
    memcpy(to->extradata, record, size);
    to->extradata_size = (int)size;
    return true;
}

static bool add_video(AVFormatContext *mux, const struct codec_record *video)
{
    AVStream *stream = avformat_new_stream(mux, NULL);

    if (!stream)
        return false;
    stream->time_base = (AVRational){ 1, VIDEO_TIMESCALE };
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id =
        video->codec == CODEC_H264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
    /* Parameter sets stand in the record only: players on Apple's systems want this tag.
     */
    stream->codecpar->codec_tag =
        video->codec == CODEC_H264 ? 0 : MKTAG('h', 'v', 'c', '1');
    stream->codecpar->width = video->width;
    stream->codecpar->height = video->height;
    return give_record(stream->codecpar, video->record, video->record_size);
}

static bool add_sound(AVFormatContext *mux, const struct sound *sound)
{
    AVStream *stream = avformat_new_stream(mux, NULL);

    if (!stream)
        return false;
    stream->time_base = (AVRational){ 1, (int)sound->rate };
    stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
    stream->codecpar->codec_id = AV_CODEC_ID_AAC;
    stream->codecpar->sample_rate = (int)sound->rate;
    stream->codecpar->frame_size = 1024;
    av_channel_layout_default(&stream->codecpar->ch_layout, sound->channels);
    return give_record(stream->codecpar, sound->config, sound->config_size);
}

bool init_write(struct bytes *to, const struct codec_record *video,
                const struct sound *sound, struct error *err)
{
    AVFormatContext *mux = NULL;
    AVDictionary *options = NULL;
    uint8_t *written = NULL;
    int failed = AVERROR(ENOMEM);

    avformat_alloc_output_context2(&mux, NULL, "mp4", NULL);
    if (!mux || !add_video(mux, video) || (sound && !add_sound(mux, sound)) ||
        avio_open_dyn_buf(&mux->pb) < 0)
        goto end;
    mux->flags |=
        AVFMT_FLAG_BITEXACT; /* no name and version of the library in each file */
    av_dict_set(&options, "movflags", "frag_custom+empty_moov+default_base_moof", 0);
    av_dict_set_int(&options, "video_track_timescale", VIDEO_TIMESCALE, 0);
    failed = avformat_write_header(mux, &options);
    int size = avio_close_dyn_buf(mux->pb, &written);
    mux->pb = NULL;
    if (failed >= 0)
        bytes_add(to, written, (size_t)size);

end:
    av_free(written);
    av_dict_free(&options);
    avformat_free_context(mux);
    return failed >= 0 ||
           error_set(err, ERR_MEDIA, "the MP4 header cannot be written: %s",
                     av_err2str(failed));
}
