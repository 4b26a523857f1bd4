#include <string.h>

#include "parameters.h"
#include "sdp.h"

enum { MEDIA_MAX = 32, FORMATS_MAX = 16 };

/* A media section: its lines, and what was found in them for one payload type. */
struct media {
    struct span lines; /* behind m= */
    struct span kind, transport, formats;
};

struct format {
    struct span codec, clock, channels; /* of rtpmap */
    struct span parameters;             /* of fmtp */
};

/* ---- lines ---- */

static struct span next_line(struct span *rest)
{
    return span_trim(span_next(rest, '\n'));
}

/* The rest of the first line that begins so, in `lines`. */
static struct span find_line(struct span lines, const char *begin)
{
    while (lines.size) {
        struct span line = next_line(&lines);

        if (span_begins(line, begin))
            return span_trim(span_after(line, strlen(begin)));
    }
    return (struct span){ NULL, 0 };
}

static bool has_line(struct span lines, const char *whole)
{
    while (lines.size) {
        if (span_is(next_line(&lines), whole))
            return true;
    }
    return false;
}

/* The lines up to the next m=, which are taken off `rest`. */
static struct span take_section(struct span *rest)
{
    struct span section = *rest;

    while (rest->size) {
        struct span behind = *rest;

        if (span_begins(span_trim(span_next(&behind, '\n')), "m="))
            break;
        *rest = behind;
    }
    section.size -= rest->size;
    return section;
}

/* "m=video 0 RTP/AVP 96 97" */
static struct media take_media(struct span *rest)
{
    struct media m;
    struct span line = span_after(next_line(rest), 2);

    m.kind = span_next(&line, ' ');
    line = span_trim(line);
    span_next(&line, ' '); /* the port is 0, or nobody's business */
    line = span_trim(line);
    m.transport = span_next(&line, ' ');
    m.formats = span_trim(line);
    m.lines = take_section(rest);
    return m;
}

/* The rest of "a=rtpmap:<type> ..." or "a=fmtp:<type> ...". */
static struct span find_of_type(struct span lines, const char *begin, uint64_t type)
{
    uint64_t its;

    while (lines.size) {
        struct span line = next_line(&lines);

        if (!span_begins(line, begin))
            continue;
        line = span_trim(span_after(line, strlen(begin)));
        if (!span_number(line, 127, &its) || its != type)
            continue;
        while (line.size && line.at[0] >= '0' && line.at[0] <= '9')
            line = span_after(line, 1);
        return span_trim(line);
    }
    return (struct span){ NULL, 0 };
}

static struct span parameter(struct span list, const char *name)
{
    while (list.size) {
        struct span one = span_trim(span_next(&list, ';'));
        struct span its = span_trim(span_next(&one, '='));

        if (span_is(its, name))
            return span_trim(one);
    }
    return (struct span){ NULL, 0 };
}

static uint64_t number_or(struct span s, uint64_t most, uint64_t otherwise)
{
    uint64_t value;

    return span_number(s, most, &value) ? value : otherwise;
}

static struct format format_of(const struct media *m, uint64_t type)
{
    struct span map = find_of_type(m->lines, "a=rtpmap:", type);
    struct format f = { .parameters = find_of_type(m->lines, "a=fmtp:", type) };

    f.codec = span_trim(span_next(&map, '/'));
    f.clock = span_trim(span_next(&map, '/'));
    f.channels = span_trim(span_next(&map, '/'));
    if (f.codec.size)
        return f;
    if (type == 0 || type == 8) /* RFC 3551: no rtpmap is needed */
        f.codec = span_of(type == 0 ? "PCMU" : "PCMA");
    else if (parameter(f.parameters, "sprop-vps").size)
        f.codec = span_of("H265");
    else if (parameter(f.parameters, "sprop-parameter-sets").size)
        f.codec = span_of("H264");
    return f;
}

/* ---- video ---- */

static void read_sets(struct track *track, struct span list)
{
    if (list.size && list.at[0] == '"')
        list = span_after(list, 1);
    while (list.size) {
        struct span one = span_next(&list, ',');

        if (one.size && one.at[one.size - 1] == '"')
            one.size--;
        parameters_merge_base64(track, one);
    }
}

