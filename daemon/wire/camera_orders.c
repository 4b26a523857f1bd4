#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "wire/camera_link.h"

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
        json_array_append_new(all, json_pack("{s:o, s:i, s:o, s:f, s:f, s:i}", "id",
                                             text_field(list[i].id), "count",
                                             list[i].count, "points", points, "smallest",
                                             list[i].smallest, "largest", list[i].largest,
                                             "stays", list[i].stays_ms));
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
