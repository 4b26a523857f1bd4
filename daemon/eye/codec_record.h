/*
 * What a video track's parameter sets say: the decoder configuration record that MP4
 * wants, the codecs text, the picture's size. They come from a camera: every length is
 * hostile. Thread: any. Errors: ERR_MEDIA. Source: ISO/IEC 14496-15, 5.3.3 (avcC)
 * and 8.3.3 (hvcC); ITU-T H.264, 7.3.2.1; H.265, 7.3.3; RFC 6381 and ISO/IEC 14496-15,
 * annex E (codecs).
 */
#pragma once
#include "core/error.h"
#include "packet.h"

enum { RECORD_MAX = PARAMETERS_MAX + 256, VIDEO_CODECS_MAX = 40 };

struct codec_record {
    enum codec codec;
    int width, height;
    char codecs[VIDEO_CODECS_MAX]; /* "avc1.4d0028", "hvc1.1.6.L93.B0" */
    size_t record_size;
    uint8_t record[RECORD_MAX]; /* avcC or hvcC, without the box's header */
};

/* `key`: a keyframe of the track, length-prefixed; its size is not in the sets alone. */
bool codec_record_read(const struct track *track, const uint8_t *key, size_t key_size,
                       struct codec_record *out, struct error *err);

/* "mp4a.40.2" from an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
void audio_codecs(const uint8_t *config, size_t size, char to[16]);
