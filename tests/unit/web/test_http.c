/* Who may, what is refused, and that every address keeps to it, over real sockets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/memory.h"
#include "house.h"

/* A pattern with something in the place of {id} or {file}. */
static char *target_of(const struct route *route, const char *id)
{
    const char *brace = strchr(route->pattern, '{');
    const char *query = "";

    if (strstr(route->pattern, "recordings") || strstr(route->pattern, "playback.m3u8") ||
        strstr(route->pattern, "fragments") || strstr(route->pattern, "}/clip.mp4"))
        query = "?from=1000000000&to=1000000060";
    else if (strcmp(route->pattern, "/api/live") == 0)
        query = "?cameras=gate";
    if (!brace)
        return xformat("%s%s", route->pattern, query);
    return xformat("%.*s%s%s%s", (int)(brace - route->pattern), route->pattern, id,
                   strchr(brace, '}') + 1, query);
}

static const char *method_of(const struct route *route)
{
    return route->method == EVHTTP_REQ_GET    ? "GET"
           : route->method == EVHTTP_REQ_POST ? "POST"
                                              : "DELETE";
}

/* Only the status: some of the answers have no end. */
static int status_of(struct house *house, const struct route *route, const char *id,
                     const char *token)
{
    int fd = house_dial(house);
    char *target = target_of(route, id);

    send_text(fd,
              "%s %s HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.9\r\n"
              "Content-Type: application/json\r\nContent-Length: 2\r\n",
              method_of(route), target);
    if (token)
        send_text(fd, "Authorization: Bearer %s\r\n", token);
    send_text(fd, "\r\n{}");
    struct answer answer = read_head(fd);
    int status = answer.status;
    answer_clear(&answer);
    close(fd);
    free(target);
    return status;
}

static void nobody_gets_anything_but_pages_and_the_way_in(void **state)
{
    struct house *house = *state;

    for (size_t i = 0; i < route_count; i++) {
        int status = status_of(house, &routes[i], "gate", NULL);
        int wanted = routes[i].right == RIGHT_CONTROL ? 404 : 401;
        if (routes[i].right == RIGHT_OPEN)
            continue;
        if (status != wanted)
            fail_msg("%s %s: %d", method_of(&routes[i]), routes[i].pattern, status);
    }
}

static void only_these_addresses_are_open(void **state)
{
    static const char *const open[] = {
        "/",      "/screen",    "/phone",   "/console",
        "/enter", "/ui/{file}", "/healthz", "/api/session", "/api/pair", "/api/screens/code", "/p/{id}",
        "/pair",  "/sw.js",    "/shared",  "/api/shared",
        "/api/shared/{id}/snapshot.jpg", "/api/shared/{id}/clip.mp4"
    };

    for (size_t i = 0; i < route_count; i++) {
        bool listed = false;
        for (size_t k = 0; k < COUNT_OF(open); k++)
            listed = listed || strcmp(routes[i].pattern, open[k]) == 0;
        assert_int_equal(listed, routes[i].right == RIGHT_OPEN);
    }
}

static void no_row_has_forgotten_its_right(void **state)
{
    for (size_t i = 0; i < route_count; i++)
        assert_int_not_equal(routes[i].right, RIGHT_NOBODY);
}

static void a_camera_of_another_hamlet_does_not_exist(void **state)
{
    struct house *house = *state;
    char *tokens[] = {
        house_token(house, "{\"screen\": \"screen-dong\"}", NULL),
        house_token(house, "{\"person\": \"head-dong\"}", NULL),
        house_token(house, "{\"role\": \"staff\", \"area\": \"thon-dong\"}", NULL),
        house_token(house, "{\"role\": \"admin\", \"area\": \"thon-dong\"}", NULL),
    };

    for (size_t t = 0; t < COUNT_OF(tokens); t++) {
        for (size_t i = 0; i < route_count; i++) {
            if (routes[i].scope != SCOPE_CAMERA)
                continue;
            assert_int_equal(status_of(house, &routes[i], "lane", tokens[t]), 404);
            assert_int_equal(status_of(house, &routes[i], "nowhere", tokens[t]), 404);
        }
        free(tokens[t]);
    }
}

