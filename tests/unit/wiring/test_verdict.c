#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/memory.h"
#include "verdict.h"

/* A table: what each watcher does when, and what comes of it under each source. Letters:
 * O our detector sees, o no more; C the camera sees, c no more; A its detection is away.
 * In an outcome: B an event begins, E it ends, '.' nothing. */
static const struct {
    const char *what;
    const char *steps;
    int at_s[8];
    const char *outcome[4]; /* own, camera, both, agree */
} rows[] = {
    { "ours alone", "Oo", { 0, 10 }, { "BE", "..", "BE", ".." } },
    { "the camera alone", "Cc", { 0, 10 }, { "..", "BE", "BE", ".." } },
    { "the camera 2 s later", "OCoc", { 0, 2, 5, 6 }, { "B.E.", ".B.E", "B..E", ".B.E" } },
    { "ours 2 s later", "COco", { 0, 2, 5, 6 }, { ".B.E", "B.E.", "B..E", ".B.E" } },
    { "within 3 s after ours ended",
      "OoCc",
      { 0, 1, 4, 9 },
      { "BE..", "..BE", "BEBE", "..BE" } },
    { "4 s after ours ended", "OoCc", { 0, 1, 5, 9 }, { "BE..", "..BE", "BEBE", "...." } },
    { "the camera joins what ours still sees",
      "OCoc",
      { 0, 60, 61, 62 },
      { "B.E.", ".B.E", "B..E", ".B.E" } },
    { "twice of ours in one of the camera's",
      "COoOoc",
      { 0, 1, 2, 30, 31, 40 },
      { ".BEBE.", "B....E", "B....E", ".B...E" } },
    { "the camera's is away: agree goes by ours",
      "AOo",
      { 0, 1, 2 },
      { ".BE", "...", ".BE", ".BE" } },
    { "it goes away meanwhile", "CAOo", { 0, 1, 2, 3 }, { "..BE", "BE..", "BEBE", "..BE" } },
};

static char step(struct verdict *v, char what, int64_t now_us)
{
    enum verdict_step said = VERDICT_NOTHING;

    switch (what) {
    case 'O':
    case 'o':
        said = verdict_own(v, what == 'O', now_us);
        break;
    case 'C':
    case 'c':
        said = verdict_camera(v, what == 'C', now_us);
        break;
    case 'A':
        said = verdict_heard(v, false, now_us);
        break;
    }
    return said == VERDICT_BEGINS ? 'B' : said == VERDICT_ENDS ? 'E' : '.';
}

static void each_source_makes_its_events_of_what_is_seen(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int source = 0; source < 4; source++) {
            struct verdict v;
            char outcome[9] = "";
            verdict_begin(&v, (enum motion_source)source);
            verdict_heard(&v, true, 0);
            for (int k = 0; rows[i].steps[k]; k++)
                outcome[k] =
                    step(&v, rows[i].steps[k], SECONDS_US(100 + rows[i].at_s[k]));
            if (strcmp(outcome, rows[i].outcome[source]) != 0)
                fail_msg("%s, source %d: %s", rows[i].what, source, outcome);
        }
    }
}

static void the_same_word_twice_changes_nothing(void **state)
{
    struct verdict v;

    verdict_begin(&v, MOTION_SOURCE_BOTH);
    assert_int_equal(verdict_own(&v, true, 1), VERDICT_BEGINS);
    assert_int_equal(verdict_own(&v, true, 2), VERDICT_NOTHING);
    assert_int_equal(verdict_own(&v, false, 3), VERDICT_ENDS);
    assert_int_equal(verdict_own(&v, false, 4), VERDICT_NOTHING);
}

static void what_ours_saw_is_fresh_for_three_seconds(void **state)
{
    struct verdict v;

    verdict_begin(&v, MOTION_SOURCE_AGREE);
    assert_false(verdict_own_is_fresh(&v, 0));
    verdict_own(&v, true, SECONDS_US(10));
    assert_true(verdict_own_is_fresh(&v, SECONDS_US(500)));
    verdict_own(&v, false, SECONDS_US(500));
    assert_true(verdict_own_is_fresh(&v, SECONDS_US(503)));
    assert_false(verdict_own_is_fresh(&v, SECONDS_US(503) + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_source_makes_its_events_of_what_is_seen),
        cmocka_unit_test(the_same_word_twice_changes_nothing),
        cmocka_unit_test(what_ours_saw_is_fresh_for_three_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
