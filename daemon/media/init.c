#include <stdio.h>
#include <string.h>

#include "box.h"
#include "codecs.h"
#include "core/memory.h"
#include "core/text.h"
#include "media/mp4.h"

enum {
    VISUAL_HEAD = 78,
    AUDIO_HEAD = 28
}; /* sample entries before their boxes, 12.1.3, 12.2.3 */

#define HANDLER_VIDEO BOX('v', 'i', 'd', 'e')
#define HANDLER_AUDIO BOX('s', 'o', 'u', 'n')

struct track {
    uint32_t id, handler, timescale;
    uint16_t width, height;
    char codec[CODEC_TEXT_MAX];
};

static bool missing(struct error *err, const char *box)
{
    return error_set(err, ERR_MEDIA, _("the box %s is missing or too short"), box);
}

/* The field behind two times, which are 32 bits each in version 0 and 64 in version 1:
 * the track_ID of tkhd (8.3.2) and the timescale of mdhd (8.4.2). */
static bool read_behind_times(struct span body, uint32_t *value)
{
    unsigned version;
    uint32_t flags;

    return span_full(&body, &version, &flags) &&
           span_skip(&body, version == 1 ? 16 : 8) && span_u32(&body, value);
}

static bool read_sample_entry(struct track *track, struct span stbl, struct error *err)
{
    struct box stsd, entry;
    uint32_t count;

    if (!box_find(stbl, BOX('s', 't', 's', 'd'), &stsd) || !span_skip(&stsd.body, 4) ||
        !span_u32(&stsd.body, &count) || count != 1)
        return missing(err, "stsd");
    if (!box_next(&stsd.body, &entry, err))
        return false;
    struct span children = entry.body;
    bool video = track->handler == HANDLER_VIDEO;
    if (!span_skip(&children, video ? VISUAL_HEAD : AUDIO_HEAD))
        return missing(err, "stsd");
    if (video) {
        uint32_t size = read_u32(entry.body.at + 24);
        track->width = (uint16_t)(size >> 16);
        track->height = (uint16_t)size;
    }
    return codec_text(&entry, children, track->codec, err);
}

static bool read_track(struct track *track, struct span trak, struct error *err)
{
    struct box tkhd, mdia, mdhd, hdlr, minf, stbl;

    if (!box_find(trak, BOX('t', 'k', 'h', 'd'), &tkhd) ||
        !read_behind_times(tkhd.body, &track->id) || track->id == 0)
        return missing(err, "tkhd");
    if (!box_find(trak, BOX('m', 'd', 'i', 'a'), &mdia))
        return missing(err, "mdia");
    if (!box_find(mdia.body, BOX('m', 'd', 'h', 'd'), &mdhd) ||
        !read_behind_times(mdhd.body, &track->timescale) || track->timescale == 0)
        return missing(err, "mdhd");
    if (!box_find(mdia.body, BOX('h', 'd', 'l', 'r'), &hdlr) || hdlr.body.size < 12)
        return missing(err, "hdlr");
    track->handler = read_u32(hdlr.body.at + 8);
    if (track->handler != HANDLER_VIDEO && track->handler != HANDLER_AUDIO)
        return error_set(err, ERR_MEDIA, _("a track is neither video nor audio"));
    if (!box_find(mdia.body, BOX('m', 'i', 'n', 'f'), &minf) ||
        !box_find(minf.body, BOX('s', 't', 'b', 'l'), &stbl))
        return missing(err, "stbl");
    return read_sample_entry(track, stbl.body, err);
}

static bool take_track(struct init *init, const struct track *track, struct error *err)
{
    bool video = track->handler == HANDLER_VIDEO;
    struct track_defaults *of = video ? &init->video : &init->audio;

    if (of->track != 0 || track->id == init->video.track ||
        track->id == init->audio.track)
        return error_set(err, ERR_MEDIA,
                         _("more tracks than one of video and one of audio"));
    of->track = track->id;
    if (video) {
        init->timescale = track->timescale;
        init->width = track->width;
        init->height = track->height;
    } else {
        init->has_audio = true;
        init->audio_timescale = track->timescale;
    }
    return true;
}

static bool read_trex(struct init *init, struct span body, struct error *err)
{
    struct track_defaults was;
    uint32_t unused;

    if (!span_skip(&body, 4) || !span_u32(&body, &was.track) ||
        !span_u32(&body, &unused) || !span_u32(&body, &was.duration) ||
        !span_u32(&body, &was.size) || !span_u32(&body, &was.flags))
        return missing(err, "trex");
    if (was.track != 0 && was.track == init->video.track)
        init->video = was;
    else if (was.track != 0 && was.track == init->audio.track)
        init->audio = was;
    return true;
}

static bool read_defaults(struct init *init, struct span moov, struct error *err)
{
    struct box mvex, box;

    if (!box_find(moov, BOX('m', 'v', 'e', 'x'), &mvex))
        return missing(err, "mvex");
    while (mvex.body.size > 0) {
        if (!box_next(&mvex.body, &box, err))
            return false;
        if (box.type == BOX('t', 'r', 'e', 'x') && !read_trex(init, box.body, err))
            return false;
    }
    return true;
}

static bool read_moov(struct init *init, struct span moov, struct error *err)
{
    char video[CODEC_TEXT_MAX] = "", audio[CODEC_TEXT_MAX] = "";
    struct span rest = moov;
    struct box box;

    while (rest.size > 0) {
        struct track track = { 0 };
        if (!box_next(&rest, &box, err))
            return false;
        if (box.type != BOX('t', 'r', 'a', 'k'))
            continue;
        if (!read_track(&track, box.body, err) || !take_track(init, &track, err))
            return false;
        strcpy(track.handler == HANDLER_VIDEO ? video : audio, track.codec);
    }
    if (init->video.track == 0)
        return error_set(err, ERR_MEDIA, _("there is no video track"));
    int length = snprintf(init->codecs, sizeof init->codecs, "%s%s%s", video,
                          *audio ? "," : "", audio);
    if (length >= (int)sizeof init->codecs)
        return error_set(err, ERR_MEDIA, _("the names of the codecs are too long"));
    return read_defaults(init, moov, err);
}

struct init *mp4_read_init(const uint8_t *bytes, size_t size, struct error *err)
{
    struct span rest = { bytes, size };
    struct box ftyp, moov;
    struct init *init = NULL;

    if (size > MP4_INIT_MAX) {
        error_set(err, ERR_MEDIA, _("an init of %zu bytes is too large"), size);
        return NULL;
    }
    if (!box_next(&rest, &ftyp, err) || !box_next(&rest, &moov, err))
        return NULL;
    if (ftyp.type != BOX('f', 't', 'y', 'p') || moov.type != BOX('m', 'o', 'o', 'v') ||
        rest.size > 0) {
        error_set(err, ERR_MEDIA, _("an init is not one ftyp and one moov"));
        return NULL;
    }
    init = init_new(size);
    memcpy(init->bytes, bytes, size);
    if (!read_moov(init, moov.body, err)) {
        init_unref(init);
        return NULL;
    }
    return init;
}
