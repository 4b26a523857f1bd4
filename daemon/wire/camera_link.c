#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "wire/camera_link.h"

/* NTP's clock turns over after 136 years. */
#define CLOCK_AHEAD_MAX_MS INT64_C(5000000000000)

/* Year 9999: what time_text() can still write. */
#define TIME_MAX_US INT64_C(253402300799000000)

/* ---- keng-camera -> kengd ---------------------------------------------------------- */

void link_put_wish(struct bytes *to, enum wire_kind kind, int channel,
                   const struct camera_wish *wish)
{
    fields_put(to, kind, channel,
               json_pack("{s:i, s:i, s:i, s:o}", "track", wish->track, "rtp", wish->rtp,
                         "rtcp", wish->rtcp, "source", text_field(wish->source)));
}

bool link_read_wish(const uint8_t *body, size_t size, struct camera_wish *out,
                    struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        out->track = (int)field_int(&f, "track", 0, LINK_TRACKS - 1);
        out->rtp = (int)field_int(&f, "rtp", 0, UINT16_MAX);
        out->rtcp = (int)field_int(&f, "rtcp", 0, UINT16_MAX);
        field_text(&f, "source", out->source, sizeof out->source);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

void link_put_challenge(struct bytes *to, int channel, const struct camera_challenge *c)
{
    /* clang-format off */
    fields_put(to, WIRE_CHALLENGE, channel,
               json_pack("{s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                         "digest", c->digest,
                         "stale", c->stale,
                         "realm", octets_field(c->realm),
                         "nonce", octets_field(c->nonce),
                         "opaque", octets_field(c->opaque),
                         "qop", octets_field(c->qop),
                         "algorithm", octets_field(c->algorithm),
                         "method", octets_field(c->method),
                         "uri", octets_field(c->uri)));
    /* clang-format on */
}

bool link_read_challenge(const uint8_t *body, size_t size, struct camera_challenge *out,
                         struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        out->digest = field_bool(&f, "digest");
        out->stale = field_bool(&f, "stale");
        field_octets(&f, "realm", out->realm, sizeof out->realm);
        field_octets(&f, "nonce", out->nonce, sizeof out->nonce);
        field_octets(&f, "opaque", out->opaque, sizeof out->opaque);
        field_octets(&f, "qop", out->qop, sizeof out->qop);
        field_octets(&f, "algorithm", out->algorithm, sizeof out->algorithm);
        field_octets(&f, "method", out->method, sizeof out->method);
        field_octets(&f, "uri", out->uri, sizeof out->uri);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

void link_put_trouble(struct bytes *to, int channel, const struct camera_trouble *trouble)
{
    fields_put(to, WIRE_STATE, channel,
               json_pack("{s:o, s:o}", "code", text_field(trouble->code), "detail",
                         text_field(trouble->detail)));
}

bool link_read_trouble(const uint8_t *body, size_t size, struct camera_trouble *out,
                       struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        field_word(&f, "code", out->code, sizeof out->code);
        field_text(&f, "detail", out->detail, sizeof out->detail);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

void link_put_measured(struct bytes *to, int channel, const struct camera_measured *m)
{
    /* clang-format off */
    fields_put(to, WIRE_MEASURED, channel,
               json_pack("{s:o, s:o, s:i, s:i, s:f, s:f, s:f, s:I, s:I, s:I, s:b, s:I, s:i, s:o}",
                         "codec", text_field(m->codec),
                         "audio", text_field(m->audio),
                         "width", m->width,
                         "height", m->height,
                         "fps", m->fps,
                         "gop_s", m->gop_s,
                         "declared_fps", m->declared_fps,
                         "bits_per_s", (json_int_t)m->bits_per_s,
                         "lost_packets", (json_int_t)m->lost_packets,
                         "damaged_frames", (json_int_t)m->damaged_frames,
                         "clock_known", m->clock_known,
                         "clock_ahead_ms", (json_int_t)m->clock_ahead_ms,
                         "reorder", m->reorder,
                         "audio_refused", text_field(m->audio_refused)));
    /* clang-format on */
}

bool link_read_measured(const uint8_t *body, size_t size, struct camera_measured *out,
                        struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        field_word(&f, "codec", out->codec, sizeof out->codec);
        field_word(&f, "audio", out->audio, sizeof out->audio);
        out->width = (int)field_int(&f, "width", 0, 32768);
        out->height = (int)field_int(&f, "height", 0, 32768);
        out->fps = field_real(&f, "fps", 0, 10000);
        out->gop_s = field_real(&f, "gop_s", 0, 1e6);
        out->bits_per_s = field_int(&f, "bits_per_s", 0, INT64_C(1) << 40);
        out->lost_packets = field_int(&f, "lost_packets", 0, INT64_MAX);
        out->damaged_frames = field_int(&f, "damaged_frames", 0, INT64_MAX);
        out->declared_fps = field_real(&f, "declared_fps", 0, 1000);
        out->clock_known = field_bool(&f, "clock_known");
        out->clock_ahead_ms =
            field_int(&f, "clock_ahead_ms", -CLOCK_AHEAD_MAX_MS, CLOCK_AHEAD_MAX_MS);
        out->reorder = (int)field_int(&f, "reorder", 0, 16);
        field_text(&f, "audio_refused", out->audio_refused, sizeof out->audio_refused);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

static json_t *way_field(const struct way *way)
{
    json_t *list = json_array();

    for (int i = 0; i < way->count; i++) {
        const struct way_point *p = &way->at[i];
        json_array_append_new(list, json_pack("[f, f, i]", p->x, p->y, p->ms));
    }
    return list;
}

static bool read_way_point(json_t *one, int earliest_ms, struct way_point *out)
{
    json_t *x = json_array_get(one, 0), *y = json_array_get(one, 1),
           *ms = json_array_get(one, 2);

    if (json_array_size(one) != 3 || !json_is_number(x) || !json_is_number(y) ||
        !json_is_integer(ms) || json_integer_value(ms) < earliest_ms ||
        json_integer_value(ms) > WAY_MS_MAX)
        return false;
    *out = (struct way_point){ (float)json_number_value(x), (float)json_number_value(y),
                               (int32_t)json_integer_value(ms) };
    return out->x >= 0 && out->x <= 1 && out->y >= 0 && out->y <= 1;
}

static void read_way(struct fields *f, const char *name, struct way *out)
{
    json_t *list = json_object_get(f->object, name);
    size_t count = json_array_size(list);
    int ms = 0;

    if (!json_is_array(list) || count > WAY_POINTS) {
        f->bad = name;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_way_point(json_array_get(list, i), ms, &out->at[i])) {
            f->bad = name;
            return;
        }
        ms = out->at[i].ms;
    }
    out->count = (int)count;
}

void link_put_motion(struct bytes *to, int channel, const struct camera_motion *m)
{
    /* clang-format off */
    fields_put(to, WIRE_MOTION, channel,
               json_pack("{s:i, s:I, s:I, s:I, s:I, s:i, s:[f,f,f,f], s:o, s:o}",
                         "phase", m->phase,
                         "number", (json_int_t)m->number,
                         "start", (json_int_t)m->start_us,
                         "at", (json_int_t)m->at_us,
                         "decided", (json_int_t)m->decided_us,
                         "score", m->score,
                         "box", m->box[0], m->box[1], m->box[2], m->box[3],
                         "zone", text_field(m->zone),
                         "way", way_field(&m->way)));
    /* clang-format on */
}

bool link_read_motion(const uint8_t *body, size_t size, struct camera_motion *out,
                      struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        out->phase =
            (int)field_int(&f, "phase", CAMERA_MOTION_BEGAN, CAMERA_MOTION_MOVED);
        out->number = (uint32_t)field_int(&f, "number", 1, UINT32_MAX);
        out->start_us = field_int(&f, "start", 0, TIME_MAX_US);
        out->at_us = field_int(&f, "at", 0, TIME_MAX_US);
        out->decided_us = field_int(&f, "decided", 0, TIME_MAX_US);
        out->score = (int)field_int(&f, "score", 0, 1000);
        field_reals(&f, "box", out->box, 4, 0, 1);
        field_word(&f, "zone", out->zone, sizeof out->zone);
        read_way(&f, "way", &out->way);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

void link_put_view(struct bytes *to, int channel, const struct camera_view *view)
{
    struct wire_header h = { .size = (uint32_t)(1 + view->memory_size),
                             .kind = WIRE_VIEW,
                             .channel = (uint16_t)channel };
    uint8_t kind = (uint8_t)view->kind;

    wire_write_header(bytes_reserve(to, WIRE_HEADER), &h);
    to->size += WIRE_HEADER;
    bytes_add(to, &kind, 1);
    bytes_add(to, view->memory, view->memory_size);
}

bool link_read_view(const uint8_t *body, size_t size, struct camera_view *out,
                    struct error *err)
{
    *out = (struct camera_view){ .kind = CAMERA_VIEW_WELL };
    if (size < 1 || size > 1 + LINK_VIEW_MEMORY || body[0] >= CAMERA_VIEW_KINDS)
        return error_set(err, ERR_MEDIA, "a view of %zu bytes cannot be", size);
    *out = (struct camera_view){ body[0], body + 1, size - 1 };
    return true;
}

void link_put_activity(struct bytes *to, int channel, int64_t second_us,
                       const uint8_t cells[LINK_ACTIVITY])
{
    struct wire_header h = { .size = LINK_ACTIVITY,
                             .kind = WIRE_ACTIVITY,
                             .channel = (uint16_t)channel,
                             .time_us = second_us };

    wire_write_header(bytes_reserve(to, WIRE_HEADER), &h);
    to->size += WIRE_HEADER;
    bytes_add(to, cells, LINK_ACTIVITY);
}

bool link_read_activity(const uint8_t *body, size_t size, uint8_t cells[LINK_ACTIVITY],
                        struct error *err)
{
    uint8_t any = 0;

    if (size != LINK_ACTIVITY)
        return error_set(err, ERR_MEDIA, "activity of %zu bytes cannot be", size);
    for (int i = 0; i < LINK_ACTIVITY; i++)
        any |= cells[i] = body[i];
    return any || error_set(err, ERR_MEDIA, "activity without any cannot be");
}

void link_put_empty(struct bytes *to, enum wire_kind kind, int channel)
{
    struct wire_header h = { .kind = (uint8_t)kind, .channel = (uint16_t)channel };

    wire_write_header(bytes_reserve(to, WIRE_HEADER), &h);
    to->size += WIRE_HEADER;
}
