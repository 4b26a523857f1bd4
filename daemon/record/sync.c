#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anchor.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"

/* A hole before a fragment that is not worth a gap: two runs, and two fragments of a run.
 */
static const int64_t SEAM_US = MILLIS_US(20), JOIN_US = SECONDS_US(1);

/* ---- the life of a segment
 * ------------------------------------------------------------- */

/* Where the row begins: joined to what lies before, so that the rows tile time. */
static int64_t joined_start_us(const struct recorder *rec, int64_t start_us)
{
    int64_t hole_us = start_us - rec->end_us;
    int64_t most_us = rec->seam || rec->disk_lost ? SEAM_US : JOIN_US;

    if (rec->end_us == 0 || rec->gap || hole_us > most_us || hole_us < -JOIN_US)
        return start_us;
    return rec->end_us;
}

bool segment_is_resumed(const struct recorder *rec, int64_t start_us)
{
    return rec->resume_us > 0 && start_us >= rec->resume_us - SEAM_US;
}

/* Behind a file that was written again, of older times, the present goes on. */
static void resume(struct recorder *rec, const struct fragment *frag)
{
    int64_t start_us =
        frag->start_us + anchor_offset(rec->volume->anchor, rec->camera, frag->init);

    if (!segment_is_resumed(rec, start_us))
        return;
    rec->end_us = rec->resume_us;
    rec->resume_us = 0;
}

struct segment *segment_begin(struct recorder *rec, const struct fragment *frag)
{
    struct volume *volume = rec->volume;
    struct segment *seg = xcalloc(1, sizeof *seg);

    resume(rec, frag);
    seg->rec = rec;
    seg->volume = volume;
    seg->mount = mount_ref(volume->mount);
    seg->init = init_ref(frag->init);
    seg->fd = -1;
    seg->kept_last = &seg->kept;
    seg->file_us = frag->start_us;
    seg->shift_us = anchor_offset(volume->anchor, rec->camera, frag->init);
    seg->start_us = joined_start_us(rec, frag->start_us + seg->shift_us);
    name_path(seg->path, rec->camera, seg->file_us);
    seg->hole_cause = rec->disk_lost ? GAP_DISK : rec->hole_cause;
    seg->hole_detail =
        rec->disk_lost ? xstrdup(volume_trouble(volume)) : rec->hole_detail;
    if (rec->disk_lost)
        free(rec->hole_detail);
    rec->hole_detail = NULL;
    rec->hole_cause = GAP_UNKNOWN;
    rec->seam = rec->disk_lost = false;
    seg->next = volume->segments;
    volume->segments = seg;
    return seg;
}

static void segment_free(struct segment *seg)
{
    struct segment **at = &seg->volume->segments;

    while (*at != seg)
        at = &(*at)->next;
    *at = seg->next;
    recorder_let_go(seg, INT64_MAX);
    mount_unref(seg->mount);
    init_unref(seg->init);
    free(seg->hole_detail);
    free(seg);
}

void segment_end(struct segment *seg)
{
    seg->rec->segment = NULL;
    if (seg->written_bytes == 0) {
        segment_free(seg); /* nothing was written: there is no file */
        return;
    }
    seg->ending = true;
    volume_sync(seg->volume);
}

void segment_shift(struct segment *seg, int64_t delta_us)
{
    seg->shift_us += delta_us;
    seg->start_us += delta_us;
    if (seg->written_bytes > 0)
        seg->written_end_us += delta_us;
    if (seg->synced_bytes > 0)
        seg->synced_end_us += delta_us;
    if (seg->row)
        ledger_segment_move(seg->row, delta_us);
}

/* ---- syncing
 * --------------------------------------------------------------------------- */

struct sync_line {
    struct segment *seg;
    int fd, root_fd;
    char path[PATH_ROOM];
    bool folders, parents, close;
    bool cut; /* a sync failed before: only what an earlier one confirmed counts */
    int64_t synced_bytes; /* that */
    int64_t bytes, end_us;
    int64_t shift_us; /* the segment's, then */
    bool well;
    bool uncut; /* it should have been */
    struct error err;
};

struct sync_job {
    struct volume *volume;
    size_t count;
    struct sync_line lines[];
};

static void write_row(struct segment *seg, bool closed)
{
    struct ledger *ledger = seg->volume->ledger;

    if (!seg->row) {
        struct segment_row row = {
            .camera = seg->rec->camera,
            .run_us = seg->init->run_us,
            .start_us = seg->start_us,
            .path = seg->path,
            .codecs = (char *)seg->init->codecs,
            .volume = seg->volume->name,
            .clock_trusted =
                anchor_is_trusted(seg->volume->anchor, seg->rec->camera, seg->init),
        };
        seg->row = ledger_segment(ledger, &row);
    }
    ledger_extend(ledger, seg->row, seg->synced_end_us, seg->synced_bytes, !closed);
}

