#include "peer.h"
#include "sets.h"
#include "session/intake.h"

/* An intake that plays what an SDP says, fed with RTP at 15 pictures a second. */
struct scene {
    struct intake *intake;
    struct session_counts counts;
    struct heard heard;
    uint16_t sequence, audio_sequence;
    uint32_t ssrc;
};

static const char h264_with_sets[] =
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=" SPS_MAIN
    "," PPS "\nm=audio 0 RTP/AVP 8\n";
static const char h264_without_sets[] = "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n";
static const char h264_b_frames[] =
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 "
    "sprop-parameter-sets=" SPS_HIGH_B "," PPS_HIGH "\n";

static void on_packet(void *arg, const struct packet *packet)
{
    heard_packet(arg, packet);
}

static void open_sdp(struct scene *s, const char *text)
{
    struct sdp sdp;

    assert_true(sdp_read(span_of(text), &sdp));
    intake_open(s->intake, &sdp);
}

static struct scene *scene_new(const char *text)
{
    struct scene *s = xcalloc(1, sizeof *s);

    clock_begin();
    s->ssrc = 1;
    s->intake = intake_new(on_packet, &s->heard, &s->counts);
    open_sdp(s, text);
    return s;
}

static void scene_free(struct scene *s)
{
    intake_free(s->intake);
    clock_use(NULL);
    free(s);
}

/* One RTP packet of the picture with this number. */
static void send_piece(struct scene *s, int frame, bool marker, const char *nal,
                       size_t size)
{
    struct rtp rtp = { .sequence = s->sequence++,
                       .time = (uint32_t)frame * 6000,
                       .ssrc = s->ssrc,
                       .marker = marker,
                       .type = 96 };
    struct bytes out = { 0 };

    rtp_write(&out, -1, &rtp, nal, size);
    intake_rtp(s->intake, TRACK_VIDEO, out.at, out.size, test_mono_us);
    bytes_free(&out);
}
#define SEND(s, frame, marker, nal) send_piece(s, frame, marker, nal, sizeof(nal) - 1)

#define KEY   "\x65\x88\x80\x01"
#define DELTA "\x41\x9a\x01\x02"
#define LATER "\x41\x1a\x01\x02" /* a slice that is not its picture's first */

static void wait_a_frame(void)
{
    test_mono_us += 1000000 / 15;
    test_wall_us += 1000000 / 15;
}

static void send_picture(struct scene *s, int frame, bool key)
{
    wait_a_frame();
    if (key)
        SEND(s, frame, true, KEY);
    else
        SEND(s, frame, true, DELTA);
}

static void send_audio(struct scene *s, uint32_t time)
{
    struct rtp rtp = {
        .sequence = s->audio_sequence++, .time = time, .ssrc = 9, .type = 8
    };
    struct bytes out = { 0 };

    rtp_write(&out, -1, &rtp, "aaaa", 4);
    intake_rtp(s->intake, TRACK_AUDIO, out.at, out.size, test_mono_us);
    bytes_free(&out);
}

static void nothing_is_handed_on_before_the_first_keyframe(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    send_picture(s, 0, false);
    send_picture(s, 1, false);
    assert_int_equal(s->heard.count, 0);
    assert_int_equal(intake_video_us(s->intake), test_mono_us); /* but the camera lives */
    send_picture(s, 2, true);
    send_picture(s, 3, false);
    assert_int_equal(s->heard.count, 2);
    assert_true(s->heard.packets[0].key);
    assert_int_equal(s->heard.packets[0].run, 1);
    assert_int_equal(s->heard.packets[0].dts, 0);
    assert_int_equal(s->heard.packets[1].dts, 6000);
    assert_int_equal(s->heard.packets[1].wall_us - s->heard.packets[0].wall_us, 66666);
    scene_free(s);
}

