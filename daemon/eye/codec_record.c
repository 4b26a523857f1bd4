#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <string.h>

#include "bits.h"
#include "core/text.h"
#include "codec_record.h"

enum { H264_SPS = 7, H264_PPS = 8, H265_VPS = 32, H265_SPS = 33, H265_PPS = 34 };
enum { SETS_MAX = 16 };    /* of one kind; real cameras send one */
enum { SLICE_HEAD = 256 }; /* a slice's header is in its first bytes */

struct set {
    const uint8_t *at;
    size_t size;
};

struct sets {
    struct set of[3][SETS_MAX]; /* H.264: SPS, PPS; H.265: VPS, SPS, PPS */
    int count[3];
};

static int nal_type(enum codec codec, uint8_t first)
{
    return codec == CODEC_H264 ? first & 31 : first >> 1 & 63;
}

static bool sort_sets(const struct track *t, struct sets *out)
{
    static const int h264[3] = { H264_SPS, H264_PPS, -1 },
                     h265[3] = { H265_VPS, H265_SPS, H265_PPS };
    const int *kinds = t->codec == CODEC_H264 ? h264 : h265;
    size_t at = 0;

    if (t->parameters_size > PARAMETERS_MAX)
        return false;
    while (at + 2 <= t->parameters_size) {
        size_t size = (size_t)t->parameters[at] << 8 | t->parameters[at + 1];
        at += 2;
        if (size < 4 || size > t->parameters_size - at)
            return false;
        for (int kind = 0; kind < 3; kind++)
            if (nal_type(t->codec, t->parameters[at]) == kinds[kind] &&
                out->count[kind] < SETS_MAX)
                out->of[kind][out->count[kind]++] =
                    (struct set){ t->parameters + at, size };
        at += size;
    }
    return out->count[0] && out->count[1] && (t->codec == CODEC_H264 || out->count[2]);
}

/* ---- the record -------------------------------------------------------------------- */

static void put(struct codec_record *to, unsigned byte)
{
    to->record[to->record_size++] = (uint8_t)byte; /* room: see RECORD_MAX */
}

static void put_sets(struct codec_record *to, const struct set *sets, int count)
{
    for (int i = 0; i < count; i++) {
        put(to, (unsigned)(sets[i].size >> 8));
        put(to, (unsigned)sets[i].size);
        memcpy(to->record + to->record_size, sets[i].at, sets[i].size);
        to->record_size += sets[i].size;
    }
}

static bool write_avcc(const struct sets *sets, struct codec_record *out)
{
    const struct set *sps = &sets->of[0][0];
    unsigned profile = sps->at[1];

    snprintf(out->codecs, sizeof out->codecs, "avc1.%02x%02x%02x", sps->at[1], sps->at[2],
             sps->at[3]);
    put(out, 1);
    put(out, sps->at[1]);
    put(out, sps->at[2]);
    put(out, sps->at[3]);
    put(out, 0xfc | 3); /* lengths of 4 bytes */
    put(out, 0xe0 | (unsigned)sets->count[0]);
    put_sets(out, sets->of[0], sets->count[0]);
    put(out, (unsigned)sets->count[1]);
    put_sets(out, sets->of[1], sets->count[1]);
    if (profile == 66 || profile == 77 || profile == 88)
        return true;

    struct bits b = { .at = sps->at + 4, .end = sps->at + sps->size };
    bits_ue(&b); /* seq_parameter_set_id */
    uint32_t chroma = bits_ue(&b);
    if (chroma == 3)
        bits_get(&b, 1);
    uint32_t luma_depth = bits_ue(&b), chroma_depth = bits_ue(&b);
    if (b.over || chroma > 3 || luma_depth > 6 || chroma_depth > 6)
        return false;
    put(out, 0xfc | chroma);
    put(out, 0xf8 | luma_depth);
    put(out, 0xf8 | chroma_depth);
    put(out, 0); /* no SPS extensions */
    return true;
}

