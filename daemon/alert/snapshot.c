#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text.h"
#include "core/time_text.h"
#include "snapshot.h"

#define FOLDER "pictures"
#define DAY_US SECONDS_US(86400)

enum { DAY_TEXT = 11 }; /* "2026-11-21" and a 0 */

static void day_text(int64_t at_us, char to[DAY_TEXT])
{
    char text[TIME_TEXT_MAX];

    time_text(at_us, text);
    memcpy(to, text, DAY_TEXT - 1);
    to[DAY_TEXT - 1] = 0;
}

/* Begins of days only, as day_text() writes them. */
static bool read_day(const char *name, int64_t *day_us)
{
    char whole[TIME_TEXT_MAX], again[DAY_TEXT];

    if (strlen(name) != DAY_TEXT - 1)
        return false;
    snprintf(whole, sizeof whole, "%sT00:00:00Z", name);
    if (!time_read(whole, day_us))
        return false;
    day_text(*day_us, again);
    return strcmp(name, again) == 0;
}

/* The folder `name` in the one that is open as `above_fd`, made when it is not there. */
static int open_folder(int above_fd, const char *name, bool synced)
{
    if (above_fd < 0)
        return -1;
    if (mkdirat(above_fd, name, 0700) == 0 && synced && fsync(above_fd) < 0)
        return -1;
    return openat(above_fd, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool write_all(int fd, const uint8_t *at, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, at, size);
        if (wrote < 0 && errno != EINTR)
            return false;
        if (wrote > 0) {
            at += wrote;
            size -= (size_t)wrote;
        }
    }
    return true;
}

static bool write_file(int day_fd, const char *event, const struct picture *picture,
                       bool synced)
{
    char begun[SNAPSHOT_NAME_MAX], name[SNAPSHOT_NAME_MAX];

    snprintf(begun, sizeof begun, "%s.new", event);
    snprintf(name, sizeof name, "%s.jpg", event);
    int fd = openat(day_fd, begun, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
                    0600);
    if (fd < 0)
        return false;
    bool well =
        write_all(fd, picture->bytes, picture->size) && (!synced || fsync(fd) == 0);
    int why = errno;
    close(fd);
    if (well && renameat(day_fd, begun, day_fd, name) == 0 &&
        (!synced || fsync(day_fd) == 0))
        return true;
    why = well ? errno : why;
    unlinkat(day_fd, begun, 0);
    errno = why;
    return false;
}

bool snapshot_write(const char *state_dir, int64_t at_us, const char *event,
                    const struct picture *picture, bool synced,
                    char name[SNAPSHOT_NAME_MAX], struct error *err)
{
    char day[DAY_TEXT];

    day_text(at_us, day);
    snprintf(name, SNAPSHOT_NAME_MAX, "%s/%s.jpg", day, event);
    int state_fd = open(state_dir, O_DIRECTORY | O_CLOEXEC);
    int folder_fd = open_folder(state_fd, FOLDER, synced);
    int day_fd = open_folder(folder_fd, day, synced);
    bool well = day_fd >= 0 && write_file(day_fd, event, picture, synced);
    if (!well)
        error_set(err, ERR_DISK, _("cannot write the picture %s/%s/%s: %s"), state_dir, FOLDER,
                  name, error_of_system(errno));
    int open_fds[] = { state_fd, folder_fd, day_fd };
    for (int i = 0; i < 3; i++)
        if (open_fds[i] >= 0)
            close(open_fds[i]);
    return well;
}

static DIR *open_pictures(const char *state_dir)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/" FOLDER, state_dir);
    return opendir(path);
}

bool snapshot_oldest_day(const char *state_dir, int64_t before_us, int64_t *day_us)
{
    DIR *folder = open_pictures(state_dir);
    struct dirent *entry;
    int64_t at_us;
    bool found = false;

    while (folder && (entry = readdir(folder)))
        if (read_day(entry->d_name, &at_us) && at_us + DAY_US <= before_us &&
            (!found || at_us < *day_us)) {
            *day_us = at_us;
            found = true;
        }
    if (folder)
        closedir(folder);
    return found;
}

static bool empty_folder(int above_fd, const char *name)
{
    int fd = openat(above_fd, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *day = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    bool well = day != NULL;

    while (well && (entry = readdir(day)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            well = unlinkat(fd, entry->d_name, 0) == 0 || errno == ENOENT;
    int why = errno;
    if (day)
        closedir(day);
    else if (fd >= 0)
        close(fd);
    errno = why;
    return well;
}

bool snapshot_remove_day(const char *state_dir, int64_t day_us, struct error *err)
{
    DIR *folder = open_pictures(state_dir);
    char day[DAY_TEXT];

    day_text(day_us, day);
    bool well = folder && empty_folder(dirfd(folder), day) &&
                unlinkat(dirfd(folder), day, AT_REMOVEDIR) == 0;
    if (!well)
        error_set(err, ERR_DISK, _("cannot remove the pictures %s/%s/%s: %s"), state_dir, FOLDER,
                  day, error_of_system(errno));
    if (folder)
        closedir(folder);
    return well;
}
