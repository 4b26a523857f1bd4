#include "check.h"
#include "session/rtsp.h"

/* The message with nothing behind it readable: a read too far is found by the sanitizer.
 */
static uint8_t *copy_of(const char *text, size_t size)
{
    uint8_t *copy = xmalloc(size);

    memcpy(copy, text, size);
    return copy;
}

static enum rtsp_found read_text(const char *text, struct rtsp_message *m)
{
    return rtsp_read((const uint8_t *)text, strlen(text), m);
}

static void assert_span(struct span s, const char *expected)
{
    assert_int_equal(s.size, strlen(expected));
    assert_memory_equal(s.at, expected, s.size);
}

static const char describe[] = "RTSP/1.0 200 OK\r\n"
                               "CSeq: 2\r\n"
                               "content-LENGTH :  5\r\n"
                               "Content-Base: rtsp://h/live/\r\n"
                               "\r\n"
                               "v=0\r\n";

static void an_answer_is_part_until_its_last_byte(void **state)
{
    struct rtsp_message m;

    for (size_t size = 1; size < sizeof describe; size++) {
        uint8_t *bytes = copy_of(describe, size);

        assert_int_equal(rtsp_read(bytes, size, &m),
                         size == sizeof describe - 1 ? RTSP_WHOLE : RTSP_PART);
        free(bytes);
    }
}

static void headers_are_found_whatever_their_case(void **state)
{
    struct rtsp_message m;

    assert_int_equal(read_text(describe, &m), RTSP_WHOLE);
    assert_int_equal(m.status, 200);
    assert_span(m.word, "OK");
    assert_span(rtsp_header(&m, "CONTENT-base"), "rtsp://h/live/");
    assert_span(m.body, "v=0\r\n");
    assert_int_equal(m.size, sizeof describe - 1);
    assert_int_equal(rtsp_header(&m, "Session").size, 0);
}

static void bare_line_feeds_end_lines_too(void **state)
{
    struct rtsp_message m;

    assert_int_equal(read_text("RTSP/1.0 404 Not Found\nCSeq:3\n\nRTSP", &m), RTSP_WHOLE);
    assert_int_equal(m.status, 404);
    assert_span(rtsp_header(&m, "cseq"), "3");
    assert_int_equal(m.size, 31);
}

static void a_folded_line_belongs_to_the_header_before(void **state)
{
    struct rtsp_message m;

    assert_int_equal(
        read_text("RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm=\"a\",\r\n"
                  "  nonce=\"b\"\r\nCSeq: 1\r\n\r\n",
                  &m),
        RTSP_WHOLE);
    assert_span(rtsp_header(&m, "WWW-Authenticate"),
                "Digest realm=\"a\",\r\n  nonce=\"b\"");
    assert_span(rtsp_header(&m, "CSeq"), "1");
}

static void a_line_without_a_colon_is_left_out(void **state)
{
    struct rtsp_message m;

    assert_int_equal(read_text("RTSP/1.0 200\r\nnonsense\r\nCSeq: 9\r\n\r\n", &m),
                     RTSP_WHOLE);
    assert_int_equal(m.header_count, 1);
    assert_span(rtsp_header(&m, "CSeq"), "9");
}

static void a_request_of_the_camera_has_a_method_and_no_status(void **state)
{
    struct rtsp_message m;

    assert_int_equal(read_text("OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\n", &m), RTSP_WHOLE);
    assert_int_equal(m.status, 0);
    assert_span(m.word, "OPTIONS");
}

