#include "owed_cuts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"

/* Two files a camera, and some more. */
enum { OWED_MOST = 512 };

struct owed_cut {
    char path[PATH_ROOM];
    int64_t bytes; /* 0: none of it */
};

struct owed_cuts {
    struct owed_cut list[OWED_MOST];
    size_t count;
};

struct owed_cuts *owed_cuts_new(void)
{
    return xcalloc(1, sizeof(struct owed_cuts));
}

void owed_cuts_free(struct owed_cuts *owed)
{
    free(owed);
}

bool owed_cuts_any(const struct owed_cuts *owed)
{
    return owed->count > 0;
}

void owed_cuts_add(struct owed_cuts *owed, const char *path, int64_t bytes)
{
    if (owed->count == OWED_MOST) {
        log_warning("file not cut", "file=%s bytes=%lld", path, (long long)bytes);
        return;
    }
    struct owed_cut *cut = &owed->list[owed->count++];
    strcpy(cut->path, path);
    cut->bytes = bytes;
}

struct owed_cuts *owed_cuts_take(struct owed_cuts *owed)
{
    struct owed_cuts *taken = owed_cuts_new();

    *taken = *owed;
    owed->count = 0;
    return taken;
}

void owed_cuts_return(struct owed_cuts *owed, struct owed_cuts *taken)
{
    for (size_t i = 0; i < taken->count; i++)
        owed_cuts_add(owed, taken->list[i].path, taken->list[i].bytes);
    owed_cuts_free(taken);
}

bool cut_file(int root_fd, const char *path, int64_t bytes, struct error *err)
{
    if (bytes == 0) {
        if (unlinkat(root_fd, path, 0) == 0 || errno == ENOENT)
            return true;
        return error_set(err, ERR_DISK, _("cannot cut %s: %s"), path, error_of_system(errno));
    }
    int fd = openat(root_fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    bool well = fd >= 0 && ftruncate(fd, (off_t)bytes) == 0 && fsync(fd) == 0;

    if (!well)
        error_set(err, ERR_DISK, _("cannot cut %s: %s"), path, error_of_system(errno));
    if (fd >= 0)
        close(fd);
    return well;
}

void owed_cuts_pay(struct owed_cuts *owed, int root_fd)
{
    struct error err;

    for (size_t i = 0; i < owed->count; i++) {
        struct owed_cut *cut = &owed->list[i];
        if (!cut_file(root_fd, cut->path, cut->bytes, &err))
            log_warning("file not cut", "file=%s why='%s'", cut->path, err.text);
    }
    owed->count = 0;
}
