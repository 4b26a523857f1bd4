#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text.h"
#include "dial.h"

struct scene {
    struct loop *loop;
    struct dialler *dialler;
    struct address address;
    int calls, fd;
    enum dial_end end;
};

static int begin(void **state)
{
    static struct scene s;

    memset(&s, 0, sizeof s);
    s.fd = -1;
    s.loop = loop_new();
    s.dialler = dialler_new(s.loop, NULL);
    *state = &s;
    return 0;
}

static int end(void **state)
{
    struct scene *s = *state;

    if (s->fd >= 0)
        close(s->fd);
    dialler_free(s->dialler);
    loop_free(s->loop);
    return 0;
}

static void on_dialled(void *arg, enum dial_end end, int fd, const char *why)
{
    struct scene *s = arg;

    s->calls++;
    s->end = end;
    s->fd = fd;
}

static int listen_on(int *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    getsockname(fd, (struct sockaddr *)&at, &size);
    *port = ntohs(at.sin_port);
    return fd;
}

static struct dial *dial(struct scene *s, const char *host, int port)
{
    snprintf(s->address.host, sizeof s->address.host, "%s", host);
    s->address.port = (uint16_t)port;
    return dial_start(s->dialler, &s->address, on_dialled, s);
}

static void wait_for_end(struct scene *s)
{
    while (!s->calls)
        event_base_loop(loop_base(s->loop), EVLOOP_ONCE);
}

static void a_literal_address_is_connected_to(void **state)
{
    struct scene *s = *state;
    int port, fd = listen_on(&port), type;
    socklen_t size = sizeof type;

    dial(s, "127.0.0.1", port);
    assert_int_equal(s->calls, 0); /* never before it returns */
    wait_for_end(s);
    assert_int_equal(s->end, DIAL_CONNECTED);
    assert_int_equal(getsockopt(s->fd, SOL_SOCKET, SO_TYPE, &type, &size), 0);
    assert_int_equal(type, SOCK_STREAM);
    close(fd);
}

static void a_name_is_resolved_and_remembered(void **state)
{
    struct scene *s = *state;
    int port, fd = listen_on(&port);

    dial(s, "localhost", port);
    wait_for_end(s);
    assert_int_equal(s->end, DIAL_CONNECTED);
    assert_true(s->address.known_count > 0);
    close(fd);
}

static void a_name_that_is_no_longer_known_keeps_its_address(void **state)
{
    struct scene *s = *state;
    int port, fd = listen_on(&port);
    struct address literal;

    address_read("rtsp://127.0.0.1/", &literal);
    literal.port = (uint16_t)port;
    assert_true(address_is_literal(&literal));
    s->address = literal;
    dial(s, "no-such-host.invalid", port);
    wait_for_end(s);
    assert_int_equal(s->end, DIAL_CONNECTED);
    close(fd);
}

static void a_name_that_nobody_knows_is_told(void **state)
{
    struct scene *s = *state;

    dial(s, "no-such-host.invalid", 554);
    wait_for_end(s);
    assert_int_equal(s->end, DIAL_UNKNOWN_HOST);
    assert_int_equal(s->fd, -1);
}

static void a_closed_port_is_told(void **state)
{
    struct scene *s = *state;
    int port, fd = listen_on(&port);

    close(fd);
    dial(s, "127.0.0.1", port);
    wait_for_end(s);
    assert_int_equal(s->end, DIAL_CLOSED);
}

static void the_next_address_is_tried_when_one_refuses(void **state)
{
    struct scene *s = *state;
    int port, closed_port, fd = listen_on(&port), closed = listen_on(&closed_port);
    struct address first, second;

    close(closed);
    address_read("rtsp://127.0.0.1/", &first);
    second = first;
    first.port = (uint16_t)closed_port;
    second.port = (uint16_t)port;
    address_is_literal(&first);
    address_is_literal(&second);
    s->address.known[0] = first.known[0];
    s->address.known[1] = second.known[0];
    s->address.known_count = 2;
    dial(s, "no-such-host.invalid", port);
    wait_for_end(s);
    assert_int_equal(s->end, DIAL_CONNECTED);
    close(fd);
}

static void one_that_is_stopped_calls_nobody(void **state)
{
    struct scene *s = *state;
    int port, fd = listen_on(&port);

    dial_stop(dial(s, "127.0.0.1", port));
    dial_stop(dial(s, "localhost", port));
    dial_stop(dial(s, "no-such-host.invalid", port));
    dial(s, "127.0.0.1", port);
    wait_for_end(s);
    assert_int_equal(s->calls, 1);
    close(fd);
}

/* The backlog of a listener that accepts nobody fills up; then nothing answers. */
static void a_host_that_answers_nothing_is_given_up_after_five_seconds(void **state)
{
    struct scene *s = *state;
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int full = socket(AF_INET, SOCK_STREAM, 0), held[8];

    assert_int_equal(bind(full, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(full, 0), 0);
    getsockname(full, (struct sockaddr *)&at, &size);
    for (int i = 0; i < 8; i++) {
        held[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(held[i], (struct sockaddr *)&at, size);
    }
    int64_t began_us = clock_mono_us();
    dial(s, "127.0.0.1", ntohs(at.sin_port));
    wait_for_end(s);
    assert_int_equal(s->end, DIAL_NO_ANSWER);
    assert_in_range(clock_mono_us() - began_us, SECONDS_US(4), SECONDS_US(8));
    for (int i = 0; i < 8; i++)
        close(held[i]);
    close(full);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    text_use(LANGUAGE_EN);
    const struct CMUnitTest tests[] = {
        TEST(a_literal_address_is_connected_to),
        TEST(a_name_is_resolved_and_remembered),
        TEST(a_name_that_is_no_longer_known_keeps_its_address),
        TEST(a_name_that_nobody_knows_is_told),
        TEST(a_closed_port_is_told),
        TEST(the_next_address_is_tried_when_one_refuses),
        TEST(one_that_is_stopped_calls_nobody),
        TEST(a_host_that_answers_nothing_is_given_up_after_five_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
