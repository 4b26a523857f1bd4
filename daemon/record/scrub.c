/*
 * The background check: every closed segment, one after the other and again from the first,
 * is read and each fragment compared with its checksum. What is found is told and noted;
 * nothing is ever deleted or changed. It reads no faster than it may, and goes on after a
 * restart where it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "media/mp4.h"
#include "store/damage_rows.h"
#include "volume.h"

/* A hundred cameras write 25 MB/s; a disk that is read at this rate beside does not stall,
 * and 4 TB are through in six days. */
enum { BYTES_PER_S = 8 << 20 };
/* Of small files, at most so many a second. */
static const int64_t LEAST_US = MILLIS_US(20), THROUGH_US = SECONDS_US(3600);

struct scrub {
    struct volume *volume;
    struct mount *mount; /* counted, while a check is out */
    struct segment_row row;
    bool out, well, damaged;
    int64_t next_us, counted; /* monotonic; rows of damage */
    int64_t round_us;         /* wall: when it was last through */
    char what[200];
    struct error err;

    /* What somebody asked for goes before the round, without rests. */
    struct checking asked;
    int64_t asked_after; /* the segment that was checked last */
    bool is_asked;       /* what is out is a part of it */
};

static const char *asked_camera(const struct scrub *scrub)
{
    return *scrub->asked.camera ? scrub->asked.camera : NULL;
}

/* Whether every fragment is as it was written, and all of them are there. */
static bool is_as_written(struct scrub *scrub, int fd)
{
    struct mp4_segment seg;
    struct error err = { 0 };

    bool well = mp4_scan_segment(fd, &seg, &err);
    for (size_t i = 0; well && i < seg.count; i++)
        if (!mp4_check_entry(fd, &seg.entries[i], NULL))
            well = error_set(&err, ERR_MEDIA,
                             _("fragment %zu of %zu is not as it was written"), i + 1,
                             seg.count);
    if (well && (int64_t)seg.end < scrub->row.bytes)
        well = error_set(&err, ERR_MEDIA, _("only %lld of %lld bytes can be read"),
                         (long long)seg.end, (long long)scrub->row.bytes);
    snprintf(scrub->what, sizeof scrub->what, "%s", err.text);
    mp4_segment_free(&seg);
    return well;
}

static void on_noted(void *arg);

static void note(struct store *store, void *arg)
{
    struct scrub *scrub = arg;

    scrub->well = damage_note(store, scrub->row.id, clock_wall_us(),
                              scrub->damaged ? scrub->what : NULL, &scrub->err) &&
                  (scrub->is_asked || scrub_passed(store, scrub->volume->name,
                                                   scrub->row.id, &scrub->err)) &&
                  damage_count(store, &scrub->counted, &scrub->err);
}

static void rest(struct scrub *scrub, int64_t us)
{
    scrub->next_us = clock_mono_us() + us;
    scrub->out = false;
    mount_unref(scrub->mount);
    scrub->mount = NULL;
    segment_row_clear(&scrub->row);
}

static void asked_is_over(struct scrub *scrub, bool well)
{
    scrub->asked.runs = false;
    scrub->asked.well = well;
    scrub->asked.ended_us = clock_wall_us();
    log_info("segments checked", "camera=%s checked=%lld damaged=%lld",
             *scrub->asked.camera ? scrub->asked.camera : "*", (long long)scrub->asked.done,
             (long long)scrub->asked.damaged);
}

/* Loop. */
static void on_checked(void *arg)
{
    struct scrub *scrub = arg;

    scrub->volume->out--;
    if (scrub->damaged)
        log_error("segment damaged", "file=%s why='%s' what_now='it is kept as it is'",
                  scrub->row.path, scrub->what);
    scrub->volume->out++;
    if (desk_ask(scrub->volume->records, note, on_noted, scrub))
        return;
    scrub->volume->out--;
    rest(scrub, THROUGH_US);
}

static void on_noted(void *arg)
{
    struct scrub *scrub = arg;
    int64_t us = scrub->row.bytes * 1000000 / BYTES_PER_S;

    scrub->volume->out--;
    scrub->volume->damaged = scrub->counted;
    if (!scrub->well)
        log_warning("check of the segments interrupted", "why='%s'", scrub->err.text);
    if (scrub->is_asked) {
        scrub->asked_after = scrub->row.id;
        scrub->asked.done++;
        scrub->asked.damaged += scrub->damaged;
    }
    if (scrub->is_asked && !scrub->well)
        asked_is_over(scrub, false);
    if (scrub->asked.runs)
        rest(scrub, 0);
    else
        rest(scrub, !scrub->well ? THROUGH_US : us > LEAST_US ? us : LEAST_US);
    scrub_look(scrub->volume);
}

