#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/volume_dirs.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "part.h"
#include "local_time.h"
#include "media/clip.h"
#include "media/mp4.h"

/* Pieces that meet to within a frame of a slow camera are one. */
static const int64_t SEAM_US = MILLIS_US(500);

bool part_find(struct store *store, struct part *f, struct error *err)
{
    int64_t kept_us, last_us, bytes;
    size_t first;

    if (!segments_to_play(store, f->camera, f->from_us, f->to_us, &f->segments, &first,
                          err) ||
        !gaps_between(store, f->camera, f->from_us, f->to_us, &f->gaps, err) ||
        !segments_extent(store, f->camera, &kept_us, &last_us, &bytes, err))
        return false;
    f->shifts_us = xcalloc(f->segments.count + 1, sizeof *f->shifts_us);
    for (size_t i = 0; i < f->segments.count; i++)
        f->bytes += f->segments.rows[i].bytes;
    tiling_make(&f->segments, &f->gaps, kept_us, f->from_us, f->to_us, clock_wall_us(),
                &f->tiling);
    return true;
}

void part_free(struct part *f)
{
    for (size_t i = 0; i < f->take_count; i++)
        free(f->takes[i].pieces);
    free(f->takes);
    free(f->sources);
    free(f->shifts_us);
    tiling_free(&f->tiling);
    segment_list_free(&f->segments);
    gap_list_free(&f->gaps);
}

/* ---- the files that it is taken from -------------------------------------------------- */

static bool stopped(const struct progress *progress, struct error *err)
{
    return atomic_load(&progress->stop) && !error_set(err, ERR_BUSY, _("kengd ends"));
}

/* Sums up the first `size` bytes of an open file. */
static bool sum_up(int fd, int64_t size, char sha256[SHA256_TEXT_MAX],
                   struct progress *progress, struct error *err)
{
    enum { PIECE = 256 << 10 };
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    uint8_t *piece = xmalloc(PIECE), digest[32];
    int64_t at = 0;

    EVP_DigestInit_ex(sum, EVP_sha256(), NULL);
    while (at < size && !stopped(progress, err)) {
        ssize_t n = pread(fd, piece, size - at < PIECE ? (size_t)(size - at) : PIECE, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        EVP_DigestUpdate(sum, piece, (size_t)n);
        at += n;
        atomic_fetch_add(&progress->done, n);
    }
    EVP_DigestFinal_ex(sum, digest, NULL);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
    EVP_MD_CTX_free(sum);
    free(piece);
    return at == size ||
           (err->kind == ERR_NONE &&
            error_set(err, ERR_DISK, _("a segment has become shorter while it was read")));
}

/* Opens, measures and sums up a segment. One whose file is gone is left out: it is a gap. */
static bool take_source(struct part *f, size_t which, const struct volume_dirs *dirs,
                        struct progress *progress, struct error *err)
{
    const struct segment_row *row = &f->segments.rows[which];
    struct mp4_segment scan = { 0 };
    bool well = true;
    int root_fd = volume_dirs_find(dirs, row->volume);

