#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text.h"
#include "media/mp4.h"
#include "mount.h"

/* Names that are tried: milliseconds of a second; and a folder that retention takes away
 * between its making and its use is made again so often. */
enum { NAMES_MOST = 1000, FOLDERS_MOST = 5 };

static bool cannot_write(struct segment *seg, struct error *err)
{
    seg->no_space = errno == ENOSPC || errno == EDQUOT;
    return error_set(err, ERR_DISK, _("cannot write %s: %s"), seg->path,
                     error_of_system(errno));
}

static bool make_folder(struct segment *seg, const char *path)
{
    if (mkdirat(seg->mount->root_fd, path, 0750) == 0)
        seg->made_folders = true;
    else if (errno != EEXIST)
        return false;
    return true;
}

static bool make_folders(struct segment *seg)
{
    char folder[PATH_ROOM];
    char *end;

    strcpy(folder, seg->path);
    for (end = strchr(folder, '/'); end; end = strchr(end + 1, '/')) {
        *end = 0;
        if (!make_folder(seg, folder))
            return false;
        *end = '/';
    }
    return true;
}

static bool open_new(struct segment *seg, struct error *err)
{
    const char *camera_end;
    char camera[ID_MAX];
    int64_t named_us = seg->file_us;

    camera_end = strchr(seg->path, '/');
    memcpy(camera, seg->path, (size_t)(camera_end - seg->path));
    camera[camera_end - seg->path] = 0;
    for (int tries = 0, folders = 0; tries < NAMES_MOST && folders < FOLDERS_MOST;) {
        if (!name_path(seg->path, camera, named_us))
            return error_set(err, ERR_DISK, _("a file cannot be named by its time"));
        seg->fd = openat(seg->mount->root_fd, seg->path,
                         O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (seg->fd >= 0)
            return true;
        if (errno == EEXIST) {
            named_us += MILLIS_US(1);
            tries++;
        } else if (errno == ENOENT && make_folders(seg)) {
            folders++;
        } else {
            break;
        }
    }
    return cannot_write(seg, err);
}

static bool write_all(int fd, struct iovec *parts, int count, int64_t offset)
{
    while (count > 0) {
        ssize_t n = pwritev(fd, parts, count, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        offset += n;
        for (; count > 0 && (size_t)n >= parts->iov_len; parts++, count--)
            n -= (ssize_t)parts->iov_len;
        if (count > 0) {
            parts->iov_base = (uint8_t *)parts->iov_base + n;
            parts->iov_len -= (size_t)n;
        }
    }
    return true;
}

void segment_discard(struct segment *seg)
{
    if (seg->fd < 0)
        return;
    unlinkat(seg->mount->root_fd, seg->path, 0);
    close(seg->fd);
    seg->fd = -1;
}

bool segment_create(struct segment *seg, struct error *err)
{
    struct iovec part = { (void *)seg->init->bytes, seg->init->size };

    if (!open_new(seg, err))
        return false;
    /* It cannot be locked by anybody else yet. */
    if (flock(seg->fd, LOCK_EX | LOCK_NB) < 0 || !write_all(seg->fd, &part, 1, 0)) {
        cannot_write(seg, err);
        segment_discard(seg);
        return false;
    }
    seg->bytes = (int64_t)seg->init->size;
    return true;
}

bool segment_append(struct segment *seg, const struct fragment *frag, struct error *err)
{
    uint8_t head[MP4_FRAGMENT_HEAD];
    size_t head_size = mp4_write_head(head, frag);
    struct iovec parts[] = {
        { head, head_size },
        { (void *)frag->bytes, frag->size },
    };

    if (!write_all(seg->fd, parts, 2, seg->bytes)) {
        cannot_write(seg, err);
        /* Should this fail too, the start-up scan cuts the file. */
        if (ftruncate(seg->fd, (off_t)seg->bytes) < 0)
            error_context(err, _("a part of a fragment is left in it"));
        return false;
    }
    seg->bytes += (int64_t)(head_size + frag->size);
    seg->end_us = frag->start_us + frag->duration_us;
    return true;
}

bool segment_sync(int fd, struct error *err)
{
    return fdatasync(fd) == 0 ||
           error_set(err, ERR_DISK, _("cannot bring a segment to the disk: %s"),
                     error_of_system(errno));
}

static bool sync_folder(int root_fd, const char *path, struct error *err)
{
    int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool well = fd >= 0 && fsync(fd) == 0;

    if (!well)
        error_set(err, ERR_DISK, _("cannot bring the folder %s to the disk: %s"), path,
                  error_of_system(errno));
    if (fd >= 0)
        close(fd);
    return well;
}

bool segment_sync_folders(int root_fd, const char *path, bool parents_too,
                          struct error *err)
{
    char folder[PATH_ROOM];

    strcpy(folder, path);
    *strrchr(folder, '/') = 0;
    if (!sync_folder(root_fd, folder, err))
        return false;
    if (!parents_too)
        return true;
    *strrchr(folder, '/') = 0;
    return sync_folder(root_fd, folder, err) && sync_folder(root_fd, ".", err);
}
