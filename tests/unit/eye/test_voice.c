#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "voice.h"

/* A process that speaks, and the log that it is passed on to. */
struct scene {
    struct voice voice;
    int mouth, log, to;
    char heard[1 << 16];
};

static int begin(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    int ends[2];

    s->mouth = voice_open(&s->voice, SECONDS_US(100));
    assert_true(s->mouth >= 0);
    assert_int_equal(pipe(ends), 0);
    s->log = ends[0];
    s->to = ends[1];
    *state = s;
    return 0;
}

static int end(void **state)
{
    struct scene *s = *state;

    voice_close(&s->voice, s->to);
    close(s->log);
    close(s->to);
    free(s);
    return 0;
}

static void say(struct scene *s, const char *words)
{
    assert_int_equal(write(s->mouth, words, strlen(words)), (ssize_t)strlen(words));
}

/* What has reached the log when the process has ended. */
static const char *end_and_hear(struct scene *s)
{
    close(s->mouth);
    voice_close(&s->voice, s->to);
    assert_int_equal(write(s->to, "", 1), 1);
    assert_true(read(s->log, s->heard, sizeof s->heard) > 0);
    return s->heard;
}

static void lines_are_passed_on_whole(void **state)
{
    struct scene *s = *state;

    say(s, "camera lo");
    voice_pass_on(&s->voice, s->to);
    say(s, "st: why\nand its last wor");
    voice_pass_on(&s->voice, s->to);
    say(s, "ds");
    assert_string_equal(end_and_hear(s), "camera lost: why\nand its last words\n");
}

static void a_line_can_neither_ring_nor_write_to_a_terminal(void **state)
{
    struct scene *s = *state;

    say(s, "<0>fire\n<6>calm\n\33[2Jgone\r\n\n");
    assert_string_equal(end_and_hear(s), "<3>fire\n<6>calm\n [2Jgone \n");
}

static void a_line_that_is_too_long_is_cut(void **state)
{
    struct scene *s = *state;
    char words[3 * VOICE_LINE];

    memset(words, 'a', sizeof words);
    words[sizeof words - 1] = 0;
    say(s, words);
    assert_int_equal(strlen(end_and_hear(s)), VOICE_LINE);
}

static void too_much_is_not_heard_until_time_has_passed(void **state)
{
    struct scene *s = *state;
    int lines = 0;

    while (voice_may_speak(&s->voice, SECONDS_US(100))) {
        char line[4];
        say(s, "a\n");
        voice_pass_on(&s->voice, s->to);
        assert_int_equal(read(s->log, line, sizeof line), 2);
        lines++;
    }
    assert_in_range(lines, 20, 2000);
    say(s, "b\nc\nd\n");
    assert_false(voice_may_speak(&s->voice, SECONDS_US(101) - 1));
    assert_true(voice_may_speak(&s->voice, SECONDS_US(102)));
    voice_pass_on(&s->voice, s->to);
    assert_string_equal(end_and_hear(s), "b\nc\n");
}

static void whoever_closes_the_mouth_is_no_longer_waited_for(void **state)
{
    struct scene *s = *state;

    close(s->mouth);
    voice_pass_on(&s->voice, s->to);
    assert_false(voice_may_speak(&s->voice, SECONDS_US(200)));
    assert_int_equal(s->voice.fd, -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_are_passed_on_whole),
        TEST(a_line_can_neither_ring_nor_write_to_a_terminal),
        TEST(a_line_that_is_too_long_is_cut),
        TEST(too_much_is_not_heard_until_time_has_passed),
        TEST(whoever_closes_the_mouth_is_no_longer_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
