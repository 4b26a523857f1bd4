#include <inttypes.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "cut.h"
#include "moof.h"

/* What a crash of kengd or of the machine may cost, and how late a viewer is: see
 * docs/live-stream.md. */
#define FRAGMENT_US MILLIS_US(500)

/* Sound that stays away for so long is left out of the next init: players wait for a
 * track that is declared and empty. */
#define SOUND_AWAY_US SECONDS_US(3)

/* Bytes of one fragment's media, so that a whole AU still fits under the link's cap. */
enum { MEDIA_MAX = 7 << 20, SOUND_MAX = 256 << 10 };
enum { BEFORE_MEDIA = CUT_HEADROOM + MOOF_ROOM };

struct cutter {
    const char *name;
    const struct cut_listener *listener;
    void *arg;

    /* The run */
    bool open;
    uint32_t run, number;
    enum codec codec;
    unsigned version, refused_version;
    uint32_t clock;
    int64_t base; /* dts of its first picture, 1/clock s */
    int64_t last_dts;
    int64_t frame; /* from the picture before the last to the last, 1/clock s */
    struct codec_record video;

    /* The fragment being filled. media: BEFORE_MEDIA bytes of room, then pictures, then
     * (when it is cut) sound. */
    struct bytes media, sound_media;
    struct sample pictures[VIDEO_SAMPLES], sounds[AUDIO_SAMPLES];
    size_t picture_count, sound_count;
    int64_t first_dts, began_us, first_wall_us;
    int64_t sound_dts, sound_last; /* of the first and last of `sounds`, 1/sound.rate s */
    bool key, damaged;

    /* Sound */
    struct track sound_track; /* as last seen */
    bool sound_wanted;        /* it came, or is announced */
    bool sound_in;            /* it is in this run's init */
    bool sound_stale;         /* the track is another one than the init tells */
    bool sound_failed;        /* for good: while the track stays what it is */
    int64_t sound_seen_us;    /* monotonic */
    struct sound sound;
    struct audio *encoder; /* NULL: AAC as it came */

    int64_t left_out;
};

struct cutter *cut_new(const char *name, const struct cut_listener *listener, void *arg)
{
    struct cutter *c = xcalloc(1, sizeof *c);

    *c = (struct cutter){ .name = name, .listener = listener, .arg = arg };
    return c;
}

/* ---- a fragment -------------------------------------------------------------------- */

static int64_t to_timescale(const struct cutter *c, int64_t clocks)
{
    return av_rescale(clocks, VIDEO_TIMESCALE, c->clock);
}

/* Decode times are rounded, not durations, so that nothing adds up. */
static uint32_t picture_duration(const struct cutter *c, int64_t from, int64_t to)
{
    int64_t units = to_timescale(c, to - c->base) - to_timescale(c, from - c->base);

    return units > UINT32_MAX ? UINT32_MAX : (uint32_t)units;
}

/* The sound that belongs to the fragment goes behind its pictures. */
static int add_sound_run(struct cutter *c, struct run_of_samples *run)
{
    if (c->sound_count == 0)
        return 0;
    *run = (struct run_of_samples){ .track = TRACK_ID_AUDIO,
                                    .dts = (uint64_t)c->sound_dts,
                                    .samples = c->sounds,
                                    .count = c->sound_count,
                                    .bytes = c->sound_media.size,
                                    .all_key = true };
    bytes_add(&c->media, c->sound_media.at, c->sound_media.size);
    return 1;
}

static void flush(struct cutter *c)
{
    if (c->picture_count == 0)
        return;
    struct run_of_samples runs[2] = {
        { .track = TRACK_ID_VIDEO,
          .dts = (uint64_t)to_timescale(c, c->first_dts - c->base),
          .samples = c->pictures,
          .count = c->picture_count,
          .bytes = c->media.size - BEFORE_MEDIA,
          .starts_key = c->key },
    };
    int count = 1 + add_sound_run(c, &runs[1]);
    uint8_t *begin = moof_write(c->media.at + BEFORE_MEDIA, ++c->number, runs, count);

    c->picture_count = c->sound_count = 0;
    c->listener->on_fragment(c->arg, begin, (size_t)(c->media.at + c->media.size - begin),
                             c->first_wall_us, c->key, c->damaged);
    c->media.size = 0;
    c->sound_media.size = 0;
}

static void begin_fragment(struct cutter *c, const struct packet *p)
{
    bytes_reserve(&c->media, BEFORE_MEDIA + p->size);
    c->media.size = BEFORE_MEDIA;
    c->first_dts = p->dts;
    c->began_us = p->arrived_us;
    c->first_wall_us = p->wall_us;
    c->key = p->key;
    c->damaged = false;
}

