/* Coming in and going out: a link token becomes a session's cookie. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "session.h"

enum { SESSION_CHARACTERS = 43 };

struct session {
    char token[SESSION_CHARACTERS + 1];
    struct token_row row;
    char *who;
    bool failed, found;
    struct error err;
};

static void drop_session(void *job)
{
    struct session *session = job;

    secret_wipe(session->token, sizeof session->token);
    token_row_clear(&session->row);
    free(session->who);
}

void session_set_cookie(struct ask *ask, const char *token, int64_t max_age_s)
{
    const char *outside =
        ask_sent(ask, "X-Forwarded-Proto"); /* a proxy's, or a guest's word:
                                               it can only make it stricter */
    bool secure =
        ask->door->kind == DOOR_TLS || (outside && strcmp(outside, "https") == 0);
    char *cookie = xformat("kengd=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
                           token, (long long)max_age_s, secure ? "; Secure" : "");

    ask_header(ask, "Set-Cookie", cookie);
    secret_free_text(cookie);
}

/* ---- in -------------------------------------------------------------------------------
 */

static void insert(struct store *store, void *job)
{
    struct session *session = job;

    session->failed = !token_insert(store, &session->row, &session->err) ||
                      !access_append(store, session->who, "session", "", &session->err);
}

static void on_inserted(struct ask *ask)
{
    struct session *session = ask->job;

    if (session->failed) {
        answer_failure(ask, &session->err);
        return;
    }
    int64_t left_s = (session->row.expires_us - clock_wall_us()) / SECONDS_US(1);
    session_set_cookie(ask, session->token, left_s > 0 ? left_s : 0);
    answer_nothing(ask);
}

static char *copy(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

static void on_known(struct ask *ask, enum rights_result result, const struct who *who)
{
    int64_t now = clock_wall_us();

    if (result == RIGHTS_BUSY) {
        answer_busy(ask);
        return;
    }
    /* A guest's link shows one event; it lets nobody in. */
    if (result != RIGHTS_KNOWN || who->event) {
        answer_nobody(ask, result == RIGHTS_SHUT ? 429 : 401);
        return;
    }
    struct session *session = ask_job(ask, sizeof *session, drop_session);
    struct token_row *row = &session->row;
    secret_random_text(session->token, SESSION_CHARACTERS);
    token_hash(session->token, row->hash);
    session->who = xstrdup(who->name);
    /* A session that asks again stays the link token's child, so that revoking that one
     * ends them all. */
    row->parent = who->parent_id ? who->parent_id : who->token_id;
    row->person = copy(who->person ? who->person->id : NULL);
    row->role = who->person ? NULL : xstrdup(role_word(who->role));
    row->area = copy(!who->person && who->area_count > 0 ? who->areas[0]->id : NULL);
    row->name = xstrdup(who->name);
    row->created_us = row->last_us = now;
    row->expires_us = now + SECONDS_US((int64_t)SESSION_S);
    if (who->expires_us && who->expires_us < row->expires_us)
        row->expires_us = who->expires_us;
    ask_desk(ask, ask->web->duties, insert, on_inserted);
}

void session_open(struct ask *ask)
{
    if (ask_is_forged(ask)) {
        answer_forged(ask);
        return;
    }
    json_t *body = ask_object(ask);
    if (!body)
        return;
    const char *token = json_string_value(json_object_get(body, "token"));
    if (!token || !*token || strlen(token) >= TOKEN_MAX)
        answer_nobody(ask, 401);
    else
        rights_find(ask->web->rights, ask, token, on_known);
    json_decref(body);
}

/* ---- out ------------------------------------------------------------------------------
 */

static void revoke(struct store *store, void *job)
{
    struct session *session = job;

    session->failed = !token_revoke(store, session->row.id, clock_wall_us(),
                                    &session->found, &session->err);
}

static void on_revoked(struct ask *ask)
{
    struct session *session = ask->job;

    if (session->failed) {
        answer_failure(ask, &session->err);
        return;
    }
    rights_changed(ask->web->rights);
    session_set_cookie(ask, "", 0);
    answer_nothing(ask);
}

static void on_leaving(struct ask *ask, enum rights_result result, const struct who *who)
{
    if (result == RIGHTS_BUSY) {
        answer_busy(ask);
        return;
    }
    /* Only a session ends; the link token is the admin's. */
    if (result == RIGHTS_KNOWN && who->parent_id != 0 && !who->event) {
        struct session *session = ask_job(ask, sizeof *session, drop_session);
        session->row.id = who->token_id;
        ask_desk(ask, ask->web->duties, revoke, on_revoked);
        return;
    }
    session_set_cookie(ask, "", 0);
    answer_nothing(ask);
}

void session_end(struct ask *ask)
{
    char token[TOKEN_MAX];
    bool known = ask_token(ask, token);

    if (ask->by_cookie && ask_is_forged(ask)) {
        answer_forged(ask);
    } else if (known) {
        rights_find(ask->web->rights, ask, token, on_leaving);
    } else {
        session_set_cookie(ask, "", 0);
        answer_nothing(ask);
    }
    secret_wipe(token, sizeof token);
}
