/* The page's one stream, live.mp4, pictures and the feed, over real sockets. */
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../media/make_mp4.h"
#include "core/memory.h"
#include "guests.h"
#include "media/mp4.h"
#include "store/access_rows.h"
#include "view.h"
#include "viewer.h"

enum { SMALL = 1000, LARGE = 100000 };

static const int64_t BEGIN_US = SECONDS_US(1900000000);

static int64_t half_seconds(int count)
{
    return BEGIN_US + count * MILLIS_US(500);
}

/* A keyframe every second, `count` fragments from `first` on. */
static void feed(struct house *house, const struct init *init, int first, int count,
                 uint32_t size)
{
    for (int i = first; i < first + count; i++)
        house_feed(house, GATE, true, init, half_seconds(i), i % 2 == 0, size);
}

static bool nobody_looks(struct house *house)
{
    return LIST_EMPTY(&house->web->viewers) && guests_count(house->web->guests) == 0;
}

static void who_joins_gets_hello_then_init_then_the_last_keyframe(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *init = make_init(false, 30, BEGIN_US);

    feed(house, init, 0, 4, SMALL);
    struct view view = view_open(house, token, "gate,lane,nowhere");
    view_expect(&view, WIRE_NOTE, 0);
    json_t *hello = json_loadb((char *)view.body.at, view.header.size, 0, NULL);
    json_t *cameras = json_object_get(hello, "cameras");
    assert_string_equal(json_string_value(json_object_get(hello, "type")), "hello");
    assert_int_equal(json_array_size(cameras), 3);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(cameras, 0), "id")), "gate");
    assert_true(json_is_null(json_array_get(cameras, 1)));
    assert_true(json_is_null(json_array_get(cameras, 2)));
    json_decref(hello);

    view_expect(&view, WIRE_INIT, 0);
    assert_int_equal(view.body.at[0], strlen(init->codecs));
    assert_memory_equal(view.body.at + 1, init->codecs, strlen(init->codecs));
    assert_memory_equal(view.body.at + 1 + strlen(init->codecs), init->bytes, init->size);
    view_expect(&view, WIRE_FRAGMENT, 0);
    assert_int_equal(view.header.flags, WIRE_KEY);
    assert_int_equal(view.header.time_us, half_seconds(2));
    view_expect(&view, WIRE_FRAGMENT, 0);
    assert_int_equal(view.header.flags, 0);

    house_feed(house, LANE, true, init, half_seconds(4), true, SMALL);
    feed(house, init, 4, 1, SMALL);
    view_expect(&view, WIRE_FRAGMENT, 0);
    assert_int_equal(view.header.time_us, half_seconds(4));
    view_close(&view);
    init_unref(init);
    free(token);
}

static void a_screen_without_cameras_is_told_of_alerts(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct view view = view_open(house, token, "");

    view_expect(&view, WIRE_NOTE, 0);
    json_t *hello = json_loadb((char *)view.body.at, view.header.size, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(hello, "type")), "hello");
    assert_int_equal(json_array_size(json_object_get(hello, "cameras")), 0);
    json_decref(hello);
    view_close(&view);
    free(token);
}

static void a_new_run_begins_with_its_init_and_a_keyframe(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *one = make_init(false, 30, BEGIN_US);
    const struct init *two = make_init(false, 31, half_seconds(10));

    feed(house, one, 0, 1, SMALL);
    struct view view = view_open(house, token, "gate!sub");
    view_expect(&view, WIRE_NOTE, 0);
    view_expect(&view, WIRE_INIT, 0);
    view_expect(&view, WIRE_FRAGMENT, 0);
    house_feed(house, GATE, true, two, half_seconds(10), false, SMALL);
    house_feed(house, GATE, true, two, half_seconds(11), true, SMALL);
    view_expect(&view, WIRE_INIT, 0);
    assert_memory_equal(view.body.at + 1 + view.body.at[0], two->bytes, two->size);
    view_expect(&view, WIRE_FRAGMENT, 0);
    assert_int_equal(view.header.time_us, half_seconds(11));
    view_close(&view);
    init_unref(one);
    init_unref(two);
    free(token);
}

