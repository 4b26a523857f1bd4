#include "check.h"
#include "core/clock.h"
#include "session/rtcp.h"

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void take(struct rtcp_receiver *r, int sequence, uint32_t time, int64_t us)
{
    struct rtp_packet p = { .sequence = (uint16_t)sequence, .time = time, .ssrc = 7 };

    rtcp_take_packet(r, &p, us);
}

static void a_report_before_the_first_packet_has_no_block(void **state)
{
    struct rtcp_receiver r;
    uint8_t bytes[RTCP_REPORT_MAX];

    rtcp_begin(&r, 90000);
    size_t size = rtcp_write(&r, bytes, 0);
    assert_int_equal(size, 8 + 28);
    assert_int_equal(read32(bytes), 0x80c90001);
    assert_int_equal(read32(bytes + 8), 0x81ca0006);
}

static void loss_and_the_highest_number_are_reported(void **state)
{
    struct rtcp_receiver r;
    uint8_t bytes[RTCP_REPORT_MAX];

    rtcp_begin(&r, 90000);
    for (int i = 65530; i < 65550; i++)
        if (i % 4)
            take(&r, i, 0, 0);
    size_t size = rtcp_write(&r, bytes, 0);
    assert_int_equal(size, 32 + 28);
    assert_int_equal(read32(bytes), 0x81c90007);
    assert_int_equal(read32(bytes + 8), 7);
    assert_int_equal(bytes[12], (5 << 8) / 20); /* of 20 five are gone */
    assert_int_equal(read32(bytes + 12) & 0xffffff, 5);
    assert_int_equal(read32(bytes + 16), 65549); /* with its cycle */
    rtcp_write(&r, bytes, 0);
    assert_int_equal(bytes[12], 0); /* nothing since */
    assert_int_equal(read32(bytes + 12) & 0xffffff, 5);
}

static void packets_that_come_twice_are_less_than_no_loss(void **state)
{
    struct rtcp_receiver r;
    uint8_t bytes[RTCP_REPORT_MAX];

    rtcp_begin(&r, 90000);
    take(&r, 1, 0, 0);
    take(&r, 1, 0, 0);
    rtcp_write(&r, bytes, 0);
    assert_int_equal(read32(bytes + 12), 0x00ffffff);
}

static void jitter_follows_the_arrivals(void **state)
{
    struct rtcp_receiver r;
    uint8_t bytes[RTCP_REPORT_MAX];

    rtcp_begin(&r, 90000);
    for (int i = 0; i < 400; i++)
        take(&r, i, (uint32_t)i * 6000, SECONDS_US(i) / 15 + (i % 2 ? 10000 : 0));
    rtcp_write(&r, bytes, 0);
    assert_in_range(read32(bytes + 20), 800, 900); /* 10 ms */
}

static void the_senders_report_is_answered(void **state)
{
    struct rtcp_report sender = { .ssrc = 7,
                                  .ntp_us = SECONDS_US(0x12345) + 500000 };
    struct rtcp_receiver r;
    uint8_t bytes[RTCP_REPORT_MAX];

    rtcp_begin(&r, 90000);
    take(&r, 1, 0, 0);
    rtcp_take_report(&r, &sender, SECONDS_US(10));
    rtcp_write(&r, bytes, SECONDS_US(12));
    assert_int_equal(read32(bytes + 24), 0x23458000);
    assert_int_equal(read32(bytes + 28), 2 << 16);
}

static void the_name_tells_nothing(void **state)
{
    struct rtcp_receiver a, b;
    uint8_t bytes[RTCP_REPORT_MAX];

    rtcp_begin(&a, 90000);
    rtcp_begin(&b, 90000);
    assert_string_not_equal(a.name, b.name);
    size_t size = rtcp_write(&a, bytes, 0);
    assert_null(memchr(bytes, '@', size));
    assert_memory_equal(bytes + 18, a.name, RTCP_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_before_the_first_packet_has_no_block),
        cmocka_unit_test(loss_and_the_highest_number_are_reported),
        cmocka_unit_test(packets_that_come_twice_are_less_than_no_loss),
        cmocka_unit_test(jitter_follows_the_arrivals),
        cmocka_unit_test(the_senders_report_is_answered),
        cmocka_unit_test(the_name_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
