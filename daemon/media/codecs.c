#include "codecs.h"

#include <stdio.h>

#include "core/text.h"

/* Descriptor tags of ISO/IEC 14496-1, table 1, and the object type of MPEG-4 audio. */
enum {
    ES_DESCRIPTOR = 3,
    DECODER_CONFIG = 4,
    DECODER_SPECIFIC = 5,
    OBJECT_MPEG4_AUDIO = 0x40
};

static bool missing(struct error *err, const char *box)
{
    return error_set(err, ERR_MEDIA, _("the box %s is missing or too short"), box);
}

static bool avc_text(const struct box *entry, struct span children, char *to,
                     struct error *err)
{
    struct box avcc;

    if (!box_find(children, BOX('a', 'v', 'c', 'C'), &avcc) || avcc.body.size < 7)
        return missing(err, "avcC");
    const uint8_t *p = avcc.body.at;
    snprintf(to, CODEC_TEXT_MAX, "avc%c.%02x%02x%02x", entry->at[7], p[1], p[2], p[3]);
    return true;
}

static uint32_t bits_turned(uint32_t value)
{
    uint32_t turned = 0;

    for (int bit = 0; bit < 32; bit++)
        turned |= (value >> bit & 1) << (31 - bit);
    return turned;
}

static bool hevc_text(const struct box *entry, struct span children, char *to,
                      struct error *err)
{
    struct box hvcc;
    const char *spaces[] = { "", "A", "B", "C" };
    int last = 11, length;

    if (!box_find(children, BOX('h', 'v', 'c', 'C'), &hvcc) || hvcc.body.size < 23)
        return missing(err, "hvcC");
    const uint8_t *p = hvcc.body.at;
    length =
        snprintf(to, CODEC_TEXT_MAX, "%.3s%c.%s%d.%X.%c%d", (const char *)entry->at + 4,
                 entry->at[7], spaces[p[1] >> 6], p[1] & 31, bits_turned(read_u32(p + 2)),
                 p[1] & 32 ? 'H' : 'L', p[12]);
    while (last > 5 &&
           p[last] == 0) /* six bytes of constraints, zeros at the end left out */
        last--;
    for (int i = 6; i <= last; i++)
        length += snprintf(to + length, (size_t)(CODEC_TEXT_MAX - length), ".%X", p[i]);
    return true;
}

/* A descriptor: tag, a length of up to four bytes of seven bits, its body. */
static bool descriptor_next(struct span *rest, unsigned *tag, struct span *body)
{
    size_t size = 0;
    uint8_t byte = 0x80;

    if (rest->size < 2)
        return false;
    *tag = rest->at[0];
    span_skip(rest, 1);
    for (int i = 0; i < 4 && byte & 0x80; i++) {
        if (rest->size == 0)
            return false;
        byte = rest->at[0];
        span_skip(rest, 1);
        size = size << 7 | (byte & 0x7f);
    }
    if (size > rest->size)
        return false;
    *body = (struct span){ rest->at, size };
    return span_skip(rest, size);
}

static bool descriptor_find(struct span inside, unsigned wanted, struct span *body)
{
    unsigned tag;

    while (descriptor_next(&inside, &tag, body))
        if (tag == wanted)
            return true;
    return false;
}

/* Skips the head of an ES descriptor with its optional fields. */
static bool skip_es_head(struct span *es)
{
    if (es->size < 3)
        return false;
    uint8_t flags = es->at[2];
    if (!span_skip(es, 3) || (flags & 0x80 && !span_skip(es, 2)))
        return false;
    if (flags & 0x40 && (es->size < 1 || !span_skip(es, 1 + (size_t)es->at[0])))
        return false;
    return !(flags & 0x20) || span_skip(es, 2);
}

static bool mp4a_text(struct span children, char *to, struct error *err)
{
    struct box esds;
    struct span es, config, specific;

    if (!box_find(children, BOX('e', 's', 'd', 's'), &esds) ||
        !span_skip(&esds.body, 4) || !descriptor_find(esds.body, ES_DESCRIPTOR, &es) ||
        !skip_es_head(&es) || !descriptor_find(es, DECODER_CONFIG, &config) ||
        config.size < 13)
        return missing(err, "esds");
    unsigned object = config.at[0];
    span_skip(&config, 13);
    if (object != OBJECT_MPEG4_AUDIO) {
        snprintf(to, CODEC_TEXT_MAX, "mp4a.%02x", object);
        return true;
    }
    if (!descriptor_find(config, DECODER_SPECIFIC, &specific) || specific.size < 2)
        return missing(err, "esds");
    int type = specific.at[0] >> 3;
    if (type == 31)
        type = 32 + ((specific.at[0] & 7) << 3 | specific.at[1] >> 5);
    snprintf(to, CODEC_TEXT_MAX, "mp4a.40.%d", type);
    return true;
}

bool codec_text(const struct box *entry, struct span children, char to[CODEC_TEXT_MAX],
                struct error *err)
{
    switch (entry->type) {
    case BOX('a', 'v', 'c', '1'):
    case BOX('a', 'v', 'c', '3'):
        return avc_text(entry, children, to, err);
    case BOX('h', 'v', 'c', '1'):
    case BOX('h', 'e', 'v', '1'):
        return hevc_text(entry, children, to, err);
    case BOX('m', 'p', '4', 'a'):
        return mp4a_text(children, to, err);
    case BOX('O', 'p', 'u', 's'):
        snprintf(to, CODEC_TEXT_MAX, "opus");
        return true;
    default:
        return error_set(err, ERR_MEDIA,
                         _("a track has a codec that kengd does not know"));
    }
}