static void each_camera_comes_in_the_way_that_was_asked_for(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"boss\"}", NULL);
    const struct init *init = make_init(false, 30, BEGIN_US);

    house_feed(house, GATE, false, init, BEGIN_US, true, 3 * SMALL);
    house_feed(house, GATE, true, init, BEGIN_US, true, SMALL);
    struct view view = view_open(house, token, "gate!main,gate!sub,gate!jpeg,lane");
    view_expect(&view, WIRE_NOTE, 0);
    view_expect(&view, WIRE_INIT, 0);
    view_expect(&view, WIRE_FRAGMENT, 0);
    assert_true(view.header.size > 2 * SMALL);
    view_expect(&view, WIRE_INIT, 1);
    view_expect(&view, WIRE_FRAGMENT, 1);
    assert_true(view.header.size < 2 * SMALL);
    house_show(house, GATE, BEGIN_US, 500);
    view_expect(&view, WIRE_JPEG, 2);
    assert_int_equal(view.header.size, 500);
    assert_int_equal(view.header.time_us, BEGIN_US);
    view_close(&view);
    init_unref(init);
    free(token);
}

static void what_the_detector_sees_is_for_admins(void **state)
{
    static const struct {
        const char *body;
        bool may;
    } people[] = { { "{\"person\": \"head-dong\"}", false },
                   { "{\"person\": \"duty\"}", false },
                   { "{\"person\": \"boss\"}", true } };
    struct house *house = *state;

    for (size_t i = 0; i < COUNT_OF(people); i++) {
        char *token = house_token(house, people[i].body, NULL);
        struct view view = view_open(house, token, "gate!debug,gate!jpeg");
        view_expect(&view, WIRE_NOTE, 0);
        json_t *hello = json_loadb((char *)view.body.at, view.header.size, 0, NULL);
        json_t *first = json_array_get(json_object_get(hello, "cameras"), 0);
        assert_int_equal(json_is_null(first), !people[i].may);
        json_decref(hello);
        house_show_debug(house, BEGIN_US, 700);
        house_show(house, GATE, BEGIN_US, 500);
        if (people[i].may) {
            view_expect(&view, WIRE_DEBUG, 0);
            assert_int_equal(view.header.size, 700);
            assert_int_equal(view.header.time_us, BEGIN_US);
        }
        view_expect(&view, WIRE_JPEG, 1);
        view_close(&view);
        free(token);
    }
}

static void what_cannot_be_asked_for_is_refused(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"boss\"}", NULL);
    struct bytes many = { 0 };
    static const char *const wrong[] = { "", "?cameras=gate!best",
                                         "?cameras=!sub", "?cameras=gate,,lane" };

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char *target = xformat("/api/live%s", wrong[i]);
        struct answer answer = house_ask(house, "GET", target, token, NULL, NULL);
        assert_int_equal(answer.status, 400);
        answer_clear(&answer);
        free(target);
    }
    bytes_text(&many, "/api/live?cameras=gate");
    for (int i = 0; i < 64; i++)
        bytes_text(&many, ",gate");
    bytes_add(&many, "", 1);
    struct answer answer = house_ask(house, "GET", (char *)many.at, token, NULL, NULL);
    assert_int_equal(answer.status, 400);
    answer_clear(&answer);
    bytes_free(&many);
    free(token);
}

/* ---- slow, stuck, loud and rude -------------------------------------------------------
 */

