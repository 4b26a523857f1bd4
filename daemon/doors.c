#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/time_text.h"
#include "inside.h"
#include "record/clock_word.h"
#include "record/hold.h"

/* An alert on its way to people: who was told of it is asked of the catalogue first. */
struct telling {
    struct kengd *k;
    struct alert_row alert;
    struct delivery_list deliveries;
    void (*tell)(struct telling *telling, json_t *alert);
    bool is_new;          /* for the pages */
    door_done_fn *done;   /* for whoever answered */
    void *done_arg;
    int status;
};

static void read_deliveries(struct store *store, void *arg)
{
    struct telling *telling = arg;
    struct error err;

    if (!deliveries_of(store, telling->alert.id, &telling->deliveries, &err))
        log_warning("deliveries not read", "alert=%s why='%s'", telling->alert.id, err.text);
}

static void on_read(void *arg)
{
    struct telling *telling = arg;

    telling->tell(telling, web_alert_json(telling->k->set, &telling->alert,
                                          &telling->deliveries));
    delivery_list_free(&telling->deliveries);
    alert_row_clear(&telling->alert);
    free(telling);
}

/* A full desk costs the list of those who were told, never the alert. */
static void tell(struct telling how)
{
    struct telling *telling = xmalloc(sizeof *telling);

    *telling = how;
    if (!desk_ask(how.k->reads, read_deliveries, on_read, telling))
        on_read(telling);
}

static void tell_pages(struct telling *telling, json_t *alert)
{
    struct kengd *k = telling->k;
    json_t *note = json_pack("{s:s, s:o, s:b}", "type", "alert", "alert", alert, "new",
                             telling->is_new);

    if (k->web)
        web_note(k->web, web_area_of(k->set, &telling->alert.event), note);
    json_decref(note);
}

void doors_on_alert(void *arg, const struct alert_row *alert, bool is_new)
{
    tell((struct telling){ .k = arg, .alert = alert_row_copy(alert), .tell = tell_pages,
                           .is_new = is_new });
}

/* ---- what the web asks --------------------------------------------------------------- */

static struct stream *door_stream(void *arg, const char *camera, bool sub)
{
    struct camera *cam = kengd_find_camera(arg, camera);

    return cam ? camera_stream(cam, sub) : NULL;
}

static struct stream *door_debug(void *arg, const char *camera)
{
    struct camera *cam = kengd_find_camera(arg, camera);

    return cam ? camera_debug_stream(cam) : NULL;
}

static json_t *door_camera(void *arg, const char *camera)
{
    struct camera *cam = kengd_find_camera(arg, camera);

    return cam ? camera_json(cam) : NULL;
}

static json_t *checking_json(const struct checking *c)
{
    return json_pack("{s:b, s:o, s:I, s:I, s:I, s:o, s:b}", "runs", c->runs, "camera",
                     *c->camera ? json_string(c->camera) : json_null(), "done",
                     (json_int_t)c->done, "total", (json_int_t)c->total, "damaged",
                     (json_int_t)c->damaged, "ended", moment_json(c->ended_us), "well", c->well);
}

static json_t *comparison_json(const struct comparison *c)
{
    return json_pack("{s:b, s:i, s:i, s:o, s:b, s:i, s:i, s:i}", "runs", c->runs, "camera",
                     (int)c->camera, "cameras", (int)c->cameras, "ended",
                     moment_json(c->ended_us), "well", c->well, "added", (int)c->added,
                     "closed", (int)c->closed, "lost", (int)c->lost);
}

static json_t *door_health(void *arg)
{
    struct kengd *k = arg;
    struct volume_state all;

    storage_state(k->storage, &all);
    return json_pack("{s:s, s:i, s:I, s:b, s:b, s:o, s:o, s:o}", "version", KENGD_VERSION, "pid",
                     (int)getpid(), "uptime_s",
                     (json_int_t)((clock_mono_us() - k->started_us) / 1000000),
                     "clock_trusted", clock_is_trusted(), "clock_said",
                     k->clock_said && clock_is_trusted() && !clock_is_synchronised(), "disk",
                     disks_json(k), "rebuild", comparison_json(&all.compared),
                     "check", checking_json(&all.checking));
}

