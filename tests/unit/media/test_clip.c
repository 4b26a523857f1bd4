#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "make_mp4.h"
#include "media/clip.h"
#include "media/playlist.h"

/* Whole seconds, so that a test can say when it is. */
static int64_t at(int64_t seconds)
{
    return SECONDS_US(1795262400 + seconds);
}

static int64_t now_us;

static int64_t wall_us(void)
{
    return now_us;
}

static const struct clock_source test_clock = { .wall_us = wall_us, .mono_us = wall_us };

/* A directory with segment files: one second a fragment, a keyframe every fourth. */
struct place {
    char dir[64];
    int fd;
};

static int make_place(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);

    strcpy(p->dir, "/tmp/keng-clip-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    p->fd = open(p->dir, O_DIRECTORY | O_CLOEXEC);
    now_us = at(100000);
    clock_use(&test_clock);
    *state = p;
    return 0;
}

static int drop_place(void **state)
{
    struct place *p = *state;

    for (const char *name = "abc"; *name; name++)
        unlinkat(p->fd, (char[]){ *name, 0 }, 0);
    rmdir(p->dir);
    close(p->fd);
    free(p);
    clock_use(NULL);
    return 0;
}

static void make_file(struct place *p, const char *name, const struct init *init, int64_t from_s,
                      int64_t to_s)
{
    int fd = openat(p->fd, name, O_CREAT | O_WRONLY | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, init->bytes, init->size), init->size);
    for (int64_t s = from_s; s < to_s; s++) {
        uint8_t head[MP4_FRAGMENT_HEAD];
        struct fragment *frag = make_fragment(init, at(s), SECONDS_US(1), s % 4 == 0, 100);
        size_t size = mp4_write_head(head, frag);
        assert_int_equal(write(fd, head, size), size);
        assert_int_equal(write(fd, frag->bytes, frag->size), frag->size);
        fragment_unref(frag);
    }
    close(fd);
}

/* What came out of a clip. */
struct result {
    size_t fragments;
    uint64_t dts[64];
    bool first_is_key;
    int64_t start_us;
    size_t left_out;
};

static struct result read_clip(struct place *p, const char *const *paths, size_t count,
                               int64_t from_us, int64_t to_us)
{
    struct result result = { 0 };
    struct clip_source sources[3] = { 0 };
    const uint8_t *bytes;
    size_t size;

    for (size_t i = 0; i < count; i++)
        sources[i] = (struct clip_source){ .root_fd = p->fd, .path = paths[i] };
    struct clip *clip = clip_open(sources, count, from_us, to_us, NULL);
    if (!clip)
        return result;
    result.start_us = clip_start_us(clip);
    assert_true(clip_next(clip, &bytes, &size, NULL));
    struct init *init = mp4_read_init(bytes, size, NULL);
    assert_non_null(init);
    while (clip_next(clip, &bytes, &size, NULL) && size > 0) {
        struct mp4_fragment frag;
        assert_true(mp4_read_fragment(init, bytes, size, &frag, NULL));
        if (result.fragments == 0)
            result.first_is_key = frag.keyframe;
        result.dts[result.fragments++] = frag.dts / MAKE_TIMESCALE;
    }
    assert_int_equal(size, 0);
    result.left_out = clip_left_out(clip);
    clip_close(clip);
    init_unref(init);
    return result;
}

static void a_clip_begins_at_the_keyframe_before_and_at_time_zero(void **state)
{
    struct place *p = *state;
    struct init *init = make_init(true, 0x28, at(0));

    make_file(p, "a", init, 0, 60);
    struct result r = read_clip(p, (const char *[]){ "a" }, 1, at(10), at(14));
    assert_int_equal(r.start_us, at(8));
    assert_true(r.first_is_key);
    assert_int_equal(r.fragments, 6); /* 8..13 */
    for (size_t i = 0; i < r.fragments; i++)
        assert_int_equal(r.dts[i], i);
    init_unref(init);
}

static void a_clip_goes_on_through_the_files_of_a_run(void **state)
{
    struct place *p = *state;
    struct init *init = make_init(false, 0x28, at(0));

    make_file(p, "a", init, 0, 8);
    make_file(p, "b", init, 8, 16);
    struct result r = read_clip(p, (const char *[]){ "a", "b" }, 2, at(4), at(16));
    assert_int_equal(r.fragments, 12);
    assert_int_equal(r.dts[11], 11);
    init_unref(init);
}

