#include "check.h"
#include "session/payload.h"

/* ---- H.264 and H.265: packets in, one unit out ---- */

struct piece {
    const char *bytes;
    size_t size;
};
#define PIECE(text)            \
    {                          \
        text, sizeof(text) - 1 \
    }

static void take_all(struct unit *u, enum codec codec, const struct piece *pieces,
                     size_t count)
{
    unit_clear(u);
    u->codec = codec;
    for (size_t i = 0; i < count; i++) {
        uint8_t *copy = xmalloc(pieces[i].size); /* with nothing readable behind */

        memcpy(copy, pieces[i].bytes, pieces[i].size);
        if (codec == CODEC_H264)
            h264_take(u, copy, pieces[i].size);
        else
            h265_take(u, copy, pieces[i].size);
        free(copy);
    }
    unit_end_nal(u);
}

static void assert_bytes(const struct bytes *b, const char *expected, size_t size)
{
    assert_int_equal(b->size, size);
    assert_memory_equal(b->at, expected, size);
}
#define assert_unit(u, text) assert_bytes(&(u)->bytes, text, sizeof(text) - 1)
#define assert_sets(u, text) assert_bytes(&(u)->sets, text, sizeof(text) - 1)

static void nal_units_stand_behind_their_lengths(void **state)
{
    static const struct piece pieces[] = { PIECE("\x06\x05\x01\x80"),
                                           PIECE("\x65\x88\x80\x10") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, 2);
    assert_unit(&u, "\0\0\0\x04\x06\x05\x01\x80\0\0\0\x04\x65\x88\x80\x10");
    assert_true(u.key && u.has_picture && !u.broken);
    unit_free(&u);
}

static void an_aggregate_is_taken_apart_and_sets_are_taken_out(void **state)
{
    static const struct piece pieces[] = { PIECE(
        "\x78\0\x04\x67\x42\x00\x1e\0\x02\x68\xce\0\x02\x09\xf0\0\x03\x41\x9a\x01") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, 1);
    assert_unit(&u, "\0\0\0\x03\x41\x9a\x01");
    assert_sets(&u, "\0\x04\x67\x42\x00\x1e\0\x02\x68\xce");
    assert_true(u.has_picture && !u.key);
    unit_free(&u);
}

static void fragments_become_one_nal_with_its_own_header(void **state)
{
    static const struct piece pieces[] = { PIECE("\x7c\x85\x88\x80"),
                                           PIECE("\x7c\x05\x11"),
                                           PIECE("\x7c\x45\x22\x33") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, 3);
    assert_unit(&u, "\0\0\0\x06\x65\x88\x80\x11\x22\x33");
    assert_true(u.key && !u.nal_open);
    unit_free(&u);
}

static void a_fragment_without_its_beginning_breaks_the_unit(void **state)
{
    static const struct piece pieces[] = { PIECE("\x7c\x05\x11"), PIECE("\x7c\x45\x22") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, 2);
    assert_true(u.broken);
    unit_free(&u);
}

static void a_missing_end_bit_is_forgiven(void **state)
{
    static const struct piece pieces[] = { PIECE("\x7c\x81\x9a\x01"),
                                           PIECE("\x7c\x01\x02"),
                                           PIECE("\x7c\x81\x1a\x03") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, 3);
    assert_unit(&u, "\0\0\0\x04\x61\x9a\x01\x02\0\0\0\x03\x61\x1a\x03");
    assert_false(u.broken);
    unit_free(&u);
}

static void what_the_interleaved_mode_has_is_counted_and_left_out(void **state)
{
    static const struct piece pieces[] = { PIECE("\x41\x9a\x01"),
                                           PIECE("\x79\0\0\0\x01\x41"),
                                           PIECE("\x7a\0\0\0\x01\x41") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, 3);
    assert_int_equal(u.left_out, 2);
    assert_true(u.broken);
    unit_free(&u);
}

static void an_aggregate_that_promises_too_much_breaks_the_unit(void **state)
{
    static const struct piece pieces[] = { PIECE("\x78\0\x03\x41\x9a\x01\xff\xff\x41") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, 1);
    assert_true(u.broken);
    unit_free(&u);
}

static void needless_nal_units_are_left_out(void **state)
{
    static const struct piece pieces[] = { PIECE("\x09\xf0"),
                                           PIECE("\x0c\xff\xff\xff\x80"),
                                           PIECE("\x41\x9a\x01"), PIECE("\x0b"),
                                           PIECE("") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, COUNT_OF(pieces));
    assert_unit(&u, "\0\0\0\x03\x41\x9a\x01");
    unit_free(&u);
}