/* An answer on its way from the duty room back to the web room. */
struct asked {
    struct kengd *k;
    door_done_fn *done;
    void *done_arg;
};

static struct asked *ask(struct kengd *k, door_done_fn *done, void *done_arg)
{
    struct asked *asked = xmalloc(sizeof *asked);

    *asked = (struct asked){ .k = k, .done = done, .done_arg = done_arg };
    return asked;
}

static json_t *error_json(const char *code, const char *message)
{
    return json_pack("{s:{s:s, s:s}}", "error", "code", code, "message", message);
}

static void tell_answerer(struct telling *telling, json_t *alert)
{
    if (telling->status == 200) {
        telling->done(telling->done_arg, 200, alert);
        return;
    }
    json_t *body = error_json("answered", _("somebody answered first"));
    json_object_set_new(body, "alert", alert);
    telling->done(telling->done_arg, telling->status, body);
}

static void on_answered(void *arg, enum answer_result result, const struct alert_row *alert,
                        const struct error *err)
{
    struct asked *asked = arg;

    switch (result) {
    case ANSWER_TAKEN:
    case ANSWER_TOO_LATE:
        tell((struct telling){ .k = asked->k, .alert = alert_row_copy(alert),
                               .tell = tell_answerer, .done = asked->done,
                               .done_arg = asked->done_arg,
                               .status = result == ANSWER_TAKEN ? 200 : 409 });
        break;
    case ANSWER_UNKNOWN:
        asked->done(asked->done_arg, 404, error_json("not_found", _("there is no such alert")));
        break;
    case ANSWER_FAILED:
        asked->done(asked->done_arg, 503, error_json("not_stored", err->text));
        break;
    }
    free(asked);
}

static void door_answer(void *arg, const char *alert, const char *answer, const char *who,
                        const char *note, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    enum answer word = !strcmp(answer, "acknowledge")   ? ANSWER_ACKNOWLEDGE
                       : !strcmp(answer, "false-alarm") ? ANSWER_FALSE_ALARM
                                                        : ANSWER_RESOLVE;

    duty_answer(k->duty, alert, word, who, note, on_answered, ask(k, done, done_arg));
}

static void door_raise(void *arg, const char *area_id, const char *camera_id, const char *who,
                       const char *note, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct camera *cam = camera_id ? kengd_find_camera(k, camera_id) : NULL;
    const struct area *area =
        cam ? camera_settings_of(cam)->area : settings_find_area(k->set, area_id ? area_id : "");

    if (!area) {
        done(done_arg, 404, error_json("not_found", _("there is no such area or camera")));
        return;
    }
    duty_raise(k->duty, area, cam ? camera_settings_of(cam) : NULL, who, note,
               cam ? camera_picture(cam) : NULL, on_answered, ask(k, done, done_arg));
}

static void door_test(void *arg, const char *area_id, const char *channel,
                      const char *person, const char *who, door_done_fn *done,
                      void *done_arg)
{
    struct kengd *k = arg;
    const struct area *area = settings_find_area(k->set, area_id);

    if (!area) {
        done(done_arg, 404, error_json("not_found", _("there is no such area")));
        return;
    }
    duty_test(k->duty, area, who, channel, person, on_answered, ask(k, done, done_arg));
}

static void door_delivered(void *arg, const char *alert, const char *recipient)
{
    struct kengd *k = arg;

    duty_delivered(k->duty, alert, recipient);
}

static void on_learn(void *arg, const char *camera)
{
    struct camera *found = kengd_find_camera(arg, camera);

    if (found)
        camera_learn_view(found);
}

static void door_login_failed(void *arg, const char *place, int mark)
{
    struct kengd *k = arg;

    watch_login_failed(k->watch, place, mark);
}

/* ---- exports ------------------------------------------------------------------------- */

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

static void door_export_start(void *arg, const struct export_row *wish, door_done_fn *done,
                              void *done_arg)
{
    struct kengd *k = arg;

    exports_start(k->exports, wish, on_export, ask(k, done, done_arg));
}

static int door_export_permille(void *arg, const char *id)
{
    struct kengd *k = arg;

    return exports_permille(k->exports, id);
}

