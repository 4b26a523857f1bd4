#include "retention.h"

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

/* Longest segment with what a row may begin before its file. */
static const int64_t SEGMENT_MOST_US = SECONDS_US(660), SEAM_MOST_US = SECONDS_US(2);

/* ---- measuring --------------------------------------------------------------------- */

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
void reclaim_measure(void *arg)
{
    struct retention *r = arg;
    struct statvfs now;

    r->measured = fstatvfs(r->mount->root_fd, &now) == 0;
    if (r->measured) {
        r->free_bytes = (int64_t)now.f_bavail * (int64_t)now.f_frsize;
        r->size_bytes = (int64_t)now.f_blocks * (int64_t)now.f_frsize;
    }
    add_other_cameras(r);
    loop_post(r->volume->loop, retention_done, r);
}

/* ---- choosing
 * ---------------------------------------------------------------------------- */

/* Up to what must be freed; of a camera's limit this volume's share of it. */
static void take_rows(struct retention *r, const struct segment_list *list)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < list->count && r->count < AT_ONCE; i++) {
        if (r->why != BY_AGE && bytes >= r->need_bytes)
            break;
        bytes += list->rows[i].bytes;
        if (strcmp(list->rows[i].volume, r->volume->name) != 0)
            continue;
        struct victim *victim = &r->victims[r->count++];
        *victim =
            (struct victim){ .row_id = list->rows[i].id, .bytes = list->rows[i].bytes,
                             .start_us = list->rows[i].start_us,
                             .end_us = list->rows[i].end_us };
        snprintf(victim->path, sizeof victim->path, "%s", list->rows[i].path);
        snprintf(victim->camera, sizeof victim->camera, "%s", list->rows[i].camera);
    }
}

static const struct keep *keep_of(const struct retention *r, const char *camera)
{
    for (size_t i = 0; i < r->keep_count; i++)
        if (strcmp(r->keeps[i].camera, camera) == 0)
            return &r->keeps[i];
    return NULL;
}

struct looking {
    const struct retention *r;
    struct store *store;
};

/* Held, or around an event of a camera that keeps those longer, while there is other. */
static bool stays(void *arg, const struct segment_row *row)
{
    const struct looking *look = arg;
    const struct retention *r = look->r;
    bool touched = false;

    if (held_touches(r->held, r->held_count, row->camera, row->start_us, row->end_us))
        return true;
    if (r->why == BY_AGE || r->events_too)
        return false;
    const struct keep *keep = keep_of(r, row->camera);
    return keep && keep->events_us > 0 &&
           segment_touches_event(look->store, row, r->before_event_us, r->after_event_us,
                                 &touched, NULL) &&
           touched;
}

static bool choose(struct store *store, struct retention *r, struct segment_wish wish)
{
    struct looking look = { r, store };
    struct segment_list list;

    wish.volume = r->why == BY_SIZE && r->of ? NULL : r->volume->name;
    wish.limit = AT_ONCE;
    wish.skip = stays;
    wish.arg = &look;
    if (!segments_oldest(store, &wish, &list, &r->err))
        return false;
    take_rows(r, &list);
    segment_list_free(&list);
    return true;
}

/* The desk's worker. */
void reclaim_choose_by_space(struct store *store, void *arg)
{
    struct retention *r = arg;
    const struct segment_wish wish = { 0 };

    r->events_too = false;
    r->by_names = !choose(store, r, wish);
    if (r->by_names || r->count > 0)
        return;
    r->events_too = true;
    r->by_names = !choose(store, r, wish);
}

/* What is over a camera's limit, or the volume's. */
void reclaim_choose_by_size(struct store *store, void *arg)
{
    struct retention *r = arg;
    int64_t bytes, first_us, last_us, most;

    if (r->of) {
        most = r->of->most.permille > 0 ? r->size_bytes / 1000 * r->of->most.permille
                                        : r->of->most.bytes;
        r->well = segments_extent(store, r->of->camera, &first_us, &last_us, &bytes, &r->err);
    } else {
        most = r->most_bytes;
        r->well = segments_bytes(store, r->volume->name, &bytes, &r->err);
    }
    r->need_bytes = bytes - most;
    if (!r->well || most == 0 || r->need_bytes <= 0)
        return;
    const struct segment_wish wish = { .camera = r->of ? r->of->camera : NULL };
    r->events_too = false;
    r->well = choose(store, r, wish);
    if (!r->well || r->count > 0)
        return;
    r->events_too = true;
    r->well = choose(store, r, wish);
}