static void start_codes_behind_a_set_are_seen(void **state)
{
    static const struct piece pieces[] = { PIECE(
        "\x67\x42\x00\x1e\0\0\0\x01\x68\xce\x01\0\0\x01\x65\x88\x80\x10") };
    struct unit u = { 0 };

    take_all(&u, CODEC_H264, pieces, 1);
    assert_sets(&u, "\0\x04\x67\x42\x00\x1e\0\x03\x68\xce\x01");
    assert_unit(&u, "\0\0\0\x04\x65\x88\x80\x10");
    assert_true(u.key);
    unit_free(&u);
}

static void after_a_hole_a_picture_must_begin_with_its_first_slice(void **state)
{
    struct unit u = { .codec = CODEC_H264, .after_hole = true };

    unit_nal(&u, (const uint8_t *)"\x41\x1a\x01", 3);
    assert_true(u.broken);
    unit_clear(&u);
    u.after_hole = true;
    unit_nal(&u, (const uint8_t *)"\x06\x05\x01", 3);
    unit_nal(&u, (const uint8_t *)"\x41\x9a\x01", 3);
    unit_nal(&u, (const uint8_t *)"\x41\x1a\x01", 3);
    assert_false(u.broken);
    unit_free(&u);
}

static void h265_has_its_own_numbers_for_the_same_things(void **state)
{
    static const struct piece pieces[] = {
        PIECE(
            "\x60\x01\0\x04\x40\x01\x0c\x01\0\x04\x42\x01\x01\x01\0\x04\x44\x01\xc1\x72"),
        PIECE("\x46\x01\x10"),         /* delimiter */
        PIECE("\x4e\x01\x05\x80"),     /* SEI */
        PIECE("\x62\x01\x93\xaf\x11"), /* fragments of an IDR (19) */
        PIECE("\x62\x01\x13\x22"),
        PIECE("\x62\x01\x53\x33"),
    };
    struct unit u = { 0 };

    take_all(&u, CODEC_H265, pieces, COUNT_OF(pieces));
    assert_sets(&u, "\0\x04\x40\x01\x0c\x01\0\x04\x42\x01\x01\x01\0\x04\x44\x01\xc1\x72");
    assert_unit(&u, "\0\0\0\x04\x4e\x01\x05\x80\0\0\0\x06\x26\x01\xaf\x11\x22\x33");
    assert_true(u.key && !u.broken);
    unit_free(&u);
}

static void h265_keyframes_are_every_random_access_point(void **state)
{
    struct unit u = { .codec = CODEC_H265 };

    for (int type = 0; type < 32; type++) {
        uint8_t nal[] = { (uint8_t)(type << 1), 1, 0x80 };

        unit_clear(&u);
        h265_take(&u, nal, sizeof nal);
        assert_int_equal(u.key, type >= 16 && type <= 23);
        assert_true(u.has_picture);
    }
    unit_free(&u);
}

static void short_payloads_are_survived(void **state)
{
    struct unit u = { 0 };

    for (int first = 0; first < 256; first++) {
        char bytes[3] = { (char)first, (char)0x80, (char)0xff };

        for (size_t size = 0; size <= sizeof bytes; size++) {
            struct piece piece = { bytes, size };

            take_all(&u, CODEC_H264, &piece, 1);
            assert_true(u.bytes.size <= size + 4);
            take_all(&u, CODEC_H265, &piece, 1);
            assert_true(u.bytes.size <= size + 4);
            assert_in_range(h264_slice((uint8_t *)bytes, size), SLICE_NONE, SLICE_LATER);
            assert_in_range(h265_slice((uint8_t *)bytes, size), SLICE_NONE, SLICE_LATER);
        }
    }
    unit_free(&u);
}

static void a_unit_above_the_limit_is_broken_and_stops_growing(void **state)
{
    static uint8_t payload[60000] = { 0x7c, 0x81 };
    struct unit u = { .codec = CODEC_H264 };

    for (int i = 0; i < 200; i++) {
        h264_take(&u, payload, sizeof payload);
        payload[1] = 1;
    }
    assert_true(u.broken);
    assert_true(u.bytes.size <= AU_MAX);
    unit_free(&u);
}

/* ---- AAC ---- */

struct heard {
    int frames;
    uint32_t times[8];
    size_t sizes[8];
    uint8_t first[8];
};

static void on_frame(void *arg, uint32_t time, const uint8_t *bytes, size_t size)
{
    struct heard *h = arg;

    h->times[h->frames] = time;
    h->sizes[h->frames] = size;
    h->first[h->frames++] = bytes[0];
}

