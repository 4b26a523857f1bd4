#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "beneath.h"

/* Kernels before 5.6, and sandboxes that do not know the call: one step after the other.
 */
static int open_step_by_step(int dir, const char *path)
{
    char name[256];
    int at = dup(dir);

    while (at >= 0) {
        size_t length = strcspn(path, "/");
        if (length == 0 || length >= sizeof name || (length == 1 && path[0] == '.') ||
            (length == 2 && path[0] == '.' && path[1] == '.')) {
            close(at);
            errno = ENOENT;
            return -1;
        }
        memcpy(name, path, length);
        name[length] = 0;
        bool last = !path[length];
        int next = openat(at, name,
                          O_CLOEXEC | O_NOFOLLOW |
                              (last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY));
        close(at);
        if (last)
            return next;
        at = next;
        path += length + 1;
    }
    return -1;
}

int open_beneath(const char *root, const char *path)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    if (dir < 0)
        return -1;
    int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        fd = open_step_by_step(dir, path);
    close(dir);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    return fd;
}
