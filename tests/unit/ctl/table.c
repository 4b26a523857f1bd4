/* Columns and figures as a person sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/text.h"
#include "ctl/figures.h"
#include "ctl/table.h"

static void a_letter_is_as_wide_as_it_is_seen(void **state)
{
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("cong-lang"), 9);
    assert_int_equal(text_width("Cổng làng"), 9);
    assert_int_equal(text_width("Co\u0302\u0309ng"), 4); /* marks of their own */
    assert_int_equal(text_width("越南"), 4);
    assert_int_equal(text_width("a\xff"
                                "b"),
                     3);
}

static char *printed(const struct table *table)
{
    char *all;
    size_t size;
    FILE *to = open_memstream(&all, &size);

    table_print(table, to);
    fclose(to);
    return all;
}

static void columns_stand_below_each_other(void **state)
{
    const char *const heads[] = { "Mã", "Tên", "Từ", NULL };
    struct table *table = table_new(heads);

    table_add(table, "cong-lang");
    table_add(table, "Cổng làng");
    table_add(table, "21:04");
    table_note(table, "Sai mật khẩu.");
    table_add(table, "ao");
    table_add(table, "");
    table_add(table, "9:30");
    table_add(table, "x");
    table_add(table, "Ao đình");
    table_add(table, "");
    table_note(table, "");
    char *all = printed(table);
    assert_string_equal(all, "Mã         Tên        Từ\n"
                             "cong-lang  Cổng làng  21:04\n"
                             "    Sai mật khẩu.\n"
                             "ao                    9:30\n"
                             "x          Ao đình\n");
    free(all);
    table_free(table);
    table_free(NULL);
}

static void nothing_in_a_cell_steers_the_terminal(void **state)
{
    const char *const heads[] = { "A", NULL };
    struct table *table = table_new(heads);

    table_add(table, "\x1b[2J\n\x7f\xc2\x9b"
                     "1m");
    table_note(table, "\x1b]0;x\x07");
    char *all = printed(table);
    assert_string_equal(all, "A\n [2J    1m\n     ]0;x \n");
    free(all);
    table_free(table);
}

static void expect(char *figure, const char *expected)
{
    assert_string_equal(figure, expected);
    free(figure);
}

static void figures_have_the_units_that_people_use(void **state)
{
    text_use(LANGUAGE_EN);
    expect(figure_bytes(0), "0.0 kB");
    expect(figure_bytes(999949), "999.9 kB");
    expect(figure_bytes(999960), "1.0 MB");
    expect(figure_bytes(INT64_C(120400000000)), "120.4 GB");
    expect(figure_bytes(INT64_C(5000000000000000)), "5000.0 TB");
    expect(figure_bits(400000), "400.0 kbit/s");
    expect(figure_bits(2000000), "2.0 Mbit/s");
    expect(figure_duration(0), "0 s");
    expect(figure_duration(59), "59 s");
    expect(figure_duration(3599), "59 min");
    expect(figure_duration(3660), "1 h 1 min");
    expect(figure_duration(90000), "1 d 1 h");
}

static void figures_in_vietnamese_have_a_decimal_comma(void **state)
{
    text_use(LANGUAGE_VI);
    expect(figure_decimal(12.4), "12,4");
    expect(figure_bytes(INT64_C(120400000000)), "120,4 GB");
    expect(figure_duration(90000), "1 ngày 1 giờ");
    text_use(LANGUAGE_EN);
}

static void a_time_is_shown_in_this_machines_zone(void **state)
{
    setenv("TZ", "Asia/Ho_Chi_Minh", 1);
    tzset();
    expect(figure_time("2026-11-21T14:04:49.120Z"), "21/11/2026 21:04:49");
    expect(figure_time(""), "");
    expect(figure_time("gestern"), "");
    unsetenv("TZ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_is_as_wide_as_it_is_seen),
        cmocka_unit_test(columns_stand_below_each_other),
        cmocka_unit_test(nothing_in_a_cell_steers_the_terminal),
        cmocka_unit_test(figures_have_the_units_that_people_use),
        cmocka_unit_test(figures_in_vietnamese_have_a_decimal_comma),
        cmocka_unit_test(a_time_is_shown_in_this_machines_zone),
    };

    text_open(LANGUAGE_EN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
