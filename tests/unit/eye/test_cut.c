#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/log.h"
#include "core/memory.h"
#include "cut.h"
#include "film.h"
#include "media/mp4.h"

enum { MOST = 400 };

/* What a cutter made: each run's file as a player would get it, and what kengd reads. */
struct cut {
    struct cutter *cutter;
    int runs, fragments;
    struct bytes files[8];
    char codecs[8][CODEC_TEXT_MAX];
    struct init *inits[8];
    int64_t run_wall_us[8];
    struct mp4_fragment read[MOST];
    int64_t wall_us[MOST];
    int run_of[MOST];
    bool key[MOST], damaged[MOST];
};

static void on_init(void *arg, const char *codecs, const uint8_t *bytes, size_t size,
                    int64_t run_wall_us)
{
    struct cut *cut = arg;
    struct error err = { 0 };

    strcpy(cut->codecs[cut->runs], codecs);
    cut->inits[cut->runs] = mp4_read_init(bytes, size, &err);
    assert_string_equal(err.text, "");
    assert_non_null(cut->inits[cut->runs]);
    cut->run_wall_us[cut->runs] = run_wall_us;
    bytes_add(&cut->files[cut->runs++], bytes, size);
}

static void on_fragment(void *arg, uint8_t *bytes, size_t size, int64_t first_wall_us,
                        bool keyframe, bool damaged)
{
    struct cut *cut = arg;
    int i = cut->fragments++;
    struct error err = { 0 };

    memset(bytes - CUT_HEADROOM, 0xee, CUT_HEADROOM); /* ours to write to */
    assert_true(
        mp4_read_fragment(cut->inits[cut->runs - 1], bytes, size, &cut->read[i], &err));
    cut->wall_us[i] = first_wall_us;
    cut->run_of[i] = cut->runs - 1;
    cut->key[i] = keyframe;
    cut->damaged[i] = damaged;
    assert_int_equal(cut->read[i].keyframe, keyframe);
    bytes_add(&cut->files[cut->runs - 1], bytes, size);
}

static const struct cut_listener listener = { .on_init = on_init,
                                              .on_fragment = on_fragment };

static struct cut *cut_start(void)
{
    struct cut *cut = xcalloc(1, sizeof *cut);

    cut->cutter = cut_new("gate", &listener, cut);
    return cut;
}

static void cut_finish(struct cut *cut)
{
    cut_free(cut->cutter);
    for (int i = 0; i < cut->runs; i++) {
        bytes_free(&cut->files[i]);
        init_unref(cut->inits[i]);
    }
    free(cut);
}

static const int64_t began_us = 5000000, wall_us = 1700000000000000;

/* The picture arrives when it is due. */
static void give(struct cut *cut, struct packet p, uint32_t run)
{
    p.run = run;
    p.arrived_us = began_us + p.dts * 100 / 9;
    p.wall_us = wall_us + p.dts * 100 / 9;
    cut_packet(cut->cutter, &p);
}

static void give_all(struct cut *cut, const struct film *film, uint32_t run)
{
    for (int i = 0; i < film->count; i++)
        give(cut, film->packets[i], run);
}

/* ---- reading back with libavformat ------------------------------------------------- */

struct source {
    const struct bytes *bytes;
    size_t at;
};

static int on_read(void *arg, uint8_t *to, int room)
{
    struct source *source = arg;
    size_t left = source->bytes->size - source->at,
           n = left < (size_t)room ? left : (size_t)room;

    memcpy(to, source->bytes->at + source->at, n);
    source->at += n;
    return n ? (int)n : AVERROR_EOF;
}

struct track_read {
    enum AVCodecID codec;
    int width, height, count, keys;
    int64_t dts[MOST], pts[MOST];
    int sizes[MOST];
};

