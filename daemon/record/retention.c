/*
 * Retention: what is older than a camera's footage is kept goes, and, when the volume has
 * less space than its reserve, the oldest of all. The file goes first and its row after
 * it, so that a row never outlives kengd's knowledge of a file that takes space. When the
 * catalogue does not answer, space is made by the names of the files alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "volume.h"

static const int64_t EVERY_US = SECONDS_US(5), AGE_EVERY_US = SECONDS_US(60);
/* When a write found no space, at least so much is freed, and at most a part of the
 * volume. */
enum { FREED_AT_LEAST = 64 << 20, FREED_PART = 20 };
enum { AT_ONCE = 500 }; /* files of one go: 10,000 old ones are gone in some seconds */

enum next { MEASURE, SPACE, AGE, CHOSEN, DELETED, ROWS_DELETED, OLDEST, END };

/* A file that goes. */
struct victim {
    char path[PATH_ROOM];
    char camera[ID_MAX];
    int64_t row_id; /* 0: the catalogue does not know it, or was not asked */
    int64_t bytes;
    bool gone;
};

struct retention {
    struct volume *volume;
    struct mount *mount; /* counted while it looks; else NULL */
    int64_t looked_mono_us, aged_mono_us;
    enum next next;
    bool by_space;      /* what is chosen now; else by age */
    int64_t need_bytes; /* to be freed */
    bool measured;
    bool by_names, named;    /* the catalogue did not answer: by the names of files */
    struct keep *keeps;      /* a copy; behind those configured, cameras that are not */
    size_t keep_count, keep; /* the one that is looked at */
    int64_t default_keep_us, now_us, oldest_us, free_bytes, size_bytes;

    struct victim victims[AT_ONCE];
    size_t count;
    bool well;
    struct error err;
};

static void step(struct retention *r);

static void on_done(void *arg)
{
    struct retention *r = arg;

    r->volume->out--;
    step(r);
}

static void run_on_desk(struct retention *r, desk_fn *job)
{
    r->volume->out++;
    if (!desk_ask(r->volume->records, job, on_done, r)) {
        r->well = error_set(&r->err, ERR_BUSY, _("the catalogue is too busy"));
        loop_post(r->volume->loop, on_done, r);
    }
}

static void run_on_tidy(struct retention *r, call_fn *job)
{
    r->volume->out++;
    if (!worker_post(r->volume->tidy, job, r)) {
        r->well = error_set(&r->err, ERR_BUSY, _("the volume is too busy"));
        loop_post(r->volume->loop, on_done, r);
    }
}

/* ---- measuring
 * ------------------------------------------------------------------------- */

static bool has_keep(const struct retention *r, const char *camera)
{
    for (size_t i = 0; i < r->keep_count; i++)
        if (strcmp(r->keeps[i].camera, camera) == 0)
            return true;
    return false;
}

/* Cameras that are not configured any more keep their footage as long as the others. */
static void add_other_cameras(struct retention *r)
{
    struct names names;

    names_read(r->mount->root_fd, "", name_is_camera, &names);
    for (size_t i = 0; i < names.count; i++) {
        if (has_keep(r, names.list[i]))
            continue;
        r->keeps = xrealloc(r->keeps, (r->keep_count + 1) * sizeof *r->keeps);
        struct keep *keep = &r->keeps[r->keep_count++];
        snprintf(keep->camera, sizeof keep->camera, "%s", names.list[i]);
        keep->keep_us = r->default_keep_us;
    }
    names_free(&names);
}

/* The tidying worker. */
static void measure(void *arg)
{
    struct retention *r = arg;
    struct statvfs now;

    r->measured = fstatvfs(r->mount->root_fd, &now) == 0;
    if (r->measured) {
        r->free_bytes = (int64_t)now.f_bavail * (int64_t)now.f_frsize;
        r->size_bytes = (int64_t)now.f_blocks * (int64_t)now.f_frsize;
    }
    add_other_cameras(r);
    loop_post(r->volume->loop, on_done, r);
}

static void take_measure(struct retention *r)
{
    struct volume *volume = r->volume;
    int64_t reserve = volume->reserve.permille > 0
                          ? r->size_bytes / 1000 * volume->reserve.permille
                          : volume->reserve.bytes;

    r->need_bytes = 0;
    if (!r->measured)
        return;
    volume->free_bytes = r->free_bytes;
    volume->size_bytes = r->size_bytes;
    if (reserve > r->size_bytes / 2) /* a reserve that nothing fits beside is a mistake */
        reserve = r->size_bytes / 2;
    r->need_bytes = reserve - r->free_bytes;
    if (volume->no_space) {
        int64_t part = r->size_bytes / FREED_PART;
        int64_t least = part < FREED_AT_LEAST ? part : FREED_AT_LEAST;
        if (r->need_bytes < least)
            r->need_bytes = least;
        volume->no_space = false;
    }
}

