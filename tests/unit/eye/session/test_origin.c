#include "check.h"
#include "core/bytes.h"
#include "session/origin.h"

/* A session that plays from 0 on; each test says who sends when. Pictures come 15 times a
 * second and are one packet each. */
enum { FRAME_US = 66667, OURS = 1, STALE = 2, VIDEO = TRACK_VIDEO, SOUND = TRACK_AUDIO };

struct scene {
    struct origin *origin;
    int64_t foreign, us, last_us;
    int taken[8]; /* of each SSRC */
    int out_of_order;
    uint16_t sequence[8];
    bool one_picture; /* all packets are of it */
};

static void on_rtp(void *arg, int track, const uint8_t *bytes, size_t size, int64_t us)
{
    struct scene *s = arg;

    s->taken[bytes[11]]++;
    s->out_of_order += us < s->last_us;
    s->last_us = us;
}

static struct scene *scene_new(void)
{
    struct scene *s = xcalloc(1, sizeof *s);

    s->origin = origin_new(on_rtp, s, &s->foreign);
    for (int i = 0; i < 8; i++)
        s->sequence[i] = (uint16_t)(1000 * i + 65500);
    return s;
}

static void scene_free(struct scene *s)
{
    origin_free(s->origin);
    free(s);
}

static void open_again(struct scene *s)
{
    origin_open(s->origin);
    origin_expect(s->origin, VIDEO, 96, 90000);
    memset(s->taken, 0, sizeof s->taken);
}

static void put(struct scene *s, uint8_t packet[16], uint8_t type, uint8_t ssrc)
{
    uint16_t sequence = s->sequence[ssrc]++;

    memset(packet, 0, 16);
    packet[0] = 0x80;
    packet[1] = type;
    packet[2] = (uint8_t)(sequence >> 8);
    packet[3] = (uint8_t)sequence;
    packet[5] = s->one_picture ? 0 : packet[2]; /* a stamp of their own each */
    packet[6] = s->one_picture ? 0 : packet[3];
    packet[11] = ssrc;
}

static void send_on(struct scene *s, int track, uint8_t type, uint8_t ssrc)
{
    uint8_t packet[16];

    put(s, packet, type, ssrc);
    origin_take(s->origin, track, packet, sizeof packet, s->us);
}

static void sends(struct scene *s, uint8_t ssrc)
{
    send_on(s, VIDEO, 96, ssrc);
}

/* So many pictures of ours, with one of the dead session before each. */
static void both_send(struct scene *s, int pictures)
{
    for (int i = 0; i < pictures; i++) {
        s->us += FRAME_US;
        sends(s, STALE);
        sends(s, OURS);
    }
}

static void one_sends(struct scene *s, uint8_t ssrc, int pictures)
{
    for (int i = 0; i < pictures; i++) {
        s->us += FRAME_US;
        sends(s, ssrc);
    }
}

static void who_is_named_is_taken_at_once(void **state)
{
    struct scene *s = scene_new();
    struct origin_hint hint = { .has_ssrc = true, .ssrc = OURS };

    open_again(s);
    origin_hint(s->origin, VIDEO, &hint);
    both_send(s, 5);
    assert_int_equal(s->taken[OURS], 5);
    assert_int_equal(s->taken[STALE], 0);
    assert_int_equal(s->foreign, 5);
    scene_free(s);
}

