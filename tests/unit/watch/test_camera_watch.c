#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "inside.h"

/* Time is the machine's, and then as much as the test adds. The wall clock is the peer's.
 */
static int64_t added_us, began_us;

static int64_t machine_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return SECONDS_US(t.tv_sec) + t.tv_nsec / 1000;
}

static int64_t mono(void)
{
    return machine_us() + added_us;
}

static int64_t wall(void)
{
    return 1700000000000000 + mono() - began_us;
}

static bool synchronised(void)
{
    return true;
}

static const struct clock_source source = { wall, mono, synchronised };

/* A camera whose process plays a part, and what came of it. */
struct scene {
    struct loop *loop;
    struct watch *watch;
    struct settings *set;
    struct camera_watch *cam;
    int fragments, breaks, motions, keys, damaged, runs;
    const struct init *init;
    int64_t first_us, last_us;
    struct motion_report motion;
    struct motion_second second;
    int seconds, views;
    int snapshot_width;
    char code[32];
    int told; /* of health */
};

static void on_fragment(void *arg, enum channel channel, const struct fragment *frag)
{
    struct scene *s = arg;

    assert_int_equal(channel, CHANNEL_MAIN);
    if (frag->init != s->init) {
        init_unref(s->init);
        s->init = init_ref(frag->init);
        s->first_us = frag->start_us;
        s->last_us = 0;
        s->runs++;
    }
    assert_true(frag->start_us > s->last_us);
    s->last_us = frag->start_us;
    s->fragments++;
    s->keys += frag->keyframe;
    s->damaged += frag->damaged;
    fragment_unref(frag);
}

static void on_break(void *arg, enum channel channel)
{
    ((struct scene *)arg)->breaks++;
}

static void on_picture(void *arg, enum channel channel, const struct picture *picture)
{
    picture_unref(picture);
}

static void on_motion(void *arg, const struct motion_report *motion,
                      const struct picture *snapshot)
{
    struct scene *s = arg;

    s->motions++;
    s->motion = *motion;
    s->snapshot_width = snapshot ? snapshot->width : 0;
    picture_unref(snapshot);
}

static void on_activity(void *arg, const struct motion_second *second)
{
    struct scene *s = arg;

    s->seconds++;
    s->second = *second;
}

static void on_debug(void *arg, const struct picture *view)
{
    struct scene *s = arg;

    assert_int_equal(view->width, 1);
    s->views++;
    picture_unref(view);
}

static void on_health(void *arg, const struct camera_health *health)
{
    struct scene *s = arg;

    s->told++;
    strcpy(s->code, health->reason_code);
}

static const struct camera_listener listener = { .on_fragment = on_fragment,
                                                 .on_break = on_break,
                                                 .on_picture = on_picture,
                                                 .on_motion = on_motion,
                                                 .on_activity = on_activity,
                                                 .on_debug = on_debug,
                                                 .on_health = on_health };

static void start(struct scene *s, const char *part, int port)
{
    struct camera_settings *camera = xcalloc(1, sizeof *camera);

    strcpy(camera->id, part);
    camera->name = camera->id;
    camera->url = xformat("rtsp://127.0.0.1:%d/", port ? port : 9);
    if (port) {
        camera->user = (char *)"viewer";
        camera->password = (char *)"wrong";
    }
    s->set->cameras = camera;
    s->set->camera_count = 1;
    s->cam = camera_watch_start(s->watch, s->set, camera, &listener, s);
}

static int begin(void **state)
{
    struct scene *s = xcalloc(1, sizeof *s);
    struct error err;

    began_us = machine_us();
    added_us = 0;
    clock_use(&source);
    text_use(LANGUAGE_EN);
    s->loop = loop_new();
    s->set = xcalloc(1, sizeof *s->set);
    s->set->refs = 1;
    s->watch = watch_open(getenv("WATCH_PEER"), s->loop, NULL, &err);
    assert_non_null(s->watch);
    *state = s;
    return 0;
}

static int end(void **state)
{
    struct scene *s = *state;

    camera_watch_stop(s->cam);
    watch_close(s->watch);
    loop_free(s->loop);
    init_unref(s->init);
    assert_int_equal(s->set->refs, 1);
    if (s->set->camera_count)
        free(s->set->cameras->url);
    free(s->set->cameras);
    free(s->set);
    free(s);
    clock_use(NULL);
    return 0;
}