static void a_keyframe_waits_for_parameter_sets(void **state)
{
    struct scene *s = scene_new(h264_without_sets);

    send_picture(s, 0, true);
    send_picture(s, 1, true);
    assert_int_equal(s->heard.count, 0);
    assert_int_equal(intake_unreadable(s->intake), 2);
    SEND(s, 2, false, "\x67\x4d\x40\x1e\xd9\x00");
    SEND(s, 2, false, "\x68\xeb\xc3\xcb\x20");
    SEND(s, 2, true, KEY);
    assert_int_equal(s->heard.count, 1);
    assert_memory_equal(s->heard.packets[0].first, "\0\0\0\x04" KEY, 8);
    assert_int_equal(intake_unreadable(s->intake), 0);
    scene_free(s);
}

static void another_size_in_band_is_another_version_before_its_keyframe(void **state)
{
    struct scene *s = scene_new(h264_with_sets);
    unsigned version;

    send_picture(s, 0, true);
    version = s->heard.packets[0].version;
    SEND(s, 1, false, "\x67\x42\x00\x1f\xd9\x00");
    SEND(s, 1, true, KEY);
    SEND(s, 2, false, "\x67\x42\x00\x1f\xd9"); /* the same again, and without its zero */
    SEND(s, 2, true, KEY);
    assert_int_equal(s->heard.packets[1].version, version + 1);
    assert_int_equal(s->heard.packets[2].version, version + 1);
    assert_int_equal(s->heard.packets[2].run, 1);
    scene_free(s);
}

static void sets_that_come_early_wait_for_their_keyframe(void **state)
{
    struct scene *s = scene_new(h264_with_sets);
    unsigned version;

    send_picture(s, 0, true);
    version = s->heard.packets[0].version;
    SEND(s, 1, false, "\x67\x42\x00\x1f\xd9\x00");
    SEND(s, 1, true, DELTA); /* of the old size still */
    send_picture(s, 2, false);
    send_picture(s, 3, true);
    assert_int_equal(s->heard.count, 4);
    assert_int_equal(s->heard.packets[1].version, version);
    assert_int_equal(s->heard.packets[2].version, version);
    assert_int_equal(s->heard.packets[3].version, version + 1);
    scene_free(s);
}

static void sets_with_a_stamp_of_their_own_are_no_picture(void **state)
{
    struct scene *s = scene_new(h264_without_sets);

    SEND(s, 0, true, "\x67\x4d\x40\x1e\xd9\x00");
    SEND(s, 1, true, "\x68\xeb\xc3\xcb\x20");
    SEND(s, 2, true, KEY);
    assert_int_equal(s->heard.count, 1);
    assert_int_equal(s->heard.packets[0].pts, 0);
    scene_free(s);
}

static void supplemental_information_stays_with_its_picture(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    SEND(s, 0, false, "\x06\x05\x01\xaa\x80");
    SEND(s, 0, true, KEY);
    assert_memory_equal(s->heard.packets[0].first, "\0\0\0\x05\x06\x05\x01\xaa\x80", 9);
    assert_int_equal(s->heard.packets[0].size, 17);
    scene_free(s);
}

static void without_markers_a_new_stamp_ends_a_picture(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    for (int i = 0; i < 10; i++) {
        wait_a_frame();
        SEND(s, i, false, KEY);
        SEND(s, i, false, LATER);
    }
    assert_int_equal(s->heard.count, 9);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(s->heard.packets[i].dts, i * 6000);
        assert_int_equal(s->heard.packets[i].size, 16);
        assert_false(s->heard.packets[i].damaged);
    }
    scene_free(s);
}

static void markers_on_every_slice_are_seen_through(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    for (int i = 0; i < 10; i++) {
        wait_a_frame();
        SEND(s, i, true, KEY);
        SEND(s, i, true, LATER);
    }
    /* the first was split before it was known: half of it went out, the rest is dropped
     */
    assert_int_equal(s->counts.damaged_frames, 1);
    assert_int_equal(s->heard.count, 9);
    for (int i = 1; i < 9; i++) {
        assert_int_equal(s->heard.packets[i].size, 16);
        assert_false(s->heard.packets[i].damaged);
    }
    scene_free(s);
}

static void markers_on_every_fragment_do_not_split_a_nal(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    SEND(s, 0, true, "\x7c\x85\x88\x80");
    SEND(s, 0, true, "\x7c\x05\x11");
    SEND(s, 0, true, "\x7c\x45\x22");
    assert_int_equal(s->heard.count, 1);
    assert_int_equal(s->heard.packets[0].size, 9);
    scene_free(s);
}