static void who_begins_as_play_says_is_taken_at_once(void **state)
{
    struct scene *s = scene_new();
    struct origin_hint hint = { .has_sequence = true };

    open_again(s);
    both_send(s, 1); /* before the answer to PLAY */
    assert_int_equal(s->taken[OURS], 0);
    hint.sequence = (uint16_t)(s->sequence[OURS] - 1);
    origin_hint(s->origin, VIDEO, &hint);
    both_send(s, 1);
    assert_int_equal(s->taken[OURS], 2);
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

static void a_stamp_may_tell_as_well(void **state)
{
    struct scene *s = scene_new();
    struct origin_hint hint = { .has_time = true,
                                .time = 4294960000u }; /* just before 0 */

    s->one_picture = true;
    open_again(s);
    origin_hint(s->origin, VIDEO, &hint);
    one_sends(s, OURS, 1);
    assert_int_equal(s->taken[OURS], 1);
    scene_free(s);
}

static void where_nothing_is_told_the_only_one_is_taken_whole_after_a_second(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    one_sends(s, OURS, 15);
    assert_int_equal(s->taken[OURS], 0);
    one_sends(s, OURS, 2);
    assert_int_equal(s->taken[OURS], 17); /* nothing is lost */
    one_sends(s, OURS, 1);
    assert_int_equal(s->taken[OURS], 18);
    assert_int_equal(s->out_of_order, 0);
    assert_false(origin_is_mixed(s->origin));
    scene_free(s);
}

static void what_was_told_and_never_comes_is_given_up_without_loss(void **state)
{
    struct scene *s = scene_new();
    struct origin_hint hint = { .has_ssrc = true, .ssrc = 7, .has_sequence = true };

    open_again(s);
    origin_hint(s->origin, VIDEO, &hint);
    one_sends(s, OURS, 32);
    assert_int_equal(s->taken[OURS], 32);
    scene_free(s);
}

static void who_was_heard_before_play_is_not_ours(void **state)
{
    struct scene *s = scene_new();
    uint8_t packet[16];

    open_again(s);
    put(s, packet, 96, STALE);
    origin_early(s->origin, packet, sizeof packet);
    both_send(s, 17);
    assert_int_equal(s->taken[OURS], 17);
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

static void who_was_heard_on_the_connection_before_is_not_ours(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    one_sends(s, STALE, 20);
    open_again(s);
    both_send(s, 17);
    assert_int_equal(s->taken[OURS], 17);
    assert_int_equal(s->taken[STALE], 0);
    open_again(s); /* but a camera may keep its SSRC */
    one_sends(s, OURS, 40);
    assert_int_equal(s->taken[OURS], 40);
    scene_free(s);
}

static void who_was_heard_before_is_waited_out_for_one_that_begins_late(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    one_sends(s, STALE, 20);
    open_again(s);
    one_sends(s, STALE, 25); /* 1.7 s: ours is slow to begin */
    both_send(s, 15);
    assert_int_equal(s->taken[STALE], 0);
    assert_int_equal(s->taken[OURS], 15);
    open_again(s);
    one_sends(s, OURS, 40); /* one SSRC for ever: without loss */
    assert_int_equal(s->taken[OURS], 40);
    scene_free(s);
}

static void who_falls_silent_is_not_ours(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    both_send(s, 10);
    one_sends(s, OURS, 20);
    assert_int_equal(s->taken[OURS], 30);
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

static void where_nobody_can_tell_the_session_is_opened_anew_and_then_it_is_known(
    void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    both_send(s, 50);
    assert_true(origin_is_mixed(s->origin));
    assert_int_equal(s->taken[OURS] + s->taken[STALE], 0);
    open_again(s);
    for (int i = 0; i < 50; i++) { /* the session is new, and so is its SSRC */
        s->us += FRAME_US;
        sends(s, STALE);
        sends(s, OURS);
        sends(s, 3);
    }
    assert_int_equal(s->taken[3], 50);
    assert_int_equal(s->taken[OURS] + s->taken[STALE], 0);
    scene_free(s);
}

static void who_began_last_is_taken_where_opening_anew_must_wait(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    both_send(s, 50);
    origin_settle(s->origin);
    both_send(s, 1);
    assert_int_equal(s->taken[OURS], 51);
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

static void strangers_among_ours_are_left_out_and_told_of(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    one_sends(s, OURS, 20);
    both_send(s, 7);
    assert_false(origin_is_mixed(s->origin)); /* it may have been a change */
    both_send(s, 1);
    assert_true(origin_is_mixed(s->origin));
    both_send(s, 200);
    assert_int_equal(s->taken[OURS], 228);
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

static void a_stray_packet_now_and_then_is_left_out_and_no_more(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    one_sends(s, OURS, 20);
    for (int i = 0; i < 100; i++) {
        both_send(s, 1);
        one_sends(s, OURS, 15);
    }
    assert_false(origin_is_mixed(s->origin));
    assert_int_equal(s->taken[OURS], 20 + 1600);
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

/* A large keyframe of a dead session is a hundred packets in a moment. */
static void however_many_come_at_once_nobody_is_taken_over_to(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    one_sends(s, OURS, 20);
    for (int i = 0; i < 500; i++)
        sends(s, STALE);
    one_sends(s, OURS, 1);
    assert_int_equal(s->taken[OURS], 21);
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

static void a_stall_makes_nobody_silent(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    both_send(s, 10);
    s->us += 900000; /* what then comes first is the dead session's keyframe */
    s->one_picture = true;
    for (int i = 0; i < 50; i++)
        sends(s, STALE);
    assert_int_equal(s->taken[STALE], 0);
    s->one_picture = false;
    open_again(s);
    one_sends(s, 3, 20);
    assert_int_equal(s->taken[3], 20);
    s->us += 1500000;
    s->one_picture = true;
    for (int i = 0; i < 50; i++)
        sends(s, STALE);
    s->one_picture = false;
    one_sends(s, 3, 1);
    assert_int_equal(s->taken[3], 21);
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

static void another_ssrc_after_ours_has_ended_is_ours_after_a_second(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    one_sends(s, OURS, 20);
    one_sends(s, 3, 40);
    assert_in_range(s->taken[3], 40 - 17, 40 - 14);
    assert_false(origin_is_mixed(s->origin));
    one_sends(s, 4, 40); /* and again */
    assert_in_range(s->taken[4], 40 - 17, 40 - 14);
    scene_free(s);
}

static void a_slow_camera_is_not_taken_for_silent(void **state)
{
    struct scene *s = scene_new();
    struct origin_hint hint = { .has_ssrc = true, .ssrc = OURS };

    open_again(s);
    origin_hint(s->origin, VIDEO, &hint);
    for (int i = 0; i < 10; i++) {
        s->us += 1500000;
        sends(s, OURS);
        for (int k = 0; i > 1 && k < 20; k++) {
            s->us += 60000;
            sends(s, STALE);
        }
    }
    assert_int_equal(s->taken[STALE], 0);
    scene_free(s);
}

static void another_payload_type_is_left_out_and_no_reason_to_open_anew(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    for (int i = 0; i < 40; i++) {
        s->us += FRAME_US;
        sends(s, OURS);
        send_on(s, VIDEO, 100, 5);
    }
    assert_int_equal(s->taken[OURS], 40);
    assert_int_equal(s->taken[5], 0);
    assert_false(origin_is_mixed(s->origin));
    scene_free(s);
}

static void sound_waits_with_the_pictures_and_keeps_its_place(void **state)
{
    struct scene *s = scene_new();

    open_again(s);
    origin_expect(s->origin, SOUND, 8, 8000);
    for (int i = 0; i < 17; i++) {
        s->us += FRAME_US;
        sends(s, OURS);
        send_on(s, SOUND, 8, 6);
    }
    assert_int_equal(s->taken[OURS], 17);
    assert_int_equal(s->taken[6], 17);
    assert_int_equal(s->out_of_order, 0);
    scene_free(s);
}

static void what_nobody_expects_is_not_held(void **state)
{
    struct scene *s = scene_new();
    static const uint8_t junk[8] = { 0x80 };

    open_again(s);
    send_on(s, SOUND, 8, 6);
    origin_take(s->origin, VIDEO, junk, sizeof junk, 0);
    one_sends(s, OURS, 20);
    assert_int_equal(s->taken[6], 0);
    assert_int_equal(s->taken[OURS], 20);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_named_is_taken_at_once),
        cmocka_unit_test(who_begins_as_play_says_is_taken_at_once),
        cmocka_unit_test(a_stamp_may_tell_as_well),
        cmocka_unit_test(
            where_nothing_is_told_the_only_one_is_taken_whole_after_a_second),
        cmocka_unit_test(what_was_told_and_never_comes_is_given_up_without_loss),
        cmocka_unit_test(who_was_heard_before_play_is_not_ours),
        cmocka_unit_test(who_was_heard_on_the_connection_before_is_not_ours),
        cmocka_unit_test(who_was_heard_before_is_waited_out_for_one_that_begins_late),
        cmocka_unit_test(who_falls_silent_is_not_ours),
        cmocka_unit_test(
            where_nobody_can_tell_the_session_is_opened_anew_and_then_it_is_known),
        cmocka_unit_test(who_began_last_is_taken_where_opening_anew_must_wait),
        cmocka_unit_test(strangers_among_ours_are_left_out_and_told_of),
        cmocka_unit_test(a_stray_packet_now_and_then_is_left_out_and_no_more),
        cmocka_unit_test(however_many_come_at_once_nobody_is_taken_over_to),
        cmocka_unit_test(a_stall_makes_nobody_silent),
        cmocka_unit_test(another_ssrc_after_ours_has_ended_is_ours_after_a_second),
        cmocka_unit_test(a_slow_camera_is_not_taken_for_silent),
        cmocka_unit_test(another_payload_type_is_left_out_and_no_reason_to_open_anew),
        cmocka_unit_test(sound_waits_with_the_pictures_and_keeps_its_place),
        cmocka_unit_test(what_nobody_expects_is_not_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
