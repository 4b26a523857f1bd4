#include "parameter_set.h"

/* Enough for every field before the last that is read; what is behind reads as zeros, and
 * `over` tells. */
enum { RBSP_MAX = 1024 };

struct bits {
    uint8_t bytes[RBSP_MAX];
    size_t size, at; /* in bits */
    bool over;
};

/* Without emulation prevention bytes (7.4.1), from behind the NAL header. */
static void bits_of(struct bits *b, const uint8_t *nal, size_t size, size_t header)
{
    size_t used = 0, zeros = 0;

    for (size_t i = header; i < size && used < RBSP_MAX; i++) {
        if (zeros >= 2 && nal[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = nal[i] == 0 ? zeros + 1 : 0;
        b->bytes[used++] = nal[i];
    }
    b->size = used * 8;
    b->at = 0;
    b->over = false;
}

static unsigned take_bits(struct bits *b, unsigned count)
{
    unsigned value = 0;

    for (; count > 0; count--, b->at++) {
        b->over |= b->at >= b->size;
        value = value << 1 | (b->over ? 0 : b->bytes[b->at / 8] >> (7 - b->at % 8) & 1);
    }
    return value;
}

/* ue(v), and se(v) where only its length matters. */
static unsigned take_golomb(struct bits *b)
{
    unsigned zeros = 0;

    while (!b->over && take_bits(b, 1) == 0 && zeros < 32)
        zeros++;
    if (zeros == 32)
        b->over = true;
    return b->over ? 0 : (1u << zeros) - 1 + take_bits(b, zeros);
}

enum set_kind set_kind(enum codec codec, const uint8_t *nal, size_t size)
{
    int type;

    if (size < 3)
        return SET_NONE;
    if (codec == CODEC_H264) {
        type = nal[0] & 31;
        return type == 7 ? SET_SEQUENCE : type == 8 ? SET_PICTURE : SET_NONE;
    }
    type = nal[0] >> 1 & 63;
    return type == 32   ? SET_VIDEO
           : type == 33 ? SET_SEQUENCE
           : type == 34 ? SET_PICTURE
                        : SET_NONE;
}

/* ---- H.264 ---- */

static void skip_h264_scaling_list(struct bits *b, int size)
{
    int last = 8, next = 8;

    for (int i = 0; i < size && !b->over; i++) {
        if (next != 0) {
            unsigned code = take_golomb(b);
            int delta = code & 1 ? (int)(code / 2 + 1) : -(int)(code / 2);

            next = (last + delta) & 255;
        }
        last = next ? next : last;
    }
}

static bool has_chroma_fields(unsigned profile)
{
    static const uint8_t profiles[] = { 100, 110, 122, 244, 44,  83, 86,
                                        118, 128, 138, 139, 134, 135 };

    for (size_t i = 0; i < sizeof profiles; i++) {
        if (profiles[i] == profile)
            return true;
    }
    return false;
}

static void skip_h264_chroma_fields(struct bits *b)
{
    unsigned chroma = take_golomb(b);

    if (chroma == 3)
        take_bits(b, 1);
    take_golomb(b); /* bit depths */
    take_golomb(b);
    take_bits(b, 1);
    if (!take_bits(b, 1))
        return;
    for (int i = 0; i < (chroma == 3 ? 12 : 8); i++) {
        if (take_bits(b, 1))
            skip_h264_scaling_list(b, i < 6 ? 16 : 64);
    }
}

static void skip_h264_hrd(struct bits *b)
{
    unsigned count = take_golomb(b) + 1;

    take_bits(b, 8);
    for (unsigned i = 0; i < count && i < 32; i++) {
        take_golomb(b);
        take_golomb(b);
        take_bits(b, 1);
    }
    take_bits(b, 20);
}

/* E.1.1 up to max_num_reorder_frames. A picture is two ticks long (E.2.1). */
static int read_h264_vui(struct bits *b, double *fps)
{
    bool nal_hrd, vcl_hrd;

    if (take_bits(b, 1) && take_bits(b, 8) == 255)
        take_bits(b, 32); /* sample aspect ratio */
    if (take_bits(b, 1))
        take_bits(b, 1); /* overscan */
    if (take_bits(b, 1)) {
        take_bits(b, 4);
        if (take_bits(b, 1))
            take_bits(b, 24); /* colours */
    }
    if (take_bits(b, 1)) {
        take_golomb(b);
        take_golomb(b);
    }
    if (take_bits(b, 1)) {
        unsigned ticks = take_bits(b, 32), scale = take_bits(b, 32);

        take_bits(b, 1);
        *fps = ticks > 0 && !b->over ? scale / (2.0 * ticks) : 0;
    }
    if ((nal_hrd = take_bits(b, 1)))
        skip_h264_hrd(b);
    if ((vcl_hrd = take_bits(b, 1)))
        skip_h264_hrd(b);
    if (nal_hrd || vcl_hrd)
        take_bits(b, 1);
    take_bits(b, 1);
    if (!take_bits(b, 1))
        return -1;
    take_bits(b, 1);
    for (int i = 0; i < 4; i++)
        take_golomb(b);
    return (int)take_golomb(b);
}

static int read_h264_reorder(struct bits *b, double *fps)
{
    unsigned profile = take_bits(b, 8), order;

    take_bits(b, 16);
    take_golomb(b);
    if (has_chroma_fields(profile))
        skip_h264_chroma_fields(b);
    take_golomb(b); /* log2_max_frame_num */
    order = take_golomb(b);
    if (order == 0) {
        take_golomb(b);
    } else if (order == 1) {
        take_bits(b, 1);
        take_golomb(b);
        take_golomb(b);
        for (unsigned i = take_golomb(b); i > 0 && !b->over; i--)
            take_golomb(b);
    }
    take_golomb(b); /* max_num_ref_frames */
    take_bits(b, 1);
    take_golomb(b); /* size */
    take_golomb(b);
    if (!take_bits(b, 1))
        take_bits(b, 1);
    take_bits(b, 1);
    if (take_bits(b, 1)) {
        for (int i = 0; i < 4; i++)
            take_golomb(b);
    }
    /* Baseline has no B-frames; order type 2 forbids them: whatever follows. */
    bool has_none = profile == 66 || order == 2, over = b->over;
    int reorder = take_bits(b, 1) ? read_h264_vui(b, fps) : -1;

    b->over = has_none ? over : b->over;
    return has_none ? 0 : reorder;
}

/* ---- H.265 ---- */

/* profile_tier_level(1, sub_layers - 1), 7.3.3. */
static void skip_h265_profile(struct bits *b, unsigned sub_layers)
{
    unsigned has_profile[8] = { 0 }, has_level[8] = { 0 };

    for (int i = 0; i < 12; i++)
        take_bits(b, 8);
    for (unsigned i = 0; i + 1 < sub_layers; i++) {
        has_profile[i] = take_bits(b, 1);
        has_level[i] = take_bits(b, 1);
    }
    for (unsigned i = sub_layers - 1; sub_layers > 1 && i < 8; i++)
        take_bits(b, 2);
    for (unsigned i = 0; i + 1 < sub_layers; i++) {
        for (unsigned byte = 0; byte < 11 * has_profile[i]; byte++)
            take_bits(b, 8);
        take_bits(b, 8 * has_level[i]);
    }
}

static unsigned read_h265_id(struct bits *b, unsigned *sub_layers)
{
    take_bits(b, 4);
    *sub_layers = take_bits(b, 3) + 1;
    take_bits(b, 1);
    skip_h265_profile(b, *sub_layers);
    return take_golomb(b);
}

static int read_h265_reorder(struct bits *b)
{
    unsigned sub_layers, reorder = 0;
    bool each;

    read_h265_id(b, &sub_layers);
    if (take_golomb(b) == 3)
        take_bits(b, 1);
    take_golomb(b); /* size */
    take_golomb(b);
    if (take_bits(b, 1)) {
        for (int i = 0; i < 4; i++)
            take_golomb(b);
    }
    take_golomb(b); /* bit depths */
    take_golomb(b);
    take_golomb(b);
    each = take_bits(b, 1);
    for (unsigned i = each ? 0 : sub_layers - 1; i < sub_layers; i++) {
        take_golomb(b);
        reorder = take_golomb(b);
        take_golomb(b);
    }
    return (int)reorder;
}

unsigned set_id(enum codec codec, const uint8_t *nal, size_t size)
{
    struct bits b;
    unsigned sub_layers, id = 0;

    bits_of(&b, nal, size, codec == CODEC_H264 ? 1 : 2);
    switch (set_kind(codec, nal, size)) {
    case SET_VIDEO:
        id = take_bits(&b, 4);
        break;
    case SET_SEQUENCE:
        if (codec == CODEC_H264)
            take_bits(&b, 24);
        id = codec == CODEC_H264 ? take_golomb(&b) : read_h265_id(&b, &sub_layers);
        break;
    case SET_PICTURE:
        id = take_golomb(&b);
        break;
    case SET_NONE:
        break;
    }
    return b.over ? 0 : id;
}

int set_reorder(enum codec codec, const uint8_t *sps, size_t size)
{
    enum { REORDER_MAX = 16 }; /* A.3: of every profile */
    struct bits b;
    double fps;
    int reorder;

    bits_of(&b, sps, size, codec == CODEC_H264 ? 1 : 2);
    reorder = codec == CODEC_H264 ? read_h264_reorder(&b, &fps) : read_h265_reorder(&b);
    return b.over || reorder > REORDER_MAX ? -1 : reorder;
}

double set_fps(enum codec codec, const uint8_t *sps, size_t size)
{
    enum { FPS_MOST = 120 };
    struct bits b;
    double fps = 0;

    if (codec != CODEC_H264)
        return 0;
    bits_of(&b, sps, size, 1);
    read_h264_reorder(&b, &fps);
    return fps >= 1 && fps <= FPS_MOST ? fps : 0;
}
