#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "wire/camera_link.h"

/* The body of the one message in `b`, of which the header must say the truth. */
static const uint8_t *body(const struct bytes *b, enum wire_kind kind, int channel,
                           size_t *size)
{
    struct wire_header h;

    wire_read_header(b->at, &h);
    assert_int_equal(h.kind, kind);
    assert_int_equal(h.channel, channel);
    assert_int_equal(h.size + WIRE_HEADER, b->size);
    *size = h.size;
    return b->at + WIRE_HEADER;
}

static void orders_come_over_as_they_were_given(void **state)
{
    struct camera_orders o = { .camera = "cong-lang",
                               .url = { "rtsp://10.0.0.1/main", "rtsp://10.0.0.1/sub" },
                               .audio = true,
                               .transport = CAMERA_UDP,
                               .sandbox = true,
                               .tls_fingerprint = "00ff",
                               .tls_ca = "/etc/kengd/tls/Thôn Đông.pem",
                               .gulp_ms = 100,
                               .motion.detect = true,
                               .motion.sensitivity = 4,
                               .motion.zone_count = 1,
                               .motion.mask_count = 2,
                               .view = { .on = true,
                                         .frozen_s = 120,
                                         .covered_s = 180,
                                         .memory = { 1, 0, 0xff },
                                         .memory_size = 3 } },
                         back;
    struct bytes b = { 0 };
    size_t size;

    o.motion.zones[0] =
        (struct camera_polygon){ "cong", { { 0, 0.5F }, { 1, 0 }, { 0.25F, 1 } }, 3,
                                 0.25F, 0.5F, 3000 };
    o.motion.masks[0] =
        (struct camera_polygon){ "cay", { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } }, 4, 0, 0, 0 };
    o.motion.masks[1] =
        (struct camera_polygon){ "co", { { 0, 0 }, { 1, 0 }, { 0.125F, 1 } }, 3, 0, 0, 0 };
    link_put_orders(&b, &o);
    const uint8_t *at = body(&b, WIRE_START, 0, &size);
    assert_true(link_read_orders(at, size, &back, NULL));
    assert_memory_equal(&back, &o, sizeof o);
    b.size = 0;
    link_put_motion_orders(&b, &o.motion);
    at = body(&b, WIRE_ORDERS, 0, &size);
    assert_true(link_read_motion_orders(at, size, &back.motion, NULL));
    assert_memory_equal(&back.motion, &o.motion, sizeof o.motion);
    bytes_free(&b);
}

static void ports_and_sockets_come_over_as_they_were_given(void **state)
{
    struct camera_ports ports = { .track = 1, .rtp = 5000, .why = "" }, ports_back;
    struct camera_socket socket = { .track = 1, .rtcp = true }, socket_back;
    struct camera_wish wish = { 1, 6000, 6001, "10.0.0.2" }, wish_back;
    struct bytes b = { 0 };
    size_t size;

    link_put_ports(&b, 1, &ports);
    const uint8_t *at = body(&b, WIRE_PORTS, 1, &size);
    assert_true(link_read_ports(at, size, &ports_back, NULL));
    assert_memory_equal(&ports_back, &ports, sizeof ports);
    b.size = 0;
    link_put_socket(&b, 1, &socket);
    at = body(&b, WIRE_SOCKET, 1, &size);
    assert_true(link_read_socket(at, size, &socket_back, NULL));
    assert_int_equal(socket_back.track, 1);
    assert_true(socket_back.rtcp);
    b.size = 0;
    link_put_wish(&b, WIRE_ASK_SOCKETS, 1, &wish);
    at = body(&b, WIRE_ASK_SOCKETS, 1, &size);
    assert_true(link_read_wish(at, size, &wish_back, NULL));
    assert_memory_equal(&wish_back, &wish, sizeof wish);
    b.size = 0;
    wish.track = LINK_TRACKS; /* of what is kept in an array */
    link_put_wish(&b, WIRE_ASK_PORTS, 1, &wish);
    at = body(&b, WIRE_ASK_PORTS, 1, &size);
    assert_false(link_read_wish(at, size, &wish_back, NULL));
    bytes_free(&b);
}

