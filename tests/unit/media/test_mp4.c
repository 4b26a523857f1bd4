#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/memory.h"
#include "crc32c.h"
#include "make_mp4.h"

static struct init *with_audio(void)
{
    struct init *init = make_init(true, 0x28, 0);

    assert_non_null(init);
    return init;
}

static void an_init_says_what_its_tracks_are(void **state)
{
    struct init *init = with_audio();

    assert_string_equal(init->codecs, "avc1.4d0028,mp4a.40.2");
    assert_int_equal(init->timescale, 90000);
    assert_int_equal(init->audio_timescale, 16000);
    assert_int_equal(init->width, 640);
    assert_int_equal(init->height, 360);
    assert_true(init->has_audio);
    assert_int_equal(init->video.track, 1);
    assert_int_equal(init->audio.track, 2);
    init_unref(init);
}

/* A copy of exactly `size` bytes, so that the sanitizer sees a read behind them. */
static uint8_t *cut(const struct bytes *from, size_t size)
{
    uint8_t *copy = xmalloc(size ? size : 1);

    memcpy(copy, from->at, size);
    return copy;
}

static void an_init_that_is_cut_off_anywhere_is_refused(void **state)
{
    struct bytes b = make_init_bytes(true, 0x28);

    for (size_t size = 0; size < b.size; size++) {
        struct error err = { 0 };
        uint8_t *copy = cut(&b, size);
        assert_null(mp4_read_init(copy, size, &err));
        assert_int_equal(err.kind, ERR_MEDIA);
        free(copy);
    }
    bytes_free(&b);
}

static void no_bit_of_an_init_can_make_it_read_outside(void **state)
{
    struct bytes b = make_init_bytes(true, 0x28);
    size_t refused = 0;

    for (size_t bit = 0; bit < b.size * 8; bit++) {
        uint8_t *copy = cut(&b, b.size);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct init *init = mp4_read_init(copy, b.size, NULL);
        refused += init == NULL;
        init_unref(init);
        free(copy);
    }
    assert_true(refused > 0);
    bytes_free(&b);
}

static void an_init_with_something_behind_it_is_refused(void **state)
{
    struct bytes b = make_init_bytes(false, 0x28);
    size_t at = make_box(&b, "free");

    make_end(&b, at);
    assert_null(mp4_read_init(b.at, b.size, NULL));
    bytes_free(&b);
}

static void a_fragment_says_where_it_stands_in_its_run(void **state)
{
    struct init *init = with_audio();
    struct bytes b = make_fragment_bytes(true, 123456, 10, 4500, 100, true, 7);
    struct mp4_fragment frag;

    assert_true(mp4_read_fragment(init, b.at, b.size, &frag, NULL));
    assert_int_equal(frag.dts, 123456);
    assert_int_equal(frag.duration, 45000);
    assert_int_equal(frag.samples, 10);
    assert_true(frag.keyframe);
    bytes_free(&b);
    b = make_fragment_bytes(true, 0, 1, 4500, 100, false, 7);
    assert_true(mp4_read_fragment(init, b.at, b.size, &frag, NULL));
    assert_false(frag.keyframe);
    bytes_free(&b);
    init_unref(init);
}

static void what_a_fragment_does_not_say_its_init_says(void **state)
{
    struct init *init = with_audio();
    struct bytes b = { 0 };
    struct mp4_fragment frag;

    init->video.duration = 3000;
    init->video.size = 20;
    init->video.flags = 0x10000;
    size_t moof = make_box(&b, "moof"), traf = make_box(&b, "traf"), box = make_box(&b, "tfhd");
    make_u32(&b, 0x020000);
    make_u32(&b, 1);
    make_end(&b, box);
    box = make_box(&b, "tfdt");
    make_u32(&b, 0);
    make_u32(&b, 77);
    make_end(&b, box);
    box = make_box(&b, "trun");
    make_u32(&b, 1);
    make_u32(&b, 2);
    make_u32(&b, 8 + 8 + 16 + 16 + 20 + 8);
    make_end(&b, box);
    make_end(&b, traf);
    make_end(&b, moof);
    box = make_box(&b, "mdat");
    make_zeros(&b, 40);
    make_end(&b, box);
    assert_true(mp4_read_fragment(init, b.at, b.size, &frag, NULL));
    assert_int_equal(frag.dts, 77);
    assert_int_equal(frag.duration, 6000);
    assert_false(frag.keyframe);
    init->video.size = 21; /* two of them are not in the mdat any more */
    assert_false(mp4_read_fragment(init, b.at, b.size, &frag, NULL));
    bytes_free(&b);
    init_unref(init);
}

