#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/memory.h"
#include "media/stream.h"

/* What a follower was handed: start times in half seconds, -1 for a break. */
struct seen {
    int halves[64];
    size_t count;
    struct follower *follower;
    struct stream *stream;
    bool stop_at_once;
    bool wanted;
    size_t wanted_calls;
};

static const int64_t begin_us = INT64_C(1000000000);

static void on_fragment(void *arg, const struct fragment *frag)
{
    struct seen *seen = arg;

    seen->halves[seen->count++] = frag ? (int)((frag->start_us - begin_us) / 500000) : -1;
    if (seen->stop_at_once) {
        follower_stop(seen->follower);
        seen->follower = NULL;
    }
}

static void publish(struct stream *s, const struct init *init, int half, bool key, size_t size)
{
    struct fragment *frag = fragment_new(init, size);

    frag->start_us = begin_us + half * MILLIS_US(500);
    frag->duration_us = MILLIS_US(500);
    frag->keyframe = key;
    stream_publish(s, frag);
}

/* Fragments 0..count-1, a keyframe every fourth. */
static struct stream *filled(const struct init *init, int64_t keep_us, size_t keep_bytes,
                             int count)
{
    struct stream *s = stream_new("gate", keep_us, keep_bytes);

    for (int i = 0; i < count; i++)
        publish(s, init, i, i % 4 == 0, 100);
    return s;
}

static void assert_saw(const struct seen *seen, int from, int to)
{
    assert_int_equal(seen->count, to - from + 1);
    for (int i = from; i <= to; i++)
        assert_int_equal(seen->halves[i - from], i);
}

static void a_viewer_joins_at_the_last_keyframe(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(10), 1 << 20, 7);
    struct seen seen = { 0 };

    seen.follower = stream_follow(s, 0, on_fragment, &seen);
    publish(s, init, 7, false, 100);
    assert_saw(&seen, 4, 7);
    follower_stop(seen.follower);
    publish(s, init, 8, true, 100);
    assert_int_equal(seen.count, 4);
    stream_free(s);
    init_unref(init);
}

static void what_is_remembered_is_handed_over_from_a_time_on(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(10), 1 << 20, 7);
    struct seen all = { 0 }, some = { 0 }, none = { 0 };

    all.follower = stream_follow(s, 1, on_fragment, &all);
    some.follower = stream_follow(s, begin_us + MILLIS_US(1500), on_fragment, &some);
    none.follower = stream_follow(s, INT64_MAX, on_fragment, &none);
    assert_saw(&all, 0, 6);
    assert_saw(&some, 3, 6);
    assert_int_equal(none.count, 0);
    follower_stop(all.follower);
    follower_stop(some.follower);
    follower_stop(none.follower);
    stream_free(s);
    init_unref(init);
}

static void what_is_old_is_forgotten_but_not_the_last_gop(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(1), 1 << 20, 8);
    struct seen seen = { 0 };

    /* Keyframe 4, now at the end of 7: a second back reaches 6, the keyframe to 4. */
    seen.follower = stream_follow(s, 1, on_fragment, &seen);
    assert_saw(&seen, 4, 7);
    follower_stop(seen.follower);
    stream_free(s);
    init_unref(init);
}

static void never_more_bytes_are_remembered_than_allowed(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(100), 300, 7);
    struct seen seen = { 0 };

    seen.follower = stream_follow(s, 1, on_fragment, &seen);
    assert_saw(&seen, 4, 6);
    follower_stop(seen.follower);
    publish(s, init, 7, true, 5000);
    seen = (struct seen){ 0 };
    seen.follower = stream_follow(s, 1, on_fragment, &seen);
    assert_saw(&seen, 7, 7);
    follower_stop(seen.follower);
    stream_free(s);
    init_unref(init);
}

static void a_break_is_told_and_nobody_joins_what_lies_before_it(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(10), 1 << 20, 3);
    struct seen before = { 0 }, after = { 0 }, clip = { 0 };

    before.follower = stream_follow(s, INT64_MAX, on_fragment, &before);
    assert_ptr_equal(stream_init(s), init);
    stream_break(s);
    assert_int_equal(before.count, 1);
    assert_int_equal(before.halves[0], -1);
    assert_null(stream_init(s));
    after.follower = stream_follow(s, 0, on_fragment, &after);
    assert_int_equal(after.count, 0);
    clip.follower = stream_follow(s, 1, on_fragment, &clip);
    assert_saw(&clip, 0, 2);
    follower_stop(before.follower);
    follower_stop(after.follower);
    follower_stop(clip.follower);
    stream_free(s);
    init_unref(init);
}

static void a_new_run_is_joined_at_its_own_keyframe_only(void **state)
{
    struct init *first = init_new(0), *second = init_new(0);
    struct stream *s = filled(first, SECONDS_US(10), 1 << 20, 3);
    struct seen seen = { 0 };

    publish(s, second, 3, false, 100);
    seen.follower = stream_follow(s, 0, on_fragment, &seen);
    assert_int_equal(seen.count, 0);
    publish(s, second, 4, true, 100);
    assert_int_equal(seen.count, 1);
    assert_ptr_equal(stream_init(s), second);
    follower_stop(seen.follower);
    stream_free(s);
    init_unref(first);
    init_unref(second);
}