static void a_challenge_keeps_bytes_that_are_not_utf8(void **state)
{
    struct camera_challenge c = { .digest = true,
                                  .stale = true,
                                  .realm = "C\xe1mara \"1\" \xff\x80",
                                  .nonce = "4b\\x",
                                  .opaque = "",
                                  .qop = "auth,auth-int",
                                  .algorithm = "SHA-256",
                                  .method = "DESCRIBE",
                                  .uri = "rtsp://10.0.0.1/th\xc3\xb4n" },
                            back;
    struct bytes b = { 0 };
    size_t size;

    link_put_challenge(&b, 1, &c);
    const uint8_t *at = body(&b, WIRE_CHALLENGE, 1, &size);
    assert_true(link_read_challenge(at, size, &back, NULL));
    assert_memory_equal(&back, &c, sizeof c);
    bytes_free(&b);
}

static void what_a_camera_says_is_sent_as_clean_text(void **state)
{
    struct camera_trouble t = { .code = "answer", .detail = "500 \x1b[31m\r\nB\xe1 d" },
                          back;
    struct bytes b = { 0 };
    size_t size;

    link_put_trouble(&b, 0, &t);
    const uint8_t *at = body(&b, WIRE_STATE, 0, &size);
    assert_true(link_read_trouble(at, size, &back, NULL));
    assert_string_equal(back.code, "answer");
    assert_string_equal(back.detail, "500 ?[31m??B? d");
    bytes_free(&b);

    /* One that was taken over sends what it likes. */
    static const char *const steering[] = { "\\u001b[2J", "\\u007f", "\\u009b2J", "\\u0080" };
    for (size_t i = 0; i < sizeof steering / sizeof *steering; i++) {
        char json[80];
        snprintf(json, sizeof json, "{\"code\":\"answer\",\"detail\":\"%s\"}", steering[i]);
        assert_false(link_read_trouble((const uint8_t *)json, strlen(json), &back, NULL));
    }
}

static void measures_and_motion_come_over_as_they_were_given(void **state)
{
    struct camera_measured m = { .codec = "h265",
                                 .audio = "aac",
                                 .width = 2560,
                                 .height = 1440,
                                 .fps = 14.75,
                                 .gop_s = 2,
                                 .bits_per_s = 2000000,
                                 .lost_packets = 3,
                                 .damaged_frames = 1,
                                 .declared_fps = 25,
                                 .clock_known = true,
                                 .clock_ahead_ms = -86400000,
                                 .reorder = 2,
                                 .audio_refused = "G726-32" },
                           m_back;
    struct camera_motion o = { .phase = CAMERA_MOTION_BETTER,
                               .number = 4000000000u,
                               .start_us = 1700000000000000,
                               .at_us = 1700000001000000,
                               .decided_us = 1700000001500000,
                               .score = 120,
                               .box = { 0.25F, 0.5F, 0.75F, 1 },
                               .zone = "cong",
                               .way = { 2, { { 0.25F, 1, 0 }, { 0.5F, 0.75F, 900 } } } },
                         o_back;
    struct bytes b = { 0 };
    size_t size;

    link_put_measured(&b, 1, &m);
    const uint8_t *at = body(&b, WIRE_MEASURED, 1, &size);
    assert_true(link_read_measured(at, size, &m_back, NULL));
    assert_memory_equal(&m_back, &m, sizeof m);
    b.size = 0;
    link_put_motion(&b, 0, &o);
    at = body(&b, WIRE_MOTION, 0, &size);
    assert_true(link_read_motion(at, size, &o_back, NULL));
    assert_memory_equal(&o_back, &o, sizeof o);
    bytes_free(&b);
}

