#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "make_mp4.h"

static const int64_t noon_us = INT64_C(1795262400123457); /* 2026-11-21, not round on purpose */

/* A file of three fragments of half a second, in memory. */
struct file {
    struct init *init;
    struct bytes bytes;
    size_t ends[3];
    int fd;
};

static void put(struct file *f)
{
    assert_int_equal(ftruncate(f->fd, 0), 0);
    assert_int_equal(pwrite(f->fd, f->bytes.at, f->bytes.size, 0), f->bytes.size);
}

static int make_file(void **state)
{
    struct file *f = xcalloc(1, sizeof *f);

    f->fd = memfd_create("segment", MFD_CLOEXEC);
    f->init = make_init(true, 0x28, noon_us);
    bytes_add(&f->bytes, f->init->bytes, f->init->size);
    for (int i = 0; i < 3; i++) {
        uint8_t head[MP4_FRAGMENT_HEAD];
        struct fragment *frag = make_fragment(f->init, noon_us + i * MILLIS_US(500),
                                              MILLIS_US(500), i == 0, 200);
        frag->damaged = i == 2;
        bytes_add(&f->bytes, head, mp4_write_head(head, frag));
        bytes_add(&f->bytes, frag->bytes, frag->size);
        f->ends[i] = f->bytes.size;
        fragment_unref(frag);
    }
    put(f);
    *state = f;
    return 0;
}

static int drop_file(void **state)
{
    struct file *f = *state;

    close(f->fd);
    init_unref(f->init);
    bytes_free(&f->bytes);
    free(f);
    return 0;
}

static void a_segment_lists_its_fragments_with_their_times(void **state)
{
    struct file *f = *state;
    struct mp4_segment seg;

    assert_true(mp4_scan_segment(f->fd, &seg, NULL));
    assert_int_equal(seg.count, 3);
    assert_int_equal(seg.init_size, f->init->size);
    assert_int_equal(seg.init->run_us, noon_us);
    assert_true(seg.init->clock_trusted);
    assert_int_equal(seg.end, f->bytes.size);
    assert_int_equal(seg.file_size, f->bytes.size);
    assert_int_equal(seg.entries[0].start_us, noon_us);
    assert_int_equal(seg.entries[1].start_us, noon_us + 500000);
    assert_int_equal(seg.entries[1].duration_us, 500000);
    assert_int_equal(seg.entries[1].dts, 45000);
    assert_int_equal(seg.entries[1].at, f->ends[0]);
    assert_int_equal(seg.entries[1].at + seg.entries[1].size, f->ends[1]);
    assert_memory_equal(f->bytes.at + seg.entries[1].media + 4, "moof", 4);
    assert_true(seg.entries[0].keyframe);
    assert_false(seg.entries[1].keyframe);
    assert_true(seg.entries[2].damaged);
    for (size_t i = 0; i < seg.count; i++)
        assert_true(mp4_check_entry(f->fd, &seg.entries[i], NULL));
    mp4_segment_free(&seg);
}

static void wall_times_survive_the_file_to_the_microsecond(void **state)
{
    struct file *f = *state;
    const int64_t times[] = { 0, 999999, noon_us, INT64_C(2085978496000001) /* 2036 */,
                              INT64_C(2500000000123456) };

    for (size_t i = 0; i < COUNT_OF(times); i++) {
        uint8_t head[MP4_FRAGMENT_HEAD];
        struct init *init = make_init(false, 0x28, times[i]);
        struct fragment *frag = make_fragment(init, times[i], 500000, true, 10);
        struct mp4_segment seg;
        f->bytes.size = 0;
        bytes_add(&f->bytes, init->bytes, init->size);
        bytes_add(&f->bytes, head, mp4_write_head(head, frag));
        bytes_add(&f->bytes, frag->bytes, frag->size);
        put(f);
        assert_true(mp4_scan_segment(f->fd, &seg, NULL));
        assert_int_equal(seg.count, 1);
        assert_int_equal(seg.entries[0].start_us, times[i]);
        mp4_segment_free(&seg);
        fragment_unref(frag);
        init_unref(init);
    }
}

static void a_torn_tail_ends_at_the_last_whole_fragment(void **state)
{
    struct file *f = *state;

    for (size_t size = f->init->size; size < f->bytes.size; size++) {
        struct mp4_segment seg;
        size_t whole = 0;
        assert_int_equal(ftruncate(f->fd, 0), 0);
        assert_int_equal(pwrite(f->fd, f->bytes.at, size, 0), size);
        while (whole < 3 && f->ends[whole] <= size)
            whole++;
        assert_true(mp4_scan_segment(f->fd, &seg, NULL));
        assert_int_equal(seg.count, whole);
        assert_int_equal(seg.end, whole ? f->ends[whole - 1] : f->init->size);
        assert_int_equal(seg.file_size, size);
        mp4_segment_free(&seg);
    }
}

static void a_file_without_a_whole_init_is_no_segment(void **state)
{
    struct file *f = *state;

    for (size_t size = 0; size < f->init->size; size++) {
        struct mp4_segment seg;
        struct error err = { 0 };
        assert_int_equal(ftruncate(f->fd, size), 0);
        assert_false(mp4_scan_segment(f->fd, &seg, &err));
        assert_int_equal(err.kind, ERR_MEDIA);
    }
}

static void a_tail_of_zeros_is_no_fragment(void **state)
{
    struct file *f = *state;
    struct mp4_segment seg;

    assert_int_equal(ftruncate(f->fd, f->bytes.size + 100000), 0);
    assert_true(mp4_scan_segment(f->fd, &seg, NULL));
    assert_int_equal(seg.count, 3);
    assert_int_equal(seg.end, f->bytes.size);
    mp4_segment_free(&seg);
}

static void an_index_at_the_end_belongs_to_the_file(void **state)
{
    struct file *f = *state;
    struct mp4_segment seg;
    size_t mfra = make_box(&f->bytes, "mfra");

    make_zeros(&f->bytes, 16);
    make_end(&f->bytes, mfra);
    put(f);
    assert_true(mp4_scan_segment(f->fd, &seg, NULL));
    assert_int_equal(seg.count, 3);
    assert_int_equal(seg.end, f->bytes.size);
    mp4_segment_free(&seg);
    assert_int_equal(ftruncate(f->fd, f->bytes.size - 1), 0);
    assert_true(mp4_scan_segment(f->fd, &seg, NULL));
    assert_int_equal(seg.end, f->ends[2]);
    mp4_segment_free(&seg);
}

static void every_flipped_bit_is_found(void **state)
{
    struct file *f = *state;

    for (size_t bit = f->init->size * 8; bit < f->bytes.size * 8; bit += 5) {
        struct mp4_segment seg;
        size_t well = 0;
        f->bytes.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        put(f);
        assert_true(mp4_scan_segment(f->fd, &seg, NULL));
        for (size_t i = 0; i < seg.count; i++)
            well += mp4_check_entry(f->fd, &seg.entries[i], NULL);
        assert_true(well < 3);
        mp4_segment_free(&seg);
        f->bytes.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_file, drop_file)
    const struct CMUnitTest tests[] = {
        WITH_FILE(a_segment_lists_its_fragments_with_their_times),
        WITH_FILE(wall_times_survive_the_file_to_the_microsecond),
        WITH_FILE(a_torn_tail_ends_at_the_last_whole_fragment),
        WITH_FILE(a_file_without_a_whole_init_is_no_segment),
        WITH_FILE(a_tail_of_zeros_is_no_fragment),
        WITH_FILE(an_index_at_the_end_belongs_to_the_file),
        WITH_FILE(every_flipped_bit_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
