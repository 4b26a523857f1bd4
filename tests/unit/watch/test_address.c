#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "address.h"

static void an_address_has_a_host_and_a_port(void **state)
{
    static const struct {
        const char *url, *host;
        int port;
    } rows[] = {
        { "rtsp://192.168.1.20/Streaming/Channels/101", "192.168.1.20", 554 },
        { "rtsp://192.168.1.20:8554/a:b@c", "192.168.1.20", 8554 },
        { "RTSP://cam.xa.vn", "cam.xa.vn", 554 },
        { "rtsp://cam.xa.vn?x=1", "cam.xa.vn", 554 },
        { "rtsp://[fe80::1]:554/x", "fe80::1", 554 },
        { "rtsp://[::1]", "::1", 554 },
        { "rtsps://10.0.0.1/live", "10.0.0.1", 322 },
        { "RTSPS://[::1]:554/live", "::1", 554 },
        { "rtsp://user:secret@10.0.0.1:1/", "10.0.0.1", 1 },
        { "rtsp://user@evil:1@10.0.0.1:65535/", "10.0.0.1", 65535 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address to;
        assert_true(address_read(rows[i].url, &to));
        assert_string_equal(to.host, rows[i].host);
        assert_int_equal(to.port, rows[i].port);
        assert_int_equal(to.tls, strncasecmp(rows[i].url, "rtsps", 5) == 0);
    }
}

static void what_cannot_be_dialled_is_no_address(void **state)
{
    static const char *const wrong[] = {
        "",
        "http://10.0.0.1/",
        "rtsp:/10.0.0.1",
        "rtsp://",
        "rtsp:///x",
        "rtsp://:554/",
        "rtsp://h:0/",
        "rtsp://h:65536/",
        "rtsp://h:-1/",
        "rtsp://h:5x/",
        "rtsp://h:/",
        "rtsp://h:000554/",
        "rtsp://[::1",
        "rtsp://[::1]x/",
        "rtsp://[]/",
        "rtspss://h/",
        "rtsps:///x",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct address to;
        assert_false(address_read(wrong[i], &to));
    }
}

static void a_host_that_is_too_long_is_refused(void **state)
{
    char url[400] = "rtsp://";
    struct address to;

    memset(url + 7, 'a', HOST_MAX - 1);
    assert_true(address_read(url, &to));
    memset(url + 7, 'a', HOST_MAX);
    assert_false(address_read(url, &to));
}

static void a_literal_address_needs_no_name_server(void **state)
{
    struct address to;

    address_read("rtsp://192.168.1.20:8554/", &to);
    assert_true(address_is_literal(&to));
    assert_int_equal(to.known_count, 1);
    const struct sockaddr_in *v4 = (struct sockaddr_in *)&to.known[0].at;
    assert_int_equal(ntohs(v4->sin_port), 8554);
    assert_int_equal(ntohl(v4->sin_addr.s_addr), 0xc0a80114);

    address_read("rtsp://[::1]/", &to);
    assert_true(address_is_literal(&to));
    assert_int_equal(to.known[0].at.ss_family, AF_INET6);
    address_read("rtsp://localhost/", &to);
    assert_false(address_is_literal(&to));
}

static void logins_are_counted_by_host_port_and_user(void **state)
{
    struct address to;
    char place[PLACE_MAX];

    address_read("rtsp://cam.xa.vn/x", &to);
    address_place(&to, "viewer", place);
    assert_string_equal(place, "cam.xa.vn:554 viewer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_a_host_and_a_port),
        cmocka_unit_test(what_cannot_be_dialled_is_no_address),
        cmocka_unit_test(a_host_that_is_too_long_is_refused),
        cmocka_unit_test(a_literal_address_needs_no_name_server),
        cmocka_unit_test(logins_are_counted_by_host_port_and_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