/* What of an H.265 SPS the record and the codecs text repeat. */
struct h265_sps {
    uint8_t profile[12]; /* profile_tier_level without its sub-layers, as it stands */
    unsigned layers, nested, chroma, luma_depth, chroma_depth;
};

static bool read_h265_sps(const struct set *set, struct h265_sps *out)
{
    struct bits b = { .at = set->at + 2, .end = set->at + set->size };

    bits_get(&b, 4); /* sps_video_parameter_set_id */
    unsigned more_layers = bits_get(&b, 3);
    out->layers = more_layers + 1;
    out->nested = bits_get(&b, 1);
    for (size_t i = 0; i < sizeof out->profile; i++)
        out->profile[i] = (uint8_t)bits_get(&b, 8);
    unsigned has_profile = 0, has_level = 0;
    for (unsigned i = 0; i < more_layers; i++) {
        has_profile |= bits_get(&b, 1) << i;
        has_level |= bits_get(&b, 1) << i;
    }
    if (more_layers > 0)
        bits_get(&b, 2 * (8 - (int)more_layers));
    for (unsigned i = 0; i < more_layers; i++)
        bits_get(&b, (has_profile >> i & 1 ? 88 : 0) + (has_level >> i & 1 ? 8 : 0));
    bits_ue(&b); /* sps_seq_parameter_set_id */
    out->chroma = bits_ue(&b);
    if (out->chroma == 3)
        bits_get(&b, 1);
    bits_ue(&b); /* width and height in coded units: the parser knows the shown size */
    bits_ue(&b);
    if (bits_get(&b, 1))
        for (int i = 0; i < 4; i++)
            bits_ue(&b);
    out->luma_depth = bits_ue(&b);
    out->chroma_depth = bits_ue(&b);
    return !b.over && out->layers <= 7 && out->chroma <= 3 && out->luma_depth <= 8 &&
           out->chroma_depth <= 8;
}

/* ISO/IEC 14496-15, annex E.3: profile, compatibility bits reversed, tier and level, and
 * the constraint bytes without the zeros at their end. */
static void write_hvc1_text(const struct h265_sps *sps, char to[VIDEO_CODECS_MAX])
{
    static const char *const spaces[] = { "", "A", "B", "C" };
    const uint8_t *p = sps->profile;
    uint32_t compatible = 0;
    int last = 10;

    for (int i = 0; i < 32; i++)
        compatible |= (uint32_t)(p[1 + i / 8] >> (7 - i % 8) & 1) << i;
    int used = snprintf(to, VIDEO_CODECS_MAX, "hvc1.%s%d.%x.%c%d", spaces[p[0] >> 6],
                        p[0] & 31, compatible, p[0] & 0x20 ? 'H' : 'L', p[11]);
    while (last > 4 && p[last] == 0)
        last--;
    for (int i = 5; i <= last; i++)
        used += snprintf(to + used, (size_t)(VIDEO_CODECS_MAX - used), ".%X", p[i]);
}

static bool write_hvcc(const struct sets *sets, struct codec_record *out)
{
    static const int kinds[3] = { H265_VPS, H265_SPS, H265_PPS };
    struct h265_sps sps;

    if (!read_h265_sps(&sets->of[1][0], &sps))
        return false;
    write_hvc1_text(&sps, out->codecs);
    put(out, 1);
    for (size_t i = 0; i < sizeof sps.profile; i++)
        put(out, sps.profile[i]);
    put(out, 0xf0); /* min_spatial_segmentation_idc: not told */
    put(out, 0);
    put(out, 0xfc); /* parallelismType: not told */
    put(out, 0xfc | sps.chroma);
    put(out, 0xf8 | sps.luma_depth);
    put(out, 0xf8 | sps.chroma_depth);
    put(out, 0); /* avgFrameRate: not told */
    put(out, 0);
    put(out, sps.layers << 3 | sps.nested << 2 | 3); /* lengths of 4 bytes */
    put(out, 3);
    for (int kind = 0; kind < 3; kind++) {
        put(out, 0x80u | (unsigned)kinds[kind]); /* all of them are here */
        put(out, 0);
        put(out, (unsigned)sets->count[kind]);
        put_sets(out, sets->of[kind], sets->count[kind]);
    }
    return true;
}