static void demux(const struct bytes *file, struct track_read tracks[2])
{
    struct source source = { .bytes = file };
    AVFormatContext *in = avformat_alloc_context();
    AVPacket *packet = av_packet_alloc();

    in->pb = avio_alloc_context(av_malloc(4096), 4096, 0, &source, on_read, NULL, NULL);
    assert_int_equal(avformat_open_input(&in, NULL, NULL, NULL), 0);
    memset(tracks, 0, 2 * sizeof *tracks);
    for (unsigned i = 0; i < in->nb_streams; i++)
        tracks[i].codec = in->streams[i]->codecpar->codec_id;
    tracks[0].width = in->streams[0]->codecpar->width;
    tracks[0].height = in->streams[0]->codecpar->height;
    while (av_read_frame(in, packet) >= 0) {
        struct track_read *t = &tracks[packet->stream_index];
        t->dts[t->count] = packet->dts;
        t->pts[t->count] = packet->pts;
        t->sizes[t->count++] = packet->size;
        t->keys += packet->flags & AV_PKT_FLAG_KEY ? 1 : 0;
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    av_freep(&in->pb->buffer);
    avio_context_free(&in->pb);
    avformat_close_input(&in);
}

/* Decodes the run's pictures and counts them; a fault ends the test. */
static int decode(const struct bytes *file)
{
    struct source source = { .bytes = file };
    AVFormatContext *in = avformat_alloc_context();
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    int pictures = 0;

    in->pb = avio_alloc_context(av_malloc(4096), 4096, 0, &source, on_read, NULL, NULL);
    assert_int_equal(avformat_open_input(&in, NULL, NULL, NULL), 0);
    AVCodecContext *c =
        avcodec_alloc_context3(avcodec_find_decoder(in->streams[0]->codecpar->codec_id));
    avcodec_parameters_to_context(c, in->streams[0]->codecpar);
    c->err_recognition = AV_EF_EXPLODE;
    c->thread_count = 1;
    assert_int_equal(avcodec_open2(c, NULL, NULL), 0);
    for (bool more = true; more;) {
        more = av_read_frame(in, packet) >= 0;
        if (!more || packet->stream_index == 0)
            assert_int_equal(avcodec_send_packet(c, more ? packet : NULL), 0);
        while (avcodec_receive_frame(c, frame) >= 0)
            pictures++;
        av_packet_unref(packet);
    }
    avcodec_free_context(&c);
    av_frame_free(&frame);
    av_packet_free(&packet);
    av_freep(&in->pb->buffer);
    avio_context_free(&in->pb);
    avformat_close_input(&in);
    return pictures;
}

/* ---- the tests --------------------------------------------------------------------- */

static struct film *film_or_skip(const struct film_wish *wish)
{
    struct film *film = film_new(wish);

    if (!film)
        skip();
    return film;
}

static const struct film_wish plain = {
    .codec = CODEC_H264, .width = 320, .height = 180, .fps = 15, .seconds = 4, .gop = 30
};

static void every_picture_is_read_back_with_its_time(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    static struct track_read tracks[2];

    give_all(cut, film, 1);
    cut_end_run(cut->cutter);
    assert_int_equal(cut->runs, 1);
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[0].codec, AV_CODEC_ID_H264);
    assert_int_equal(tracks[0].width, 320);
    assert_int_equal(tracks[0].height, 180);
    assert_int_equal(tracks[0].count, 60);
    assert_int_equal(tracks[0].keys, 2);
    for (int i = 0; i < 60; i++) {
        assert_true(tracks[0].dts[i] == film->packets[i].dts);
        assert_true(tracks[0].pts[i] == film->packets[i].pts);
        assert_int_equal(tracks[0].sizes[i], (int)film->packets[i].size);
    }
    assert_int_equal(decode(&cut->files[0]), 60);
    cut_finish(cut);
    film_free(film);
}

static void h265_is_carried_as_hvc1(void **state)
{
    struct film_wish wish = plain;
    static struct track_read tracks[2];
    wish.codec = CODEC_H265;
    wish.b_frames = 2;
    struct film *film = film_or_skip(&wish);
    struct cut *cut = cut_start();

    give_all(cut, film, 1);
    cut_end_run(cut->cutter);
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[0].codec, AV_CODEC_ID_HEVC);
    assert_int_equal(tracks[0].width, 320);
    assert_int_equal(tracks[0].height, 180);
    assert_int_equal(tracks[0].count, 60);
    assert_memory_equal(cut->codecs[0], "hvc1.1.6.L", 10);
    assert_string_equal(cut->codecs[0], cut->inits[0]->codecs); /* read from the boxes */
    assert_int_equal(decode(&cut->files[0]), 60);
    cut_finish(cut);
    film_free(film);
}

