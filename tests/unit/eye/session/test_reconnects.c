#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

/* F35: what each connection took, over TCP and over UDP in turn, is given back. */
enum { RECONNECTS = 10000 };

static int descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static int ends[2];

static void give_sockets(struct peer *p)
{
    int pair[2];

    for (int i = 0; i < 2; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
        ends[i] = pair[1];
        session_socket(p->session, TRACK_VIDEO, i == 1, pair[0]);
    }
}

static void play(struct peer *p, bool udp)
{
    peer_answers(p, "", "");
    peer_answers(p, "", peer_sdp);
    if (udp) {
        session_ports(p->session, TRACK_VIDEO, 5000, "");
        peer_answers(p, "Session: 1\r\nTransport: RTP/AVP;server_port=6000-6001\r\n", "");
        give_sockets(p);
    } else {
        peer_answers(p, "Session: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n", "");
    }
    peer_answers(p, "", "");
}

static void cut(struct peer *p, bool udp)
{
    close(p->fd);
    p->fd = -1;
    peer_settle(p);
    for (int i = 0; i < 2 && udp; i++)
        close(ends[i]);
}

static void reconnect(enum session_transport transport)
{
    bool udp = transport == SESSION_UDP;
    struct peer *p = peer_new_by("rtsp://h/live", false, transport);
    int before = descriptors();

    for (int i = 1; i <= RECONNECTS / 2; i++) {
        play(p, udp);
        assert_int_equal(p->playing, i);
        cut(p, udp);
        assert_int_equal(p->troubles, i);
        assert_int_equal(p->dials, i + 1);
    }
    assert_int_equal(descriptors(), before);
    peer_free(p);
}

static void ten_thousand_connections_leave_no_descriptor(void **state)
{
    reconnect(SESSION_TCP);
    reconnect(SESSION_UDP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_connections_leave_no_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
