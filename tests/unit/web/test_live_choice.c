/* Which stream a page is sent where it left that to us; time is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "../media/make_mp4.h"
#include "live_choice.h"
#include "media/stream.h"

struct scene {
    struct live_choice choice;
    struct stream *sub, *main;
};

static void comes(struct stream *s, const char *codecs)
{
    struct init *init = make_init(false, 30, SECONDS_US(1000));

    snprintf(init->codecs, sizeof init->codecs, "%s", codecs);
    stream_publish(s, make_fragment(init, SECONDS_US(1000), MILLIS_US(500), true, 100));
    init_unref(init);
}

static int begin(void **state)
{
    static struct scene scene;

    scene = (struct scene){ .sub = stream_new("gate", 0, 1 << 20),
                            .main = stream_new("gate", 0, 1 << 20) };
    scene.choice = (struct live_choice){ .sub = scene.sub, .main = scene.main };
    *state = &scene;
    return 0;
}

static int end(void **state)
{
    struct scene *s = *state;

    stream_free(s->sub);
    stream_free(s->main);
    return 0;
}

static void the_sub_stream_is_the_first_choice(void **state)
{
    struct scene *s = *state;

    assert_ptr_equal(live_choice_first(&s->choice), s->sub); /* nothing has come yet */
    comes(s->main, "avc1.4d0028");
    comes(s->sub, "avc1.4d0028");
    assert_ptr_equal(live_choice_first(&s->choice), s->sub);
    for (int i = 0; i < 60; i++)
        assert_null(live_choice_look(&s->choice, SECONDS_US(1 + i)));
}

static void while_it_is_silent_the_main_stream_is_taken_at_once_by_who_comes(void **state)
{
    struct scene *s = *state;

    comes(s->main, "avc1.4d0028");
    assert_ptr_equal(live_choice_first(&s->choice), s->main);
    assert_null(live_choice_look(&s->choice, SECONDS_US(1)));
}

static void who_watches_goes_over_after_three_seconds_and_back_after_ten(void **state)
{
    struct scene *s = *state;

    comes(s->main, "avc1.4d0028");
    comes(s->sub, "avc1.4d0028");
    live_choice_first(&s->choice);
    stream_break(s->sub);
    assert_null(live_choice_look(&s->choice, SECONDS_US(10)));
    assert_null(live_choice_look(&s->choice, SECONDS_US(12)));
    assert_ptr_equal(live_choice_look(&s->choice, SECONDS_US(13)), s->main);
    comes(s->sub, "avc1.4d0028");
    assert_null(live_choice_look(&s->choice, SECONDS_US(20)));
    assert_null(live_choice_look(&s->choice, SECONDS_US(29)));
    stream_break(s->sub); /* it was not back yet */
    assert_null(live_choice_look(&s->choice, SECONDS_US(30)));
    comes(s->sub, "avc1.4d0028");
    assert_null(live_choice_look(&s->choice, SECONDS_US(31)));
    assert_ptr_equal(live_choice_look(&s->choice, SECONDS_US(41)), s->sub);
}

static void what_some_browsers_cannot_show_is_not_taken(void **state)
{
    struct scene *s = *state;

    comes(s->main, "hvc1.1.6.L120.90");
    assert_ptr_equal(live_choice_first(&s->choice), s->sub);
    assert_null(live_choice_look(&s->choice, SECONDS_US(1)));
    assert_null(live_choice_look(&s->choice, SECONDS_US(60)));
}

static void who_asked_for_one_stream_gets_no_other(void **state)
{
    struct scene *s = *state;
    struct live_choice only_sub = { .sub = s->sub }, only_main = { .main = s->main };

    comes(s->main, "avc1.4d0028");
    assert_ptr_equal(live_choice_first(&only_sub), s->sub);
    assert_null(live_choice_look(&only_sub, SECONDS_US(60)));
    assert_ptr_equal(live_choice_first(&only_main), s->main);
    stream_break(s->main);
    assert_null(live_choice_look(&only_main, SECONDS_US(60)));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_sub_stream_is_the_first_choice),
        CASE(while_it_is_silent_the_main_stream_is_taken_at_once_by_who_comes),
        CASE(who_watches_goes_over_after_three_seconds_and_back_after_ten),
        CASE(what_some_browsers_cannot_show_is_not_taken),
        CASE(who_asked_for_one_stream_gets_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
