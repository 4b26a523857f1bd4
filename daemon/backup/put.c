#include "put.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "places.h"

struct owner owner_of(const char *folder)
{
    struct owner owner = { .change = geteuid() == 0 };
    struct stat facts;
    const struct passwd *kengd;

    if (stat(folder, &facts) == 0) {
        owner.uid = facts.st_uid;
        owner.gid = facts.st_gid;
    } else if (owner.change && (kengd = getpwnam("kengd"))) {
        owner.uid = kengd->pw_uid;
        owner.gid = kengd->pw_gid;
    } else {
        owner.change = false;
    }
    return owner;
}

char *path_absolute(const char *path)
{
    char here[PATH_MAX];

    if (*path == '/' || !getcwd(here, sizeof here))
        return path_plain(path);
    char *whole = xformat("%s/%s", here, path), *plain = path_plain(whole);
    free(whole);
    return plain;
}

static bool cannot_make(const char *path, struct error *err)
{
    return error_set(err, ERR_DISK, _("cannot make %s: %s"), path, error_of_system(errno));
}

bool make_folders(const char *folder, const struct owner *owner, struct error *err)
{
    if (mkdir(folder, 0700) == 0) {
        if (owner->change && chown(folder, owner->uid, owner->gid) < 0)
            return cannot_make(folder, err);
        return true;
    }
    if (errno == EEXIST)
        return true;
    if (errno != ENOENT || !strcmp(folder, "/"))
        return cannot_make(folder, err);
    char *up = path_folder(folder);
    bool well = make_folders(up, owner, err);
    free(up);
    if (!well)
        return false;
    return mkdir(folder, 0700) == 0
               ? !owner->change || chown(folder, owner->uid, owner->gid) == 0 ||
                     cannot_make(folder, err)
               : errno == EEXIST || cannot_make(folder, err);
}

int create_file(const char *path, unsigned mode, const struct owner *owner, struct error *err)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0 && (!owner->change || fchown(fd, owner->uid, owner->gid) == 0) &&
        fchmod(fd, mode) == 0)
        return fd;
    cannot_make(path, err);
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool same_bytes(const char *a, const char *b)
{
    FILE *one = fopen(a, "rbe"), *two = fopen(b, "rbe");
    bool same = one && two;

    while (same) {
        int x = getc(one), y = getc(two);
        same = x == y;
        if (x == EOF)
            break;
    }
    if (one)
        fclose(one);
    if (two)
        fclose(two);
    return same;
}

static bool sync_folder_of(const char *path)
{
    char *folder = path_folder(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool well = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    free(folder);
    return well;
}

bool put_in_place(const char *aside, const char *place, const char *stamp, char **before,
                  struct error *err)
{
    bool was_there = access(place, F_OK) == 0, well = true;

    *before = NULL;
    if (was_there && same_bytes(aside, place))
        return true;
    char *kept = xformat("%s.before-%s", place, stamp);
    if (was_there && link(place, kept) < 0)
        well = error_set(err, ERR_DISK, _("cannot keep %s: %s"), place,
                         error_of_system(errno));
    else if (rename(aside, place) < 0)
        well = cannot_make(place, err);
    if (well && was_there)
        *before = kept;
    else
        free(kept);
    sync_folder_of(place);
    return well;
}

/* The old one must not stay under the name of what may be removed. */
static bool exchange(const char *stage, const char *place, const char *before)
{
    if (renameat2(AT_FDCWD, stage, AT_FDCWD, place, RENAME_EXCHANGE) < 0)
        return false;
    if (rename(stage, before) == 0)
        return true;
    int why = errno;
    if (renameat2(AT_FDCWD, stage, AT_FDCWD, place, RENAME_EXCHANGE) < 0)
        abort(); /* and nothing is removed */
    errno = why;
    return false;
}

bool swap_folders(const char *stage, const char *place, const char *before,
                  struct error *err)
{
    bool well = renameat2(AT_FDCWD, stage, AT_FDCWD, place, RENAME_NOREPLACE) == 0;

    if (!well && errno == EEXIST)
        well = exchange(stage, place, before);
    if (!well)
        return error_set(err, ERR_DISK,
                         _("%s cannot be exchanged: %s; it must be an ordinary folder, not "
                           "where a disk is mounted"),
                         place, error_of_system(errno));
    sync_folder_of(place);
    return true;
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *where)
{
    remove(path);
    return 0;
}

void remove_folder(const char *folder)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
