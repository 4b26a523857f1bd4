/* The detector behind its thread: what the loop feeds and what comes back to it. */
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/loop.h"
#include "film.h"
#include "jpeg.h"
#include "motion.h"

struct place {
    struct loop *loop;
    struct motion *motion;
    struct timer *guard; /* a test that hangs fails instead */
    int began, ended, pictures, seconds;
    bool picture_is_jpeg;
    int views;
    int stop_after_began, stop_after_ended, stop_after_pictures;
};

static const struct film_order walk = { .codec = CODEC_H264,
                                        .width = 640,
                                        .height = 360,
                                        .seconds = 26,
                                        .walk_from_s = 10,
                                        .walk_to_s = 16 };
static const struct motion_setup watching = { .detect = true, .sensitivity = 3 };
static struct film *film;

static int make_film(void **state)
{
    film = film_make(&walk);
    return film ? 0 : -1;
}

static int free_film(void **state)
{
    film_free(film);
    return 0;
}

static void on_event(void *arg, const struct motion_event *event)
{
    struct place *p = arg;
    int size[2];

    if (event->phase == MOTION_PHASE_BEGAN) {
        p->began++;
        p->picture_is_jpeg = jpeg_size(event->jpeg, event->jpeg_size, size);
    }
    p->ended += event->phase == MOTION_PHASE_ENDED;
    if (p->began == p->stop_after_began || p->ended == p->stop_after_ended)
        loop_stop(p->loop);
}

static void on_picture(void *arg, const uint8_t *jpeg, size_t size, int64_t wall_us,
                       int width, int height)
{
    struct place *p = arg;

    p->pictures++;
    if (p->pictures == p->stop_after_pictures)
        loop_stop(p->loop);
}

static void on_activity(void *arg, const struct motion_activity *second)
{
    struct place *p = arg;

    p->seconds++;
}

static void on_debug(void *arg, const struct debug_view *view)
{
    struct place *p = arg;

    p->views++;
    assert_true(view->now[0] > 0 && view->background[0] > 0);
}

static const struct motion_listener listener = { .on_event = on_event,
                                                 .on_picture = on_picture,
                                                 .on_activity = on_activity,
                                                 .on_debug = on_debug };

static void on_guard(void *arg)
{
    loop_stop(((struct place *)arg)->loop);
}

static void start(struct place *p, const struct motion_setup *setup)
{
    *p = (struct place){ .stop_after_began = -1,
                         .stop_after_ended = -1,
                         .stop_after_pictures = -1 };
    p->loop = loop_new();
    p->guard = timer_new(p->loop, on_guard, p);
    timer_after(p->guard, SECONDS_US(60));
    p->motion = motion_start(setup, p->loop, &listener, p);
    assert_non_null(p->motion);
}

static void stop(struct place *p)
{
    motion_stop(p->motion);
    timer_free(p->guard);
    loop_free(p->loop);
}

static void feed_run(struct place *p, int from, int to, uint32_t run)
{
    for (int i = from; i < to && i < film->count; i++) {
        struct packet packet = film_packet(film, i, run);
        motion_feed(p->motion, &packet);
    }
}

static void feed(struct place *p, int from, int to)
{
    feed_run(p, from, to, 1);
}

static void an_event_comes_back_to_the_loop_with_its_picture(void **state)
{
    struct place p;
    struct motion_counts counts;

    start(&p, &watching);
    p.stop_after_ended = 1;
    feed(&p, 0, film->count);
    loop_run(p.loop);
    assert_int_equal(p.began, 1);
    assert_in_range(p.seconds, 4, 7); /* the last ones may still be waited for */
    assert_int_equal(p.ended, 1);
    assert_true(p.picture_is_jpeg);
    motion_counts(p.motion, &counts);
    assert_int_equal(counts.fed, film->count);
    assert_int_equal(counts.dropped, 0);
    assert_true(counts.decoded > 0 && counts.decoded < film->count);
    stop(&p);
}

static void a_break_ends_the_event_although_no_packet_follows(void **state)
{
    struct place p;

    start(&p, &watching);
    p.stop_after_ended = 1;
    feed(&p, 0, 14 * FILM_FPS);
    motion_break(p.motion);
    motion_break(p.motion);
    loop_run(p.loop);
    assert_int_equal(p.began, 1);
    assert_int_equal(p.ended, 1);
    stop(&p);
}

static void who_neither_detects_nor_is_asked_takes_nothing_in(void **state)
{
    const struct motion_setup idle = { .detect = false };
    struct place p;
    struct motion_counts counts;

    start(&p, &idle);
    feed(&p, 0, film->count);
    motion_counts(p.motion, &counts);
    assert_int_equal(counts.fed, 0);
    stop(&p);
}

static void who_is_asked_for_pictures_takes_in_a_keyframe_every_two_seconds(void **state)
{
    const struct motion_setup idle = { .detect = false };
    struct place p;
    struct motion_counts counts;

    start(&p, &idle);
    p.stop_after_pictures = 13;
    motion_want_pictures(p.motion, true);
    feed(&p, 0, film->count);
    loop_run(p.loop);
    assert_int_equal(p.pictures, 13);
    motion_counts(p.motion, &counts);
    assert_int_equal(counts.fed, 13);
    stop(&p);
}

/* The loop does not run while the thread looks, whose looks are known from a first time. */
static void what_it_sees_does_not_pile_up_before_the_loop(void **state)
{
    int64_t looks = INT64_MAX;

    for (int time = 0; time < 2; time++) {
        struct motion_counts counts;
        struct place p;
        start(&p, &watching);
        motion_want_debug(p.motion, true);
        feed(&p, 0, film->count);
        p.stop_after_ended = 1;
        do
            motion_counts(p.motion, &counts);
        while (counts.analysed < looks && time > 0);
        loop_run(p.loop);
        motion_counts(p.motion, &counts);
        if (time > 0)
            assert_in_range(p.views, 1, 10); /* of some 40 */
        looks = counts.analysed;
        stop(&p);
    }
}

