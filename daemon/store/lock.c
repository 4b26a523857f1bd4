#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/text.h"
#include "directory.h"
#include "store/store.h"

/* The owner writes its pid right after it has the lock: who is a moment too early, or
 * finds something else, reads 0. */
static long read_pid(int fd)
{
    char text[24] = "";
    ssize_t got = pread(fd, text, sizeof text - 1, 0);

    return got > 0 ? strtol(text, NULL, 10) : 0;
}

static bool write_pid(int fd)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());

    return pwrite(fd, text, (size_t)length, 0) == length && ftruncate(fd, length) == 0;
}

int store_lock_directory(const char *state_dir, struct error *err)
{
    char path[PATH_MAX];

    if (!directory_make(state_dir, err))
        return -1;
    snprintf(path, sizeof path, "%s/keng.lock", state_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        error_set(err, ERR_DISK, _("cannot open %s: %s"), path, error_of_system(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && write_pid(fd))
        return fd;
    if (errno != EWOULDBLOCK) {
        error_set(err, ERR_DISK, _("cannot lock %s: %s"), path, error_of_system(errno));
    } else {
        long pid = read_pid(fd);
        if (pid > 0)
            error_set(err, ERR_OWNED, _("another kengd, process %ld, owns %s"), pid,
                      state_dir);
        else
            error_set(err, ERR_OWNED, _("another kengd owns %s"), state_dir);
    }
    close(fd);
    return -1;
}
