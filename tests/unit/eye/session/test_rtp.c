#include "check.h"
#include "session/rtp.h"

static void a_header_is_read_with_everything_it_may_have(void **state)
{
    static const uint8_t bytes[] = {
        0xb2, 0xe0, 0x12, 0x34, /* padding, extension, 2 CSRC; marker, type 96 */
        0x00, 0x00, 0x10, 0x00, /* time */
        0xde, 0xad, 0xbe, 0xef, /* SSRC */
        1,    1,    1,    1,    2, 2, 2, 2, /* CSRC */
        0xbe, 0xde, 0x00, 0x01, 3, 3, 3, 3, /* extension of one word */
        0x65, 0x88, 0x80,                   /* payload */
        0x00, 0x00, 0x03,                   /* padding */
    };
    struct rtp_packet p;

    assert_true(rtp_read(bytes, sizeof bytes, &p));
    assert_int_equal(p.type, 96);
    assert_true(p.marker);
    assert_int_equal(p.sequence, 0x1234);
    assert_int_equal(p.time, 0x1000);
    assert_int_equal(p.ssrc, 0xdeadbeef);
    assert_int_equal(p.size, 3);
    assert_ptr_equal(p.payload, bytes + 28);
    for (size_t size = 0; size < 28; size++) {
        uint8_t *cut = xmalloc(size);

        memcpy(cut, bytes, size);
        assert_false(rtp_read(cut, size, &p));
        free(cut);
    }
}

static void a_header_that_promises_more_than_there_is_is_no_packet(void **state)
{
    static const uint8_t rows[][16] = {
        { 0x40, 96 }, /* version 1 */
        { 0x8f, 96 }, /* 15 CSRC in 16 bytes */
        { 0x90, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          1 }, /* extension without body */
        { 0xa0, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          5 }, /* more padding than payload */
        { 0xa0, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, /* padding of nothing */
    };
    struct rtp_packet p;

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_false(rtp_read(rows[i], sizeof rows[i], &p));
}

static enum rtp_verdict admit(struct rtp_source *s, uint32_t ssrc, unsigned sequence)
{
    struct rtp_packet p = { .type = 96, .ssrc = ssrc, .sequence = (uint16_t)sequence };

    return rtp_admit(s, &p);
}

static void a_sequence_goes_on_over_its_wrap(void **state)
{
    struct rtp_source s = { .type = 96 };

    for (unsigned sequence = 65530; sequence < 65546; sequence++)
        assert_int_equal(admit(&s, 1, sequence), RTP_NEXT);
    assert_int_equal(s.taken, 16);
    assert_int_equal(s.lost, 0);
}

static void what_is_missing_is_counted(void **state)
{
    struct rtp_source s = { .type = 96 };

    admit(&s, 1, 65534);
    assert_int_equal(admit(&s, 1, 2), RTP_AFTER_HOLE); /* 65535, 0 and 1 are missing */
    assert_int_equal(s.lost, 3);
    assert_int_equal(admit(&s, 1, 3), RTP_NEXT);
}

static void what_was_here_already_is_not_taken_again(void **state)
{
    struct rtp_source s = { .type = 96 };

    for (unsigned sequence = 0; sequence < 200; sequence++)
        admit(&s, 1, sequence);
    assert_int_equal(admit(&s, 1, 199), RTP_REPEATED);
    assert_int_equal(admit(&s, 1, 120), RTP_REPEATED);
    assert_int_equal(admit(&s, 1, 200), RTP_NEXT);
    assert_int_equal(s.lost, 0);
}

static void a_far_jump_is_believed_when_the_next_follows_it(void **state)
{
    struct rtp_source s = { .type = 96 };

    admit(&s, 1, 0);
    assert_int_equal(admit(&s, 1, 30000), RTP_REPEATED);
    assert_int_equal(admit(&s, 1, 1), RTP_NEXT); /* it was one stray packet */
    assert_int_equal(admit(&s, 1, 30000), RTP_REPEATED);
    assert_int_equal(admit(&s, 1, 30001), RTP_AFTER_HOLE);
    assert_int_equal(admit(&s, 1, 30002), RTP_NEXT);
}

static void another_ssrc_or_payload_type_is_another_source(void **state)
{
    struct rtp_source s = { 0 };
    struct rtp_packet other = { .type = 100, .ssrc = 2, .sequence = 1 };

    assert_int_equal(admit(&s, 1, 0), RTP_NEXT);
    assert_int_equal(admit(&s, 2, 500), RTP_NEW_SOURCE);
    assert_int_equal(admit(&s, 2, 501), RTP_NEXT);
    assert_int_equal(rtp_admit(&s, &other), RTP_NEW_SOURCE);
    assert_int_equal(s.lost, 0);
}

static void a_sender_report_is_found_in_a_compound_packet(void **state)
{
    static const uint8_t bytes[] = {
        0x80, 203, 0, 1, 0,    0, 0, 9, /* BYE of somebody */
        0x80, 200, 0, 6, 0,    0, 0, 7, /* SR of 7 */
        0,    0,   0, 2, 0x80, 0, 0, 0, /* 2.5 s since 1900 */
        0,    0,   1, 0, 0,    0, 0, 0, 0, 0, 0, 0,
    };
    struct rtcp_report r;

    assert_true(rtcp_read(bytes, sizeof bytes, &r));
    assert_int_equal(r.ssrc, 7);
    assert_int_equal(r.ntp_us, 2500000);
    assert_int_equal(r.rtp_time, 256);
    for (size_t size = 0; size < sizeof bytes; size++) {
        uint8_t *cut = xmalloc(size);

        memcpy(cut, bytes, size);
        assert_false(rtcp_read(cut, size, &r));
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_read_with_everything_it_may_have),
        cmocka_unit_test(a_header_that_promises_more_than_there_is_is_no_packet),
        cmocka_unit_test(a_sequence_goes_on_over_its_wrap),
        cmocka_unit_test(what_is_missing_is_counted),
        cmocka_unit_test(what_was_here_already_is_not_taken_again),
        cmocka_unit_test(a_far_jump_is_believed_when_the_next_follows_it),
        cmocka_unit_test(another_ssrc_or_payload_type_is_another_source),
        cmocka_unit_test(a_sender_report_is_found_in_a_compound_packet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
