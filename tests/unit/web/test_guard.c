/* What the guard lets through, line by line; paths; same origin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "guard.h"
#include "inside.h"

static void a_target_is_a_path_of_ours_without_tricks(void **state)
{
    static const struct {
        const char *target;
        enum verdict verdict;
        const char *path;
    } rows[] = {
        { "/", GUARD_FINE, "/" },
        { "/api/cameras/cong-lang", GUARD_FINE, "/api/cameras/cong-lang" },
        { "/api/live?cameras=a,b!sub", GUARD_FINE, "/api/live" },
        { "/a%20b", GUARD_FINE, "/a b" },
        { "/c%E1%BB%95ng", GUARD_FINE, "/cổng" },
        { "/x?y=%2e%2e/", GUARD_FINE, "/x" },
        { "/ui/a.b.css", GUARD_FINE, "/ui/a.b.css" },
        { "/...", GUARD_FINE, "/..." },
        { "", GUARD_TARGET, "" },
        { "*", GUARD_TARGET, "" },
        { "http://h/api", GUARD_TARGET, "" },
        { "h:443", GUARD_TARGET, "" },
        { "//h/api", GUARD_TARGET, "" },
        { "/api//cameras", GUARD_TARGET, "" },
        { "/.", GUARD_TARGET, "" },
        { "/..", GUARD_TARGET, "" },
        { "/a/./b", GUARD_TARGET, "" },
        { "/a/../b", GUARD_TARGET, "" },
        { "/a/%2e%2e/b", GUARD_TARGET, "" },
        { "/a/.%2E/b", GUARD_TARGET, "" },
        { "/a%2fb", GUARD_TARGET, "" },
        { "/a%5cb", GUARD_TARGET, "" },
        { "/a\\b", GUARD_TARGET, "" },
        { "/a%00b", GUARD_TARGET, "" },
        { "/a%0ab", GUARD_TARGET, "" },
        { "/a%7f", GUARD_TARGET, "" },
        { "/a%", GUARD_TARGET, "" },
        { "/a%4", GUARD_TARGET, "" },
        { "/a%zz", GUARD_TARGET, "" },
        { "/a#b", GUARD_TARGET, "" },
        { "/a b", GUARD_TARGET, "" },
        { "/a\tb", GUARD_TARGET, "" },
        { "/a\xc3", GUARD_TARGET, "" },
        { "/a%ff", GUARD_TARGET, "" },
        { "/a%c0%af", GUARD_TARGET, "" },
        { "/a?b=%00", GUARD_TARGET, "" },
        { "/a?b=%", GUARD_TARGET, "" },
        { "/a?b c", GUARD_TARGET, "" },
        { "/a?b=\"", GUARD_TARGET, "" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[PATH_MAX_BYTES];
        const char *query;
        enum verdict verdict = guard_target(rows[i].target, path, &query);
        if (verdict != rows[i].verdict)
            fail_msg("%s: %d", rows[i].target, verdict);
        if (verdict == GUARD_FINE)
            assert_string_equal(path, rows[i].path);
    }
}

static void a_target_has_an_end(void **state)
{
    char *target = xmalloc(TARGET_MAX + 2), path[PATH_MAX_BYTES];
    const char *query;

    memset(target, 'a', TARGET_MAX + 1);
    target[TARGET_MAX + 1] = 0;
    target[0] = '/';
    assert_int_equal(guard_target(target, path, &query), GUARD_TARGET);
    target[PATH_MAX_BYTES] = 0;
    assert_int_equal(guard_target(target, path, &query), GUARD_TARGET);
    target[PATH_MAX_BYTES - 1] = 0;
    assert_int_equal(guard_target(target, path, &query), GUARD_FINE);
    free(target);
}

/* "Name: value" lines as evhttp would hold them. */
static enum verdict headers(const char *const *lines, size_t count, int minor)
{
    struct evkeyvalq list;
    enum verdict verdict;