static void take_aac(struct aac_joiner *aac, const char *bytes, size_t size,
                     uint32_t time, bool hole, struct heard *h)
{
    uint8_t *copy = xmalloc(size);
    struct rtp_packet p = { .time = time, .payload = copy, .size = size };

    memcpy(copy, bytes, size);
    aac_take(aac, &p, hole, on_frame, h);
    free(copy);
}
#define TAKE_AAC(aac, text, time, hole, h) \
    take_aac(aac, text, sizeof(text) - 1, time, hole, h)

static const struct aac_format hbr = { 13, 3, 3, 1024 };

static void several_frames_in_a_packet_follow_each_other_in_time(void **state)
{
    struct aac_joiner aac = { .format = hbr };
    struct heard h = { 0 };

    TAKE_AAC(&aac,
             "\0\x20\0\x10\0\x18"
             "ab"
             "cde",
             5000, false, &h);
    assert_int_equal(h.frames, 2);
    assert_int_equal(h.sizes[0], 2);
    assert_int_equal(h.sizes[1], 3);
    assert_int_equal(h.times[0], 5000);
    assert_int_equal(h.times[1], 6024);
    assert_int_equal(h.first[1], 'c');
}

static void a_frame_in_several_packets_is_joined(void **state)
{
    struct aac_joiner aac = { .format = hbr };
    struct heard h = { 0 };

    TAKE_AAC(&aac,
             "\0\x10\0\x28"
             "ab",
             1, false, &h);
    TAKE_AAC(&aac,
             "\0\x10\0\x28"
             "cd",
             1, false, &h);
    assert_int_equal(h.frames, 0);
    TAKE_AAC(&aac,
             "\0\x10\0\x28"
             "e",
             1, false, &h);
    assert_int_equal(h.frames, 1);
    assert_int_equal(h.sizes[0], 5);
    bytes_free(&aac.part);
}

static void a_hole_in_a_frame_drops_the_frame(void **state)
{
    struct aac_joiner aac = { .format = hbr };
    struct heard h = { 0 };

    TAKE_AAC(&aac,
             "\0\x10\0\x28"
             "ab",
             1, false, &h);
    TAKE_AAC(&aac,
             "\0\x10\0\x28"
             "e",
             1, true, &h);
    TAKE_AAC(&aac,
             "\0\x10\0\x08"
             "x",
             1025, false, &h);
    assert_int_equal(h.frames, 1);
    assert_int_equal(h.first[0], 'x');
    assert_true(aac.left_out > 0);
    bytes_free(&aac.part);
}

static void wrong_sizes_in_aac_are_left_out(void **state)
{
    static const struct piece rows[] = {
        PIECE(""),
        PIECE("\0"),
        PIECE("\0\0xx"),
        PIECE("\xff\xff\0\x10"),
        PIECE("\0\x10\0"),
        PIECE("\0\x10\0\0a"),
        PIECE("\0\x20\0\x08\0\x28"
              "abc"),
    };
    struct aac_joiner aac = { .format = hbr };
    struct heard h = { 0 };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        take_aac(&aac, rows[i].bytes, rows[i].size, (uint32_t)i, false, &h);
    assert_int_equal(h.frames, 1); /* the first of the last packet's two is whole */
    assert_int_equal(aac.left_out, COUNT_OF(rows));
    bytes_free(&aac.part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nal_units_stand_behind_their_lengths),
        cmocka_unit_test(an_aggregate_is_taken_apart_and_sets_are_taken_out),
        cmocka_unit_test(fragments_become_one_nal_with_its_own_header),
        cmocka_unit_test(a_fragment_without_its_beginning_breaks_the_unit),
        cmocka_unit_test(a_missing_end_bit_is_forgiven),
        cmocka_unit_test(what_the_interleaved_mode_has_is_counted_and_left_out),
        cmocka_unit_test(an_aggregate_that_promises_too_much_breaks_the_unit),
        cmocka_unit_test(needless_nal_units_are_left_out),
        cmocka_unit_test(start_codes_behind_a_set_are_seen),
        cmocka_unit_test(after_a_hole_a_picture_must_begin_with_its_first_slice),
        cmocka_unit_test(h265_has_its_own_numbers_for_the_same_things),
        cmocka_unit_test(h265_keyframes_are_every_random_access_point),
        cmocka_unit_test(short_payloads_are_survived),
        cmocka_unit_test(a_unit_above_the_limit_is_broken_and_stops_growing),
        cmocka_unit_test(several_frames_in_a_packet_follow_each_other_in_time),
        cmocka_unit_test(a_frame_in_several_packets_is_joined),
        cmocka_unit_test(a_hole_in_a_frame_drops_the_frame),
        cmocka_unit_test(wrong_sizes_in_aac_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
