#include "volume.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor.h"
#include "core/log.h"
#include "core/memory.h"
#include "holds.h"

/* Jobs that may wait for a worker: more than there are recorders. */
enum { WRITES_WAITING = 4096, FEW_WAITING = 64 };
static const int64_t TICK_US = SECONDS_US(1), CHECK_US = SECONDS_US(5);

/* ---- what is wrong -------------------------------------------------------------- */

static void say(char to[200], const char *sentence)
{
    snprintf(to, 200, "%s", sentence);
    text_cut_utf8(to);
}

void volume_failed(struct volume *volume, const struct error *err, bool no_space)
{
    if (!*volume->failed && !*volume->refused)
        volume->bad_mono_us = clock_mono_us();
    if (!*volume->failed)
        log_error("volume not written", "path=%s why='%s'", volume->path, err->text);
    say(volume->failed, err->text);
    volume->erring = true;
    volume->no_space |= no_space;
    retention_look(volume);
}

void volume_is_slow(struct volume *volume)
{
    if (*volume->refused || *volume->failed)
        return;
    volume->bad_mono_us = clock_mono_us();
    say(volume->failed, _("the disk is too slow: recordings are lost"));
}

void volume_wrote(struct volume *volume, int64_t bytes)
{
    volume->written_bytes += bytes;
    volume->unlooked_bytes += bytes;
    retention_look(volume);
    if (*volume->failed)
        log_info("volume written again", "path=%s", volume->path);
    *volume->failed = 0;
    volume->erring = false;
    volume->bad_mono_us = 0;
}

const char *volume_trouble(const struct volume *volume)
{
    if (*volume->refused)
        return volume->refused;
    return *volume->failed ? volume->failed
                           : _("the disk is too slow: recordings are lost");
}

void volume_state(struct volume *volume, struct volume_state *out)
{
    const char *why = *volume->refused  ? volume->refused
                      : *volume->failed ? volume->failed
                                        : volume->full;

    *out = (struct volume_state){
        .ok = !*why,
        .free_bytes = volume->free_bytes,
        .size_bytes = volume->size_bytes,
        .reserve_bytes = volume->reserve_bytes,
        .written_bytes = volume->written_bytes,
        .dropped = volume->dropped,
        .oldest_us = volume->oldest_us,
        .given_up = volume->sacrifices.level,
        .damaged = volume->damaged,
        .scrubbed_us = volume->scrubbed_us,
        .compared = recovery_state(volume),
        .checking = scrub_asked(volume),
    };
    say(out->why, why);
    memcpy(out->given_up_count, volume->given_up_count, sizeof out->given_up_count);
    out->given_up_count[SACRIFICE_FRAGMENTS] = volume->dropped;
    for (const struct recorder *rec = volume->recorders; rec; rec = rec->next)
        out->cameras += rec->active;
}

/* ---- whether it is the right one
 * ------------------------------------------------------- */

struct check {
    struct volume *volume;
    struct mount *mount; /* in: what is there so far, counted; out: a new one, or NULL */
    struct owed_cuts *owed; /* of its files: paid when it is there */
    bool suspect; /* it must also be seen that it can be written */
    bool there;
    struct error err;
};

static void take_mount(struct volume *volume, struct mount *mount)
{
    volume->mount = mount;
    if (!volume->anchor)
        volume->anchor = anchor_open(volume);
    if (*volume->refused)
        log_info("volume found", "path=%s id=%.8s", volume->path, mount->id);
    *volume->refused = 0;
    volume->bad_mono_us = 0;
    volume->free_bytes = mount->free_bytes;
    volume->size_bytes = mount->size_bytes;
    if (!volume->recovered && !volume->recovery)
        recovery_start(volume);
    retention_look(volume);
}

static void refuse_mount(struct volume *volume, const struct error *err)
{
    if (strncmp(volume->refused, err->text, sizeof volume->refused - 1) != 0)
        log_error("volume refused", "path=%s why='%s'", volume->path, err->text);
    if (!volume->bad_mono_us)
        volume->bad_mono_us = clock_mono_us();
    say(volume->refused, err->text);
    mount_unref(volume->mount);
    volume->mount = NULL;
}

static void pump_all(struct volume *volume)
{
    for (struct recorder *rec = volume->recorders; rec; rec = rec->next) {
        recorder_pump(rec);
        timeline_look(rec);
    }
}

