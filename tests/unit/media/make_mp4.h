/*
 * Inits and fragments made by hand, as small as they can be and yet valid: what a camera's
 * process would send, for tests of whatever takes it in.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "media/mp4.h"

enum { MAKE_TIMESCALE = 90000, MAKE_AUDIO_TIMESCALE = 16000 };

static inline void make_u32(struct bytes *b, uint32_t value)
{
    uint8_t at[4] = { value >> 24, value >> 16, value >> 8, value };

    bytes_add(b, at, 4);
}

static inline void make_u64(struct bytes *b, uint64_t value)
{
    make_u32(b, (uint32_t)(value >> 32));
    make_u32(b, (uint32_t)value);
}

static inline void make_zeros(struct bytes *b, size_t count)
{
    memset(bytes_reserve(b, count), 0, count);
    b->size += count;
}

/* Begins a box; make_end() with what this returns writes its size. */
static inline size_t make_box(struct bytes *b, const char *type)
{
    size_t at = b->size;

    make_u32(b, 0);
    bytes_add(b, type, 4);
    return at;
}

static inline void make_end(struct bytes *b, size_t at)
{
    uint32_t size = (uint32_t)(b->size - at);

    for (int i = 0; i < 4; i++)
        b->at[at + i] = (uint8_t)(size >> (24 - 8 * i));
}

static inline void make_video_entry(struct bytes *b, unsigned level)
{
    size_t entry = make_box(b, "avc1");

    make_zeros(b, 24);
    make_u32(b, 640u << 16 | 360);
    make_zeros(b, 50);
    size_t avcc = make_box(b, "avcC");
    uint8_t head[] = { 1, 0x4d, 0, (uint8_t)level, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68 };
    bytes_add(b, head, sizeof head);
    make_end(b, avcc);
    make_end(b, entry);
}

static inline void make_audio_entry(struct bytes *b)
{
    static const uint8_t descriptors[] = {
        0, 0, 0, 0, 3, 25, 0, 1, 0, 4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        5, 2, 0x14, 0x08, 6, 1, 2,
    };
    size_t entry = make_box(b, "mp4a");

    make_zeros(b, 28);
    size_t esds = make_box(b, "esds");
    bytes_add(b, descriptors, sizeof descriptors);
    make_end(b, esds);
    make_end(b, entry);
}

static inline void make_trak(struct bytes *b, uint32_t id, bool video, unsigned level)
{
    size_t trak = make_box(b, "trak"), tkhd = make_box(b, "tkhd");

    make_zeros(b, 12);
    make_u32(b, id);
    make_zeros(b, 68);
    make_end(b, tkhd);
    size_t mdia = make_box(b, "mdia"), mdhd = make_box(b, "mdhd");
    make_zeros(b, 12);
    make_u32(b, video ? MAKE_TIMESCALE : MAKE_AUDIO_TIMESCALE);
    make_zeros(b, 8);
    make_end(b, mdhd);
    size_t hdlr = make_box(b, "hdlr");
    make_zeros(b, 8);
    bytes_text(b, video ? "vide" : "soun");
    make_zeros(b, 13);
    make_end(b, hdlr);
    size_t minf = make_box(b, "minf"), stbl = make_box(b, "stbl"), stsd = make_box(b, "stsd");
    make_zeros(b, 4);
    make_u32(b, 1);
    if (video)
        make_video_entry(b, level);
    else
        make_audio_entry(b);
    make_end(b, stsd);
    make_end(b, stbl);
    make_end(b, minf);
    make_end(b, mdia);
    make_end(b, trak);
}

static inline void make_trex(struct bytes *b, uint32_t id)
{
    size_t trex = make_box(b, "trex");

    make_zeros(b, 4);
    make_u32(b, id);
    make_u32(b, 1);
    make_zeros(b, 12);
    make_end(b, trex);
}

