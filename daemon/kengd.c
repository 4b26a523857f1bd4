#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "inside.h"
#include "kengd.h"
#include "record/clock_word.h"

struct camera *kengd_find_camera(struct kengd *k, const char *id)
{
    for (size_t i = 0; i < k->camera_count; i++)
        if (k->cameras[i] && !strcmp(camera_settings_of(k->cameras[i])->id, id))
            return k->cameras[i];
    return NULL;
}

/* ---- what the rooms tell each other ------------------------------------------------- */

static void on_health(void *arg, struct camera *cam)
{
    struct kengd *k = arg;

    duty_camera_state(k->duty, camera_settings_of(cam)->id,
                      camera_state_word(camera_health_of(cam)->state));
    if (!k->web)
        return;
    json_t *note = json_pack("{s:s, s:o}", "type", "camera", "camera",
                             web_camera_json(k->web, camera_settings_of(cam)->id));
    if (note)
        web_note(k->web, camera_settings_of(cam)->area, note);
    json_decref(note);
}

/* ---- cameras and the configuration ----------------------------------------------------------- */

static struct camera *start_camera(struct kengd *k, const struct settings *set,
                                   const struct camera_settings *settings)
{
    struct camera_rooms rooms = {
        .loop = k->loop,
        .watch = k->watch,
        .storage = k->storage,
        .records = k->records,
        .duty = k->duty,
        .on_health = on_health,
        .arg = k,
    };

    return camera_start(&rooms, set, settings);
}

/* Cameras that stay are kept running; the others are stopped, started, or both. Says what
 * it did in `report`, a line each. */
static void use_cameras(struct kengd *k, const struct settings *now, struct bytes *report)
{
    struct camera **cameras = xcalloc(now->camera_count, sizeof *cameras);

    for (size_t i = 0; i < k->camera_count; i++) {
        const char *id = camera_settings_of(k->cameras[i])->id;
        const struct camera_settings *settings = settings_find_camera(now, id);
        enum change change = settings_compare_camera(k->set, now, id);
        if (settings && change == CHANGE_SAME) {
            camera_keep(k->cameras[i], now, settings);
            cameras[settings - now->cameras] = k->cameras[i];
            continue;
        }
        bytes_format(report, change == CHANGE_GONE ? _("camera %s: stopped\n")
                                                   : _("camera %s: started anew\n"), id);
        /* Out of reach first: its viewers ask for cameras as its streams end. */
        struct camera *gone = k->cameras[i];
        k->cameras[i] = NULL;
        camera_stop(gone);
    }
    free(k->cameras);
    k->cameras = cameras;
    k->camera_count = now->camera_count;
    for (size_t i = 0; i < now->camera_count; i++) {
        if (cameras[i])
            continue;
        if (k->set != now && !settings_find_camera(k->set, now->cameras[i].id))
            bytes_format(report, _("camera %s: started\n"), now->cameras[i].id);
        cameras[i] = start_camera(k, now, &now->cameras[i]);
    }
}

bool kengd_reload(void *arg, const char *who, char **report_text)
{
    struct kengd *k = arg;
    struct faults faults = { 0 };
    struct bytes report = { 0 };
    const char *restart;
    const struct settings *now = settings_load_again(k->set, k->config, &restart, &faults);

    if (!now) {
        *report_text = faults_text(&faults);
        log_warning("configuration not taken", "faults=%zu first='%s:%d: %s'", faults.count,
                    faults.list[0].file, faults.list[0].line, faults.list[0].what);
        faults_free(&faults);
        return false;
    }
    if (restart)
        bytes_format(&report, _("%s has changed: it counts after a restart of kengd\n"), restart);
    storage_changed_by(k->storage, who);
    use_cameras(k, now, &report);
    storage_changed_by(k->storage, NULL);
    storage_reload(k->storage, now);
    exports_reload(k->exports, now);
    activity_tidy_reload(k->tidy, now->storage.keep_us);
    duty_reload(k->duty, now);
    web_reload(k->web, now);
    settings_unref(k->set);
    k->set = now;
    log_info("configuration taken", "cameras=%zu people=%zu", now->camera_count,
             now->person_count);
    *report_text = bytes_take(&report);
    return true;
}

/* ---- signals and systemd ------------------------------------------------------------------------ */

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct kengd *k = arg;
    char *report = NULL;

    if (number != SIGHUP) {
        log_info("ending", "signal=%s", sigabbrev_np((int)number));
        sd_notify(0, "STOPPING=1");
        loop_stop(k->loop);
        return;
    }
    sd_notify(0, "RELOADING=1");
    kengd_reload(k, "SIGHUP", &report);
    sd_notify(0, "READY=1");
    free(report);
}

static void on_alive(void *arg)
{
    sd_notify(0, "WATCHDOG=1");
}

