/*
 * All volumes together: which camera is written where, and what is theirs in common.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor.h"
#include "core/log.h"
#include "core/memory.h"
#include "repair.h"
#include "volume.h"

static const int64_t LOOK_US = SECONDS_US(1);
/* A volume that is back before needs no moving; what comes meanwhile fits into memory. */
static const int64_t MOVED_AFTER_US = SECONDS_US(20);

/* ---- which volume --------------------------------------------------------------- */

static struct volume *find_volume(struct storage *storage, const char *id)
{
    for (size_t i = 0; i < storage->count; i++)
        if (strcmp(storage->volumes[i]->name, strcmp(id, FIRST_VOLUME) ? id : "") == 0)
            return storage->volumes[i];
    return NULL;
}

static bool is_well(const struct volume *volume)
{
    return volume->mount && volume->bad_mono_us == 0;
}

static size_t count_active(const struct volume *volume)
{
    size_t count = 0;

    for (const struct recorder *rec = volume->recorders; rec; rec = rec->next)
        count += rec->active;
    return count;
}

/* What one more camera would have of it, if all are alike. */
static int64_t room_of_one(const struct volume *volume)
{
    int64_t reserve = volume->reserve.permille > 0
                          ? volume->size_bytes / 1000 * volume->reserve.permille
                          : volume->reserve.bytes;
    int64_t most = volume->most.permille > 0
                       ? volume->size_bytes / 1000 * volume->most.permille
                       : volume->most.bytes;
    int64_t room = volume->size_bytes - reserve;

    if (most > 0 && most < room)
        room = most;
    return room / (int64_t)(count_active(volume) + 1);
}

/* The one with the most room among those that are well, and hold a folder of the camera if
 * any does. NULL: none is well. */
static struct volume *choose_volume(struct storage *storage, const char *camera)
{
    struct volume *best = NULL;
    bool best_has = false;

    for (size_t i = 0; i < storage->count; i++) {
        struct volume *volume = storage->volumes[i];
        if (!is_well(volume))
            continue;
        bool has = mount_has_folder(volume->mount, camera);
        if (!best || has > best_has ||
            (has == best_has && room_of_one(volume) > room_of_one(best))) {
            best = volume;
            best_has = has;
        }
    }
    return best;
}

static struct volume *volume_of(struct storage *storage, const struct camera_settings *camera,
                                const struct recorder *rec)
{
    struct volume *volume = camera->volume ? find_volume(storage, camera->volume) : NULL;

    if (volume)
        return volume;
    if (camera->volume)
        log_warning("camera names an unknown volume", "camera=%s volume=%s", camera->id,
                    camera->volume);
    if (rec && is_well(rec->volume))
        return rec->volume;
    volume = choose_volume(storage, camera->id);
    return volume ? volume : rec ? rec->volume : storage->volumes[0];
}

/* ---- recorders ------------------------------------------------------------------ */

static struct recorder *find_recorder(struct storage *storage, const char *camera)
{
    for (size_t i = 0; i < storage->count; i++)
        for (struct recorder *rec = storage->volumes[i]->recorders; rec; rec = rec->next)
            if (strcmp(rec->camera, camera) == 0)
                return rec;
    return NULL;
}

struct recorder *recorder_start(struct storage *storage,
                                const struct camera_settings *camera,
                                struct stream *stream)
{
    struct recorder *rec = find_recorder(storage, camera->id);
    struct volume *volume = volume_of(storage, camera, rec);

    if (!rec)
        rec = recorder_new(volume, camera->id);
    else
        recorder_move(rec, volume);
    rec->pinned = camera->volume && find_volume(storage, camera->volume);
    recorder_begin(rec, camera, stream);
    return rec;
}

/* Cameras of a volume that cannot be written go on to one that can. */
static void leave(struct storage *storage, struct volume *volume)
{
    for (struct recorder *rec = volume->recorders, *next; rec; rec = next) {
        next = rec->next;
        if (rec->pinned || !rec->active || rec->move_to)
            continue;
        struct volume *to = choose_volume(storage, rec->camera);
        if (to)
            recorder_move(rec, to);
    }
}

void storage_look(struct storage *storage)
{
    for (size_t i = 0; i < storage->count; i++) {
        struct volume *volume = storage->volumes[i];
        if (volume->bad_mono_us &&
            clock_mono_us() - volume->bad_mono_us >= MOVED_AFTER_US)
            leave(storage, volume);
    }
}

static void on_look(void *arg)
{
    storage_look(arg);
}

/* ---- what is theirs in common --------------------------------------------------- */

bool storage_is_recovered(const struct storage *storage)
{
    for (size_t i = 0; i < storage->count; i++)
        if (storage->volumes[i]->mount && !storage->volumes[i]->recovered)
            return false;
    return storage->count > 0;
}

bool storage_is_lead(const struct volume *volume)
{
    const struct storage *storage = volume->storage;

    for (size_t i = 0; i < storage->count; i++)
        if (storage->volumes[i]->anchor)
            return storage->volumes[i] == volume;
    return true;
}

