#include "store/reserve.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/log.h"

/* So often its size must be free, that making it again takes nothing from others. */
enum { MADE_AT = 4 };

static const char name[] = "reserve";

static bool is_there(int state_fd)
{
    struct stat st;

    return fstatat(state_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           st.st_size >= RESERVE_BYTES;
}

static bool make(int state_fd)
{
    int fd = openat(state_fd, name, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return false;
    bool well = posix_fallocate(fd, 0, RESERVE_BYTES) == 0 && fsync(fd) == 0;
    close(fd);
    if (!well)
        unlinkat(state_fd, name, 0);
    return well;
}

bool reserve_keep(const char *state_dir, int64_t *free_bytes)
{
    int state_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct statvfs room;
    bool there = false;

    *free_bytes = -1;
    if (state_fd < 0)
        return false;
    if (fstatvfs(state_fd, &room) == 0)
        *free_bytes = (int64_t)room.f_bavail * (int64_t)room.f_frsize;
    there = is_there(state_fd) ||
            (*free_bytes >= (int64_t)RESERVE_BYTES * MADE_AT && make(state_fd));
    close(state_fd);
    return there;
}

bool reserve_give_up(const char *state_dir)
{
    int state_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (state_fd < 0)
        return false;
    bool given = unlinkat(state_fd, name, 0) == 0;
    close(state_fd);
    if (given)
        log_warning("reserve of the state disk given up", "state=%s bytes=%d", state_dir,
                    RESERVE_BYTES);
    return given;
}
