/*
 * A fragment is what a camera sent, muxed once: moof + mdat of fragmented MP4, about half
 * a second. An init is the ftyp + moov that fragments need to be played; it begins a run.
 * Both are filled once, published, and from then on const to all; the last to let go frees.
 * Thread: any (counted atomically). Times: microseconds since 1970, UTC (`_us`).
 * Source: ISO/IEC 14496-12, 8.8 (movie fragments).
 */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_TEXT_MAX = 64 };

/* What holds for a track's samples where a fragment does not say (trex, 8.8.3). */
struct track_defaults {
    uint32_t track; /* track_ID; 0: there is no such track */
    uint32_t duration, size, flags;
};

/* A run: fragments whose decode times go on without a break. */
struct init {
    atomic_uint refs;
    int64_t run_us;              /* wall time at the run's first frame: its name */
    bool clock_trusted;          /* the wall clock was synchronised when the run began */
    uint32_t timescale;          /* of the video track */
    uint16_t width, height;      /* pixels */
    bool has_audio;
    uint32_t audio_timescale;    /* 0: no audio */
    struct track_defaults video, audio;
    char codecs[CODEC_TEXT_MAX]; /* RFC 6381: "avc1.4d0028" or "hvc1.1.6.L93.B0,mp4a.40.2" */
    size_t size;
    uint8_t bytes[];             /* ftyp + moov */
};

struct fragment {
    atomic_uint refs;
    const struct init *init;     /* counted: lives as long as the fragment */
    int64_t start_us;            /* wall time of the first frame */
    int64_t duration_us;
    uint64_t dts;                /* decode time of the first frame in the run, timescale units */
    bool keyframe;               /* begins a GOP: can be decoded without the one before */
    bool damaged;                /* packets were lost inside */
    size_t size;
    uint8_t bytes[];             /* moof + mdat, as written and as sent */
};

/* One still picture (JPEG). */
struct picture {
    atomic_uint refs;
    int64_t at_us;
    uint16_t width, height;
    size_t size;
    uint8_t bytes[];
};

/* With room for `size` bytes, one reference, everything else zero. */
struct init *init_new(size_t size);
const struct init *init_ref(const struct init *init);
void init_unref(const struct init *init); /* NULL is allowed */

struct fragment *fragment_new(const struct init *init, size_t size); /* counts `init` */
const struct fragment *fragment_ref(const struct fragment *frag);
void fragment_unref(const struct fragment *frag);

struct picture *picture_new(size_t size);
const struct picture *picture_ref(const struct picture *picture);
void picture_unref(const struct picture *picture);