static void a_slow_reader_loses_whole_fragments_up_to_a_keyframe(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *init = make_init(false, 30, BEGIN_US);
    int64_t expected_us = BEGIN_US;
    int fragments = 0, skips = 0;

    feed(house, init, 0, 1, LARGE);
    struct view view = view_open_small(house, token, "gate");
    feed(house, init, 1, 399, LARGE); /* 40 MB, of which 4 MB may wait */
    view_expect(&view, WIRE_NOTE, 0);
    view_expect(&view, WIRE_INIT, 0);
    while (expected_us < half_seconds(400) && view_next(&view)) {
        if (view.header.kind != WIRE_FRAGMENT)
            continue;
        if (view.header.flags & WIRE_SKIPPED) {
            assert_true(view.header.flags & WIRE_KEY);
            assert_true(view.header.time_us > expected_us);
            skips++;
        } else {
            assert_int_equal(view.header.time_us, expected_us);
        }
        expected_us = view.header.time_us + MILLIS_US(500);
        fragments++;
    }
    assert_true(skips > 0);
    assert_int_equal(expected_us, half_seconds(400));
    assert_true(fragments < 200);
    view_close(&view);
    init_unref(init);
    free(token);
}

static bool one_was_kicked(struct house *house)
{
    return house->web->counts.kicked == 1 && LIST_EMPTY(&house->web->viewers);
}

static void a_reader_that_takes_nothing_is_let_go(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *init = make_init(false, 30, BEGIN_US);

    house->web->stuck_s = 1;
    feed(house, init, 0, 1, LARGE);
    struct view view = view_open_small(house, token, "gate");
    feed(house, init, 1, 99, LARGE);
    house_until(house, one_was_kicked);
    view_close(&view);
    init_unref(init);
    free(token);
}

static void a_viewer_that_pushes_bytes_costs_nothing(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *init = make_init(false, 30, BEGIN_US);
    char *junk = xcalloc(1, 1 << 20);

    feed(house, init, 0, 1, SMALL);
    struct view view = view_open(house, token, "gate");
    view_expect(&view, WIRE_NOTE, 0);
    view_expect(&view, WIRE_INIT, 0);
    view_expect(&view, WIRE_FRAGMENT, 0);
    assert_true(send_all(view.fd, junk, 1 << 19));
    feed(house, init, 1, 1, SMALL);
    view_expect(&view, WIRE_FRAGMENT, 0);
    /* Whoever goes on pushing is no viewer. */
    send_all(view.fd, junk, 1 << 20);
    house_until(house, nobody_looks);
    view_close(&view);
    free(junk);
    init_unref(init);
    free(token);
}

static void abrupt_joins_leave_nothing_behind(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *init = make_init(false, 30, BEGIN_US);
    struct linger hard = { .l_onoff = 1 };

    feed(house, init, 0, 1, LARGE);
    for (int i = 0; i < 300; i++) {
        int fd = house_dial(house);
        static const char *const targets[] = {
            "/api/live?cameras=gate,gate!jpeg", "/api/cameras/gate/live.mp4?stream=sub",
            "/api/cameras/gate/live.mjpeg",     "/api/feed",
            "/api/cameras/gate/latest.jpg",
        };
        send_text(fd, "GET %s HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n\r\n",
                  targets[i % 5], token);
        if (i % 3 == 0)
            send_text(fd, "junk\r\n\r\n");
        if (i % 4 != 0 && i % 5 != 4) {
            struct answer answer = read_head(fd);
            assert_int_equal(answer.status, 200);
            answer_clear(&answer);
        }
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close(fd);
        if (i % 10 == 0)
            feed(house, init, i / 10, 1, LARGE);
    }
    feed(house, init, 60, 20, LARGE);
    house_until(house, nobody_looks);
    assert_int_equal(house->web->counts.viewers_opened,
                     house->web->counts.viewers_closed);
    init_unref(init);
    free(token);
}

static bool nobody_is_connected(struct house *house)
{
    return guests_count(house->web->guests) == 0;
}

static bool one_is_connected(struct house *house)
{
    return guests_count(house->web->guests) == 1;
}

static void who_never_finishes_a_request_is_cut_off(void **state)
{
    struct house *house = *state;
    int fd = house_dial(house);
    char byte;

    send_text(fd, "GET /healthz HTTP/1.1\r\nHo");
    house_until(house, one_is_connected);
    house_jump(SECONDS_US(9));
    send_text(fd, "st: ");
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    house_jump(SECONDS_US(2));
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
    house_until(house, nobody_is_connected);
}

