#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wire/wire.h"

static void a_header_is_written_little_endian(void **state)
{
    struct wire_header h = { .size = 0x01020304,
                             .kind = WIRE_FRAGMENT,
                             .flags = WIRE_KEY | WIRE_DAMAGED,
                             .channel = 0x0a0b,
                             .time_us = INT64_C(0x0102030405060708) };
    static const uint8_t expected[WIRE_HEADER] = { 4, 3, 2, 1, 2, 5, 0x0b, 0x0a,
                                                   8, 7, 6, 5, 4, 3, 2,    1 };
    uint8_t raw[WIRE_HEADER];

    wire_write_header(raw, &h);
    assert_memory_equal(raw, expected, sizeof raw);
}

static void a_header_is_read_as_it_was_written(void **state)
{
    struct wire_header h = { .size = UINT32_MAX,
                             .kind = 255,
                             .flags = 128,
                             .channel = UINT16_MAX,
                             .time_us = INT64_MAX },
                       back;
    uint8_t raw[WIRE_HEADER];

    wire_write_header(raw, &h);
    wire_read_header(raw, &back);
    assert_int_equal(back.size, h.size);
    assert_int_equal(back.kind, h.kind);
    assert_int_equal(back.flags, h.flags);
    assert_int_equal(back.channel, h.channel);
    assert_true(back.time_us == h.time_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_written_little_endian),
        cmocka_unit_test(a_header_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
