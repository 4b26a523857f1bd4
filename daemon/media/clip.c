#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "media/clip.h"
#include "media/mp4.h"

struct source {
    int root_fd;
    char *path;
    int64_t shift_us;
};

struct clip {
    struct source *sources;
    size_t count;
    int64_t from_us, to_us, start_us;

    size_t source, entry; /* what comes next: the entry in the source that is open */
    int fd;               /* -1: none is open */
    struct mp4_segment segment;

    const struct init *init; /* of the clip; NULL: not handed out yet */
    int64_t run_us;          /* of the last fragment */
    int64_t minus;           /* taken off its decode times, timescale units */
    uint64_t dts, end_dts;   /* of the last fragment, as in its file */
    uint8_t *bytes;
    size_t room, left_out;
    struct clip_place last;
    bool begun, ended, other_init;
};

static void close_source(struct clip *clip)
{
    mp4_segment_free(&clip->segment);
    if (clip->fd >= 0)
        close(clip->fd);
    clip->fd = -1;
}

/* Opens a source; false without an error when its file is gone or not a segment. */
static bool open_source(struct clip *clip, size_t which, bool *there, struct error *err)
{
    const char *path = clip->sources[which].path;
    struct error scan = { 0 };

    close_source(clip);
    clip->source = which;
    clip->entry = 0;
    *there = false;
    if (clip->sources[which].root_fd < 0)
        return true;
    clip->fd = openat(clip->sources[which].root_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (clip->fd < 0 && errno == ENOENT)
        return true;
    if (clip->fd < 0)
        return error_set(err, ERR_DISK, _("cannot open %s: %s"), path,
                         error_of_system(errno));
    *there = mp4_scan_segment(clip->fd, &clip->segment, &scan);
    return true;
}

static int64_t entry_start_us(const struct clip *clip, size_t entry)
{
    return clip->segment.entries[entry].start_us + clip->sources[clip->source].shift_us;
}

/* Stands at the first fragment of the clip. False: there is none, or an error. */
static bool find_begin(struct clip *clip, struct error *err)
{
    size_t source = 0, entry = 0;
    bool found = false, there;

    for (size_t i = 0; i < clip->count; i++) {
        if (!open_source(clip, i, &there, err))
            return false;
        for (size_t k = 0; k < clip->segment.count; k++) {
            int64_t start_us = entry_start_us(clip, k);
            if (start_us >= clip->to_us || (found && start_us > clip->from_us))
                goto stand;
            if (!clip->segment.entries[k].keyframe)
                continue;
            source = i;
            entry = k;
            found = true;
        }
    }
stand:
    if (!found)
        return error_set(err, ERR_MEDIA, _("nothing is recorded between these times"));
    if (clip->source != source && !open_source(clip, source, &there, err))
        return false;
    if (entry >= clip->segment.count) /* deleted in between */
        return error_set(err, ERR_MEDIA, _("nothing is recorded between these times"));
    clip->entry = entry;
    clip->start_us = entry_start_us(clip, entry);
    return true;
}

struct clip *clip_open(const struct clip_source *sources, size_t count, int64_t from_us,
                       int64_t to_us, struct error *err)
{
    struct clip *clip = xcalloc(1, sizeof *clip);

    clip->fd = -1;
    clip->from_us = from_us;
    clip->to_us = to_us;
    clip->sources = xcalloc(count, sizeof *clip->sources);
    clip->count = count;
    for (size_t i = 0; i < count; i++)
        clip->sources[i] =
            (struct source){ sources[i].root_fd, xstrdup(sources[i].path),
                             sources[i].shift_us };
    if (!find_begin(clip, err)) {
        clip_close(clip);
        return NULL;
    }
    return clip;
}

void clip_close(struct clip *clip)
{
    if (!clip)
        return;
    close_source(clip);
    init_unref(clip->init);
    for (size_t i = 0; i < clip->count; i++)
        free(clip->sources[i].path);
    free(clip->sources);
    free(clip->bytes);
    free(clip);
}

/* Goes on to the next source where the one that is open has no more. */
static bool stand_at_next(struct clip *clip, struct error *err)
{
    bool there;

    while (clip->entry >= clip->segment.count) {
        if (clip->source + 1 >= clip->count) {
            clip->ended = true;
            return true;
        }
        if (!open_source(clip, clip->source + 1, &there, err))
            return false;
    }
    const struct init *init = clip->segment.init;
    if (entry_start_us(clip, clip->entry) >= clip->to_us) {
        clip->ended = true;
    } else if (init->size != clip->init->size ||
               memcmp(init->bytes, clip->init->bytes, init->size) != 0) {
        clip->ended = clip->other_init = true;
    }
    return true;
}

/* Reads the fragment's bytes. `*well` is false where they are not what was written. */
static bool read_fragment(struct clip *clip, const struct mp4_entry *entry, size_t size,
                          bool *well, struct error *err)
{
    size_t got = 0;

    if (size > clip->room) {
        clip->bytes = xrealloc(clip->bytes, size);
        clip->room = size;
    }
    while (got < size) {
        ssize_t n =
            pread(clip->fd, clip->bytes + got, size - got, (off_t)(entry->media + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, ERR_DISK, _("cannot read %s: %s"),
                             clip->sources[clip->source].path, error_of_system(errno));
        if (n == 0)
            break;
        got += (size_t)n;
    }
    *well = got == size && mp4_crc32c(0, clip->bytes, size) == entry->crc;
    return true;
}

/* Where the run's decode times lie in the clip: at its begin, or behind the run before.
 */
static void anchor(struct clip *clip, const struct mp4_entry *entry)
{
    if (clip->begun && entry->run_us == clip->run_us && entry->dts >= clip->dts)
        return;
    int64_t position = clip->begun ? (int64_t)clip->end_dts - clip->minus : 0;
    clip->minus = (int64_t)entry->dts - position;
    clip->begun = true;
}

bool clip_next(struct clip *clip, const uint8_t **bytes, size_t *size, struct error *err)
{
    bool well = false;

    *size = 0;
    if (!clip->init) {
        clip->init = init_ref(clip->segment.init);
        *bytes = clip->init->bytes;
        *size = clip->init->size;
        return true;
    }
    while (!well) {
        if (!clip->ended && !stand_at_next(clip, err))
            return false;
        if (clip->ended)
            return true;
        const struct mp4_entry *entry = &clip->segment.entries[clip->entry++];
        size_t media = (size_t)(entry->at + entry->size - entry->media);
        if (!read_fragment(clip, entry, media, &well, err))
            return false;
        if (!well) {
            clip->left_out++;
            continue;
        }
        anchor(clip, entry);
        struct mp4_fragment frag;
        if (!mp4_read_fragment(clip->segment.init, clip->bytes, media, &frag, err) ||
            !mp4_rebase(clip->bytes, media, clip->segment.init, clip->minus, err))
            return false;
        clip->run_us = entry->run_us;
        clip->dts = frag.dts;
        clip->end_dts = frag.dts + frag.duration;
        clip->last = (struct clip_place){
            .start_us = entry->start_us + clip->sources[clip->source].shift_us,
            .duration_us = entry->duration_us,
            .at_us = mp4_us(frag.dts - (uint64_t)clip->minus, clip->init->timescale),
            .clock_trusted = entry->clock_trusted,
            .damaged = entry->damaged,
        };
        *size = media;
    }
    *bytes = clip->bytes;
    return true;
}

int64_t clip_start_us(const struct clip *clip)
{
    return clip->start_us;
}

const char *clip_codecs(const struct clip *clip)
{
    return clip->init ? clip->init->codecs : clip->segment.init->codecs;
}

void clip_last(const struct clip *clip, struct clip_place *out)
{
    *out = clip->last;
}

size_t clip_next_source(const struct clip *clip)
{
    return clip->other_init ? clip->source : clip->count;
}

size_t clip_left_out(const struct clip *clip)
{
    return clip->left_out;
}