static void on_checked(void *arg)
{
    struct check *check = arg;
    struct volume *volume = check->volume;
    bool had = volume->mount != NULL;

    volume->out--;
    volume->checking = false;
    if (had && !check->there)
        refuse_mount(volume, &check->err);
    if (had)
        mount_unref(check->mount);
    else if (check->mount)
        take_mount(volume, check->mount);
    else
        refuse_mount(volume, &check->err);
    owed_cuts_return(volume->owed_cuts, check->owed);
    free(check);
    pump_all(volume);
}

/* The tidying worker. */
static void run_check(void *arg)
{
    struct check *check = arg;
    struct volume *volume = check->volume;

    if (check->mount) {
        check->there =
            mount_is_there(check->mount, volume->path, &check->err) &&
            (!check->suspect || mount_is_written(check->mount, volume->path, &check->err));
    } else {
        check->mount = mount_open(volume->path, volume->state_dir, &check->err);
        check->there = check->mount != NULL;
    }
    if (check->there)
        owed_cuts_pay(check->owed, check->mount->root_fd);
    loop_post(volume->loop, on_checked, check);
}

static void check_mount(struct volume *volume)
{
    if (volume->checking || volume->closing ||
        clock_mono_us() - volume->checked_mono_us < CHECK_US)
        return;
    struct check *check = xcalloc(1, sizeof *check);
    check->volume = volume;
    check->mount = volume->mount ? mount_ref(volume->mount) : NULL;
    check->suspect = volume->erring || owed_cuts_any(volume->owed_cuts);
    check->owed = owed_cuts_take(volume->owed_cuts);
    if (!worker_post(volume->tidy, run_check, check)) {
        mount_unref(check->mount);
        owed_cuts_return(volume->owed_cuts, check->owed);
        free(check);
        return;
    }
    volume->checking = true;
    volume->checked_mono_us = clock_mono_us();
    volume->out++;
}

/* ---- from second to second
 * ------------------------------------------------------------- */

/* The fuller of the memory of all cameras and that of one of them. */
static int waiting_permille(const struct volume *volume)
{
    int64_t most = (int64_t)volume->storage->waiting_bytes * 1000 / ALL_WAITING_MAX;

    for (const struct recorder *rec = volume->recorders; rec; rec = rec->next) {
        int64_t own = (int64_t)rec->waiting_bytes * 1000 / CAMERA_WAITING_MAX;
        most = own > most ? own : most;
    }
    return (int)most;
}

static bool waits_for_it(const struct volume *volume)
{
    for (const struct recorder *rec = volume->recorders; rec; rec = rec->next)
        if (rec->waiting_bytes > 0)
            return true;
    return false;
}

void volume_sacrifice(struct volume *volume)
{
    bool slow = volume->mount && !volume->erring && waits_for_it(volume);
    int permille = slow ? waiting_permille(volume) : 0;

    if (sacrifices_look(&volume->sacrifices, permille, clock_mono_us()))
        log_warning("slow disk", "path=%s waiting_permille=%d given_up='%s'", volume->path,
                    permille, sacrifice_word(volume->sacrifices.level));
}

static void count_paused(struct volume *volume)
{
    if (volume->sacrifices.level < SACRIFICE_DETECTION)
        return;
    for (struct recorder *rec = volume->recorders; rec; rec = rec->next)
        volume->given_up_count[SACRIFICE_DETECTION] += rec->active;
}

void volume_tick(struct volume *volume)
{
    volume_sacrifice(volume);
    count_paused(volume);
    check_mount(volume);
    if (volume->anchor)
        storage_look_at_clock(volume->storage);
    for (struct recorder *rec = volume->recorders; rec; rec = rec->next)
        timeline_ask_past(rec);
    for (struct recorder *rec = volume->recorders; rec; rec = rec->next)
        gate_look(rec);
    pump_all(volume);
    ledger_flush(volume->ledger);
    retention_look(volume);
    scrub_look(volume);
}

static void on_tick(void *arg)
{
    volume_tick(arg);
}

static void on_sync_time(void *arg)
{
    volume_sync(arg);
}

