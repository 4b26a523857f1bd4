/* Tokens: what kengctl hands out, lists and takes back. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "rights.h"
#include "shapes.h"

enum { TOKEN_CHARACTERS = 43, DAY_S = 86400, DAYS_MOST = 3650, NAME_MAX_BYTES = 120 };

struct token_work {
    char token[TOKEN_CHARACTERS + 1];
    struct token_row row;
    struct token_list list;
    char *said; /* for the access log */
    bool found, failed;
    struct error err;
};

static void drop_token(void *job)
{
    struct token_work *work = job;

    secret_wipe(work->token, sizeof work->token);
    token_row_clear(&work->row);
    token_list_free(&work->list);
    free(work->said);
}

static void insert_token(struct store *store, void *job)
{
    struct token_work *work = job;

    work->failed = !token_insert(store, &work->row, &work->err) ||
                   !access_append(store, "kengctl", "token new", work->said, &work->err);
}

static void on_inserted(struct ask *ask)
{
    struct token_work *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    char *address = web_address(ask->settings);
    answer_json(ask, 200,
                json_pack("{s:o, s:s, s:o}", "id",
                          json_sprintf("%lld", (long long)work->row.id), "token",
                          work->token, "url",
                          json_sprintf("%s/enter#%s", address, work->token)));
    free(address);
}

static bool wrong(struct ask *ask, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool wrong(struct ask *ask, const char *field, const char *format, ...)
{
    char sentence[240];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    answer_error(ask, 422, "bad_token", field, "%s", sentence);
    return false;
}

/* One of person, screen, or role (with an area but for admins). False: answered. */
static bool read_holder(struct ask *ask, const json_t *body, struct token_row *row)
{
    const struct settings *set = ask->settings;
    const char *person_id = json_string_value(json_object_get(body, "person"));
    const char *screen_id = json_string_value(json_object_get(body, "screen"));
    const char *role_text = json_string_value(json_object_get(body, "role"));
    const char *area = json_string_value(json_object_get(body, "area"));
    const char *name = json_string_value(json_object_get(body, "name"));
    enum role role;

    if (name && strlen(name) > NAME_MAX_BYTES)
        return wrong(ask, "name", _("the name is too long"));
    if (person_id) {
        const struct person *person = settings_find_person(set, person_id);
        if (!person)
            return wrong(ask, "person", _("there is no person %s"), person_id);
        row->person = xstrdup(person->id);
        row->name = xstrdup(name ? name : person->name);
        return true;
    }
    if (screen_id) {
        const struct screen *screen = settings_find_screen(set, screen_id);
        if (!screen)
            return wrong(ask, "screen", _("there is no screen %s"), screen_id);
        row->role = xstrdup("screen");
        row->area = xstrdup(screen->area->id);
        row->name = xstrdup(screen->name);
        return true;
    }
    if (!role_text || !role_read(role_text, &role))
        return wrong(
            ask, "role",
            _("say a person, a screen, or a role: official, staff, admin, screen"));
    if (area && !settings_find_area(set, area))
        return wrong(ask, "area", _("there is no area %s"), area);
    if (!area && role != ROLE_ADMIN)
        return wrong(ask, "area", _("say the area that the token is for"));
    row->role = xstrdup(role_text);
    row->area = area ? xstrdup(area) : NULL;
    row->name = xstrdup(name ? name : role_text);
    return true;
}

static bool read_days(struct ask *ask, const json_t *body, struct token_row *row)
{
    json_t *days = json_object_get(body, "days");

    if (!days || json_is_null(days))
        return true;
    json_int_t count = json_integer_value(days);
    if (!json_is_integer(days) || count < 1 || count > DAYS_MOST)
        return wrong(ask, "days", _("days must be a number from 1 to 3650"));
    row->expires_us = row->created_us + SECONDS_US(count * DAY_S);
    return true;
}

void control_token_new(struct ask *ask)
{
    json_t *body = ask_object(ask);

    if (!body)
        return;
    struct token_work *work = ask_job(ask, sizeof *work, drop_token);
    work->row.created_us = clock_wall_us();
    secret_random_text(work->token, TOKEN_CHARACTERS);
    token_hash(work->token, work->row.hash);
    if (read_holder(ask, body, &work->row) && read_days(ask, body, &work->row)) {
        work->said = xformat("%s %s", work->row.person ? "person" : work->row.role,
                             work->row.person ? work->row.person
                             : work->row.area ? work->row.area
                                              : "");
        ask_desk(ask, ask->web->duties, insert_token, on_inserted);
    }
    json_decref(body);
}

static void list_tokens(struct store *store, void *job)
{
    struct token_work *work = job;

    work->failed = !tokens_list(store, &work->list, &work->err);
}

static void on_tokens(struct ask *ask)
{
    struct token_work *work = ask->job;
    json_t *list = json_array();

    if (work->failed) {
        json_decref(list);
        answer_failure(ask, &work->err);
        return;
    }
    for (size_t i = 0; i < work->list.count; i++) {
        const struct token_row *row = &work->list.rows[i];
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
                      json_sprintf("%lld", (long long)row->id), "person",
                      shape_text(row->person), "role", shape_text(row->role), "area",
                      shape_text(row->area), "name", shape_text(row->name), "session_of",
                      row->parent ? json_sprintf("%lld", (long long)row->parent)
                                  : json_null(),
                      "created", shape_time(row->created_us), "last",
                      shape_time(row->last_us), "expires", shape_time(row->expires_us),
                      "revoked", shape_time(row->revoked_us)));
    }
    answer_json(ask, 200, json_pack("{s:o}", "tokens", list));
}

void control_tokens(struct ask *ask)
{
    ask_job(ask, sizeof(struct token_work), drop_token);
    ask_desk(ask, ask->web->reads, list_tokens, on_tokens);
}

static void revoke_token(struct store *store, void *job)
{
    struct token_work *work = job;

    work->failed =
        !store_begin(store, &work->err) ||
        !token_revoke(store, work->row.id, clock_wall_us(), &work->found, &work->err) ||
        (work->found &&
         !access_append(store, "kengctl", "token revoke", work->said, &work->err)) ||
        !store_commit(store, &work->err);
    if (work->failed)
        store_rollback(store);
}

static void on_revoked(struct ask *ask)
{
    struct token_work *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    rights_changed(ask->web->rights);
    if (work->found)
        answer_nothing(ask);
    else
        answer_not_found(ask);
}

void control_token_revoke(struct ask *ask)
{
    struct token_work *work = ask_job(ask, sizeof *work, drop_token);

    if (!ask_number(ask, &work->row.id))
        return;
    work->said = xformat("token:%s", ask->arg);
    ask_desk(ask, ask->web->duties, revoke_token, on_revoked);
}
