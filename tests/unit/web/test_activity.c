/* Finding: motion over time, and inside a box on the picture. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "core/clock.h"
#include "core/memory.h"
#include "house.h"
#include "store/activity_rows.h"

static const int64_t BEGIN_US = SECONDS_US(1700000040); /* a whole minute */

static bool done;

struct add_call {
    struct house *house;
    struct active_second second;
};

static void add_one(struct store *store, void *arg)
{
    struct add_call *call = arg;

    activity_add(store, "gate", &call->second, 1, NULL);
}

static void on_added(void *arg)
{
    done = true;
}

static void ask_for_it(void *arg)
{
    struct add_call *call = arg;

    done = false;
    desk_ask(call->house->records, add_one, on_added, call);
}

static bool is_done(struct house *house)
{
    return done;
}

/* Something moved in one cell during one second. */
static void moved(struct house *house, int second, int column, int row)
{
    struct add_call call = { .house = house,
                             .second.at_us = BEGIN_US + SECONDS_US(second) };
    int bit = row * GRID_COLUMNS + column;

    call.second.cells[bit / 8] = (uint8_t)(1 << bit % 8);
    house_call(house, ask_for_it, &call);
    house_until(house, is_done);
}

static json_t *ask_activity(struct house *house, const char *token, const char *more,
                            int expected)
{
    char *target = xformat("/api/cameras/gate/activity?from=1700000040&to=1700000340%s", more);
    struct answer answer = house_ask(house, "GET", target, token, NULL, NULL);
    json_t *body = json_loadb((char *)answer.body.at, answer.body.size, 0, NULL);

    assert_int_equal(answer.status, expected);
    answer_clear(&answer);
    free(target);
    return body;
}

static int stretch_count(json_t *body)
{
    return (int)json_array_size(json_object_get(body, "stretches"));
}

static void a_box_finds_only_what_moved_in_it(void **state)
{
    struct house *house = *state;
    char *duty = house_token(house, "{\"person\": \"duty\"}", NULL);

    for (int i = 0; i < 6; i++)
        moved(house, 10 + i, i, 2); /* from the left edge to the middle */
    moved(house, 100, 15, 8);       /* far away, later */

    json_t *all = ask_activity(house, duty, "&bin=60", 200);
    assert_int_equal(stretch_count(all), 2);
    json_t *bins = json_object_get(all, "bins");
    assert_int_equal(json_array_size(bins), 5);
    assert_int_equal(json_integer_value(json_array_get(bins, 0)), 6);
    assert_int_equal(json_integer_value(json_array_get(bins, 1)), 1);
    json_decref(all);

    json_t *left = ask_activity(house, duty, "&box=0,0,0.15,1", 200);
    assert_int_equal(stretch_count(left), 1);
    json_t *one = json_array_get(json_object_get(left, "stretches"), 0);
    assert_string_equal(json_string_value(json_object_get(one, "from")),
                        "2023-11-14T22:14:10.000Z");
    assert_string_equal(json_string_value(json_object_get(one, "to")),
                        "2023-11-14T22:14:13.000Z");
    json_decref(left);

    json_t *nothing = ask_activity(house, duty, "&box=0.5,0.5,0.7,0.7", 200);
    assert_int_equal(stretch_count(nothing), 0);
    json_decref(nothing);
    free(duty);
}

static void stillness_of_some_seconds_does_not_part_a_passage(void **state)
{
    struct house *house = *state;
    char *duty = house_token(house, "{\"person\": \"duty\"}", NULL);

    moved(house, 10, 1, 1);
    moved(house, 16, 1, 1); /* five seconds between */
    moved(house, 23, 1, 1); /* six */
    json_t *body = ask_activity(house, duty, "", 200);
    assert_int_equal(stretch_count(body), 2);
    json_decref(body);
    free(duty);
}

static void motion_is_for_those_who_may_look_back(void **state)
{
    struct house *house = *state;
    char *head = house_token(house, "{\"person\": \"head-dong\"}", NULL);
    char *screen = house_token(house, "{\"screen\": \"screen-dong\"}", NULL);

    json_decref(ask_activity(house, head, "", 404));
    json_decref(ask_activity(house, screen, "", 404));
    json_decref(ask_activity(house, NULL, "", 401));
    free(head);
    free(screen);
}

static void a_wrong_box_is_told_with_its_field(void **state)
{
    static const char *const wrong[] = { "&box=1", "&box=0,0,0,1", "&box=0,0,1,1,1",
                                         "&box=0.5,0,0.4,1", "&box=0,0,nan,1",
                                         "&box=0,0,2,1", "&box=-1,0,1,1",
                                         "&box=0,0,0x1,1", "&box=0,0,1,1%00" };
    struct house *house = *state;
    char *duty = house_token(house, "{\"person\": \"duty\"}", NULL);

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        json_t *body = ask_activity(house, duty, wrong[i], 400);
        if (i + 1 < COUNT_OF(wrong))
            assert_string_equal(json_string_value(json_object_get(
                                    json_object_get(body, "error"), "field")),
                                "box");
        json_decref(body);
    }
    json_decref(ask_activity(house, duty, "&bin=0", 400));
    json_decref(ask_activity(house, duty, "&bin=x", 400));
    free(duty);
}

#define IN_A_HOUSE(test) \
    cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_HOUSE(a_box_finds_only_what_moved_in_it),
        IN_A_HOUSE(stillness_of_some_seconds_does_not_part_a_passage),
        IN_A_HOUSE(motion_is_for_those_who_may_look_back),
        IN_A_HOUSE(a_wrong_box_is_told_with_its_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
