#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

static const char url[] = "rtsp://10.0.0.2:8554/live?channel=1";

static bool begins(const char *text, const char *begin)
{
    return strncmp(text, begin, strlen(begin)) == 0;
}

static void assert_trouble(struct peer *p, const char *code)
{
    assert_int_equal(p->troubles, 1);
    assert_string_equal(p->trouble, code);
}

/* ---- from dial to pictures ---- */

static void a_conversation_goes_from_options_to_teardown(void **state)
{
    struct peer *p = peer_new(url, true);

    assert_int_equal(p->dials, 1);
    assert_string_equal(peer_reads(p),
                        "OPTIONS rtsp://10.0.0.2:8554/live?channel=1 RTSP/1.0\r\n"
                        "CSeq: 1\r\nUser-Agent: kengd\r\n\r\n");
    peer_answers(p, "Public: OPTIONS, GET_PARAMETER\r\n", "");
    assert_string_equal(peer_reads(p),
                        "DESCRIBE rtsp://10.0.0.2:8554/live?channel=1 RTSP/1.0\r\n"
                        "CSeq: 2\r\nUser-Agent: kengd\r\n"
                        "Accept: application/sdp\r\n\r\n");
    peer_answers(p, "", peer_sdp);
    assert_string_equal(peer_reads(p),
                        "SETUP rtsp://10.0.0.2:8554/live?channel=1/track1 RTSP/1.0\r\n"
                        "CSeq: 3\r\nUser-Agent: kengd\r\n"
                        "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n");
    peer_answers(
        p, "Session: 99;timeout=30\r\nTransport: RTP/AVP/TCP;interleaved=0-1;ssrc=1\r\n", "");
    assert_string_equal(peer_reads(p),
                        "SETUP rtsp://10.0.0.2:8554/live?channel=1/track2 RTSP/1.0\r\n"
                        "CSeq: 4\r\nUser-Agent: kengd\r\nSession: 99\r\n"
                        "Transport: RTP/AVP/TCP;unicast;interleaved=2-3\r\n\r\n");
    /* another session in every answer: the first is the one */
    peer_answers(p, "Session: 100\r\nTransport: RTP/AVP/TCP;interleaved=2-3\r\n", "");
    assert_string_equal(peer_reads(p),
                        "PLAY rtsp://10.0.0.2:8554/live?channel=1 RTSP/1.0\r\n"
                        "CSeq: 5\r\nUser-Agent: kengd\r\nSession: 99\r\n"
                        "Range: npt=0.000-\r\n\r\n");
    assert_int_equal(p->tracks_told, 1);
    assert_int_equal(p->tracks[TRACK_VIDEO].codec, CODEC_H264);
    assert_int_equal(p->tracks[TRACK_AUDIO].codec, CODEC_PCMA);
    assert_int_equal(p->playing, 0);
    peer_answers(p, "", "");
    assert_int_equal(p->playing, 1);
    peer_sends_picture(p, 0, true);
    assert_int_equal(p->heard.count, 1);
    session_free(p->session);
    p->session = NULL;
    assert_true(
        begins(peer_reads(p), "TEARDOWN rtsp://10.0.0.2:8554/live?channel=1 RTSP/1.0"));
    assert_int_equal(p->troubles, 0);
    peer_free(p);
}

/* All that a camera says in a short session, with pictures and an answer to a keep-alive
 * between them. */
static void add_script(struct bytes *b)
{
    struct rtp rtp = { .ssrc = 1, .marker = true, .type = 96 };

    bytes_format(b,
                 "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"
                 "RTSP/1.0 200 OK\nCSeq: 2\nContent-Length: %zu\n\n%s"
                 "RTSP/1.0 200 OK\r\nsession: 1\r\n\r\n"
                 "RTSP/1.0 200 OK\r\nRTP-Info: url=track1;seq=1\r\n\r\n",
                 strlen(peer_sdp), peer_sdp);
    for (int i = 0; i < 3; i++) {
        rtp.sequence = (uint16_t)i;
        rtp.time = (uint32_t)i * 6000;
        rtp_write(b, 0, &rtp, "\x65\x88\x80\x01", 4);
        bytes_text(b, i == 1 ? "RTSP/1.0 400 Bad Request\r\n\r\n" : "\r\n");
    }
}