static bool read_video(const struct format *f, struct sdp_track *out)
{
    struct track *track = &out->track;
    uint64_t clock = number_or(f->clock, 10000000, 0);

    *track = (struct track){ .codec = CODEC_NONE };
    if (span_is(f->codec, "H264"))
        track->codec = CODEC_H264;
    else if (span_is(f->codec, "H265") || span_is(f->codec, "HEVC"))
        track->codec = CODEC_H265;
    else
        return false;
    if (number_or(parameter(f->parameters, "sprop-max-don-diff"), 32767, 0) > 0)
        return false; /* pictures out of order, with numbers that we do not read */
    track->clock = clock >= 1000 ? (uint32_t)clock : 90000;
    read_sets(track, parameter(f->parameters, "sprop-parameter-sets"));
    read_sets(track, parameter(f->parameters, "sprop-vps"));
    read_sets(track, parameter(f->parameters, "sprop-sps"));
    read_sets(track, parameter(f->parameters, "sprop-pps"));
    return true;
}

/* ---- audio ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_config(struct track *track, struct span hex)
{
    enum { CONFIG_MAX = 64 };

    if (hex.size >= 2 && hex.at[0] == '"')
        hex = (struct span){ hex.at + 1, hex.size - 2 };
    if (hex.size < 4 || hex.size % 2 || hex.size > 2 * CONFIG_MAX)
        return false;
    for (size_t i = 0; i < hex.size / 2; i++) {
        int high = hex_digit(hex.at[2 * i]), low = hex_digit(hex.at[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        track->parameters[i] = (uint8_t)(high << 4 | low);
    }
    track->parameters_size = hex.size / 2;
    return true;
}

/* ISO/IEC 14496-3, table 1.18 */
static const uint32_t aac_rates[] = { 96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                      22050, 16000, 12000, 11025, 8000,  7350 };
enum { AAC_RATES = sizeof aac_rates / sizeof *aac_rates };

/* AAC-LC of that clock, where the SDP has no config. */
static bool make_config(struct track *track)
{
    for (unsigned i = 0; i < AAC_RATES; i++) {
        if (aac_rates[i] != track->clock)
            continue;
        track->parameters[0] = (uint8_t)(2 << 3 | i >> 1);
        track->parameters[1] = (uint8_t)(i << 7 | (unsigned)track->channels << 3);
        track->parameters_size = 2;
        return true;
    }
    return false;
}

/* RTP time of a frame: 1024 samples (or 960, by GASpecificConfig's first bit) of the
 * core's rate, which is half the clock's where SBR is declared. */
static uint32_t frame_ticks(const struct track *track)
{
    const uint8_t *c = track->parameters;
    unsigned object = c[0] >> 3, index = (c[0] & 7) << 1 | c[1] >> 7;
    uint32_t samples = object == 2 && c[1] & 4 ? 960 : 1024;

    if (index >= AAC_RATES)
        return samples;
    return (uint32_t)((uint64_t)samples * track->clock / aac_rates[index]);
}

static bool read_aac(const struct format *f, struct sdp_track *out)
{
    struct track *track = &out->track;
    struct span p = f->parameters, config = parameter(p, "config");

    /* Fields of the AU header that AAC-hbr and AAC-lbr do not have. */
    static const char *const foreign[] = { "ctsdeltalength", "dtsdeltalength",
                                           "randomaccessindication",
                                           "streamstateindication",
                                           "auxiliarydatasizelength" };

    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (number_or(parameter(p, foreign[i]), 64, 0) > 0)
            return false;
    }
    out->aac = (struct aac_format){
        .size_bits = (unsigned)number_or(parameter(p, "sizelength"), 16, 13),
        .index_bits = (unsigned)number_or(parameter(p, "indexlength"), 8, 3),
        .delta_bits = (unsigned)number_or(parameter(p, "indexdeltalength"), 8, 3),
    };
    if (out->aac.size_bits == 0)
        return false;
    if (!(config.size ? read_config(track, config) : make_config(track)))
        return false;
    out->aac.frame_ticks = frame_ticks(track);
    return true;
}

