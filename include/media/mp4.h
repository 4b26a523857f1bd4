/*
 * Reading the MP4 boxes that keng-camera writes: to check what an untrusted process sent,
 * to find the last whole fragment of a file, to list a segment for playlists, and to join
 * fragments into a clip. Reads only within the bytes given; every size is hostile.
 * Thread: any. Errors: ERR_MEDIA with what is wrong, ERR_DISK from files.
 * Source: ISO/IEC 14496-12 (boxes 4.2, moof 8.8.4, tfhd 8.8.7, trun 8.8.8, tfdt 8.8.12,
 * trex 8.8.3, prft 8.16.5), 14496-15 (avcC 5.3.3, hvcC 8.3.3), RFC 6381 (codecs).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/error.h"
#include "media/fragment.h"

/* Larger ones are refused: an init is parameter sets, a fragment half a second. */
enum { MP4_INIT_MAX = 64 << 10, MP4_FRAGMENT_MAX = 16 << 20 };

/* Reads timescales, size, codecs and audio out of ftyp + moov into a new init (one
 * reference; run_us and clock_trusted are the caller's to fill). NULL: not one. */
struct init *mp4_read_init(const uint8_t *bytes, size_t size, struct error *err);

/* What one moof + mdat says of the video track. */
struct mp4_fragment {
    uint64_t dts;      /* baseMediaDecodeTime, timescale units */
    uint64_t duration; /* sum of the samples' durations, timescale units; at most an hour */
    uint32_t samples;  /* at least one */
    bool keyframe;     /* first sample is a sync sample */
};

/* Exactly one moof and one mdat, sizes that add up, samples inside the mdat, tracks of the
 * init, addresses relative to the moof (default-base-is-moof). `init` may be NULL: then any
 * track is taken, the first for video's, and durations must stand in the fragment. */
bool mp4_read_fragment(const struct init *init, const uint8_t *bytes, size_t size,
                       struct mp4_fragment *out, struct error *err);

/* Units of a timescale as microseconds, rounded. 0 for a timescale of 0. */
int64_t mp4_us(uint64_t units, uint32_t timescale);

/* Takes `minus` (video timescale units; below zero: adds) off baseMediaDecodeTime of every
 * track of a fragment, each in its own timescale, in place, so that a clip starts at zero.
 * Audio that would begin below zero begins at zero. False: no tfdt, or video would. */
bool mp4_rebase(uint8_t *bytes, size_t size, const struct init *init, int64_t minus,
                struct error *err);

/* ---- segment files: init, then (uuid, prft, moof, mdat)*, then perhaps mfra ---------- */

enum { MP4_FRAGMENT_HEAD = 96 }; /* room that mp4_write_head() needs at most */

/*
 * The boxes before a fragment on disk, numbers big-endian as in every box:
 *
 *   u32 size = 44 | "uuid" | 16 bytes 6b656e67-6400-4f72-8a31-9d5c02e7b146
 *   u8 version = 1 | u8 flags (1 keyframe, 2 damaged, 4 clock trusted) | u16 0
 *   u32 CRC-32C of moof + mdat | u64 run_us
 *   u32 CRC-32C of the 40 bytes before it and of the prft box
 *
 *   u32 size = 32 | "prft" | version 1, flags 24 | u32 video's track_ID
 *   u64 NTP time of the first frame | u64 its decode time in the run
 *
 * Returns the bytes written to `to`.
 */
size_t mp4_write_head(uint8_t to[MP4_FRAGMENT_HEAD], const struct fragment *frag);

/* One fragment in a file. */
struct mp4_entry {
    uint64_t at;     /* offset of its uuid box */
    uint64_t media;  /* offset of its moof */
    uint64_t size;   /* from `at` to the end of its mdat */
    int64_t start_us, duration_us;
    uint64_t dts;
    int64_t run_us;
    bool keyframe, damaged, clock_trusted;
    uint32_t crc;    /* as written; mp4_check_entry() compares */
};

struct mp4_segment {
    struct init *init;         /* owned; run_us and clock_trusted are the first entry's */
    uint64_t init_size;        /* bytes before the first entry */
    uint64_t end;              /* behind the last whole fragment */
    uint64_t file_size;        /* end < file_size: a torn tail */
    struct mp4_entry *entries; /* owned */
    size_t count;
};

/* Reads a segment by its box headers, without its media; stops at the first fragment that
 * is not whole or not ours. False: not even an init. `fd` needs only to be readable. An mfra
 * at the end belongs to the file: then `end` is behind it. */
bool mp4_scan_segment(int fd, struct mp4_segment *out, struct error *err);
void mp4_segment_free(struct mp4_segment *segment);

/* Reads the fragment's bytes and compares the checksum. */
bool mp4_check_entry(int fd, const struct mp4_entry *entry, struct error *err);

/* CRC-32C (Castagnoli), as in RFC 3720, appendix B.4. Begin with 0. */
uint32_t mp4_crc32c(uint32_t crc, const void *bytes, size_t size);
