#include <assert.h>
#include <string.h>

#include "moof.h"

/* Sample flags (ISO/IEC 14496-12, 8.8.3.1). */
#define FLAGS_KEY   0x02000000u /* depends on no other */
#define FLAGS_DELTA 0x01010000u /* depends on others, is no sync sample */

enum { TFHD_BASE_IS_MOOF = 0x20000, TFHD_FLAGS = 0x20 };
enum {
    TRUN_OFFSET = 1,
    TRUN_FIRST_FLAGS = 4,
    TRUN_DURATION = 0x100,
    TRUN_SIZE = 0x200,
    TRUN_LATER = 0x800,
};

static uint8_t *put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    return to + 4;
}

static uint8_t *put_box(uint8_t *to, size_t size, const char *name)
{
    to = put32(to, (uint32_t)size);
    memcpy(to, name, 4);
    return to + 4;
}

static uint8_t *put_full_box(uint8_t *to, size_t size, const char *name, uint8_t version,
                             uint32_t flags)
{
    return put32(put_box(to, size, name), (uint32_t)version << 24 | flags);
}

static size_t trun_size(const struct run_of_samples *run)
{
    return 20 + (run->starts_key ? 4 : 0) + run->count * (run->all_key ? 8 : 12);
}

static size_t traf_size(const struct run_of_samples *run)
{
    return 8 + 20 + 20 + trun_size(run);
}

static uint8_t *put_traf(uint8_t *to, const struct run_of_samples *run,
                         uint32_t data_offset)
{
    uint32_t flags = TRUN_OFFSET | TRUN_DURATION | TRUN_SIZE |
                     (run->starts_key ? TRUN_FIRST_FLAGS : 0) |
                     (run->all_key ? 0 : TRUN_LATER);

    to = put_box(to, traf_size(run), "traf");
    to = put_full_box(to, 20, "tfhd", 0, TFHD_BASE_IS_MOOF | TFHD_FLAGS);
    to = put32(to, run->track);
    to = put32(to, run->all_key ? FLAGS_KEY : FLAGS_DELTA);
    to = put_full_box(to, 20, "tfdt", 1, 0);
    to = put32(put32(to, (uint32_t)(run->dts >> 32)), (uint32_t)run->dts);
    to = put_full_box(to, trun_size(run), "trun", 1, flags);
    to = put32(put32(to, (uint32_t)run->count), data_offset);
    if (run->starts_key)
        to = put32(to, FLAGS_KEY);
    for (size_t i = 0; i < run->count; i++) {
        to = put32(put32(to, run->samples[i].duration), run->samples[i].size);
        if (!run->all_key)
            to = put32(to, (uint32_t)run->samples[i].later);
    }
    return to;
}

uint8_t *moof_write(uint8_t *media, uint32_t number, const struct run_of_samples *runs,
                    int count)
{
    size_t size = 8 + 16, media_size = 0;

    for (int i = 0; i < count; i++)
        size += traf_size(&runs[i]);
    assert(size + 8 <= MOOF_ROOM);

    uint8_t *begin = media - 8 - size;
    uint8_t *to = put_box(begin, size, "moof");
    to = put32(put_full_box(to, 16, "mfhd", 0, 0), number);
    for (int i = 0; i < count; i++) {
        to = put_traf(to, &runs[i], (uint32_t)(size + 8 + media_size));
        media_size += runs[i].bytes;
    }
    to = put_box(to, 8 + media_size, "mdat");
    assert(to == media);
    return begin;
}