static void pictures_that_are_shown_later_keep_both_times(void **state)
{
    struct film_wish wish = plain;
    static struct track_read tracks[2];
    bool reordered = false;
    wish.b_frames = 2;
    struct film *film = film_or_skip(&wish);
    struct cut *cut = cut_start();

    give_all(cut, film, 1);
    cut_end_run(cut->cutter);
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[0].count, film->count);
    for (int i = 0; i < film->count; i++) {
        assert_true(tracks[0].dts[i] == film->packets[i].dts);
        assert_true(tracks[0].pts[i] == film->packets[i].pts);
        reordered |= film->packets[i].pts > film->packets[i].dts + 90000 / 15;
    }
    assert_true(reordered);
    assert_int_equal(decode(&cut->files[0]), film->count);
    cut_finish(cut);
    film_free(film);
}

static void a_fragment_ends_before_a_keyframe_or_at_half_a_second(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();

    give_all(cut, film, 1);
    cut_end_run(cut->cutter);
    for (int i = 0; i < cut->fragments; i++) {
        assert_in_range(cut->read[i].duration, 1, 48000);
        assert_int_equal(cut->key[i], cut->read[i].dts % 180000 == 0);
    }
    /* The eighth picture is 467 ms older than the first, and the ninth would be 533 ms: 2
     * s are three fragments of 8 pictures and one of the 6 that are left. */
    assert_int_equal(cut->fragments, 8);
    cut_finish(cut);
    film_free(film);
}

static void decode_times_run_on_without_a_seam(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    uint64_t expected = 0;

    give_all(cut, film, 1);
    cut_end_run(cut->cutter);
    for (int i = 0; i < cut->fragments; i++) {
        assert_true(cut->read[i].dts == expected);
        assert_true(cut->wall_us[i] == wall_us + (int64_t)cut->read[i].dts * 100 / 9);
        expected += cut->read[i].duration;
    }
    cut_finish(cut);
    film_free(film);
}

static void a_jittering_camera_does_not_make_decode_times_drift(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    static struct track_read tracks[2];

    for (int i = 0; i < film->count; i++) {
        struct packet p = film->packets[i];
        p.dts = p.pts += i % 3 * 1000 - i % 7 * 100;
        give(cut, p, 1);
    }
    cut_end_run(cut->cutter);
    demux(&cut->files[0], tracks);
    for (int i = 0; i < film->count; i++) {
        int64_t dts = film->packets[i].dts + i % 3 * 1000 - i % 7 * 100;
        assert_true(tracks[0].dts[i] == dts);
    }
    cut_finish(cut);
    film_free(film);
}

static void a_gop_of_minutes_is_cut_all_the_same(void **state)
{
    struct film_wish wish = plain;
    wish.gop = 1000;
    struct film *film = film_or_skip(&wish);
    struct cut *cut = cut_start();

    give_all(cut, film, 1);
    assert_int_equal(cut->fragments, 7); /* and half of one that is not whole yet */
    assert_true(cut->key[0]);
    assert_false(cut->key[1]);
    cut_finish(cut);
    film_free(film);
}

static void nothing_is_written_before_the_first_keyframe(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    struct cut_facts facts;
    static struct track_read tracks[2];

    for (int i = 10; i < film->count; i++)
        give(cut, film->packets[i], 1);
    cut_end_run(cut->cutter);
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[0].count, 30);
    assert_true(tracks[0].dts[0] == 0);
    assert_true(cut->run_wall_us[0] == wall_us + 2000000);
    cut_facts(cut->cutter, &facts);
    assert_int_equal(facts.left_out, 20);
    cut_finish(cut);
    film_free(film);
}

