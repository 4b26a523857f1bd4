#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "evidence/exports.h"
#include "evidence/seal.h"
#include "make.h"

/* So many wait or are made at once, and so many packages are kept. */
enum { WAITING_MOST = 8, KEPT_MOST = 100 };

static const int64_t TIDY_US = SECONDS_US(3600);

struct job {
    LIST_ENTRY(job) next;
    struct exports *exports; /* NULL: they were closed */
    struct making making;
    void **held; /* by camera */
    size_t held_count, ready;
    export_done_fn *done;
    void *arg;
    bool stored;
    struct error err;
};

LIST_HEAD(job_list, job);

struct exports {
    struct exports_setup setup;
    const struct settings *set; /* counted */
    struct desk *desk;          /* makes packages; reads the catalogue */
    struct seal *seal;          /* NULL: `why` */
    struct error why;
    struct timer *tidy;
    struct job_list jobs;
    struct sweep *sweep; /* on its way; NULL: none */
    char *dir;
};

/* ---- life of one ---------------------------------------------------------------------- */

static void job_free(struct job *job)
{
    export_row_clear(&job->making.row);
    settings_unref(job->making.set);
    free(job->making.dir);
    free(job->held);
    free(job);
}

static void release(struct job *job)
{
    const struct exports_setup *setup = &job->exports->setup;

    for (size_t i = 0; i < job->held_count; i++)
        setup->release(setup->arg, job->held[i]);
    job->held_count = 0;
}

static void job_end(struct job *job)
{
    if (job->exports) {
        release(job);
        LIST_REMOVE(job, next);
    }
    job_free(job);
}

static void store_result(struct store *store, void *arg)
{
    struct job *job = arg;
    struct error err;

    if (!export_update(store, &job->making.row, &err))
        log_error("export not noted", "export=%s why='%s'", job->making.row.id, err.text);
}

static void on_stored_result(void *arg)
{
    job_end(arg);
}

static void on_made(void *arg)
{
    struct job *job = arg;

    if (!job->exports || !desk_ask(job->exports->setup.duties, store_result, on_stored_result,
                                   job))
        job_end(job); /* the next start gives it up */
}

static void make(struct store *store, void *arg)
{
    struct job *job = arg;

    make_export(store, &job->making);
}

static void begin(struct job *job)
{
    if (desk_ask(job->exports->desk, make, on_made, job))
        return;
    job->making.row.state = EXPORT_FAILED;
    job->making.row.why = xstrdup(_("the catalogue is too slow"));
    job->making.row.done_us = clock_wall_us();
    on_made(job);
}

static void on_held(void *arg)
{
    struct job *job = arg;

    if (++job->ready == job->held_count)
        begin(job);
}

/* Every camera's footage, then the making: nothing it will read is taken away. */
static void hold_footage(struct job *job)
{
    const struct exports_setup *setup = &job->exports->setup;
    const struct export_row *row = &job->making.row;
    char *names = xstrdup(row->cameras), *rest = names, *name;

    if (!setup->hold) {
        free(names);
        begin(job);
        return;
    }
    while ((name = strsep(&rest, "\n"))) {
        job->held = xrealloc(job->held, (job->held_count + 1) * sizeof *job->held);
        job->held[job->held_count++] =
            setup->hold(setup->arg, name, row->from_us, row->to_us, on_held, job);
    }
    free(names);
}

static void insert(struct store *store, void *arg)
{
    struct job *job = arg;

    job->stored = export_insert(store, &job->making.row, &job->err);
}

static void on_inserted(void *arg)
{
    struct job *job = arg;

    if (!job->exports) {
        struct error ends = { 0 };
        error_set(&ends, ERR_BUSY, _("kengd ends"));
        job->done(job->arg, NULL, &ends);
        job_end(job);
    } else if (!job->stored) {
        job->done(job->arg, NULL, &job->err);
        job_end(job);
    } else {
        job->done(job->arg, &job->making.row, NULL);
        hold_footage(job);
    }
}

void exports_start(struct exports *exports, const struct export_row *wish,
                   export_done_fn *done, void *arg)
{
    struct error err = { 0 };
    struct job *job;
    size_t waiting = 0;

    LIST_FOREACH(job, &exports->jobs, next)
    waiting++;
    if (!exports->seal) {
        done(arg, NULL, &exports->why);
        return;
    }
    if (waiting >= WAITING_MOST) {
        error_set(&err, ERR_BUSY,
                  _("%d exports are being made already; try again when one is done"),
                  WAITING_MOST);
        done(arg, NULL, &err);
        return;
    }
    job = xcalloc(1, sizeof *job);
    *job = (struct job){ .exports = exports, .done = done, .arg = arg };
    job->making.row = export_row_copy(wish);
    job->making.row.asked_us = clock_wall_us();
    job->making.row.state = EXPORT_WAITING;
    row_id_new(job->making.row.asked_us, job->making.row.id);
    job->making.set = settings_ref(exports->set);
    job->making.seal = exports->seal;
    job->making.dir = xstrdup(exports->dir);
    LIST_INSERT_HEAD(&exports->jobs, job, next);
    if (desk_ask(exports->setup.duties, insert, on_inserted, job))
        return;
    error_set(&err, ERR_BUSY, _("the catalogue is too slow just now; please try again"));
    done(arg, NULL, &err);
    job_end(job);
}