static void a_stream_has_no_deadline(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *init = make_init(false, 30, BEGIN_US);

    struct view view = view_open(house, token, "gate");
    view_expect(&view, WIRE_NOTE, 0);
    house_jump(SECONDS_US(3600));
    struct view other = view_open(house, token, "gate");
    view_expect(&other, WIRE_NOTE, 0);
    feed(house, init, 0, 1, SMALL);
    view_expect(&view, WIRE_INIT, 0);
    view_expect(&view, WIRE_FRAGMENT, 0);
    view_close(&view);
    view_close(&other);
    init_unref(init);
    free(token);
}

/* ---- rights of what runs --------------------------------------------------------------
 */

static void a_revoked_token_ends_its_streams_with_a_note(void **state)
{
    struct house *house = *state;
    char *id, *token = house_token(house, "{\"person\": \"head-dong\"}", &id);
    char *other = house_token(house, "{\"person\": \"duty\"}", NULL);
    char *target = xformat("/api/control/tokens/%s", id);
    const struct init *init = make_init(false, 30, BEGIN_US);

    feed(house, init, 0, 1, SMALL);
    struct view view = view_open(house, token, "gate");
    struct view kept = view_open(house, other, "gate");
    struct answer revoked = house_ask_control(house, "DELETE", target, NULL);
    assert_int_equal(revoked.status, 204);
    assert_true(view_find_note(&view, "revoked"));
    assert_false(view_next(&view));
    assert_true(view.ended);
    feed(house, init, 1, 1, SMALL);
    view_expect(&kept, WIRE_NOTE, 0);
    view_expect(&kept, WIRE_INIT, 0);
    view_expect(&kept, WIRE_FRAGMENT, 0);
    view_expect(&kept, WIRE_FRAGMENT, 0);
    view_close(&view);
    view_close(&kept);
    answer_clear(&revoked);
    init_unref(init);
    free(target);
    free(token);
    free(other);
    free(id);
}

static void revoke_elsewhere(struct store *store, void *arg)
{
    bool found;

    token_revoke(store, strtoll(arg, NULL, 10), clock_wall_us(), &found, NULL);
}

static void a_token_revoked_by_somebody_else_is_nobodys_within_five_seconds(void **state)
{
    struct house *house = *state;
    char *id, *token = house_token(house, "{\"person\": \"head-dong\"}", &id);
    struct view view = view_open(house, token, "gate");

    view_expect(&view, WIRE_NOTE, 0);
    desk_ask(house->duties, revoke_elsewhere, NULL, id);
    assert_true(
        view_find_note(&view, "revoked")); /* no more than 3 s: the review's timer */
    house_jump(SECONDS_US(5));
    struct answer answer = house_ask(house, "GET", "/api/site", token, NULL, NULL);
    assert_int_equal(answer.status, 401);
    answer_clear(&answer);
    view_close(&view);
    free(token);
    free(id);
}

struct told {
    struct house *house;
    const char *area;
    json_t *note;
};

static void on_tell(void *arg)
{
    struct told *told = arg;

    web_note(told->house->web, settings_find_area(told->house->settings, told->area),
             told->note);
}

static void tell(struct house *house, const char *area, const char *text)
{
    struct told told = { house, area,
                         json_pack("{s:s, s:s}", "type", "camera", "text", text) };

    house_call(house, on_tell, &told);
    json_decref(told.note);
}