static void a_new_run_or_new_parameters_bring_a_new_init(void **state)
{
    struct film_wish smaller = plain;
    smaller.width = 160;
    smaller.height = 96;
    struct film *film = film_or_skip(&plain), *other = film_new(&smaller);
    struct cut *cut = cut_start();
    static struct track_read tracks[2];

    other->track.version = 1;
    give_all(cut, film, 1);
    give_all(cut, film, 2);
    give_all(cut, other, 2);
    cut_end_run(cut->cutter);
    assert_int_equal(cut->runs, 3);
    for (int i = 0; i < 3; i++) {
        demux(&cut->files[i], tracks);
        assert_int_equal(tracks[0].count, 60);
        assert_int_equal(tracks[0].width, i == 2 ? 160 : 320);
    }
    cut_finish(cut);
    film_free(film);
    film_free(other);
}

static void an_odd_size_is_told_as_it_is_shown(void **state)
{
    struct film_wish wish = plain;
    wish.width = 322;
    wish.height = 182;
    wish.seconds = 1;
    struct film *film = film_or_skip(&wish);
    struct cut *cut = cut_start();
    struct cut_facts facts;

    give_all(cut, film, 1);
    cut_facts(cut->cutter, &facts);
    assert_int_equal(facts.width, 322);
    assert_int_equal(facts.height, 182);
    assert_int_equal(cut->inits[0]->width, 322);
    cut_finish(cut);
    film_free(film);
}

static void damage_is_marked_on_its_fragment_only(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();

    film->packets[10].damaged = true;
    give_all(cut, film, 1);
    assert_false(cut->damaged[0]);
    assert_true(cut->damaged[1]);
    assert_false(cut->damaged[2]);
    cut_finish(cut);
    film_free(film);
}

static void a_decode_time_that_does_not_rise_loses_its_picture_only(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    static struct track_read tracks[2];

    for (int i = 0; i < film->count; i++) {
        give(cut, film->packets[i], 1);
        if (i == 20)
            give(cut, film->packets[i], 1);
    }
    cut_end_run(cut->cutter);
    assert_int_equal(cut->runs, 1);
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[0].count, 60);
    cut_finish(cut);
    film_free(film);
}

static void broken_parameter_sets_give_no_init_and_no_fault(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct track whole = film->track;

    for (size_t cut_to = 0; cut_to < whole.parameters_size; cut_to++) {
        struct cut *cut = cut_start();
        film->track = whole;
        film->track.parameters_size = cut_to;
        give(cut, film->packets[0], 1);
        assert_int_equal(cut->fragments, 0);
        cut_finish(cut);
    }
    for (size_t i = 0; i < whole.parameters_size; i++) {
        struct cut *cut = cut_start();
        film->track = whole;
        film->track.parameters[i] ^= 0xff;
        struct cutter *c = cut->cutter;
        give(cut, film->packets[0], 1); /* with an init or without */
        assert_ptr_equal(c, cut->cutter);
        cut_finish(cut);
    }
    film_free(film);
}

/* ---- sound ------------------------------------------------------------------------- */

enum { G711_PACKET = 320 }; /* 40 ms */

/* A tone of 440 Hz in A-law, as good as silence would be: what counts is that it comes.
 */
static void give_sound(struct cut *cut, const struct track *track, int64_t pts,
                       uint32_t run)
{
    static uint8_t bytes[G711_PACKET];
    static const uint8_t aac[] = { 0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c };

    for (int i = 0; i < G711_PACKET; i++)
        bytes[i] =
            (uint8_t)(0x55 ^
                      (sin((double)(pts + i) * 440 * 2 * M_PI / 8000) > 0 ? 0xb0 : 0x30));
    struct packet p = { .which = TRACK_AUDIO,
                        .track = track,
                        .run = run,
                        .pts = pts,
                        .dts = pts,
                        .arrived_us = began_us + pts * 1000000 / track->clock,
                        .wall_us = wall_us + pts * 1000000 / track->clock,
                        .key = true,
                        .bytes = track->codec == CODEC_AAC ? aac : bytes,
                        .size = track->codec == CODEC_AAC ? sizeof aac : sizeof bytes };
    cut_packet(cut->cutter, &p);
}

