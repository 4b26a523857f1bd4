#include <stdio.h>
#include <unistd.h>

#include "core/memory.h"
#include "corrections.h"
#include "place.h"
#include "record/clock_word.h"

/* The clock is set: so many seconds of the test's day, from now on. */
static void set_clock(struct place *p, double seconds)
{
    clock_step(at(seconds));
    new_run(p, at(seconds));
}

static void tick(struct place *p)
{
    settle(p);
    volume_tick(p->volume);
    settle(p);
}

static void assert_row(struct place *p, size_t i, double from_s, double to_s, bool trusted)
{
    struct segment_list list = rows(p);

    assert_true(i < list.count);
    assert_int_equal(list.rows[i].start_us, at(from_s));
    assert_int_equal(list.rows[i].end_us, at(to_s));
    assert_int_equal(list.rows[i].clock_trusted, trusted);
    segment_list_free(&list);
}

static int untrusted(void **state)
{
    int failed = place_make(state);
    struct place *p = *state;

    clock_distrust();
    new_run(p, at(0));
    return failed;
}

/* Half a minute under a clock that is ten hours behind. */
static void record_wrongly(struct place *p)
{
    feed(p, 0, 30);
    settle(p);
    assert_row(p, 0, 0, 30, false);
}

static void set_right(struct place *p)
{
    clock_trusted = true;
    set_clock(p, 36030);
    feed(p, 36030, 36060);
    tick(p);
}

static void footage_of_a_wrong_clock_is_moved_when_it_is_set(void **state)
{
    struct place *p = *state;

    place_open(p);
    record_wrongly(p);
    set_right(p);
    assert_row(p, 0, 36000, 36030, true);
    assert_row(p, 1, 36030, 36060, true);
    assert_tiled(p, at(36000), at(36060));
}

static void a_camera_that_is_away_when_the_clock_is_set_is_moved_too(void **state)
{
    struct place *p = *state;

    place_open(p);
    record_wrongly(p);
    clock_set(at(40));
    tick(p); /* silence: a gap is open */
    clock_trusted = true;
    clock_step(at(36040));
    tick(p);
    assert_row(p, 0, 36000, 36030, true);
    new_run(p, at(36050));
    feed(p, 36050, 36060);
    tick(p);
    assert_tiled(p, at(36000), at(36060));
}

static void a_rebuild_from_files_has_the_corrected_times(void **state)
{
    struct place *p = *state;
    char *database = xformat("%s/keng.db", p->state);

    place_open(p);
    record_wrongly(p);
    set_right(p);
    place_close(p);
    assert_int_equal(unlink(database), 0);
    place_open(p);
    settle(p);
    assert_row(p, 0, 36000, 36030, true);
    assert_tiled(p, at(36000), at(36060));
    free(database);
}

static void a_clock_that_was_right_all_the_time_is_confirmed(void **state)
{
    struct place *p = *state;

    place_open(p);
    record_wrongly(p);
    clock_trusted = true;
    tick(p);
    assert_row(p, 0, 0, 30, true);
    feed(p, 30, 90); /* the same run goes on in another file */
    tick(p);
    assert_row(p, 1, 60, 90, true);
}

static void what_an_earlier_kengd_of_this_boot_recorded_is_moved(void **state)
{
    struct place *p = *state;

    place_open(p);
    record_wrongly(p);
    tick(p); /* clock.log */
    place_close(p);
    clock_set(at(50));
    place_open(p);
    new_run(p, at(50));
    feed(p, 50, 60);
    settle(p);
    clock_trusted = true;
    set_clock(p, 36060);
    feed(p, 36060, 36070);
    tick(p);
    assert_row(p, 0, 36000, 36030, true);
    assert_row(p, 1, 36050, 36060, true);
    assert_tiled(p, at(36000), at(36070));
}

static void the_time_before_a_boot_with_a_wrong_clock_is_a_gap(void **state)
{
    struct place *p = *state;

    clock_trusted = true;
    new_run(p, at(7200));
    clock_set(at(7200));
    place_open(p);
    feed(p, 7200, 7230);
    place_close(p);
    clock_distrust();
    set_clock(p, 0);
    place_open(p);
    record_wrongly(p);
    set_right(p);
    assert_row(p, 0, 7200, 7230, true);
    assert_row(p, 1, 36000, 36030, true);
    assert_tiled(p, at(7200), at(36060));
}