static void add_picture(struct cutter *c, const struct packet *p)
{
    int64_t last = c->last_dts;

    if (c->picture_count > 0)
        c->pictures[c->picture_count - 1].duration = picture_duration(c, last, p->dts);
    if (c->last_dts >= c->base)
        c->frame = p->dts - last;
    if (p->key || c->picture_count == VIDEO_SAMPLES ||
        c->media.size + p->size > MEDIA_MAX)
        flush(c);
    if (c->picture_count == 0)
        begin_fragment(c, p);

    bytes_add(&c->media, p->bytes, p->size);
    c->damaged |= p->damaged;
    /* How long it will be shown is not known yet: as long as the one before. */
    c->pictures[c->picture_count++] = (struct sample){
        .size = (uint32_t)p->size,
        .duration = picture_duration(c, p->dts, p->dts + c->frame),
        .later = (int32_t)to_timescale(c, p->pts - p->dts),
    };
    c->last_dts = p->dts;

    /* After the last picture that fits, not before the one that does not: else what is
     * stored is a picture older. */
    int64_t frame_us = av_rescale(c->frame, 1000000, c->clock);
    if (p->arrived_us - c->began_us + frame_us > FRAGMENT_US)
        flush(c);
}

/* ---- sound ------------------------------------------------------------------------- */

static void add_sound(void *arg, const uint8_t *bytes, size_t size, int64_t pts)
{
    struct cutter *c = arg;
    int64_t dts = pts - av_rescale(c->base, c->sound.rate, c->clock);
    int64_t after = c->sound_last;

    if (dts < 0)
        return; /* before the first picture */
    if (dts <= after || dts - after > UINT32_MAX || c->sound_count == AUDIO_SAMPLES ||
        c->sound_media.size + size > SOUND_MAX) {
        c->left_out++;
        return;
    }
    if (c->sound_count > 0)
        c->sounds[c->sound_count - 1].duration = (uint32_t)(dts - after);
    else
        c->sound_dts = dts;
    bytes_add(&c->sound_media, bytes, size);
    c->sounds[c->sound_count++] =
        (struct sample){ .size = (uint32_t)size, .duration = 1024 };
    c->sound_last = dts;
}

static void fail_sound(struct cutter *c, const struct error *err)
{
    log_warning("sound is left out", "camera=%s why='%s'", c->name, err->text);
    c->sound_failed = true;
    c->sound_wanted = false;
}

static bool open_sound(struct cutter *c, struct error *err)
{
    const struct track *t = &c->sound_track;
    const uint8_t *config = t->parameters;
    size_t size = t->parameters_size;

    c->sound = (struct sound){ .rate = t->clock, .channels = t->channels };
    if (t->codec != CODEC_AAC) {
        c->encoder = audio_open(t->codec, t->clock, add_sound, c, err);
        if (!c->encoder)
            return false;
        config = audio_config(c->encoder, &size);
        c->sound.rate = AUDIO_RATE;
        c->sound.channels = 1;
    }
    if (size < 2 || size > sizeof c->sound.config || c->sound.rate < 7000 ||
        c->sound.rate > 96000 || c->sound.channels < 1 || c->sound.channels > 8)
        return error_set(err, ERR_MEDIA,
                         "AAC with %zu bytes of settings, %u Hz, %d channels", size,
                         c->sound.rate, c->sound.channels);
    memcpy(c->sound.config, config, size);
    c->sound.config_size = size;
    return true;
}

static bool is_sound(const struct track *t)
{
    return t->codec >= CODEC_AAC && t->clock > 0;
}

static void follow_sound(struct cutter *c, const struct track *t)
{
    if (t->codec == c->sound_track.codec && t->version == c->sound_track.version &&
        t->clock == c->sound_track.clock)
        return;
    c->sound_failed = false;
    c->sound_stale = c->sound_in; /* silence up to the next keyframe */
    c->sound_track = *t;
}

void cut_expect_sound(struct cutter *c, const struct track *t)
{
    if (is_sound(t))
        follow_sound(c, t);
    c->sound_wanted = is_sound(t) && !c->sound_failed;
}

static void take_sound(struct cutter *c, const struct packet *p)
{
    struct error err;

    if (!is_sound(p->track) || p->size == 0)
        return;
    follow_sound(c, p->track);
    if (c->sound_failed)
        return;
    c->sound_wanted = true;
    c->sound_seen_us = p->arrived_us;
    if (!c->open || !c->sound_in || c->sound_stale || p->run != c->run)
        return;
    if (!c->encoder)
        add_sound(c, p->bytes, p->size, p->pts);
    else if (!audio_put(c->encoder, p->bytes, p->size, p->pts, &err))
        fail_sound(c, &err);
}

