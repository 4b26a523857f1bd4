#include "moof.h"

#include "core/text.h"

/* More samples in one fragment are refused: half a second of video and audio has some 40.
 */
enum { SAMPLES_MAX = 20000 };

enum {
    TFHD_BASE_OFFSET = 0x1,
    TFHD_DESCRIPTION = 0x2,
    TFHD_DURATION = 0x8,
    TFHD_SIZE = 0x10,
    TFHD_FLAGS = 0x20,
    TFHD_BASE_IS_MOOF = 0x20000,
};
enum {
    TRUN_OFFSET = 0x1,
    TRUN_FIRST_FLAGS = 0x4,
    TRUN_DURATION = 0x100,
    TRUN_SIZE = 0x200,
    TRUN_FLAGS = 0x400,
    TRUN_COMPOSITION = 0x800,
};
enum { SAMPLE_IS_NON_SYNC = 0x10000 }; /* 8.8.3.1 */

static const uint64_t DTS_MAX = (uint64_t)1 << 62;
static const uint64_t HOUR_S = 3600;

/* One track's part of a fragment while it is read. */
struct part {
    struct track_defaults set;
    uint64_t dts, duration;
    uint32_t samples, first_flags;
    bool has_dts;
    uint64_t at; /* where the next run's samples begin, bytes behind the moof's begin */
};

static bool broken(struct error *err, const char *box)
{
    return error_set(err, ERR_MEDIA, _("the box %s of a fragment is wrong"), box);
}

int64_t mp4_us(uint64_t units, uint32_t timescale)
{
    if (timescale == 0)
        return 0;
    return (int64_t)(((unsigned __int128)units * 1000000 + timescale / 2) / timescale);
}

static bool read_tfhd(struct span body, const struct init *init, struct part *part,
                      struct error *err)
{
    unsigned version;
    uint32_t flags, unused;

    if (!span_full(&body, &version, &flags) || !span_u32(&body, &part->set.track))
        return broken(err, "tfhd");
    if (flags & TFHD_BASE_OFFSET || !(flags & TFHD_BASE_IS_MOOF))
        return error_set(err, ERR_MEDIA, _("a fragment's addresses are not its own"));
    if (init && part->set.track == init->video.track)
        part->set = init->video;
    else if (init && part->set.track == init->audio.track)
        part->set = init->audio;
    else if (init)
        return error_set(err, ERR_MEDIA,
                         _("a fragment has a track that its init has not"));
    if ((flags & TFHD_DESCRIPTION && !span_u32(&body, &unused)) ||
        (flags & TFHD_DURATION && !span_u32(&body, &part->set.duration)) ||
        (flags & TFHD_SIZE && !span_u32(&body, &part->set.size)) ||
        (flags & TFHD_FLAGS && !span_u32(&body, &part->set.flags)))
        return broken(err, "tfhd");
    return part->set.track != 0 || broken(err, "tfhd");
}

static bool read_tfdt(struct span body, struct part *part, struct error *err)
{
    unsigned version;
    uint32_t flags, short_dts = 0;
    bool read;

    if (part->has_dts || !span_full(&body, &version, &flags))
        return broken(err, "tfdt");
    if (version == 1) {
        read = span_u64(&body, &part->dts);
    } else {
        read = span_u32(&body, &short_dts);
        part->dts = short_dts;
    }
    part->has_dts = true;
    return (read && part->dts < DTS_MAX) || broken(err, "tfdt");
}

/* Reads one sample's fields off `rest`. */
static bool read_sample(struct span *rest, uint32_t flags, struct track_defaults *sample)
{
    uint32_t unused;

    return (!(flags & TRUN_DURATION) || span_u32(rest, &sample->duration)) &&
           (!(flags & TRUN_SIZE) || span_u32(rest, &sample->size)) &&
           (!(flags & TRUN_FLAGS) || span_u32(rest, &sample->flags)) &&
           (!(flags & TRUN_COMPOSITION) || span_u32(rest, &unused));
}

static bool read_trun(struct span body, const struct media *media, struct part *part,
                      struct error *err)
{
    unsigned version;
    uint32_t flags, count, offset, first_flags = part->set.flags;

    if (!span_full(&body, &version, &flags) || !span_u32(&body, &count))
        return broken(err, "trun");
    if (count > SAMPLES_MAX - part->samples)
        return error_set(err, ERR_MEDIA, _("a fragment has too many samples"));
    if (flags & TRUN_OFFSET) {
        if (!span_u32(&body, &offset) || offset > INT32_MAX)
            return broken(err, "trun");
        part->at = offset;
    }
    if (flags & TRUN_FIRST_FLAGS && !span_u32(&body, &first_flags))
        return broken(err, "trun");
    if (part->at < media->from)
        return error_set(err, ERR_MEDIA, _("a fragment's samples are not in its mdat"));
    for (uint32_t i = 0; i < count; i++) {
        struct track_defaults sample = part->set;
        if (i == 0)
            sample.flags = first_flags;
        if (!read_sample(&body, flags, &sample))
            return broken(err, "trun");
        if (part->samples++ == 0)
            part->first_flags = sample.flags;
        part->duration += sample.duration;
        part->at += sample.size;
    }
    if (part->at > media->to)
        return error_set(err, ERR_MEDIA, _("a fragment's samples are not in its mdat"));
    return true;
}

