#include <string.h>

#include "fields.h"
#include "wire/onvif_link.h"

#define TIME_MAX_US INT64_C(253402300799000000)

/* ---- kengd -> keng-camera ---------------------------------------------------------- */

static json_t *reference_field(const struct onvif_reference *r)
{
    return json_pack("{s:o, s:o, s:o}", "space", text_field(r->space), "name",
                     text_field(r->name), "value", text_field(r->value));
}

static void read_reference(struct fields *f, struct onvif_reference *out)
{
    struct fields one = { .object = json_object_get(f->object, "reference") };

    field_text(&one, "space", out->space, sizeof out->space);
    field_text(&one, "name", out->name, sizeof out->name);
    field_text(&one, "value", out->value, sizeof out->value);
    if (one.bad && !f->bad)
        f->bad = "reference";
}

void link_put_onvif_ask(struct bytes *to, const struct onvif_ask *a)
{
    /* clang-format off */
    fields_put(to, WIRE_ONVIF_ASK, 0,
               json_pack("{s:i, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                         "call", (int)a->call,
                         "host", text_field(a->host),
                         "path", text_field(a->path),
                         "token", text_field(a->token),
                         "wait_s", a->wait_s,
                         "reference", reference_field(&a->reference),
                         "authorization", octets_field(a->authorization),
                         "user", text_field(a->user),
                         "digest", text_field(a->digest),
                         "nonce", text_field(a->nonce),
                         "created", text_field(a->created),
                         "datagram", json_string(a->datagram)));
    /* clang-format on */
}

bool link_read_onvif_ask(const uint8_t *body, size_t size, struct onvif_ask *out,
                         struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, ONVIF_ASK_MAX, err)) {
        out->call = (enum onvif_call)field_int(&f, "call", 0, ONVIF_CALLS - 1);
        field_text(&f, "host", out->host, sizeof out->host);
        field_text(&f, "path", out->path, sizeof out->path);
        field_text(&f, "token", out->token, sizeof out->token);
        out->wait_s = (int)field_int(&f, "wait_s", 0, 60);
        read_reference(&f, &out->reference);
        field_octets(&f, "authorization", out->authorization, sizeof out->authorization);
        field_text(&f, "user", out->user, sizeof out->user);
        field_text(&f, "digest", out->digest, sizeof out->digest);
        field_text(&f, "nonce", out->nonce, sizeof out->nonce);
        field_text(&f, "created", out->created, sizeof out->created);
        field_text(&f, "datagram", out->datagram, sizeof out->datagram);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}

/* ---- keng-camera -> kengd ---------------------------------------------------------- */

static json_t *challenge_field(const struct camera_challenge *c)
{
    /* clang-format off */
    return json_pack("{s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     "digest", c->digest,
                     "stale", c->stale,
                     "realm", octets_field(c->realm),
                     "nonce", octets_field(c->nonce),
                     "opaque", octets_field(c->opaque),
                     "qop", octets_field(c->qop),
                     "algorithm", octets_field(c->algorithm),
                     "method", octets_field(c->method),
                     "uri", octets_field(c->uri));
    /* clang-format on */
}

static void read_challenge(struct fields *f, struct camera_challenge *out)
{
    struct fields one = { .object = json_object_get(f->object, "challenge") };

    out->digest = field_bool(&one, "digest");
    out->stale = field_bool(&one, "stale");
    field_octets(&one, "realm", out->realm, sizeof out->realm);
    field_octets(&one, "nonce", out->nonce, sizeof out->nonce);
    field_octets(&one, "opaque", out->opaque, sizeof out->opaque);
    field_octets(&one, "qop", out->qop, sizeof out->qop);
    field_octets(&one, "algorithm", out->algorithm, sizeof out->algorithm);
    field_octets(&one, "method", out->method, sizeof out->method);
    field_octets(&one, "uri", out->uri, sizeof out->uri);
    if (one.bad && !f->bad)
        f->bad = "challenge";
}

static json_t *profile_field(const struct onvif_profile *p)
{
    /* clang-format off */
    return json_pack("{s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:i, s:i}",
                     "token", text_field(p->token),
                     "name", text_field(p->name),
                     "encoder", text_field(p->encoder),
                     "encoding", text_field(p->encoding),
                     "width", p->width,
                     "height", p->height,
                     "fps", p->fps,
                     "gop", p->gop,
                     "kbit_per_s", p->kbit_per_s);
    /* clang-format on */
}

static void read_profile(struct fields *one, struct onvif_profile *out)
{
    field_text(one, "token", out->token, sizeof out->token);
    field_text(one, "name", out->name, sizeof out->name);
    field_text(one, "encoder", out->encoder, sizeof out->encoder);
    field_text(one, "encoding", out->encoding, sizeof out->encoding);
    out->width = (int)field_int(one, "width", 0, 32768);
    out->height = (int)field_int(one, "height", 0, 32768);
    out->fps = (int)field_int(one, "fps", 0, 1000);
    out->gop = (int)field_int(one, "gop", 0, 100000);
    out->kbit_per_s = (int)field_int(one, "kbit_per_s", 0, 10000000);
}