    TAILQ_INIT(&list);
    for (size_t i = 0; i < count; i++) {
        char *line = xstrdup(lines[i]), *colon = strchr(line, ':');
        *colon = 0;
        struct evkeyval *header = xcalloc(1, sizeof *header);
        header->key = xstrdup(line);
        header->value = xstrdup(colon[1] == ' ' ? colon + 2 : colon + 1);
        TAILQ_INSERT_TAIL(&list, header, next);
        free(line);
    }
    verdict = guard_headers(&list, minor);
    evhttp_clear_headers(&list);
    return verdict;
}

#define HEADERS(minor, ...)                       \
    headers((const char *const[]){ __VA_ARGS__ }, \
            COUNT_OF(((const char *const[]){ __VA_ARGS__ })), minor)

static void a_request_names_one_host(void **state)
{
    assert_int_equal(HEADERS(1, "Host: a"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Host: cam.dongxanh.vn:8443"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Host: [::1]:8080"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Host: [::1]"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Accept: */*"), GUARD_HOST);
    assert_int_equal(HEADERS(0, "Accept: */*"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Host: a", "Host: a"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: a", "host: b"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host:"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: a b"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: a/b"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: a@b"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: a:b"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: a:"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: a:123456"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: [::1"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: []"), GUARD_HOST);
    assert_int_equal(HEADERS(1, "Host: [::1]x"), GUARD_HOST);
}

static void a_body_has_one_length(void **state)
{
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length: 5"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Host: a", "Transfer-Encoding: chunked"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length: 5", "Content-Length: 5"),
                     GUARD_LENGTH);
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length: 5", "content-length: 6"),
                     GUARD_LENGTH);
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length: 5, 5"), GUARD_LENGTH);
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length: +5"), GUARD_LENGTH);
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length: -1"), GUARD_LENGTH);
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length: 0x5"), GUARD_LENGTH);
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length:"), GUARD_LENGTH);
    assert_int_equal(HEADERS(1, "Host: a", "Content-Length: 99999999999999999999"),
                     GUARD_LENGTH);
    assert_int_equal(
        HEADERS(1, "Host: a", "Content-Length: 5", "Transfer-Encoding: chunked"),
        GUARD_LENGTH);
    assert_int_equal(HEADERS(1, "Host: a", "Transfer-Encoding: gzip, chunked"),
                     GUARD_LENGTH);
    assert_int_equal(
        HEADERS(1, "Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        GUARD_LENGTH);
    assert_int_equal(HEADERS(0, "Host: a", "Transfer-Encoding: chunked"), GUARD_LENGTH);
}

static void a_header_is_a_token_and_printable(void **state)
{
    assert_int_equal(HEADERS(1, "Host: a", "X-A: b\tc"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Host: a", "X-A: Cổng"), GUARD_FINE);
    assert_int_equal(HEADERS(1, "Host : a"), GUARD_HEADER);
    assert_int_equal(HEADERS(1, "Host: a", "X A: b"), GUARD_HEADER);
    assert_int_equal(HEADERS(1, "Host: a", ": b"), GUARD_HEADER);
    assert_int_equal(HEADERS(1, "Host: a", "X(A): b"), GUARD_HEADER);
    assert_int_equal(HEADERS(1, "Host: a", "X-A: b\rc"), GUARD_HEADER);
    assert_int_equal(HEADERS(1, "Host: a", "X-A: b\x01"), GUARD_HEADER);
    assert_int_equal(HEADERS(1, "Host: a", "X-A: b\x7f"), GUARD_HEADER);
}

static void headers_are_not_too_many(void **state)
{
    const char *lines[101];

    for (size_t i = 0; i < COUNT_OF(lines); i++)
        lines[i] = "X-A: b";
    lines[0] = "Host: a";
    assert_int_equal(headers(lines, 100, 1), GUARD_FINE);
    assert_int_equal(headers(lines, 101, 1), GUARD_HEADER);
}

static void an_origin_is_the_own_host_or_the_public_one(void **state)
{
    static const struct {
        const char *origin;
        bool own;
    } rows[] = {
        { "http://10.0.0.5:8080", true },
        { "https://10.0.0.5:8080", true },
        { "https://cam.example", true },
        { "http://10.0.0.5", false },
        { "http://10.0.0.5:80801", false },
        { "http://10.0.0.5:8080.evil.example", false },
        { "https://cam.example.evil", false },
        { "https://evil.cam.example", false },
        { "null", false },
        { "", false },
        { "file://10.0.0.5:8080", false },
        { "10.0.0.5:8080", false },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (guard_same_origin(rows[i].origin, "10.0.0.5:8080",
                              "https://cam.example/kengd") != rows[i].own)
            fail_msg("%s", rows[i].origin);
    assert_false(guard_same_origin("https://cam.example", "10.0.0.5:8080", NULL));
    assert_false(guard_same_origin("https://cam.example", NULL, NULL));
}

static void a_pattern_takes_one_identifier_or_one_file(void **state)
{
    static const struct {
        const char *pattern, *path, *arg;
    } rows[] = {
        { "/api/cameras/{id}", "/api/cameras/cong-lang", "cong-lang" },
        { "/api/cameras/{id}", "/api/cameras/", NULL },
        { "/api/cameras/{id}", "/api/cameras/a/b", NULL },
        { "/api/cameras/{id}", "/api/cameras/a.b", NULL },
        { "/api/cameras/{id}", "/api/cameras/a b", NULL },
        { "/api/cameras/{id}/live.mp4", "/api/cameras/a/live.mp4", "a" },
        { "/api/cameras/{id}/live.mp4", "/api/cameras/a/live.mp4x", NULL },
        { "/api/segments/{id}.mp4", "/api/segments/17.mp4", "17" },
        { "/api/segments/{id}.mp4", "/api/segments/.mp4", NULL },
        { "/ui/{file}", "/ui/css/kengd.css", "css/kengd.css" },
        { "/ui/{file}", "/ui/a.b-c_d.js", "a.b-c_d.js" },
        { "/ui/{file}", "/ui/", NULL },
        { "/ui/{file}", "/ui/.git/config", NULL },
        { "/ui/{file}", "/ui/a/.hidden", NULL },
        { "/ui/{file}", "/ui/a..b", NULL },
        { "/ui/{file}", "/ui/a/", NULL },
        { "/", "/", "" },
        { "/", "/x", NULL },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char arg[ROUTE_ARG_MAX];
        bool fits = route_fits(rows[i].pattern, rows[i].path, arg);
        if (fits != (rows[i].arg != NULL))
            fail_msg("%s %s", rows[i].pattern, rows[i].path);
        if (fits)
            assert_string_equal(arg, rows[i].arg);
    }
}

static void every_address_leads_to_its_own_row(void **state)
{
    for (size_t i = 0; i < route_count; i++) {
        char arg[ROUTE_ARG_MAX], *path = xstrdup(routes[i].pattern);
        char *brace = strchr(path, '{');
        bool other_method;
        if (brace) {
            char *rest = xstrdup(strchr(brace, '}') + 1);
            sprintf(brace, "1%s", rest);
            free(rest);
        }
        assert_ptr_equal(route_find(routes[i].method, path, arg, &other_method),
                         &routes[i]);
        free(path);
    }
}

static void an_unknown_method_is_told_from_an_unknown_address(void **state)
{
    char arg[ROUTE_ARG_MAX];
    bool other_method;

    assert_null(route_find(EVHTTP_REQ_POST, "/api/cameras", arg, &other_method));
    assert_true(other_method);
    assert_null(route_find(EVHTTP_REQ_GET, "/api/nothing", arg, &other_method));
    assert_false(other_method);
    assert_non_null(route_find(EVHTTP_REQ_HEAD, "/api/cameras", arg, &other_method));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_a_path_of_ours_without_tricks),
        cmocka_unit_test(a_target_has_an_end),
        cmocka_unit_test(a_request_names_one_host),
        cmocka_unit_test(a_body_has_one_length),
        cmocka_unit_test(a_header_is_a_token_and_printable),
        cmocka_unit_test(headers_are_not_too_many),
        cmocka_unit_test(an_origin_is_the_own_host_or_the_public_one),
        cmocka_unit_test(a_pattern_takes_one_identifier_or_one_file),
        cmocka_unit_test(every_address_leads_to_its_own_row),
        cmocka_unit_test(an_unknown_method_is_told_from_an_unknown_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
