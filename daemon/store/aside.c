#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/time_text.h"

#define BAD  CATALOGUE ".bad-"
#define MARK CATALOGUE ".damaged"

enum { KEEP_BAD = 3 };

static int is_bad(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return strncmp(entry->d_name, BAD, strlen(BAD)) == 0 &&
           (length < 4 || strcmp(entry->d_name + length - 4, "-wal") != 0);
}

/* Sorted by name is sorted by time. */
static void forget_oldest(int dir_fd)
{
    struct dirent **bad;
    int count = scandirat(dir_fd, ".", &bad, is_bad, alphasort);
    char log[NAME_MAX + 8];

    for (int i = 0; i < count; i++) {
        if (i < count - KEEP_BAD) {
            snprintf(log, sizeof log, "%s-wal", bad[i]->d_name);
            unlinkat(dir_fd, log, 0);
            unlinkat(dir_fd, bad[i]->d_name, 0);
        }
        free(bad[i]);
    }
    if (count >= 0)
        free(bad);
}

bool aside_move(const char *dir, char to[64], struct error *err)
{
    char when[TIME_TEXT_MAX], log[80];
    int dir_fd = open(dir, O_DIRECTORY | O_CLOEXEC);

    if (dir_fd < 0)
        return error_set(err, ERR_DISK, _("cannot open %s: %s"), dir,
                         error_of_system(errno));
    time_text(clock_wall_us(), when);
    for (char *p = when; *p; p++)
        if (*p == ':')
            *p = '-';
    snprintf(to, 64, BAD "%s", when);
    for (int n = 2; faccessat(dir_fd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && n < 100; n++)
        snprintf(to, 64, BAD "%s.%d", when, n);
    /* The log belongs to the file: without it, it would be older than it was; and beside
     * the new file it would be taken for its own. */
    snprintf(log, sizeof log, "%s-wal", to);
    bool moved =
        (renameat(dir_fd, CATALOGUE "-wal", dir_fd, log) == 0 || errno == ENOENT) &&
        (unlinkat(dir_fd, CATALOGUE "-shm", 0) == 0 || errno == ENOENT) &&
        renameat(dir_fd, CATALOGUE, dir_fd, to) == 0 && fsync(dir_fd) == 0;
    if (!moved)
        error_set(err, ERR_DISK, _("cannot move %s/%s aside: %s"), dir, CATALOGUE,
                  error_of_system(errno));
    forget_oldest(dir_fd);
    close(dir_fd);
    return moved;
}

static void mark_path(const char *dir, char to[PATH_MAX])
{
    snprintf(to, PATH_MAX, "%s/" MARK, dir);
}

bool aside_is_marked(const char *dir)
{
    char path[PATH_MAX];

    mark_path(dir, path);
    return access(path, F_OK) == 0;
}

void aside_mark(const char *dir)
{
    char path[PATH_MAX];

    mark_path(dir, path);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fsync(fd) < 0)
        log_warning("catalogue not marked as damaged", "file=%s why='%s'", path,
                    error_of_system(errno));
    if (fd >= 0)
        close(fd);
}

void aside_clear_mark(const char *dir)
{
    char path[PATH_MAX];

    mark_path(dir, path);
    unlink(path);
}