static void a_role_has_its_rights_and_no_others(void **state)
{
    struct house *house = *state;
    static const struct {
        const char *body;
        unsigned may;
    } roles[] = {
        { "{\"screen\": \"screen-dong\"}", 1 << RIGHT_VIEW },
        { "{\"person\": \"head-dong\"}",
          1 << RIGHT_VIEW | 1 << RIGHT_ANSWER | 1 << RIGHT_RAISE | 1 << RIGHT_PAIR },
        { "{\"person\": \"duty\"}",
          1 << RIGHT_VIEW | 1 << RIGHT_ANSWER | 1 << RIGHT_RAISE | 1 << RIGHT_PLAYBACK |
              1 << RIGHT_EXPORT },
        { "{\"person\": \"boss\"}", 1 << RIGHT_VIEW | 1 << RIGHT_ANSWER |
                                        1 << RIGHT_RAISE | 1 << RIGHT_PLAYBACK |
                                        1 << RIGHT_EXPORT | 1 << RIGHT_PAIR |
                                        1 << RIGHT_MANAGE | 1 << RIGHT_DEBUG |
                                        1 << RIGHT_PROBE },
        { "{\"role\": \"admin\", \"area\": \"thon-dong\"}",
          1 << RIGHT_VIEW | 1 << RIGHT_ANSWER | 1 << RIGHT_RAISE | 1 << RIGHT_PLAYBACK |
              1 << RIGHT_EXPORT | 1 << RIGHT_PAIR | 1 << RIGHT_DEBUG },
    };

    for (size_t r = 0; r < COUNT_OF(roles); r++) {
        char *token = house_token(house, roles[r].body, NULL);
        for (size_t i = 0; i < route_count; i++) {
            const struct route *route = &routes[i];
            bool may = roles[r].may & (1 << route->right);
            /* Rows that do not exist are 404 for everybody; pictures take five seconds.
             */
            if (route->right == RIGHT_OPEN || route->scope == SCOPE_ROW ||
                strstr(route->pattern, "latest.jpg") ||
                strstr(route->pattern, "clip.mp4"))
                continue;
            int status = status_of(house, route, "gate", token);
            if (may ? status == 401 || status == 403 || status == 404 : status != 404)
                fail_msg("%s, %s %s: %d", roles[r].body, method_of(route), route->pattern,
                         status);
        }
        free(token);
    }
}

static void lists_show_only_what_lies_in_the_own_areas(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct answer areas = house_ask(house, "GET", "/api/areas", token, NULL, NULL);
    struct answer cameras = house_ask(house, "GET", "/api/cameras", token, NULL, NULL);
    struct answer site = house_ask(house, "GET", "/api/site", token, NULL, NULL);

    assert_string_equal((char *)areas.body.at,
                        "{\"areas\":[{\"id\":\"thon-dong\",\"name\":\"Thon Dong\","
                        "\"within\":null}]}");
    assert_non_null(strstr((char *)cameras.body.at, "\"id\":\"gate\""));
    assert_null(strstr((char *)cameras.body.at, "lane"));
    assert_null(strstr((char *)cameras.body.at, "192.0.2"));
    assert_null(strstr((char *)cameras.body.at, "forged"));
    assert_non_null(strstr((char *)site.body.at, "\"recording\":1,\"cameras\":1"));
    assert_non_null(strstr((char *)site.body.at, "\"dia-hai\""));
    assert_null(strstr((char *)site.body.at, "/srv/hai"));
    assert_non_null(
        strstr((char *)site.body.at, "\"may\":[\"view\",\"answer\",\"raise\",\"pair\"]"));
    answer_clear(&areas);
    answer_clear(&cameras);
    answer_clear(&site);
    free(token);
}

static void a_person_is_told_when_their_phones_are_quiet(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct answer site = house_ask(house, "GET", "/api/site", token, NULL, NULL);

    assert_non_null(strstr((char *)site.body.at,
                           "\"quiet\":[{\"of\":null,\"from\":\"22:00\",\"to\":\"05:00\","
                           "\"days\":[0,1,2,3,4]},{\"of\":\"Thon Dong\",\"from\":\"23:00\","
                           "\"to\":\"04:00\",\"days\":[]}]"));
    answer_clear(&site);
    free(token);
}