static void catch_signals(struct kengd *k)
{
    static const int numbers[COUNT_OF(k->signals)] = { SIGTERM, SIGINT, SIGHUP };
    uint64_t watchdog_us = 0;

    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        k->signals[i] = evsignal_new(loop_base(k->loop), numbers[i], on_signal, k);
        event_add(k->signals[i], NULL);
    }
    if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
        k->alive = timer_new(k->loop, on_alive, k);
        timer_every(k->alive, (int64_t)watchdog_us / 3);
    }
}

/* ---- life ----------------------------------------------------------------------------------------- */

static bool open_desks(struct kengd *k, struct error *err)
{
    const char *state = k->set->paths.state;
    bool replaced = false;

    k->lock_fd = store_lock_directory(state, err);
    if (k->lock_fd < 0)
        return false;
    k->duties = desk_open(state, STORE_DUTIES, "duties", k->loop, &replaced, err);
    if (!k->duties)
        return false;
    if (replaced)
        log_error("catalogue was damaged", "state=%s moved aside, a new one is made from the "
                  "recordings", state);
    k->records = desk_open(state, STORE_RECORDS, "records", k->loop, NULL, err);
    if (!k->records)
        return false;
    k->reads = desk_open(state, STORE_READS, "reads", k->loop, NULL, err);
    return k->reads != NULL;
}

static bool open_rooms(struct kengd *k, const struct kengd_setup *setup, struct error *err)
{
    k->clock_said = clock_word_recall(k->set->paths.state);
    k->holds = holds_open(k->set->paths.state, k->loop);
    struct storage_setup recordings = {
        .settings = k->set, .loop = k->loop, .records = k->records, .holds = k->holds
    };
    k->storage = storage_open(&recordings, err);
    if (!k->storage)
        return false;
    k->tidy = activity_tidy_start(k->loop, k->records, k->set->storage.keep_us);
    k->duty = duty_open(k->set, k->loop, k->duties, doors_on_alert, k, err);
    if (!k->duty)
        return false;
    k->exports = keep_open_exports(k, err);
    if (!k->exports)
        return false;
    k->watch = watch_open(setup->camera_program, k->loop, k->duties, err);
    if (!k->watch)
        return false;
    struct web_setup web = {
        .settings = k->set,
        .loop = k->loop,
        .duties = k->duties,
        .reads = k->reads,
        .ui_dir = setup->ui_dir,
        .doors = doors_of(k),
    };
    k->web = web_open(&web, err);
    return k->web != NULL;
}

struct kengd *kengd_open(const struct kengd_setup *setup, char **faults_out, struct error *err)
{
    struct kengd *k = xcalloc(1, sizeof *k);
    struct faults faults = { 0 };
    struct bytes nothing = { 0 };

    k->lock_fd = -1;
    k->config = xstrdup(setup->config);
    k->started_us = clock_mono_us();
    k->set = settings_load(setup->config, &faults);
    if (!k->set) {
        *faults_out = faults_text(&faults);
        faults_free(&faults);
        error_set(err, ERR_CONFIG, _("the configuration has faults"));
        goto fail;
    }
    text_open(k->set->site.language);
    k->loop = loop_new();
    catch_signals(k);
    if (!open_desks(k, err) || !open_rooms(k, setup, err))
        goto fail;
    k->wellbeing = wellbeing_start(k);
    use_cameras(k, k->set, &nothing);
    bytes_free(&nothing);
    return k;

fail:
    kengd_close(k);
    return NULL;
}

void kengd_run(struct kengd *k)
{
    log_info("running", "version=%s cameras=%zu config=%s", KENGD_VERSION, k->camera_count,
             k->config);
    sd_notify(0, "READY=1");
    loop_run(k->loop);
}

void kengd_close(struct kengd *k)
{
    if (!k)
        return;
    wellbeing_stop(k->wellbeing);
    k->wellbeing = NULL;
    web_close(k->web);
    k->web = NULL;
    for (size_t i = 0; i < k->camera_count; i++)
        camera_stop(k->cameras[i]);
    free(k->cameras);
    k->camera_count = 0;
    k->cameras = NULL;
    watch_close(k->watch);
    duty_close(k->duty);
    activity_tidy_stop(k->tidy);
    exports_close(k->exports);
    storage_close(k->storage);
    desk_close(k->reads);
    desk_close(k->records);
    desk_close(k->duties);
    timer_free(k->alive);
    for (size_t i = 0; i < COUNT_OF(k->signals); i++)
        if (k->signals[i])
            event_free(k->signals[i]);
    loop_free(k->loop);
    holds_close(k->holds);
    if (k->lock_fd >= 0)
        close(k->lock_fd);
    settings_unref(k->set);
    free(k->config);
    free(k);
}
