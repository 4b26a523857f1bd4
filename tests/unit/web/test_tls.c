/* The same doors behind TLS, and a certificate that is renewed while they are open. */
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../media/make_mp4.h"
#include "core/memory.h"
#include "house.h"
#include "wire/wire.h"

struct secured {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    bool well;
};

static struct secured secure(struct house *house, int version)
{
    struct secured s = { .fd = house_dial(house),
                         .context = SSL_CTX_new(TLS_client_method()) };

    if (version)
        SSL_CTX_set_max_proto_version(s.context, version);
    /* Old versions are the client's to offer here, and the server's to refuse. */
    SSL_CTX_set_security_level(s.context, 0);
    s.ssl = SSL_new(s.context);
    SSL_set_fd(s.ssl, s.fd);
    s.well = SSL_connect(s.ssl) == 1;
    return s;
}

static void unsecure(struct secured *s)
{
    SSL_free(s->ssl);
    SSL_CTX_free(s->context);
    close(s->fd);
}

static bool write_secured(struct secured *s, const char *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        int n = SSL_write(s->ssl, bytes + sent, (int)(size - sent));
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

/* Reads until `wanted` has come, or the end. */
static bool read_secured(struct secured *s, struct bytes *to, const void *wanted,
                         size_t size)
{
    while (!to->at || !memmem(to->at, to->size, wanted, size)) {
        int n = SSL_read(s->ssl, bytes_reserve(to, 4096), 4096);
        if (n <= 0)
            return false;
        to->size += (size_t)n;
    }
    return true;
}

static void a_page_and_its_stream_come_through_tls(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *init = make_init(false, 30, SECONDS_US(1900000000));
    struct secured s = secure(house, 0);
    struct bytes got = { 0 };
    char *request = xformat("GET /api/live?cameras=gate HTTP/1.1\r\nHost: h\r\n"
                            "Authorization: Bearer %s\r\n\r\n",
                            token);

    assert_true(s.well);
    for (int i = 0; i < 3; i++)
        house_feed(house, GATE, true, init, init->run_us + i * MILLIS_US(500), i == 0,
                   90000);
    assert_true(write_secured(&s, request, strlen(request)));
    assert_true(read_secured(&s, &got, "\"type\":\"hello\"", 14));
    assert_true(read_secured(&s, &got, init->bytes, init->size));
    house_feed(house, GATE, true, init, init->run_us + MILLIS_US(1500), false, 77777);
    uint8_t header[WIRE_HEADER];
    struct wire_header last = { .kind = WIRE_FRAGMENT,
                                .time_us = init->run_us + MILLIS_US(1500) };
    wire_write_header(header, &last);
    assert_true(read_secured(&s, &got, header + 4, WIRE_HEADER - 4));
    unsecure(&s);
    bytes_free(&got);
    init_unref(init);
    free(request);
    free(token);
}

static void a_session_over_tls_is_never_sent_in_the_clear(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct secured s = secure(house, 0);
    struct bytes got = { 0 };
    char *request =
        xformat("POST /api/session HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n"
                "Content-Type: application/json\r\n\r\n{\"token\": \"%s\"}",
                strlen(token) + 13, token);

    assert_true(write_secured(&s, request, strlen(request)));
    assert_true(read_secured(&s, &got, "HttpOnly; SameSite=Strict; Secure", 33));
    unsecure(&s);
    bytes_free(&got);
    free(request);
    free(token);
}

static void a_large_body_is_read_whole_and_a_larger_one_refused(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    static const struct {
        size_t size;
        const char *status;
    } rows[] = {
        { 250 << 10, "HTTP/1.1 400 " }, /* read, and then no JSON */
        { 300 << 10, "HTTP/1.1 413 " },
    };
    char *body = xmalloc(300 << 10);

    memset(body, 'x', 300 << 10);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct secured s = secure(house, 0);
        struct bytes got = { 0 };
        char *request =
            xformat("POST /api/alarm HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n"
                    "Authorization: Bearer %s\r\n\r\n",
                    rows[i].size, token);
        assert_true(write_secured(&s, request, strlen(request)));
        write_secured(&s, body, rows[i].size);
        assert_true(read_secured(&s, &got, rows[i].status, strlen(rows[i].status)));
        unsecure(&s);
        bytes_free(&got);
        free(request);
    }
    free(body);
    free(token);
}

static void requests_sent_in_one_breath_are_all_answered(void **state)
{
    struct house *house = *state;
    struct secured s = secure(house, 0);
    struct bytes got = { 0 }, requests = { 0 };

    for (int i = 0; i < 20; i++)
        bytes_text(&requests, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
    bytes_text(&requests,
               "GET /api/site HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n\r\n"
               "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(write_secured(&s, (char *)requests.at, requests.size));
    assert_true(read_secured(&s, &got, "HTTP/1.1 404 ", 13));
    assert_non_null(memmem(got.at, got.size, "HTTP/1.1 401 ", 13));
    unsecure(&s);
    bytes_free(&got);
    bytes_free(&requests);
}

static void old_versions_of_tls_are_refused(void **state)
{
    struct house *house = *state;
    struct secured old = secure(house, TLS1_1_VERSION),
                   now = secure(house, TLS1_2_VERSION);

    assert_false(old.well);
    assert_true(now.well);
    unsecure(&old);
    unsecure(&now);
}

static long serial_seen(struct house *house)
{
    struct secured s = secure(house, 0);
    X509 *x509 = SSL_get1_peer_certificate(s.ssl);
    long serial = ASN1_INTEGER_get(X509_get0_serialNumber(x509));

    X509_free(x509);
    unsecure(&s);
    return serial;
}

static void on_reload(void *arg)
{
    struct house *house = arg;

    web_reload(house->web, house->settings);
}

static void a_renewed_certificate_is_served_and_a_bad_pair_is_not(void **state)
{
    struct house *house = *state;
    char *key = xformat("%s/key.pem", house->dir);

    assert_int_equal(serial_seen(house), 1);
    house_certify(house, 2);
    house_call(house, on_reload, house);
    assert_int_equal(serial_seen(house), 2);
    house_certify(house, 3);
    FILE *file = fopen(key, "w");
    fputs("no key at all", file);
    fclose(file);
    house_call(house, on_reload, house);
    assert_int_equal(serial_seen(house), 2);
    free(key);
}

#define BEHIND_TLS(test) \
    cmocka_unit_test_setup_teardown(test, house_setup_tls, house_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BEHIND_TLS(a_page_and_its_stream_come_through_tls),
        BEHIND_TLS(a_session_over_tls_is_never_sent_in_the_clear),
        BEHIND_TLS(a_large_body_is_read_whole_and_a_larger_one_refused),
        BEHIND_TLS(requests_sent_in_one_breath_are_all_answered),
        BEHIND_TLS(old_versions_of_tls_are_refused),
        BEHIND_TLS(a_renewed_certificate_is_served_and_a_bad_pair_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
