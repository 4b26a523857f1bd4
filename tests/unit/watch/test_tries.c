#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "core/clock.h"
#include "core/loop.h"
#include "tries.h"

static int64_t mono_us, wall_us;

static int64_t mono(void)
{
    return mono_us;
}

static int64_t wall(void)
{
    return wall_us;
}

static bool synchronised(void)
{
    return true;
}

static const struct clock_source source = { wall, mono, synchronised };

static void pass(int64_t us)
{
    mono_us += us;
    wall_us += us;
}

enum { NOT_YET, MAY, MAY_NOT };

struct login {
    struct try try;
    int turn;
};

static void on_turn(void *arg, bool may)
{
    ((struct login *)arg)->turn = may ? MAY : MAY_NOT;
}

/* Turns are given by the loop. */
static void let_loop_run(struct loop *loop)
{
    event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
}

#define VIEWER "10.0.0.1:554 viewer"

struct scene {
    struct loop *loop;
    struct tries *tries;
    struct place *place;
};

static int begin(void **state)
{
    static struct scene s;

    mono_us = SECONDS_US(5000);
    wall_us = INT64_C(1700000000000000);
    clock_use(&source);
    s.loop = loop_new();
    s.tries = tries_new(s.loop, NULL);
    s.place = tries_place(s.tries, "10.0.0.1:554 viewer", "wrong");
    *state = &s;
    return 0;
}

static int end(void **state)
{
    struct scene *s = *state;

    tries_free(s->tries);
    loop_free(s->loop);
    clock_use(NULL);
    return 0;
}

static void await_turn(struct scene *s, struct login *login)
{
    while (login->turn == NOT_YET)
        event_base_loop(loop_base(s->loop), EVLOOP_ONCE);
}

static void fail_once(struct scene *s, const char *password)
{
    struct login login = { .turn = NOT_YET };

    try_begin(&login.try, s->place, password, on_turn, &login);
    await_turn(s, &login);
    assert_int_equal(login.turn, MAY);
    try_was_wrong(&login.try);
    let_loop_run(s->loop);
}

static void three_failures_make_a_pause_of_ten_minutes(void **state)
{
    struct scene *s = *state;
    struct login login = { .turn = NOT_YET };

    fail_once(s, "wrong");
    pass(SECONDS_US(60));
    fail_once(s, "wrong");
    fail_once(s, "wrong");
    assert_true(place_pause_us(s->place) == SECONDS_US(540));
    try_begin(&login.try, s->place, "wrong", on_turn, &login);
    assert_int_equal(login.turn, MAY_NOT);
    pass(SECONDS_US(540));
    assert_true(place_pause_us(s->place) == 0);
    fail_once(s, "wrong"); /* room for one: the others are a minute younger */
    assert_true(place_pause_us(s->place) == SECONDS_US(60));
}

static void a_right_login_is_not_counted(void **state)
{
    struct scene *s = *state;

    for (int i = 0; i < 10; i++) {
        struct login login = { .turn = NOT_YET };
        try_begin(&login.try, s->place, "right", on_turn, &login);
        assert_int_equal(login.turn, MAY);
        try_was_right(&login.try);
    }
    assert_true(place_pause_us(s->place) == 0);
}

static void all_channels_of_a_host_share_the_count(void **state)
{
    struct scene *s = *state;

    fail_once(s, "wrong");
    assert_ptr_equal(tries_place(s->tries, "10.0.0.1:554 viewer", "wrong"), s->place);
    struct place *other = tries_place(s->tries, "10.0.0.1:554 admin", "wrong");
    assert_ptr_not_equal(other, s->place);
    fail_once(s, "wrong");
    fail_once(s, "wrong");
    assert_true(place_pause_us(s->place) > 0);
    assert_true(place_pause_us(other) == 0);
}

static void logins_take_turns_so_that_never_more_than_three_fail(void **state)
{
    struct scene *s = *state;
    struct login logins[8] = { 0 };

    for (int i = 0; i < 8; i++)
        try_begin(&logins[i].try, s->place, "wrong", on_turn, &logins[i]);
    for (int i = 0; i < 8; i++)
        assert_int_equal(logins[i].turn, i < 3 ? MAY : NOT_YET);
    try_was_wrong(&logins[0].try);
    let_loop_run(s->loop);
    assert_int_equal(logins[3].turn, NOT_YET);
    try_was_wrong(&logins[1].try);
    try_was_wrong(&logins[2].try);
    let_loop_run(s->loop);
    for (int i = 3; i < 8; i++)
        assert_int_equal(logins[i].turn, MAY_NOT);
}

static void when_a_login_was_right_the_next_has_its_turn(void **state)
{
    struct scene *s = *state;
    struct login logins[8] = { 0 };

    for (int i = 0; i < 8; i++)
        try_begin(&logins[i].try, s->place, "right", on_turn, &logins[i]);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(logins[i].turn, MAY);
        try_was_right(&logins[i].try);
        let_loop_run(s->loop);
    }
}