void storage_look_at_clock(struct storage *storage)
{
    for (size_t i = 0; i < storage->count; i++)
        if (storage->volumes[i]->anchor)
            anchor_look(storage->volumes[i]->anchor);
}

size_t storage_others(const struct volume *volume, struct other_mount *to)
{
    const struct storage *storage = volume->storage;
    size_t count = 0;

    for (size_t i = 0; i < storage->count; i++) {
        struct volume *other = storage->volumes[i];
        if (other != volume)
            to[count++] = (struct other_mount){
                other->mount ? mount_ref(other->mount) : NULL, other->name
            };
    }
    return count;
}

/* ---- what is asked of all ------------------------------------------------------- */

static void add_state(struct volume_state *all, const struct volume_state *one)
{
    all->free_bytes += one->free_bytes;
    all->size_bytes += one->size_bytes;
    all->reserve_bytes += one->reserve_bytes;
    all->written_bytes += one->written_bytes;
    all->dropped += one->dropped;
    all->cameras += one->cameras;
    if (one->given_up > all->given_up)
        all->given_up = one->given_up;
    for (int i = 0; i < SACRIFICES; i++)
        all->given_up_count[i] += one->given_up_count[i];
    if (one->damaged > all->damaged) /* the catalogue counts them on all volumes */
        all->damaged = one->damaged;
    if (one->oldest_us && (!all->oldest_us || one->oldest_us < all->oldest_us))
        all->oldest_us = one->oldest_us;
    if (one->scrubbed_us < all->scrubbed_us)
        all->scrubbed_us = one->scrubbed_us;
    if (all->ok && !one->ok)
        memcpy(all->why, one->why, sizeof all->why);
    all->ok &= one->ok;
}

static void add_comparison(struct comparison *all, const struct comparison *one)
{
    all->runs |= one->runs;
    all->camera += one->camera;
    all->cameras += one->cameras;
    all->well &= one->well;
    if (one->ended_us > all->ended_us)
        all->ended_us = one->ended_us;
    all->added += one->added;
    all->closed += one->closed;
    all->lost += one->lost;
}

static void add_checking(struct checking *all, const struct checking *one)
{
    all->runs |= one->runs;
    all->well &= one->well;
    all->done += one->done;
    all->total += one->total;
    all->damaged += one->damaged;
    if (one->ended_us > all->ended_us)
        all->ended_us = one->ended_us;
}

void storage_state(struct storage *storage, struct volume_state *out)
{
    struct volume_state one;

    volume_state(storage->volumes[0], out);
    for (size_t i = 1; i < storage->count; i++) {
        volume_state(storage->volumes[i], &one);
        add_state(out, &one);
        add_comparison(&out->compared, &one.compared);
        add_checking(&out->checking, &one.checking);
    }
}

void storage_volume_state(struct storage *storage, size_t which, struct volume_state *out)
{
    volume_state(storage->volumes[which], out);
}

void storage_scrub(struct storage *storage)
{
    for (size_t i = 0; i < storage->count; i++)
        volume_scrub(storage->volumes[i]);
}

bool storage_check(struct storage *storage, const char *camera)
{
    bool any = false;

    for (size_t i = 0; i < storage->count; i++)
        any |= volume_check(storage->volumes[i], camera);
    return any;
}

bool storage_rebuild(struct storage *storage)
{
    bool any = false;

    for (size_t i = 0; i < storage->count; i++)
        any |= volume_rebuild(storage->volumes[i]);
    return any;
}

/* ---- life ----------------------------------------------------------------------- */

static void on_flushed(void *arg)
{
    (void)arg; /* nobody waits for it but volume_settle(), which looks */
}

struct storage *storage_open(const struct storage_setup *setup, struct error *err)
{
    struct storage *storage = xcalloc(1, sizeof *storage);

    storage->loop = setup->loop;
    storage->ledger = ledger_new(setup->records, on_flushed, storage);
    storage->look = timer_new(setup->loop, on_look, storage);
    for (size_t i = 0; i < settings_volume_count(setup->settings); i++)
        if (!volume_open(storage, setup, i, err)) {
            storage_close(storage);
            return NULL;
        }
    timer_every(storage->look, LOOK_US);
    return storage;
}

void storage_changed_by(struct storage *storage, const char *who)
{
    free(storage->by);
    storage->by = who ? xstrdup(who) : NULL;
}

void storage_reload(struct storage *storage, const struct settings *set)
{
    for (size_t i = 0; i < storage->count; i++)
        volume_reload(storage->volumes[i], set);
}

void storage_close(struct storage *storage)
{
    if (!storage)
        return;
    for (size_t i = 0; i < storage->count; i++)
        volume_finish(storage->volumes[i]);
    /* While one finished another may have begun something. */
    for (size_t i = 0; i < storage->count; i++)
        volume_stop_looking(storage->volumes[i]);
    for (size_t i = 0; i < storage->count; i++)
        volume_settle(storage->volumes[i]);
    for (size_t i = 0; i < storage->count; i++)
        volume_free(storage->volumes[i]);
    ledger_free(storage->ledger);
    timer_free(storage->look);
    free(storage->by);
    free(storage);
}