    if (root_fd < 0)
        return error_set(err, ERR_DISK,
                         _("the disk '%s' of this footage is not there; see kengctl status"),
                         *row->volume ? row->volume : FIRST_VOLUME);
    int fd = openat(root_fd, row->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return errno == ENOENT || error_set(err, ERR_DISK, _("cannot open %s: %s"), row->path,
                                            error_of_system(errno));
    if (mp4_scan_segment(fd, &scan, NULL) && scan.count > 0) {
        struct source *source = &f->sources[f->source_count++];
        int64_t shift_us = row->start_us - scan.entries[0].start_us;
        *source = (struct source){ .row = row,
                                   .bytes = (int64_t)(row->open ? scan.end
                                                                : scan.file_size) };
        /* The clock was set right after the file was written: the row knows better. */
        f->shifts_us[which] = llabs(shift_us) < MILLIS_US(1) ? 0 : shift_us;
        well = sum_up(fd, source->bytes, source->sha256, progress, err);
        mp4_segment_free(&scan);
    }
    close(fd);
    return well;
}

static bool take_sources(struct part *f, const struct volume_dirs *dirs, struct progress *progress,
                         struct error *err)
{
    f->sources = xcalloc(f->segments.count + 1, sizeof *f->sources);
    for (size_t i = 0; i < f->segments.count; i++)
        if (!take_source(f, i, dirs, progress, err))
            return false;
    return true;
}

/* ---- the files that are made ---------------------------------------------------------- */

static void note_place(struct take *take, const struct clip_place *place)
{
    struct take_piece *last =
        take->piece_count > 0 ? &take->pieces[take->piece_count - 1] : NULL;
    int64_t end_us = place->start_us + place->duration_us;

    take->clock_trusted = take->clock_trusted && place->clock_trusted;
    take->damaged += place->damaged;
    take->to_us = end_us;
    if (last && llabs(place->start_us - last->to_us) <= SEAM_US) {
        last->to_us = end_us;
        return;
    }
    take->pieces = xrealloc(take->pieces, (take->piece_count + 1) * sizeof *take->pieces);
    take->pieces[take->piece_count++] =
        (struct take_piece){ place->start_us, end_us, place->at_us };
}

static bool copy_clip(struct take *take, struct clip *clip, struct package *package,
                      struct progress *progress, struct error *err)
{
    for (bool init = true;; init = false) {
        const uint8_t *bytes;
        size_t size;
        struct clip_place place;
        if (stopped(progress, err) || !clip_next(clip, &bytes, &size, err))
            return false;
        if (size == 0)
            return true;
        if (!package_write(package, bytes, size, err))
            return false;
        atomic_fetch_add(&progress->done, (long long)size);
        if (init)
            continue;
        clip_last(clip, &place);
        place.clock_trusted = place.clock_trusted || take->clock_trusted;
        note_place(take, &place);
    }
}

/* "cong-lang_2026-11-21_14-10-00.mp4", in the site's time: what a person looks for. */
static void name_take(const struct part *f, const struct settings *set, struct take *take)
{
    char time[LOCAL_TIME_MAX];

    local_time(set, take->from_us, LOCAL_IN_NAMES, time);
    snprintf(take->name, sizeof take->name, "%s_%s.mp4", f->camera, time);
    for (size_t i = 0, n = 2; i < f->take_count; i++)
        if (!strcmp(f->takes[i].name, take->name)) {
            snprintf(take->name, sizeof take->name, "%s_%s-%zu.mp4", f->camera, time, n++);
            i = (size_t)-1; /* from the first again */
        }
}

static bool write_take(struct part *f, const struct settings *set, struct clip *clip,
                       struct package *package, struct progress *progress, struct error *err)
{
    struct take take = { .from_us = clip_start_us(clip), .clock_trusted = true };

    name_take(f, set, &take);
    snprintf(take.codecs, sizeof take.codecs, "%s", clip_codecs(clip));
    bool large = f->bytes >= (int64_t)UINT32_MAX;
    bool well = package_begin(package, take.name, large, err) &&
                copy_clip(&take, clip, package, progress, err);
    const struct member *member = well ? package_end(package, err) : NULL;
    take.left_out = clip_left_out(clip);
    if (!member) {
        free(take.pieces);
        return false;
    }
    take.bytes = member->bytes;
    memcpy(take.sha256, member->sha256, sizeof take.sha256);
    f->takes = xrealloc(f->takes, (f->take_count + 1) * sizeof *f->takes);
    f->takes[f->take_count++] = take;
    return true;
}

/* One file after the other until the sources are at an end: each begins where another init
 * does. */
static bool write_takes(struct part *f, const struct settings *set,
                        const struct volume_dirs *dirs, struct package *package, struct progress *progress,
                        struct error *err)
{
    size_t count = f->segments.count, at = 0;
    struct clip_source *sources = xcalloc(count + 1, sizeof *sources);
    bool well = true;

    for (size_t i = 0; i < count; i++)
        sources[i] = (struct clip_source){ .root_fd = volume_dirs_find(dirs, f->segments.rows[i].volume),
                                           .path = f->segments.rows[i].path,
                                           .shift_us = f->shifts_us[i] };
    while (well && at < count) {
        struct error none = { 0 };
        struct clip *clip = clip_open(sources + at, count - at, f->from_us, f->to_us, &none);
        if (!clip) {
            well = none.kind == ERR_MEDIA; /* nothing (more) is recorded between */
            if (!well)
                *err = none;
            break;
        }
        well = write_take(f, set, clip, package, progress, err);
        at += clip_next_source(clip);
        clip_close(clip);
    }
    free(sources);
    return well;
}

bool part_write(struct part *f, const struct settings *set, struct package *package,
                   struct progress *progress, struct error *err)
{
    struct volume_dirs dirs;

    if (!volume_dirs_open(&dirs, set, err))
        return false;
    bool well = take_sources(f, &dirs, progress, err) &&
                write_takes(f, set, &dirs, package, progress, err);
    volume_dirs_close(&dirs);
    return well;
}

const char *part_name(const struct part *part)
{
    return part->name ? part->name : part->camera;
}