static json_t *event_field(const struct onvif_event *e)
{
    return json_pack("{s:i, s:b, s:b, s:b, s:o, s:o}", "kind", (int)e->kind, "on", e->on,
                     "first", e->first, "pulse", e->pulse, "topic", text_field(e->topic), "source",
                     text_field(e->source));
}

static void read_event(struct fields *one, struct onvif_event *out)
{
    out->kind = (enum onvif_kind)field_int(one, "kind", 0, ONVIF_KINDS - 1);
    out->on = field_bool(one, "on");
    out->first = field_bool(one, "first");
    out->pulse = field_bool(one, "pulse");
    field_text(one, "topic", out->topic, sizeof out->topic);
    field_text(one, "source", out->source, sizeof out->source);
}

static size_t open_list(struct fields *f, const char *name, size_t most, json_t **list)
{
    *list = json_object_get(f->object, name);
    size_t count = json_array_size(*list);

    if (json_is_array(*list) && count <= most)
        return count;
    if (!f->bad)
        f->bad = name;
    return 0;
}

static void read_lists(struct fields *f, struct onvif_said *out)
{
    json_t *list;

    out->profile_count = (int)open_list(f, "profiles", ONVIF_PROFILES, &list);
    for (int i = 0; i < out->profile_count; i++) {
        struct fields one = { .object = json_array_get(list, (size_t)i) };
        read_profile(&one, &out->profiles[i]);
        if (one.bad && !f->bad)
            f->bad = "profiles";
    }
    out->happened_count = (int)open_list(f, "happened", ONVIF_EVENTS, &list);
    for (int i = 0; i < out->happened_count; i++) {
        struct fields one = { .object = json_array_get(list, (size_t)i) };
        read_event(&one, &out->happened[i]);
        if (one.bad && !f->bad)
            f->bad = "happened";
    }
}

void link_put_onvif_said(struct bytes *to, const struct onvif_said *s)
{
    json_t *profiles = json_array(), *happened = json_array();

    for (int i = 0; i < s->profile_count; i++)
        json_array_append_new(profiles, profile_field(&s->profiles[i]));
    for (int i = 0; i < s->happened_count; i++)
        json_array_append_new(happened, event_field(&s->happened[i]));
    /* clang-format off */
    json_t *all = json_pack("{s:i, s:i, s:i, s:o, s:b, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
                            "call", (int)s->call,
                            "end", (int)s->end,
                            "status", s->status,
                            "detail", text_field(s->detail),
                            "challenged", s->challenged,
                            "challenge", challenge_field(&s->challenge),
                            "clock", (json_int_t)s->clock_us,
                            "make", text_field(s->make),
                            "model", text_field(s->model),
                            "firmware", text_field(s->firmware),
                            "media", text_field(s->media),
                            "media2", text_field(s->media2),
                            "events", text_field(s->events));
    json_t *more = json_pack("{s:o, s:o, s:o, s:o, s:i, s:o, s:o}",
                             "profiles", profiles,
                             "uri", text_field(s->uri),
                             "reference", reference_field(&s->reference),
                             "happened", happened,
                             "left_out", s->left_out,
                             "identity", text_field(s->identity),
                             "scopes", text_field(s->scopes));
    /* clang-format on */
    json_object_update(all, more);
    json_decref(more);
    fields_put(to, WIRE_ONVIF_SAID, 0, all);
}

bool link_read_onvif_said(const uint8_t *body, size_t size, struct onvif_said *out,
                          struct error *err)
{
    struct fields f;

    memset(out, 0, sizeof *out);
    if (fields_open(&f, body, size, ONVIF_SAID_MAX, err)) {
        out->call = (enum onvif_call)field_int(&f, "call", 0, ONVIF_CALLS - 1);
        out->end = (enum onvif_end)field_int(&f, "end", 0, ONVIF_ENDS - 1);
        out->status = (int)field_int(&f, "status", 0, 999);
        field_text(&f, "detail", out->detail, sizeof out->detail);
        out->challenged = field_bool(&f, "challenged");
        read_challenge(&f, &out->challenge);
        out->clock_us = field_int(&f, "clock", 0, TIME_MAX_US);
        field_text(&f, "make", out->make, sizeof out->make);
        field_text(&f, "model", out->model, sizeof out->model);
        field_text(&f, "firmware", out->firmware, sizeof out->firmware);
        field_text(&f, "media", out->media, sizeof out->media);
        field_text(&f, "media2", out->media2, sizeof out->media2);
        field_text(&f, "events", out->events, sizeof out->events);
        read_lists(&f, out);
        field_text(&f, "uri", out->uri, sizeof out->uri);
        read_reference(&f, &out->reference);
        out->left_out = (int)field_int(&f, "left_out", 0, 100000);
        field_text(&f, "identity", out->identity, sizeof out->identity);
        field_text(&f, "scopes", out->scopes, sizeof out->scopes);
        return fields_close(&f, err);
    }
    fields_close(&f, NULL);
    return false;
}
