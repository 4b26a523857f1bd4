#include "check.h"
#include "descriptions.h"

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

static void what_it_says_of_itself_is_kept(void **state)
{
    static const char text[] =
        "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=framerate:%s\r\n"
        "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 %s\r\n";
    static const struct {
        const char *rate, *sound;
        double fps;
        const char *refused;
    } said[] = {
        { "25.000000", "G726-32/8000", 25, "G726-32" },
        { "12", "PCMU/8000", 12, "" },
        { "0", "AMR-WB/16000", 0, "AMR-WB" },
        { "-5", "PCMA/8000", 0, "" },
        { "99999", "VERY-LONG-NAME-OF-A-CODEC/8000", 0, "VERY-LONG-NAME-" },
    };
    struct sdp sdp;

    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char whole[400];
        snprintf(whole, sizeof whole, text, said[i].rate, said[i].sound);
        assert_true(sdp_read(span_of(whole), &sdp));
        assert_true(sdp.framerate == said[i].fps);
        assert_string_equal(sdp.audio_refused, said[i].refused);
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
        cmocka_unit_test(what_it_says_of_itself_is_kept),
        cmocka_unit_test(the_microphone_is_preferred_to_the_loudspeaker),
        cmocka_unit_test(sets_stand_in_the_order_a_decoder_wants),
        cmocka_unit_test(aac_tells_how_long_a_frame_is),
        cmocka_unit_test(audio_with_fields_of_other_modes_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
