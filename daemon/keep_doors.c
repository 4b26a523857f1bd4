/* What is kept: packages of footage, holds, the comparison with the disk, the word on the
 * clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asked.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/time_text.h"
#include "inside.h"
#include "record/clock_word.h"
#include "record/hold.h"

static void on_export(void *arg, const struct export_row *row, const struct error *err)
{
    struct asked *asked = arg;
    json_t *export = row && asked->k->web ? web_export_json(asked->k->web, row) : NULL;

    if (row)
        asked->done(asked->done_arg, 201, export);
    else
        asked->done(asked->done_arg, err->kind == ERR_BUSY ? 503 : 500,
                    error_json(err->kind == ERR_BUSY ? "busy" : "failed", err->text));
    free(asked);
}

void door_export_start(void *arg, const struct export_row *wish, door_done_fn *done,
                       void *done_arg)
{
    struct kengd *k = arg;

    exports_start(k->exports, wish, on_export, asked_new(k, done, done_arg));
}

int door_export_permille(void *arg, const char *id)
{
    struct kengd *k = arg;

    return exports_permille(k->exports, id);
}

const char *door_export_key(void *arg, bool fingerprint)
{
    struct kengd *k = arg;

    return fingerprint ? exports_fingerprint(k->exports) : exports_public_key(k->exports);
}

static void *hold_footage(void *arg, const char *camera, int64_t from_us, int64_t to_us,
                          call_fn *ready, void *ready_arg)
{
    struct kengd *k = arg;

    return lease_take(k->holds, camera, from_us, to_us, ready, ready_arg);
}

static void release_footage(void *arg, void *held)
{
    lease_end(held);
}

struct exports *keep_open_exports(struct kengd *k, struct error *err)
{
    struct exports_setup setup = { .settings = k->set,
                                   .loop = k->loop,
                                   .duties = k->duties,
                                   .hold = hold_footage,
                                   .release = release_footage,
                                   .arg = k };

    return exports_open(&setup, err);
}

/* ---- holds ---------------------------------------------------------------------------
 */

static json_t *hold_json(const struct hold *hold)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], made[TIME_TEXT_MAX],
        until[TIME_TEXT_MAX];

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", hold->id, "camera",
                     hold->camera, "from", time_text(hold->from_us, from), "to",
                     time_text(hold->to_us, to), "made", time_text(hold->made_us, made),
                     "until", time_text(hold->until_us, until), "reason", hold->reason,
                     "by", hold->who);
}

json_t *door_holds(void *arg)
{
    struct kengd *k = arg;
    json_t *all = json_array();
    struct hold_list list;

    holds_list(k->holds, NULL, &list);
    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(all, hold_json(&list.rows[i]));
    hold_list_free(&list);
    return all;
}

static void answer_hold(struct asked *asked, int status, const struct hold *hold,
                        const struct error *err)
{
    if (hold)
        asked->done(asked->done_arg, status, hold_json(hold));
    else if (err->kind == ERR_CONFIG)
        asked->done(asked->done_arg, 422, error_json("bad_hold", err->text));
    else
        asked->done(asked->done_arg, 503,
                    error_json(err->kind == ERR_BUSY ? "busy" : "not_stored", err->text));
    free(asked);
}

static void on_held(void *arg, const struct hold *hold, const struct error *err)
{
    answer_hold(arg, 201, hold, err);
}

static void on_hold_ended(void *arg, const struct hold *hold, const struct error *err)
{
    answer_hold(arg, 200, hold, err);
}

void door_hold_add(void *arg, const struct hold_wish *wish, door_done_fn *done,
                   void *done_arg)
{
    struct kengd *k = arg;
    struct hold hold = { .from_us = wish->from_us,
                         .to_us = wish->to_us,
                         .until_us = wish->until_us,
                         .reason = (char *)wish->reason,
                         .who = (char *)wish->who };

    snprintf(hold.camera, sizeof hold.camera, "%s", wish->camera);
    holds_add(k->holds, &hold, on_held, asked_new(k, done, done_arg));
}