/* ---- choosing
 * ---------------------------------------------------------------------------- */

static void take_rows(struct retention *r, const struct segment_list *list, bool by_space)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < list->count && r->count < AT_ONCE; i++) {
        if (by_space && bytes >= r->need_bytes)
            break;
        struct victim *victim = &r->victims[r->count++];
        *victim =
            (struct victim){ .row_id = list->rows[i].id, .bytes = list->rows[i].bytes };
        snprintf(victim->path, sizeof victim->path, "%s", list->rows[i].path);
        snprintf(victim->camera, sizeof victim->camera, "%s", list->rows[i].camera);
        bytes += victim->bytes;
    }
}

/* The desk's worker. */
static void choose_by_space(struct store *store, void *arg)
{
    struct retention *r = arg;
    struct segment_list list;

    r->by_names = !segments_oldest(store, NULL, INT64_MAX, AT_ONCE, &list, &r->err);
    if (r->by_names)
        return;
    take_rows(r, &list, true);
    segment_list_free(&list);
}

static void choose_by_age(struct store *store, void *arg)
{
    struct retention *r = arg;
    const struct keep *keep = &r->keeps[r->keep];
    struct segment_list list;

    r->well = segments_oldest(store, keep->camera, r->now_us - keep->keep_us, AT_ONCE,
                              &list, &r->err);
    if (!r->well)
        return;
    take_rows(r, &list, false);
    segment_list_free(&list);
}

/* The oldest file of a camera by its name; false: it has none. */
static bool oldest_of_camera(int root_fd, const char *camera, char path[PATH_ROOM])
{
    struct names days, files;
    bool found = false;

    names_read(root_fd, camera, name_is_any_day, &days);
    for (size_t i = 0; i < days.count && !found; i++) {
        char day[PATH_ROOM];
        snprintf(day, sizeof day, "%.47s/%.10s", camera, days.list[i]);
        names_read(root_fd, day, name_is_file, &files);
        if (files.count > 0) {
            snprintf(path, PATH_ROOM, "%.58s/%.18s", day, files.list[0]);
            found = true;
        }
        names_free(&files);
    }
    names_free(&days);
    return found;
}

/* The tidying worker: one file a go, the oldest of all cameras. */
static void choose_by_names(void *arg)
{
    struct retention *r = arg;
    struct names cameras;
    struct victim *victim = &r->victims[0];

    names_read(r->mount->root_fd, "", name_is_camera, &cameras);
    for (size_t i = 0; i < cameras.count; i++) {
        char path[PATH_ROOM];
        if (!oldest_of_camera(r->mount->root_fd, cameras.list[i], path))
            continue;
        if (r->count == 0 || strcmp(strchr(path, '/'), strchr(victim->path, '/')) < 0) {
            *victim = (struct victim){ 0 };
            strcpy(victim->path, path);
            r->count = 1;
        }
    }
    names_free(&cameras);
    loop_post(r->volume->loop, on_done, r);
}

/* ---- deleting
 * ---------------------------------------------------------------------------- */

