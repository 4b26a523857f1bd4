/* A phone is paired: somebody with the right makes a code, the phone brings it, once. */
#include "pairing.h"

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "core/clock.h"
#include "core/memory.h"
#include "lockout.h"
#include "session.h"
#include "shapes.h"

static bool covers(const struct who *who, const struct person *person)
{
    for (size_t i = 0; i < person->area_count; i++)
        if (!who_may_see_area(who, person->areas[i]))
            return false;
    return person->area_count > 0 || who->everywhere;
}

bool may_pair_person(const struct who *who, const struct person *person)
{
    return person && who_may(who, RIGHT_PAIR) && covers(who, person) &&
           (who->role == ROLE_ADMIN || person->role == ROLE_OFFICIAL);
}

/* ---- a code ------------------------------------------------------------------------- */

struct code_work {
    char code[CODE_CHARACTERS + 1];
    struct pairing_row row;
    char *who, *name;
    bool failed;
    struct error err;
};

static void drop_code(void *job)
{
    struct code_work *work = job;

    secret_wipe(work->code, sizeof work->code);
    pairing_row_clear(&work->row);
    free(work->who);
    free(work->name);
}

static void insert_code(struct store *store, void *job)
{
    struct code_work *work = job;

    work->failed = !pairing_insert(store, &work->row, &work->err) ||
                   !access_append(store, work->who, "pairing", work->row.person, &work->err);
}

static void on_code(struct ask *ask)
{
    struct code_work *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    char *address = web_address(ask->settings);
    char *url = xformat("%s/pair#%s", address, work->code), *svg = qr_svg(url);
    answer_json(ask, 200,
                json_pack("{s:s, s:s, s:s, s:o, s:o, s:b}", "person", work->row.person, "name",
                          work->name, "url", url, "svg", shape_text(svg), "expires",
                          shape_time(work->row.expires_us), "public",
                          ask->settings->web.public_url != NULL));
    free(svg);
    secret_free_text(url);
    free(address);
}

void pairing_new(struct ask *ask)
{
    json_t *body = ask_object(ask);

    if (!body)
        return;
    const char *id = json_string_value(json_object_get(body, "person"));
    const struct person *person = id ? settings_find_person(ask->settings, id) : NULL;
    if (!may_pair_person(ask->who, person)) {
        answer_error(ask, id ? 404 : 422, "no_person", "person", _("there is no person %s"),
                     id ? id : "");
        json_decref(body);
        return;
    }
    struct code_work *work = ask_job(ask, sizeof *work, drop_code);
    secret_random_text(work->code, CODE_CHARACTERS);
    token_hash(work->code, work->row.hash);
    work->row.kind = DEVICE_PHONE;
    work->row.person = xstrdup(person->id);
    work->row.by = xstrdup(ask->who->name);
    work->row.created_us = clock_wall_us();
    work->row.expires_us = work->row.created_us + SECONDS_US(PAIRING_S);
    work->who = xstrdup(ask->who->name);
    work->name = xstrdup(person->name);
    json_decref(body);
    ask_desk(ask, ask->web->duties, insert_code, on_code);
}

/* ---- a phone that brings one ---------------------------------------------------------- */

void admission_drop(void *job)
{
    struct admission *in = job;

    secret_wipe(in->code, sizeof in->code);
    secret_wipe(in->token, sizeof in->token);
    pairing_row_clear(&in->pairing);
    device_row_clear(&in->device);
    token_row_clear(&in->row);
}

static bool write_device(struct store *store, struct admission *in)
{
    return token_insert(store, &in->row, &in->err) &&
           ((in->device.token = in->row.id), device_insert(store, &in->device, &in->err)) &&
           access_append(store, in->row.name, "paired", in->device.name, &in->err);
}

void pairing_admit(struct store *store, void *job)
{
    struct admission *in = job;

    in->failed = !store_begin(store, &in->err);
    if (in->failed)
        return;
    in->failed = !pairing_use(store, in->pairing.id, in->device.paired_us, &in->first, &in->err) ||
                 (in->first && !write_device(store, in));
    if (in->failed || !in->first)
        store_rollback(store);
    else
        in->failed = !store_commit(store, &in->err);
}

void pairing_let_in(struct ask *ask, const struct admission *in)
{
    session_set_cookie(ask, in->token, SESSION_S);
}