/* ---- a run ------------------------------------------------------------------------- */

void cut_end_run(struct cutter *c)
{
    if (!c->open)
        return;
    flush(c);
    audio_close(c->encoder);
    c->encoder = NULL;
    c->open = false;
    c->sound_in = c->sound_stale = false;
}

static void hand_over_init(struct cutter *c, const struct bytes *boxes, int64_t wall_us)
{
    char codecs[VIDEO_CODECS_MAX + 20], sound[16];

    memcpy(codecs, c->video.codecs, sizeof c->video.codecs);
    if (c->sound_in) {
        audio_codecs(c->sound.config, c->sound.config_size, sound);
        strcat(strcat(codecs, ","), sound);
    }
    c->listener->on_init(c->arg, codecs, boxes->at, boxes->size, wall_us);
}

/* Sound that cannot be opened is left out; it never costs the picture. */
static bool write_init(struct cutter *c, struct bytes *boxes, struct error *err)
{
    if (c->sound_wanted && !open_sound(c, err))
        fail_sound(c, err);
    if (c->sound_wanted && !init_write(boxes, &c->video, &c->sound, err))
        fail_sound(c, err);
    if (!c->sound_wanted) {
        audio_close(c->encoder);
        c->encoder = NULL;
    }
    c->sound_in = c->sound_wanted;
    return c->sound_in || init_write(boxes, &c->video, NULL, err);
}

static void begin_run(struct cutter *c, const struct packet *p)
{
    struct bytes boxes = { 0 };
    struct error err;

    if (p->track->clock == 0 ||
        !codec_record_read(p->track, p->bytes, p->size, &c->video, &err) ||
        !write_init(c, &boxes, &err)) {
        if (c->refused_version != p->track->version + 1)
            log_warning("pictures cannot be used", "camera=%s why='%s'", c->name,
                        p->track->clock ? err.text : "no clock");
        c->refused_version = p->track->version + 1; /* once a version is enough */
        c->left_out++;
        bytes_free(&boxes);
        return;
    }
    c->open = true;
    c->run = p->run;
    c->codec = p->track->codec;
    c->version = p->track->version;
    c->clock = p->track->clock;
    c->base = p->dts;
    c->last_dts = p->dts - 1;
    c->frame = c->clock / 25; /* until two pictures tell */
    c->number = 0;
    c->sound_last = -1;
    c->sound_seen_us = p->arrived_us; /* it has as long from now on to come */
    hand_over_init(c, &boxes, p->wall_us);
    bytes_free(&boxes);
}

static bool run_goes_on(const struct cutter *c, const struct packet *p)
{
    return p->run == c->run && p->track->codec == c->codec &&
           p->track->version == c->version && p->track->clock == c->clock;
}

/* At a keyframe: whether the init should tell of sound, and does not, or the reverse. */
static bool sound_changes(struct cutter *c, const struct packet *p)
{
    if (p->arrived_us - c->sound_seen_us > SOUND_AWAY_US)
        c->sound_wanted = false;
    return c->sound_wanted != c->sound_in || c->sound_stale;
}

static void take_picture(struct cutter *c, const struct packet *p)
{
    if (p->size == 0 || p->size > AU_MAX) {
        c->left_out++;
        return;
    }
    if (c->open && (!run_goes_on(c, p) || (p->key && sound_changes(c, p))))
        cut_end_run(c);
    if (!c->open && p->key)
        begin_run(c, p);
    if (!c->open || p->dts <= c->last_dts) {
        c->left_out++;
        return;
    }
    add_picture(c, p);
}

void cut_packet(struct cutter *c, const struct packet *packet)
{
    if (packet->which == TRACK_VIDEO)
        take_picture(c, packet);
    else
        take_sound(c, packet);
}

void cut_facts(const struct cutter *c, struct cut_facts *out)
{
    static const char *const words[] = {
        [CODEC_AAC] = "aac", [CODEC_PCMA] = "pcma", [CODEC_PCMU] = "pcmu"
    };

    *out = (struct cut_facts){ .width = c->video.width,
                               .height = c->video.height,
                               .audio = c->sound_in ? words[c->sound_track.codec] : "",
                               .left_out = c->left_out };
}

void cut_free(struct cutter *c)
{
    if (!c)
        return;
    cut_end_run(c);
    bytes_free(&c->media);
    bytes_free(&c->sound_media);
    free(c);
}