static void answers_may_be_split_at_every_byte(void **state)
{
    struct bytes script = { 0 };

    add_script(&script);
    for (size_t split = 1; split < script.size; split++) {
        struct peer *p = peer_new(url, false);

        /* The camera answers before it is asked: the same bytes, whatever the timing. */
        peer_sends(p, script.at, split);
        peer_sends(p, script.at + split, script.size - split);
        assert_int_equal(p->troubles, 0);
        assert_int_equal(p->heard.count, 3);
        peer_free(p);
    }
    bytes_free(&script);
}

static void answers_may_come_byte_by_byte(void **state)
{
    struct bytes script = { 0 };
    struct peer *p = peer_new(url, false);

    add_script(&script);
    for (size_t i = 0; i < script.size; i++)
        peer_sends(p, script.at + i, 1);
    assert_int_equal(p->heard.count, 3);
    assert_int_equal(session_counts(p->session)->bytes, script.size);
    assert_int_equal(session_counts(p->session)->skipped_bytes, 0);
    peer_free(p);
    bytes_free(&script);
}

static void pictures_may_come_before_the_answer_to_play(void **state)
{
    struct peer *p = peer_new(url, false);

    peer_answers(p, "", "");
    peer_sends_picture(p, 5, true); /* of somebody else's session */
    peer_answers(p, "", peer_sdp);
    peer_answers(p, "Session: 1\r\nTransport: RTP/AVP/TCP;ssrc=1\r\n", "");
    peer_sends_picture(p, 0, true);
    assert_int_equal(p->heard.count, 1);
    assert_int_equal(p->playing, 0);
    peer_waits(p, SECONDS_US(5)); /* the answer never comes, pictures do */
    assert_int_equal(p->playing, 1);
    assert_int_equal(p->troubles, 1); /* though that picture is old by now */
    peer_free(p);
}

static void options_need_not_be_known(void **state)
{
    struct peer *p = peer_new(url, false);

    peer_says(p, "RTSP/1.0 501 Not Implemented\r\nCSeq: 1\r\n\r\n");
    assert_true(begins(peer_reads(p), "OPTIONS") && strstr(p->request, "DESCRIBE"));
    peer_free(p);
}

static void the_camera_may_choose_its_channels(void **state)
{
    struct rtp rtp = { .ssrc = 1, .marker = true, .type = 96 };
    struct peer *p = peer_new(url, false);
    struct bytes out = { 0 };

    peer_answers(p, "", "");
    peer_answers(p, "", peer_sdp);
    peer_answers(p, "Session: 1\r\nTransport: interleaved=6-7;RTP/AVP/TCP;ssrc=1\r\n", "");
    peer_answers(p, "", "");
    rtp_write(&out, 0, &rtp, "\x65\x88\x80\x01", 4); /* not ours */
    rtp_write(&out, 200, &rtp, "\x65\x88\x80\x01", 4);
    rtp_write(&out, 6, &rtp, "\x65\x88\x80\x01", 4);
    peer_sends(p, out.at, out.size);
    assert_int_equal(p->heard.count, 1);
    assert_int_equal(session_counts(p->session)->packets, 1);
    bytes_free(&out);
    peer_free(p);
}

static void the_camera_may_ask_whether_we_are_there(void **state)
{
    struct peer *p = peer_new(url, false);

    peer_plays(p);
    peer_reads(p);
    peer_says(
        p,
        "OPTIONS * RTSP/1.0\r\nCSeq: 31\r\n\r\nREDIRECT x RTSP/1.0\r\nCSeq: 32\r\n\r\n");
    assert_string_equal(peer_reads(p),
                        "RTSP/1.0 200 OK\r\nCSeq: 31\r\n\r\n"
                        "RTSP/1.0 501 Not Implemented\r\nCSeq: 32\r\n\r\n");
    assert_int_equal(p->troubles, 0);
    peer_free(p);
}

/* ---- refusals ---- */

