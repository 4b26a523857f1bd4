/*
 * Reading the MP4 boxes that keng-camera writes: to check what an untrusted process sent,
 * to find the last whole fragment of a file, to list a segment for playlists, and to join
 * fragments into a clip. Reads only within the bytes given; every size is hostile.
 * Thread: any. Errors: ERR_MEDIA with what is wrong, ERR_DISK from files.
 * Source: ISO/IEC 14496-12 (boxes 4.2, moof 8.8.4, tfhd 8.8.7, trun 8.8.8, tfdt 8.8.12,
 * prft 8.16.5), 14496-15 (avcC 5.3.3, hvcC 8.3.3), RFC 6381 (codecs).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/error.h"
#include "media/fragment.h"

/* Reads timescale, size, codecs and audio out of ftyp + moov into a new init (one
 * reference; run_us and clock_trusted are the caller's to fill). NULL: not one. */
struct init *mp4_read_init(const uint8_t *bytes, size_t size, struct error *err);

/* What one moof + mdat says of the video track (track 1). */
struct mp4_fragment {
    uint64_t dts;      /* baseMediaDecodeTime, timescale units */
    uint64_t duration; /* sum of the samples' durations, timescale units */
    uint32_t samples;
    bool keyframe;     /* first sample is a sync sample */
};

/* Exactly one moof and one mdat, sizes that add up, samples inside the mdat. */
bool mp4_read_fragment(const uint8_t *bytes, size_t size, struct mp4_fragment *out,
                       struct error *err);

/* ---- segment files: init, then (uuid, prft, moof, mdat)* --------------------------- */

enum { MP4_FRAGMENT_HEAD = 96 }; /* room that mp4_write_head() needs at most */

/* The boxes before a fragment on disk: uuid (CRC32C of moof + mdat, run, clock state) and
 * prft (wall time of the first frame, decode time). Returns the bytes written to `to`. */
size_t mp4_write_head(uint8_t to[MP4_FRAGMENT_HEAD], const struct fragment *frag);

/* One fragment in a file. */
struct mp4_entry {
    uint64_t at;     /* offset of its uuid box */
    uint64_t media;  /* offset of its moof */
    uint64_t size;   /* from `at` to the end of its mdat */
    int64_t start_us, duration_us;
    uint64_t dts;
    bool keyframe, clock_trusted;
    uint32_t crc;    /* as written; mp4_check_entry() compares */
};

struct mp4_segment {
    struct init *init;         /* owned; its run_us and clock_trusted are from the first uuid box */
    uint64_t init_size;        /* bytes before the first entry */
    uint64_t end;              /* behind the last whole fragment */
    uint64_t file_size;        /* end < file_size: a torn tail */
    struct mp4_entry *entries; /* owned */
    size_t count;
};

/* Reads a segment by its box headers, without its media; stops at the first box that is
 * not whole or not known. False: not even an init. `fd` needs only to be readable. */
bool mp4_scan_segment(int fd, struct mp4_segment *out, struct error *err);
void mp4_segment_free(struct mp4_segment *segment);

/* Reads the fragment's bytes and compares the checksum. */
bool mp4_check_entry(int fd, const struct mp4_entry *entry, struct error *err);

/* Adds `minus` of timescale units to be taken off baseMediaDecodeTime of every traf in a
 * moof, in place, so that a clip starts at zero. False: no tfdt, or it would be negative. */
bool mp4_rebase(uint8_t *moof, size_t size, uint64_t minus_video, uint32_t timescale_video,
                struct error *err);

/* CRC-32C (Castagnoli), as in RFC 3720, appendix B.4. Begin with 0. */
uint32_t mp4_crc32c(uint32_t crc, const void *bytes, size_t size);