static void two_pictures_of_one_stamp_are_two(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    send_picture(s, 0, true);
    send_picture(s, 0, false);
    send_picture(s, 2, false);
    assert_int_equal(s->heard.count, 3);
    assert_int_equal(s->heard.packets[1].dts, 1);
    assert_int_equal(s->heard.packets[2].dts, 12000);
    assert_int_equal(s->counts.damaged_frames, 0);
    scene_free(s);
}

static void a_picture_with_a_hole_is_dropped_and_those_behind_are_marked(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    send_picture(s, 0, true);
    SEND(s, 1, false, "\x7c\x81\x9a\x01");
    s->sequence++; /* lost */
    SEND(s, 1, true, "\x7c\x41\x02");
    send_picture(s, 2, false);
    send_picture(s, 3, true);
    send_picture(s, 4, false);
    assert_int_equal(s->heard.count, 4);
    assert_int_equal(s->counts.damaged_frames, 1);
    assert_int_equal(s->counts.lost_packets, 1);
    assert_true(s->heard.packets[1].damaged);
    assert_int_equal(s->heard.packets[1].dts, 12000);
    assert_false(s->heard.packets[2].damaged);
    assert_false(s->heard.packets[3].damaged);
    scene_free(s);
}

static void a_hole_between_pictures_drops_none_that_is_whole(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    send_picture(s, 0, true);
    s->sequence += 3; /* all of picture 1 is lost */
    send_picture(s, 2, false);
    send_picture(s, 3, false);
    assert_int_equal(s->heard.count, 3);
    assert_int_equal(s->counts.damaged_frames, 0);
    assert_true(s->heard.packets[1].damaged && s->heard.packets[2].damaged);
    scene_free(s);
}

static void what_stood_before_a_lost_picture_is_lost_with_it(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    send_picture(s, 0, true);
    SEND(s, 1, false, "\x06\x05\x01\xaa\x80");
    s->sequence++; /* its slice */
    SEND(s, 2, false, "\x06\x05\x01\xbb\x80");
    SEND(s, 2, true, DELTA);
    assert_int_equal(s->heard.count, 2);
    assert_memory_equal(s->heard.packets[1].first, "\0\0\0\x05\x06\x05\x01\xbb\x80", 9);
    assert_int_equal(s->heard.packets[1].size, 17);
    scene_free(s);
}

static void a_hole_over_the_seam_drops_both_pictures(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    send_picture(s, 0, true);
    SEND(s, 1, false, DELTA);
    s->sequence += 2; /* the end of 1 and the beginning of 2 */
    SEND(s, 2, true, LATER);
    send_picture(s, 3, false);
    assert_int_equal(s->counts.damaged_frames, 2);
    assert_int_equal(s->heard.count, 2);
    assert_int_equal(s->heard.packets[1].dts, 18000);
    assert_true(s->heard.packets[1].damaged);
    scene_free(s);
}

static void doubt_drops_what_is_being_joined(void **state)
{
    struct scene *s = scene_new(h264_with_sets);

    send_picture(s, 0, true);
    SEND(s, 1, false, DELTA);
    intake_doubt(s->intake);
    SEND(s, 1, true, LATER);
    send_picture(s, 2, false);
    assert_int_equal(s->heard.count, 2);
    assert_true(s->heard.packets[1].damaged);
    scene_free(s);
}

static void another_source_begins_a_run_at_its_keyframe(void **state)
{
    struct scene *s = scene_new(h264_with_sets);
    int before;

    for (int i = 0; i < 30; i++)
        send_picture(s, i, i == 0);
    before = s->heard.count;
    s->ssrc = 2;
    s->sequence = 40000;
    for (int i = 0; i < 10; i++) {
        send_picture(s, 700000 + i, i == 5);
        if (i < 5)
            assert_int_equal(s->heard.count, before); /* no keyframe yet */
    }
    assert_int_equal(s->heard.count, before + 5);
    assert_int_equal(s->heard.packets[before].run, 2);
    assert_int_equal(s->heard.packets[before].dts, 0);
    assert_true(s->heard.packets[before].key);
    scene_free(s);
}

