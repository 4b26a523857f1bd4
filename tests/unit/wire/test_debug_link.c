/* What the detector sees, on its way to a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/debug_link.h"
#include "wire/wire.h"

enum { WIDTH = 5, HEIGHT = 3, CELLS = WIDTH * HEIGHT, MARKS = (CELLS + 3) / 4 };
enum { FIRST_TRAIL = 12 + 2 * CELLS + MARKS };

static const uint8_t now[CELLS] = { 1, 2, 255 }, background[CELLS] = { 9 };
static const uint8_t marks[CELLS] = { DEBUG_STRONG, DEBUG_STILL, DEBUG_MASKED, DEBUG_WEAK,
                                      DEBUG_STRONG };

static void put(struct bytes *to)
{
    struct debug_view view = {
        .at_us = 1700000000000000,
        .width = WIDTH,
        .height = HEIGHT,
        .now = now,
        .background = background,
        .marks = marks,
        .watching = true,
        .clutter = true,
        .gain = 1.5F,
        .moving_share = 0.25F,
        .futility = 100,
        .candidates = 3,
        .trail_count = 2,
        .trails = { { .id = 0x12345678,
                      .box = { 1, 0, 4, 2 },
                      .seen = true,
                      .waits = TRAIL_NEAR,
                      .looks = 70000,
                      .way = { 2, { { 0, 0.5F, 0 }, { 1, 1, 100 } } } },
                    { .id = 2, .waits = TRAIL_OUTSIDE } },
    };

    link_put_debug(to, 1, &view);
}

static void a_view_comes_over_as_it_was_seen(void **state)
{
    static const uint8_t head[] = { WIDTH, HEIGHT, 1 | 4, 2, 1500 & 0xff, 1500 >> 8,
                                    250,   0,      0xff,  0xff, 3, 0 };
    static const uint8_t trail[] = { 0x78, 0x56, 0x34, 0x12, 1, 0, 4, 2, 1, TRAIL_NEAR, 0xff, 0xff,
                                     2, 0, 0, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff };
    struct bytes b = { 0 };
    struct wire_header h;

    put(&b);
    wire_read_header(b.at, &h);
    assert_int_equal(h.kind, WIRE_DEBUG);
    assert_int_equal(h.channel, 1);
    assert_int_equal(h.time_us, 1700000000000000);
    assert_int_equal(h.size + WIRE_HEADER, b.size);
    const uint8_t *body = b.at + WIRE_HEADER;
    assert_memory_equal(body, head, sizeof head);
    assert_memory_equal(body + 12, now, CELLS);
    assert_memory_equal(body + 12 + CELLS, background, CELLS);
    assert_int_equal(body[12 + 2 * CELLS],
                     DEBUG_STRONG | DEBUG_STILL << 2 | DEBUG_MASKED << 4 | DEBUG_WEAK << 6);
    assert_memory_equal(body + FIRST_TRAIL, trail, sizeof trail);
    assert_true(link_check_debug(body, h.size, NULL));
    bytes_free(&b);
}

static void a_view_cut_short_or_with_more_behind_it_is_none(void **state)
{
    struct bytes b = { 0 };

    put(&b);
    size_t whole = b.size - WIRE_HEADER;
    for (size_t size = 0; size < whole; size++) {
        uint8_t *part = malloc(size ? size : 1); /* so that a read beyond is seen */
        memcpy(part, b.at + WIRE_HEADER, size);
        assert_false(link_check_debug(part, size, NULL));
        free(part);
    }
    bytes_add(&b, "", 1);
    assert_false(link_check_debug(b.at + WIRE_HEADER, whole + 1, NULL));
    bytes_free(&b);
}

static void a_number_out_of_bounds_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } lies[] = {
        { 0, 0 },                              /* no cells */
        { 0, DEBUG_CELLS_SIDE + 1 },           /* too many */
        { 1, 0 },                              /* ... of the other side */
        { 2, 16 },                             /* a flag that is none */
        { 3, DEBUG_TRAILS + 1 },               /* trails */
        { FIRST_TRAIL + 4, 5 },                /* a box that ends before it begins */
        { FIRST_TRAIL + 6, WIDTH },            /* ... beside the picture */
        { FIRST_TRAIL + 7, HEIGHT },           /* ... below it */
        { FIRST_TRAIL + 8, 2 },                /* its flags */
        { FIRST_TRAIL + 9, TRAIL_WAITS },      /* what it waits for */
        { FIRST_TRAIL + 12, WAY_POINTS + 1 },  /* points */
    };
    struct bytes b = { 0 };

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        b.size = 0;
        put(&b);
        uint8_t *body = b.at + WIRE_HEADER;
        assert_true(link_check_debug(body, b.size - WIRE_HEADER, NULL));
        body[lies[i].at] = lies[i].value;
        if (link_check_debug(body, b.size - WIRE_HEADER, NULL))
            fail_msg("%zu", i);
    }
    bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_comes_over_as_it_was_seen),
        cmocka_unit_test(a_view_cut_short_or_with_more_behind_it_is_none),
        cmocka_unit_test(a_number_out_of_bounds_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
