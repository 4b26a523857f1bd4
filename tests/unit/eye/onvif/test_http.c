#include "check.h"
#include "onvif/http.h"

static void take_text(struct http *h, const char *text)
{
    http_take(h, (const uint8_t *)text, strlen(text));
}

static void a_body_is_read_however_its_bytes_are_cut(void **state)
{
    static const struct {
        const char *answer, *body;
        bool ends; /* with the connection */
    } rows[] = {
        { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", false },
        { "HTTP/1.0 200 OK\nServer: x\n\nhello", "hello", true },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=1\r\nllo\r\n"
          "0\r\nTrailer: y\r\n\r\n",
          "hello", false },
        { "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\nContent-Length: 3\r\n\r\nA\r\n"
          "0123456789\r\n0\r\n\r\n",
          "0123456789", false },
        { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Unauthorized\r\nContent-Length: 0"
          "\r\n\r\n",
          "", false },
        { "HTTP/1.1 204 No Content\r\n\r\n", "", false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t size = strlen(rows[i].answer);
        for (size_t step = 1; step <= size; step += step < 4 ? 1 : size) {
            struct http h = { 0 };
            for (size_t at = 0; at < size; at += step)
                http_take(&h, (const uint8_t *)rows[i].answer + at,
                          at + step < size ? step : size - at);
            if (rows[i].ends) {
                assert_int_equal(h.state, HTTP_TO_THE_END);
                http_ended(&h);
            }
            assert_int_equal(h.state, HTTP_WHOLE);
            assert_int_equal(h.body.size, strlen(rows[i].body));
            assert_memory_equal(h.body.at ? (char *)h.body.at : "", rows[i].body,
                                h.body.size);
            http_clear(&h);
        }
    }
}

static void what_is_above_a_limit_or_no_http_is_broken_not_kept(void **state)
{
    static const char *const rows[] = {
        "SSH-2.0-x\r\n\r\n",
        "RTP nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    };
    struct http h = { 0 };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        take_text(&h, rows[i]);
        assert_int_equal(h.state, HTTP_BROKEN);
        assert_non_null(h.wrong);
        http_clear(&h);
    }
    take_text(&h, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 5000 && h.state == HTTP_HEAD; i++)
        take_text(&h, "X-Long: 0123456789\r\n");
    assert_int_equal(h.state, HTTP_BROKEN);
    http_clear(&h);
    take_text(&h, "HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < 100000 && h.state != HTTP_BROKEN; i++)
        take_text(&h, "0123456789");
    assert_int_equal(h.state, HTTP_BROKEN);
    assert_true(h.body.size <= HTTP_BODY_MAX);
    http_clear(&h);
    for (int i = 0; i < 50 && h.state != HTTP_BROKEN; i++)
        take_text(&h, "HTTP/1.1 102 Processing\r\n\r\n");
    assert_int_equal(h.state, HTTP_BROKEN);
    http_clear(&h);
}

static void an_answer_that_breaks_off_says_so(void **state)
{
    struct http h = { 0 };

    http_ended(&h);
    assert_string_equal(h.wrong, "closed without an answer");
    http_clear(&h);
    take_text(&h, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    http_ended(&h);
    assert_string_equal(h.wrong, "the answer broke off");
    http_clear(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_read_however_its_bytes_are_cut),
        cmocka_unit_test(what_is_above_a_limit_or_no_http_is_broken_not_kept),
        cmocka_unit_test(an_answer_that_breaks_off_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