static void a_clock_that_was_set_begins_a_run_and_loses_no_picture(void **state)
{
    struct scene *s = scene_new(h264_with_sets);
    int64_t passed_us = 0;

    for (int i = 0; i < 120; i++)
        send_picture(s, i < 45 ? i : i + 100000, i % 30 == 0);
    assert_int_equal(s->heard.count, 120);
    assert_int_equal(s->counts.clock_jumps, 1);
    for (int i = 0; i < 120; i++) {
        assert_int_equal(s->heard.packets[i].run, i < 60 ? 1 : 2);
        if (i > 0)
            passed_us = s->heard.packets[i].wall_us - s->heard.packets[i - 1].wall_us;
        assert_in_range(passed_us, i > 0 ? 66000 : 0, 67000);
    }
    assert_true(s->heard.packets[60].key);
    assert_int_equal(s->heard.packets[60].dts, 0);
    scene_free(s);
}

static void a_step_of_the_wall_clock_ends_the_run(void **state)
{
    struct scene *s = scene_new(h264_with_sets);
    int64_t wall_us;

    send_picture(s, 0, true);
    test_wall_us += SECONDS_US(1); /* no more than slewing may do */
    send_picture(s, 1, true);
    test_wall_us += SECONDS_US(7200);
    send_picture(s, 2, false);
    send_picture(s, 3, true);
    wall_us = test_wall_us;
    assert_int_equal(s->heard.packets[1].run, 1);
    assert_int_equal(s->heard.packets[2].run, 1);
    assert_int_equal(s->heard.packets[3].run, 2);
    assert_int_equal(s->heard.packets[3].wall_us, wall_us);
    scene_free(s);
}

static void b_frames_are_decoded_in_the_order_of_arrival(void **state)
{
    static const int shown[] = { 0, 4, 2, 1, 3, 8, 6, 5, 7 };
    struct scene *s = scene_new(h264_b_frames);

    for (int i = 0; i < 9; i++)
        send_picture(s, shown[i], i == 0);
    assert_int_equal(s->heard.count, 9);
    for (int i = 0; i < 9; i++) {
        const struct heard_packet *p = &s->heard.packets[i];

        assert_int_equal(p->pts, 7200 + shown[i] * 6000);
        assert_true(p->dts <= p->pts && (i == 0 || p->dts > p[-1].dts));
    }
    assert_int_equal(s->heard.packets[0].dts, 0);
    assert_int_equal(s->heard.packets[0].wall_us, s->heard.packets[3].wall_us - 66666);
    scene_free(s);
}

static void audio_lies_beside_video_by_its_arrival(void **state)
{
    struct scene *s = scene_new(h264_with_sets);
    const struct heard_packet *audio = &s->heard.packets[1];

    send_audio(s, 5000); /* before the first run: nobody can place it */
    assert_int_equal(s->heard.count, 0);
    send_picture(s, 0, true);
    test_mono_us += 30000;
    test_wall_us += 30000;
    send_audio(s, 5160);
    send_audio(s, 5320);
    assert_int_equal(s->heard.count, 3);
    assert_int_equal(audio->which, TRACK_AUDIO);
    assert_int_equal(audio->pts, 240); /* 30 ms at 8 kHz */
    assert_int_equal(audio->wall_us - s->heard.packets[0].wall_us, 30000);
    assert_int_equal(audio[1].dts, 400);
    assert_int_equal(audio->run, 1);
    scene_free(s);
}

static void sender_report(struct scene *s, int which, uint32_t ssrc, int64_t ntp_us,
                          uint32_t rtp_time)
{
    uint32_t fraction = (uint32_t)((uint64_t)(ntp_us % 1000000) * 4294967296 / 1000000);
    uint32_t words[] = { 0x80c80006, ssrc,     (uint32_t)(ntp_us / 1000000),
                         fraction,   rtp_time, 0,
                         0 };
    uint8_t bytes[sizeof words];

    for (size_t i = 0; i < sizeof words; i++)
        bytes[i] = (uint8_t)(words[i / 4] >> (24 - i % 4 * 8));
    intake_rtcp(s->intake, which, bytes, sizeof bytes);
}