/* What was not synced cannot be known to be on the disk, and no later sync will say so: the
 * segment ends and is cut there. The rest is written again, from memory, to another file;
 * what is not at hand any more is a gap. */
static void fail(struct segment *seg, const struct error *err)
{
    struct recorder *rec = seg->rec;

    volume_failed(seg->volume, err, false);
    seg->failed = true;
    if (rec->segment == seg && rec->writing)
        return; /* when the write is back */
    bool rescued = recorder_rescue(seg);
    if (!rescued && (rec->segment == seg || !rec->segment))
        rec->need_keyframe = rec->disk_failed = true;
    if (rec->segment == seg)
        segment_end(seg);
}

static void close_row(struct segment *seg)
{
    if (seg->failed && !seg->rescued)
        timeline_lost(seg->rec, seg->synced_end_us ? seg->synced_end_us : seg->start_us,
                      seg->written_end_us);
    if (seg->synced_bytes > 0)
        write_row(seg, true);
    segment_free(seg);
}

static void take_line(struct sync_line *line)
{
    struct segment *seg = line->seg;

    seg->syncing = false;
    if (line->well && !line->cut) {
        seg->synced_bytes = line->bytes;
        recorder_let_go(seg, line->bytes);
        seg->synced_end_us = line->end_us + seg->shift_us - line->shift_us;
    } else if (!line->well) {
        fail(seg, &line->err);
    }
    if (line->uncut)
        owed_cuts_add(seg->volume->owed_cuts, line->path, line->synced_bytes);
    if (line->close)
        close_row(seg);
    else if (line->well)
        write_row(seg, false);
}

static void on_synced(void *arg)
{
    struct sync_job *job = arg;
    struct volume *volume = job->volume;

    volume->out--;
    /* What ends meanwhile waits for the next job: it may stand in a later line of this one. */
    for (size_t i = 0; i < job->count; i++)
        take_line(&job->lines[i]);
    volume->syncing = false;
    free(job);
    ledger_flush(volume->ledger);
    bool again = volume->sync_again;
    volume->sync_again = false;
    if (again)
        volume_sync(volume);
}

/* The syncing worker. */
static void sync_line(struct sync_line *line)
{
    struct error cut_err;

    line->well = line->cut ||
                 (segment_sync(line->fd, &line->err) &&
                  (!line->folders || segment_sync_folders(line->root_fd, line->path,
                                                          line->parents, &line->err)));
    if (!line->close)
        return;
    if (line->cut || !line->well)
        line->uncut = !cut_file(line->root_fd, line->path, line->synced_bytes, &cut_err);
    if (line->uncut)
        log_warning("file not cut yet", "file=%s why='%s'", line->path, cut_err.text);
    close(line->fd);
}

static void run_sync(void *arg)
{
    struct sync_job *job = arg;

    /* All are put on their way before the first is waited for. */
    for (size_t i = 0; i < job->count; i++)
        sync_file_range(job->lines[i].fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    for (size_t i = 0; i < job->count; i++)
        sync_line(&job->lines[i]);
    loop_post(job->volume->loop, on_synced, job);
}

static bool needs_sync(const struct segment *seg)
{
    return seg->ending || (!seg->failed && seg->written_bytes > seg->synced_bytes);
}

void volume_sync(struct volume *volume)
{
    size_t count = 0, i = 0;

    if (volume->syncing) {
        volume->sync_again = true;
        return;
    }
    for (struct segment *seg = volume->segments; seg; seg = seg->next)
        count += needs_sync(seg);
    if (count == 0)
        return;
    struct sync_job *job = xcalloc(1, sizeof *job + count * sizeof *job->lines);
    job->volume = volume;
    job->count = count;
    for (struct segment *seg = volume->segments; seg; seg = seg->next) {
        if (!needs_sync(seg))
            continue;
        struct sync_line *line = &job->lines[i++];
        *line = (struct sync_line){
            .seg = seg,
            .fd = seg->fd,
            .root_fd = seg->mount->root_fd,
            .folders = !seg->row,
            .parents = seg->made_folders,
            .close = seg->ending,
            .cut = seg->failed,
            .synced_bytes = seg->synced_bytes,
            .bytes = seg->written_bytes,
            .end_us = seg->written_end_us,
            .shift_us = seg->shift_us,
        };
        memcpy(line->path, seg->path, sizeof line->path);
        seg->syncing = true;
    }
    if (worker_post(volume->sync, run_sync, job)) {
        volume->syncing = true;
        volume->out++;
        return;
    }
    free(job); /* one job at a time is out: this cannot be, and the next tick tries again
                */
}