static void every_refusal_has_its_word(void **state)
{
    static const struct {
        int answered; /* before this one, with 200 */
        const char *status, *code;
    } rows[] = {
        { 1, "404 Not Found", TROUBLE_WRONG_PATH },
        { 1, "454 Session Not Found", TROUBLE_WRONG_PATH },
        { 1, "453 Not Enough Bandwidth", TROUBLE_BUSY },
        { 1, "503 Service Unavailable", TROUBLE_BUSY },
        { 1, "403 Forbidden", TROUBLE_ANSWER },
        { 0, "302 Moved", TROUBLE_ANSWER },
        { 1, "301 Moved", TROUBLE_ANSWER },
        { 1, "401 Unauthorized", TROUBLE_ANSWER }, /* without a challenge */
        { 2, "404 Not Found", TROUBLE_WRONG_PATH },
        { 2, "461 Unsupported Transport", TROUBLE_TRANSPORT },
        { 3, "404 Not Found", TROUBLE_ANSWER },
        { 3, "453 Not Enough Bandwidth", TROUBLE_BUSY },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct peer *p = peer_new(url, false);
        char answer[200];

        if (rows[i].answered > 0)
            peer_answers(p, "", "");
        if (rows[i].answered > 1)
            peer_answers(p, "", peer_sdp);
        if (rows[i].answered > 2)
            peer_answers(p, "Session: 1\r\n", "");
        p->dials_answered = false;
        snprintf(answer, sizeof answer, "RTSP/1.0 %s\r\nLocation: rtsp://evil/\r\n\r\n",
                 rows[i].status);
        peer_says(p, answer);
        assert_trouble(p, rows[i].code);
        assert_non_null(strstr(p->detail, rows[i].status));
        assert_int_equal(strstr(p->detail, "rtsp://evil/") != NULL,
                         rows[i].status[0] == '3');
        assert_int_equal(p->dials, 2); /* never gives up */
        peer_free(p);
    }
}

static void video_of_another_codec_is_named(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    peer_answers(p, "", "");
    peer_answers(p, "", "v=0\r\nm=video 0 RTP/AVP 26\r\n");
    assert_trouble(p, TROUBLE_CODEC);
    assert_string_equal(p->detail, "JPEG");
    peer_free(p);
}

static void a_description_without_video_is_unusable(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    peer_answers(p, "", "");
    peer_answers(p, "", "v=0\r\nm=audio 0 RTP/AVP 0\r\n");
    assert_trouble(p, TROUBLE_UNUSABLE);
    assert_non_null(strstr(p->detail, "no video"));
    peer_free(p);
}

static void a_camera_that_insists_on_udp_is_told_of(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    peer_answers(p, "", "");
    peer_answers(p, "", peer_sdp);
    peer_answers(p, "Transport: RTP/AVP;unicast;client_port=1-2\r\n", "");
    assert_trouble(p, TROUBLE_TRANSPORT);
    peer_free(p);
}