static void a_step_forward_of_a_trusted_clock_is_a_gap_of_its_own(void **state)
{
    struct place *p = *state;

    clock_trusted = true;
    new_run(p, at(0));
    place_open(p);
    feed(p, 0, 30);
    set_clock(p, 7230);
    feed(p, 7230, 7260);
    tick(p);
    assert_row(p, 0, 0, 30, true);
    assert_tiled(p, at(0), at(7260));
    struct gap_list list = gaps(p);
    assert_int_equal(list.count, 1);
    assert_string_equal(gap_cause_word(list.rows[0].cause), "clock");
    gap_list_free(&list);
}

static void after_a_step_back_no_two_recordings_claim_one_time(void **state)
{
    struct place *p = *state;

    clock_trusted = true;
    clock_set(at(36000));
    new_run(p, at(36000));
    place_open(p);
    feed(p, 36000, 36030);
    set_clock(p, 30);
    feed(p, 30, 60);
    tick(p);
    assert_row(p, 0, 0, 30, true);
    assert_row(p, 1, 30, 60, true);
    assert_tiled(p, at(0), at(60));
}

static void a_person_can_vouch_for_the_clock_until_it_is_set(void **state)
{
    (void)state;
    assert_false(clock_is_trusted());
    clock_trust();
    assert_true(clock_is_trusted());
    clock_set(at(3600));
    assert_true(clock_is_trusted());
    clock_step(at(7200));
    assert_false(clock_is_trusted());
}

static void a_persons_word_outlives_kengd_but_not_the_boot_or_a_set_clock(void **state)
{
    struct place *p = *state;
    char *path = xformat("%s/clock-word", p->state), *word = clock_word_new();
    const char other_boot[] = "{\"boot\": \"x\", \"ahead_us\": 0}";

    assert_false(clock_word_recall(p->state));
    assert_true(clock_word_write(p->state, word, NULL));
    assert_true(clock_word_recall(p->state));
    assert_true(clock_is_trusted());
    clock_distrust();
    clock_step(clock_wall_us() + SECONDS_US(2));
    assert_false(clock_word_recall(p->state));
    assert_false(clock_is_trusted());
    assert_true(clock_word_write(p->state, other_boot, NULL));
    assert_false(clock_word_recall(p->state));
    assert_true(clock_word_write(p->state, "{\"boot\": 1", NULL));
    assert_false(clock_word_recall(p->state));
    assert_int_equal(unlink(path), 0);
    free(path);
    free(word);
}

static void a_torn_line_of_the_clock_log_costs_only_itself(void **state)
{
    struct place *p = *state;
    struct corrections list;
    struct correction one = { .camera = "gate", .run_us = 7, .offset_us = 5, .trusted = true };
    char *path, *line = correction_line(&one);

    place_open(p);
    path = file_path(p, "clock.log");
    FILE *file = fopen(path, "w");
    fputs("{\"run_us\": 7, \"camera\": \"ga", file);
    fclose(file);
    assert_true(corrections_append(p->volume->mount->root_fd, line, NULL));
    corrections_read(p->volume->mount->root_fd, &list);
    assert_int_equal(list.count, 1);
    assert_int_equal(corrections_find(&list, "gate", 7)->offset_us, 5);
    assert_null(corrections_find(&list, "gate", 8));
    corrections_free(&list);
    free(line);
    free(path);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, untrusted, place_drop)
    const struct CMUnitTest tests[] = {
        IN_PLACE(footage_of_a_wrong_clock_is_moved_when_it_is_set),
        IN_PLACE(a_camera_that_is_away_when_the_clock_is_set_is_moved_too),
        IN_PLACE(a_rebuild_from_files_has_the_corrected_times),
        IN_PLACE(a_clock_that_was_right_all_the_time_is_confirmed),
        IN_PLACE(what_an_earlier_kengd_of_this_boot_recorded_is_moved),
        IN_PLACE(the_time_before_a_boot_with_a_wrong_clock_is_a_gap),
        IN_PLACE(a_step_forward_of_a_trusted_clock_is_a_gap_of_its_own),
        IN_PLACE(after_a_step_back_no_two_recordings_claim_one_time),
        IN_PLACE(a_person_can_vouch_for_the_clock_until_it_is_set),
        IN_PLACE(a_persons_word_outlives_kengd_but_not_the_boot_or_a_set_clock),
        IN_PLACE(a_torn_line_of_the_clock_log_costs_only_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