static void a_note_reaches_those_who_may_see_its_area(void **state)
{
    struct house *house = *state;
    char *screen = house_token(house, "{\"screen\": \"screen-dong\"}", NULL);
    char *staff = house_token(house, "{\"person\": \"duty\"}", NULL);
    struct view view = view_open(house, screen, "gate"),
                wide = view_open(house, staff, "gate");

    view_expect(&view, WIRE_NOTE, 0);
    view_expect(&wide, WIRE_NOTE, 0);
    tell(house, "an-area-that-is-gone", "nowhere");
    tell(house, "thon-tay", "elsewhere");
    tell(house, "thon-dong", "here");
    view_expect(&view, WIRE_NOTE, 0);
    assert_non_null(strstr((char *)view.body.at, "\"here\""));
    view_expect(&wide, WIRE_NOTE, 0);
    assert_non_null(strstr((char *)wide.body.at, "\"elsewhere\""));
    view_close(&view);
    view_close(&wide);
    free(screen);
    free(staff);
}

static bool read_until(int fd, struct bytes *to, const char *wanted)
{
    while (true) {
        bytes_reserve(to, 1024);
        ssize_t n = recv(fd, to->at + to->size, 1023, 0);
        if (n <= 0)
            return false;
        to->size += (size_t)n;
        to->at[to->size] = 0;
        if (strstr((char *)to->at, wanted))
            return true;
    }
}

static void the_feed_tells_programs_the_same(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct bytes got = { 0 };
    int fd = house_dial(house);

    send_text(fd, "GET /api/feed HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n\r\n",
              token);
    assert_true(read_until(fd, &got, "event: hello\ndata: {\"type\":\"hello\""));
    tell(house, "thon-tay", "elsewhere");
    tell(house, "thon-dong", "here");
    assert_true(read_until(
        fd, &got, "event: camera\ndata: {\"type\":\"camera\",\"text\":\"here\"}\n\n"));
    assert_null(strstr((char *)got.at, "elsewhere"));
    close(fd);
    bytes_free(&got);
    free(token);
}

/* ---- the other ways -------------------------------------------------------------------
 */

static void live_mp4_begins_at_time_zero_and_goes_on_over_a_break(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    const struct init *one = make_init(false, 30, BEGIN_US);
    const struct init *two = make_init(false, 30, half_seconds(50));
    struct mp4_fragment frag;
    struct error err;

    feed(house, one, 0, 5, SMALL);
    int fd = house_dial(house);
    send_text(fd,
              "GET /api/cameras/gate/live.mp4?stream=sub HTTP/1.0\r\nHost: h\r\n"
              "Authorization: Bearer %s\r\n\r\n",
              token);
    struct answer answer = read_head(fd);
    assert_int_equal(answer.status, 200);
    assert_null(answer_header(&answer, "Transfer-Encoding"));
    uint8_t *bytes = xmalloc(4096);
    const struct fragment *like =
        make_fragment(one, BEGIN_US, MILLIS_US(500), true, SMALL);
    size_t size = like->size;
    assert_int_equal(recv(fd, bytes, one->size, MSG_WAITALL), one->size);
    assert_memory_equal(bytes, one->bytes, one->size);
    house_feed(house, GATE, true, two, half_seconds(50), true, SMALL);
    for (uint64_t k = 0; k < 2; k++) {
        assert_int_equal(recv(fd, bytes, size, MSG_WAITALL), size);
        if (!mp4_read_fragment(one, bytes, size, &frag, &err))
            fail_msg("%s", err.text);
        assert_int_equal(frag.dts, k * 45000);
    }
    close(fd);
    free(bytes);
    answer_clear(&answer);
    fragment_unref(like);
    init_unref(one);
    init_unref(two);
    free(token);
}

static void live_mp4_of_a_camera_that_sends_nothing_says_so(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct answer answer =
        house_ask(house, "GET", "/api/cameras/gate/live.mp4", token, NULL, NULL);

    assert_int_equal(answer.status, 503);
    assert_non_null(strstr((char *)answer.body.at, "\"code\":\"no_video\""));
    answer_clear(&answer);
    free(token);
}

static bool somebody_waits_for_a_picture(struct house *house)
{
    return !LIST_EMPTY(&house->web->asks);
}