static void what_is_above_a_limit_is_broken(void **state)
{
    struct bytes b = { 0 };
    struct rtsp_message m;

    bytes_text(&b, "RTSP/1.0 200 OK\r\n");
    for (int i = 0; i <= RTSP_HEADERS_MAX; i++)
        bytes_format(&b, "X-%d: 1\r\n", i);
    bytes_text(&b, "\r\n");
    assert_int_equal(rtsp_read(b.at, b.size, &m), RTSP_BROKEN);

    b.size = 0;
    bytes_text(&b, "RTSP/1.0 200 OK\r\nX: ");
    while (b.size < RTSP_HEAD_MAX - 1)
        bytes_text(&b, "a");
    assert_int_equal(rtsp_read(b.at, b.size, &m), RTSP_PART);
    bytes_text(&b, "a");
    assert_int_equal(rtsp_read(b.at, b.size, &m), RTSP_BROKEN);
    bytes_free(&b);

    assert_int_equal(read_text("RTSP/1.0 200 OK\r\nContent-Length: 65536\r\n\r\n", &m),
                     RTSP_PART);
    assert_int_equal(read_text("RTSP/1.0 200 OK\r\nContent-Length: 65537\r\n\r\n", &m),
                     RTSP_BROKEN);
    assert_int_equal(read_text("RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", &m),
                     RTSP_BROKEN);
    assert_int_equal(
        read_text("RTSP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", &m),
        RTSP_BROKEN);
    assert_int_equal(read_text("RTSP/1.0 x\r\n\r\n", &m), RTSP_BROKEN);
}

static void the_front_tells_frames_messages_and_nonsense(void **state)
{
    static const struct {
        const char *bytes;
        enum rtsp_front front;
    } rows[] = {
        { "$", RTSP_FRONT_FRAME },
        { "\r\n", RTSP_FRONT_SPACE },
        { "RT", RTSP_FRONT_SHORT },
        { "RTSP/", RTSP_FRONT_MESSAGE },
        { "OPTI", RTSP_FRONT_SHORT },
        { "OPTIONS ", RTSP_FRONT_MESSAGE },
        { "GET_PARAMETER rtsp", RTSP_FRONT_MESSAGE },
        { "HTTP/1.1", RTSP_FRONT_WEB },
        { "options ", RTSP_FRONT_LOST },
        { "A ", RTSP_FRONT_LOST },
        { "ABCDEFGHIJKLMNOPQRST", RTSP_FRONT_LOST },
        { "\x80", RTSP_FRONT_LOST },
    };

    assert_int_equal(rtsp_front(NULL, 0), RTSP_FRONT_SHORT);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(
            rtsp_front((const uint8_t *)rows[i].bytes, strlen(rows[i].bytes)),
            rows[i].front);
}

static void a_lost_reader_finds_the_next_frame_on_a_channel_of_ours(void **state)
{
    static const uint8_t bytes[] = "xx$\x05\x00\x14\x80" /* not our channel */
                                   "$\x00\x00\x04\x80"   /* too short for RTP */
                                   "$\x00\x00\x14\x40"   /* not version 2 */
                                   "$\x00\x00\x14\x80rest";
    static const uint8_t answer[] = "xxRTSP/2 RTSP/1.0 200 OK";
    bool ours[256] = { [0] = true, [1] = true };

    assert_int_equal(rtsp_seek(bytes, sizeof bytes - 1, ours), 17);
    assert_int_equal(rtsp_seek(answer, sizeof answer - 1, ours), 9);
    assert_int_equal(rtsp_seek((const uint8_t *)"xyz$\x00", 5, ours), 3); /* who knows */
    assert_int_equal(rtsp_seek((const uint8_t *)"xyz", 3, ours), 3);
}

