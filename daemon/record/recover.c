/*
 * What a kill or a power cut left: rows that are open, files without rows, rows without
 * files. First, in a moment, the open rows and each camera's newest files, so that what
 * lies before this kengd is known; then, in the background, day after day of every
 * camera.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "repair.h"
#include "volume.h"

/* Files repaired in one go: the tidying worker has other work too. Newest files of a
 * camera that are looked at first: one may have been begun when the one before was not in
 * a row. */
enum { AT_ONCE = 16, NEWEST = 2 };
/* A row may begin a little before its file, where it joins the one before. */
static const int64_t JOINED_US = SECONDS_US(2);

/* What is done next, once everything on the list is put right. */
enum next {
    CLOCK_LOG,
    OPEN_ROWS,
    NEWEST_FILES,
    NEWEST_KNOWN,
    PAST_IS_KNOWN,
    CAMERA,
    CAMERA_DAYS,
    DAY,
    DAY_COMPARE,
    DAY_DONE,
};

struct recovery {
    struct volume *volume;
    struct mount *mount; /* counted */
    struct other_mount others[VOLUMES_MOST];
    size_t other_count;
    enum next next;
    struct corrections corrections;
    struct names cameras;
    size_t camera;               /* the one that is looked through */
    int64_t day_us, last_day_us; /* 0: its days are not known yet */
    struct names files;          /* of the day */
    bool *has_row;               /* for each of them */

    struct found *todo; /* what must be looked at, and its row corrected */
    size_t count, room, done, batch;
    struct found_counts counts;
    bool well;
    struct error err;
};

static struct found *add_todo(struct recovery *r, const char *path)
{
    if (r->count == r->room) {
        r->room = r->room ? r->room * 2 : 64;
        r->todo = xrealloc(r->todo, r->room * sizeof *r->todo);
    }
    struct found *found = &r->todo[r->count++];
    *found = (struct found){ 0 };
    snprintf(found->path, sizeof found->path, "%s", path);
    return found;
}

/* ---- steps, each on its worker
 * ----------------------------------------------------------- */

static void step(struct recovery *r);

static void on_done(void *arg)
{
    struct recovery *r = arg;

    r->volume->out--;
    step(r);
}

static void run_on_desk(struct recovery *r, desk_fn *job)
{
    r->volume->out++;
    if (!desk_ask(r->volume->records, job, on_done, r)) {
        r->well = error_set(&r->err, ERR_BUSY, _("the catalogue is too busy"));
        loop_post(r->volume->loop, on_done, r);
    }
}

static void run_on_tidy(struct recovery *r, call_fn *job)
{
    r->volume->out++;
    if (!worker_post(r->volume->tidy, job, r)) {
        r->well = error_set(&r->err, ERR_BUSY, _("the volume is too busy"));
        loop_post(r->volume->loop, on_done, r);
    }
}

static void read_corrections(void *arg)
{
    struct recovery *r = arg;

    corrections_read(r->mount->root_fd, &r->corrections);
    loop_post(r->volume->loop, on_done, r);
}

/* Whether the row is of this volume. */
static bool is_here(const struct recovery *r, const struct segment_row *row)
{
    return strcmp(row->volume, r->volume->name) == 0;
}

static void list_open_rows(struct store *store, void *arg)
{
    struct recovery *r = arg;
    struct segment_list list;

    r->well = segments_open(store, &list, &r->err);
    for (size_t i = 0; r->well && i < list.count; i++) {
        if (!is_here(r, &list.rows[i]))
            continue;
        struct found *found = add_todo(r, list.rows[i].path);
        found->row_id = list.rows[i].id;
        found->synced_bytes = list.rows[i].bytes;
    }
    if (r->well)
        segment_list_free(&list);
}

static void add_newest(struct recovery *r, const char *camera)
{
    struct names days, files;
    char path[PATH_ROOM];

    if (!names_read(r->mount->root_fd, camera, name_is_any_day, &days))
        return;
    if (days.count > 0) {
        snprintf(path, sizeof path, "%s/%.10s", camera, days.list[days.count - 1]);
        names_read(r->mount->root_fd, path, name_is_file, &files);
        for (size_t i = files.count > NEWEST ? files.count - NEWEST : 0; i < files.count;
             i++) {
            char file[PATH_ROOM];
            if ((size_t)snprintf(file, sizeof file, "%s/%s", path, files.list[i]) <
                sizeof file)
                add_todo(r, file);
        }
        names_free(&files);
    }
    names_free(&days);
}

static void list_newest(void *arg)
{
    struct recovery *r = arg;

    names_read(r->mount->root_fd, "", name_is_camera, &r->cameras);
    for (size_t i = 0; i < r->cameras.count; i++)
        add_newest(r, r->cameras.list[i]);
    loop_post(r->volume->loop, on_done, r);
}