static const char *door_export_key(void *arg, bool fingerprint)
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

struct exports *doors_open_exports(struct kengd *k, struct error *err)
{
    struct exports_setup setup = { .settings = k->set,
                                   .loop = k->loop,
                                   .duties = k->duties,
                                   .hold = hold_footage,
                                   .release = release_footage,
                                   .arg = k };

    return exports_open(&setup, err);
}

/* ---- holds --------------------------------------------------------------------------- */

static json_t *hold_json(const struct hold *hold)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], made[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", hold->id, "camera",
                     hold->camera, "from", time_text(hold->from_us, from), "to",
                     time_text(hold->to_us, to), "made", time_text(hold->made_us, made),
                     "until", time_text(hold->until_us, until), "reason", hold->reason, "by",
                     hold->who);
}

static json_t *door_holds(void *arg)
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

static void door_hold_add(void *arg, const struct hold_wish *wish, door_done_fn *done,
                          void *done_arg)
{
    struct kengd *k = arg;
    struct hold hold = { .from_us = wish->from_us,
                         .to_us = wish->to_us,
                         .until_us = wish->until_us,
                         .reason = (char *)wish->reason,
                         .who = (char *)wish->who };

    snprintf(hold.camera, sizeof hold.camera, "%s", wish->camera);
    holds_add(k->holds, &hold, on_held, ask(k, done, done_arg));
}

static void door_hold_release(void *arg, const char *id, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;

    holds_release(k->holds, id, on_hold_ended, ask(k, done, done_arg));
}

static void door_rebuild(void *arg, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct volume_state disk;

    storage_state(k->storage, &disk);
    if (storage_rebuild(k->storage)) {
        storage_state(k->storage, &disk);
        done(done_arg, 202, comparison_json(&disk.compared));
    } else {
        done(done_arg, disk.compared.runs ? 409 : 503,
             error_json(disk.compared.runs ? "busy" : "no_disk",
                        disk.compared.runs
                            ? _("files and catalogue are being compared already; see kengctl "
                                "status")
                            : disk.why));
    }
}

static void door_scrub(void *arg, const char *camera, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct volume_state disk;
    bool begun = storage_check(k->storage, camera);

    storage_state(k->storage, &disk);
    if (begun)
        done(done_arg, 202, checking_json(&disk.checking));
    else
        done(done_arg, disk.checking.runs ? 409 : 503,
             error_json(disk.checking.runs ? "busy" : "no_disk",
                        disk.checking.runs
                            ? _("the recordings are being checked already; see kengctl status")
                            : *disk.why ? disk.why
                                        : _("the recordings are not ready yet: try again soon")));
}

/* ---- the clock ----------------------------------------------------------------------- */

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
                              clock_is_synchronised(), "now", time_text(clock_wall_us(), now)));
    else
        asked->done(asked->done_arg, 503, error_json("not_stored", word->err.text));
    free(asked);
    free(word->text);
    free(word->state_dir);
    free(word);
}

static void door_clock_trust(void *arg, door_done_fn *done, void *done_arg)
{
    struct kengd *k = arg;
    struct clock_word *word = xcalloc(1, sizeof *word);

    *word = (struct clock_word){ .asked = ask(k, done, done_arg),
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

struct web_doors doors_of(struct kengd *k)
{
    return (struct web_doors){
        .arg = k,
        .stream = door_stream,
        .debug = door_debug,
        .camera = door_camera,
        .health = door_health,
        .answer = door_answer,
        .raise = door_raise,
        .test = door_test,
        .delivered = door_delivered,
        .export_start = door_export_start,
        .export_permille = door_export_permille,
        .export_key = door_export_key,
        .holds = door_holds,
        .hold_add = door_hold_add,
        .hold_release = door_hold_release,
        .rebuild = door_rebuild,
        .scrub = door_scrub,
        .backup = backup_gather,
        .clock_trust = door_clock_trust,
        .mute = door_mute,
        .explain = door_explain,
        .has_channel = duty_has_channel,
        .push_key = door_push_key,
        .login_failed = door_login_failed,
        .phone_ready = door_phone_ready,
        .learn = on_learn,
        .reload = kengd_reload,
    };
}
