/* A screen is paired: it shows a short code, an admin approves it, it comes in by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "core/clock.h"
#include "core/memory.h"
#include "lockout.h"
#include "pairing.h"
#include "session.h"
#include "shapes.h"

/* Screens that may wait at once: more than a commune has, and no way to fill a catalogue. */
enum { WAITING_MOST = 64 };

/* ---- a code for a screen ---------------------------------------------------------------- */

struct screen_code {
    char claim[CODE_CHARACTERS + 1];
    struct pairing_row row;
    int64_t waiting;
    bool failed;
    struct error err;
};

static void drop_screen_code(void *job)
{
    struct screen_code *work = job;

    secret_wipe(work->claim, sizeof work->claim);
    pairing_row_clear(&work->row);
}

static void insert_screen(struct store *store, void *job)
{
    struct screen_code *work = job;

    work->failed =
        !pairings_waiting(store, work->row.created_us, &work->waiting, &work->err) ||
        (work->waiting < WAITING_MOST && !pairing_insert(store, &work->row, &work->err));
}

static void on_screen_code(struct ask *ask)
{
    struct screen_code *work = ask->job;

    if (work->failed)
        answer_failure(ask, &work->err);
    else if (work->waiting >= WAITING_MOST)
        answer_busy(ask);
    else
        answer_json(ask, 200,
                    json_pack("{s:s, s:s, s:s, s:o, s:i}", "state", "waiting", "code",
                              work->row.code, "claim", work->claim, "expires",
                              shape_time(work->row.expires_us), "left_s", PAIRING_S));
}

static void make_code(struct ask *ask)
{
    struct screen_code *work = ask_job(ask, sizeof *work, drop_screen_code);
    uint32_t number;

    secret_random(&number, sizeof number);
    snprintf(work->row.code, sizeof work->row.code, "%06u", (unsigned)(number % 1000000));
    secret_random_text(work->claim, CODE_CHARACTERS);
    token_hash(work->claim, work->row.hash);
    work->row.kind = DEVICE_SCREEN;
    work->row.created_us = clock_wall_us();
    work->row.expires_us = work->row.created_us + SECONDS_US(PAIRING_S);
    ask_desk(ask, ask->web->duties, insert_screen, on_screen_code);
}

/* ---- the screen asks whether it may come in --------------------------------------------- */

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
                    json_pack("{s:s, s:s}", "state", "approved", "name", in->row.name));
    }
}

static void prepare_screen(struct admission *in, const struct screen *screen)
{
    int64_t now = clock_wall_us();

    secret_random_text(in->token, CODE_CHARACTERS);
    token_hash(in->token, in->row.hash);
    in->row.role = xstrdup(role_word(ROLE_SCREEN));
    in->row.area = xstrdup(screen->area->id);
    in->row.name = xstrdup(screen->name);
    in->row.created_us = in->row.last_us = now;
    in->device.kind = DEVICE_SCREEN;
    in->device.screen = xstrdup(screen->id);
    in->device.name = xstrdup(screen->name);
    in->device.paired_us = in->device.seen_us = now;
}

static void on_claim(struct ask *ask)
{
    struct admission *in = ask->job;
    const struct pairing_row *pairing = &in->pairing;
    bool is_screen = in->found && pairing->kind == DEVICE_SCREEN;

    if (in->failed) {
        answer_failure(ask, &in->err);
        return;
    }
    if (!is_screen || pairing->used_us || pairing->expires_us <= clock_wall_us()) {
        if (!is_screen)
            lockout_failed(ask->web->lockout, ask->address, clock_mono_us());
        answer_error(ask, 410, "code_expired", NULL, _("this code is too old"));
        return;
    }
    if (!pairing->screen) {
        answer_json(ask, 200,
                    json_pack("{s:s, s:s, s:o}", "state", "waiting", "code", pairing->code,
                              "expires", shape_time(pairing->expires_us)));
        return;
    }
    const struct screen *screen = settings_find_screen(ask->settings, pairing->screen);
    if (!screen) {
        answer_error(ask, 410, "code_expired", NULL, _("this code is too old"));
        return;
    }
    prepare_screen(in, screen);
    ask_desk(ask, ask->web->duties, pairing_admit, on_admitted);
}

void screen_code(struct ask *ask)
{
    if (lockout_is_shut(ask->web->lockout, ask->address, clock_mono_us())) {
        answer_nobody(ask, 429);
        return;
    }
    if (ask_is_forged(ask)) {
        answer_forged(ask);
        return;
    }
    json_t *body = ask_object(ask);
    if (!body)
        return;
    const char *claim = json_string_value(json_object_get(body, "claim"));
    if (!claim) {
        make_code(ask);
    } else if (strlen(claim) != CODE_CHARACTERS) {
        answer_error(ask, 410, "code_expired", "claim", _("this code is too old"));
    } else {
        struct admission *in = ask_job(ask, sizeof *in, admission_drop);
        strcpy(in->code, claim);
        ask_desk(ask, ask->web->duties, pairing_find, on_claim);
    }
    json_decref(body);
}

/* ---- an admin approves one -------------------------------------------------------------- */

struct approval {
    char code[SHORT_CODE + 1];
    char *screen;
    bool done, failed;
    struct error err;
};

static void drop_approval(void *job)
{
    free(((struct approval *)job)->screen);
}

static void approve(struct store *store, void *job)
{
    struct approval *work = job;

    work->failed = !pairing_approve(store, work->code, work->screen, "kengctl",
                                    clock_wall_us(), &work->done, &work->err) ||
                   (work->done && !access_append(store, "kengctl", "screen approved",
                                                 work->screen, &work->err));
}

static void on_approved(struct ask *ask)
{
    struct approval *work = ask->job;

    if (work->failed)
        answer_failure(ask, &work->err);
    else if (!work->done)
        answer_error(ask, 404, "no_code", "code",
                     _("no screen shows %s now: a code lasts ten minutes, read the one that is "
                       "shown"),
                     work->code);
    else
        answer_nothing(ask);
}

void screen_approve(struct ask *ask)
{
    json_t *body = ask_object(ask);

    if (!body)
        return;
    const char *code = json_string_value(json_object_get(body, "code"));
    const char *id = json_string_value(json_object_get(body, "screen"));
    const struct screen *screen = id ? settings_find_screen(ask->settings, id) : NULL;
    if (!screen) {
        answer_error(ask, 404, "no_screen", "screen", _("there is no screen %s"), id ? id : "");
    } else if (!code || strlen(code) != SHORT_CODE) {
        answer_error(ask, 422, "no_code", "code",
                     _("a screen's code is six digits, as the screen shows them"));
    } else {
        struct approval *work = ask_job(ask, sizeof *work, drop_approval);
        strcpy(work->code, code);
        work->screen = xstrdup(screen->id);
        ask_desk(ask, ask->web->duties, approve, on_approved);
    }
    json_decref(body);
}