static void transport_is_read_in_any_order(void **state)
{
    static const struct {
        const char *value;
        struct {
            bool interleaved;
            int rtp, rtcp;
            bool has_ssrc;
            uint32_t ssrc;
            int server_rtp, server_rtcp;
            const char *source;
        } expected;
    } rows[] = {
        { "RTP/AVP/TCP;unicast;interleaved=2-3;ssrc=DEADBEEF",
          { true, 2, 3, true, 0xdeadbeef, 0, 0, "" } },
        { "interleaved = 4-5 ; RTP/AVP/TCP", { true, 4, 5, false, 0, 0, 0, "" } },
        { "RTP/AVP/TCP;interleaved=\"0\"", { true, 0, -1, false, 0, 0, 0, "" } },
        { "rtp/avp/tcp;unicast", { true, -1, -1, false, 0, 0, 0, "" } },
        { "RTP/AVP;unicast;client_port=5000-5001;server_port=6000-6001",
          { false, -1, -1, false, 0, 6000, 6001, "" } },
        { "RTP/AVP/UDP;unicast;source=\"10.0.0.2\";server_port=6000;ssrc=1",
          { false, -1, -1, true, 1, 6000, 6001, "10.0.0.2" } },
        { "RTP/AVP;server_port=0-1;source=", { false, -1, -1, false, 0, 0, 0, "" } },
        { "RTP/AVP;server_port=65535-65536", { false, -1, -1, false, 0, 0, 0, "" } },
        { "RTP/AVP/TCP;interleaved=256-257", { true, -1, -1, false, 0, 0, 0, "" } },
        { "RTP/AVP/TCP;ssrc=123456789", { true, -1, -1, false, 0x23456789, 0, 0, "" } },
        { "", { false, -1, -1, false, 0, 0, 0, "" } },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rtsp_transport t;

        rtsp_read_transport(span_of(rows[i].value), &t);
        assert_int_equal(t.interleaved, rows[i].expected.interleaved);
        assert_int_equal(t.rtp, rows[i].expected.rtp);
        assert_int_equal(t.rtcp, rows[i].expected.rtcp);
        assert_int_equal(t.has_ssrc, rows[i].expected.has_ssrc);
        assert_int_equal(t.server_rtp, rows[i].expected.server_rtp);
        assert_int_equal(t.server_rtcp, rows[i].expected.server_rtcp);
        assert_true(span_is(t.source, rows[i].expected.source));
        if (t.has_ssrc)
            assert_int_equal(t.ssrc, rows[i].expected.ssrc);
    }
}

static void a_session_has_an_id_and_perhaps_a_timeout(void **state)
{
    char id[RTSP_SESSION_MAX], many[200];
    int timeout_s = 60;

    assert_true(rtsp_read_session(span_of("12345678"), id, &timeout_s));
    assert_int_equal(timeout_s, 60);
    assert_true(rtsp_read_session(span_of(" aB-$.7 ; Timeout = 30;x"), id, &timeout_s));
    assert_string_equal(id, "aB-$.7");
    assert_int_equal(timeout_s, 30);
    assert_true(rtsp_read_session(span_of("1;timeout=0"), id, &timeout_s));
    assert_int_equal(timeout_s, 30);
    assert_false(rtsp_read_session(span_of(";timeout=30"), id, &timeout_s));
    memset(many, 'a', sizeof many);
    assert_false(rtsp_read_session((struct span){ many, sizeof many }, id, &timeout_s));
}

static void a_list_has_whole_words(void **state)
{
    assert_true(rtsp_lists(span_of("OPTIONS, DESCRIBE,get_parameter"), "GET_PARAMETER"));
    assert_false(rtsp_lists(span_of("GET_PARAMETERS"), "GET_PARAMETER"));
    assert_false(rtsp_lists(span_of(""), "GET_PARAMETER"));
}

static void a_request_is_written_with_what_it_has(void **state)
{
    struct bytes out = { 0 };
    struct rtsp_request r = { .method = "PLAY", .uri = "rtsp://h/%20", .cseq = 5 };

    rtsp_write(&out, &r);
    r.session = "77";
    r.authorization = "Basic xyz";
    r.extra = "Range: npt=0-\r\n";
    rtsp_write(&out, &r);
    bytes_add(&out, "", 1);
    assert_string_equal(
        (char *)out.at,
        "PLAY rtsp://h/%20 RTSP/1.0\r\nCSeq: 5\r\nUser-Agent: kengd\r\n\r\n"
        "PLAY rtsp://h/%20 RTSP/1.0\r\nCSeq: 5\r\nUser-Agent: kengd\r\n"
        "Session: 77\r\nAuthorization: Basic xyz\r\nRange: npt=0-\r\n\r\n");
    bytes_free(&out);
}

