#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/bundle.h"
#include "backup/vault.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/time_text.h"
#include "places.h"
#include "put.h"

enum { MANIFEST_MOST = 64 << 10 };

/* A file of the configuration, as it is put and where it belongs. */
struct put_file {
    char *aside, *place;
};

struct restore {
    const struct restore_wish *wish;
    struct restored *done;
    struct bytes manifest;
    bool knows;     /* the manifest was read */
    bool is_manifest;
    int fd;         /* of the file that is written; -1: none is */
    char *stage, *config_stage; /* beside their places; NULL: not begun */
    char *config_dir, *stamp;
    struct put_file *files;
    size_t file_count;
    bool has_catalogue;
    struct owner owner;
};

/* ---- what it is --------------------------------------------------------------------------- */

static char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return xstrdup(text ? text : "");
}

/* The old place of the state, moved along with the configuration's folder. */
static char *state_place(const struct restore_wish *wish, const char *old_config,
                         const char *old_state)
{
    if (wish->state)
        return path_absolute(wish->state);
    char *old_dir = path_folder(old_config);
    const char *below = wish->config ? path_below(old_state, old_dir) : NULL;
    char *place;
    if (below) {
        char *config = path_absolute(wish->config), *dir = path_folder(config);
        place = xformat("%s/%s", dir, below);
        free(dir);
        free(config);
    } else {
        place = xstrdup(old_state);
    }
    free(old_dir);
    return place;
}

static bool read_manifest(struct restore *r, struct error *err)
{
    struct restored *done = r->done;
    json_t *m = json_loadb((char *)r->manifest.at, r->manifest.size, JSON_REJECT_DUPLICATES, NULL);
    char *config = text_of(m, "config"), *state = text_of(m, "state");
    bool well = m && *config == '/' && *state == '/';

    if (!well) {
        error_set(err, ERR_MEDIA, _("what is in the backup cannot be understood"));
    } else if (json_integer_value(json_object_get(m, "format")) > BACKUP_FORMAT) {
        well = error_set(err, ERR_CONFIG,
                         _("this backup is of a newer kengd: use that kengd's kengctl"));
    } else {
        done->made = text_of(m, "made");
        done->version = text_of(m, "version");
        done->host = text_of(m, "host");
        done->schema = (int)json_integer_value(json_object_get(m, "schema"));
        done->config = r->wish->config ? path_absolute(r->wish->config) : xstrdup(config);
        done->state = state_place(r->wish, config, state);
        r->config_dir = path_folder(done->config);
        r->knows = true;
    }
    free(config);
    free(state);
    json_decref(m);
    return well;
}

/* ---- to a side ------------------------------------------------------------------------------ */

/* Where a file is written: into folders beside the state and the configuration. NULL: it is
 * of no use here. */
static char *aside_of(struct restore *r, const char *name, char **place)
{
    const char *state = path_below(name, "state"), *config = path_below(name, "config");
    const char *outside = path_below(name, "outside");

    *place = NULL;
    if (r->wish->only_look) /* the catalogue is looked at, in a folder of its own */
        return !strcmp(name, BACKUP_STATE BACKUP_CATALOGUE)
                   ? xformat("%s/" BACKUP_CATALOGUE, r->stage)
                   : NULL;
    if (state)
        return xformat("%s/%s", r->stage, state);
    if (config)
        *place = xformat("%s/%s", r->config_dir, config);
    else if (outside)
        *place = xformat("%s/restored-%s/%s", r->config_dir, r->stamp, outside);
    if (outside && !r->done->elsewhere)
        r->done->elsewhere = xformat("%s/restored-%s", r->config_dir, r->stamp);
    return *place ? xformat("%s/%zu", r->config_stage, r->file_count) : NULL;
}

/* No kengd uses the place. */
static bool is_free(const struct restore *r, struct error *err)
{
    if (access(r->done->state, F_OK) < 0)
        return true;
    int lock = store_lock_directory(r->done->state, err);
    if (lock < 0)
        return false;
    close(lock);
    return true;
}