void door_hold_release(void *arg, const char *id, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;

    holds_release(k->holds, id, on_hold_ended, asked_new(k, done, done_arg));
}

/* ---- files and catalogue -------------------------------------------------------------
 */

json_t *checking_json(const struct checking *c)
{
    return json_pack("{s:b, s:o, s:I, s:I, s:I, s:o, s:b}", "runs", c->runs, "camera",
                     *c->camera ? json_string(c->camera) : json_null(), "done",
                     (json_int_t)c->done, "total", (json_int_t)c->total, "damaged",
                     (json_int_t)c->damaged, "ended", moment_json(c->ended_us), "well",
                     c->well);
}

json_t *comparison_json(const struct comparison *c)
{
    return json_pack("{s:b, s:i, s:i, s:o, s:b, s:i, s:i, s:i}", "runs", c->runs,
                     "camera", (int)c->camera, "cameras", (int)c->cameras, "ended",
                     moment_json(c->ended_us), "well", c->well, "added", (int)c->added,
                     "closed", (int)c->closed, "lost", (int)c->lost);
}

void door_rebuild(void *arg, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct volume_state disk;

    storage_state(k->storage, &disk);
    if (storage_rebuild(k->storage)) {
        storage_state(k->storage, &disk);
        done(done_arg, 202, comparison_json(&disk.compared));
    } else {
        done(done_arg, disk.compared.runs ? 409 : 503,
             error_json(
                 disk.compared.runs ? "busy" : "no_disk",
                 disk.compared.runs
                     ? _("files and catalogue are being compared already; see kengctl "
                         "status")
                     : disk.why));
    }
}

void door_scrub(void *arg, const char *camera, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct volume_state disk;
    bool begun = storage_check(k->storage, camera);

    storage_state(k->storage, &disk);
    if (begun)
        done(done_arg, 202, checking_json(&disk.checking));
    else
        done(done_arg, disk.checking.runs ? 409 : 503,
             error_json(
                 disk.checking.runs ? "busy" : "no_disk",
                 disk.checking.runs
                     ? _("the recordings are being checked already; see kengctl status")
                 : *disk.why ? disk.why
                             : _("the recordings are not ready yet: try again soon")));
}

/* ---- the clock -----------------------------------------------------------------------
 */

struct clock_word {
    struct asked *asked;
    char *state_dir, *text;
    bool already, well;
    struct error err;
};

static void keep_word(struct store *store, void *arg)
{
    struct clock_word *word = arg;

    word->well = clock_word_write(word->state_dir, word->text, &word->err);
}

static void on_word_kept(void *arg)
{
    struct clock_word *word = arg;
    struct asked *asked = word->asked;
    char now[TIME_TEXT_MAX];

    if (word->well && !word->already) {
        clock_trust();
        asked->k->clock_said = true;
        log_info("clock trusted", "why='a person said so'");
    }
    if (word->well)
        asked->done(asked->done_arg, 200,
                    json_pack("{s:b, s:b, s:s}", "already", word->already, "synchronised",
                              clock_is_synchronised(), "now",
                              time_text(clock_wall_us(), now)));
    else
        asked->done(asked->done_arg, 503, error_json("not_stored", word->err.text));
    free(asked);
    free(word->text);
    free(word->state_dir);
    free(word);
}

void door_clock_trust(void *arg, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct clock_word *word = xcalloc(1, sizeof *word);

    *word = (struct clock_word){ .asked = asked_new(k, done, done_arg),
                                 .state_dir = xstrdup(k->set->paths.state),
                                 .text = clock_word_new(),
                                 .already = clock_is_trusted() };
    if (word->already) {
        word->well = true;
        on_word_kept(word);
    } else if (!desk_ask(k->duties, keep_word, on_word_kept, word)) {
        error_set(&word->err, ERR_BUSY, _("the catalogue is too slow"));
        on_word_kept(word);
    }
}