/* Takes those off the list that have a row. */
static void drop_known(struct store *store, void *arg)
{
    struct recovery *r = arg;
    size_t kept = 0;

    for (size_t i = 0; r->well && i < r->count; i++) {
        struct segment_row row;
        r->well = segment_by_path(store, r->todo[i].path, &row, &r->err);
        if (r->well && (row.id == 0 || row.lost || !is_here(r, &row)))
            r->todo[kept++] = r->todo[i];
        segment_row_clear(&row);
    }
    r->count = kept;
}

static void ask_days(struct store *store, void *arg)
{
    struct recovery *r = arg;
    int64_t first_us, last_us, bytes;

    r->well = segments_extent(store, r->cameras.list[r->camera], &first_us, &last_us,
                              &bytes, &r->err);
    if (r->well && last_us > 0) {
        r->day_us = first_us - first_us % DAY_US;
        r->last_day_us = last_us;
    }
}

/* The days of which there are folders widen what the catalogue knows. */
static void list_days(void *arg)
{
    struct recovery *r = arg;
    struct names days;
    int64_t first_us, last_us;

    if (names_read(r->mount->root_fd, r->cameras.list[r->camera], name_is_any_day,
                   &days) &&
        days.count > 0 && name_is_day(days.list[0], &first_us) &&
        name_is_day(days.list[days.count - 1], &last_us)) {
        if (r->last_day_us == 0 || first_us < r->day_us)
            r->day_us = first_us;
        if (last_us >= r->last_day_us)
            r->last_day_us = last_us + 1;
    }
    names_free(&days);
    loop_post(r->volume->loop, on_done, r);
}

static void list_files(void *arg)
{
    struct recovery *r = arg;
    char path[PATH_ROOM];

    names_free(&r->files);
    if (name_day(path, r->cameras.list[r->camera], r->day_us) &&
        !names_read(r->mount->root_fd, path, name_is_file, &r->files))
        r->well = error_set(&r->err, ERR_DISK, _("cannot read %s"), path);
    free(r->has_row);
    r->has_row = xcalloc(r->files.count, sizeof *r->has_row);
    loop_post(r->volume->loop, on_done, r);
}

static int compare_name(const void *name, const void *in_list)
{
    return strcmp(name, *(char *const *)in_list);
}

/* Whether the row's file is in the folder; the file then has a row. */
static bool match_row(struct recovery *r, const char *file)
{
    char **at = r->files.count ? bsearch(file, r->files.list, r->files.count,
                                         sizeof *r->files.list, compare_name)
                               : NULL;

    if (at)
        r->has_row[at - r->files.list] = true;
    return at != NULL;
}

/* Compares a day's rows with its files: those that have no partner are to be looked at.
 */
static void compare_day(struct store *store, void *arg)
{
    struct recovery *r = arg;
    struct segment_list list;
    char day[PATH_ROOM], path[2 * PATH_ROOM];

    if (!name_day(day, r->cameras.list[r->camera], r->day_us))
        return;
    size_t length = strlen(day);
    r->well = segments_between(store, r->cameras.list[r->camera], r->day_us - JOINED_US,
                               r->day_us + DAY_US, &list, &r->err);
    if (!r->well)
        return;
    for (size_t i = 0; i < list.count; i++) {
        const struct segment_row *row = &list.rows[i];
        if (!is_here(r, row) || strncmp(row->path, day, length) != 0 ||
            row->path[length] != '/' || match_row(r, row->path + length + 1) || row->open)
            continue;
        struct found *found = add_todo(r, row->path);
        found->row_id = row->id;
        found->synced_bytes = row->bytes;
    }
    segment_list_free(&list);
    for (size_t i = 0; i < r->files.count; i++) {
        snprintf(path, sizeof path, "%s/%s", day, r->files.list[i]);
        if (!r->has_row[i])
            add_todo(r, path)->settled = i + 1 < r->files.count;
    }
}

/* ---- what was found is put right
 * ----------------------------------------------------------- */

/* Somebody may have moved it from one volume to another. */
static void look_elsewhere(const struct recovery *r, struct found *found)
{
    found->others = r->others;
    found->other_count = r->other_count;
    for (size_t i = 0; i < r->other_count; i++)
        if (r->others[i].mount &&
            faccessat(r->others[i].mount->root_fd, found->path, F_OK, 0) == 0)
            found->has |= 1u << i;
}

