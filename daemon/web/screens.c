/* A screen is paired: it shows a short code, who may approves it, it comes in by itself. */
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
        !pairings_make_room(store, work->row.created_us, WAITING_MOST, &work->err) ||
        !pairing_insert(store, &work->row, &work->err);
}

static void on_screen_code(struct ask *ask)
{
    struct screen_code *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    /* Whose phone may approves what it scans; the code alone is worth nothing to others. */
    char *address = web_address(ask->settings);
    char *url = xformat("%s/phone#/add-screen/%s", address, work->row.code), *svg = qr_svg(url);
    answer_json(ask, 200,
                json_pack("{s:s, s:s, s:s, s:o, s:o, s:i}", "state", "waiting", "code",
                          work->row.code, "claim", work->claim, "svg", shape_text(svg),
                          "expires", shape_time(work->row.expires_us), "left_s", PAIRING_S));
    free(svg);
    free(url);
    free(address);
}

static void make_code(struct ask *ask)
{
    uint32_t number;

    if (lockout_is_shut(ask->web->codes, ask->address, clock_mono_us())) {
        answer_nobody(ask, 429);
        return;
    }
    lockout_failed(ask->web->codes, ask->address, clock_mono_us());
    struct screen_code *work = ask_job(ask, sizeof *work, drop_screen_code);
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
    json_t *body = pairing_object(ask);

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

/* ---- somebody approves one --------------------------------------------------------------- */

/* Those that the asker could approve. */
void screens_list(struct ask *ask)
{
    const struct settings *set = ask->settings;
    json_t *list = json_array();

    for (size_t i = 0; i < set->screen_count; i++) {
        const struct screen *screen = &set->screens[i];
        if (who_may_see_area(ask->who, screen->area))
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "id", screen->id,
                                                  "name", screen->name, "area",
                                                  screen->area->id, "area_name",
                                                  screen->area->name));
    }
    answer_json(ask, 200, json_pack("{s:o}", "screens", list));
}

struct approval {
    char code[SHORT_CODE + 1];
    char tries[48]; /* by whom wrong codes are counted */
    char *screen, *by;
    bool done, failed;
    struct error err;
};

static void drop_approval(void *job)
{
    struct approval *work = job;

    free(work->screen);
    free(work->by);
}

static void approve(struct store *store, void *job)
{
    struct approval *work = job;

    work->failed = !pairing_approve(store, work->code, work->screen, work->by,
                                    clock_wall_us(), &work->done, &work->err) ||
                   (work->done && !access_append(store, work->by, "screen approved",
                                                 work->screen, &work->err));
}

static void on_approved(struct ask *ask)
{
    struct approval *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
    } else if (!work->done) {
        lockout_failed(ask->web->codes, work->tries, clock_mono_us());
        answer_error(ask, 404, "no_code", "code",
                     _("no screen shows %s now: a code lasts ten minutes, read the one that is "
                       "shown"),
                     work->code);
    } else {
        answer_nothing(ask);
    }
}

void screen_approve(struct ask *ask)
{
    char tries[48];

    snprintf(tries, sizeof tries, "token %lld", (long long)ask->who->token_id);
    if (ask->who->token_id && lockout_is_shut(ask->web->codes, tries, clock_mono_us())) {
        answer_error(ask, 429, "too_many", NULL, _("too many wrong codes: wait five minutes"));
        return;
    }
    json_t *body = ask_object(ask);
    if (!body)
        return;
    const char *code = json_string_value(json_object_get(body, "code"));
    const char *id = json_string_value(json_object_get(body, "screen"));
    const struct screen *screen = id ? settings_find_screen(ask->settings, id) : NULL;
    if (!screen || !who_may_see_area(ask->who, screen->area)) {
        answer_error(ask, id ? 404 : 422, "no_screen", "screen", _("there is no screen %s"),
                     id ? id : "");
    } else if (!code || strlen(code) != SHORT_CODE) {
        answer_error(ask, 422, "no_code", "code",
                     _("a screen's code is six digits, as the screen shows them"));
    } else {
        struct approval *work = ask_job(ask, sizeof *work, drop_approval);
        strcpy(work->code, code);
        strcpy(work->tries, tries);
        work->screen = xstrdup(screen->id);
        work->by = xstrdup(ask->who->name);
        ask_desk(ask, ask->web->duties, approve, on_approved);
    }
    json_decref(body);
}
