/* The inner loops: what they compute, and that every kind of processor computes the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "grid.h"
#include "kernels.h"

/* No whole number of vectors. */
enum { CELLS = 1003, WIDTH = 645 };

static uint32_t dice = 7;

static float random_level(void)
{
    dice = dice * 1664525 + 1013904223;
    return (float)(dice >> 8) / (float)(1 << 24) * 255;
}

static const struct comparison exposures[] = { { 1, 4, 230, 7, 4 },
                                               { 1.3F, 4, 230, 7, 4 },
                                               { 0.7F, 4, 230, 10.5F, 6 } };
static const struct lesson lessons[] = {
    { 1, 4, 40, 1.25F, 0.35F, 0.8F, 18, 0.02F, 0.003F, 0.02F, 0.008F },
    { 1.2F, 4, 40, 1.25F, 0.35F, 0.8F, 18, 1, 0.3F, 0.7F, 0.7F },
};

static void every_processor_computes_the_same_to_the_last_bit(void **state)
{
    const struct kernels *best = kernels_best(), *plain = &kernels_plain;
    static float now[CELLS], b[2][CELLS], s[2][CELLS];
    static uint8_t open[CELLS], marks[2][CELLS], row[WIDTH];
    static uint16_t columns[2][WIDTH];

    for (int i = 0; i < CELLS; i++) {
        now[i] = random_level();
        b[0][i] = b[1][i] =
            random_level() < 200 ? now[i] + random_level() / 20 - 6 : random_level();
        s[0][i] = s[1][i] = 0.8F + random_level() / 20;
        open[i] = random_level() < 240;
    }
    for (size_t i = 0; i < sizeof exposures / sizeof *exposures; i++) {
        int moving =
            plain->compare(&exposures[i], now, b[0], s[0], open, marks[0], CELLS);
        assert_in_range(moving, CELLS / 20, CELLS - CELLS / 20);
        assert_int_equal(
            best->compare(&exposures[i], now, b[0], s[0], open, marks[1], CELLS), moving);
        assert_memory_equal(marks[0], marks[1], CELLS);
    }
    for (size_t i = 0; i < sizeof lessons / sizeof *lessons; i++) {
        plain->learn(&lessons[i], now, marks[0], b[0], s[0], CELLS);
        best->learn(&lessons[i], now, marks[0], b[1], s[1], CELLS);
        assert_memory_equal(b[0], b[1], sizeof b[0]);
        assert_memory_equal(s[0], s[1], sizeof s[0]);
    }
    for (int i = 0; i < WIDTH; i++)
        row[i] = (uint8_t)random_level();
    for (int i = 0; i < 200; i++) {
        plain->add_row(columns[0], row, WIDTH);
        best->add_row(columns[1], row, WIDTH);
    }
    assert_memory_equal(columns[0], columns[1], sizeof columns[0]);
    assert_int_equal(columns[0][3], row[3] * 200);
}

static void a_cell_moves_beyond_the_levels_and_beyond_its_noise(void **state)
{
    static const struct comparison by = { 1, 4, 230, 7, 4 };
    static const float now[] = { 108, 106, 108, 92, 108 },
                       background[] = { 100, 100, 100, 100, 100 };
    static const float noise[] = { 1, 1, 2.5F, 1, 1 };
    static const uint8_t open[] = { 1, 1, 1, 1, 0 };
    static const uint8_t expected[] = { 1, 0, 0, 1, 0 };
    uint8_t marks[5];

    assert_int_equal(kernels_best()->compare(&by, now, background, noise, open, marks, 5),
                     2);
    assert_memory_equal(marks, expected, sizeof marks);
}

/* At a gain of 1/1.25 the background would show 188 where it shows white, perhaps more.
 */
static void what_saturation_explains_does_not_move(void **state)
{
    static const struct comparison darker = { 1.25F, 4, 230, 7, 4 };
    static const float now[] = { 205, 205, 150 }, background[] = { 240, 200, 240 };
    static const float noise[] = { 1, 1, 1 };
    static const uint8_t open[] = { 1, 1, 1 };
    uint8_t marks[3];

    kernels_best()->compare(&darker, now, background, noise, open, marks, 3);
    assert_int_equal(marks[0], 0); /* brighter than a white that may have been more */
    assert_int_equal(marks[1], 1);
    assert_int_equal(marks[2], 1); /* darker than white: surely another thing */
}

static void a_cell_is_the_mean_of_its_pixels_at_8_and_at_10_bits(void **state)
{
    static uint8_t narrow[90 * 320], wide[90 * 640];
    struct grid grid;
    float cells[GRID_CELLS_MAX], deep[GRID_CELLS_MAX];

    for (int y = 0; y < 90; y++)
        for (int x = 0; x < 320; x++) {
            uint16_t level = (uint16_t)(4 * (narrow[y * 320 + x] = (uint8_t)(x + y)));
            memcpy(&wide[(y * 320 + x) * 2], &level, 2);
        }
    assert_true(grid_fit(&grid, 320, 90));
    assert_int_equal(grid.width, 160);
    assert_int_equal(grid.height, 45);
    grid_measure(&grid, &(struct luma){ narrow, 320, 320, 90, 8 }, cells);
    grid_measure(&grid, &(struct luma){ wide, 640, 320, 90, 10 }, deep);
    assert_true(cells[0] == 1);                 /* 0 1 / 1 2 */
    assert_true(cells[160 + 10] == 20 + 2 + 1); /* two pixels to a cell each way */
    assert_memory_equal(cells, deep, sizeof *cells * (size_t)grid.cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_processor_computes_the_same_to_the_last_bit),
        cmocka_unit_test(a_cell_moves_beyond_the_levels_and_beyond_its_noise),
        cmocka_unit_test(what_saturation_explains_does_not_move),
        cmocka_unit_test(a_cell_is_the_mean_of_its_pixels_at_8_and_at_10_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