static void rtp_info_is_found_by_the_tracks_control(void **state)
{
    static const char two[] = "url=rtsp://10.0.0.2/live/track1;seq=45102;rtptime=12887, "
                              "url=rtsp://10.0.0.2/live/track2; seq=7; rtptime=\"x\"";
    struct rtsp_rtp_info info;

    assert_true(rtsp_read_rtp_info(span_of(two), "track1", false, &info));
    assert_true(info.has_sequence && info.has_time);
    assert_int_equal(info.sequence, 45102);
    assert_int_equal(info.time, 12887);
    assert_true(
        rtsp_read_rtp_info(span_of(two), "rtsp://10.0.0.2/live/track2", false, &info));
    assert_int_equal(info.sequence, 7);
    assert_false(info.has_time);
    assert_false(rtsp_read_rtp_info(span_of(two), "track3", true, &info));
    assert_true(rtsp_read_rtp_info(span_of("url=track1;seq=70000;rtptime=4294967295"),
                                   "rtsp://10.0.0.2/live/track1", false, &info));
    assert_false(info.has_sequence);
    assert_int_equal(info.time, UINT32_MAX);
    assert_true(rtsp_read_rtp_info(span_of("seq=9"), "track1", true, &info));
    assert_int_equal(info.sequence, 9);
    assert_false(rtsp_read_rtp_info(span_of("seq=9"), "track1", false, &info));
    assert_false(rtsp_read_rtp_info(span_of(""), "track1", true, &info));
}

static void put_frame(struct bytes *to, uint16_t sequence, uint32_t ssrc, size_t payload)
{
    const uint8_t head[] = { '$',
                             0,
                             (uint8_t)((12 + payload) >> 8),
                             (uint8_t)(12 + payload),
                             0x80,
                             96,
                             (uint8_t)(sequence >> 8),
                             (uint8_t)sequence,
                             0,
                             0,
                             0,
                             9,
                             (uint8_t)(ssrc >> 24),
                             (uint8_t)(ssrc >> 16),
                             (uint8_t)(ssrc >> 8),
                             (uint8_t)ssrc };

    bytes_add(to, head, sizeof head);
    for (size_t i = 0; i < payload; i++)
        bytes_add(to, i % 7 ? "x" : "$", 1);
}

static void a_frame_that_lost_as_much_as_the_next_one_has_is_seen(void **state)
{
    enum { FIRST = 4 + 12 + 400, NEXT = 4 + 12 + 76, CUT_AT = 100 };
    struct bytes sent = { 0 };

    put_frame(&sent, 65535, 0xa1b2c3d4, 400);
    put_frame(&sent, 0, 0xa1b2c3d4, 76);
    assert_int_equal(rtsp_swallowed(sent.at, FIRST), 0);
    memmove(sent.at + CUT_AT, sent.at + CUT_AT + NEXT, sent.size - CUT_AT - NEXT);
    assert_int_equal(rtsp_swallowed(sent.at, FIRST), FIRST - NEXT);
    sent.at[FIRST - NEXT + 15] ^= 1; /* of another sender: it is only its payload */
    assert_int_equal(rtsp_swallowed(sent.at, FIRST), 0);
    assert_int_equal(rtsp_swallowed(sent.at, 5), 0);
    bytes_free(&sent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_that_lost_as_much_as_the_next_one_has_is_seen),
        cmocka_unit_test(an_answer_is_part_until_its_last_byte),
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(bare_line_feeds_end_lines_too),
        cmocka_unit_test(a_folded_line_belongs_to_the_header_before),
        cmocka_unit_test(a_line_without_a_colon_is_left_out),
        cmocka_unit_test(a_request_of_the_camera_has_a_method_and_no_status),
        cmocka_unit_test(what_is_above_a_limit_is_broken),
        cmocka_unit_test(the_front_tells_frames_messages_and_nonsense),
        cmocka_unit_test(a_lost_reader_finds_the_next_frame_on_a_channel_of_ours),
        cmocka_unit_test(transport_is_read_in_any_order),
        cmocka_unit_test(a_session_has_an_id_and_perhaps_a_timeout),
        cmocka_unit_test(a_list_has_whole_words),
        cmocka_unit_test(a_request_is_written_with_what_it_has),
        cmocka_unit_test(rtp_info_is_found_by_the_tracks_control),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
