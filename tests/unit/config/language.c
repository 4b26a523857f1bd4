/* The same fault in the two languages that kengd speaks. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/load.h"
#include "config/schema.h"
#include "core/memory.h"

static const char yaml[] = "site: {nmae: X}\nareas: {a: {name: A, within: b}}\n";

static char *faults_in(enum language language)
{
    struct faults faults;
    enum language before = text_use(language);

    assert_null(
        settings_read_memory("/etc/kengd/kengd.yaml", yaml, strlen(yaml), &faults));
    char *all = faults_text(&faults);
    faults_free(&faults);
    text_use(before);
    return all;
}

static void a_fault_comes_out_in_english(void **state)
{
    char *all = faults_in(LANGUAGE_EN);

    assert_string_equal(
        all, "/etc/kengd/kengd.yaml:1:1: site.name: this is missing; write for "
             "example 'name: Xã Đồng Xanh'\n"
             "/etc/kengd/kengd.yaml:1:8: site.nmae: this setting is not known; 'name' "
             "may be meant\n"
             "/etc/kengd/kengd.yaml:2:30: areas.a.within: there is no area 'b'; 'a' "
             "may be meant\n");
    free(all);
}

static void a_fault_comes_out_in_vietnamese(void **state)
{
    char *all = faults_in(LANGUAGE_VI);

    assert_string_equal(
        all, "/etc/kengd/kengd.yaml:1:1: site.name: thiếu mục này; ghi chẳng hạn "
             "'name: Xã Đồng Xanh'\n"
             "/etc/kengd/kengd.yaml:1:8: site.nmae: không có mục này; có lẽ là "
             "'name'\n"
             "/etc/kengd/kengd.yaml:2:30: areas.a.within: không có địa bàn 'b'; có lẽ "
             "là 'a'\n");
    free(all);
}

static void *in_vietnamese(void *arg)
{
    return faults_in(LANGUAGE_VI);
}

static void two_threads_speak_two_languages(void **state)
{
    pthread_t thread;
    void *vietnamese;

    text_use(LANGUAGE_EN);
    assert_int_equal(pthread_create(&thread, NULL, in_vietnamese, NULL), 0);
    pthread_join(thread, &vietnamese);
    char *english = faults_in(LANGUAGE_EN);
    assert_non_null(strstr(vietnamese, "thiếu mục này"));
    assert_non_null(strstr(english, "this is missing"));
    free(vietnamese);
    free(english);
}

static void check_help(const struct setting *table)
{
    for (const struct setting *row = table; row->key; row++) {
        if (strcmp(text(row->help), row->help) == 0)
            fail_msg("%s: '%s' has no Vietnamese", row->key, row->help);
        if (row->of)
            check_help(row->of);
    }
}

static void every_setting_is_explained_in_vietnamese(void **state)
{
    enum language before = text_use(LANGUAGE_VI);

    check_help(settings_table);
    char *manual = settings_manual();
    assert_non_null(strstr(manual, "`site.name` (bắt buộc)"));
    free(manual);
    text_use(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_comes_out_in_english),
        cmocka_unit_test(a_fault_comes_out_in_vietnamese),
        cmocka_unit_test(two_threads_speak_two_languages),
        cmocka_unit_test(every_setting_is_explained_in_vietnamese),
    };

    text_open(LANGUAGE_VI);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