/* Lets the loop run until it is so; meson's time limit ends a test that waits in vain. */
#define UNTIL(condition) \
    while (!(condition)) \
    event_base_loop(loop_base(s->loop), EVLOOP_ONCE)

/* ---- what comes -------------------------------------------------------------------- */

static void fragments_are_handed_over_checked_and_timed(void **state)
{
    struct scene *s = *state;

    start(s, "plays", 0);
    UNTIL(s->fragments >= 10);
    assert_int_equal(s->runs, 1);
    assert_int_equal(s->keys, s->fragments);
    assert_int_equal(s->damaged, 1);
    assert_true(s->first_us == 1700000000000000);
    assert_true(s->last_us == s->first_us + (s->fragments - 1) * 100000);
    assert_int_equal(camera_watch_health(s->cam)->state, CAMERA_RECORDING);
    assert_string_equal(s->init->codecs, "avc1.42c00d");
    assert_int_equal(s->init->width, 320);
    assert_true(s->init->clock_trusted);
}

static void a_wall_time_that_cannot_be_is_replaced_by_our_own(void **state)
{
    struct scene *s = *state;

    start(s, "plays-wild-times", 0);
    UNTIL(s->fragments >= 3);
    assert_in_range(s->first_us, 1700000000000000, wall());
}

static void pictures_from_the_future_end_their_process(void **state)
{
    struct scene *s = *state;

    start(s, "plays-ahead", 0);
    UNTIL(s->breaks == 1);
    assert_string_equal(s->code, REASON_CRASHED);
}

static void motion_comes_with_its_picture(void **state)
{
    struct scene *s = *state;

    start(s, "moves", 0);
    UNTIL(s->motions);
    assert_int_equal(s->motion.number, 7);
    assert_int_equal(s->motion.phase, MOTION_BEGAN);
    assert_string_equal(s->motion.zone, "cong");
    assert_int_equal(s->snapshot_width, 160);
    assert_in_range(s->motion.at_us, wall() - SECONDS_US(10), wall()); /* 0 cannot be */
}

/* The peer says one of long ago, which is left out, and one of now. */
static void seconds_with_motion_are_whole_and_of_about_now(void **state)
{
    struct scene *s = *state;

    start(s, "stirs", 0);
    UNTIL(s->seconds);
    assert_in_range(s->second.second_us, wall() - SECONDS_US(30), wall());
    assert_int_equal(s->second.second_us % SECONDS_US(1), 0);
    assert_int_equal(s->second.cells[17], 0x80);
}

static void what_the_detector_sees_is_handed_over_while_it_is_wanted(void **state)
{
    struct scene *s = *state;

    start(s, "shows", 0);
    camera_watch_want_debug(s->cam, true);
    UNTIL(s->views == 2);
    assert_int_equal(s->cam->births.next_us, 0); /* the same process */
}

static void a_view_that_cannot_be_ends_its_process(void **state)
{
    struct scene *s = *state;

    start(s, "shows-a-lie", 0);
    camera_watch_want_debug(s->cam, true);
    UNTIL(!strcmp(s->code, REASON_CRASHED));
    assert_int_equal(s->views, 0);
}