static bool begin_stage(struct restore *r, struct error *err)
{
    if (r->stage)
        return true;
    if (r->wish->only_look) {
        const char *tmp = getenv("TMPDIR");
        r->stage = xformat("%s/kengctl-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
        return mkdtemp(r->stage) ||
               error_set(err, ERR_DISK, _("cannot make %s: %s"), r->stage,
                         error_of_system(errno));
    }
    if (!is_free(r, err))
        return false;
    r->owner = owner_of(r->done->state);
    char *folder = path_folder(r->done->state);
    bool well = make_folders(folder, &r->owner, err);
    free(folder);
    if (!well)
        return false;
    r->stage = xformat("%s.restore-%s", r->done->state, r->stamp);
    r->config_stage = xformat("%s/.restore-%s", r->config_dir, r->stamp);
    return make_folders(r->stage, &r->owner, err) &&
           make_folders(r->config_stage, &r->owner, err);
}

static bool begin_file(void *arg, const struct bundle_file *file, struct error *err)
{
    struct restore *r = arg;
    char *place;

    r->is_manifest = !r->knows;
    if (r->is_manifest)
        return !strcmp(file->name, BACKUP_MANIFEST) && file->size <= MANIFEST_MOST
                   ? true
                   : error_set(err, ERR_MEDIA, _("what is in the backup cannot be understood"));
    if (!strcmp(file->name, BACKUP_STATE BACKUP_CATALOGUE)) {
        r->has_catalogue = true;
        r->done->catalogue_bytes = file->size;
    } else if (path_below(file->name, "state")) {
        r->done->state_files++;
    } else {
        r->done->config_files++;
    }
    if (!begin_stage(r, err))
        return false;
    char *aside = aside_of(r, file->name, &place);
    if (!aside)
        return true;
    r->fd = create_file(aside, file->mode, &r->owner, err);
    if (place) {
        r->files = xrealloc(r->files, (r->file_count + 1) * sizeof *r->files);
        r->files[r->file_count++] = (struct put_file){ aside, place };
    } else {
        free(aside);
    }
    return r->fd >= 0;
}

static bool take_bytes(void *arg, const uint8_t *bytes, size_t size, struct error *err)
{
    struct restore *r = arg;

    if (r->is_manifest)
        bytes_add(&r->manifest, bytes, size);
    else if (r->fd >= 0 && write(r->fd, bytes, size) != (ssize_t)size)
        return error_set(err, ERR_DISK, _("the files cannot be written: %s"),
                         error_of_system(errno ? errno : ENOSPC));
    return true;
}

static bool end_file(void *arg, struct error *err)
{
    struct restore *r = arg;
    bool well = true;

    if (r->is_manifest)
        return read_manifest(r, err);
    if (r->fd >= 0 && fsync(r->fd) < 0)
        well = error_set(err, ERR_DISK, _("the files cannot be written: %s"),
                         error_of_system(errno));
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    return well;
}

/* All of the vault, so that a damaged or cut one changes nothing. */
static bool unpack(struct restore *r, struct error *err)
{
    const struct bundle_taker taker = { begin_file, take_bytes, end_file, r };
    struct vault_reader *vault = vault_open(r->wish->fd, r->wish->passphrase, err);
    struct unbundle *un = unbundle_new(&taker);
    uint8_t piece[32 << 10];
    ssize_t n = -1;

    while (vault && (n = vault_read(vault, piece, sizeof piece, err)) > 0)
        if (!unbundle_feed(un, piece, (size_t)n, err)) {
            n = -1;
            break;
        }
    bool well = vault && n == 0 && unbundle_end(un, err);
    unbundle_free(un);
    vault_reader_free(vault);
    return well;
}

static bool is_usable(struct restore *r, struct error *err)
{
    char *path = xformat("%s/" BACKUP_CATALOGUE, r->stage ? r->stage : "");
    bool well = r->has_catalogue ? store_check_file(path, &r->done->schema, err)
                                 : error_set(err, ERR_MEDIA,
                                             _("there is no catalogue in the backup"));

    free(path);
    return well;
}

/* ---- in its place --------------------------------------------------------------------------- */

static bool put_config(struct restore *r, struct error *err)
{
    struct restored *done = r->done;

    for (size_t i = 0; i < r->file_count; i++) {
        char *before = NULL, *folder = path_folder(r->files[i].place);
        bool well = make_folders(folder, &r->owner, err);
        free(folder);
        if (!well || !put_in_place(r->files[i].aside, r->files[i].place, r->stamp, &before, err))
            return false;
        if (before) {
            done->replaced = xrealloc(done->replaced,
                                      (done->replaced_count + 1) * sizeof *done->replaced);
            done->replaced[done->replaced_count++] = before;
        }
    }
    return true;
}

/* What the old state had and no backup has goes over to the new one. */
static void carry_over(const char *before, const char *state)
{
    static const char *const names[] = { "pictures", "exports", "volumes" };

    for (size_t i = 0; before && i < COUNT_OF(names); i++) {
        char *from = xformat("%s/%s", before, names[i]), *to = xformat("%s/%s", state, names[i]);
        if (access(to, F_OK) < 0)
            rename(from, to); /* it is not there, or it stays where it is */
        free(from);
        free(to);
    }
}

static bool put_state(struct restore *r, struct error *err)
{
    char *before = xformat("%s.before-%s", r->done->state, r->stamp);
    bool was_there = access(r->done->state, F_OK) == 0;
    int old_lock = was_there ? store_lock_directory(r->done->state, err) : -1;
    int new_lock = -1;
    bool well = !was_there || old_lock >= 0;

    if (well) {
        new_lock = store_lock_directory(r->stage, err);
        well = new_lock >= 0 && swap_folders(r->stage, r->done->state, before, err);
    }
    if (well && was_there) {
        carry_over(before, r->done->state);
        r->done->before = xstrdup(before);
    }
    if (old_lock >= 0)
        close(old_lock);
    if (new_lock >= 0)
        close(new_lock);
    free(before);
    return well;
}

static void look_at_config(struct restored *done)
{
    struct faults faults = { 0 };
    const struct settings *set = settings_load(done->config, &faults);

    if (!set)
        done->faults = faults_text(&faults);
    faults_free(&faults);
    settings_unref(set);
}

static void clean_up(struct restore *r)
{
    for (size_t i = 0; i < r->file_count; i++) {
        free(r->files[i].aside);
        free(r->files[i].place);
    }
    free(r->files);
    if (r->stage)
        remove_folder(r->stage);
    if (r->config_stage)
        remove_folder(r->config_stage);
    if (r->fd >= 0)
        close(r->fd);
    free(r->stage);
    free(r->config_stage);
    free(r->config_dir);
    free(r->stamp);
    bytes_free(&r->manifest);
}

static char *stamp_now(void)
{
    char text[TIME_TEXT_MAX];

    time_text(clock_wall_us(), text);
    for (char *at = text; *at; at++)
        if (*at == ':')
            *at = '-';
    return xstrdup(text);
}

bool restore_run(const struct restore_wish *wish, struct restored *out, struct error *err)
{
    struct restore r = { .wish = wish, .done = out, .fd = -1, .stamp = stamp_now() };

    *out = (struct restored){ 0 };
    bool well = unpack(&r, err) && is_usable(&r, err);
    if (well && !wish->only_look) {
        well = put_state(&r, err) && put_config(&r, err);
        if (well)
            look_at_config(out);
    }
    clean_up(&r);
    return well;
}

void restored_clear(struct restored *done)
{
    char *owned[] = { done->made, done->version, done->host, done->config, done->state,
                      done->before, done->elsewhere, done->faults };

    for (size_t i = 0; i < COUNT_OF(owned); i++)
        free(owned[i]);
    for (size_t i = 0; i < done->replaced_count; i++)
        free(done->replaced[i]);
    free(done->replaced);
    *done = (struct restored){ 0 };
}