void pairing_find(struct store *store, void *job)
{
    struct admission *in = job;
    uint8_t hash[TOKEN_HASH];

    token_hash(in->code, hash);
    in->failed = !pairing_by_hash(store, hash, &in->pairing, &in->found, &in->err);
}

static void on_admitted(struct ask *ask)
{
    struct admission *in = ask->job;

    if (in->failed) {
        answer_failure(ask, &in->err);
    } else if (!in->first) {
        answer_error(ask, 410, "code_used", NULL, _("this code has been used"));
    } else {
        pairing_let_in(ask, in);
        answer_json(ask, 200,
                    json_pack("{s:o, s:s, s:s}", "device",
                              json_sprintf("%lld", (long long)in->device.id), "person",
                              in->device.person, "name", in->row.name));
    }
}

static void prepare_phone(struct admission *in, const struct person *person)
{
    int64_t now = clock_wall_us();

    secret_random_text(in->token, CODE_CHARACTERS);
    token_hash(in->token, in->row.hash);
    in->row.person = xstrdup(person->id);
    in->row.name = xstrdup(person->name);
    in->row.created_us = in->row.last_us = now;
    in->row.expires_us = now + SECONDS_US((int64_t)SESSION_S);
    in->device.kind = DEVICE_PHONE;
    in->device.person = xstrdup(person->id);
    in->device.paired_us = in->device.seen_us = now;
}

/* Whom the code is for, before it is used. */
static json_t *look_json(struct ask *ask, const struct person *person)
{
    const struct settings *set = ask->settings;
    json_t *areas = json_array();
    int cameras = 0;

    for (size_t i = 0; i < person->area_count; i++)
        json_array_append_new(areas, json_string(person->areas[i]->name));
    for (size_t i = 0; i < set->camera_count; i++)
        for (size_t k = 0; k < person->area_count; k++)
            if (area_is_within(set->cameras[i].area, person->areas[k])) {
                cameras++;
                break;
            }
    return json_pack("{s:s, s:s, s:o, s:i}", "person", person->id, "name", person->name,
                     "areas", areas, "cameras", cameras);
}

static void on_found(struct ask *ask)
{
    struct admission *in = ask->job;
    const struct pairing_row *pairing = &in->pairing;
    bool is_phone = in->found && pairing->kind == DEVICE_PHONE;
    const struct person *person =
        is_phone ? settings_find_person(ask->settings, pairing->person) : NULL;

    if (in->failed) {
        answer_failure(ask, &in->err);
    } else if (!person) {
        lockout_failed(ask->web->lockout, ask->address, clock_mono_us());
        answer_error(ask, 404, "no_code", NULL, _("this code is unknown"));
    } else if (pairing->used_us) {
        answer_error(ask, 410, "code_used", NULL, _("this code has been used"));
    } else if (pairing->expires_us <= clock_wall_us()) {
        answer_error(ask, 410, "code_expired", NULL, _("this code is too old"));
    } else if (in->looks) {
        answer_json(ask, 200, look_json(ask, person));
    } else {
        prepare_phone(in, person);
        ask_desk(ask, ask->web->duties, pairing_admit, on_admitted);
    }
}

json_t *pairing_object(struct ask *ask)
{
    if (lockout_is_shut(ask->web->lockout, ask->address, clock_mono_us()))
        answer_nobody(ask, 429);
    else if (ask_is_forged(ask))
        answer_forged(ask);
    else
        return ask_object(ask);
    return NULL;
}

void pairing_redeem(struct ask *ask)
{
    json_t *body = pairing_object(ask);

    if (!body)
        return;
    const char *code = json_string_value(json_object_get(body, "code"));
    const char *name = json_string_value(json_object_get(body, "name"));
    if (!code || strlen(code) != CODE_CHARACTERS) {
        lockout_failed(ask->web->lockout, ask->address, clock_mono_us());
        answer_error(ask, 404, "no_code", "code", _("this code is unknown"));
    } else {
        struct admission *in = ask_job(ask, sizeof *in, admission_drop);
        strcpy(in->code, code);
        in->looks = json_is_true(json_object_get(body, "look"));
        in->device.name = xstrdup(name && *name && strlen(name) <= DEVICE_NAME_MAX
                                      ? name
                                      : _("phone"));
        ask_desk(ask, ask->web->duties, pairing_find, on_found);
    }
    json_decref(body);
}