static void the_latest_picture_is_waited_for_and_never_old(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    int fd = house_dial(house);

    house_show(house, GATE, clock_wall_us() - SECONDS_US(60), 300);
    send_text(fd,
              "GET /api/cameras/gate/latest.jpg HTTP/1.1\r\nHost: h\r\n"
              "Authorization: Bearer %s\r\n\r\n",
              token);
    house_until(house, somebody_waits_for_a_picture);
    house_show(house, GATE, clock_wall_us(), 400);
    struct answer answer = read_answer(fd);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body.size, 400);
    assert_non_null(answer_header(&answer, "X-Picture-Time"));
    answer_clear(&answer);
    close(fd);
    answer = house_ask(house, "GET", "/api/cameras/gate/latest.jpg", token, NULL, NULL);
    assert_int_equal(answer.body.size, 400);
    answer_clear(&answer);
    free(token);

    /* Two pictures of one camera are one look; this token's row is written behind it. */
    free(house_token(house, "{\"person\": \"boss\"}", NULL));
    answer = house_ask_control(house, "GET", "/api/access-log", NULL);
    const char *look = strstr((char *)answer.body.at, "\"live\",\"object\":\"camera:gate\"");
    assert_non_null(look);
    assert_null(strstr(look + 1, "\"live\""));
    answer_clear(&answer);
}

static void live_mjpeg_is_a_row_of_pictures(void **state)
{
    struct house *house = *state;
    char *token = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    struct bytes got = { 0 };
    int fd = house_dial(house);

    send_text(fd,
              "GET /api/cameras/gate/live.mjpeg HTTP/1.1\r\nHost: h\r\n"
              "Authorization: Bearer %s\r\n\r\n",
              token);
    struct answer answer = read_head(fd);
    assert_string_equal(answer_header(&answer, "Content-Type"),
                        "multipart/x-mixed-replace; boundary=kengd");
    house_show(house, GATE, BEGIN_US, 300);
    assert_true(read_until(fd, &got, "Content-Length: 300"));
    house_show(house, GATE, BEGIN_US, 310);
    assert_true(read_until(fd, &got, "Content-Length: 310"));
    close(fd);
    answer_clear(&answer);
    bytes_free(&got);
    free(token);
}

#define IN_A_HOUSE(test) \
    cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_HOUSE(who_joins_gets_hello_then_init_then_the_last_keyframe),
        IN_A_HOUSE(a_new_run_begins_with_its_init_and_a_keyframe),
        IN_A_HOUSE(each_camera_comes_in_the_way_that_was_asked_for),
        IN_A_HOUSE(what_the_detector_sees_is_for_admins),
        IN_A_HOUSE(a_screen_without_cameras_is_told_of_alerts),
        IN_A_HOUSE(what_cannot_be_asked_for_is_refused),
        IN_A_HOUSE(a_slow_reader_loses_whole_fragments_up_to_a_keyframe),
        IN_A_HOUSE(a_reader_that_takes_nothing_is_let_go),
        IN_A_HOUSE(a_viewer_that_pushes_bytes_costs_nothing),
        IN_A_HOUSE(abrupt_joins_leave_nothing_behind),
        IN_A_HOUSE(who_never_finishes_a_request_is_cut_off),
        IN_A_HOUSE(a_stream_has_no_deadline),
        IN_A_HOUSE(a_revoked_token_ends_its_streams_with_a_note),
        IN_A_HOUSE(a_token_revoked_by_somebody_else_is_nobodys_within_five_seconds),
        IN_A_HOUSE(a_note_reaches_those_who_may_see_its_area),
        IN_A_HOUSE(the_feed_tells_programs_the_same),
        IN_A_HOUSE(live_mp4_begins_at_time_zero_and_goes_on_over_a_break),
        IN_A_HOUSE(live_mp4_of_a_camera_that_sends_nothing_says_so),
        IN_A_HOUSE(the_latest_picture_is_waited_for_and_never_old),
        IN_A_HOUSE(live_mjpeg_is_a_row_of_pictures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
