/*
 * Retention: what is older than a camera's footage is kept goes, and, when the volume has
 * less space than its reserve, the oldest of all. The file goes first and its row after
 * it, so that a row never outlives kengd's knowledge of a file that takes space. When the
 * catalogue does not answer, space is made by the names of the files alone.
 */
#include "retention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"

static const int64_t EVERY_US = SECONDS_US(5), AGE_EVERY_US = SECONDS_US(60);
/* When a write found no space, at least so much is freed, and at most a part of the
 * volume. */
enum { FREED_AT_LEAST = 64 << 20, FREED_PART = 20 };

static void step(struct retention *r);

void retention_done(void *arg)
{
    struct retention *r = arg;

    r->volume->out--;
    step(r);
}

static void run_on_desk(struct retention *r, desk_fn *job)
{
    r->volume->out++;
    if (!desk_ask(r->volume->records, job, retention_done, r)) {
        r->well = error_set(&r->err, ERR_BUSY, _("the catalogue is too busy"));
        loop_post(r->volume->loop, retention_done, r);
    }
}

static void run_on_tidy(struct retention *r, call_fn *job)
{
    r->volume->out++;
    if (!worker_post(r->volume->tidy, job, r)) {
        r->well = error_set(&r->err, ERR_BUSY, _("the volume is too busy"));
        loop_post(r->volume->loop, retention_done, r);
    }
}

static void take_measure(struct retention *r)
{
    struct volume *volume = r->volume;
    int64_t reserve = volume->reserve.permille > 0
                          ? r->size_bytes / 1000 * volume->reserve.permille
                          : volume->reserve.bytes;

    r->most_bytes = volume->most.permille > 0
                        ? r->size_bytes / 1000 * volume->most.permille
                        : volume->most.bytes;
    r->need_bytes = 0;
    if (!r->measured)
        return;
    volume->free_bytes = r->free_bytes;
    volume->size_bytes = r->size_bytes;
    if (reserve > r->size_bytes / 2) /* a reserve that nothing fits beside is a mistake */
        reserve = r->size_bytes / 2;
    volume->reserve_bytes = reserve;
    r->need_bytes = reserve - r->free_bytes;
    if (volume->no_space) {
        int64_t part = r->size_bytes / FREED_PART;
        int64_t least = part < FREED_AT_LEAST ? part : FREED_AT_LEAST;
        if (r->need_bytes < least)
            r->need_bytes = least;
        volume->no_space = false;
    }
}

/* ---- one thing after the other
 * ------------------------------------------------------------- */

static void end(struct retention *r)
{
    if (!r->well)
        log_warning("retention interrupted", "why='%s'", r->err.text);
    mount_unref(r->mount);
    r->mount = NULL;
    free(r->keeps);
    free(r->held);
    r->keeps = NULL;
    r->held = NULL;
    r->keep_count = 0;
}

static bool any_gone(const struct retention *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->victims[i].gone)
            return true;
    return false;
}

static void choose_space(struct retention *r)
{
    r->count = 0;
    r->why = BY_SPACE;
    r->next = CHOSEN;
    if (r->by_names)
        run_on_tidy(r, reclaim_choose_by_names);
    else
        run_on_desk(r, reclaim_choose_by_space);
}

/* The next camera, and at last the volume, that has a limit. */
static void choose_size(struct retention *r)
{
    for (; r->size < r->keep_count; r->size++)
        if (r->keeps[r->size].most.bytes > 0 || r->keeps[r->size].most.permille > 0)
            break;
    if (r->size > r->keep_count || (r->size == r->keep_count && r->most_bytes == 0)) {
        r->next = AGE;
        step(r);
        return;
    }
    r->of = r->size < r->keep_count ? &r->keeps[r->size] : NULL;
    r->count = 0;
    r->why = BY_SIZE;
    r->next = CHOSEN;
    run_on_desk(r, reclaim_choose_by_size);
}

/* While the clock is not trusted nobody knows how old anything is. */
static void choose_age(struct retention *r)
{
    while (r->keep < r->keep_count && r->keeps[r->keep].keep_us <= 0)
        r->keep++; /* for ever */
    if (r->keep == r->keep_count || !clock_is_trusted()) {
        r->next = OLDEST;
        step(r);
        return;
    }
    r->now_us = clock_wall_us();
    r->count = 0;
    r->why = BY_AGE;
    r->next = CHOSEN;
    run_on_desk(r, reclaim_choose_by_age);
}

/* Sizes and ages are looked at less often, and then to the end. */
static bool is_due(struct retention *r)
{
    int64_t now_us = clock_mono_us();

    if (r->aged_mono_us && now_us - r->aged_mono_us < AGE_EVERY_US)
        return false;
    r->aged_mono_us = now_us;
    return true;
}