static void the_port_of_a_web_page_is_known_as_such(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    peer_says(p, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    assert_trouble(p, TROUBLE_UNUSABLE);
    assert_non_null(strstr(p->detail, "HTTP"));
    peer_free(p);
}

static void what_is_said_in_detail_is_printable(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    peer_answers(p, "", "");
    peer_says(p, "RTSP/1.0 499 \x1b[31m%n\xff\r\n\r\n");
    assert_trouble(p, TROUBLE_ANSWER);
    assert_string_equal(p->detail, "DESCRIBE: 499 ?[31m%n?");
    peer_free(p);
}

/* ---- audio never harms video ---- */

static void a_refused_microphone_is_done_without(void **state)
{
    struct peer *p = peer_new(url, true);

    peer_answers(p, "", "");
    peer_answers(p, "", peer_sdp);
    peer_answers(p, "Session: 1\r\nTransport: RTP/AVP/TCP;ssrc=1\r\n", "");
    peer_says(p, "RTSP/1.0 404 Not Found\r\n\r\n");
    assert_non_null(strstr(peer_reads(p), "PLAY"));
    assert_int_equal(p->tracks[TRACK_AUDIO].codec, CODEC_NONE);
    peer_answers(p, "", "");
    peer_sends_picture(p, 0, true);
    assert_int_equal(p->heard.count, 1);
    peer_free(p);
}

static void a_microphone_that_ends_the_connection_is_left_alone_next_time(void **state)
{
    struct peer *p = peer_new(url, true);

    peer_answers(p, "", "");
    peer_answers(p, "", peer_sdp);
    peer_answers(p, "Session: 1\r\n", "");
    peer_waits(p, SECONDS_US(5));
    assert_trouble(p, TROUBLE_SILENT);
    peer_answers(p, "", "");
    peer_answers(p, "", peer_sdp);
    peer_answers(p, "Session: 1\r\n", "");
    assert_non_null(strstr(peer_reads(p), "PLAY"));
    assert_null(strstr(p->request, "track2"));
    peer_free(p);
}

/* ---- login ---- */

#define DIGEST(nonce, more)                                                             \
    "RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"" nonce \
    "\"" more "\r\n\r\n"

static void after_the_first_challenge_every_request_is_signed(void **state)
{
    struct peer *p = peer_new(url, false);

    p->authorization = "Digest answer";
    peer_answers(p, "", "");
    peer_reads(p);
    peer_says(p, DIGEST("n1", ""));
    assert_int_equal(p->challenges, 1);
    assert_string_equal(p->challenge.method, "DESCRIBE");
    assert_string_equal(p->challenge.uri, url);
    assert_string_equal(p->challenge.nonce, "n1");
    assert_non_null(strstr(peer_reads(p), "Authorization: Digest answer\r\n"));
    peer_answers(p, "Content-Base: rtsp://h/x/\r\n", peer_sdp);
    assert_string_equal(p->challenge.method, "SETUP");
    assert_string_equal(p->challenge.uri, "rtsp://h/x/track1");
    assert_non_null(strstr(peer_reads(p), "SETUP rtsp://h/x/track1"));
    assert_non_null(strstr(p->request, "Authorization: Digest answer\r\n"));
    peer_answers(p, "Session: 1\r\n", "");
    assert_string_equal(p->challenge.method, "PLAY");
    peer_answers(p, "", "");
    assert_int_equal(p->challenges, 3);
    assert_int_equal(p->playing, 1);
    peer_free(p);
}

static void a_request_waits_for_its_login(void **state)
{
    struct peer *p = peer_new(url, false);

    p->logins_answered = false;
    peer_reads(p);
    peer_says(p, DIGEST("n1", ""));
    assert_string_equal(peer_reads(p), "");
    session_login(p->session, "Digest late");
    assert_true(begins(peer_reads(p), "OPTIONS"));
    assert_non_null(strstr(p->request, "Authorization: Digest late\r\n"));
    peer_free(p);
}

static void a_second_refusal_means_the_password(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    p->authorization = "Digest wrong";
    peer_says(p, DIGEST("n1", ""));
    peer_says(p, DIGEST("n2", "")); /* a new nonce with every answer is no excuse */
    assert_trouble(p, TROUBLE_WRONG_PASSWORD);
    assert_int_equal(p->challenges, 1);
    peer_free(p);
}

static void basic_is_refused_once(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    p->authorization = "Basic eDp5";
    peer_says(p, "RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\r\n");
    assert_false(p->challenge.digest);
    peer_says(p, "RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\r\n");
    assert_trouble(p, TROUBLE_WRONG_PASSWORD);
    assert_int_equal(p->challenges, 1);
    peer_free(p);
}

static void a_stale_nonce_is_no_failed_login(void **state)
{
    struct peer *p = peer_new(url, false);

    p->authorization = "Digest answer";
    peer_says(p, DIGEST("n1", ""));
    assert_false(p->challenge.stale);
    peer_says(p, DIGEST("n2", ", stale=true"));
    assert_int_equal(p->challenges, 2);
    assert_true(p->challenge.stale);
    assert_int_equal(p->troubles, 0);
    peer_says(p, DIGEST("n3", ", stale=true"));
    p->dials_answered = false;
    peer_says(p, DIGEST("n4", ", stale=true")); /* for ever stale: enough */
    assert_trouble(p, TROUBLE_WRONG_PASSWORD);
    peer_free(p);
}

static void without_a_password_there_is_no_second_request(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    p->authorization = NULL;
    peer_reads(p);
    peer_says(p, DIGEST("n1", ""));
    assert_trouble(p, TROUBLE_WRONG_PASSWORD);
    assert_int_equal(p->dials, 2);
    peer_free(p);
}

static void a_login_for_an_older_connection_signs_nothing(void **state)
{
    struct peer *p = peer_new(url, false);

    p->logins_answered = false;
    peer_says(p, DIGEST("n1", ""));
    peer_waits(p, SECONDS_US(5)); /* nobody answered: silent, and a new connection */
    assert_int_equal(p->dials, 2);
    peer_reads(p);
    peer_says(p, DIGEST("n2", ""));
    session_login(p->session, "Digest of n1");
    assert_string_equal(peer_reads(p), "");
    session_login(p->session, "Digest of n2");
    assert_non_null(strstr(peer_reads(p), "Digest of n2"));
    peer_free(p);
}

static void a_login_cannot_smuggle_a_line(void **state)
{
    struct peer *p = peer_new(url, false);

    p->dials_answered = false;
    p->authorization = "Digest x\r\nX: y";
    peer_says(p, DIGEST("n1", ""));
    assert_trouble(p, TROUBLE_WRONG_PASSWORD);
    peer_free(p);
}

static void a_camera_that_closes_after_asking_is_signed_to_at_once(void **state)
{
    struct peer *p = peer_new(url, false);

    p->logins_answered = false;
    peer_says(p, DIGEST("n1", ""));
    shutdown(p->fd, SHUT_RDWR);
    peer_settle(p);
    assert_trouble(p, TROUBLE_CLOSED);
    assert_int_equal(p->challenges, 2);
    session_login(p->session, "Digest old");
    session_login(p->session, "Digest new");
    assert_non_null(strstr(peer_reads(p), "Digest new"));
    peer_says(p, DIGEST("n2", "")); /* of its time: a new nonce is no refusal */
    assert_int_equal(p->challenges, 3);
    assert_int_equal(p->troubles, 1);
    peer_free(p);
}

/* ---- while it plays ---- */

/* Pictures at 15 a second for so long, a keyframe a second. */
static void play_on(struct peer *p, int *frame, int seconds)
{
    for (int i = 0; i < seconds * 15; i++, ++*frame) {
        peer_sends_picture(p, *frame, *frame % 15 == 0);
        peer_waits(p, 1000000 / 15);
    }
}

static void keep_alives_come_at_half_the_timeout(void **state)
{
    struct peer *p = peer_new(url, false);
    int frame = 0;

    peer_plays(p); /* timeout=40 */
    peer_reads(p);
    play_on(p, &frame, 19);
    assert_string_equal(peer_reads(p), "");
    play_on(p, &frame, 2);
    assert_true(begins(peer_reads(p), "GET_PARAMETER rtsp://h/live/ RTSP/1.0\r\n"));
    assert_non_null(strstr(p->request, "Session: 4711\r\n"));
    /* a refusal, a wrong number: nothing of that harms pictures */
    peer_says(p, "RTSP/1.0 400 Bad Request\r\nCSeq: 9999\r\n\r\n");
    play_on(p, &frame, 21);
    assert_true(begins(peer_reads(p), "OPTIONS rtsp://h/live/ RTSP/1.0\r\n"));
    assert_int_equal(p->troubles, 0);
    assert_int_equal(p->heard.count, frame);
    peer_free(p);
}

static void without_a_timeout_a_keep_alive_comes_within_25_s(void **state)
{
    struct peer *p = peer_new(url, false);
    int frame = 0;

    peer_answers(p, "", "");
    peer_answers(p, "", peer_sdp);
    peer_answers(p, "Session: 1\r\n", "");
    peer_answers(p, "", "");
    peer_reads(p);
    play_on(p, &frame, 24);
    assert_string_equal(peer_reads(p), "");
    play_on(p, &frame, 2);
    assert_true(begins(peer_reads(p), "OPTIONS")); /* GET_PARAMETER was not listed */
    peer_free(p);
}

static void a_nonce_that_expires_while_playing_is_renewed_in_session(void **state)
{
    struct peer *p = peer_new(url, false);
    int frame = 0;

    p->authorization = "Digest answer";
    peer_says(p, DIGEST("n1", ""));
    peer_plays(p);
    for (int minute = 0; minute < 5; minute++) {
        int challenges;

        play_on(p, &frame, 21);
        challenges = p->challenges;
        peer_reads(p);
        peer_says(p, minute % 2 ? DIGEST("n7", "") : DIGEST("n8", ""));
        assert_int_equal(p->challenges, challenges + 1);
        assert_true(p->challenge.stale); /* it was right once */
        assert_true(begins(peer_reads(p), "GET_PARAMETER"));
        peer_answers(p, "", "");
    }
    assert_int_equal(p->troubles, 0);
    assert_int_equal(p->heard.count, frame);
    peer_free(p);
}

static void a_password_that_changes_while_playing_ends_nothing(void **state)
{
    struct peer *p = peer_new(url, false);
    int frame = 0, challenges;

    p->authorization = "Digest answer";
    peer_says(p, DIGEST("n1", ""));
    peer_plays(p);
    play_on(p, &frame, 21);
    peer_says(p, DIGEST("n2", ""));
    peer_says(p, DIGEST("n3", ""));
    challenges = p->challenges;
    play_on(p, &frame, 60);
    assert_int_equal(p->challenges, challenges); /* no more failed logins */
    assert_int_equal(p->troubles, 0);
    assert_int_equal(p->heard.count, frame);
    peer_free(p);
}

static void silence_ends_every_stage_after_five_seconds(void **state)
{
    for (int answered = 0; answered < 4; answered++) {
        struct peer *p = peer_new(url, false);

        p->dials_answered = false;
        if (answered > 0)
            peer_answers(p, "", "");
        if (answered > 1)
            peer_answers(p, "", peer_sdp);
        if (answered > 2)
            peer_answers(p, "Session: 1\r\n", "");
        peer_says(p, "RTSP/1.0 200 OK\r\nCSeq");
        peer_waits(p, 4900000);
        assert_int_equal(p->troubles, 0);
        peer_waits(p, 200000);
        assert_trouble(p, TROUBLE_SILENT);
        assert_int_equal(p->dials, 2);
        peer_free(p);
    }
}

static void the_first_picture_may_take_five_seconds(void **state)
{
    struct peer *p = peer_new(url, false);

    peer_plays(p);
    peer_waits(p, 4900000);
    assert_int_equal(p->troubles, 0);
    p->dials_answered = false;
    peer_waits(p, 200000);
    assert_trouble(p, TROUBLE_NO_VIDEO);
    peer_free(p);
}

static void sound_without_pictures_is_trouble_after_three_seconds(void **state)
{
    struct rtp rtp = { .ssrc = 5, .type = 8 };
    struct peer *p = peer_new(url, true);
    struct bytes out = { 0 };
    int frame = 0;

    peer_plays(p);
    play_on(p, &frame, 2);
    p->dials_answered = false;
    for (int i = 0; i < 31; i++) {
        out.size = 0;
        rtp.sequence++;
        rtp.time += 800;
        rtp_write(&out, 2, &rtp, "sound", 5);
        peer_sends(p, out.at, out.size);
        assert_int_equal(p->troubles, 0);
        peer_waits(p, i < 30 ? 90000 : 300000);
    }
    assert_trouble(p, TROUBLE_NO_VIDEO);
    assert_true(p->heard.count > frame + 20);
    bytes_free(&out);
    peer_free(p);
}

static void a_closed_connection_is_dialled_again(void **state)
{
    struct peer *p = peer_new(url, false);
    int frame = 0;

    for (int i = 1; i <= 20; i++) {
        peer_plays(p);
        play_on(p, &frame, 1);
        assert_int_equal(p->heard.packets[p->heard.count - 1].run, i);
        shutdown(p->fd, SHUT_RDWR);
        peer_settle(p);
        assert_int_equal(p->troubles, i);
        assert_string_equal(p->trouble, TROUBLE_CLOSED);
        assert_int_equal(p->dials, i + 1);
    }
    assert_int_equal(session_counts(p->session)->connections, 21);
    assert_int_equal(session_counts(p->session)->video_frames, 20 * 15);
    peer_free(p);
}

static void a_connection_nobody_asked_for_is_closed(void **state)
{
    struct peer *p = peer_new(url, false);
    int pair[2];
    char byte;

    peer_plays(p);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    session_dialled(p->session, pair[0]);
    assert_int_equal(recv(pair[1], &byte, 1, 0), 0);
    peer_sends_picture(p, 0, true);
    assert_int_equal(p->heard.count, 1); /* and the one there is goes on */
    close(pair[1]);
    peer_free(p);
}

/* ---- framing ---- */

static void pictures_after_a_cut_are_found_again(void **state)
{
    struct rtp rtp = { .ssrc = 1, .marker = true, .type = 96 };
    uint8_t payload[400] = { 0x41, 0x9a };
    struct peer *p = peer_new(url, false);
    struct bytes out = { 0 };
    int before;

    peer_plays(p);
    peer_sends_picture(p, 0, true);
    for (int i = 1; i <= 10; i++) {
        rtp.sequence = (uint16_t)i;
        rtp.time = (uint32_t)i * 6000;
        if (i == 10)
            payload[0] = 0x65;
        rtp_write(&out, 0, &rtp, payload, sizeof payload);
    }
    /* 100 bytes are missing from the third frame: its length swallows a part of the
     * fourth, whose beginning is found there */
    memmove(out.at + 1000, out.at + 1100, out.size - 1100);
    before = p->heard.count;
    peer_sends(p, out.at, out.size - 100);
    assert_int_equal(p->troubles, 0);
    assert_int_equal(p->heard.count, before + 9);
    assert_false(p->heard.packets[before + 1].damaged);
    assert_true(p->heard.packets[before + 2].damaged);
    assert_true(p->heard.packets[before + 7].damaged);
    assert_false(p->heard.packets[before + 8].damaged); /* the keyframe */
    for (int i = before; i < p->heard.count; i++)
        assert_int_equal(p->heard.packets[i].size, 404); /* nothing broken as whole */
    assert_int_equal(session_counts(p->session)->lost_packets, 1);
    assert_true(session_counts(p->session)->skipped_bytes > 0);
    bytes_free(&out);
    peer_free(p);
}

/* 46 bytes of a frame come twice, so that its last 46 stand behind what its length says,
 * and these begin like a frame. */
static void a_dollar_inside_a_picture_is_no_frame(void **state)
{
    struct rtp rtp = { .sequence = 1, .time = 6000, .ssrc = 1, .marker = true, .type = 96 };
    uint8_t payload[400] = { 0x41, 0x9a };
    struct peer *p = peer_new(url, false);
    struct bytes out = { 0 }, twice = { 0 };

    peer_plays(p);
    peer_sends_picture(p, 0, true);
    memcpy(payload + sizeof payload - 46, "$\xc8\x00\x10\x80", 5);
    rtp_write(&out, 0, &rtp, payload, sizeof payload);
    bytes_add(&twice, out.at, 146);
    bytes_add(&twice, out.at + 100, out.size - 100);
    peer_sends(p, twice.at, twice.size);
    assert_int_equal(p->heard.count, 1);
    peer_sends_picture(p, 2, false);
    assert_int_equal(p->heard.count, 2);
    assert_true(p->heard.packets[1].damaged);
    bytes_free(&out);
    bytes_free(&twice);
    peer_free(p);
}

static void bytes_that_come_twice_do_no_harm(void **state)
{
    struct peer *p = peer_new(url, false);

    peer_plays(p);
    for (int i = 0; i < 5; i++) {
        peer_sends_picture(p, i, i == 0);
        peer_sends_picture(p, i, i == 0);
    }
    assert_int_equal(p->heard.count, 5);
    assert_int_equal(session_counts(p->session)->lost_packets, 0);
    peer_free(p);
}

static void garbage_without_end_closes(void **state)
{
    struct peer *p = peer_new(url, false);
    uint8_t garbage[4096];

    peer_plays(p);
    p->dials_answered = false;
    memset(garbage, 0xa5, sizeof garbage);
    for (int i = 0; i < 20 && p->troubles == 0; i++)
        peer_sends(p, garbage, sizeof garbage);
    assert_trouble(p, TROUBLE_UNUSABLE);
    assert_in_range(session_counts(p->session)->skipped_bytes, 64 << 10, 72 << 10);
    peer_free(p);
}

static void an_endless_head_is_an_end(void **state)
{
    struct peer *p = peer_new(url, false);
    char line[1024];

    p->dials_answered = false;
    memset(line, 'x', sizeof line);
    peer_says(p, "RTSP/1.0 200 OK\r\n");
    for (int i = 0; i < 20 && p->troubles == 0; i++)
        peer_sends(p, line, sizeof line);
    assert_trouble(p, TROUBLE_UNUSABLE);
    peer_free(p);
}

static void keyframes_that_nobody_can_decode_are_unusable(void **state)
{
    struct peer *p = peer_new(url, false);

    peer_answers(p, "", "");
    peer_answers(p, "", "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n");
    peer_answers(p, "Session: 1\r\nTransport: RTP/AVP/TCP;ssrc=1\r\n", "");
    peer_answers(p, "", "");
    p->dials_answered = false;
    for (int i = 0; i < 3; i++)
        peer_sends_picture(p, i, true);
    assert_trouble(p, TROUBLE_UNUSABLE);
    peer_free(p);
}

/* One picture of ours, and one of a dead session. */
static void both_send(struct peer *p, int frame)
{
    struct rtp rtp = { .sequence = (uint16_t)frame,
                       .time = (uint32_t)frame * 6000,
                       .ssrc = 2,
                       .marker = true,
                       .type = 96 };
    struct bytes out = { 0 };

    peer_sends_picture(p, frame, true);
    rtp_write(&out, 0, &rtp, "\x65\x88\x80\x01", 4);
    peer_sends(p, out.at, out.size);
    bytes_free(&out);
    peer_waits(p, 66667);
}

static void a_dead_sessions_pictures_are_left_out_and_the_session_opened_anew(void **state)
{
    struct peer *p = peer_new(url, false);
    int frame = 0;

    peer_plays(p);
    p->dials_answered = false;
    while (frame < 60 && !strstr(peer_reads(p), "TEARDOWN"))
        both_send(p, frame++);
    assert_in_range(frame, 5, 20);
    assert_int_equal(p->heard.count, frame); /* ours, and no other */
    assert_int_equal(session_counts(p->session)->foreign_packets, frame - 1);
    both_send(p, frame); /* they have not heard it yet */
    assert_int_equal(p->troubles, 0);
    peer_answers(p, "", "");
    assert_trouble(p, TROUBLE_MIXED);
    assert_int_equal(p->heard.count, frame);
    peer_free(p);
}

static void opening_anew_that_does_not_help_is_not_done_again_soon(void **state)
{
    struct peer *p = peer_new(url, false);
    int frame = 0, before;

    peer_plays(p);
    while (p->troubles == 0 && frame < 60) /* TEARDOWN is not answered for a second */
        both_send(p, frame++);
    assert_string_equal(p->trouble, TROUBLE_MIXED);
    assert_int_equal(p->dials, 2);
    peer_plays(p);
    before = p->heard.count;
    for (int i = 0; i < 200; i++)
        both_send(p, frame++);
    assert_int_equal(p->troubles, 1);
    assert_int_equal(p->heard.count, before + 200);
    peer_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_goes_from_options_to_teardown),
        cmocka_unit_test(answers_may_be_split_at_every_byte),
        cmocka_unit_test(answers_may_come_byte_by_byte),
        cmocka_unit_test(pictures_may_come_before_the_answer_to_play),
        cmocka_unit_test(options_need_not_be_known),
        cmocka_unit_test(the_camera_may_choose_its_channels),
        cmocka_unit_test(the_camera_may_ask_whether_we_are_there),
        cmocka_unit_test(every_refusal_has_its_word),
        cmocka_unit_test(video_of_another_codec_is_named),
        cmocka_unit_test(a_description_without_video_is_unusable),
        cmocka_unit_test(a_camera_that_insists_on_udp_is_told_of),
        cmocka_unit_test(the_port_of_a_web_page_is_known_as_such),
        cmocka_unit_test(what_is_said_in_detail_is_printable),
        cmocka_unit_test(a_refused_microphone_is_done_without),
        cmocka_unit_test(a_microphone_that_ends_the_connection_is_left_alone_next_time),
        cmocka_unit_test(after_the_first_challenge_every_request_is_signed),
        cmocka_unit_test(a_request_waits_for_its_login),
        cmocka_unit_test(a_second_refusal_means_the_password),
        cmocka_unit_test(basic_is_refused_once),
        cmocka_unit_test(a_stale_nonce_is_no_failed_login),
        cmocka_unit_test(without_a_password_there_is_no_second_request),
        cmocka_unit_test(a_login_for_an_older_connection_signs_nothing),
        cmocka_unit_test(a_login_cannot_smuggle_a_line),
        cmocka_unit_test(a_camera_that_closes_after_asking_is_signed_to_at_once),
        cmocka_unit_test(keep_alives_come_at_half_the_timeout),
        cmocka_unit_test(without_a_timeout_a_keep_alive_comes_within_25_s),
        cmocka_unit_test(a_nonce_that_expires_while_playing_is_renewed_in_session),
        cmocka_unit_test(a_password_that_changes_while_playing_ends_nothing),
        cmocka_unit_test(silence_ends_every_stage_after_five_seconds),
        cmocka_unit_test(the_first_picture_may_take_five_seconds),
        cmocka_unit_test(sound_without_pictures_is_trouble_after_three_seconds),
        cmocka_unit_test(a_closed_connection_is_dialled_again),
        cmocka_unit_test(a_connection_nobody_asked_for_is_closed),
        cmocka_unit_test(pictures_after_a_cut_are_found_again),
        cmocka_unit_test(a_dollar_inside_a_picture_is_no_frame),
        cmocka_unit_test(bytes_that_come_twice_do_no_harm),
        cmocka_unit_test(garbage_without_end_closes),
        cmocka_unit_test(an_endless_head_is_an_end),
        cmocka_unit_test(keyframes_that_nobody_can_decode_are_unusable),
        cmocka_unit_test(
            a_dead_sessions_pictures_are_left_out_and_the_session_opened_anew),
        cmocka_unit_test(opening_anew_that_does_not_help_is_not_done_again_soon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
