#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "wire/camera_link.h"

/* NTP's clock turns over after 136 years. */
#define CLOCK_AHEAD_MAX_MS INT64_C(5000000000000)

/* Year 9999: what time_text() can still write. */
#define TIME_MAX_US INT64_C(253402300799000000)

/* ---- kengd -> keng-camera ---------------------------------------------------------- */

static json_t *polygons_field(const struct camera_polygon *list, int count)
{
    json_t *all = json_array();

    for (int i = 0; i < count; i++) {
        json_t *points = json_array();
        for (int k = 0; k < list[i].count; k++) {
            json_array_append_new(points, json_real(list[i].points[k][0]));
            json_array_append_new(points, json_real(list[i].points[k][1]));
        }
        json_array_append_new(
            all, json_pack("{s:o, s:i, s:o, s:f, s:f, s:i}", "id", text_field(list[i].id),
                           "count", list[i].count, "points", points, "smallest",
                           list[i].smallest, "largest", list[i].largest, "stays",
                           list[i].stays_ms));
    }
    return all;
}

static json_t *motion_field(const struct motion_orders *o)
{
    return json_pack("{s:b, s:i, s:o, s:o}", "detect", o->detect, "sensitivity",
                     o->sensitivity, "zones", polygons_field(o->zones, o->zone_count),
                     "masks", polygons_field(o->masks, o->mask_count));
}

void link_put_motion_orders(struct bytes *to, const struct motion_orders *orders)
{
    fields_put(to, WIRE_ORDERS, 0, motion_field(orders));
}

