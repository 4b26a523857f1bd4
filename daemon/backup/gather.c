#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/bundle.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/time_text.h"
#include "places.h"

/* Keys, holds, lists: no small file of ours is larger. */
enum { SMALL_MOST = 4 << 20, SPARE_BYTES = 64 << 20 };

struct gathering {
    const struct settings *set;
    int fd;
    char *config_dir;
    struct error *err;
};

static bool copy_bytes(int from, int to, uint64_t size, struct error *err)
{
    uint8_t piece[64 << 10];

    while (size > 0) {
        ssize_t n = read(from, piece, size < sizeof piece ? (size_t)size : sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, ERR_DISK, _("a file changed while it was backed up: do it again"));
        if (write(to, piece, (size_t)n) != n)
            return error_set(err, ERR_DISK, _("the backup cannot be written: %s"),
                             error_of_system(errno));
        size -= (uint64_t)n;
    }
    return true;
}

static bool add_open(struct gathering *g, int fd, const char *name, struct error *err)
{
    struct bundle_file file = { 0 };
    struct stat facts;

    if (fstat(fd, &facts) < 0)
        return error_set(err, ERR_DISK, _("cannot read %s: %s"), name, error_of_system(errno));
    snprintf(file.name, sizeof file.name, "%s", name);
    file.mode = facts.st_mode & 0777;
    file.size = (uint64_t)facts.st_size;
    return bundle_begin(g->fd, &file, err) && copy_bytes(fd, g->fd, file.size, err);
}

static bool add_path(struct gathering *g, const char *path, const char *name)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool well;

    if (fd < 0)
        return error_set(g->err, ERR_DISK, _("cannot read %s: %s"), path,
                         error_of_system(errno));
    well = add_open(g, fd, name, g->err);
    close(fd);
    return well;
}

/* ---- first, what it is ---------------------------------------------------------------- */

static bool add_manifest(struct gathering *g, struct store *store)
{
    char made[TIME_TEXT_MAX], host[256] = "";
    struct bundle_file file = { .name = BACKUP_MANIFEST, .mode = 0600 };

    gethostname(host, sizeof host - 1);
    json_t *manifest =
        json_pack("{s:i, s:s, s:s, s:i, s:s, s:s, s:s}", "format", BACKUP_FORMAT, "made",
                  time_text(clock_wall_us(), made), "version", KENGD_VERSION, "schema",
                  store_version(store), "host", text_is_utf8(host, strlen(host)) ? host : "",
                  "config", g->set->file, "state", g->set->paths.state);
    char *written = manifest ? json_dumps(manifest, JSON_INDENT(2)) : NULL;
    if (!written) {
        json_decref(manifest);
        return error_set(g->err, ERR_CONFIG, _("the paths of this kengd are not UTF-8"));
    }
    file.size = strlen(written);
    bool well = bundle_begin(g->fd, &file, g->err);
    if (well && write(g->fd, written, strlen(written)) != (ssize_t)strlen(written))
        well = error_set(g->err, ERR_DISK, _("the backup cannot be written: %s"),
                         error_of_system(errno));
    free(written);
    json_decref(manifest);
    return well;
}

/* ---- the configuration ------------------------------------------------------------------ */

/* Where a file that the configuration names stands in the bundle. */
static char *name_of(const struct gathering *g, const char *path)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    char *plain = path_plain(path), *name;
    const char *below = path_below(plain, g->config_dir);

    if (below)
        name = xformat(BACKUP_CONFIG "%s", below);
    else if (credentials && path_below(plain, credentials))
        name = xformat(BACKUP_OUTSIDE "credentials/%s", path_below(plain, credentials));
    else
        name = xformat(BACKUP_OUTSIDE "%s", plain + 1);
    free(plain);
    return name;
}

static bool add_config(struct gathering *g)
{
    bool well = true;

    for (size_t i = 0; well && i < g->set->file_count; i++) {
        const char *path = g->set->files[i];
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || !strcmp(g->set->files[k], path);
        if (again)
            continue;
        char *name = name_of(g, path);
        well = add_path(g, path, name);
        free(name);
    }
    return well;
}

/* ---- the state -------------------------------------------------------------------------- */

/* The catalogue comes as a copy; what is of this machine and this moment stays here. */
static bool is_left_out(const char *name)
{
    static const char *const whole[] = { "volumes", "clock-word" };
    size_t length = strlen(name);

    for (size_t i = 0; i < COUNT_OF(whole); i++)
        if (!strcmp(name, whole[i]))
            return true;
    return !strncmp(name, "keng.", 5) || *name == '.' ||
           (length > 4 && !strcmp(name + length - 4, ".new"));
}

static bool add_state_file(struct gathering *g, int dir_fd, const char *entry)
{
    struct stat facts;
    int fd = openat(dir_fd, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool well = true;

    if (fd < 0 && (errno == ENOENT || errno == ELOOP))
        return true;
    if (fd < 0)
        return error_set(g->err, ERR_DISK, _("cannot read %s: %s"), entry,
                         error_of_system(errno));
    if (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size <= SMALL_MOST) {
        char *name = xformat(BACKUP_STATE "%s", entry);
        well = add_open(g, fd, name, g->err);
        free(name);
    }
    close(fd);
    return well;
}

static bool add_state(struct gathering *g)
{
    const char *state = g->set->paths.state;
    DIR *dir = opendir(state);
    struct dirent *entry;
    bool well = true;

    if (!dir)
        return error_set(g->err, ERR_DISK, _("cannot open %s: %s"), state,
                         error_of_system(errno));
    while (well && (entry = readdir(dir)))
        if (!is_left_out(entry->d_name))
            well = add_state_file(g, dirfd(dir), entry->d_name);
    closedir(dir);
    return well;
}

/* The disk has room for the copy and the bundle, twice the catalogue. */
static bool has_room(struct gathering *g, struct store *store)
{
    struct statvfs disk;
    uint64_t need = 2 * store_bytes(store) + SPARE_BYTES;

    if (statvfs(g->set->paths.state, &disk) < 0)
        return true;
    uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    return room >= need ||
           error_set(g->err, ERR_DISK, _("%s has no room for a backup: %llu MiB are needed, "
                                         "%llu MiB are free"),
                     g->set->paths.state, (unsigned long long)(need >> 20),
                     (unsigned long long)(room >> 20));
}

static bool add_catalogue(struct gathering *g, struct store *store)
{
    char *path = xformat("%s/.keng.db.copy", g->set->paths.state);

    unlink(path);
    bool well = store_copy(store, path, g->err) &&
                add_path(g, path, BACKUP_STATE BACKUP_CATALOGUE);
    unlink(path);
    free(path);
    return well;
}

bool backup_gather(struct store *store, const struct settings *set, int fd,
                   struct error *err)
{
    char *main_file = path_plain(set->file);
    struct gathering g = { .set = set, .fd = fd, .config_dir = path_folder(main_file),
                           .err = err };
    bool well = has_room(&g, store) && add_manifest(&g, store) && add_config(&g) &&
                add_state(&g) && add_catalogue(&g, store) && bundle_end(fd, err);

    free(g.config_dir);
    free(main_file);
    return well;
}