static void a_fragment_that_is_cut_off_anywhere_is_refused(void **state)
{
    struct init *init = with_audio();
    struct bytes b = make_fragment_bytes(true, 90000, 3, 4500, 10, true, 7);
    struct mp4_fragment frag;

    for (size_t size = 0; size < b.size; size++) {
        uint8_t *copy = cut(&b, size);
        assert_false(mp4_read_fragment(init, copy, size, &frag, NULL));
        assert_false(size > 8 && mp4_read_fragment(NULL, copy, size, &frag, NULL));
        free(copy);
    }
    bytes_free(&b);
    init_unref(init);
}

static void no_bit_of_a_fragment_can_make_it_read_outside(void **state)
{
    struct init *init = with_audio();
    struct bytes b = make_fragment_bytes(true, 90000, 3, 4500, 10, true, 7);
    struct mp4_fragment frag;
    size_t moof = b.size - 38 - 8;

    for (size_t bit = 0; bit < moof * 8; bit++) {
        uint8_t *copy = cut(&b, b.size);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (mp4_read_fragment(init, copy, b.size, &frag, NULL)) {
            assert_true(frag.samples > 0);
            assert_true(frag.duration <= (uint64_t)3600 * init->timescale);
        }
        mp4_rebase(copy, b.size, init, 90000, NULL);
        free(copy);
    }
    bytes_free(&b);
    init_unref(init);
}

/* Patches a 32-bit number in a made fragment and says whether it is still taken. */
static bool taken_with(size_t at, uint32_t value)
{
    struct init *init = with_audio();
    struct bytes b = make_fragment_bytes(false, 90000, 3, 4500, 10, true, 7);
    struct mp4_fragment frag;

    for (int i = 0; i < 4; i++)
        b.at[at + i] = (uint8_t)(value >> (24 - 8 * i));
    bool taken = mp4_read_fragment(init, b.at, b.size, &frag, NULL);
    bytes_free(&b);
    init_unref(init);
    return taken;
}

static void a_fragment_that_lies_about_sizes_is_refused(void **state)
{
    const size_t tfhd = 8 + 16 + 8, trun = tfhd + 28 + 20;

    assert_true(taken_with(trun + 12, 3));
    assert_false(taken_with(trun + 12, 4));          /* one sample more than the mdat has */
    assert_false(taken_with(trun + 12, 0xffffffff)); /* would take for ever */
    assert_false(taken_with(trun + 12, 0));          /* no video at all */
    assert_false(taken_with(trun + 16, 0));          /* samples inside the moof */
    assert_false(taken_with(trun + 16, 0xfffffff0)); /* samples before the moof */
    assert_false(taken_with(tfhd + 12, 3));          /* a track that the init has not */
    assert_false(taken_with(tfhd + 8, 0x000038));    /* addresses of who knows what */
    assert_false(taken_with(0, 0));                  /* "to the end of the file" */
    assert_false(taken_with(0, 7));
    assert_false(taken_with(0, 1));                  /* a largesize that is none */
    assert_false(taken_with(tfhd + 16, 0x7fffffff)); /* samples of hours */
}

static void a_box_with_a_large_size_is_read(void **state)
{
    struct init *init = make_init(false, 0x28, 0);
    struct bytes b = make_fragment_bytes(false, 90000, 3, 4500, 10, true, 7), large = { 0 };
    size_t moof = b.size - 38;
    struct mp4_fragment frag;

    b.at[moof - 5] += 8; /* the samples begin behind a longer header (trun's offset) */
    bytes_add(&large, b.at, moof);
    make_u32(&large, 1);
    bytes_text(&large, "mdat");
    make_u64(&large, 16 + 38);
    make_zeros(&large, 38);
    assert_true(mp4_read_fragment(init, large.at, large.size, &frag, NULL));
    large.at[moof + 8] = 0x80; /* half of all bytes there could be */
    assert_false(mp4_read_fragment(init, large.at, large.size, &frag, NULL));
    bytes_free(&large);
    bytes_free(&b);
    init_unref(init);
}