static void a_view_comes_over_with_its_memory(void **state)
{
    uint8_t memory[LINK_VIEW_MEMORY] = { 1, 2, [LINK_VIEW_MEMORY - 1] = 3 };
    struct camera_view v = { CAMERA_VIEW_TURNED, memory, sizeof memory }, back;
    struct bytes b = { 0 };
    size_t size;

    link_put_view(&b, 1, &v);
    const uint8_t *at = body(&b, WIRE_VIEW, 1, &size);
    assert_true(link_read_view(at, size, &back, NULL));
    assert_int_equal(back.kind, CAMERA_VIEW_TURNED);
    assert_int_equal(back.memory_size, sizeof memory);
    assert_memory_equal(back.memory, memory, sizeof memory);
    assert_true(link_read_view(at, 1, &back, NULL));
    assert_int_equal(back.memory_size, 0);
    assert_false(link_read_view(at, 0, &back, NULL));
    assert_false(link_read_view(at, size + 1, &back, NULL));
    memory[0] = CAMERA_VIEW_KINDS;
    assert_false(link_read_view(memory, 10, &back, NULL));
    bytes_free(&b);
}

static void where_something_moved_comes_over_and_nowhere_is_refused(void **state)
{
    const uint8_t cells[LINK_ACTIVITY] = { 1, [17] = 0x80 }, none[LINK_ACTIVITY] = { 0 };
    uint8_t back[LINK_ACTIVITY];
    struct bytes b = { 0 };
    struct wire_header h;
    size_t size;

    link_put_activity(&b, 1, 1700000000000000, cells);
    const uint8_t *at = body(&b, WIRE_ACTIVITY, 1, &size);
    wire_read_header(b.at, &h);
    assert_int_equal(h.time_us, 1700000000000000);
    assert_true(link_read_activity(at, size, back, NULL));
    assert_memory_equal(back, cells, sizeof cells);
    assert_false(link_read_activity(at, size - 1, back, NULL));
    assert_false(link_read_activity(none, sizeof none, back, NULL));
    bytes_free(&b);
}

static void a_login_and_the_wish_for_pictures_come_over(void **state)
{
    struct camera_login l = { .authorization = "Digest username=\"\xc4\x91\"" }, back;
    struct bytes b = { 0 };
    size_t size;
    bool wanted;

    link_put_login(&b, 0, &l);
    const uint8_t *at = body(&b, WIRE_LOGIN, 0, &size);
    assert_true(link_read_login(at, size, &back, NULL));
    assert_string_equal(back.authorization, l.authorization);
    b.size = 0;
    link_put_pictures(&b, 1, true);
    at = body(&b, WIRE_PICTURES, 1, &size);
    assert_true(link_read_pictures(at, size, &wanted, NULL));
    assert_true(wanted);
    bytes_free(&b);
}

/* A motion that is right but for one field, which is `instead`. */
static bool motion_is_read_with(const char *name, const char *instead, struct error *err)
{
    static const char *const right[][2] = {
        { "phase", "0" },   { "number", "1" }, { "start", "1" },       { "at", "1" },
        { "decided", "1" }, { "score", "1" },  { "box", "[0,0,1,1]" }, { "zone", "\"\"" },
        { "way", "[[0,0,0],[1,1,1]]" },
    };
    struct camera_motion out;
    char json[512] = "{";

    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        const char *value = strcmp(right[i][0], name) ? right[i][1] : instead;
        size_t used = strlen(json);
        if (value)
            snprintf(json + used, sizeof json - used, "%s\"%s\":%s", used > 1 ? "," : "",
                     right[i][0], value);
    }
    strcat(json, "}");
    return link_read_motion((const uint8_t *)json, strlen(json), &out, err);
}