/* ftyp + moov. `level` is the avcC's: another one makes an init with other bytes. */
static inline struct bytes make_init_bytes(bool audio, unsigned level)
{
    struct bytes b = { 0 };
    size_t ftyp = make_box(&b, "ftyp");

    bytes_text(&b, "iso5");
    make_u32(&b, 512);
    make_end(&b, ftyp);
    size_t moov = make_box(&b, "moov");
    make_trak(&b, 1, true, level);
    if (audio)
        make_trak(&b, 2, false, 0);
    size_t mvex = make_box(&b, "mvex");
    make_trex(&b, 1);
    if (audio)
        make_trex(&b, 2);
    make_end(&b, mvex);
    make_end(&b, moov);
    return b;
}

static inline struct init *make_init(bool audio, unsigned level, int64_t run_us)
{
    struct bytes b = make_init_bytes(audio, level);
    struct init *init = mp4_read_init(b.at, b.size, NULL);

    if (init) {
        init->run_us = run_us;
        init->clock_trusted = true;
    }
    bytes_free(&b);
    return init;
}

static inline void make_traf(struct bytes *b, uint32_t track, uint64_t dts, uint32_t samples,
                             uint32_t duration, uint32_t size, bool key, uint32_t offset)
{
    size_t traf = make_box(b, "traf"), tfhd = make_box(b, "tfhd");

    make_u32(b, 0x020038); /* base is moof; duration, size, flags */
    make_u32(b, track);
    make_u32(b, duration);
    make_u32(b, size);
    make_u32(b, 0x01010000);
    make_end(b, tfhd);
    size_t tfdt = make_box(b, "tfdt");
    make_u32(b, 1u << 24);
    make_u64(b, dts);
    make_end(b, tfdt);
    size_t trun = make_box(b, "trun");
    make_u32(b, 0x000005); /* offset, flags of the first */
    make_u32(b, samples);
    make_u32(b, offset);
    make_u32(b, key ? 0x02000000 : 0x01010000);
    make_end(b, trun);
    make_end(b, traf);
}

enum { MAKE_MOOF_VIDEO = 8 + 16 + 8 + 28 + 20 + 24, MAKE_TRAF = 8 + 28 + 20 + 24 };

/* moof + mdat: `samples` of `sample_size` bytes, which are `fill`. */
static inline struct bytes make_fragment_bytes(bool audio, uint64_t dts, uint32_t samples,
                                               uint32_t duration, uint32_t sample_size,
                                               bool key, uint8_t fill)
{
    struct bytes b = { 0 };
    size_t moof = make_box(&b, "moof"), mfhd = make_box(&b, "mfhd");
    uint32_t media = MAKE_MOOF_VIDEO + (audio ? MAKE_TRAF : 0) + 8;
    size_t video_size = (size_t)samples * sample_size, size = video_size + (audio ? 8 : 0);

    make_zeros(&b, 4);
    make_u32(&b, 1);
    make_end(&b, mfhd);
    make_traf(&b, 1, dts, samples, duration, sample_size, key, media);
    if (audio)
        make_traf(&b, 2, dts * MAKE_AUDIO_TIMESCALE / MAKE_TIMESCALE, 8, 1024, 1, true,
                  media + (uint32_t)video_size);
    make_end(&b, moof);
    size_t mdat = make_box(&b, "mdat");
    memset(bytes_reserve(&b, size), fill, size);
    b.size += size;
    make_end(&b, mdat);
    return b;
}

/* One of `duration_us` beginning at `start_us`, ten samples; its decode time is the time
 * since the run began. */
static inline struct fragment *make_fragment(const struct init *init, int64_t start_us,
                                             int64_t duration_us, bool key, uint32_t size)
{
    uint64_t dts = (uint64_t)((start_us - init->run_us) * MAKE_TIMESCALE / 1000000);
    uint32_t each = (uint32_t)(duration_us * MAKE_TIMESCALE / 10000000);
    struct bytes b = make_fragment_bytes(init->has_audio, dts, 10, each, size / 10, key,
                                         (uint8_t)dts);
    struct fragment *frag = fragment_new(init, b.size);

    memcpy(frag->bytes, b.at, b.size);
    bytes_free(&b);
    frag->start_us = start_us;
    frag->duration_us = duration_us;
    frag->dts = dts;
    frag->keyframe = key;
    return frag;
}
