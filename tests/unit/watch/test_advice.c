#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "advice.h"
#include "core/memory.h"
#include "core/text.h"

/* A camera that nothing needs to be said of. */
struct one {
    struct camera_settings camera;
    struct camera_health health;
};

static const struct channel_facts good_main = { .codec = "h264",
                                                .width = 1920,
                                                .height = 1080,
                                                .fps = 15,
                                                .declared_fps = 15,
                                                .bits_per_s = 2000000,
                                                .gop_s = 2,
                                                .clock_known = true,
                                                .clock_ahead_ms = 800,
                                                .audio = "aac" };
static const struct channel_facts good_sub = { .codec = "h264",
                                               .width = 640,
                                               .height = 360,
                                               .fps = 10,
                                               .bits_per_s = 300000,
                                               .gop_s = 1 };

static struct one good(void)
{
    struct one o = { .camera = { .audio = true } };

    o.camera.sub_url = (char *)"rtsp://h/sub";
    o.health.state = CAMERA_RECORDING;
    o.health.channels[CHANNEL_MAIN] = good_main;
    o.health.channels[CHANNEL_SUB] = good_sub;
    return o;
}

/* The only advice there is; "" for none, "..." for several. */
static const char *only(const struct one *o)
{
    struct camera_advice list[CAMERA_ADVICE_MAX];
    size_t count = advice_give(&o->camera, &o->health, list);

    return count == 0 ? "" : count == 1 ? list[0].code : "...";
}

static void of_a_good_camera_nothing_is_said(void **state)
{
    struct one o = good();

    assert_string_equal(only(&o), "");
}

static void nothing_is_said_before_anything_has_come(void **state)
{
    struct one o = good();

    memset(o.health.channels, 0, sizeof o.health.channels);
    o.health.broken_off = 100;
    assert_string_equal(only(&o), "");
}

#define SAYS(change, code_)                                         \
    do {                                                            \
        struct one o = good();                                      \
        struct channel_facts *m = &o.health.channels[CHANNEL_MAIN]; \
        struct channel_facts *s = &o.health.channels[CHANNEL_SUB];  \
        (void)m;                                                    \
        (void)s;                                                    \
        change;                                                     \
        assert_string_equal(only(&o), code_);                       \
    } while (0)

static void each_fault_has_its_advice(void **state)
{
    SAYS(m->gop_s = 62, "smart_codec");
    SAYS(s->gop_s = 240, "smart_codec");
    SAYS(m->gop_s = 5, "gop_long");
    SAYS(s->gop_s = 5, "sub_gop_long");
    SAYS(strcpy(s->codec, "h265"), "sub_h265");
    SAYS(strcpy(m->codec, "h265"), ""); /* its sub-stream can be shown */
    SAYS((o.camera.sub_url = NULL, strcpy(m->codec, "h265")), "h265_only");
    SAYS(o.camera.sub_url = NULL, "sub_missing");
    SAYS((o.camera.sub_url = NULL, m->width = 704, m->height = 576), "");
    SAYS(s->codec[0] = 0, "sub_silent");
    SAYS((s->width = 1920, s->height = 1080), "sub_large");
    SAYS(m->declared_fps = 25, "");
    SAYS((m->declared_fps = 25, m->fps = 10), "fps_declared");
    SAYS((m->declared_fps = 0, m->fps = 4), "fps_few");
    SAYS(m->bits_per_s = 16000000, "bits_many");
    SAYS(m->bits_per_s = 30000, "bits_few");
    SAYS(m->clock_ahead_ms = -5001, "clock");
    SAYS((m->clock_ahead_ms = 86400000, m->clock_known = false), "");
    SAYS(o.health.losses = 20, "losses");
    SAYS(o.health.broken_off = 4, "breaks_off");
    SAYS(m->reorder = 2, "b_frames");
    SAYS(strcpy(m->audio_refused, "G726-32"), "audio");
    SAYS((o.camera.audio = false, strcpy(m->audio_refused, "G726-32")), "");
}

static void the_weightiest_comes_first_and_the_list_has_an_end(void **state)
{
    struct one o = good();
    struct channel_facts *m = &o.health.channels[CHANNEL_MAIN];
    struct camera_advice list[CAMERA_ADVICE_MAX];

    o.health.losses = o.health.broken_off = 100;
    m->gop_s = 62;
    m->clock_ahead_ms = 1000000;
    strcpy(o.health.channels[CHANNEL_SUB].codec, "h265");
    o.health.channels[CHANNEL_SUB].width = 4000;
    o.health.channels[CHANNEL_SUB].height = 2000;
    m->fps = 4;
    m->declared_fps = 30;
    m->bits_per_s = 20000000;
    m->reorder = 1;
    strcpy(m->audio_refused, "AMR");
    size_t count = advice_give(&o.camera, &o.health, list);
    assert_in_range(count, 8, CAMERA_ADVICE_MAX);
    assert_string_equal(list[0].code, "breaks_off");
    for (size_t i = 0; i < count; i++)
        assert_true(strlen(list[i].text) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_good_camera_nothing_is_said),
        cmocka_unit_test(nothing_is_said_before_anything_has_come),
        cmocka_unit_test(each_fault_has_its_advice),
        cmocka_unit_test(the_weightiest_comes_first_and_the_list_has_an_end),
    };

    text_use(LANGUAGE_EN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
