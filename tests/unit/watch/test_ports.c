#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ports.h"

static struct endpoint at_address(const char *text)
{
    struct address address = { .port = 0 };

    strcpy(address.host, text);
    assert_true(address_is_literal(&address));
    return address.known[0];
}

static int port_of(int fd)
{
    struct endpoint at;

    endpoint_of(fd, false, &at);
    return ntohs(((struct sockaddr_in *)&at.at)->sin_port);
}

static int udp_at(const char *text)
{
    struct endpoint at = at_address(text);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at.at, at.size), 0);
    return fd;
}

static void send_to(int from, int port, const char *what)
{
    struct endpoint to = at_address("127.0.0.1");

    ((struct sockaddr_in *)&to.at)->sin_port = htons((uint16_t)port);
    assert_int_equal(sendto(from, what, 1, 0, (struct sockaddr *)&to.at, to.size), 1);
}

static void a_pair_is_even_and_odd(void **state)
{
    struct endpoint here = at_address("127.0.0.1");
    struct ports ports[20];

    for (int i = 0; i < 20; i++) {
        ports[i] = NO_PORTS;
        assert_true(ports_bind(&ports[i], &here, NULL));
        assert_int_equal(ports[i].rtp_port % 2, 0);
        assert_int_equal(port_of(ports[i].rtp), ports[i].rtp_port);
        assert_int_equal(port_of(ports[i].rtcp), ports[i].rtp_port + 1);
    }
    for (int i = 0; i < 20; i++)
        ports_close(&ports[i]);
}

static void only_the_camera_is_heard(void **state)
{
    struct endpoint here = at_address("127.0.0.1"), there = at_address("127.0.0.2");
    struct ports ports = NO_PORTS;
    int camera = udp_at("127.0.0.2"), other = udp_at("127.0.0.3");
    char byte = 0;

    assert_true(ports_bind(&ports, &here, NULL));
    send_to(other, ports.rtp_port, "a"); /* before we are connected */
    assert_true(ports_connect(&ports, &there, port_of(camera), 0, NULL));
    send_to(other, ports.rtp_port, "b");
    send_to(camera, ports.rtp_port, "c");
    assert_int_equal(recv(ports.rtp, &byte, 1, 0), 1);
    assert_int_equal(byte, 'c');
    assert_int_equal(recv(ports.rtp, &byte, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
    /* It did not say from which port RTCP comes: any of its own will do. */
    send_to(other, ports.rtp_port + 1, "d");
    send_to(camera, ports.rtp_port + 1, "e");
    assert_int_equal(recv(ports.rtcp, &byte, 1, 0), 1);
    assert_int_equal(byte, 'e');
    ports_close(&ports);
    close(camera);
    close(other);
}

static void an_address_is_compared_as_one(void **state)
{
    static const struct {
        const char *there, *told;
        bool same;
    } rows[] = {
        { "10.0.0.2", "10.0.0.2", true },
        { "10.0.0.2", "10.0.0.20", false },
        { "10.0.0.2", "::ffff:10.0.0.2", true },
        { "10.0.0.2", "camera", false }, /* names are not asked for */
        { "10.0.0.2", "010.0.0.2", false },
        { "10.0.0.2", "10.0.0.2:22", false },
        { "10.0.0.2", "", false },
        { "fd00::1", "[fd00::1]", true },
        { "fd00::1", "FD00:0:0::1", true },
        { "fd00::1", "[fd00::2]", false },
        { "fd00::1", "[", false },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct endpoint there = at_address(rows[i].there);
        assert_int_equal(endpoint_is_at(&there, rows[i].told), rows[i].same);
    }
}

static void nothing_is_connected_without_a_pair_or_a_camera(void **state)
{
    struct endpoint there = at_address("127.0.0.1"), nowhere = { .size = 0 };
    struct ports ports = NO_PORTS;
    struct error err;

    assert_false(ports_connect(&ports, &there, 1, 2, &err));
    assert_false(ports_bind(&ports, &nowhere, &err));
    assert_true(err.text[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_even_and_odd),
        cmocka_unit_test(only_the_camera_is_heard),
        cmocka_unit_test(an_address_is_compared_as_one),
        cmocka_unit_test(nothing_is_connected_without_a_pair_or_a_camera),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