void volume_reload(struct volume *volume, const struct settings *set)
{
    struct volume_settings own = { 0 };

    for (size_t i = 0; i < settings_volume_count(set) && !own.path; i++) {
        own = settings_volume(set, i);
        if (strcmp(own.id, volume->name) != 0)
            own.path = NULL;
    }
    volume->set = set;
    volume->most = own.most;
    volume->reserve = own.reserve;
    volume->before_event_us = set->storage.before_us;
    volume->after_event_us = set->storage.after_us;
    volume->segment_us = set->storage.segment_us;
    volume->keep_us = set->storage.keep_us;
    free(volume->keeps);
    volume->keeps = xcalloc(set->camera_count, sizeof *volume->keeps);
    volume->keep_count = set->camera_count;
    for (size_t i = 0; i < set->camera_count; i++) {
        struct keep *keep = &volume->keeps[i];
        memcpy(keep->camera, set->cameras[i].id, sizeof keep->camera);
        keep->keep_us =
            set->cameras[i].keep_us ? set->cameras[i].keep_us : volume->keep_us;
        if (set->cameras[i].record == RECORD_BOTH)
            keep->events_us = set->cameras[i].keep_events_us;
        keep->most = set->cameras[i].most;
    }
    if (volume->sync_us != set->storage.sync_us) {
        volume->sync_us = set->storage.sync_us;
        timer_every(volume->sync_timer, volume->sync_us);
    }
}

struct volume *volume_open(struct storage *storage, const struct storage_setup *setup,
                           size_t which, struct error *err)
{
    const struct settings *set = setup->settings;
    const struct volume_settings own = settings_volume(set, which);
    struct volume *volume = xcalloc(1, sizeof *volume);
    struct error refused = { 0 };

    volume->storage = storage;
    volume->loop = setup->loop;
    volume->records = setup->records;
    volume->holds = setup->holds;
    volume->name = xstrdup(own.id);
    volume->path = xstrdup(own.path);
    volume->state_dir = xstrdup(set->paths.state);
    volume->ledger = storage->ledger;
    volume->owed_cuts = owed_cuts_new();
    volume->tick = timer_new(volume->loop, on_tick, volume);
    volume->sync_timer = timer_new(volume->loop, on_sync_time, volume);
    volume->write = worker_start("record-write", WRITES_WAITING, err);
    volume->sync = volume->write ? worker_start("record-sync", FEW_WAITING, err) : NULL;
    volume->tidy = volume->sync ? worker_start("record-tidy", FEW_WAITING, err) : NULL;
    if (!volume->tidy)
        goto fail;
    holds_join(volume->holds, volume);
    volume_reload(volume, set);
    volume->checked_mono_us = clock_mono_us();
    struct mount *mount = mount_open(volume->path, volume->state_dir, &refused);
    if (!mount && refused.kind == ERR_OWNED) {
        if (err)
            *err = refused;
        goto fail;
    }
    storage->volumes[storage->count++] = volume;
    if (mount)
        take_mount(volume, mount);
    else
        refuse_mount(volume, &refused);
    timer_every(volume->tick, TICK_US);
    return volume;

fail:
    volume_free(volume);
    return NULL;
}

static bool is_settled(const struct volume *volume)
{
    return volume->out == 0 && !ledger_is_busy(volume->ledger);
}

void volume_settle(struct volume *volume)
{
    while (!is_settled(volume))
        if (event_base_loop(loop_base(volume->loop), EVLOOP_ONCE) < 0)
            abort(); /* the loop runs already: this was called out of a callback */
}

void volume_finish(struct volume *volume)
{
    volume->closing = true;
    for (struct recorder *rec = volume->recorders; rec; rec = rec->next)
        if (!volume->mount || *volume->failed)
            recorder_drop_waiting(rec);
    pump_all(volume);
    volume_settle(volume);
    for (struct recorder *rec = volume->recorders; rec; rec = rec->next) {
        recorder_drop_waiting(rec);
        recorder_pump(rec);
        timeline_look(rec);
    }
    volume_sync(volume);
    volume_settle(volume);
    ledger_flush(volume->ledger);
    volume_settle(volume);
}

void volume_stop_looking(struct volume *volume)
{
    timer_free(volume->tick);
    timer_free(volume->sync_timer);
    volume->tick = volume->sync_timer = NULL;
}

void volume_free(struct volume *volume)
{
    volume_stop_looking(volume);
    holds_leave(volume->holds, volume);
    worker_stop(volume->write);
    worker_stop(volume->sync);
    worker_stop(volume->tidy);
    for (struct recorder *rec = volume->recorders, *next; rec; rec = next) {
        next = rec->next;
        recorder_free(rec);
    }
    retention_free(volume->retention);
    scrub_free(volume->scrub);
    anchor_close(volume->anchor);
    owed_cuts_free(volume->owed_cuts);
    mount_unref(volume->mount);
    free(volume->keeps);
    free(volume->name);
    free(volume->path);
    free(volume->state_dir);
    free(volume);
}