static void a_screen_knows_which_one_it_is(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"screen\": \"screen-dong\"}", NULL);
    struct answer site = house_ask(house, "GET", "/api/site", token, NULL, NULL);

    assert_non_null(strstr((char *)site.body.at, "\"screen\":{\"id\":\"screen-dong\""));
    answer_clear(&site);
    free(token);
}

static void the_pages_are_in_the_program(void **state)
{
    struct house *house = *state;
    static const char *const pages[] = { "/", "/screen", "/phone", "/console", "/enter" };

    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        struct answer page = house_ask(house, "GET", pages[i], NULL, NULL, NULL);
        assert_int_equal(page.status, 200);
        assert_string_equal(answer_header(&page, "Content-Type"),
                            "text/html; charset=utf-8");
        assert_non_null(strstr((char *)page.body.at, "<!doctype html>"));
        char *known = xformat("If-None-Match: %s\r\n", answer_header(&page, "ETag"));
        struct answer again = house_ask(house, "GET", pages[i], NULL, known, NULL);
        assert_int_equal(again.status, 304);
        assert_int_equal(again.body.size, 0);
        answer_clear(&page);
        answer_clear(&again);
        free(known);
    }
}

static void pages_from_disk_stay_below_their_folder(void **state)
{
    struct house *house = *state;
    char *link = xformat("%s/run/link.txt", house->dir),
         *page = xformat("%s/run/a.txt", house->dir);
    char *folder = xformat("%s/run", house->dir);
    FILE *file = fopen(page, "w");

    fputs("edited", file);
    fclose(file);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    house->web->ui_dir = folder;
    struct answer good = house_ask(house, "GET", "/ui/a.txt", NULL, NULL, NULL);
    struct answer linked = house_ask(house, "GET", "/ui/link.txt", NULL, NULL, NULL);
    struct answer socket = house_ask(house, "GET", "/ui/kengctl.sock", NULL, NULL, NULL);
    assert_string_equal((char *)good.body.at, "edited");
    assert_int_equal(linked.status, 404);
    assert_int_equal(socket.status, 404);
    answer_clear(&good);
    answer_clear(&linked);
    answer_clear(&socket);
    free(link);
    free(page);
    free(folder);
}

static void a_large_body_is_read_whole_and_a_larger_one_refused(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *body = xcalloc(1, (300 << 10) + 1);

    memset(body, 'x', 300 << 10);
    struct answer larger = house_ask(house, "POST", "/api/alarm", token, NULL, body);
    body[250 << 10] = 0;
    struct answer large = house_ask(house, "POST", "/api/alarm", token, NULL, body);
    assert_int_equal(large.status, 400);
    assert_non_null(strstr((char *)large.body.at, "\"code\":\"bad_body\""));
    assert_int_equal(larger.status, 413);
    answer_clear(&large);
    answer_clear(&larger);
    free(body);
    free(token);
}

/* ---- the guard on the wire ------------------------------------------------------------
 */

/* The status, and whether the connection was closed behind it. */
static int status_of_bytes(struct house *house, const char *bytes, bool *closed)
{
    int fd = house_dial(house);
    char byte;

    send_all(fd, bytes, strlen(bytes));
    struct answer answer = read_answer(fd);
    int status = answer.status;
    *closed = recv(fd, &byte, 1, 0) == 0;
    answer_clear(&answer);
    close(fd);
    return status;
}

static void what_two_readers_could_understand_differently_is_refused(void **state)
{
    struct house *house = *state;
    static const char *const requests[] = {
        "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET http://other/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET //other/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /ui/..%2fkengd.yaml HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /ui/../kengd.yaml HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
        "Content-Length: 3\r\n\r\n{} ",
        "POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };

    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        bool closed;
        int status = status_of_bytes(house, requests[i], &closed);
        if (status != 400 || !closed)
            fail_msg("%s: %d, closed %d", requests[i], status, closed);
    }
}

