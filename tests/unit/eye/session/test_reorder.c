#include "check.h"
#include "session/reorder.h"

/* What came out: sequence numbers in their order. */
struct order {
    struct reorder *r;
    int out[512], count;
    int64_t us[512];
};

static void on_packet(void *arg, const uint8_t *bytes, size_t size, int64_t us)
{
    struct order *o = arg;

    o->us[o->count] = us;
    o->out[o->count++] = bytes[2] << 8 | bytes[3];
}

static void send_from(struct order *o, uint8_t ssrc, int sequence, int64_t us)
{
    uint8_t bytes[20] = { 0x80, 96, (uint8_t)(sequence >> 8), (uint8_t)sequence };

    bytes[11] = ssrc;
    reorder_take(o->r, bytes, sizeof bytes, us);
}

static void send(struct order *o, int sequence)
{
    send_from(o, 1, sequence, 0);
}

static void assert_order(const struct order *o, const int *expected, int count)
{
    assert_int_equal(o->count, count);
    for (int i = 0; i < count; i++)
        assert_int_equal(o->out[i], expected[i]);
}

#define ASSERT_ORDER(o, ...)                                          \
    do {                                                              \
        const int expected[] = { __VA_ARGS__ };                       \
        assert_order(o, expected, (int)(sizeof expected / sizeof(int))); \
    } while (0)

static int begin(void **state)
{
    struct order *o = xcalloc(1, sizeof *o);

    o->r = reorder_new(on_packet, o);
    *state = o;
    return 0;
}

static int end(void **state)
{
    struct order *o = *state;

    reorder_free(o->r);
    free(o);
    return 0;
}

static void what_is_in_order_passes_at_once(void **state)
{
    struct order *o = *state;

    for (int i = 65530; i < 65542; i++)
        send(o, i & 0xffff);
    assert_int_equal(o->count, 12);
    assert_int_equal(o->out[11], 5);
}

static void what_came_too_early_is_put_behind_what_came_late(void **state)
{
    struct order *o = *state;

    send(o, 65534);
    send(o, 0);
    send(o, 1);
    assert_int_equal(o->count, 1);
    send(o, 65535);
    ASSERT_ORDER(o, 65534, 65535, 0, 1);
}

static void a_hole_is_given_up_after_80_ms(void **state)
{
    struct order *o = *state;

    send(o, 1);
    send_from(o, 1, 3, 1000);
    send_from(o, 1, 4, 50000);
    send_from(o, 1, 6, 60000);
    reorder_look(o->r, 80999);
    assert_int_equal(o->count, 1);
    reorder_look(o->r, 81000);
    ASSERT_ORDER(o, 1, 3, 4);
    assert_int_equal(o->us[1], 1000); /* as it arrived */
    reorder_look(o->r, 140000);
    ASSERT_ORDER(o, 1, 3, 4, 6);
}

static void more_than_the_window_is_not_kept(void **state)
{
    struct order *o = *state;

    send(o, 0);
    for (int i = 2; i < 2 + REORDER_WINDOW; i++)
        send(o, i);
    assert_int_equal(o->count, 1 + REORDER_WINDOW); /* the last one was too much */
    for (int i = 1; i < o->count; i++)
        assert_int_equal(o->out[i], i + 1);
}

static void a_burst_of_loss_lets_everything_go(void **state)
{
    struct order *o = *state;

    send(o, 0);
    send(o, 2);
    send(o, 1000);
    send(o, 1001);
    reorder_look(o->r, REORDER_WAIT_US);
    ASSERT_ORDER(o, 0, 2, 1000, 1001);
}

static void what_comes_twice_is_kept_once(void **state)
{
    struct order *o = *state;

    send(o, 0);
    send(o, 2);
    send(o, 2);
    send(o, 1);
    ASSERT_ORDER(o, 0, 1, 2);
    send(o, 1); /* too late: who admits packets says so */
    ASSERT_ORDER(o, 0, 1, 2, 1);
    send(o, 3);
    assert_int_equal(o->out[4], 3);
}

static void a_jump_is_believed_when_the_next_number_follows_it(void **state)
{
    struct order *o = *state;

    send(o, 10);
    send(o, 40000); /* one wild number changes nothing */
    send(o, 11);
    send(o, 50000);
    send(o, 50001);
    send(o, 50003);
    send(o, 50002);
    ASSERT_ORDER(o, 10, 40000, 11, 50000, 50001, 50002, 50003);
}

static void another_source_passes_until_it_has_taken_over(void **state)
{
    struct order *o = *state;

    send(o, 10);
    send_from(o, 2, 700, 0);
    send_from(o, 2, 699, 0);
    send(o, 11);
    ASSERT_ORDER(o, 10, 700, 699, 11);
    for (int i = 0; i < 50; i++)
        send_from(o, 2, 700 + i, 0);
    o->count = 0;
    send_from(o, 2, 751, 0);
    send_from(o, 2, 750, 0);
    ASSERT_ORDER(o, 750, 751);
}

static void what_is_no_rtp_is_left_out(void **state)
{
    struct order *o = *state;
    uint8_t bytes[12] = { 0x80, 96 };

    for (size_t size = 0; size < sizeof bytes; size++)
        reorder_take(o->r, bytes, size, 0);
    assert_int_equal(o->count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_in_order_passes_at_once),
        TEST(what_came_too_early_is_put_behind_what_came_late),
        TEST(a_hole_is_given_up_after_80_ms),
        TEST(more_than_the_window_is_not_kept),
        TEST(a_burst_of_loss_lets_everything_go),
        TEST(what_comes_twice_is_kept_once),
        TEST(a_jump_is_believed_when_the_next_number_follows_it),
        TEST(another_source_passes_until_it_has_taken_over),
        TEST(what_is_no_rtp_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