/* The tidying worker. A file that is gone is the comparison's to find (recover.c). */
static void check(void *arg)
{
    struct scrub *scrub = arg;
    int fd = openat(scrub->mount->root_fd, scrub->row.path,
                    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    *scrub->what = 0;
    if (fd >= 0) {
        scrub->damaged = !is_as_written(scrub, fd);
        posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        close(fd);
    } else {
        scrub->damaged = errno != ENOENT;
        snprintf(scrub->what, sizeof scrub->what, "%s", error_of_system(errno));
    }
    loop_post(scrub->volume->loop, on_checked, scrub);
}

static bool ask_asked(struct store *store, struct scrub *scrub)
{
    const char *volume = scrub->volume->name, *camera = asked_camera(scrub);

    return (scrub->asked_after > 0 ||
            scrub_count_of(store, volume, camera, &scrub->asked.total, &scrub->err)) &&
           scrub_next_of(store, volume, camera, scrub->asked_after, &scrub->row, &scrub->err);
}

static void ask_next(struct store *store, void *arg)
{
    struct scrub *scrub = arg;

    if (scrub->is_asked) {
        scrub->well = ask_asked(store, scrub) &&
                      damage_count(store, &scrub->counted, &scrub->err) &&
                      scrub_last_round(store, scrub->volume->name, &scrub->round_us, &scrub->err);
        return;
    }

    scrub->well = scrub_next(store, scrub->volume->name, &scrub->row, &scrub->err);
    if (scrub->well && scrub->row.id == 0)
        scrub->well = scrub_is_through(store, scrub->volume->name, clock_wall_us(), &scrub->err);
    scrub->well = scrub->well && damage_count(store, &scrub->counted, &scrub->err) &&
                  scrub_last_round(store, scrub->volume->name, &scrub->round_us, &scrub->err);
}

static void on_next(void *arg)
{
    struct scrub *scrub = arg;

    scrub->volume->out--;
    if (scrub->well) {
        scrub->volume->damaged = scrub->counted;
        scrub->volume->scrubbed_us = scrub->round_us;
    }
    if (scrub->is_asked && (!scrub->well || scrub->row.id == 0)) {
        asked_is_over(scrub, scrub->well);
        rest(scrub, LEAST_US);
        return;
    }
    if (!scrub->well || scrub->row.id == 0 || scrub->volume->closing) {
        rest(scrub, THROUGH_US);
        return;
    }
    scrub->volume->out++;
    if (worker_post(scrub->volume->tidy, check, scrub))
        return;
    scrub->volume->out--;
    rest(scrub, THROUGH_US);
}

void scrub_look(struct volume *volume)
{
    struct scrub *scrub = volume->scrub;

    if (!scrub) {
        scrub = volume->scrub = xcalloc(1, sizeof *scrub);
        scrub->volume = volume;
    }
    if (scrub->out || !volume->mount || !volume->recovered || volume->closing ||
        clock_mono_us() < scrub->next_us)
        return;
    scrub->mount = mount_ref(volume->mount);
    scrub->out = true;
    scrub->is_asked = scrub->asked.runs;
    volume->out++;
    if (desk_ask(volume->records, ask_next, on_next, scrub))
        return;
    volume->out--;
    rest(scrub, SECONDS_US(1));
}

void volume_scrub(struct volume *volume)
{
    if (volume->scrub)
        volume->scrub->next_us = 0;
    scrub_look(volume);
}

bool volume_check(struct volume *volume, const char *camera)
{
    struct scrub *scrub = volume->scrub;

    if (!scrub || scrub->asked.runs || !volume->mount)
        return false;
    scrub->asked = (struct checking){ .runs = true };
    snprintf(scrub->asked.camera, sizeof scrub->asked.camera, "%s", camera ? camera : "");
    scrub->asked_after = scrub->next_us = 0;
    scrub_look(volume);
    return true;
}

struct checking scrub_asked(const struct volume *volume)
{
    return volume->scrub ? volume->scrub->asked : (struct checking){ 0 };
}

void scrub_free(struct scrub *scrub)
{
    free(scrub);
}
