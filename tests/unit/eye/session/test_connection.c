#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"
#include "session/connection.h"

/* A connection over the loopback, since only TCP knows of low water. */
struct line {
    struct loop *loop;
    struct connection *connection;
    int fd, camera;
    size_t heard, calls, take; /* take: bytes that are taken of each call */
    int ends;
};

static void tcp_pair(int *a, int *b)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(door, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(door, 1), 0);
    assert_int_equal(getsockname(door, (struct sockaddr *)&at, &size), 0);
    *a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(*a, (struct sockaddr *)&at, sizeof at), 0);
    *b = accept(door, NULL, NULL);
    assert_true(*b >= 0);
    /* or the kernel holds small pieces back until what was sent is acknowledged */
    assert_int_equal(setsockopt(*b, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int)),
                     0);
    close(door);
}

static size_t on_bytes(void *arg, const uint8_t *bytes, size_t size, int64_t us)
{
    struct line *l = arg;
    size_t taken = l->take && l->take < size ? l->take : size;

    l->heard += taken;
    l->calls++;
    return taken;
}

static void on_end(void *arg, const char *code, const char *why)
{
    struct line *l = arg;

    l->ends++;
}

static struct line *line_new(void)
{
    static const struct connection_listener listener = { on_bytes, on_end };
    struct line *l = xcalloc(1, sizeof *l);

    clock_begin();
    tcp_pair(&l->fd, &l->camera);
    l->loop = loop_new();
    l->connection = connection_new(l->loop, &listener, l);
    connection_open(l->connection, l->fd, NULL);
    return l;
}

static void line_free(struct line *l)
{
    connection_free(l->connection);
    loop_free(l->loop);
    close(l->camera);
    clock_use(NULL);
    free(l);
}

static void look(struct line *l)
{
    for (int i = 0; i < 3; i++)
        event_base_loop(loop_base(l->loop), EVLOOP_NONBLOCK);
}

static void send_bytes(struct line *l, size_t size)
{
    char bytes[4096] = { 0 };

    for (; size > 0; size -= size < sizeof bytes ? size : sizeof bytes) {
        size_t piece = size < sizeof bytes ? size : sizeof bytes;

        assert_int_equal(send(l->camera, bytes, piece, 0), piece);
        look(l);
    }
}

static int low_water(const struct line *l)
{
    socklen_t size = sizeof(int);
    int value;

    assert_int_equal(getsockopt(l->fd, SOL_SOCKET, SO_RCVLOWAT, &value, &size), 0);
    return value;
}

/* Ten times 10 kB in a second, for three seconds. */
static void stream_100_kb_a_second(struct line *l)
{
    for (int i = 0; i < 30; i++) {
        send_bytes(l, 10000);
        test_mono_us += 100000;
    }
}

static void without_a_gulp_every_byte_is_read_at_once(void **state)
{
    struct line *l = line_new();

    send_bytes(l, 1);
    assert_int_equal(l->heard, 1);
    stream_100_kb_a_second(l);
    assert_int_equal(low_water(l), 1);
    line_free(l);
}

static void the_kernel_collects_as_long_as_a_gulp(void **state)
{
    struct line *l = line_new();

    connection_set_gulp(l->connection, 50);
    stream_100_kb_a_second(l);
    assert_in_range(low_water(l), 4000, 6000); /* of 100 kB in a second, 50 ms */
    connection_set_gulp(l->connection, 0);
    assert_int_equal(low_water(l), 1);
    line_free(l);
}

static void what_is_less_than_a_gulp_is_read_by_the_timer(void **state)
{
    struct line *l = line_new();
    connection_set_gulp(l->connection, 50);
    stream_100_kb_a_second(l);
    send_bytes(l, 300);
    assert_in_range(l->heard, 295000, 299999);
    event_base_loop(loop_base(l->loop), EVLOOP_ONCE); /* until there is something to do */
    assert_int_equal(l->heard, 300300);
    /* then nothing comes: the next byte is read when it is there */
    event_base_loop(loop_base(l->loop), EVLOOP_ONCE);
    assert_int_equal(low_water(l), 1);
    send_bytes(l, 1);
    assert_int_equal(l->heard, 300301);
    line_free(l);
}

static void what_is_not_taken_comes_again(void **state)
{
    struct line *l = line_new();

    l->take = 7;
    send_bytes(l, 10);
    assert_int_equal(l->heard, 7);
    send_bytes(l, 4);
    assert_int_equal(l->heard, 14);
    line_free(l);
}

static void an_end_is_told_once(void **state)
{
    struct line *l = line_new();

    shutdown(l->camera, SHUT_RDWR);
    event_base_loop(loop_base(l->loop), EVLOOP_ONCE);
    look(l);
    assert_int_equal(l->ends, 1);
    assert_false(connection_is_open(l->connection));
    assert_false(connection_send(l->connection, "x", 1));
    line_free(l);
}

static void a_camera_that_does_not_read_fills_only_so_much(void **state)
{
    struct line *l = line_new();
    static char bytes[16 << 10];
    int sent = 0;

    while (sent < 10000 && connection_send(l->connection, bytes, sizeof bytes))
        sent++;
    assert_in_range(sent, 4, 9999);
    line_free(l);
}

static void what_waits_is_sent_when_there_is_room(void **state)
{
    struct line *l = line_new();
    static char bytes[16 << 10];
    size_t sent = 0, came = 0;
    ssize_t got;

    while (connection_send(l->connection, bytes, sizeof bytes))
        sent += sizeof bytes;
    while (came < sent) {
        event_base_loop(loop_base(l->loop), EVLOOP_NONBLOCK);
        got = recv(l->camera, bytes, sizeof bytes, 0);
        assert_true(got > 0);
        came += (size_t)got;
    }
    assert_int_equal(came, sent);
    line_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_gulp_every_byte_is_read_at_once),
        cmocka_unit_test(the_kernel_collects_as_long_as_a_gulp),
        cmocka_unit_test(what_is_less_than_a_gulp_is_read_by_the_timer),
        cmocka_unit_test(what_is_not_taken_comes_again),
        cmocka_unit_test(an_end_is_told_once),
        cmocka_unit_test(a_camera_that_does_not_read_fills_only_so_much),
        cmocka_unit_test(what_waits_is_sent_when_there_is_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