/* Whatever floods, the process is ended and told so, and little of it got through. */
static void more_than_a_camera_can_send_ends_its_process(void **state)
{
    static const struct {
        const char *part;
        int motions, runs, fragments;
    } floods[] = {
        { "moves-too-much", 20, 0, 0 }, { "begins-anew", 0, 70, 70 },
        { "overlaps", 0, 1, 70 },       { "too-many", 0, 1, 2500 },
        { "too-fat", 0, 1, 150 },       { "talks-too-much", 0, 0, 0 },
        { "stirs-too-much", 0, 0, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(floods); i++) {
        void *own = NULL;
        begin(&own);
        struct scene *s = own;
        start(s, floods[i].part, 0);
        UNTIL(!strcmp(s->code, REASON_FLOODS));
        assert_in_range(s->motions, 0, floods[i].motions);
        assert_in_range(s->runs, 0, floods[i].runs);
        assert_in_range(s->fragments, 0, floods[i].fragments);
        end(&own);
    }
}

static void a_flood_goes_on_with_what_was_left_to_it(void **state)
{
    struct scene *s = *state;

    start(s, "moves-too-much", 0);
    UNTIL(s->cam->births.next_us >=
          SECONDS_US(2)); /* it was replaced, and that one too */
    assert_in_range(s->motions, 1, 22);
}

static void what_the_camera_says_becomes_its_state(void **state)
{
    struct scene *s = *state;

    start(s, "says-refused", 0);
    UNTIL(s->told);
    assert_string_equal(s->code, "wrong_path");
    assert_int_equal(camera_watch_health(s->cam)->state, CAMERA_REFUSED);
}

/* ---- processes that fail ----------------------------------------------------------- */

static void a_process_that_ends_is_replaced_at_once(void **state)
{
    struct scene *s = *state;

    start(s, "plays", 0);
    UNTIL(s->fragments >= 3 && s->cam->pid);
    pid_t first = s->cam->pid;
    int64_t killed_us = machine_us();
    kill(first, SIGKILL);
    UNTIL(s->runs == 2);
    assert_true(machine_us() - killed_us < SECONDS_US(5));
    assert_int_equal(s->breaks, 1);
    UNTIL(s->cam->pid);
    assert_int_not_equal(s->cam->pid, first);
    assert_int_equal(camera_watch_health(s->cam)->state, CAMERA_RECORDING);
}

/* A second, and as much as is added. */
static void pass_a_tick(struct scene *s, int64_t us)
{
    int64_t ticks = s->cam->ticks;

    added_us += us;
    UNTIL(s->cam->ticks > ticks);
}

static void one_that_says_nothing_for_ten_seconds_is_replaced(void **state)
{
    struct scene *s = *state;

    start(s, "spins", 0);
    UNTIL(s->cam->pid);
    pid_t first = s->cam->pid;
    for (int i = 0; i < 3; i++)
        pass_a_tick(s, SECONDS_US(2)); /* and the second of the tick itself */
    assert_int_equal(s->cam->pid, first);
    pass_a_tick(s, SECONDS_US(2));
    pass_a_tick(s, SECONDS_US(2));
    UNTIL(s->cam->pid && s->cam->pid != first);
    assert_string_equal(s->code, REASON_CRASHED);
    UNTIL(kill(first, 0) < 0); /* it does not hang on */
}

static void nobody_is_ended_when_the_machine_stood_still(void **state)
{
    struct scene *s = *state;

    start(s, "plays", 0);
    UNTIL(s->fragments >= 3 && s->cam->pid);
    pid_t first = s->cam->pid;
    added_us += SECONDS_US(20);
    pass_a_tick(s, 0);
    assert_int_equal(s->cam->pid, first);
}

static void one_that_dies_again_and_again_waits_longer_each_time(void **state)
{
    struct scene *s = *state;

    start(s, "crashes", 0);
    UNTIL(s->cam->births.next_us >= SECONDS_US(4));
    assert_string_equal(s->code, REASON_CRASHED);
}

static void what_cannot_be_understood_ends_its_process(void **state)
{
    static const char *const parts[] = { "too-large", "no-init", "no-mp4", "unknown-kind",
                                         "forbidden" };

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        void *own = NULL;
        begin(&own);
        struct scene *s = own;
        start(s, parts[i], 0);
        UNTIL(s->told);
        assert_string_equal(s->code, REASON_CRASHED);
        assert_int_equal(s->fragments, 0);
        end(&own);
    }
}

static void one_without_a_sandbox_is_told_as_that(void **state)
{
    struct scene *s = *state;

    start(s, "no-sandbox", 0);
    UNTIL(!strcmp(s->code, REASON_NO_SANDBOX));
}

static pid_t parent_of(pid_t pid)
{
    char path[64], line[256] = "";
    pid_t parent = 0;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "r");
    assert_non_null(fgets(line, sizeof line, stat));
    fclose(stat);
    assert_int_equal(sscanf(strrchr(line, ')'), ") %*c %d", &parent), 1);
    return parent;
}

static void a_nursery_that_stands_still_is_replaced(void **state)
{
    struct scene *s = *state;

    start(s, "plays", 0);
    UNTIL(s->fragments >= 3 && s->cam->pid);
    pid_t child = s->cam->pid, nursery = parent_of(child);
    kill(nursery, SIGSTOP);
    kill(child, SIGKILL);
    UNTIL(s->runs == 2);
    UNTIL(s->cam->pid && s->cam->pid != child);
    assert_int_not_equal(parent_of(s->cam->pid), nursery);
}

static void children_live_on_when_the_nursery_dies(void **state)
{
    struct scene *s = *state;

    start(s, "plays", 0);
    UNTIL(s->fragments >= 3 && s->cam->pid);
    pid_t child = s->cam->pid;
    kill(parent_of(child), SIGKILL);
    int before = s->fragments;
    UNTIL(s->fragments >= before + 20);
    assert_int_equal(s->runs, 1);
    /* And it is replaced when it dies itself, by the next nursery. */
    kill(child, SIGKILL);
    UNTIL(s->runs == 2);
}

