/*
 * G.711 becomes AAC, which is what MP4 carries for browsers: 16 kHz, mono.
 * Thread: the owner's. Errors: ERR_MEDIA.
 * Source: RFC 3551, 4.5.14 (PCMA and PCMU); ITU-T G.711; ISO/IEC 14496-3 (AAC).
 */
#pragma once
#include "core/error.h"
#include "packet.h"

enum { AUDIO_RATE = 16000 };

struct audio;

/* One AAC frame; `pts` in 1/AUDIO_RATE s. */
typedef void audio_fn(void *arg, const uint8_t *bytes, size_t size, int64_t pts);

/* `codec`: CODEC_PCMA or CODEC_PCMU, `rate` its samples a second. */
struct audio *audio_open(enum codec codec, uint32_t rate, audio_fn *fn, void *arg,
                         struct error *err);
/* AudioSpecificConfig of what comes out. */
const uint8_t *audio_config(const struct audio *a, size_t *size);

/* `pts` in 1/rate s. False: it will never work again. */
bool audio_put(struct audio *a, const uint8_t *bytes, size_t size, int64_t pts,
               struct error *err);
void audio_close(struct audio *a);