/* Space is short and there is no recording that could go. */
static void say_full(struct retention *r)
{
    struct volume *volume = r->volume;

    if (!*volume->full)
        log_error("volume full", "path=%s free_bytes=%lld", volume->path,
                  (long long)r->free_bytes);
    snprintf(volume->full, sizeof volume->full,
             _("%s is full, and not of recordings that could be deleted"), volume->path);
    text_cut_utf8(volume->full);
}

/* What was held since the choice was begun stays. From here on the deletion is on the
 * tidying worker's queue, and who holds something waits for it (holds.c). */
static void spare_held(struct retention *r)
{
    size_t kept = 0;

    free(r->held);
    r->held = holds_now(r->volume->holds, &r->held_count);
    for (size_t i = 0; i < r->count; i++)
        if (!*r->victims[i].camera ||
            !held_touches(r->held, r->held_count, r->victims[i].camera,
                          r->victims[i].start_us, r->victims[i].end_us))
            r->victims[kept++] = r->victims[i];
    r->count = kept;
}

static void take_chosen(struct retention *r)
{
    spare_held(r);
    if (r->why == BY_SPACE && r->by_names && !r->named) { /* the catalogue has just failed */
        r->named = true;
        choose_space(r);
    } else if (r->count > 0) {
        r->next = DELETED;
        run_on_tidy(r, reclaim_delete_files);
    } else if (r->why == BY_SPACE) {
        say_full(r);
        r->next = is_due(r) ? SIZES : OLDEST;
        step(r);
    } else if (r->why == BY_SIZE) {
        r->size++;
        choose_size(r);
    } else {
        r->keep++;
        choose_age(r);
    }
}

static void take_deleted(struct retention *r)
{
    static const char *const words[] = {
        [BY_SPACE] = "space", [BY_SIZE] = "size", [BY_AGE] = "age"
    };
    bool gone = any_gone(r);

    if (gone)
        log_info("recordings deleted", "why=%s files=%zu from=%s",
                 words[r->why], r->count, r->victims[0].path);
    if (r->why == BY_SPACE && gone) {
        r->next = MEASURE;
    } else if (r->why == BY_SPACE) {
        say_full(r);
        r->next = is_due(r) ? SIZES : OLDEST;
    } else if (r->why == BY_SIZE) {
        r->size += !gone;
        r->next = SIZES;
    } else {
        r->keep += !gone || r->count < AT_ONCE;
        r->next = AGE;
    }
    step(r);
}

static void step(struct retention *r)
{
    if (!r->well || r->volume->closing) {
        end(r);
        return;
    }
    switch (r->next) {
    case MEASURE:
        r->next = SPACE;
        run_on_tidy(r, reclaim_measure);
        return;
    case SPACE:
        take_measure(r);
        if (r->need_bytes > 0) {
            choose_space(r);
            return;
        }
        *r->volume->full = 0;
        r->next = is_due(r) ? SIZES : OLDEST;
        step(r);
        return;
    case SIZES:
        choose_size(r);
        return;
    case AGE:
        choose_age(r);
        return;
    case CHOSEN:
        take_chosen(r);
        return;
    case DELETED:
        r->next = ROWS_DELETED;
        if (r->why == BY_SPACE && r->by_names)
            step(r);
        else
            run_on_desk(r, reclaim_delete_rows);
        return;
    case ROWS_DELETED:
        take_deleted(r);
        return;
    case OLDEST:
        r->next = END;
        run_on_desk(r, reclaim_find_oldest);
        return;
    case END:
        r->volume->oldest_us = r->oldest_us;
        end(r);
        return;
    }
}

/* A part of the reserve is written since the last look: it must never be used up between two. */
static bool has_eaten(const struct volume *volume)
{
    return volume->reserve_bytes > 0 && volume->unlooked_bytes > volume->reserve_bytes / 4;
}

void retention_look(struct volume *volume)
{
    struct retention *r = volume->retention;
    int64_t now_us = clock_mono_us();

    if (!r) {
        r = volume->retention = xcalloc(1, sizeof *r);
        r->volume = volume;
        r->looked_mono_us = now_us - EVERY_US;
    }
    if (r->mount || !volume->mount || volume->closing ||
        (now_us - r->looked_mono_us < EVERY_US && !volume->no_space && !has_eaten(volume)))
        return;
    volume->unlooked_bytes = 0;
    r->mount = mount_ref(volume->mount);
    r->looked_mono_us = now_us;
    r->well = true;
    r->by_names = r->named = false;
    r->keep = r->size = 0;
    r->before_event_us = volume->before_event_us;
    r->after_event_us = volume->after_event_us;
    r->default_keep_us = volume->keep_us;
    r->keep_count = volume->keep_count;
    r->keeps = xcalloc(r->keep_count, sizeof *r->keeps);
    if (r->keep_count > 0)
        memcpy(r->keeps, volume->keeps, r->keep_count * sizeof *r->keeps);
    r->held = holds_now(volume->holds, &r->held_count);
    r->next = MEASURE;
    step(r);
}

void retention_free(struct retention *retention)
{
    free(retention);
}
