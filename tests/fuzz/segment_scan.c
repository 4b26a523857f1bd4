/* A segment file after a power cut, bit rot or somebody's hands: it is scanned, its fragments
 * compared with their checksums, listed in a playlist and joined into a clip. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/bytes.h"
#include "media/playlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct mp4_segment seg;
    struct bytes text = { 0 };
    int fd = memfd_create("segment", MFD_CLOEXEC);

    if (fd < 0 || pwrite(fd, bytes, size, 0) != (ssize_t)size)
        abort();
    if (mp4_scan_segment(fd, &seg, NULL)) {
        uint64_t end = seg.init_size;
        if (seg.end > seg.file_size || seg.file_size != size)
            abort();
        for (size_t i = 0; i < seg.count; i++) {
            const struct mp4_entry *entry = &seg.entries[i];
            if (entry->at != end || entry->media <= entry->at)
                abort();
            end = entry->at + entry->size;
            mp4_check_entry(fd, entry, NULL);
        }
        if (end > seg.end)
            abort();
        struct playlist_source source = { "/s.mp4", &seg, 0 };
        playlist_write(&text, &source, 1, NULL, 0, 0, INT64_MAX);
        bytes_free(&text);
        mp4_segment_free(&seg);
    }
    close(fd);
    return 0;
}