/* Plays a minute of both with reports that put audio `late_us` behind its arrival;
 * returns by how much its last packet was moved. */
static int64_t moved_by_reports(int64_t late_us)
{
    struct scene *s = scene_new(h264_with_sets);
    int64_t video_error = 0, moved_us = 0;

    for (int i = 0; i < 60 * 15; i++) {
        int64_t at_us = (int64_t)(i + 1) * 1000000 / 15;

        send_picture(s, i, i % 30 == 0);
        send_audio(s, (uint32_t)(at_us * 8 / 1000));
        if (i % 75 == 0) {
            sender_report(s, TRACK_VIDEO, 1, SECONDS_US(500) + at_us, (uint32_t)i * 6000);
            sender_report(s, TRACK_AUDIO, 9, SECONDS_US(500) + at_us + late_us,
                          (uint32_t)(at_us * 8 / 1000));
        }
        video_error = s->heard.packets[2 * i].pts - (int64_t)i * 6000;
        moved_us = s->heard.packets[2 * i + 1].wall_us - s->heard.packets[2 * i].wall_us;
    }
    assert_in_range(video_error + 90, 0, 180); /* not moved by a millisecond */
    scene_free(s);
    return moved_us;
}

static void sender_reports_only_advise_audio(void **state)
{
    assert_in_range(moved_by_reports(0) + 1000, 0, 2000);
    assert_in_range(moved_by_reports(120000) - 119000, 0, 2000);
    assert_in_range(moved_by_reports(SECONDS_US(3)) + 1000, 0, 2000); /* not believed */
}

static void a_new_connection_is_a_new_run(void **state)
{
    struct scene *s = scene_new(h264_with_sets);
    unsigned version;

    send_picture(s, 0, true);
    version = s->heard.packets[0].version;
    open_sdp(s, h264_with_sets);
    assert_int_equal(intake_video_us(s->intake), 0);
    s->ssrc = 77;
    send_picture(s, 900, false);
    send_picture(s, 901, true);
    assert_int_equal(s->heard.count, 2);
    assert_int_equal(s->heard.packets[1].run, 2);
    assert_int_equal(s->heard.packets[1].version, version); /* nothing else has changed */
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_handed_on_before_the_first_keyframe),
        cmocka_unit_test(a_keyframe_waits_for_parameter_sets),
        cmocka_unit_test(another_size_in_band_is_another_version_before_its_keyframe),
        cmocka_unit_test(sets_that_come_early_wait_for_their_keyframe),
        cmocka_unit_test(sets_with_a_stamp_of_their_own_are_no_picture),
        cmocka_unit_test(supplemental_information_stays_with_its_picture),
        cmocka_unit_test(without_markers_a_new_stamp_ends_a_picture),
        cmocka_unit_test(markers_on_every_slice_are_seen_through),
        cmocka_unit_test(markers_on_every_fragment_do_not_split_a_nal),
        cmocka_unit_test(two_pictures_of_one_stamp_are_two),
        cmocka_unit_test(a_picture_with_a_hole_is_dropped_and_those_behind_are_marked),
        cmocka_unit_test(a_hole_between_pictures_drops_none_that_is_whole),
        cmocka_unit_test(what_stood_before_a_lost_picture_is_lost_with_it),
        cmocka_unit_test(a_hole_over_the_seam_drops_both_pictures),
        cmocka_unit_test(doubt_drops_what_is_being_joined),
        cmocka_unit_test(another_source_begins_a_run_at_its_keyframe),
        cmocka_unit_test(a_clock_that_was_set_begins_a_run_and_loses_no_picture),
        cmocka_unit_test(a_step_of_the_wall_clock_ends_the_run),
        cmocka_unit_test(b_frames_are_decoded_in_the_order_of_arrival),
        cmocka_unit_test(audio_lies_beside_video_by_its_arrival),
        cmocka_unit_test(sender_reports_only_advise_audio),
        cmocka_unit_test(a_new_connection_is_a_new_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
