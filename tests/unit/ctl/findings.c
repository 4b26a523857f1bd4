/* What a probe makes of what it has measured: warnings, and a stanza that is YAML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/text.h"
#include "ctl/probe.h"

static struct findings good(void)
{
    return (struct findings){
        .host = "192.168.1.20",
        .found = true,
        .onvif = true,
        .onvif_port = 80,
        .model = "DS-2CD",
        .url = "rtsp://192.168.1.20/Streaming/Channels/101",
        .sub_url = "rtsp://192.168.1.20/Streaming/Channels/102",
        .main = { true, { .codec = "h265", .width = 1920, .height = 1080, .fps = 25, .gop_s = 2 },
                  25, 50 },
        .sub = { true, { .codec = "h264", .width = 640, .height = 360, .fps = 12, .gop_s = 2 },
                 12, 24 },
    };
}

static bool warns(struct findings *f, const char *word)
{
    bool found = false;

    for (size_t i = 0; i < f->warning_count; i++)
        found |= strstr(f->warnings[i], word) != NULL;
    return found;
}

static void a_camera_that_is_set_well_gives_no_warning(void **state)
{
    struct findings f = good();

    findings_judge(&f);
    assert_int_equal(f.warning_count, 0);
    findings_clear(&f);
}

static void each_thing_that_harms_is_warned_of(void **state)
{
    static const struct {
        double main_gop_s, main_fps, clock_s;
        const char *sub_codec, *word;
    } rows[] = {
        { 60, 25, 0, "h264", "Smart Codec" },
        { 5.5, 25, 0, "h264", "Smart Codec" }, /* 2 s were declared */
        { 0, 25, 0, "h264", "no second keyframe" },
        { 2, 10, 0, "h264", "10.0 come" },
        { 2, 25, -3600, "h264", "NTP" },
        { 2, 25, 0, "h265", "choose H.264" },
        { 2, 25, 0, "", "no sub-stream" },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct findings f = good();
        f.main.facts.gop_s = rows[i].main_gop_s;
        f.main.facts.fps = rows[i].main_fps;
        f.clock_known = true;
        f.clock_offset_s = rows[i].clock_s;
        f.sub.there = rows[i].sub_codec[0];
        strcpy(f.sub.facts.codec, rows[i].sub_codec);
        findings_judge(&f);
        assert_int_equal(f.warning_count, 1);
        assert_true(warns(&f, rows[i].word));
        findings_clear(&f);
    }
    struct findings f = good();
    f.main.declared_fps = 0;
    f.main.facts.gop_s = 6;
    findings_judge(&f);
    assert_true(warns(&f, "I-frame interval"));
    findings_clear(&f);
}

static void the_stanza_has_no_password_and_quotes_what_it_was_told(void **state)
{
    struct findings f = good();
    const struct args args = { .user = "xem", .id = "cong-lang", .area = "thon-dong",
                               .name = "Cổng \"làng\" \\ 1" };
    json_t *told = findings_json(&f, &args);

    assert_string_equal(json_string_value(json_object_get(told, "stanza")),
                        "cameras:\n"
                        "  cong-lang:\n"
                        "    name: \"Cổng \\\"làng\\\" \\\\ 1\"\n"
                        "    area: \"thon-dong\"\n"
                        "    url: \"rtsp://192.168.1.20/Streaming/Channels/101\"\n"
                        "    sub_url: \"rtsp://192.168.1.20/Streaming/Channels/102\"\n"
                        "    user: \"xem\"\n"
                        "    password: {file: ../secrets/cong-lang}\n"
                        "    onvif: {port: 80, events: off}\n");
    const char *commands = json_string_value(json_object_get(told, "commands"));
    assert_non_null(strstr(commands, "-m 0600 -o kengd /dev/stdin"));
    json_decref(told);
    findings_clear(&f);
}

static void a_make_that_wants_the_password_in_the_path_is_guarded_by_the_file(void **state)
{
    struct findings f = good();
    const struct args args = { .id = "xm", .area = "thon-dong" };

    f.password_in_url = true;
    findings_judge(&f);
    assert_true(warns(&f, "0600"));
    json_t *told = findings_json(&f, &args);
    assert_null(strstr(json_string_value(json_object_get(told, "stanza")), "password:"));
    assert_non_null(strstr(json_string_value(json_object_get(told, "commands")),
                           "-m 0600 -o kengd /dev/stdin /"));
    json_decref(told);
    findings_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_camera_that_is_set_well_gives_no_warning),
        cmocka_unit_test(each_thing_that_harms_is_warned_of),
        cmocka_unit_test(the_stanza_has_no_password_and_quotes_what_it_was_told),
        cmocka_unit_test(a_make_that_wants_the_password_in_the_path_is_guarded_by_the_file),
    };
    text_open(LANGUAGE_EN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
