#include "advice.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"

/* From where on something is worth a word, and why. */
enum {
    SMART_GOP_S = 10,        /* cameras' longest plain setting is 10 s */
    LONG_GOP_S = 4,          /* playback and pictures begin at a keyframe */
    FEW_FPS = 5,             /* who runs through is on two pictures */
    PART_OF_DECLARED = 60,   /* per cent; cameras halve at night, by their shutter */
    SUB_PIXELS = 1280 * 720, /* a wall of nine cannot decode more of them */
    LARGE_PIXELS = 1280 * 720,
    MANY_BITS = 12000000, /* 130 GB a day */
    FEW_BITS = 64000,     /* for 720 lines: nobody can be recognised */
    CLOCK_OFF_MS = 5000,  /* the time in the picture is asked for by the police */
    LOSSES = 20,          /* in 10 to 20 minutes; one is chance */
    BREAKS = 4,
};

struct seen {
    const struct camera_settings *camera;
    const struct camera_health *health;
    const struct channel_facts *main, *sub; /* main's codec is known */
    bool has_sub;                           /* is configured, and its codec known */
};

static int pixels(const struct channel_facts *f)
{
    return f->width * f->height;
}

/* ---- conditions -------------------------------------------------------------------- */

static bool has_smart_gop(const struct seen *s)
{
    return s->main->gop_s > SMART_GOP_S || (s->has_sub && s->sub->gop_s > SMART_GOP_S);
}

static bool has_long_gop(const struct seen *s)
{
    return !has_smart_gop(s) && s->main->gop_s > LONG_GOP_S;
}

static bool has_long_sub_gop(const struct seen *s)
{
    return !has_smart_gop(s) && s->has_sub && s->sub->gop_s > LONG_GOP_S;
}

static bool has_h265_sub(const struct seen *s)
{
    return s->has_sub && strcmp(s->sub->codec, "h265") == 0;
}

static bool has_h265_only(const struct seen *s)
{
    return !s->camera->sub_url && strcmp(s->main->codec, "h265") == 0;
}

static bool has_no_sub(const struct seen *s)
{
    return !s->camera->sub_url && !has_h265_only(s) && pixels(s->main) >= LARGE_PIXELS;
}

static bool has_silent_sub(const struct seen *s)
{
    return s->camera->sub_url && !s->has_sub;
}

static bool has_large_sub(const struct seen *s)
{
    return s->has_sub && pixels(s->sub) >= SUB_PIXELS;
}

static bool sends_fewer_than_it_says(const struct seen *s)
{
    return s->main->fps > 0 && s->main->declared_fps > 0 &&
           s->main->fps * 100 < s->main->declared_fps * PART_OF_DECLARED;
}

static bool sends_few(const struct seen *s)
{
    return s->main->fps > 0 && s->main->fps < FEW_FPS && !sends_fewer_than_it_says(s);
}

static bool sends_many_bits(const struct seen *s)
{
    return s->main->bits_per_s > MANY_BITS;
}

static bool sends_few_bits(const struct seen *s)
{
    return s->main->bits_per_s > 0 && s->main->bits_per_s < FEW_BITS &&
           s->main->fps >= FEW_FPS && pixels(s->main) >= LARGE_PIXELS;
}

static bool has_wrong_clock(const struct seen *s)
{
    return s->main->clock_known && llabs(s->main->clock_ahead_ms) > CLOCK_OFF_MS;
}

static bool loses_much(const struct seen *s)
{
    return s->health->losses >= LOSSES;
}

static bool breaks_off(const struct seen *s)
{
    return s->health->broken_off >= BREAKS;
}

static bool has_b_frames(const struct seen *s)
{
    return s->main->reorder > 0;
}

static bool has_foreign_sound(const struct seen *s)
{
    return s->camera->audio && s->main->audio_refused[0];
}

/* ---- the table, the weightiest first ----------------------------------------------- */

static const struct {
    const char *code;
    bool (*is_so)(const struct seen *s);
    const char *text;
} rows[] = {
    { "breaks_off", breaks_off,
      N_("The connection breaks off again and again. Check the camera's power supply and "
         "cable, or its Wi-Fi.") },
    { "losses", loses_much,
      N_("Packets or pictures are lost on the way. Check cable and switch, lower the bit "
         "rate, or write 'transport: tcp' for it.") },
    { "smart_codec", has_smart_gop,
      N_("Keyframes come more than 10 seconds apart, so pictures, playback and motion come "
         "late. Switch off Smart Codec (H.264+, H.265+) in the camera.") },
    { "clock", has_wrong_clock,
      N_("The camera's clock is wrong, and with it the time in its picture. Switch on NTP in "
         "the camera's time settings.") },
    { "sub_silent", has_silent_sub,
      N_("The sub-stream does not come, so the large one is decoded for motion. Switch it on "
         "in the camera, or correct sub_url.") },
    { "sub_h265", has_h265_sub,
      N_("Many browsers cannot show the sub-stream's H.265. Choose H.264 for the sub-stream.") },
    { "h265_only", has_h265_only,
      N_("Many browsers cannot show this camera's H.265 and get single pictures only. Switch "
         "on a sub-stream in H.264 and write its address as sub_url.") },
    { "sub_missing", has_no_sub,
      N_("There is no sub-stream: walls and motion take the large one, which costs much "
         "processor and line. Write sub_url.") },
    { "sub_large", has_large_sub,
      N_("The sub-stream is large. 640 x 360 is enough for walls and motion.") },
    { "fps_declared", sends_fewer_than_it_says,
      N_("The camera sends far fewer pictures a second than it says. Shorten its exposure, "
         "set at night too, or lower its frame rate to what it can do.") },
    { "fps_few", sends_few,
      N_("The camera sends fewer than 5 pictures a second. Set its frame rate to 10 or 15.") },
    { "gop_long", has_long_gop,
      N_("Keyframes are more than 4 seconds apart, so pictures and playback come late. Set "
         "the keyframe interval to 1 or 2 seconds.") },
    { "sub_gop_long", has_long_sub_gop,
      N_("The sub-stream's keyframes are more than 4 seconds apart, so live pictures come "
         "late. Set its keyframe interval to 1 second.") },
    { "bits_many", sends_many_bits,
      N_("The camera sends more than 12 Mbit/s, 130 GB a day. 4 Mbit/s are enough for most "
         "pictures.") },
    { "bits_few", sends_few_bits,
      N_("The bit rate is too low for a picture of this size: nobody can be recognised. Set "
         "1 Mbit/s or more.") },
    { "b_frames", has_b_frames,
      N_("The camera sends B-frames, which makes live pictures later. Switch them off, or "
         "choose the Baseline or Main profile.") },
    { "audio", has_foreign_sound,
      N_("The camera's sound cannot be recorded. Choose AAC or G.711 for it.") },
};

size_t advice_give(const struct camera_settings *camera,
                   const struct camera_health *health,
                   struct camera_advice to[CAMERA_ADVICE_MAX])
{
    struct seen s = { .camera = camera,
                      .health = health,
                      .main = &health->channels[CHANNEL_MAIN],
                      .sub = &health->channels[CHANNEL_SUB] };
    size_t count = 0;

    if (!s.main->codec[0])
        return 0; /* nothing has come yet to judge by */
    s.has_sub = camera->sub_url && s.sub->codec[0];
    for (size_t i = 0; i < COUNT_OF(rows) && count < CAMERA_ADVICE_MAX; i++)
        if (rows[i].is_so(&s))
            to[count++] = (struct camera_advice){ rows[i].code, text(rows[i].text) };
    return count;
}