/* Both in the order in which they are due; sound from `from` to `to` seconds. */
static void give_both(struct cut *cut, const struct film *film, const struct track *sound,
                      int samples, double from, double to)
{
    int64_t pts = (int64_t)(from * sound->clock);

    for (int i = 0; i < film->count; i++) {
        while (pts * 90000 / sound->clock < film->packets[i].dts &&
               pts < to * sound->clock) {
            give_sound(cut, sound, pts, 1);
            pts += samples;
        }
        give(cut, film->packets[i], 1);
    }
}

static const struct track pcma = { .codec = CODEC_PCMA, .clock = 8000, .channels = 1 };
static const struct track aac = { .codec = CODEC_AAC,
                                  .clock = 16000,
                                  .channels = 1,
                                  .parameters_size = 2,
                                  .parameters = { 0x14, 0x08 } };

static void g711_becomes_aac_in_step_with_the_picture(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    static struct track_read tracks[2];

    give_sound(cut, &pcma, 0, 1);
    give_both(cut, film, &pcma, G711_PACKET, 0.04, 10);
    cut_end_run(cut->cutter);
    assert_int_equal(cut->runs, 1);
    assert_non_null(strstr(cut->codecs[0], ",mp4a.40.2"));
    assert_true(cut->inits[0]->has_audio);
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[0].count, 60);
    assert_int_equal(tracks[1].codec, AV_CODEC_ID_AAC);
    assert_in_range(tracks[1].count, 58, 63); /* 4 s of 64 ms */
    for (int i = 1; i < tracks[1].count; i++)
        assert_true(tracks[1].dts[i] - tracks[1].dts[i - 1] == 1024);
    cut_finish(cut);
    film_free(film);
}

static void aac_is_carried_as_it_came(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    static struct track_read tracks[2];

    give_sound(cut, &aac, 0, 1);
    give_both(cut, film, &aac, 1024, 1.024, 10);
    cut_end_run(cut->cutter);
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[1].codec, AV_CODEC_ID_AAC);
    assert_true(tracks[1].dts[0] == 16384); /* its place in time is kept: 1.024 s */
    assert_int_equal(tracks[1].sizes[0], 6);
    assert_int_equal(tracks[0].count, 60);
    cut_finish(cut);
    film_free(film);
}

static void sound_that_comes_later_begins_at_the_next_keyframe(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    static struct track_read tracks[2];

    give_both(cut, film, &aac, 1024, 0.5, 10);
    cut_end_run(cut->cutter);
    assert_int_equal(cut->runs, 2);
    assert_null(strchr(cut->codecs[0], ','));
    assert_non_null(strchr(cut->codecs[1], ','));
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[0].count, 30);
    demux(&cut->files[1], tracks);
    assert_int_equal(tracks[0].count, 30);
    assert_in_range(tracks[1].count, 29, 32);
    cut_finish(cut);
    film_free(film);
}

static void sound_that_is_announced_is_in_the_first_init(void **state)
{
    static const struct track none = { .codec = CODEC_NONE };
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();

    cut_expect_sound(cut->cutter, &aac);
    give_both(cut, film, &aac, 1024, 0.5, 10);
    cut_end_run(cut->cutter);
    assert_int_equal(cut->runs, 1);
    assert_non_null(strchr(cut->codecs[0], ','));
    cut_expect_sound(cut->cutter, &none); /* the next connection has none */
    give_all(cut, film, 2);
    assert_int_equal(cut->runs, 2);
    assert_null(strchr(cut->codecs[1], ','));
    cut_finish(cut);
    film_free(film);
}

static void sound_that_stays_away_is_dropped_from_the_next_init(void **state)
{
    struct film_wish wish = plain;
    wish.seconds = 6;
    struct film *film = film_or_skip(&wish);
    struct cut *cut = cut_start();

    give_sound(cut, &aac, 0, 1);
    give_both(cut, film, &aac, 1024, 0.1, 0.5);
    cut_end_run(cut->cutter);
    assert_int_equal(cut->runs, 2);
    assert_non_null(strchr(cut->codecs[0], ','));
    assert_null(strchr(cut->codecs[1], ','));
    assert_true(cut->run_wall_us[1] == wall_us + 4000000);
    cut_finish(cut);
    film_free(film);
}