static uint64_t audio_dts(const uint8_t *bytes)
{
    const uint8_t *at = bytes + 8 + 16 + MAKE_TRAF + 8 + 28 + 12;
    uint64_t dts = 0;

    for (int i = 0; i < 8; i++)
        dts = dts << 8 | at[i];
    return dts;
}

static void a_rebased_fragment_begins_earlier_in_every_track(void **state)
{
    struct init *init = with_audio();
    struct bytes b = make_fragment_bytes(true, 900000, 3, 4500, 10, true, 7);
    struct mp4_fragment frag;

    assert_true(mp4_rebase(b.at, b.size, init, 450000, NULL));
    assert_true(mp4_read_fragment(init, b.at, b.size, &frag, NULL));
    assert_int_equal(frag.dts, 450000);
    assert_int_equal(audio_dts(b.at), 80000);
    assert_false(mp4_rebase(b.at, b.size, init, 450001, NULL));
    assert_true(mp4_rebase(b.at, b.size, init, -90000, NULL));
    assert_int_equal(audio_dts(b.at), 96000);
    bytes_free(&b);
    init_unref(init);
}

static void audio_before_the_begin_of_a_clip_begins_with_it(void **state)
{
    struct init *init = with_audio();
    struct bytes b = make_fragment_bytes(true, 90000, 3, 4500, 10, true, 7);
    size_t audio = 8 + 16 + MAKE_TRAF + 8 + 28 + 12;

    memset(b.at + audio, 0, 8); /* it began a second before the video */
    assert_true(mp4_rebase(b.at, b.size, init, 90000, NULL));
    assert_int_equal(audio_dts(b.at), 0);
    bytes_free(&b);
    init_unref(init);
}

static void the_checksum_is_that_of_rfc_3720(void **state)
{
    uint8_t bytes[32];

    assert_int_equal(mp4_crc32c(0, "123456789", 9), 0xe3069283);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(mp4_crc32c(0, bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(mp4_crc32c(0, bytes, 32), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(mp4_crc32c(0, bytes, 32), 0x46dd794e);
    assert_int_equal(mp4_crc32c(mp4_crc32c(0, bytes, 13), bytes + 13, 19), 0x46dd794e);
    assert_int_equal(crc32c_by_table(0, bytes, 32), 0x46dd794e);
}

static void both_ways_lead_to_the_same_checksum(void **state)
{
    uint8_t bytes[300];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t from = 0; from < 9; from++)
        for (size_t size = 0; from + size <= sizeof bytes; size++)
            assert_int_equal(mp4_crc32c(7, bytes + from, size),
                             crc32c_by_table(7, bytes + from, size));
}

static void units_become_microseconds_without_overflow(void **state)
{
    assert_int_equal(mp4_us(90000, 90000), 1000000);
    assert_int_equal(mp4_us((uint64_t)1 << 48, 90000), INT64_C(3127499741229511));
    assert_int_equal(mp4_us(5, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_init_says_what_its_tracks_are),
        cmocka_unit_test(an_init_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(no_bit_of_an_init_can_make_it_read_outside),
        cmocka_unit_test(an_init_with_something_behind_it_is_refused),
        cmocka_unit_test(a_fragment_says_where_it_stands_in_its_run),
        cmocka_unit_test(what_a_fragment_does_not_say_its_init_says),
        cmocka_unit_test(a_fragment_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(no_bit_of_a_fragment_can_make_it_read_outside),
        cmocka_unit_test(a_fragment_that_lies_about_sizes_is_refused),
        cmocka_unit_test(a_box_with_a_large_size_is_read),
        cmocka_unit_test(a_rebased_fragment_begins_earlier_in_every_track),
        cmocka_unit_test(audio_before_the_begin_of_a_clip_begins_with_it),
        cmocka_unit_test(the_checksum_is_that_of_rfc_3720),
        cmocka_unit_test(both_ways_lead_to_the_same_checksum),
        cmocka_unit_test(units_become_microseconds_without_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
