#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "camera.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "kengd.h"
#include "web/web.h"

struct kengd {
    const struct settings *set;
    char *config;
    struct loop *loop;
    struct event *signals[3];
    struct timer *alive;
    int lock_fd;
    struct desk *records, *duties, *reads;
    struct volume *volume;
    struct watch *watch;
    struct duty *duty;
    struct web *web;
    struct camera **cameras;
    size_t camera_count;
    int64_t started_us;
};

static struct camera *find_camera(struct kengd *k, const char *id)
{
    for (size_t i = 0; i < k->camera_count; i++)
        if (!strcmp(camera_settings_of(k->cameras[i])->id, id))
            return k->cameras[i];
    return NULL;
}

/* ---- what the rooms tell each other ------------------------------------------------- */

static void on_health(void *arg, struct camera *cam)
{
    struct kengd *k = arg;

    if (!k->web)
        return;
    json_t *note = json_pack("{s:s, s:o}", "type", "camera", "camera",
                             web_camera_json(k->web, camera_settings_of(cam)->id));
    if (note)
        web_note(k->web, camera_settings_of(cam)->area, note);
    json_decref(note);
}

/* An alert on its way to the pages: who was told is asked of the catalogue first. */
struct telling {
    struct kengd *k;
    struct alert_row alert;
    struct delivery_list deliveries;
    bool is_new;
};

static void read_deliveries(struct store *store, void *arg)
{
    struct telling *telling = arg;
    struct error err;

    if (!deliveries_of(store, telling->alert.id, &telling->deliveries, &err))
        log_warning("deliveries not read", "alert=%s why='%s'", telling->alert.id, err.text);
}

static void tell_pages(void *arg)
{
    struct telling *telling = arg;
    struct kengd *k = telling->k;

    if (k->web) {
        json_t *alert = web_alert_json(k->set, &telling->alert, &telling->deliveries);
        json_t *note = json_pack("{s:s, s:o, s:b}", "type", "alert", "alert", alert, "new",
                                 telling->is_new);
        web_note(k->web, settings_find_area(k->set, telling->alert.event.area), note);
        json_decref(note);
    }
    delivery_list_free(&telling->deliveries);
    alert_row_clear(&telling->alert);
    free(telling);
}

static void on_alert(void *arg, const struct alert_row *alert, bool is_new)
{
    struct kengd *k = arg;
    struct telling *telling = xcalloc(1, sizeof *telling);

    *telling = (struct telling){ .k = k, .alert = alert_row_copy(alert), .is_new = is_new };
    /* A full desk costs the list of those who were told, never the alert. */
    if (!desk_ask(k->reads, read_deliveries, tell_pages, telling))
        tell_pages(telling);
}

static struct stream *door_stream(void *arg, const char *camera, bool sub)
{
    struct camera *cam = find_camera(arg, camera);

    return cam ? camera_stream(cam, sub) : NULL;
}

static json_t *door_camera(void *arg, const char *camera)
{
    struct camera *cam = find_camera(arg, camera);

    return cam ? camera_json(cam) : NULL;
}

/* Days that the disk holds at the rate of writing so far; null while that is a guess. */
static json_t *days_json(const struct kengd *k, const struct volume_state *disk)
{
    enum { BELIEVED_AFTER_S = 60 };
    double running_s = (double)(clock_mono_us() - k->started_us) / 1e6;
    const struct amount *reserve = &k->set->storage.reserve;
    double kept_free = reserve->permille ? (double)disk->size_bytes * reserve->permille / 1000
                                         : (double)reserve->bytes;
    double recorded_s =
        disk->oldest_us ? (double)(clock_wall_us() - disk->oldest_us) / 1e6 : 0;

    if (running_s < BELIEVED_AFTER_S || disk->written_bytes == 0)
        return json_null();
    double left_s = ((double)disk->free_bytes - kept_free) * running_s /
                    (double)disk->written_bytes;
    return json_real((recorded_s + (left_s > 0 ? left_s : 0)) / 86400);
}