static void one_that_is_cancelled_leaves_its_place(void **state)
{
    struct scene *s = *state;
    struct login logins[5] = { 0 };

    for (int i = 0; i < 5; i++)
        try_begin(&logins[i].try, s->place, "right", on_turn, &logins[i]);
    try_cancel(&logins[3].try); /* it waited */
    try_cancel(&logins[0].try); /* it was out */
    try_cancel(&logins[0].try); /* nothing more to cancel */
    let_loop_run(s->loop);
    assert_int_equal(logins[3].turn, NOT_YET);
    assert_int_equal(logins[4].turn, MAY);
    assert_true(place_pause_us(s->place) == 0);
}

static void another_password_may_be_tried_at_once(void **state)
{
    struct scene *s = *state;

    for (int i = 0; i < 3; i++)
        fail_once(s, "wrong");
    tries_place(s->tries, VIEWER, "wrong");
    assert_true(place_pause_us(s->place) > 0);
    place_let_go(s->place, "wrong");
    place_let_go(s->place, "wrong");
    tries_place(s->tries, VIEWER, "wrong"); /* begun anew for something else */
    assert_true(place_pause_us(s->place) > 0);
    place_let_go(s->place, "wrong");
    tries_place(s->tries, VIEWER, "other");
    assert_true(place_pause_us(s->place) == 0);
    for (int i = 0; i < 3; i++)
        fail_once(s, "other");
    assert_true(place_pause_us(s->place) > 0);
}

static void failures_count_whatever_the_password(void **state)
{
    struct scene *s = *state;

    tries_place(s->tries, VIEWER, "of another channel");
    fail_once(s, "wrong");
    fail_once(s, "of another channel");
    tries_failed_elsewhere(s->tries, VIEWER, tries_mark(VIEWER, "typed"));
    assert_true(place_pause_us(s->place) == SECONDS_US(600));
    tries_failed_elsewhere(s->tries, "10.0.0.2:554 viewer", 1); /* nobody's place */
}

static void what_is_typed_stops_no_camera_whose_password_was_right(void **state)
{
    struct scene *s = *state;
    struct login login = { .turn = NOT_YET };

    try_begin(&login.try, s->place, "wrong", on_turn, &login);
    try_was_right(&login.try);
    for (int i = 0; i < 3; i++)
        tries_failed_elsewhere(s->tries, VIEWER, tries_mark(VIEWER, "typed"));
    assert_true(place_pause_us(s->place) == 0);
    fail_once(s, "wrong"); /* it is right no longer: all count */
    assert_true(place_pause_us(s->place) > 0);
}

/* ---- with a catalogue -------------------------------------------------------------- */

static struct desk *desk_begin_as(struct scene *s, const char *dir, const char *password,
                                  bool by_hand)
{
    bool replaced;

    s->loop = loop_new();
    struct desk *desk = desk_open(dir, STORE_DUTIES, "duties", s->loop, &replaced, NULL);
    assert_non_null(desk);
    s->tries = tries_new(s->loop, desk);
    if (by_hand)
        tries_by_hand(s->tries);
    s->place = tries_place(s->tries, VIEWER, password);
    return desk;
}

static struct desk *desk_begin(struct scene *s, const char *dir, const char *password)
{
    return desk_begin_as(s, dir, password, false);
}

static struct desk *desk_begin_by_hand(struct scene *s, const char *dir, const char *password)
{
    return desk_begin_as(s, dir, password, true);
}

/* The loop's end brings back what the desk did. */
static void desk_end(struct scene *s, struct desk *desk)
{
    tries_free(s->tries);
    desk_close(desk);
    loop_free(s->loop);
}

static void remove_catalogue(const char *dir)
{
    static const char *const names[] = { "keng.db", "keng.db-wal", "keng.db-shm",
                                         "keng.lock" };
    char file[64];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(file, sizeof file, "%s/%s", dir, names[i]);
        unlink(file);
    }
    rmdir(dir);
}

static int may_after_restart(const char *dir, const char *password, int64_t *pause_us)
{
    struct login login = { .turn = NOT_YET };
    struct scene s;
    struct desk *desk = desk_begin(&s, dir, password);

    try_begin(&login.try, s.place, password, on_turn, &login);
    await_turn(&s, &login);
    *pause_us = place_pause_us(s.place);
    try_cancel(&login.try);
    desk_end(&s, desk);
    return login.turn;
}

static void failures_are_remembered_over_a_restart(void **state)
{
    char dir[] = "/tmp/tries-XXXXXX";
    int64_t pause_us;
    struct scene s;

    assert_non_null(mkdtemp(dir));
    struct desk *desk = desk_begin(&s, dir, "wrong");
    fail_once(&s, "wrong");
    pass(SECONDS_US(100));
    fail_once(&s, "wrong");
    fail_once(&s, "wrong");
    desk_end(&s, desk);
    pass(SECONDS_US(200));
    assert_int_equal(may_after_restart(dir, "wrong", &pause_us), MAY_NOT);
    assert_true(pause_us == SECONDS_US(300)); /* the oldest is 300 s old */
    assert_int_equal(may_after_restart(dir, "other", &pause_us), MAY);
    assert_int_equal(may_after_restart(dir, "wrong", &pause_us), MAY); /* changed again */
    remove_catalogue(dir);
}