static void a_field_that_cannot_be_is_refused_by_name(void **state)
{
    static const char *const wrong[][2] = {
        { "phase", "4" },
        { "way", NULL },
        { "way", "[[0,0]]" },
        { "way", "[[0,1.5,0]]" },
        { "way", "[[0,0,0.5]]" },
        { "way", "[[0,0,5],[0,0,4]]" },
        { "way", "[[0,0,86400001]]" },
        { "phase", "\"0\"" },
        { "phase", NULL },
        { "number", "-1" },
        { "number", "4294967296" },
        { "start", "-5" },
        { "at", "1e300" },
        { "at", "9223372036854775807" },
        { "score", "1001" },
        { "score", "true" },
        { "box", "[0,0,1]" },
        { "box", "[0,0,1,2]" },
        { "box", "{}" },
        { "box", "[0,0,1,\"1\"]" },
        { "zone", "\"A\"" },
        { "zone", "\"a\\nb\"" },
        { "zone", "null" },
        { "zone", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"" },
    };

    assert_true(motion_is_read_with("", NULL, NULL));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error err = { 0 };
        assert_false(motion_is_read_with(wrong[i][0], wrong[i][1], &err));
        assert_non_null(strstr(err.text, wrong[i][0]));
    }
}

static void what_is_no_object_or_too_large_is_refused(void **state)
{
    static const char *const wrong[] = { "",
                                         "[]",
                                         "null",
                                         "{",
                                         "{\"wanted\":1}",
                                         "{}",
                                         "{\"wanted\":true,\"wanted\":true}",
                                         "{\"wanted\":true} x" };
    static uint8_t large[LINK_SMALL_MAX + 1];
    bool wanted;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(link_read_pictures((const uint8_t *)wrong[i], strlen(wrong[i]),
                                        &wanted, NULL));
    memset(large, ' ', sizeof large);
    memcpy(large, "{\"wanted\":true}", 15);
    assert_true(link_read_pictures(large, sizeof large - 1, &wanted, NULL));
    assert_false(link_read_pictures(large, sizeof large, &wanted, NULL));
}

static void a_polygon_with_too_many_points_is_refused(void **state)
{
    struct camera_orders o = { .camera = "a",
                               .url = { "rtsp://h/" },
                               .motion.sensitivity = 3,
                               .motion.zone_count = 1 },
                         back;
    struct bytes b = { 0 };
    size_t size;

    o.motion.zones[0].count = 2;
    strcpy(o.motion.zones[0].id, "z");
    link_put_orders(&b, &o);
    const uint8_t *at = body(&b, WIRE_START, 0, &size);
    assert_false(link_read_orders(at, size, &back, NULL));
    bytes_free(&b);
    static const char json[] =
        "{\"camera\":\"a\",\"main\":\"rtsp://h/\",\"sub\":\"\",\"audio\":false,"
        "\"gulp_ms\":0,\"view\":{\"on\":false,\"frozen_s\":0,\"covered_s\":0,\"memory\":\"\"},"
        "\"motion\":{\"detect\":false,\"sensitivity\":3,\"masks\":[],"
        "\"zones\":[{\"id\":\"z\",\"count\":33,\"points\":[]}]}}";
    assert_false(link_read_orders((const uint8_t *)json, sizeof json - 1, &back, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_come_over_as_they_were_given),
        cmocka_unit_test(ports_and_sockets_come_over_as_they_were_given),
        cmocka_unit_test(a_view_comes_over_with_its_memory),
        cmocka_unit_test(a_challenge_keeps_bytes_that_are_not_utf8),
        cmocka_unit_test(what_a_camera_says_is_sent_as_clean_text),
        cmocka_unit_test(measures_and_motion_come_over_as_they_were_given),
        cmocka_unit_test(where_something_moved_comes_over_and_nowhere_is_refused),
        cmocka_unit_test(a_login_and_the_wish_for_pictures_come_over),
        cmocka_unit_test(a_field_that_cannot_be_is_refused_by_name),
        cmocka_unit_test(what_is_no_object_or_too_large_is_refused),
        cmocka_unit_test(a_polygon_with_too_many_points_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