static void an_answer_carries_the_headers_that_protect_a_page(void **state)
{
    struct house *house = *state;
    struct answer answer = house_ask(house, "GET", "/healthz", NULL, NULL, NULL);

    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer_header(&answer, "Content-Security-Policy"),
                           "frame-ancestors 'none'"));
    assert_null(
        strstr(answer_header(&answer, "Content-Security-Policy"), "unsafe-inline"));
    assert_string_equal(answer_header(&answer, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(answer_header(&answer, "Cache-Control"), "no-store");
    answer_clear(&answer);
}

static void a_connection_is_used_again_and_head_has_no_body(void **state)
{
    struct house *house = *state;
    int fd = house_dial(house);

    for (int i = 0; i < 3; i++) {
        send_text(fd, "HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
        struct answer head = read_head(fd);
        assert_int_equal(head.status, 200);
        assert_string_equal(answer_header(&head, "Content-Length"), "11");
        answer_clear(&head);
        send_text(fd, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
        struct answer whole = read_answer(fd);
        assert_string_equal((char *)whole.body.at, "{\"ok\":true}");
        answer_clear(&whole);
    }
    close(fd);
}

/* 64 may stand open; each further one takes the place of the one that was silent longest.
 */
static void one_address_cannot_take_all_connections(void **state)
{
    struct house *house = *state;
    int fds[70];
    char byte;

    for (int i = 0; i < 70; i++) {
        fds[i] = house_dial(house);
        send_text(fds[i], "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
        struct answer answer = read_answer(fds[i]);
        assert_int_equal(answer.status, 200);
        answer_clear(&answer);
    }
    for (int i = 0; i < 70; i++) {
        assert_int_equal(recv(fds[i], &byte, 1, i < 6 ? 0 : MSG_DONTWAIT),
                         i < 6 ? 0 : -1);
        close(fds[i]);
    }
}

static int probe_status(struct house *house, const char *path, const char *headers)
{
    struct answer answer = house_ask(house, "GET", path, "wrong", headers, NULL);
    int status = answer.status;

    answer_clear(&answer);
    return status;
}

static void behind_a_proxy_everybody_has_an_address_of_their_own(void **state)
{
    struct house *house = *state;
    int fds[80];

    for (int i = 0; i < 5; i++)
        assert_int_equal(
            probe_status(house, "/api/site", "X-Forwarded-For: 192.0.2.7, 198.51.100.1\r\n"),
            401);
    assert_int_equal(probe_status(house, "/api/site", "X-Forwarded-For: 198.51.100.1\r\n"), 429);
    assert_int_equal(probe_status(house, "/api/site", "X-Forwarded-For: 198.51.100.2\r\n"), 401);
    /* A proxy that says nothing is not this machine either. */
    assert_int_equal(probe_status(house, "/metrics", NULL), 401);

    for (int i = 0; i < 80; i++) {
        fds[i] = house_dial(house);
        send_text(fds[i], "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
        struct answer answer = read_answer(fds[i]);
        assert_int_equal(answer.status, 200);
        answer_clear(&answer);
    }
    char byte;
    for (int i = 0; i < 80; i++) {
        assert_int_equal(recv(fds[i], &byte, 1, MSG_DONTWAIT), -1);
        close(fds[i]);
    }
}

static void half_requests_of_a_neighbour_keep_nobody_from_coming_in(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    int fds[200];

    for (int i = 0; i < 200; i++) {
        fds[i] = house_dial(house);
        send_all(fds[i], "POST /api/session HTTP/1.1\r\nHo", 30);
        if (i % 20 != 19)
            continue;
        struct answer answer = house_ask(house, "GET", "/api/site", token, NULL, NULL);
        assert_int_equal(answer.status, 200);
        answer_clear(&answer);
    }
    for (int i = 0; i < 200; i++)
        close(fds[i]);
    free(token);
}

/* ---- coming in ------------------------------------------------------------------------
 */

static char *come_in(struct house *house, const char *token)
{
    char *body = xformat("{\"token\": \"%s\"}", token);
    struct answer answer = house_ask(house, "POST", "/api/session", NULL,
                                     "Content-Type: application/json\r\n", body);

    assert_int_equal(answer.status, 204);
    const char *cookie = answer_header(&answer, "Set-Cookie");
    assert_non_null(strstr(cookie, "HttpOnly; SameSite=Strict"));
    char *session = xformat("Cookie: a=b; %.*s\r\n", (int)strcspn(cookie, ";"), cookie);
    answer_clear(&answer);
    free(body);
    return session;
}

static int status_with(struct house *house, const char *method, const char *target,
                       const char *more, const char *body)
{
    struct answer answer = house_ask(house, method, target, NULL, more, body);
    int status = answer.status;

    answer_clear(&answer);
    return status;
}

static void a_link_token_becomes_a_session_that_ends_with_it(void **state)
{
    struct house *house = *state;
    char *id, *token = house_token(house, "{\"person\": \"head-dong\"}", &id);
    char *cookie = come_in(house, token);
    char *target = xformat("/api/control/tokens/%s", id);

    assert_int_equal(status_with(house, "GET", "/api/site", cookie, NULL), 200);
    struct answer revoked = house_ask_control(house, "DELETE", target, NULL);
    assert_int_equal(revoked.status, 204);
    assert_int_equal(status_with(house, "GET", "/api/site", cookie, NULL), 401);
    answer_clear(&revoked);
    free(target);
    free(cookie);
    free(token);
    free(id);
}

static void a_session_ends_without_its_link_token(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *cookie = come_in(house, token);
    char *headers = xformat("%sContent-Type: application/json\r\n", cookie);

    assert_int_equal(status_with(house, "DELETE", "/api/session", headers, NULL), 204);
    assert_int_equal(status_with(house, "GET", "/api/site", cookie, NULL), 401);
    struct answer still = house_ask(house, "GET", "/api/site", token, NULL, NULL);
    assert_int_equal(still.status, 200);
    answer_clear(&still);
    free(headers);
    free(cookie);
    free(token);
}

static void a_page_of_another_site_changes_nothing(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *cookie = come_in(house, token);
    static const struct {
        const char *more;
        int status;
    } rows[] = {
        { "Content-Type: text/plain\r\n", 403 },
        { "Content-Type: application/x-www-form-urlencoded\r\n", 403 },
        { "", 403 },
        { "Content-Type: application/json\r\nOrigin: https://evil.example\r\n", 403 },
        { "Content-Type: application/json\r\nOrigin: null\r\n", 403 },
        { "Content-Type: application/json\r\nOrigin: http://127.0.0.1.evil.example\r\n",
          403 },
        { "Content-Type: application/json\r\nOrigin: http://127.0.0.1\r\n", 200 },
        { "Content-Type: application/json\r\nOrigin: https://cam.example\r\n", 200 },
        { "Content-Type: application/json\r\n", 200 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *headers = xformat("%s%s", cookie, rows[i].more);
        house->door[0] = 0;
        assert_int_equal(status_with(house, "POST", "/api/alarm", headers,
                                     "{\"area\": \"thon-dong\", \"note\": \"fire\"}"),
                         rows[i].status);
        assert_string_equal(house->door, rows[i].status == 200 ? "raise" : "");
        free(headers);
    }
    assert_string_equal(house->who, "Head of Dong");
    assert_string_equal(house->note, "fire");
    free(cookie);
    free(token);
}

static void guessing_is_stopped_but_locks_out_nobody_with_a_right_token(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *late = house_token(house, "{\"person\": \"duty\"}", NULL);
    struct answer known = house_ask(house, "GET", "/api/site", token, NULL, NULL), wrong,
                  shut;

    for (int i = 0; i < 4; i++) {
        struct answer answer = house_ask(house, "GET", "/api/site", "wrong", NULL, NULL);
        assert_int_equal(answer.status, 401);
        answer_clear(&answer);
    }
    wrong = house_ask(house, "GET", "/api/site", "wrong", NULL, NULL);
    shut = house_ask(house, "GET", "/api/site", "wrong", NULL, NULL);
    assert_int_equal(wrong.status, 401);
    assert_int_equal(shut.status, 429);
    assert_string_equal((char *)wrong.body.at, (char *)shut.body.at);
    answer_clear(&known);
    known = house_ask(house, "GET", "/api/site", late, NULL, NULL);
    assert_int_equal(known.status, 200);
    answer_clear(&known);
    known = house_ask(house, "GET", "/api/site", token, NULL, NULL);
    assert_int_equal(known.status, 200);
    answer_clear(&known);
    answer_clear(&wrong);
    answer_clear(&shut);
    free(token);
    free(late);
}

static void a_revoked_phone_that_goes_on_asking_locks_nobody_out(void **state)
{
    struct house *house = *state;
    char *id, *token = house_token(house, "{\"person\": \"head-dong\"}", &id);
    char *other = house_token(house, "{\"person\": \"duty\"}", NULL);
    char *target = xformat("/api/control/tokens/%s", id);
    struct answer answer = house_ask_control(house, "DELETE", target, NULL);

    answer_clear(&answer);
    for (int i = 0; i < 10; i++) {
        answer = house_ask(house, "GET", "/api/site", token, NULL, NULL);
        assert_int_equal(answer.status, 401);
        answer_clear(&answer);
    }
    answer = house_ask(house, "GET", "/api/site", other, NULL, NULL);
    assert_int_equal(answer.status, 200);
    answer_clear(&answer);
    free(target);
    free(token);
    free(other);
    free(id);
}

static void an_alarm_stays_within_the_own_areas(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    static const struct {
        const char *body;
        int status;
    } rows[] = {
        { "{\"area\": \"thon-dong\"}", 200 },
        { "{\"camera\": \"gate\"}", 200 },
        { "{\"area\": \"thon-tay\"}", 404 },
        { "{\"camera\": \"lane\"}", 404 },
        { "{\"area\": \"xa\"}", 404 },
        { "{}", 400 },
        { "{\"area\": \"thon-dong\", \"camera\": \"gate\"}", 400 },
        { "{\"area\": \"thon-dong\", \"note\": 5}", 400 },
        { "[]", 400 },
        { "{\"area\": ", 400 },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct answer answer =
            house_ask(house, "POST", "/api/alarm", token, NULL, rows[i].body);
        if (answer.status != rows[i].status)
            fail_msg("%s: %d", rows[i].body, answer.status);
        answer_clear(&answer);
    }
    free(token);
}

static void kengctl_is_an_admin_of_everything(void **state)
{
    struct house *house = *state;
    struct answer status = house_ask_control(house, "GET", "/api/control/status", NULL);
    struct answer reload = house_ask_control(house, "POST", "/api/control/reload", "{}");
    struct answer loud = house_ask_control(
        house, "GET", "/api/control/explain?camera=gate&severity=loud", NULL);
    assert_int_equal(loud.status, 400);
    answer_clear(&loud);
    struct answer tokens = house_ask_control(house, "GET", "/api/control/tokens", NULL);
    struct answer wrong = house_ask_control(house, "POST", "/api/control/tokens",
                                            "{\"role\": \"official\"}");

    assert_int_equal(status.status, 200);
    assert_non_null(strstr((char *)status.body.at, "\"id\":\"lane\""));
    assert_non_null(
        strstr((char *)reload.body.at, "\"changed\":[\"camera gate: changed\"]"));
    assert_string_equal((char *)tokens.body.at,
                        "{\"tokens\":[],\"time_zone\":\"Asia/Ho_Chi_Minh\"}");
    assert_int_equal(wrong.status, 422);
    assert_non_null(strstr((char *)wrong.body.at, "\"field\":\"area\""));
    answer_clear(&status);
    answer_clear(&reload);
    answer_clear(&tokens);
    answer_clear(&wrong);
}

static void holds_stay_within_the_own_areas(void **state)
{
    struct house *house = *state;
    static const struct {
        const char *body;
        int status;
        const char *says;
    } rows[] = {
        { "{\"camera\":\"lane\"}", 404, "\"field\":\"camera\"" },
        { "{\"camera\":\"gate\"}", 422, "\"field\":\"from\"" },
        { "{\"camera\":\"gate\",\"from\":\"2026-02-30\"}", 422, "\"field\":\"from\"" },
        { "{\"camera\":\"gate\",\"from\":\"2026-11-21\",\"to\":\"noon\"}", 422,
          "\"field\":\"to\"" },
        { "{\"camera\":\"gate\",\"from\":\"2026-11-21\",\"to\":\"2026-11-21 14:00\","
          "\"until\":\"2027-01-01\"}", 422, "\"field\":\"reason\"" },
        /* Midnight, two in the afternoon, and the end of the day, in Vietnam. */
        { "{\"camera\":\"gate\",\"from\":\"2026-11-21\",\"to\":\"2026-11-21 14:00\","
          "\"until\":\"2027-01-01\",\"reason\":\"theft\"}", 201,
          "{\"from\":1795194000000000,\"to\":1795244400000000,\"until\":1798822800000000}" },
    };
    char *token = house_token(house, "{\"role\": \"staff\", \"area\": \"thon-dong\"}", NULL);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct answer answer = house_ask(house, "POST", "/api/holds", token, NULL, rows[i].body);
        assert_int_equal(answer.status, rows[i].status);
        if (!strstr((char *)answer.body.at, rows[i].says))
            fail_msg("%s", (char *)answer.body.at);
        answer_clear(&answer);
    }
    assert_string_equal(house->door, "hold");
    assert_string_equal(house->object, "gate");
    assert_string_equal(house->note, "theft");
    struct answer list = house_ask(house, "GET", "/api/holds", token, NULL, NULL);
    struct answer other = house_ask(house, "DELETE", "/api/holds/01L", token, NULL, NULL);
    struct answer own = house_ask(house, "DELETE", "/api/holds/01G", token, NULL, NULL);
    assert_string_equal((char *)list.body.at,
                        "{\"holds\":[{\"id\":\"01G\",\"camera\":\"gate\"}]}");
    assert_int_equal(other.status, 404);
    assert_int_equal(own.status, 200);
    assert_string_equal(house->object, "01G");
    answer_clear(&list);
    answer_clear(&other);
    answer_clear(&own);
    free(token);
}

static void a_port_that_is_taken_is_named(void **state)
{
    struct house *house = *state;
    struct settings *set = (struct settings *)house->settings;
    struct error err = { 0 };
    struct web_setup setup = { .settings = set,
                               .loop = house->loop,
                               .duties = house->duties,
                               .reads = house->reads };
    char *before = set->web.listen[0], wanted[200];

    house_pause(house);
    set->web.listen[0] = xformat("127.0.0.1:%d", house->port);
    assert_null(web_open(&setup, &err));
    snprintf(wanted, sizeof wanted,
             "cannot listen on %s: it is in use by another program", set->web.listen[0]);
    assert_string_equal(err.text, wanted);
    free(set->web.listen[0]);
    set->web.listen[0] = before;
    house_resume(house);
}

#define IN_A_HOUSE(test) \
    cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_HOUSE(nobody_gets_anything_but_pages_and_the_way_in),
        cmocka_unit_test(only_these_addresses_are_open),
        cmocka_unit_test(no_row_has_forgotten_its_right),
        IN_A_HOUSE(a_camera_of_another_hamlet_does_not_exist),
        IN_A_HOUSE(a_role_has_its_rights_and_no_others),
        IN_A_HOUSE(lists_show_only_what_lies_in_the_own_areas),
        IN_A_HOUSE(a_person_is_told_when_their_phones_are_quiet),
        IN_A_HOUSE(a_screen_knows_which_one_it_is),
        IN_A_HOUSE(the_pages_are_in_the_program),
        IN_A_HOUSE(pages_from_disk_stay_below_their_folder),
        IN_A_HOUSE(a_large_body_is_read_whole_and_a_larger_one_refused),
        IN_A_HOUSE(what_two_readers_could_understand_differently_is_refused),
        IN_A_HOUSE(an_answer_carries_the_headers_that_protect_a_page),
        IN_A_HOUSE(a_connection_is_used_again_and_head_has_no_body),
        IN_A_HOUSE(one_address_cannot_take_all_connections),
        cmocka_unit_test_setup_teardown(behind_a_proxy_everybody_has_an_address_of_their_own,
                                        house_setup_proxy, house_teardown),
        IN_A_HOUSE(half_requests_of_a_neighbour_keep_nobody_from_coming_in),
        IN_A_HOUSE(a_link_token_becomes_a_session_that_ends_with_it),
        IN_A_HOUSE(a_session_ends_without_its_link_token),
        IN_A_HOUSE(a_page_of_another_site_changes_nothing),
        IN_A_HOUSE(guessing_is_stopped_but_locks_out_nobody_with_a_right_token),
        IN_A_HOUSE(a_revoked_phone_that_goes_on_asking_locks_nobody_out),
        IN_A_HOUSE(an_alarm_stays_within_the_own_areas),
        IN_A_HOUSE(holds_stay_within_the_own_areas),
        IN_A_HOUSE(kengctl_is_an_admin_of_everything),
        IN_A_HOUSE(a_port_that_is_taken_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