static bool read_audio(const struct format *f, struct sdp_track *out)
{
    struct track *track = &out->track;
    uint64_t clock = number_or(f->clock, 192000, 0);

    *track = (struct track){ .codec = CODEC_NONE };
    track->clock = clock >= 7350 ? (uint32_t)clock : 8000;
    track->channels = (int)number_or(f->channels, 8, 1);
    if (track->channels < 1)
        track->channels = 1;
    if (span_is(f->codec, "MPEG4-GENERIC") && read_aac(f, out))
        track->codec = CODEC_AAC;
    else if (span_is(f->codec, "PCMA"))
        track->codec = CODEC_PCMA;
    else if (span_is(f->codec, "PCMU"))
        track->codec = CODEC_PCMU;
    track->version = track->codec != CODEC_NONE;
    return track->codec != CODEC_NONE;
}

/* ---- all of it ---- */

/* The first payload type of the section that we can take. */
static bool read_media(const struct media *m, int which, struct sdp_track *out)
{
    struct span formats = m->formats;
    uint64_t type;

    if (!span_begins(m->transport, "RTP/AVP")) /* RTP/SAVP is encrypted */
        return false;
    for (int i = 0; i < FORMATS_MAX && formats.size; i++) {
        struct span one = span_trim(span_next(&formats, ' '));
        struct format f;

        formats = span_trim(formats);
        if (!span_number(one, 127, &type))
            continue;
        f = format_of(m, type);
        if (!(which == TRACK_VIDEO ? read_video(&f, out) : read_audio(&f, out)))
            continue;
        out->payload_type = (uint8_t)type;
        span_copy(find_line(m->lines, "a=control:"), out->control, sizeof out->control);
        return true;
    }
    out->track.codec = CODEC_NONE;
    return false;
}

/* What stands in the way of a video section, in the camera's own words. */
static void show_unusable(const struct media *m, struct sdp *out)
{
    struct span formats = m->formats, codec;
    uint64_t type = 0;

    span_number(formats, 127, &type);
    codec = find_of_type(m->lines, "a=rtpmap:", type);
    if (!codec.size)
        codec = m->formats;
    if (!span_begins(m->transport, "RTP/AVP"))
        codec = m->transport;
    if (span_is(codec, "26")) /* RFC 3551, table 5 */
        codec = span_of("JPEG");
    span_show(codec, out->unusable, sizeof out->unusable);
}

/* "a=framerate:25.0": whole pictures a second are enough. */
static double framerate_of(const struct media *m)
{
    uint64_t whole;
    struct span value = find_line(m->lines, "a=framerate:");

    for (size_t i = 0; i < value.size; i++)
        if (value.at[i] == '.')
            value.size = i;
    return span_number(value, 240, &whole) ? (double)whole : 0;
}

static void show_refused(const struct media *m, struct sdp *out)
{
    struct span formats = m->formats, codec;
    uint64_t type = 0;

    span_number(formats, 127, &type);
    codec = find_of_type(m->lines, "a=rtpmap:", type);
    span_show(codec.size ? span_next(&codec, '/') : m->formats, out->audio_refused,
              sizeof out->audio_refused);
}

/* A microphone before a loudspeaker: ONVIF's backchannel is an audio section "sendonly",
 * but to others that word means that the camera sends. */
static void read_audio_sections(struct span text, struct sdp *out)
{
    for (int speakers = 0; speakers <= 1; speakers++) {
        struct span rest = text;

        take_section(&rest);
        for (int i = 0; i < MEDIA_MAX && rest.size; i++) {
            struct media m = take_media(&rest);

            if (span_is(m.kind, "audio") && has_line(m.lines, "a=sendonly") == speakers &&
                read_media(&m, TRACK_AUDIO, &out->tracks[TRACK_AUDIO])) {
                out->audio_refused[0] = 0;
                return;
            }
            if (span_is(m.kind, "audio") && !speakers && !out->audio_refused[0])
                show_refused(&m, out);
        }
    }
}

bool sdp_read(struct span text, struct sdp *out)
{
    struct span rest = text;

    *out = (struct sdp){ .control = "" };
    span_copy(find_line(take_section(&rest), "a=control:"), out->control,
              sizeof out->control);
    for (int i = 0; i < MEDIA_MAX && rest.size; i++) {
        struct media m = take_media(&rest);

        if (!span_is(m.kind, "video"))
            continue;
        if (read_media(&m, TRACK_VIDEO, &out->tracks[TRACK_VIDEO])) {
            out->framerate = framerate_of(&m);
            read_audio_sections(text, out);
            return true;
        }
        show_unusable(&m, out);
    }
    return false;
}