/* A file that is being written is not deleted, whatever its row says. */
static bool delete_file(int root_fd, const char *path)
{
    int fd = openat(root_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return errno == ENOENT;
    bool gone = flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(root_fd, path, 0) == 0;
    close(fd);
    return gone;
}

/* The tidying worker. */
static void delete_files(void *arg)
{
    struct retention *r = arg;
    char folder[PATH_ROOM], before[PATH_ROOM] = "";

    for (size_t i = 0; i < r->count; i++) {
        struct victim *victim = &r->victims[i];
        victim->gone = delete_file(r->mount->root_fd, victim->path);
        if (!victim->gone)
            log_warning("segment not deleted", "file=%s errno=%d", victim->path, errno);
        strcpy(folder, victim->path);
        *strrchr(folder, '/') = 0;
        /* Empty folders go; that this one is not empty is the rule. */
        if (strcmp(folder, before) != 0 && *before)
            unlinkat(r->mount->root_fd, before, AT_REMOVEDIR);
        strcpy(before, folder);
    }
    if (*before)
        unlinkat(r->mount->root_fd, before, AT_REMOVEDIR);
    loop_post(r->volume->loop, on_done, r);
}

/* Gaps before a camera's oldest recording are nobody's time any more. */
static bool forget_gaps(struct store *store, struct retention *r, const char *camera)
{
    int64_t first_us, last_us, bytes;

    return segments_extent(store, camera, &first_us, &last_us, &bytes, &r->err) &&
           (first_us == 0 || gaps_forget(store, camera, first_us, &r->err));
}

/* The desk's worker. */
static void delete_rows(struct store *store, void *arg)
{
    struct retention *r = arg;
    const char *before = "";

    if (!store_begin(store, &r->err)) {
        r->well = false;
        return;
    }
    for (size_t i = 0; r->well && i < r->count; i++) {
        const struct victim *victim = &r->victims[i];
        if (victim->gone && victim->row_id)
            r->well = segment_delete(store, victim->row_id, &r->err);
        if (r->well && victim->gone && *victim->camera &&
            strcmp(victim->camera, before) != 0)
            r->well = forget_gaps(store, r, victim->camera);
        before = victim->camera;
    }
    if (r->well)
        r->well = store_commit(store, &r->err);
    else
        store_rollback(store);
}

static void find_oldest(struct store *store, void *arg)
{
    struct retention *r = arg;
    struct segment_list list;

    r->oldest_us = 0;
    r->well = segments_oldest(store, NULL, INT64_MAX, 1, &list, &r->err);
    if (!r->well)
        return;
    if (list.count > 0)
        r->oldest_us = list.rows[0].start_us;
    segment_list_free(&list);
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
    r->keeps = NULL;
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
    r->by_space = true;
    r->next = CHOSEN;
    if (r->by_names)
        run_on_tidy(r, choose_by_names);
    else
        run_on_desk(r, choose_by_space);
}

/* While the clock is not trusted nobody knows how old anything is. */
static void choose_age(struct retention *r)
{
    if (r->keep == r->keep_count || !clock_is_synchronised()) {
        r->next = OLDEST;
        step(r);
        return;
    }
    r->now_us = clock_wall_us();
    r->count = 0;
    r->by_space = false;
    r->next = CHOSEN;
    run_on_desk(r, choose_by_age);
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

static void take_chosen(struct retention *r)
{
    if (r->by_space && r->by_names && !r->named) { /* the catalogue has just failed */
        r->named = true;
        choose_space(r);
    } else if (r->count > 0) {
        r->next = DELETED;
        run_on_tidy(r, delete_files);
    } else if (r->by_space) {
        say_full(r);
        r->next = AGE;
        step(r);
    } else {
        r->keep++;
        choose_age(r);
    }
}

static void take_deleted(struct retention *r)
{
    bool gone = any_gone(r);

    if (gone)
        log_info("recordings deleted", "why=%s files=%zu from=%s",
                 r->by_space ? "space" : "age", r->count, r->victims[0].path);
    if (r->by_space && gone) {
        r->next = MEASURE;
    } else if (r->by_space) {
        say_full(r);
        r->next = AGE;
    } else {
        r->keep += !gone || r->count < AT_ONCE;
        r->next = AGE;
    }
    step(r);
}

static void begin_age(struct retention *r)
{
    int64_t now_us = clock_mono_us();

    if (r->keep == 0 && r->aged_mono_us && now_us - r->aged_mono_us < AGE_EVERY_US) {
        r->next = OLDEST;
        step(r);
        return;
    }
    r->aged_mono_us = now_us;
    choose_age(r);
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
        run_on_tidy(r, measure);
        return;
    case SPACE:
        take_measure(r);
        if (r->need_bytes > 0) {
            choose_space(r);
            return;
        }
        *r->volume->full = 0;
        begin_age(r);
        return;
    case AGE:
        begin_age(r);
        return;
    case CHOSEN:
        take_chosen(r);
        return;
    case DELETED:
        r->next = ROWS_DELETED;
        if (r->by_space && r->by_names)
            step(r);
        else
            run_on_desk(r, delete_rows);
        return;
    case ROWS_DELETED:
        take_deleted(r);
        return;
    case OLDEST:
        r->next = END;
        run_on_desk(r, find_oldest);
        return;
    case END:
        r->volume->oldest_us = r->oldest_us;
        end(r);
        return;
    }
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
        (now_us - r->looked_mono_us < EVERY_US && !volume->no_space))
        return;
    r->mount = mount_ref(volume->mount);
    r->looked_mono_us = now_us;
    r->well = true;
    r->by_names = r->named = false;
    r->keep = 0;
    r->default_keep_us = volume->keep_us;
    r->keep_count = volume->keep_count;
    r->keeps = xcalloc(r->keep_count, sizeof *r->keeps);
    if (r->keep_count > 0)
        memcpy(r->keeps, volume->keeps, r->keep_count * sizeof *r->keeps);
    r->next = MEASURE;
    step(r);
}

void retention_free(struct retention *retention)
{
    free(retention);
}
