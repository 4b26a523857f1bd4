/* One event passed on by a link: who was sent it sees its picture and its clip for a day. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "lists.h"
#include "rights.h"
#include "shapes.h"

enum { SHARE_CHARACTERS = 43, SHARE_S = 24 * 3600 };

/* ---- a link is made ------------------------------------------------------------------- */

struct share {
    char token[SHARE_CHARACTERS + 1];
    struct token_row row;
    char object[ROW_ID_MAX + 16];
    bool failed;
    struct error err;
};

static void drop_share(void *job)
{
    struct share *share = job;

    secret_wipe(share->token, sizeof share->token);
    token_row_clear(&share->row);
}

static void insert_share(struct store *store, void *job)
{
    struct share *share = job;

    share->failed =
        !token_insert(store, &share->row, &share->err) ||
        !access_append(store, share->row.name, "share", share->object, &share->err);
}

static void on_share(struct ask *ask)
{
    struct share *share = ask->job;

    if (share->failed) {
        answer_failure(ask, &share->err);
        return;
    }
    char *address = web_address(ask->settings);
    answer_json(ask, 200,
                json_pack("{s:o, s:o, s:o}", "id",
                          json_sprintf("%lld", (long long)share->row.id), "url",
                          json_sprintf("%s/shared#%s", address, share->token), "expires",
                          shape_time(share->row.expires_us)));
    free(address);
}

static void make_share(struct ask *ask)
{
    const struct one_event *one = ask->job;
    char event[ROW_ID_MAX + 1];

    snprintf(event, sizeof event, "%s", one->row.id);
    struct share *share = ask_job(ask, sizeof *share, drop_share);
    secret_random_text(share->token, SHARE_CHARACTERS);
    token_hash(share->token, share->row.hash);
    share->row.role = xstrdup(role_word(ROLE_GUEST));
    share->row.event = xstrdup(event);
    /* Whose phone is revoked has passed nothing on either. */
    share->row.parent = ask->who->parent_id ? ask->who->parent_id : ask->who->token_id;
    share->row.name = xstrdup(ask->who->name);
    share->row.created_us = clock_wall_us();
    share->row.expires_us = share->row.created_us + SECONDS_US(SHARE_S);
    snprintf(share->object, sizeof share->object, "event:%s", event);
    ask_desk(ask, ask->web->duties, insert_share, on_share);
}

void event_share(struct ask *ask)
{
    event_find(ask, make_share);
}

/* A picture left by the phone's own share sheet: only that it did is known. */
static void note_passed(struct ask *ask)
{
    const struct one_event *one = ask->job;
    char object[ROW_ID_MAX + 16];

    snprintf(object, sizeof object, "event:%s", one->row.id);
    access_note(ask->web, ask->who, "passed on", object);
    answer_nothing(ask);
}

void event_passed(struct ask *ask)
{
    event_find(ask, note_passed);
}

/* ---- a guest comes ---------------------------------------------------------------------- */

static bool take_guest(struct ask *ask, enum rights_result result, const struct who *who)
{
    if (result == RIGHTS_BUSY)
        answer_busy(ask);
    else if (result == RIGHTS_SHUT)
        answer_nobody(ask, 429);
    else if (result != RIGHTS_KNOWN || !who->event)
        answer_not_found(ask);
    else {
        ask->who = who_ref(who);
        snprintf(ask->arg, sizeof ask->arg, "%s", who->event);
        return true;
    }
    return false;
}

static void answer_shared(struct ask *ask)
{
    const struct one_event *one = ask->job;
    const struct settings *set = ask->settings;
    json_t *body = ask_object(ask), *event = shape_event(set, &one->row);
    char *path = xformat("/api/shared/%s", json_string_value(json_object_get(body, "token")));
    char object[ROW_ID_MAX + 16];

    snprintf(object, sizeof object, "event:%s", one->row.id);
    access_note_seldom(ask->web, ask->who, "link opened", object);
    json_object_set_new(event, "snapshot", json_sprintf("%s/snapshot.jpg", path));
    json_object_set_new(event, "clip", json_sprintf("%s/clip.mp4", path));
    json_object_set_new(event, "site", json_string(set->site.name));
    json_object_set_new(event, "language", json_string(text_language_tag(set->site.language)));
    json_object_set_new(event, "time_zone", json_string(set->site.time_zone));
    json_object_set_new(event, "by", json_string(ask->who->name));
    json_object_set_new(event, "expires", shape_time(ask->who->expires_us));
    secret_free_text(path);
    json_decref(body);
    answer_json(ask, 200, event);
}

static void on_guest(struct ask *ask, enum rights_result result, const struct who *who)
{
    if (take_guest(ask, result, who))
        event_find(ask, answer_shared);
}

static void on_guest_of_snapshot(struct ask *ask, enum rights_result result,
                                 const struct who *who)
{
    if (take_guest(ask, result, who))
        event_snapshot(ask);
}

static void on_guest_of_clip(struct ask *ask, enum rights_result result,
                             const struct who *who)
{
    if (take_guest(ask, result, who))
        event_clip(ask);
}

void shared_get(struct ask *ask)
{
    json_t *body = ask_object(ask);

    if (!body)
        return;
    const char *token = json_string_value(json_object_get(body, "token"));
    if (!token || strlen(token) != SHARE_CHARACTERS) {
        answer_not_found(ask);
    } else {
        rights_find(ask->web->rights, ask, token, on_guest);
    }
    json_decref(body);
}

void shared_snapshot(struct ask *ask)
{
    rights_find(ask->web->rights, ask, ask->arg, on_guest_of_snapshot);
}

void shared_clip(struct ask *ask)
{
    rights_find(ask->web->rights, ask, ask->arg, on_guest_of_clip);
}