static json_t *door_health(void *arg)
{
    struct kengd *k = arg;
    struct volume_state disk;

    volume_state(k->volume, &disk);
    return json_pack("{s:s, s:i, s:I, s:b, s:{s:b, s:s, s:I, s:I, s:I, s:I, s:o}}", "version",
                     KENGD_VERSION, "pid", (int)getpid(), "uptime_s",
                     (json_int_t)((clock_mono_us() - k->started_us) / 1000000), "clock_trusted",
                     clock_is_synchronised(), "disk", "ok", disk.ok, "why", disk.why,
                     "free_bytes", (json_int_t)disk.free_bytes, "size_bytes",
                     (json_int_t)disk.size_bytes, "written_bytes",
                     (json_int_t)disk.written_bytes, "dropped", (json_int_t)disk.dropped,
                     "days", days_json(k, &disk));
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

static void on_answered(void *arg, enum answer_result result, const struct alert_row *alert,
                        const struct error *err)
{
    struct asked *asked = arg;
    json_t *json = alert ? web_alert_json(asked->k->set, alert, NULL) : NULL;
    json_t *body;

    switch (result) {
    case ANSWER_TAKEN:
        asked->done(asked->done_arg, 200, json);
        break;
    case ANSWER_TOO_LATE:
        body = error_json("answered", _("somebody answered first"));
        json_object_set_new(body, "alert", json);
        asked->done(asked->done_arg, 409, body);
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
    struct camera *cam = camera_id ? find_camera(k, camera_id) : NULL;
    const struct area *area =
        cam ? camera_settings_of(cam)->area : settings_find_area(k->set, area_id ? area_id : "");

    if (!area) {
        done(done_arg, 404, error_json("not_found", _("there is no such area or camera")));
        return;
    }
    duty_raise(k->duty, area, cam ? camera_settings_of(cam) : NULL, who, note,
               cam ? camera_picture(cam) : NULL, on_answered, ask(k, done, done_arg));
}

static void door_test(void *arg, const char *area_id, const char *who, door_done_fn *done,
                      void *done_arg)
{
    struct kengd *k = arg;
    const struct area *area = settings_find_area(k->set, area_id);

    if (!area) {
        done(done_arg, 404, error_json("not_found", _("there is no such area")));
        return;
    }
    duty_test(k->duty, area, who, on_answered, ask(k, done, done_arg));
}

static void door_delivered(void *arg, const char *alert, const char *recipient)
{
    struct kengd *k = arg;

    duty_delivered(k->duty, alert, recipient);
}

/* ---- cameras and the configuration ----------------------------------------------------------- */

static struct camera *start_camera(struct kengd *k, const struct settings *set,
                                   const struct camera_settings *settings)
{
    struct camera_rooms rooms = {
        .loop = k->loop,
        .watch = k->watch,
        .volume = k->volume,
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
        camera_stop(k->cameras[i]);
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

static bool reload(void *arg, char **report_text)
{
    struct kengd *k = arg;
    struct faults faults = { 0 };
    struct bytes report = { 0 };
    const struct settings *now = settings_load(k->config, &faults);

    if (!now) {
        *report_text = faults_text(&faults);
        log_warning("configuration not taken", "faults=%zu first='%s:%d: %s'", faults.count,
                    faults.list[0].file, faults.list[0].line, faults.list[0].what);
        faults_free(&faults);
        return false;
    }
    const char *restart = settings_needs_restart(k->set, now);
    if (restart)
        bytes_format(&report, _("%s has changed: it counts after a restart of kengd\n"), restart);
    use_cameras(k, now, &report);
    volume_reload(k->volume, now);
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
        log_info("ending", "signal=%s", strsignal((int)number));
        sd_notify(0, "STOPPING=1");
        loop_stop(k->loop);
        return;
    }
    sd_notify(0, "RELOADING=1");
    reload(k, &report);
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
    k->volume = volume_open(k->set, k->loop, k->records, err);
    if (!k->volume)
        return false;
    k->duty = duty_open(k->set, k->loop, k->duties, on_alert, k, err);
    if (!k->duty)
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
        .doors = { .arg = k, .stream = door_stream, .camera = door_camera,
                   .health = door_health, .answer = door_answer, .raise = door_raise,
                   .test = door_test, .delivered = door_delivered, .reload = reload },
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
    web_close(k->web);
    k->web = NULL;
    for (size_t i = 0; i < k->camera_count; i++)
        camera_stop(k->cameras[i]);
    free(k->cameras);
    k->camera_count = 0;
    k->cameras = NULL;
    watch_close(k->watch);
    duty_close(k->duty);
    volume_close(k->volume);
    desk_close(k->reads);
    desk_close(k->records);
    desk_close(k->duties);
    timer_free(k->alive);
    for (size_t i = 0; i < COUNT_OF(k->signals); i++)
        if (k->signals[i])
            event_free(k->signals[i]);
    loop_free(k->loop);
    if (k->lock_fd >= 0)
        close(k->lock_fd);
    settings_unref(k->set);
    free(k->config);
    free(k);
}