static void a_clip_joins_runs_of_equal_inits_without_a_pause(void **state)
{
    struct place *p = *state;
    struct init *first = make_init(false, 0x28, at(0)), *second = make_init(false, 0x28, at(20));

    make_file(p, "a", first, 0, 8);
    make_file(p, "b", second, 20, 24);
    struct result r = read_clip(p, (const char *[]){ "a", "b" }, 2, at(4), at(30));
    assert_int_equal(r.fragments, 8);
    for (size_t i = 0; i < r.fragments; i++)
        assert_int_equal(r.dts[i], i);
    init_unref(first);
    init_unref(second);
}

static void a_clip_ends_where_the_pictures_become_others(void **state)
{
    struct place *p = *state;
    struct init *first = make_init(false, 0x28, at(0)), *second = make_init(false, 0x1f, at(8));

    make_file(p, "a", first, 0, 8);
    make_file(p, "b", second, 8, 16);
    struct result r = read_clip(p, (const char *[]){ "a", "b" }, 2, at(0), at(16));
    assert_int_equal(r.fragments, 8);
    init_unref(first);
    init_unref(second);
}

static void a_clip_from_within_a_gap_begins_behind_it(void **state)
{
    struct place *p = *state;
    struct init *init = make_init(false, 0x28, at(0));

    make_file(p, "a", init, 19, 30);
    struct result r = read_clip(p, (const char *[]){ "a" }, 1, at(10), at(24));
    assert_int_equal(r.start_us, at(20));
    assert_int_equal(r.fragments, 4);
    init_unref(init);
}

static void a_file_that_is_gone_is_a_gap_in_the_clip(void **state)
{
    struct place *p = *state;
    struct init *init = make_init(false, 0x28, at(0));

    make_file(p, "a", init, 0, 8);
    make_file(p, "c", init, 16, 20);
    struct result r = read_clip(p, (const char *[]){ "a", "b", "c" }, 3, at(0), at(20));
    assert_int_equal(r.fragments, 12);
    assert_int_equal(r.dts[8], 16); /* the run's time goes on */
    init_unref(init);
}

static void a_fragment_that_is_not_as_written_is_left_out(void **state)
{
    struct place *p = *state;
    struct init *init = make_init(false, 0x28, at(0));
    struct mp4_segment seg;

    make_file(p, "a", init, 0, 8);
    int fd = openat(p->fd, "a", O_RDWR);
    assert_true(mp4_scan_segment(fd, &seg, NULL));
    off_t last = (off_t)(seg.entries[2].at + seg.entries[2].size - 1);
    assert_int_equal(pwrite(fd, "x", 1, last), 1);
    close(fd);
    mp4_segment_free(&seg);
    struct result r = read_clip(p, (const char *[]){ "a" }, 1, at(0), at(8));
    assert_int_equal(r.left_out, 1);
    assert_int_equal(r.fragments, 7);
    assert_int_equal(r.dts[2], 3);
    init_unref(init);
}

static void there_is_no_clip_of_nothing(void **state)
{
    struct place *p = *state;
    struct init *init = make_init(false, 0x28, at(0));
    struct clip_source source = { .root_fd = p->fd, .path = "a" };
    struct error err = { 0 };

    make_file(p, "a", init, 0, 8);
    assert_null(clip_open(NULL, 0, at(0), at(8), &err));
    assert_int_equal(err.kind, ERR_MEDIA);
    assert_null(clip_open(&source, 1, at(-8), at(0), &err));
    init_unref(init);
}

static char *playlist(struct place *p, const char *const *paths, size_t count, int64_t from_us,
                      int64_t to_us)
{
    struct mp4_segment segments[3];
    struct playlist_source sources[3];
    char urls[3][32];
    struct bytes out = { 0 };

    for (size_t i = 0; i < count; i++) {
        int fd = openat(p->fd, paths[i], O_RDONLY);
        assert_true(mp4_scan_segment(fd, &segments[i], NULL));
        close(fd);
        snprintf(urls[i], sizeof urls[i], "/api/segments/%s.mp4", paths[i]);
        sources[i] = (struct playlist_source){ urls[i], &segments[i], 0 };
    }
    playlist_write(&out, sources, count, NULL, 0, from_us, to_us);
    for (size_t i = 0; i < count; i++)
        mp4_segment_free(&segments[i]);
    return bytes_take(&out);
}

static size_t times_in(const char *text, const char *what)
{
    size_t times = 0;

    for (; (text = strstr(text, what)); text += strlen(what))
        times++;
    return times;
}