static void repair_some(void *arg)
{
    struct recovery *r = arg;

    r->batch = r->count - r->done < AT_ONCE ? r->count - r->done : AT_ONCE;
    for (size_t i = r->done; i < r->done + r->batch; i++) {
        repair_file(r->mount->root_fd, &r->corrections, &r->todo[i]);
        look_elsewhere(r, &r->todo[i]);
    }
    loop_post(r->volume->loop, on_done, r);
}

static void store_some(struct store *store, void *arg)
{
    struct recovery *r = arg;

    if (!store_begin(store, &r->err)) {
        r->well = false;
        return;
    }
    for (size_t i = r->done; r->well && i < r->done + r->batch; i++)
        r->well = found_store(store, r->volume->name, &r->todo[i], &r->counts, &r->err);
    if (r->well)
        r->well = store_commit(store, &r->err);
    else
        store_rollback(store);
    r->done += r->batch;
    r->batch = 0;
}

/* ---- one thing after the other
 * -------------------------------------------------------------- */

static void past_is_known(struct recovery *r)
{
    struct storage *storage = r->volume->storage;

    r->volume->recovered = true;
    for (size_t i = 0; i < storage->count; i++)
        for (struct recorder *rec = storage->volumes[i]->recorders; rec; rec = rec->next)
            timeline_ask_past(rec);
}

static void end(struct recovery *r)
{
    struct volume *volume = r->volume;

    if (!r->well)
        log_warning("files and catalogue not compared", "why='%s'", r->err.text);
    if (r->counts.added + r->counts.closed + r->counts.lost > 0)
        log_info("recordings recovered", "closed=%zu added=%zu lost=%zu",
                 r->counts.closed, r->counts.added, r->counts.lost);
    if (!volume->recovered)
        past_is_known(r);
    volume->compared = (struct comparison){ .ended_us = clock_wall_us(),
                                            .well = r->well && !volume->closing,
                                            .added = r->counts.added,
                                            .closed = r->counts.closed,
                                            .lost = r->counts.lost };
    volume->recovery = NULL;
    mount_unref(r->mount);
    for (size_t i = 0; i < r->other_count; i++)
        mount_unref(r->others[i].mount);
    corrections_free(&r->corrections);
    names_free(&r->cameras);
    names_free(&r->files);
    free(r->has_row);
    free(r->todo);
    free(r);
}

/* Begins what comes next; false: nothing does. */
static bool advance(struct recovery *r)
{
    switch (r->next++) {
    case CLOCK_LOG:
        run_on_tidy(r, read_corrections);
        return true;
    case OPEN_ROWS:
        run_on_desk(r, list_open_rows);
        return true;
    case NEWEST_FILES:
        run_on_tidy(r, list_newest);
        return true;
    case NEWEST_KNOWN:
        run_on_desk(r, drop_known);
        return true;
    case PAST_IS_KNOWN:
        past_is_known(r);
        return advance(r);
    case CAMERA:
        r->day_us = r->last_day_us = 0;
        if (r->camera == r->cameras.count)
            return false;
        run_on_desk(r, ask_days);
        return true;
    case CAMERA_DAYS:
        run_on_tidy(r, list_days);
        return true;
    case DAY:
        if (r->day_us >= r->last_day_us) {
            r->camera++;
            r->next = CAMERA;
            return advance(r);
        }
        run_on_tidy(r, list_files);
        return true;
    case DAY_COMPARE:
        run_on_desk(r, compare_day);
        return true;
    case DAY_DONE:
    default:
        r->day_us += DAY_US;
        r->next = DAY;
        return advance(r);
    }
}

static void step(struct recovery *r)
{
    if (!r->well || (r->volume->closing && r->volume->recovered)) {
        end(r);
    } else if (r->batch > 0) {
        run_on_desk(r, store_some);
    } else if (r->done < r->count && r->next != NEWEST_KNOWN) {
        run_on_tidy(r, repair_some);
    } else {
        if (r->next != NEWEST_KNOWN)
            r->count = r->done = 0;
        if (!advance(r))
            end(r);
    }
}

struct comparison recovery_state(const struct volume *volume)
{
    const struct recovery *r = volume->recovery;

    if (!r)
        return volume->compared;
    return (struct comparison){ .runs = true,
                                .camera = r->camera + (r->camera < r->cameras.count),
                                .cameras = r->cameras.count,
                                .added = r->counts.added,
                                .closed = r->counts.closed,
                                .lost = r->counts.lost };
}

bool volume_rebuild(struct volume *volume)
{
    if (volume->recovery || !volume->mount)
        return false;
    recovery_start(volume);
    return true;
}

void recovery_start(struct volume *volume)
{
    struct recovery *r = xcalloc(1, sizeof *r);

    r->volume = volume;
    r->mount = mount_ref(volume->mount);
    r->other_count = storage_others(volume, r->others);
    r->well = true;
    volume->recovery = r;
    step(r);
}