static bool read_traf(struct span traf, const struct init *init,
                      const struct media *media, struct part *part, struct error *err)
{
    struct span rest = traf;
    struct box box;

    if (!box_find(traf, BOX('t', 'f', 'h', 'd'), &box))
        return broken(err, "tfhd");
    if (!read_tfhd(box.body, init, part, err))
        return false;
    while (rest.size > 0) {
        if (!box_next(&rest, &box, err))
            return false;
        if (box.type == BOX('t', 'f', 'd', 't') && !read_tfdt(box.body, part, err))
            return false;
        if (box.type == BOX('t', 'r', 'u', 'n') && !read_trun(box.body, media, part, err))
            return false;
    }
    return part->has_dts || broken(err, "tfdt");
}

static bool take_video(const struct part *part, const struct init *init,
                       struct mp4_fragment *out, struct error *err)
{
    uint64_t hour = HOUR_S * (init ? init->timescale : UINT32_MAX);

    if (part->samples == 0)
        return error_set(err, ERR_MEDIA, _("a fragment has no video"));
    if (part->duration > hour)
        return error_set(err, ERR_MEDIA, _("a fragment is longer than an hour"));
    *out = (struct mp4_fragment){
        .dts = part->dts,
        .duration = part->duration,
        .samples = part->samples,
        .keyframe = !(part->first_flags & SAMPLE_IS_NON_SYNC),
    };
    return true;
}

bool moof_read(struct span moof, const struct init *init, const struct media *media,
               struct mp4_fragment *out, struct error *err)
{
    uint32_t video = init ? init->video.track : 0, seen[2] = { 0 };
    size_t tracks = 0;
    bool found = false;
    struct box box;

    while (moof.size > 0) {
        struct part part = { 0 };
        if (!box_next(&moof, &box, err))
            return false;
        if (box.type != BOX('t', 'r', 'a', 'f'))
            continue;
        if (!read_traf(box.body, init, media, &part, err))
            return false;
        if (tracks == 2 || (tracks == 1 && part.set.track == seen[0]))
            return error_set(err, ERR_MEDIA, _("a fragment has a track twice"));
        seen[tracks++] = part.set.track;
        if (video == 0)
            video = part.set.track;
        if (part.set.track != video)
            continue;
        if (!take_video(&part, init, out, err))
            return false;
        found = true;
    }
    return found || error_set(err, ERR_MEDIA, _("a fragment has no video"));
}

bool mp4_read_fragment(const struct init *init, const uint8_t *bytes, size_t size,
                       struct mp4_fragment *out, struct error *err)
{
    struct span rest = { bytes, size };
    struct box moof, mdat;

    if (size > MP4_FRAGMENT_MAX)
        return error_set(err, ERR_MEDIA, _("a fragment of %zu bytes is too large"), size);
    if (!box_next(&rest, &moof, err) || !box_next(&rest, &mdat, err))
        return false;
    if (moof.type != BOX('m', 'o', 'o', 'f') || mdat.type != BOX('m', 'd', 'a', 't') ||
        rest.size > 0)
        return error_set(err, ERR_MEDIA, _("a fragment is not one moof and one mdat"));
    struct media media = { (uint64_t)(mdat.body.at - bytes), size };
    return moof_read(moof.body, init, &media, out, err);
}

/* `minus` of the video's timescale in another one, rounded towards zero. */
static int64_t in_timescale(int64_t minus, uint32_t from, uint32_t to)
{
    return from == 0 ? 0 : (int64_t)((__int128)minus * to / from);
}

static bool patch_tfdt(struct span body, int64_t minus, bool video, struct error *err)
{
    uint8_t *at = (uint8_t *)body.at + 4;
    bool wide = body.size >= 12 && body.at[0] == 1;
    int64_t dts;

    if (body.size < 8 || (body.at[0] == 1 && !wide))
        return broken(err, "tfdt");
    uint64_t was = wide ? read_u64(at) : read_u32(at);
    if (was >= DTS_MAX || __builtin_sub_overflow((int64_t)was, minus, &dts))
        return broken(err, "tfdt");
    if (dts < 0 && video)
        return error_set(err, ERR_MEDIA,
                         _("a fragment lies before the begin of its clip"));
    if (dts < 0)
        dts = 0;
    if (!wide && dts > UINT32_MAX)
        return broken(err, "tfdt");
    if (wide)
        write_u64(at, (uint64_t)dts);
    else
        write_u32(at, (uint32_t)dts);
    return true;
}

bool mp4_rebase(uint8_t *bytes, size_t size, const struct init *init, int64_t minus,
                struct error *err)
{
    struct span rest = { bytes, size };
    struct box moof, traf, tfhd, tfdt;

    if (!box_next(&rest, &moof, err))
        return false;
    if (moof.type != BOX('m', 'o', 'o', 'f'))
        return broken(err, "moof");
    while (moof.body.size > 0) {
        if (!box_next(&moof.body, &traf, err))
            return false;
        if (traf.type != BOX('t', 'r', 'a', 'f'))
            continue;
        if (!box_find(traf.body, BOX('t', 'f', 'h', 'd'), &tfhd) || tfhd.body.size < 8)
            return broken(err, "tfhd");
        if (!box_find(traf.body, BOX('t', 'f', 'd', 't'), &tfdt))
            return broken(err, "tfdt");
        bool video = read_u32(tfhd.body.at + 4) == init->video.track;
        int64_t off =
            video ? minus : in_timescale(minus, init->timescale, init->audio_timescale);
        if (!patch_tfdt(tfdt.body, off, video, err))
            return false;
    }
    return true;
}