static void sound_that_cannot_be_used_never_costs_a_picture(void **state)
{
    static const struct track wrong[] = {
        { .codec = CODEC_PCMA, .clock = 1000000, .channels = 1 },
        { .codec = CODEC_AAC, .clock = 16000, .channels = 1 },
        { .codec = CODEC_AAC, .clock = 0, .channels = 1 },
        { .codec = CODEC_AAC,
          .clock = 16000,
          .channels = 100,
          .parameters_size = 2,
          .parameters = { 0x14, 0x08 } },
    };
    struct film *film = film_or_skip(&plain);
    static struct track_read tracks[2];

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cut *cut = cut_start();
        struct packet p = { .which = TRACK_AUDIO,
                            .track = &wrong[i],
                            .run = 1,
                            .bytes = (const uint8_t *)"sound",
                            .size = 5,
                            .arrived_us = began_us };
        cut_packet(cut->cutter, &p);
        for (int k = 0; k < film->count; k++) {
            give(cut, film->packets[k], 1);
            cut_packet(cut->cutter, &p);
        }
        cut_end_run(cut->cutter);
        assert_int_equal(cut->runs, 1);
        demux(&cut->files[0], tracks);
        assert_int_equal(tracks[0].count, 60);
        assert_int_equal(tracks[1].count, 0);
        cut_finish(cut);
    }
    film_free(film);
}

static void other_sound_is_taken_up_at_the_next_keyframe(void **state)
{
    struct film *film = film_or_skip(&plain);
    struct cut *cut = cut_start();
    static struct track_read tracks[2];

    give_sound(cut, &aac, 0, 1);
    for (int i = 0; i < film->count; i++) {
        give(cut, film->packets[i], 1);
        give_sound(cut, i < 10 ? &aac : &pcma,
                   film->packets[i].dts * (i < 10 ? 16 : 8) / 90 + 1, 1);
    }
    cut_end_run(cut->cutter);
    assert_int_equal(cut->runs, 2);
    demux(&cut->files[0], tracks);
    assert_int_equal(tracks[0].count, 30); /* no picture was lost over it */
    demux(&cut->files[1], tracks);
    assert_int_equal(tracks[0].count, 30);
    cut_finish(cut);
    film_free(film);
}

int main(void)
{
    log_open("eye-cut", LOG_LEVEL_ERROR);
    av_log_set_level(AV_LOG_QUIET);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_picture_is_read_back_with_its_time),
        cmocka_unit_test(h265_is_carried_as_hvc1),
        cmocka_unit_test(pictures_that_are_shown_later_keep_both_times),
        cmocka_unit_test(a_fragment_ends_before_a_keyframe_or_at_half_a_second),
        cmocka_unit_test(decode_times_run_on_without_a_seam),
        cmocka_unit_test(a_jittering_camera_does_not_make_decode_times_drift),
        cmocka_unit_test(a_gop_of_minutes_is_cut_all_the_same),
        cmocka_unit_test(nothing_is_written_before_the_first_keyframe),
        cmocka_unit_test(a_new_run_or_new_parameters_bring_a_new_init),
        cmocka_unit_test(an_odd_size_is_told_as_it_is_shown),
        cmocka_unit_test(damage_is_marked_on_its_fragment_only),
        cmocka_unit_test(a_decode_time_that_does_not_rise_loses_its_picture_only),
        cmocka_unit_test(broken_parameter_sets_give_no_init_and_no_fault),
        cmocka_unit_test(g711_becomes_aac_in_step_with_the_picture),
        cmocka_unit_test(aac_is_carried_as_it_came),
        cmocka_unit_test(sound_that_comes_later_begins_at_the_next_keyframe),
        cmocka_unit_test(sound_that_is_announced_is_in_the_first_init),
        cmocka_unit_test(sound_that_stays_away_is_dropped_from_the_next_init),
        cmocka_unit_test(sound_that_cannot_be_used_never_costs_a_picture),
        cmocka_unit_test(other_sound_is_taken_up_at_the_next_keyframe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
