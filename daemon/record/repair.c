#include "repair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "media/mp4.h"

/* Of a file that nothing is known of, so much is read to see whether it is as it was
 * written: what may not have been synced when the machine stopped. */
static const int64_t UNSYNCED_US = SECONDS_US(30);

/* How many of the entries are whole: behind what is known to be synced, each is compared
 * with its checksum. After a power cut a file can have its length and not its bytes. Of one
 * that others were written behind, the background check (scrub.c) reads it all, later. */
static size_t count_whole(int fd, const struct mp4_segment *seg, const struct found *found)
{
    int64_t synced_bytes = found->synced_bytes;
    size_t first = 0;

    if (seg->count == 0 || found->settled)
        return seg->count;
    if (synced_bytes > 0) {
        while (first < seg->count && seg->entries[first].at + seg->entries[first].size <=
                                         (uint64_t)synced_bytes)
            first++;
    } else {
        int64_t from_us = seg->entries[seg->count - 1].start_us - UNSYNCED_US;
        while (seg->entries[first].start_us < from_us && first + 1 < seg->count)
            first++;
    }
    while (first < seg->count && mp4_check_entry(fd, &seg->entries[first], NULL))
        first++;
    return first;
}

static void describe(struct found *found, const struct mp4_segment *seg, size_t count)
{
    const struct mp4_entry *last = &seg->entries[count - 1];

    found->what = FOUND_WHOLE;
    found->run_us = seg->init->run_us;
    found->clock_trusted = seg->init->clock_trusted;
    found->start_us = seg->entries[0].start_us;
    found->end_us = last->start_us + last->duration_us;
    found->bytes = (int64_t)(last->at + last->size);
    snprintf(found->codecs, sizeof found->codecs, "%s", seg->init->codecs);
}

/* Where the run lies, now that its clock was set right. */
static void correct(struct found *found, const struct corrections *corrections)
{
    char camera[ID_MAX];
    const struct correction *c;

    snprintf(camera, sizeof camera, "%.*s", (int)strcspn(found->path, "/"), found->path);
    c = corrections_find(corrections, camera, found->run_us);
    if (!c)
        return;
    found->start_us += c->offset_us;
    found->end_us += c->offset_us;
    found->clock_trusted |= c->trusted;
}

static void cut(int fd, struct found *found, const struct mp4_segment *seg)
{
    bool all_there = seg->end == seg->file_size && found->bytes >= (int64_t)seg->end;
    bool only_index = seg->count > 0 && seg->end == seg->file_size &&
                      found->bytes == (int64_t)(seg->entries[seg->count - 1].at +
                                                seg->entries[seg->count - 1].size);

    if (all_there || only_index)
        return;
    found->cut_bytes = (int64_t)seg->file_size - found->bytes;
    if (ftruncate(fd, (off_t)found->bytes) < 0 || fdatasync(fd) < 0)
        log_warning("torn tail not cut", "file=%s errno=%d", found->path, errno);
    else
        log_info("torn tail cut", "file=%s bytes=%lld", found->path,
                 (long long)found->cut_bytes);
}

void repair_file(int root_fd, const struct corrections *corrections, struct found *found)
{
    struct mp4_segment seg = { 0 };
    struct error err = { 0 };
    int fd = openat(root_fd, found->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    found->what = fd < 0 && errno == ENOENT ? FOUND_GONE : FOUND_UNREADABLE;
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        found->what = FOUND_BUSY;
        goto done;
    }
    bool has_init = mp4_scan_segment(fd, &seg, &err);
    if (!has_init && err.kind == ERR_DISK) {
        log_warning("segment not read", "file=%s why='%s'", found->path, err.text);
        goto done;
    }
    size_t whole = has_init ? count_whole(fd, &seg, found) : 0;
    if (whole > 0) {
        describe(found, &seg, whole);
        correct(found, corrections);
        cut(fd, found, &seg);
    } else {
        found->what = FOUND_EMPTY;
        log_warning("segment without a whole fragment removed", "file=%s", found->path);
        unlinkat(root_fd, found->path, 0);
    }
done:
    mp4_segment_free(&seg);
    close(fd);
}