static void typed_by_hand(const char *dir, int expected)
{
    struct login login = { .turn = NOT_YET };
    struct scene s;
    struct desk *desk = desk_begin_by_hand(&s, dir, "typed");

    try_begin(&login.try, s.place, "typed", on_turn, &login);
    await_turn(&s, &login);
    assert_int_equal(login.turn, expected);
    if (login.turn == MAY)
        try_was_wrong(&login.try);
    desk_end(&s, desk);
}

static void what_is_typed_counts_with_the_cameras_and_is_no_other_configuration(void **state)
{
    char dir[] = "/tmp/tries-XXXXXX";
    int64_t pause_us;
    struct scene s;

    assert_non_null(mkdtemp(dir));
    struct desk *desk = desk_begin(&s, dir, "wrong");
    fail_once(&s, "wrong");
    desk_end(&s, desk);
    typed_by_hand(dir, MAY);
    typed_by_hand(dir, MAY);
    typed_by_hand(dir, MAY_NOT);
    assert_int_equal(may_after_restart(dir, "wrong", &pause_us), MAY_NOT);
    assert_int_equal(may_after_restart(dir, "typed", &pause_us), MAY); /* and configured */
    remove_catalogue(dir);
}

/* A login is sent, and kengd dies (nobody tells its end) or hears that it was right. */
static void log_in_and_end(const char *dir, bool dies)
{
    struct login login = { .turn = NOT_YET };
    struct scene s;
    struct desk *desk = desk_begin(&s, dir, "wrong");

    try_begin(&login.try, s.place, "wrong", on_turn, &login);
    await_turn(&s, &login);
    assert_int_equal(login.turn, MAY);
    if (!dies)
        try_was_right(&login.try);
    desk_end(&s, desk);
}

static void a_login_counts_before_it_is_sent(void **state)
{
    char dir[] = "/tmp/tries-XXXXXX";
    int64_t pause_us;

    assert_non_null(mkdtemp(dir));
    for (int i = 0; i < 5; i++)
        log_in_and_end(dir, false);
    for (int i = 0; i < 3; i++)
        log_in_and_end(dir, true);
    assert_int_equal(may_after_restart(dir, "wrong", &pause_us), MAY_NOT);
    remove_catalogue(dir);
}

static void one_that_is_cancelled_while_it_is_counted_leaves_nothing(void **state)
{
    char dir[] = "/tmp/tries-XXXXXX";
    int64_t pause_us;

    assert_non_null(mkdtemp(dir));
    for (int i = 0; i < 4; i++) {
        struct login login = { .turn = NOT_YET };
        struct scene s;
        struct desk *desk = desk_begin(&s, dir, "wrong");

        try_begin(&login.try, s.place, "wrong", on_turn, &login);
        await_turn(&s, &login); /* what is remembered has been read */
        try_was_right(&login.try);
        login.turn = NOT_YET;
        try_begin(&login.try, s.place, "wrong", on_turn, &login);
        try_cancel(&login.try);
        let_loop_run(s.loop);
        assert_int_equal(login.turn, NOT_YET);
        desk_end(&s, desk);
    }
    assert_int_equal(may_after_restart(dir, "wrong", &pause_us), MAY);
    remove_catalogue(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(three_failures_make_a_pause_of_ten_minutes, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_right_login_is_not_counted, begin, end),
        cmocka_unit_test_setup_teardown(all_channels_of_a_host_share_the_count, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            logins_take_turns_so_that_never_more_than_three_fail, begin, end),
        cmocka_unit_test_setup_teardown(when_a_login_was_right_the_next_has_its_turn,
                                        begin, end),
        cmocka_unit_test_setup_teardown(one_that_is_cancelled_leaves_its_place, begin,
                                        end),
        cmocka_unit_test_setup_teardown(another_password_may_be_tried_at_once, begin,
                                        end),
        cmocka_unit_test_setup_teardown(failures_are_remembered_over_a_restart, begin,
                                        end),
        cmocka_unit_test_setup_teardown(failures_count_whatever_the_password, begin, end),
        cmocka_unit_test_setup_teardown(
            what_is_typed_stops_no_camera_whose_password_was_right, begin, end),
        cmocka_unit_test_setup_teardown(
            what_is_typed_counts_with_the_cameras_and_is_no_other_configuration, begin,
            end),
        cmocka_unit_test_setup_teardown(a_login_counts_before_it_is_sent, begin, end),
        cmocka_unit_test_setup_teardown(
            one_that_is_cancelled_while_it_is_counted_leaves_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