/* ---- the size ---------------------------------------------------------------------- */

static size_t add_nal(uint8_t *to, const uint8_t *nal, size_t size)
{
    static const uint8_t start[4] = { 0, 0, 0, 1 };

    memcpy(to, start, sizeof start);
    memcpy(to + sizeof start, nal, size);
    return sizeof start + size;
}

/* Sets and the head of a slice, as a decoder reads them from a wire (Annex B). */
static size_t write_sample(const struct sets *sets, enum codec codec, const uint8_t *key,
                           size_t key_size, uint8_t *to)
{
    size_t used = 0, at = 0;

    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < sets->count[kind]; i++)
            used += add_nal(to + used, sets->of[kind][i].at, sets->of[kind][i].size);
    while (at + 4 < key_size) {
        size_t size = (size_t)key[at] << 24 | (size_t)key[at + 1] << 16 |
                      (size_t)key[at + 2] << 8 | key[at + 3];
        at += 4;
        if (size == 0 || size > key_size - at)
            break;
        int type = nal_type(codec, key[at]);
        bool slice = codec == CODEC_H264 ? type == 1 || type == 5 : type < 32;
        if (slice)
            return used +
                   add_nal(to + used, key + at, size < SLICE_HEAD ? size : SLICE_HEAD);
        at += size;
    }
    return used;
}

static bool read_size(const struct sets *sets, enum codec codec, const uint8_t *key,
                      size_t key_size, struct codec_record *out)
{
    static const enum AVCodecID ids[] = {
        [CODEC_H264] = AV_CODEC_ID_H264, [CODEC_H265] = AV_CODEC_ID_HEVC
    };
    uint8_t sample[2 * PARAMETERS_MAX + SLICE_HEAD + AV_INPUT_BUFFER_PADDING_SIZE] = {
        0
    };
    size_t size = write_sample(sets, codec, key, key_size, sample);
    AVCodecParserContext *parser = av_parser_init(ids[codec]);
    AVCodecContext *context = avcodec_alloc_context3(NULL);
    uint8_t *whole;
    int whole_size;

    if (parser && context) {
        parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
        av_parser_parse2(parser, context, &whole, &whole_size, sample, (int)size,
                         AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
        out->width = parser->width;
        out->height = parser->height;
    }
    av_parser_close(parser);
    avcodec_free_context(&context);
    return out->width > 0 && out->height > 0 && out->width <= 16384 &&
           out->height <= 16384;
}

bool codec_record_read(const struct track *track, const uint8_t *key, size_t key_size,
                       struct codec_record *out, struct error *err)
{
    struct sets sets = { 0 };

    *out = (struct codec_record){ .codec = track->codec };
    if (track->codec != CODEC_H264 && track->codec != CODEC_H265)
        return error_set(err, ERR_MEDIA, "neither H.264 nor H.265");
    if (!sort_sets(track, &sets))
        return error_set(err, ERR_MEDIA, "the parameter sets are missing or broken");
    if (!(track->codec == CODEC_H264 ? write_avcc(&sets, out) : write_hvcc(&sets, out)))
        return error_set(err, ERR_MEDIA, "the sequence parameter set is broken");
    if (!read_size(&sets, track->codec, key, key_size, out))
        return error_set(err, ERR_MEDIA,
                         "the parameter sets do not tell a picture's size");
    return true;
}

void audio_codecs(const uint8_t *config, size_t size, char to[16])
{
    struct bits b = { .at = config, .end = config + size };
    unsigned type = bits_get(&b, 5);

    if (type == 31)
        type = 32 + bits_get(&b, 6);
    snprintf(to, 16, "mp4a.40.%u", type);
}
