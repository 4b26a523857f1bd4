/* Events of two watchers, told to a duty room that only writes down what it hears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/memory.h"
#include "motion_events.h"

static int64_t now_us;
static char heard[400];

static int64_t the_time(void)
{
    return now_us;
}

static bool synchronised(void)
{
    return true;
}

static const struct clock_source source = { the_time, the_time, synchronised };

static void note(const char *what, const struct sighting *seen, const struct picture *picture)
{
    size_t used = strlen(heard);

    snprintf(heard + used, sizeof heard - used, "%s %u%s%s; ", what, seen->number,
             picture ? picture->size == 1 ? " own" : " latest" : "",
             seen->box[2] > 0 ? " box" : "");
}

void duty_motion_began(struct duty *duty, const struct sighting *seen,
                       const struct picture *snapshot)
{
    note("began", seen, snapshot);
}

void duty_motion_better(struct duty *duty, const struct sighting *seen,
                        const struct picture *snapshot)
{
    note("better", seen, snapshot);
}

void duty_motion_moved(struct duty *duty, const struct sighting *seen)
{
    strcat(heard, seen->way.count == 2 ? "went on; " : "went on wrongly; ");
}

void duty_motion_ended(struct duty *duty, const struct sighting *seen)
{
    note("ended", seen, NULL);
}

void duty_motion_lost(struct duty *duty, const char *camera)
{
    strcat(heard, "lost; ");
}

struct scene {
    struct loop *loop;
    struct camera_settings camera;
    struct motion_events *events;
    const struct picture *latest; /* owned */
    bool wanted;
};

static const struct picture *latest(void *arg)
{
    struct scene *s = arg;

    return s->latest;
}

static void want(void *arg, bool wanted)
{
    struct scene *s = arg;

    s->wanted = wanted;
}

static struct scene *begin(enum motion_source from)
{
    struct scene *s = xcalloc(1, sizeof *s);
    struct motion_events_hooks hooks = { latest, want, s };

    now_us = SECONDS_US(1000);
    clock_use(&source);
    heard[0] = 0;
    s->loop = loop_new();
    s->camera = (struct camera_settings){ .id = "gate",
                                          .motion = { .on = true, .source = from } };
    s->events = motion_events_new(s->loop, NULL, &s->camera, &hooks);
    motion_events_heard(s->events, true);
    return s;
}

static void end(struct scene *s)
{
    motion_events_free(s->events);
    picture_unref(s->latest);
    loop_free(s->loop);
    clock_use(NULL);
    free(s);
}

static struct picture *picture_of(size_t size, int64_t at_us)
{
    struct picture *p = picture_new(size);

    p->at_us = at_us;
    return p;
}

static void own(struct scene *s, enum motion_phase phase, bool with_picture)
{
    struct motion_report report = { .phase = phase,
                                    .number = 77,
                                    .start_us = now_us,
                                    .at_us = now_us,
                                    .box = { 0, 0, 0.5f, 0.5f } };
    const struct picture *picture = with_picture ? picture_of(1, now_us) : NULL;

    motion_events_own(s->events, &report, picture);
    picture_unref(picture);
}

static void moved(struct scene *s)
{
    struct motion_report report = { .phase = MOTION_MOVED,
                                    .number = 77,
                                    .at_us = now_us,
                                    .way = { 2, { { 0, 0, 0 }, { 1, 1, 9 } } } };

    motion_events_own(s->events, &report, NULL);
}

static void how_an_event_goes_on_is_passed_on(void **state)
{
    struct scene *s = begin(MOTION_SOURCE_OWN);

    moved(s); /* of nothing that is known */
    own(s, MOTION_BEGAN, true);
    moved(s);
    own(s, MOTION_ENDED, false);
    moved(s);
    assert_string_equal(heard, "began 1 own box; went on; ended 1; ");
    end(s);
}

static void our_detector_alone_is_passed_on_as_it_is(void **state)
{
    struct scene *s = begin(MOTION_SOURCE_OWN);

    own(s, MOTION_BEGAN, true);
    own(s, MOTION_BETTER, true);
    own(s, MOTION_ENDED, false);
    motion_events_camera(s->events, true);
    assert_string_equal(heard, "began 1 own box; better 1 own box; ended 1; ");
    end(s);
}

static void the_camera_alone_gets_the_latest_picture_or_waits_for_one(void **state)
{
    struct scene *s = begin(MOTION_SOURCE_CAMERA);

    s->latest = picture_of(2, now_us - SECONDS_US(1));
    motion_events_camera(s->events, true);
    assert_string_equal(heard, "began 1 latest; ");
    motion_events_camera(s->events, false);
    now_us += SECONDS_US(10); /* the picture is old now */
    motion_events_camera(s->events, true);
    assert_string_equal(heard, "began 1 latest; ended 1; ");
    assert_true(s->wanted);
    motion_events_camera(s->events, false); /* it is over before its picture has come */
    const struct picture *fresh = picture_of(2, now_us);
    motion_events_picture(s->events, fresh);
    picture_unref(fresh);
    assert_false(s->wanted);
    assert_string_equal(heard, "began 1 latest; ended 1; began 2 latest; ended 2; ");
    end(s);
}

static void what_both_see_is_one_event_with_our_picture(void **state)
{
    struct scene *s = begin(MOTION_SOURCE_AGREE);

    own(s, MOTION_BEGAN, true);
    now_us += SECONDS_US(2);
    own(s, MOTION_ENDED, false);
    assert_string_equal(heard, "");
    now_us += SECONDS_US(2);
    motion_events_camera(s->events, true);
    assert_string_equal(heard, "began 1 own box; ");
    motion_events_camera(s->events, false);
    assert_string_equal(heard, "began 1 own box; ended 1; ");
    end(s);
}

static void our_detector_betters_what_the_camera_began(void **state)
{
    struct scene *s = begin(MOTION_SOURCE_BOTH);

    s->latest = picture_of(2, now_us);
    motion_events_camera(s->events, true);
    own(s, MOTION_BEGAN, true);
    motion_events_camera(s->events, false);
    own(s, MOTION_ENDED, false);
    assert_string_equal(heard, "began 1 latest; better 1 own box; ended 1; ");
    end(s);
}

static void without_pictures_what_goes_on_ends_and_a_new_one_may_begin(void **state)
{
    struct scene *s = begin(MOTION_SOURCE_BOTH);

    own(s, MOTION_BEGAN, true);
    motion_events_lost(s->events);
    own(s, MOTION_BEGAN, true);
    assert_string_equal(heard, "began 1 own box; lost; began 2 own box; ");
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_detector_alone_is_passed_on_as_it_is),
        cmocka_unit_test(how_an_event_goes_on_is_passed_on),
        cmocka_unit_test(the_camera_alone_gets_the_latest_picture_or_waits_for_one),
        cmocka_unit_test(what_both_see_is_one_event_with_our_picture),
        cmocka_unit_test(our_detector_betters_what_the_camera_began),
        cmocka_unit_test(without_pictures_what_goes_on_ends_and_a_new_one_may_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