static void reports_that_wait_when_it_is_stopped_are_not_given(void **state)
{
    struct place p;

    start(&p, &watching);
    feed(&p, 0, film->count);
    stop(&p); /* the loop never ran; loop_free() runs what was posted */
    assert_int_equal(p.began, 0);
}

/* A clock at which the detector's thread stops, so that what follows has an order. */
static struct {
    pthread_t loop;
    sem_t reached, go_on;
    bool used;
} gate;

static int64_t gate_wall_us(void)
{
    if (!pthread_equal(pthread_self(), gate.loop) && !gate.used) {
        gate.used = true;
        sem_post(&gate.reached);
        sem_wait(&gate.go_on);
    }
    return SECONDS_US(2000);
}

static int64_t gate_mono_us(void)
{
    return SECONDS_US(500);
}

static bool gate_is_synchronised(void)
{
    return true;
}

static void a_thread_that_is_too_slow_drops_to_the_next_keyframe_and_counts(void **state)
{
    static const struct clock_source source = { gate_wall_us, gate_mono_us,
                                                gate_is_synchronised };
    struct place p;
    struct motion_counts counts;
    int walking = 14 * FILM_FPS; /* a keyframe */

    gate.loop = pthread_self();
    gate.used = false;
    sem_init(&gate.reached, 0, 0);
    sem_init(&gate.go_on, 0, 0);
    clock_use(&source);
    start(&p, &watching);
    p.stop_after_ended = 1;
    feed(&p, 0, walking);
    sem_wait(&gate.reached); /* it reports the beginning, and hangs */
    for (int i = 0; i < 700; i++) {
        struct packet packet = film_packet(film, walking + 1, 1);
        motion_feed(p.motion, &packet);
    }
    motion_counts(p.motion, &counts);
    assert_int_equal(counts.fed, walking + 700);
    assert_true(counts.dropped >= 100 && counts.dropped < 700);
    sem_post(&gate.go_on);
    motion_break(p.motion);
    loop_run(p.loop); /* until the break, behind all that waited, ends the event */
    motion_counts(p.motion, &counts);
    /* What waited went unseen, also what had come before the thread hung. */
    assert_in_range(counts.dropped, 700, 700 + 4 * FILM_FPS);
    p.stop_after_ended = 2;
    feed_run(&p, 8 * FILM_FPS, film->count, 2);
    loop_run(p.loop);
    assert_int_equal(p.began, 2);
    assert_int_equal(p.ended, 2);
    stop(&p);
    clock_use(NULL);
    sem_destroy(&gate.reached);
    sem_destroy(&gate.go_on);
}

static void a_packet_larger_than_any_picture_is_dropped(void **state)
{
    struct place p;
    struct motion_counts counts;
    uint8_t byte = 0;
    struct packet packet = film_packet(film, 0, 1);

    packet.bytes = &byte; /* never read */
    packet.size = AU_MAX + 1;
    start(&p, &watching);
    motion_feed(p.motion, &packet);
    motion_counts(p.motion, &counts);
    assert_int_equal(counts.dropped, 1);
    stop(&p);
}

#ifndef KENGD_SANITIZED

/* What keng-camera allows itself once it is set up. */
static void close_sandbox(void)
{
    static const int allowed[] = {
        SCMP_SYS(epoll_wait),    SCMP_SYS(epoll_ctl),    SCMP_SYS(futex),
        SCMP_SYS(brk),           SCMP_SYS(munmap),       SCMP_SYS(mremap),
        SCMP_SYS(exit_group),    SCMP_SYS(read),         SCMP_SYS(write),
        SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (seccomp_load(filter) < 0)
        _exit(9);
}

/* Never returns. */
static void detect_in_sandbox(const struct motion_setup *setup)
{
    struct place p;

    mallopt(M_ARENA_MAX, 1);
    start(&p, setup);
    close_sandbox();
    motion_want_pictures(p.motion, true);
    p.stop_after_ended = 1;
    feed(&p, 0, film->count);
    loop_run(p.loop);
    _exit(p.began == 1 && p.ended == 1 && p.pictures > 5 ? 0 : 1);
}

static void it_sees_and_draws_behind_the_sandbox(void **state)
{
    struct motion_setup setup = watching;
    int status;

    setup.jpeg_width = 320; /* so that it must scale */
    pid_t child = fork();
    if (child == 0)
        detect_in_sandbox(&setup);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifndef KENGD_SANITIZED
        cmocka_unit_test(it_sees_and_draws_behind_the_sandbox),
#endif
        cmocka_unit_test(an_event_comes_back_to_the_loop_with_its_picture),
        cmocka_unit_test(a_break_ends_the_event_although_no_packet_follows),
        cmocka_unit_test(who_neither_detects_nor_is_asked_takes_nothing_in),
        cmocka_unit_test(who_is_asked_for_pictures_takes_in_a_keyframe_every_two_seconds),
        cmocka_unit_test(what_it_sees_does_not_pile_up_before_the_loop),
        cmocka_unit_test(reports_that_wait_when_it_is_stopped_are_not_given),
        cmocka_unit_test(a_thread_that_is_too_slow_drops_to_the_next_keyframe_and_counts),
        cmocka_unit_test(a_packet_larger_than_any_picture_is_dropped),
    };

    return cmocka_run_group_tests(tests, make_film, free_film);
}
