#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

static const char url[] = "rtsp://10.0.0.2/live";

/* The camera's ends of the two sockets of a track. */
static int rtp_fd = -1, rtcp_fd = -1;

static void give_sockets(struct peer *p, int track)
{
    int rtp[2], rtcp[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, rtp), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, rtcp), 0);
    rtp_fd = rtp[1];
    rtcp_fd = rtcp[1];
    session_socket(p->session, track, false, rtp[0]);
    session_socket(p->session, track, true, rtcp[0]);
}

static void close_sockets(void)
{
    close(rtp_fd);
    close(rtcp_fd);
    rtp_fd = rtcp_fd = -1;
}

static void answer_until_setup(struct peer *p)
{
    peer_answers(p, "", "");
    peer_answers(p, "", peer_sdp);
}

static void play_over_udp(struct peer *p)
{
    session_ports(p->session, TRACK_VIDEO, 5000, "");
    peer_answers(p,
                 "Session: 1\r\nTransport: RTP/AVP;unicast;client_port=5000-5001;"
                 "server_port=6000-6001;source=10.0.0.2;ssrc=1\r\n",
                 "");
    give_sockets(p, TRACK_VIDEO);
    peer_answers(p, "", "");
}

static void send_packet(int sequence, uint8_t kind)
{
    const uint8_t nal[8] = { kind, 0x88, (uint8_t)sequence };
    struct rtp rtp = { .sequence = (uint16_t)sequence,
                       .time = (uint32_t)sequence * 6000,
                       .ssrc = 1,
                       .marker = true,
                       .type = 96 };
    struct bytes out = { 0 };

    rtp_write(&out, -1, &rtp, nal, sizeof nal);
    assert_int_equal(send(rtp_fd, out.at, out.size, 0), out.size);
    bytes_free(&out);
}

static void wait_for_packets(struct peer *p, int count)
{
    while (p->heard.count < count)
        event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
    assert_int_equal(p->heard.count, count);
}

static void a_track_is_set_up_on_ports_that_are_asked_for(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_UDP);

    answer_until_setup(p);
    assert_int_equal(p->asked_ports[TRACK_VIDEO], 1);
    peer_reads(p);
    session_ports(p->session, TRACK_VIDEO, 5000, "");
    assert_non_null(strstr(peer_reads(p), "SETUP rtsp://10.0.0.2/live/track1 RTSP/1.0"));
    assert_non_null(
        strstr(p->request, "Transport: RTP/AVP;unicast;client_port=5000-5001\r\n"));
    peer_answers(p,
                 "Session: 1\r\nTransport: RTP/AVP/UDP;unicast;source=10.9.9.9;"
                 "server_port=6000-6001\r\n",
                 "");
    assert_int_equal(p->asked_sockets[TRACK_VIDEO], 1);
    assert_int_equal(p->wish.rtp, 6000);
    assert_int_equal(p->wish.rtcp, 6001);
    assert_string_equal(p->wish.source, "10.9.9.9"); /* who connects decides */
    assert_string_equal(peer_reads(p), "");
    give_sockets(p, TRACK_VIDEO);
    assert_non_null(strstr(peer_reads(p), "PLAY rtsp://10.0.0.2/live RTSP/1.0"));
    peer_free(p);
    close_sockets();
}

static void pictures_come_in_order_whatever_the_order_of_their_packets(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_UDP);

    answer_until_setup(p);
    play_over_udp(p);
    assert_int_equal(p->playing, 1);
    send_packet(0, 0x65);
    send_packet(2, 0x41);
    send_packet(1, 0x41);
    send_packet(3, 0x41);
    wait_for_packets(p, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(p->heard.packets[i].first[6], i);
        assert_false(p->heard.packets[i].damaged);
    }
    assert_int_equal(session_counts(p->session)->lost_packets, 0);
    peer_free(p);
    close_sockets();
}

static void a_lost_packet_is_counted_and_marks_what_follows(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_UDP);

    answer_until_setup(p);
    play_over_udp(p);
    send_packet(0, 0x65);
    send_packet(2, 0x41);
    wait_for_packets(p, 1);
    test_mono_us += MILLIS_US(81);
    wait_for_packets(p, 2);
    assert_true(p->heard.packets[1].damaged);
    assert_int_equal(session_counts(p->session)->lost_packets, 1);
    peer_free(p);
    close_sockets();
}

static void the_way_is_opened_and_reports_are_sent(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_UDP);
    uint8_t bytes[100];

    answer_until_setup(p);
    play_over_udp(p);
    assert_int_equal(recv(rtp_fd, bytes, sizeof bytes, 0), 12);
    assert_true(recv(rtcp_fd, bytes, sizeof bytes, 0) > 8);
    assert_int_equal(bytes[0], 0x80); /* no packet has come */
    send_packet(0, 0x65);
    wait_for_packets(p, 1);
    test_mono_us += SECONDS_US(6);
    ssize_t got = -1;
    while (got < 0) {
        event_base_loop(loop_base(p->loop), EVLOOP_ONCE);
        got = recv(rtcp_fd, bytes, sizeof bytes, 0);
    }
    assert_int_equal(bytes[0], 0x81);
    assert_int_equal(bytes[1], 201);
    peer_free(p);
    close_sockets();
}