static void viewers_that_are_held_go_on_at_a_keyframe_and_others_miss_nothing(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(10), 1 << 20, 1);
    struct seen viewer = { 0 }, recorder = { 0 }, late = { 0 };
    static const int expected[] = { 0, 1, -1, 8 };

    viewer.follower = stream_follow(s, 0, on_fragment, &viewer);
    recorder.follower = stream_follow(s, 1, on_fragment, &recorder);
    assert_int_equal(stream_viewers(s), 1);
    publish(s, init, 1, false, 100);
    stream_hold_viewers(s, true);
    publish(s, init, 2, false, 100);
    late.follower = stream_follow(s, 0, on_fragment, &late);
    publish(s, init, 4, true, 100);
    stream_hold_viewers(s, false);
    publish(s, init, 7, false, 100);
    publish(s, init, 8, true, 100);
    assert_int_equal(viewer.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_int_equal(viewer.halves[i], expected[i]);
    assert_int_equal(late.count, 1);
    assert_int_equal(recorder.count, 6);
    follower_stop(viewer.follower);
    follower_stop(recorder.follower);
    follower_stop(late.follower);
    stream_free(s);
    init_unref(init);
}

static void a_follower_may_stop_itself_while_it_is_called(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(10), 1 << 20, 1);
    struct seen stopping = { .stop_at_once = true }, staying = { 0 };

    stopping.follower = stream_follow(s, INT64_MAX, on_fragment, &stopping);
    staying.follower = stream_follow(s, INT64_MAX, on_fragment, &staying);
    publish(s, init, 1, false, 100);
    publish(s, init, 2, false, 100);
    assert_int_equal(stopping.count, 1);
    assert_saw(&staying, 1, 2);
    follower_stop(staying.follower);
    stream_free(s);
    init_unref(init);
}

static void on_fragment_follow(void *arg, const struct fragment *frag)
{
    struct seen *seen = arg;

    if (!seen->follower)
        seen->follower = stream_follow(seen->stream, 0, on_fragment, seen);
}

static void who_joins_during_a_call_gets_each_fragment_once(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(10), 1 << 20, 1);
    struct seen seen = { .stream = s };
    struct follower *first = stream_follow(s, INT64_MAX, on_fragment_follow, &seen);

    publish(s, init, 1, false, 100);
    publish(s, init, 2, false, 100);
    assert_saw(&seen, 0, 2);
    follower_stop(first);
    follower_stop(seen.follower);
    stream_free(s);
    init_unref(init);
}

static void followers_outlive_their_stream(void **state)
{
    struct init *init = init_new(0);
    struct stream *s = filled(init, SECONDS_US(10), 1 << 20, 1);
    struct seen seen = { 0 };

    seen.follower = stream_follow(s, INT64_MAX, on_fragment, &seen);
    stream_free(s);
    assert_int_equal(seen.halves[0], -1);
    follower_stop(seen.follower);
    init_unref(init);
}

static void on_picture(void *arg, const struct picture *picture)
{
    struct seen *seen = arg;

    seen->halves[seen->count++] = (int)picture->at_us;
}

static void on_wanted(void *arg, bool wanted)
{
    struct seen *seen = arg;

    seen->wanted = wanted;
    seen->wanted_calls++;
}

static void pictures_are_made_while_somebody_wants_them(void **state)
{
    struct stream *s = stream_new("gate", SECONDS_US(10), 1 << 20);
    struct seen seen = { 0 };
    struct picture *picture = picture_new(3);

    stream_on_pictures_wanted(s, on_wanted, &seen);
    struct follower *one = stream_follow_pictures(s, on_picture, &seen);
    struct follower *two = stream_follow_pictures(s, on_picture, &seen);
    assert_true(seen.wanted);
    picture->at_us = 77;
    stream_publish_picture(s, picture);
    assert_int_equal(seen.count, 2);
    assert_int_equal(stream_picture(s)->at_us, 77);
    follower_stop(one);
    assert_int_equal(seen.wanted_calls, 1);
    follower_stop(two);
    assert_false(seen.wanted);
    assert_int_equal(seen.wanted_calls, 2);
    stream_break(s);
    assert_null(stream_picture(s));
    stream_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_joins_at_the_last_keyframe),
        cmocka_unit_test(what_is_remembered_is_handed_over_from_a_time_on),
        cmocka_unit_test(what_is_old_is_forgotten_but_not_the_last_gop),
        cmocka_unit_test(never_more_bytes_are_remembered_than_allowed),
        cmocka_unit_test(a_break_is_told_and_nobody_joins_what_lies_before_it),
        cmocka_unit_test(a_new_run_is_joined_at_its_own_keyframe_only),
        cmocka_unit_test(viewers_that_are_held_go_on_at_a_keyframe_and_others_miss_nothing),
        cmocka_unit_test(a_follower_may_stop_itself_while_it_is_called),
        cmocka_unit_test(who_joins_during_a_call_gets_each_fragment_once),
        cmocka_unit_test(followers_outlive_their_stream),
        cmocka_unit_test(pictures_are_made_while_somebody_wants_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