static void a_camera_can_be_stopped_at_any_time(void **state)
{
    static const char *const parts[] = { "plays", "crashes", "spins" };
    struct scene *s = *state;

    for (int i = 0; i < 30; i++) {
        start(s, parts[i % 3], 0);
        for (int turns = i % 7; turns > 0; turns--)
            event_base_loop(loop_base(s->loop), EVLOOP_NONBLOCK);
        camera_watch_stop(s->cam);
        s->cam = NULL;
        free(s->set->cameras->url);
        free(s->set->cameras);
        s->set->cameras = NULL;
        s->set->camera_count = 0;
    }
}

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void no_descriptor_is_left_when_all_is_over(void **state)
{
    void *own = NULL;
    int before = open_descriptors();

    begin(&own);
    struct scene *s = own;
    start(s, "plays", 0);
    UNTIL(s->fragments && s->cam->pid);
    kill(s->cam->pid, SIGKILL);
    UNTIL(s->runs == 2);
    end(&own);
    assert_int_equal(open_descriptors(), before);
}

/* ---- logging in -------------------------------------------------------------------- */

static int listen_on(int *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 16), 0);
    getsockname(fd, (struct sockaddr *)&at, &size);
    *port = ntohs(at.sin_port);
    return fd;
}

static void at_most_three_wrong_logins_are_sent(void **state)
{
    struct scene *s = *state;
    int port, listener_fd = listen_on(&port), dials = 0, logins = 0;
    char text[512];

    start(s, "logs-in", port);
    while (strcmp(s->code, REASON_LOGIN_PAUSE) != 0) {
        event_base_loop(loop_base(s->loop), EVLOOP_ONCE);
        int fd = accept(listener_fd, NULL, NULL);
        if (fd < 0)
            continue;
        dials++;
        ssize_t n;
        while ((n = recv(fd, text, sizeof text, MSG_DONTWAIT)) < 0)
            event_base_loop(loop_base(s->loop), EVLOOP_ONCE);
        logins += n > 0 && !strncmp(text, "Digest username=\"viewer\"", 24);
        close(fd);
    }
    assert_int_equal(dials, 3);
    assert_int_equal(logins, 3);
    assert_int_equal(camera_watch_health(s->cam)->state, CAMERA_REFUSED);
    close(listener_fd);
}

static void a_closed_port_is_told_and_tried_again_later(void **state)
{
    struct scene *s = *state;
    int port, fd = listen_on(&port);

    close(fd);
    start(s, "logs-in", port);
    UNTIL(s->told);
    assert_string_equal(s->code, REASON_PORT_CLOSED);
    assert_int_equal(camera_watch_health(s->cam)->state, CAMERA_LOST);
    assert_true(s->cam->channels[0].backoff.next_us > SECONDS_US(1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    log_open("watch-camera", LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        TEST(fragments_are_handed_over_checked_and_timed),
        TEST(a_wall_time_that_cannot_be_is_replaced_by_our_own),
        TEST(pictures_from_the_future_end_their_process),
        TEST(motion_comes_with_its_picture),
        TEST(seconds_with_motion_are_whole_and_of_about_now),
        TEST(what_the_detector_sees_is_handed_over_while_it_is_wanted),
        TEST(a_view_that_cannot_be_ends_its_process),
        cmocka_unit_test(more_than_a_camera_can_send_ends_its_process),
        TEST(a_flood_goes_on_with_what_was_left_to_it),
        TEST(what_the_camera_says_becomes_its_state),
        TEST(a_process_that_ends_is_replaced_at_once),
        TEST(one_that_says_nothing_for_ten_seconds_is_replaced),
        TEST(nobody_is_ended_when_the_machine_stood_still),
        TEST(one_that_dies_again_and_again_waits_longer_each_time),
        cmocka_unit_test(what_cannot_be_understood_ends_its_process),
        TEST(one_without_a_sandbox_is_told_as_that),
        TEST(children_live_on_when_the_nursery_dies),
        TEST(a_nursery_that_stands_still_is_replaced),
        TEST(a_camera_can_be_stopped_at_any_time),
        cmocka_unit_test(no_descriptor_is_left_when_all_is_over),
        TEST(at_most_three_wrong_logins_are_sent),
        TEST(a_closed_port_is_told_and_tried_again_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
