/* Who is told: the cases of routing.txt, one a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "alert/explain.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "rule.h"

static const char settings_text[] =
    "site: {name: Xa, language: en, time_zone: Asia/Ho_Chi_Minh}\n"
    "paths: {state: /tmp, runtime: /tmp}\n"
    "areas:\n"
    "  xa: {name: Xa, quiet: {hours: \"05:00-07:00\", days: \"sat,sun\"}}\n"
    "  thon-dong: {name: Dong, within: xa}\n"
    "  ngo-1: {name: Ngo, within: thon-dong}\n"
    "  thon-tay: {name: Tay, within: xa, quiet: \"12:00-13:30\"}\n"
    "cameras:\n"
    "  ngo: {name: Ngo, area: ngo-1, url: \"rtsp://127.0.0.1/1\"}\n"
    "  cong: {name: Cong, area: thon-dong, url: \"rtsp://127.0.0.1/2\"}\n"
    "  ao: {name: Ao, area: thon-tay, url: \"rtsp://127.0.0.1/3\"}\n"
    "people:\n"
    "  an: {name: An, role: official, areas: [thon-dong], rank: 1, duty: \"18:00-06:00\"}\n"
    "  binh: {name: Binh, role: official, areas: [thon-dong], rank: 1,"
    " quiet: \"22:00-05:00\"}\n"
    "  chi: {name: Chi, role: staff, areas: [xa], rank: 2, severity: warning,"
    " duty: {hours: \"07:00-17:00\", days: mon-fri}}\n"
    "  dung: {name: Dung, role: admin, areas: [xa], rank: 3, severity: urgent}\n"
    "  em: {name: Em, role: official, areas: [thon-tay], rank: 1}\n"
    "alerts: {holidays: %s/holidays.txt}\n";

enum { PEOPLE = 5 };

static const struct settings *load(void)
{
    char dir[] = "/tmp/keng-routing-XXXXXX";
    struct faults faults = { 0 };

    assert_non_null(mkdtemp(dir));
    char *holidays = xformat("%s/holidays.txt", dir), *path = xformat("%s/k.yaml", dir);
    FILE *file = fopen(holidays, "w");
    fputs("# ngày nghỉ\n02/09/2026 Quốc khánh\n", file);
    fclose(file);
    file = fopen(path, "w");
    fprintf(file, settings_text, dir);
    fclose(file);
    const struct settings *set = settings_load(path, &faults);
    if (!set)
        fail_msg("%s", faults_text(&faults));
    unlink(path);
    unlink(holidays);
    rmdir(dir);
    free(path);
    free(holidays);
    return set;
}

static size_t mutes_of(const char *name, struct mute_row rows[2])
{
    static const struct {
        const char *name;
        struct mute_row rows[2];
    } all[] = {
        { "-", { { 0 } } },
        { "cong", { { .camera = (char *)"cong" } } },
        { "dong", { { .area = (char *)"thon-dong" } } },
        { "xa", { { .area = (char *)"xa" } } },
        { "an", { { .area = (char *)"thon-dong", .person = (char *)"an" } } },
        { "tay+an",
          { { .area = (char *)"thon-tay" },
            { .area = (char *)"xa", .person = (char *)"an" } } },
    };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (strcmp(all[i].name, name) == 0) {
            memcpy(rows, all[i].rows, sizeof all[i].rows);
            return (all[i].rows[0].area || all[i].rows[0].camera) +
                   (all[i].rows[1].area != NULL);
        }
    fail_msg("no mutes %s", name);
    return 0;
}

static enum event_kind kind_of(const char *word)
{
    return strcmp(word, "alarm") == 0    ? EVENT_ALARM
           : strcmp(word, "test") == 0   ? EVENT_TEST
           : strcmp(word, "health") == 0 ? EVENT_HEALTH
                                         : EVENT_MOTION;
}

static void check(const struct settings *set, const char *line)
{
    char at[24], camera[16], kind[16], severity[16], muted[16], why[PEOPLE][16];
    int rank;
    struct mute_row rows[2];
    struct verdict list[PEOPLE];

    assert_int_equal(sscanf(line, "%23s %15s %15s %15s %15s %d %15s %15s %15s %15s %15s", at,
                            camera, kind, severity, muted, &rank, why[0], why[1], why[2],
                            why[3], why[4]),
                     11);
    struct mute_list mutes = { .rows = rows, .count = mutes_of(muted, rows) };
    struct occasion what = { .set = set, .camera = camera, .kind = kind_of(kind) };
    char *local = xformat("%s:00+07:00", at);
    assert_true(time_read(local, &what.at_us));
    free(local);
    for (size_t i = 0; i < mutes.count; i++) {
        rows[i].by = (char *)"An";
        rows[i].since_us = what.at_us - 1;
        rows[i].until_us = what.at_us + 1;
    }
    what.mutes = &mutes;
    what.area = settings_find_camera(set, camera)->area;
    while (strcmp(severity_words[what.severity], severity) != 0)
        what.severity++;
    if (rule_next_rank(&what, 0) != rank)
        fail_msg("%s: rank %d is told first", line, rule_next_rank(&what, 0));
    rule_decide(&what, 0, rank, list);
    for (size_t i = 0; i < PEOPLE; i++)
        if (strcmp(why_word(list[i].why), why[i]) != 0)
            fail_msg("%s: %s is %s", line, set->people[i].id, why_word(list[i].why));
}

static void each_of_the_two_hundred_cases_is_decided_as_written(void **state)
{
    const struct settings *set = load();
    FILE *file = fopen(ROUTING_CASES, "r");
    char line[300];
    int count = 0;

    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (*line == '#' || !*line)
            continue;
        check(set, line);
        count++;
    }
    fclose(file);
    assert_int_equal(count, 200);
    settings_unref(set);
}

/* Further ranks in their turn, and none after the last. */
static void ranks_are_told_one_after_the_other(void **state)
{
    const struct settings *set = load();
    struct occasion what = { .set = set,
                             .area = settings_find_area(set, "ngo-1"),
                             .kind = EVENT_HEALTH,
                             .severity = SEVERITY_URGENT };
    struct verdict list[PEOPLE];

    assert_true(time_read("2026-09-03T10:00:00+07:00", &what.at_us));
    assert_int_equal(rule_next_rank(&what, 0), 1);
    assert_int_equal(rule_next_rank(&what, 1), 2);
    assert_int_equal(rule_next_rank(&what, 2), 3);
    assert_int_equal(rule_next_rank(&what, 3), 0);
    assert_int_equal(rule_last_rank(&what), 3);
    rule_decide(&what, 1, 2, list);
    assert_string_equal(why_word(list[1].why), "earlier");
    assert_string_equal(why_word(list[2].why), "told");
    assert_string_equal(why_word(list[3].why), "later");
    settings_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_the_two_hundred_cases_is_decided_as_written),
        cmocka_unit_test(ranks_are_told_one_after_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
