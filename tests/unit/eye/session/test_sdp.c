#include "check.h"
#include "session/sdp.h"
#include "sets.h"

/* Shaped like what cameras and recorders send, quirks kept. */
static const struct {
    const char *name, *text;
    enum codec video; /* CODEC_NONE: it cannot be taken, and `unusable` says why */
    uint32_t video_clock;
    int video_type;
    const char *session_control, *video_control;
    bool has_sets;
    enum codec audio;
    uint32_t audio_clock;
    const char *unusable;
} corpus[] = {
    { "a recorder's main stream with metadata",
      "v=0\r\no=- 1109162014219182 1109162014219182 IN IP4 0.0.0.0\r\ns=Media Presentation\r\n"
      "e=NONE\r\nb=AS:5100\r\nt=0 0\r\na=control:rtsp://10.0.0.2/Streaming/Channels/101/\r\n"
      "m=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\nb=AS:5000\r\na=recvonly\r\n"
      "a=x-dimensions:1920,1080\r\n"
      "a=control:rtsp://10.0.0.2/Streaming/Channels/101/trackID=1\r\n"
      "a=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=420029; packetization-mode=1; "
      "sprop-parameter-sets=" SPS_MAIN "," PPS "\r\n"
      "m=audio 0 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\na=recvonly\r\n"
      "a=control:rtsp://10.0.0.2/Streaming/Channels/101/trackID=2\r\na=rtpmap:8 PCMA/8000\r\n"
      "m=application 0 RTP/AVP 107\r\na=control:rtsp://10.0.0.2/x/trackID=3\r\n"
      "a=rtpmap:107 vnd.onvif.metadata/90000\r\n",
      CODEC_H264, 90000, 96, "rtsp://10.0.0.2/Streaming/Channels/101/",
      "rtsp://10.0.0.2/Streaming/Channels/101/trackID=1", true, CODEC_PCMA, 8000, NULL },
    { "H.265 with sets in three parameters, AAC, relative controls",
      "v=0\r\no=- 2251938202 2251938202 IN IP4 0.0.0.0\r\ns=RTSP Session/2.0\r\nt=0 0\r\n"
      "a=control:*\r\na=range:npt=now-\r\na=packetization-supported:DH\r\n"
      "m=video 0 RTP/AVP 98\r\na=control:trackID=0\r\na=framerate:25.000000\r\n"
      "a=rtpmap:98 H265/90000\r\na=fmtp:98 profile-id=1;sprop-sps=" SPS_265
      ";sprop-pps=" PPS_265 ";sprop-vps=" VPS_265 "\r\na=recvonly\r\n"
      "m=audio 0 RTP/AVP 97\r\na=control:trackID=1\r\na=rtpmap:97 MPEG4-GENERIC/48000\r\n"
      "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;"
      "indexdeltalength=3;config=1188\r\na=recvonly\r\n",
      CODEC_H265, 90000, 98, "*", "trackID=0", true, CODEC_AAC, 48000, NULL },
    { "line feeds only, no origin, sets behind the fmtp's blank",
      "v=0\ns=streamed\nt=0 0\na=control:*\nm=video 0 RTP/AVP 96\nb=AS:500\n"
      "a=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=1; sprop-parameter-sets = " SPS_BASELINE
      "," PPS "\na=control:track1\n",
      CODEC_H264, 90000, 96, "*", "track1", true, CODEC_NONE, 0, NULL },
    { "no session control, a comma behind the sets",
      "v=0\r\no=VSTC 3836310016 3836310016 IN IP4 10.0.0.9\r\ns=x\r\nc=IN IP4 0.0.0.0\r\n"
      "t=0 0\r\nm=video 0 RTP/AVP 96\r\nb=AS:1536\r\na=control:track0\r\n"
      "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=" SPS_MAIN
      "," PPS ",\r\n",
      CODEC_H264, 90000, 96, "", "track0", true, CODEC_NONE, 0, NULL },
    { "no control at all",
      "v=0\r\ns=ipc\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "audio first, no sets",
      "v=0\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 H265/90000\r\na=control:v\r\n",
      CODEC_H265, 90000, 97, "", "v", false, CODEC_PCMU, 8000, NULL },
    { "two videos: the first that can be taken",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:jpeg\r\nm=video 0 RTP/AVP 96\r\n"
      "a=rtpmap:96 H264/90000\r\na=control:main\r\nm=video 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 H264/90000\r\na=control:sub\r\n",
      CODEC_H264, 90000, 96, "", "main", false, CODEC_NONE, 0, NULL },
    { "two payload types in one section: the one that can be taken",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 99 96\r\na=rtpmap:99 VP8/90000\r\n"
      "a=rtpmap:96 h264/90000\r\na=fmtp:96 packetization-mode=1\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "no clock rate",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264\r\na=control:*\r\n",
      CODEC_H264, 90000, 96, "", "*", false, CODEC_NONE, 0, NULL },
    { "a clock rate of zero, another of its own",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/0\r\n"
      "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 PCMU/16000/1\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_PCMU, 16000, NULL },
    { "an odd clock rate is taken as it is",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/10000\r\n", CODEC_H264,
      10000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "no rtpmap, but parameters that only H.264 has",
      "v=0\r\nt=0 0\r\nm=video 554 RTP/AVP 96\r\na=fmtp:96 sprop-parameter-sets=\"" SPS_MAIN
      "," PPS "\"\r\n",
      CODEC_H264, 90000, 96, "", "", true, CODEC_NONE, 0, NULL },
    { "RTP/AVP/TCP, blanks everywhere",
      "v=0\r\nt=0 0\r\nm=video  0  RTP/AVP/TCP  96 \r\na=rtpmap: 96  H264/90000 \r\n"
      "a=control: trackID=7 \r\n",
      CODEC_H264, 90000, 96, "", "trackID=7", false, CODEC_NONE, 0, NULL },
    { "a loudspeaker (sendonly) behind the microphone",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=recvonly\r\n"
      "m=audio 0 RTP/AVP 0\r\na=control:speaker\r\na=sendonly\r\n"
      "m=audio 0 RTP/AVP 8\r\na=control:microphone\r\na=recvonly\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_PCMA, 8000, NULL },
    { "a server that calls its own sending sendonly",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=sendonly\r\n"
      "m=audio 0 RTP/AVP 0\r\na=sendonly\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_PCMU, 8000, NULL },
    { "AAC without a config",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 mode=AAC-hbr\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_AAC, 16000, NULL },
    { "audio that nobody here can take",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 97\r\n"
      "a=rtpmap:97 G726-32/8000\r\nm=audio 0 RTP/AVP 98\r\na=rtpmap:98 MP4A-LATM/16000\r\n",
      CODEC_H264, 90000, 96, "", "", false, CODEC_NONE, 0, NULL },
    { "MPEG-4 video only",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\n", CODEC_NONE,
      0, 0, "", "", false, CODEC_NONE, 0, "MP4V-ES/90000" },
    { "encrypted", "v=0\r\nt=0 0\r\nm=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n",
      CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0, "RTP/SAVP" },
    { "pictures out of decoding order",
      "v=0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n"
      "a=fmtp:96 sprop-max-don-diff=2\r\n",
      CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0, "H265/90000" },
    { "a microphone only", "v=0\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\n",
      CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0, "" },
    { "nothing", "", CODEC_NONE, 0, 0, "", "", false, CODEC_NONE, 0,
      "" },
    { "a page", "<html>\r\n<body>m=video</body>", CODEC_NONE, 0, 0, "", "", false,
      CODEC_NONE, 0, "" },
};

static void every_description_gets_its_verdict(void **state)
{
    struct sdp sdp;

    for (size_t i = 0; i < COUNT_OF(corpus); i++) {
        const struct sdp_track *video = &sdp.tracks[TRACK_VIDEO];
        const struct sdp_track *audio = &sdp.tracks[TRACK_AUDIO];

        print_message("  %s\n", corpus[i].name);
        assert_int_equal(sdp_read(span_of(corpus[i].text), &sdp),
                         corpus[i].video != CODEC_NONE);
        assert_int_equal(video->track.codec, corpus[i].video);
        if (corpus[i].unusable) {
            assert_string_equal(sdp.unusable, corpus[i].unusable);
            continue;
        }
        assert_int_equal(video->track.clock, corpus[i].video_clock);
        assert_int_equal(video->payload_type, corpus[i].video_type);
        assert_string_equal(sdp.control, corpus[i].session_control);
        assert_string_equal(video->control, corpus[i].video_control);
        assert_int_equal(video->track.parameters_size > 0, corpus[i].has_sets);
        assert_int_equal(audio->track.codec, corpus[i].audio);
        if (corpus[i].audio != CODEC_NONE)
            assert_int_equal(audio->track.clock, corpus[i].audio_clock);
    }
}

static void a_description_cut_anywhere_is_survived(void **state)
{
    struct sdp sdp;

    for (size_t i = 0; i < COUNT_OF(corpus); i++) {
        size_t whole = strlen(corpus[i].text);

        for (size_t size = 0; size < whole; size++) {
            char *text = xmalloc(size);
            bool usable;

            memcpy(text, corpus[i].text, size);
            usable = sdp_read((struct span){ text, size }, &sdp);
            assert_int_equal(usable, sdp.tracks[TRACK_VIDEO].track.codec != CODEC_NONE);
            free(text);
        }
    }
}

static void the_microphone_is_preferred_to_the_loudspeaker(void **state)
{
    struct sdp sdp;

    assert_true(sdp_read(span_of(corpus[13].text), &sdp));
    assert_string_equal(sdp.tracks[TRACK_AUDIO].control, "microphone");
    assert_int_equal(sdp.tracks[TRACK_AUDIO].payload_type, 8);
}

static void sets_stand_in_the_order_a_decoder_wants(void **state)
{
    const struct track *track;
    struct sdp sdp;
    size_t at = 0;

    assert_true(sdp_read(span_of(corpus[1].text), &sdp));
    track = &sdp.tracks[TRACK_VIDEO].track;
    for (int type = 32; type <= 34; type++) {
        assert_int_equal(track->parameters[at + 2] >> 1, type);
        at += 2 + ((size_t)track->parameters[at] << 8 | track->parameters[at + 1]);
    }
    assert_int_equal(at, track->parameters_size);
}

static void aac_tells_how_long_a_frame_is(void **state)
{
    static const struct {
        const char *rtpmap, *config;
        uint32_t ticks;
        unsigned char bytes[2];
    } rows[] = {
        { "48000/2", ";config=1190", 1024, { 0x11, 0x90 } },
        { "48000/2", ";config=1194", 960, { 0x11, 0x94 } },    /* 960 samples */
        { "44100", ";config=\"2B92\"", 2048, { 0x2b, 0x92 } }, /* SBR on 22050 */
        { "16000/1", "", 1024, { 0x14, 0x08 } },               /* made from the clock */
    };
    char text[512];
    struct sdp sdp;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct sdp_track *audio = &sdp.tracks[TRACK_AUDIO];

        snprintf(text, sizeof text,
                 "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 0 RTP/AVP 97\n"
                 "a=rtpmap:97 MPEG4-GENERIC/%s\na=fmtp:97 mode=AAC-hbr%s\n",
                 rows[i].rtpmap, rows[i].config);
        assert_true(sdp_read(span_of(text), &sdp));
        assert_int_equal(audio->aac.frame_ticks, rows[i].ticks);
        assert_int_equal(audio->track.parameters_size, 2);
        assert_memory_equal(audio->track.parameters, rows[i].bytes, 2);
    }
}

static void audio_with_fields_of_other_modes_is_left_out(void **state)
{
    struct sdp sdp;

    assert_true(sdp_read(
        span_of("m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 0 RTP/AVP 97\n"
                "a=rtpmap:97 MPEG4-GENERIC/16000\na=fmtp:97 auxiliarydatasizelength=8\n"),
        &sdp));
    assert_int_equal(sdp.tracks[TRACK_AUDIO].track.codec, CODEC_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_description_gets_its_verdict),
        cmocka_unit_test(a_description_cut_anywhere_is_survived),
        cmocka_unit_test(the_microphone_is_preferred_to_the_loudspeaker),
        cmocka_unit_test(sets_stand_in_the_order_a_decoder_wants),
        cmocka_unit_test(aac_tells_how_long_a_frame_is),
        cmocka_unit_test(audio_with_fields_of_other_modes_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