static void a_playlist_lists_ranges_that_begin_at_keyframes(void **state)
{
    struct place *p = *state;
    struct init *init = make_init(false, 0x28, at(0));
    unsigned long long size, from;
    const uint8_t uuid[] = "uuid";
    uint8_t there[4];

    make_file(p, "a", init, 0, 16);
    char *text = playlist(p, (const char *[]){ "a" }, 1, at(5), at(13));
    assert_int_equal(strncmp(text, "#EXTM3U\n#EXT-X-VERSION:7\n", 25), 0);
    assert_int_equal(times_in(text, "#EXT-X-MAP:URI=\"/api/segments/a.mp4\",BYTERANGE=\""), 1);
    assert_non_null(strstr(text, "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T"));
    assert_int_equal(times_in(text, "#EXTINF:4.000,\n"), 2); /* 4..7, 8..11 */
    assert_int_equal(times_in(text, "#EXTINF:1.000,\n"), 1); /* 12 */
    assert_int_equal(times_in(text, "#EXT-X-DISCONTINUITY"), 0);
    assert_int_equal(times_in(text, "#EXT-X-ENDLIST\n"), 1);
    const char *range = strstr(text, "#EXT-X-BYTERANGE:");
    assert_int_equal(sscanf(range, "#EXT-X-BYTERANGE:%llu@%llu", &size, &from), 2);
    int fd = openat(p->fd, "a", O_RDONLY);
    assert_int_equal(pread(fd, there, 4, (off_t)from + 4), 4);
    assert_memory_equal(there, uuid, 4);
    assert_int_equal(pread(fd, there, 4, (off_t)(from + size) + 4), 4);
    assert_memory_equal(there, uuid, 4);
    close(fd);
    free(text);
    init_unref(init);
}

static void a_playlist_marks_gaps_runs_and_other_inits(void **state)
{
    struct place *p = *state;
    struct init *one = make_init(false, 0x28, at(0)), *two = make_init(false, 0x28, at(12));
    struct init *other = make_init(false, 0x1f, at(16));

    make_file(p, "a", one, 0, 4);
    make_file(p, "b", one, 4, 8);
    char *text = playlist(p, (const char *[]){ "a", "b" }, 2, at(0), at(8));
    assert_int_equal(times_in(text, "#EXT-X-DISCONTINUITY"), 0);
    assert_int_equal(times_in(text, "#EXT-X-MAP"), 1);
    assert_int_equal(times_in(text, "#EXT-X-PROGRAM-DATE-TIME"), 2);
    free(text);
    make_file(p, "b", two, 12, 16);
    make_file(p, "c", other, 16, 20);
    text = playlist(p, (const char *[]){ "a", "b", "c" }, 3, at(0), at(20));
    assert_int_equal(times_in(text, "#EXT-X-DISCONTINUITY"), 2);
    assert_int_equal(times_in(text, "#EXT-X-MAP"), 2);
    free(text);
    init_unref(one);
    init_unref(two);
    init_unref(other);
}

static void a_playlist_into_the_future_is_not_ended(void **state)
{
    struct place *p = *state;
    struct init *init = make_init(false, 0x28, at(0));

    make_file(p, "a", init, 0, 10);
    now_us = at(10);
    char *text = playlist(p, (const char *[]){ "a" }, 1, at(0), at(60));
    assert_int_equal(times_in(text, "#EXT-X-ENDLIST"), 0);
    assert_int_equal(times_in(text, "#EXTINF:4.000,\n"), 2);
    assert_int_equal(times_in(text, "#EXTINF"), 2); /* 8..9 may still grow */
    free(text);
    init_unref(init);
}

int main(void)
{
#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)
    const struct CMUnitTest tests[] = {
        WITH_PLACE(a_clip_begins_at_the_keyframe_before_and_at_time_zero),
        WITH_PLACE(a_clip_goes_on_through_the_files_of_a_run),
        WITH_PLACE(a_clip_joins_runs_of_equal_inits_without_a_pause),
        WITH_PLACE(a_clip_ends_where_the_pictures_become_others),
        WITH_PLACE(a_clip_from_within_a_gap_begins_behind_it),
        WITH_PLACE(a_file_that_is_gone_is_a_gap_in_the_clip),
        WITH_PLACE(a_fragment_that_is_not_as_written_is_left_out),
        WITH_PLACE(there_is_no_clip_of_nothing),
        WITH_PLACE(a_playlist_lists_ranges_that_begin_at_keyframes),
        WITH_PLACE(a_playlist_marks_gaps_runs_and_other_inits),
        WITH_PLACE(a_playlist_into_the_future_is_not_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
