#include "small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/text.h"

enum { FILE_MOST = 1 << 20 };

char *small_file_read(int dir_fd, const char *name, struct error *err)
{
    struct bytes b = { 0 };
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 && errno == ENOENT)
        return xstrdup("");
    while (fd >= 0 && b.size < FILE_MOST) {
        ssize_t n = read(fd, bytes_reserve(&b, 4096), 4096);
        if (n == 0) {
            close(fd);
            return bytes_take(&b);
        }
        if (n < 0 && errno != EINTR)
            break;
        b.size += n > 0 ? (size_t)n : 0;
    }
    error_set(err, ERR_DISK, _("cannot read %s: %s"), name,
              b.size >= FILE_MOST ? _("it is too large") : error_of_system(errno));
    if (fd >= 0)
        close(fd);
    bytes_free(&b);
    return NULL;
}

bool small_file_write(int dir_fd, const char *name, const char *content,
                      struct error *err)
{
    char *next = xformat("%s.new", name);
    size_t size = strlen(content);
    int fd =
        openat(dir_fd, next, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0640);
    bool well = fd >= 0 && write(fd, content, size) == (ssize_t)size && fsync(fd) == 0 &&
                renameat(dir_fd, next, dir_fd, name) == 0 && fsync(dir_fd) == 0;

    if (!well)
        error_set(err, ERR_DISK, _("cannot write %s: %s"), name, error_of_system(errno));
    if (fd >= 0)
        close(fd);
    free(next);
    return well;
}

/* Whether the file's last line has no end. */
static bool is_torn(int fd)
{
    struct stat st;
    char last = '\n';

    return fstat(fd, &st) == 0 && st.st_size > 0 &&
           pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
}

bool small_file_append(int dir_fd, const char *name, const char *line, struct error *err)
{
    int fd = openat(dir_fd, name, O_CREAT | O_APPEND | O_RDWR | O_CLOEXEC | O_NOFOLLOW,
                    0640);
    char *whole = xformat("%s%s\n", fd >= 0 && is_torn(fd) ? "\n" : "", line);
    size_t size = strlen(whole);
    bool well = fd >= 0 && write(fd, whole, size) == (ssize_t)size && fsync(fd) == 0 &&
                fsync(dir_fd) == 0;

    if (!well)
        error_set(err, ERR_DISK, _("cannot write %s: %s"), name, error_of_system(errno));
    if (fd >= 0)
        close(fd);
    free(whole);
    return well;
}