static json_t *hex_field(const uint8_t *at, size_t size)
{
    char text[2 * LINK_VIEW_MEMORY + 1] = "";

    for (size_t i = 0; i < size && i < LINK_VIEW_MEMORY; i++)
        snprintf(text + 2 * i, 3, "%02x", at[i]);
    return json_string(text);
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t read_hex(struct fields *f, const char *name, uint8_t *to)
{
    char text[2 * LINK_VIEW_MEMORY + 1];
    size_t count = 0;

    field_word(f, name, text, sizeof text);
    for (; text[2 * count]; count++) {
        int high = digit_of(text[2 * count]), low = digit_of(text[2 * count + 1]);
        if (high < 0 || low < 0) {
            f->bad = name;
            return 0;
        }
        to[count] = (uint8_t)(high << 4 | low);
    }
    return count;
}

static json_t *view_field(const struct camera_view_orders *view)
{
    return json_pack("{s:b, s:i, s:i, s:o}", "on", view->on, "frozen_s", view->frozen_s,
                     "covered_s", view->covered_s, "memory",
                     hex_field(view->memory, view->memory_size));
}

static void read_view(struct fields *f, struct camera_view_orders *to)
{
    struct fields view = { .object = json_object_get(f->object, "view") };

    to->on = field_bool(&view, "on");
    to->frozen_s = (int)field_int(&view, "frozen_s", 0, 86400);
    to->covered_s = (int)field_int(&view, "covered_s", 0, 86400);
    to->memory_size = read_hex(&view, "memory", to->memory);
    if (view.bad)
        f->bad = "view";
}

void link_put_orders(struct bytes *to, const struct camera_orders *o)
{
    /* clang-format off */
    fields_put(to, WIRE_START, 0,
               json_pack("{s:o, s:o, s:o, s:b, s:i, s:b, s:o, s:o, s:i, s:o, s:o}",
                         "camera", text_field(o->camera),
                         "main", text_field(o->url[0]),
                         "sub", text_field(o->url[1]),
                         "audio", o->audio,
                         "transport", o->transport,
                         "sandbox", o->sandbox,
                         "tls_fingerprint", text_field(o->tls_fingerprint),
                         "tls_ca", text_field(o->tls_ca),
                         "gulp_ms", o->gulp_ms,
                         "motion", motion_field(&o->motion),
                         "view", view_field(&o->view)));
    /* clang-format on */
}

static int read_polygons(struct fields *f, const char *name, struct camera_polygon *to)
{
    json_t *list = json_object_get(f->object, name);
    size_t count = json_array_size(list);

    if (!json_is_array(list) || count > LINK_POLYGONS) {
        f->bad = name;
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct fields one = { .object = json_array_get(list, i) };
        field_word(&one, "id", to[i].id, sizeof to[i].id);
        to[i].count = (int)field_int(&one, "count", 3, LINK_POINTS);
        field_reals(&one, "points", to[i].points[0], 2 * (size_t)to[i].count, 0, 1);
        to[i].smallest = (float)field_real(&one, "smallest", 0, 1);
        to[i].largest = (float)field_real(&one, "largest", 0, 1);
        to[i].stays_ms = (int)field_int(&one, "stays", 0, 24 * 3600 * 1000);
        if (one.bad)
            f->bad = name;
    }
    return (int)count;
}

static void read_motion(struct fields *f, struct motion_orders *out)
{
    out->detect = field_bool(f, "detect");
    out->sensitivity = (int)field_int(f, "sensitivity", 1, 5);
    out->zone_count = read_polygons(f, "zones", out->zones);
    out->mask_count = read_polygons(f, "masks", out->masks);
}

bool link_read_motion_orders(const uint8_t *body, size_t size, struct motion_orders *out,
                             struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_ORDERS_MAX, err)) {
        read_motion(&f, out);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

bool link_read_orders(const uint8_t *body, size_t size, struct camera_orders *out,
                      struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_ORDERS_MAX, err)) {
        struct fields motion = { .object = json_object_get(f.object, "motion") };
        field_word(&f, "camera", out->camera, sizeof out->camera);
        field_text(&f, "main", out->url[0], sizeof out->url[0]);
        field_text(&f, "sub", out->url[1], sizeof out->url[1]);
        out->audio = field_bool(&f, "audio");
        out->transport = (int)field_int(&f, "transport", CAMERA_AUTO, CAMERA_UDP);
        out->sandbox = field_bool(&f, "sandbox");
        field_word(&f, "tls_fingerprint", out->tls_fingerprint,
                   sizeof out->tls_fingerprint);
        field_text(&f, "tls_ca", out->tls_ca, sizeof out->tls_ca);
        out->gulp_ms = (int)field_int(&f, "gulp_ms", 0, 1000);
        read_motion(&motion, &out->motion);
        if (motion.bad)
            f.bad = motion.bad;
        read_view(&f, &out->view);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

void link_put_login(struct bytes *to, int channel, const struct camera_login *login)
{
    fields_put(to, WIRE_LOGIN, channel,
               json_pack("{s:o}", "authorization", octets_field(login->authorization)));
}

bool link_read_login(const uint8_t *body, size_t size, struct camera_login *out,
                     struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        field_octets(&f, "authorization", out->authorization, sizeof out->authorization);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

void link_put_pictures(struct bytes *to, int channel, bool wanted)
{
    fields_put(to, WIRE_PICTURES, channel, json_pack("{s:b}", "wanted", wanted));
}

void link_put_debug_wanted(struct bytes *to, bool wanted)
{
    fields_put(to, WIRE_DEBUG_WANTED, 0, json_pack("{s:b}", "wanted", wanted));
}

bool link_read_pictures(const uint8_t *body, size_t size, bool *wanted, struct error *err)
{
    struct fields f;

    *wanted = false;
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        *wanted = field_bool(&f, "wanted");
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

void link_put_ports(struct bytes *to, int channel, const struct camera_ports *ports)
{
    fields_put(to, WIRE_PORTS, channel,
               json_pack("{s:i, s:i, s:o}", "track", ports->track, "rtp", ports->rtp,
                         "why", text_field(ports->why)));
}

bool link_read_ports(const uint8_t *body, size_t size, struct camera_ports *out,
                     struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        out->track = (int)field_int(&f, "track", 0, LINK_TRACKS - 1);
        out->rtp = (int)field_int(&f, "rtp", 0, UINT16_MAX - 1);
        field_word(&f, "why", out->why, sizeof out->why);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

void link_put_socket(struct bytes *to, int channel, const struct camera_socket *socket)
{
    fields_put(to, WIRE_SOCKET, channel,
               json_pack("{s:i, s:b}", "track", socket->track, "rtcp", socket->rtcp));
}

bool link_read_socket(const uint8_t *body, size_t size, struct camera_socket *out,
                      struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, LINK_SMALL_MAX, err)) {
        out->track = (int)field_int(&f, "track", 0, LINK_TRACKS - 1);
        out->rtcp = field_bool(&f, "rtcp");
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

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
