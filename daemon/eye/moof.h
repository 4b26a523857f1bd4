/*
 * The boxes of one fragment and of an init segment. Fragments are written here and not by
 * libavformat: its muxer sums up guessed durations where the decode time must be exact,
 * loses the offset between sound and picture, and copies each picture three times.
 * Thread: any. Source: ISO/IEC 14496-12: moof 8.8.4, mfhd 8.8.5, tfhd 8.8.7, trun 8.8.8,
 * tfdt 8.8.12, mdat 8.1.1.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/error.h"
#include "codec_record.h"

enum { TRACK_ID_VIDEO = 1, TRACK_ID_AUDIO = 2, VIDEO_TIMESCALE = 90000 };
enum { VIDEO_SAMPLES = 256, AUDIO_SAMPLES = 128 }; /* of one fragment at most */

struct sample {
    uint32_t size;
    uint32_t duration; /* timescale units */
    int32_t later;     /* shown so much after it is decoded */
};

struct run_of_samples {
    uint32_t track; /* id */
    uint64_t dts;   /* of the first sample, timescale units */
    const struct sample *samples;
    size_t count;
    size_t bytes;    /* of all samples */
    bool starts_key; /* video: the first sample can be decoded by itself, the rest cannot
                      */
    bool all_key;    /* audio */
};

/* Room that moof_write() needs at most before the media. */
enum {
    MOOF_ROOM =
        8 + 16 + 2 * (8 + 20 + 20 + 24) + 12 * VIDEO_SAMPLES + 8 * AUDIO_SAMPLES + 8
};

/* Writes moof and the header of mdat so that they end where the media begins; the media
 * is the first run's bytes, then the second's. Returns where moof begins. */
uint8_t *moof_write(uint8_t *media, uint32_t number, const struct run_of_samples *runs,
                    int count);

/* What an audio track is in an init segment. */
struct sound {
    uint32_t rate; /* Hz; its timescale */
    int channels;
    size_t config_size;
    uint8_t config[64]; /* AudioSpecificConfig */
};

/* ftyp + moov, by libavformat. `sound` NULL: none. Errors: ERR_MEDIA. */
bool init_write(struct bytes *to, const struct codec_record *video,
                const struct sound *sound, struct error *err);