int exports_permille(const struct exports *exports, const char *id)
{
    struct job *job;

    LIST_FOREACH(job, &exports->jobs, next)
    {
        if (strcmp(job->making.row.id, id) != 0)
            continue;
        struct progress *progress = &job->making.progress;
        long long total = atomic_load(&progress->total), made = atomic_load(&progress->done);
        if (total <= 0)
            return 0;
        return made >= total ? 999 : (int)(made * 1000 / total);
    }
    return -1;
}

/* ---- what was kept long enough -------------------------------------------------------- */

struct sweep {
    struct exports *exports; /* NULL: closed */
    char *dir;
    int64_t before_us;
};

static void remove_package(struct store *store, const char *dir, struct export_row *row)
{
    char *path = xformat("%s/%s.zip", dir, row->id);
    struct error err;

    if (unlink(path) != 0 && errno != ENOENT) {
        log_warning("package not removed", "file=%s why='%s'", path,
                    error_of_system(errno));
    } else {
        row->state = EXPORT_REMOVED;
        row->bytes = 0;
        if (export_update(store, row, &err))
            log_info("package removed", "export=%s", row->id);
    }
    free(path);
}

static void sweep_packages(struct store *store, void *arg)
{
    struct sweep *sweep = arg;
    struct export_list list;
    struct error err;

    if (!exports_outlived(store, sweep->before_us, KEPT_MOST, &list, &err)) {
        log_warning("old packages not looked for", "why='%s'", err.text);
        return;
    }
    for (size_t i = 0; i < list.count; i++)
        remove_package(store, sweep->dir, &list.rows[i]);
    export_list_free(&list);
}

static void on_swept(void *arg)
{
    struct sweep *sweep = arg;

    if (sweep->exports)
        sweep->exports->sweep = NULL;
    free(sweep->dir);
    free(sweep);
}

static void on_tidy(void *arg)
{
    struct exports *exports = arg;
    struct sweep *sweep;

    if (exports->sweep)
        return;
    sweep = exports->sweep = xmalloc(sizeof *sweep);
    /* Never by age while the clock may be wrong. */
    *sweep = (struct sweep){ exports, xstrdup(exports->dir),
                             clock_is_synchronised()
                                 ? clock_wall_us() - exports->set->storage.export_keep_us
                                 : INT64_MIN };
    if (!desk_ask(exports->setup.duties, sweep_packages, on_swept, sweep))
        on_swept(sweep);
}

/* ---- life of all ---------------------------------------------------------------------- */

static void remove_remains(const char *dir)
{
    DIR *open_dir = opendir(dir);
    const struct dirent *entry;

    while (open_dir && (entry = readdir(open_dir))) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".part") == 0)
            unlinkat(dirfd(open_dir), entry->d_name, 0);
    }
    if (open_dir)
        closedir(open_dir);
}

static void give_up(struct store *store, void *arg)
{
    struct error err;

    if (!exports_give_up(store, arg, clock_wall_us(), &err))
        log_warning("exports not given up", "why='%s'", err.text);
}

struct exports *exports_open(const struct exports_setup *setup, struct error *err)
{
    struct exports *exports = xcalloc(1, sizeof *exports);
    const char *state = setup->settings->paths.state;

    exports->setup = *setup;
    exports->set = settings_ref(setup->settings);
    LIST_INIT(&exports->jobs);
    exports->dir = xformat("%s/exports", state);
    if (mkdir(exports->dir, 0700) != 0 && errno != EEXIST) {
        error_set(err, ERR_DISK, _("cannot make %s: %s"), exports->dir,
                  error_of_system(errno));
        goto fail;
    }
    remove_remains(exports->dir);
    exports->seal = seal_open(state, &exports->why);
    if (!exports->seal)
        log_error("no exports can be made", "why='%s'", exports->why.text);
    exports->desk = desk_open(state, STORE_READS, "exports", setup->loop, NULL, err);
    if (!exports->desk)
        goto fail;
    char *why = xstrdup(_("kengd ended before it was made: ask for it again"));
    if (!desk_ask(setup->duties, give_up, free, why))
        free(why);
    exports->tidy = timer_new(setup->loop, on_tidy, exports);
    timer_every(exports->tidy, TIDY_US);
    on_tidy(exports);
    return exports;

fail:
    exports_close(exports);
    return NULL;
}

void exports_reload(struct exports *exports, const struct settings *set)
{
    settings_unref(exports->set);
    exports->set = settings_ref(set);
    on_tidy(exports);
}

void exports_close(struct exports *exports)
{
    struct job *job;

    if (!exports)
        return;
    LIST_FOREACH(job, &exports->jobs, next)
    atomic_store(&job->making.progress.stop, true);
    if (exports->desk)
        desk_close(exports->desk);
    while ((job = LIST_FIRST(&exports->jobs))) {
        bool waits = job->held_count > 0 && job->ready < job->held_count;
        LIST_REMOVE(job, next);
        release(job);
        job->exports = NULL;
        if (waits)
            job_free(job); /* nothing of it is on its way back */
    }
    if (exports->sweep)
        exports->sweep->exports = NULL;
    timer_free(exports->tidy);
    seal_close(exports->seal);
    settings_unref(exports->set);
    free(exports->dir);
    free(exports);
}

const char *exports_fingerprint(const struct exports *exports)
{
    return exports->seal ? seal_fingerprint(exports->seal) : "";
}

const char *exports_public_key(const struct exports *exports)
{
    return exports->seal ? seal_public_key(exports->seal) : "";
}