void reclaim_choose_by_age(struct store *store, void *arg)
{
    struct retention *r = arg;
    const struct keep *keep = &r->keeps[r->keep];
    struct segment_wish wish = {
        .camera = keep->camera,
        .before_us = r->now_us - keep->keep_us,
        .spare_events = keep->events_us > keep->keep_us,
        .event_pre_us = r->before_event_us,
        .event_post_us = r->after_event_us,
        .trusted = true,
    };

    r->well = choose(store, r, wish);
    if (!r->well || r->count > 0 || !wish.spare_events)
        return;
    wish.before_us = r->now_us - keep->events_us;
    wish.spare_events = false;
    r->well = choose(store, r, wish);
}

/* By its name alone a file may be as long as one can be, and be found a little late. */
static bool is_held_by_name(const struct retention *r, const char *camera, const char *path)
{
    int64_t start_us;

    return r->held_count > 0 &&
           (!name_time(path, &start_us) ||
            held_touches(r->held, r->held_count, camera, start_us - SEAM_MOST_US,
                         start_us + SEGMENT_MOST_US));
}

/* The oldest file of a camera by its name that is not held; false: it has none. */
static bool oldest_of_camera(const struct retention *r, const char *camera,
                             char path[PATH_ROOM])
{
    int root_fd = r->mount->root_fd;
    struct names days, files;
    bool found = false;

    names_read(root_fd, camera, name_is_any_day, &days);
    for (size_t i = 0; i < days.count && !found; i++) {
        char day[PATH_ROOM];
        snprintf(day, sizeof day, "%.47s/%.10s", camera, days.list[i]);
        names_read(root_fd, day, name_is_file, &files);
        for (size_t n = 0; n < files.count && !found; n++) {
            snprintf(path, PATH_ROOM, "%.58s/%.18s", day, files.list[n]);
            found = !is_held_by_name(r, camera, path);
        }
        names_free(&files);
    }
    names_free(&days);
    return found;
}

/* The tidying worker: one file a go, the oldest of all cameras. */
void reclaim_choose_by_names(void *arg)
{
    struct retention *r = arg;
    struct names cameras;
    struct victim *victim = &r->victims[0];

    names_read(r->mount->root_fd, "", name_is_camera, &cameras);
    for (size_t i = 0; i < cameras.count; i++) {
        char path[PATH_ROOM];
        if (!oldest_of_camera(r, cameras.list[i], path))
            continue;
        if (r->count == 0 || strcmp(strchr(path, '/'), strchr(victim->path, '/')) < 0) {
            *victim = (struct victim){ .start_us = -1 };
            name_time(path, &victim->start_us);
            victim->end_us = victim->start_us + SEGMENT_MOST_US;
            strcpy(victim->path, path);
            snprintf(victim->camera, sizeof victim->camera, "%s", cameras.list[i]);
            r->count = 1;
        }
    }
    names_free(&cameras);
    loop_post(r->volume->loop, retention_done, r);
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
void reclaim_delete_files(void *arg)
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
    loop_post(r->volume->loop, retention_done, r);
}

/* Gaps before a camera's oldest recording are nobody's time any more. */
static bool forget_gaps(struct store *store, struct retention *r, const char *camera)
{
    int64_t first_us, last_us, bytes;

    return segments_extent(store, camera, &first_us, &last_us, &bytes, &r->err) &&
           (first_us == 0 || gaps_forget(store, camera, first_us, &r->err));
}

/* The desk's worker. */
void reclaim_delete_rows(struct store *store, void *arg)
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

void reclaim_find_oldest(struct store *store, void *arg)
{
    struct retention *r = arg;
    struct segment_list list;

    r->oldest_us = 0;
    r->well =
        segments_oldest(store,
                        &(struct segment_wish){ .volume = r->volume->name, .limit = 1 },
                        &list, &r->err);
    if (!r->well)
        return;
    if (list.count > 0)
        r->oldest_us = list.rows[0].start_us;
    segment_list_free(&list);
}