static void a_refusal_of_tcp_leads_to_udp_and_is_remembered(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_AUTO);

    answer_until_setup(p);
    assert_non_null(strstr(peer_reads(p), "interleaved=0-1"));
    peer_says(p, "RTSP/1.0 461 Unsupported Transport\r\nCSeq: 3\r\n\r\n");
    assert_int_equal(p->troubles, 0);
    assert_int_equal(p->asked_ports[TRACK_VIDEO], 1);
    play_over_udp(p);
    assert_int_equal(p->playing, 1);
    close(p->fd);
    p->fd = -1;
    peer_settle(p);
    close_sockets();
    answer_until_setup(p);
    assert_int_equal(p->asked_ports[TRACK_VIDEO], 2);
    peer_free(p);
}

static void both_ways_refused_is_trouble(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_AUTO);

    answer_until_setup(p);
    peer_says(p, "RTSP/1.0 461 Unsupported Transport\r\n\r\n");
    session_ports(p->session, TRACK_VIDEO, 5000, "");
    p->dials_answered = false;
    peer_says(p, "RTSP/1.0 461 Unsupported Transport\r\n\r\n");
    assert_string_equal(p->trouble, TROUBLE_TRANSPORT);
    peer_free(p);
}

static void another_address_is_trouble(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_UDP);

    answer_until_setup(p);
    session_ports(p->session, TRACK_VIDEO, 5000, "");
    peer_answers(p, "Transport: RTP/AVP;source=10.9.9.9;server_port=22\r\n", "");
    p->dials_answered = false;
    session_ports(p->session, TRACK_VIDEO, 0, TROUBLE_FOREIGN);
    assert_string_equal(p->trouble, TROUBLE_FOREIGN);
    peer_free(p);
}

static void nothing_over_udp_is_a_trouble_of_its_own(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_UDP);

    answer_until_setup(p);
    play_over_udp(p);
    p->dials_answered = false;
    peer_waits(p, SECONDS_US(6));
    assert_string_equal(p->trouble, TROUBLE_NO_UDP);
    peer_free(p);
    close_sockets();
}

static void sockets_that_nobody_asked_for_are_closed(void **state)
{
    struct peer *p = peer_new_by(url, false, SESSION_TCP);
    char byte;

    peer_plays(p);
    give_sockets(p, TRACK_VIDEO);
    session_ports(p->session, TRACK_VIDEO, 5000, "");
    assert_int_equal(recv(rtp_fd, &byte, 1, 0), -1);
    assert_int_equal(send(rtp_fd, "x", 1, MSG_NOSIGNAL), -1);
    assert_int_equal(p->troubles, 0);
    peer_free(p);
    close_sockets();
}

static void sound_comes_over_udp_too(void **state)
{
    struct peer *p = peer_new_by(url, true, SESSION_UDP);

    answer_until_setup(p);
    session_ports(p->session, TRACK_VIDEO, 5000, "");
    peer_answers(p, "Session: 1\r\nTransport: RTP/AVP;server_port=6000-6001\r\n", "");
    give_sockets(p, TRACK_VIDEO);
    close_sockets();
    assert_int_equal(p->asked_ports[TRACK_AUDIO], 1);
    session_ports(p->session, TRACK_AUDIO, 5002, "");
    assert_non_null(strstr(peer_reads(p), "client_port=5002-5003"));
    peer_answers(p, "Transport: RTP/AVP;server_port=6002-6003\r\n", "");
    give_sockets(p, TRACK_AUDIO);
    peer_answers(p, "", "");
    assert_int_equal(p->playing, 1);
    assert_int_equal(p->tracks[TRACK_AUDIO].codec, CODEC_PCMA);
    peer_free(p);
    close_sockets();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_track_is_set_up_on_ports_that_are_asked_for),
        cmocka_unit_test(pictures_come_in_order_whatever_the_order_of_their_packets),
        cmocka_unit_test(a_lost_packet_is_counted_and_marks_what_follows),
        cmocka_unit_test(the_way_is_opened_and_reports_are_sent),
        cmocka_unit_test(a_refusal_of_tcp_leads_to_udp_and_is_remembered),
        cmocka_unit_test(both_ways_refused_is_trouble),
        cmocka_unit_test(another_address_is_trouble),
        cmocka_unit_test(nothing_over_udp_is_a_trouble_of_its_own),
        cmocka_unit_test(sockets_that_nobody_asked_for_are_closed),
        cmocka_unit_test(sound_comes_over_udp_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
