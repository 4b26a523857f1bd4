#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anchor.h"
#include "core/log.h"
#include "core/memory.h"
#include "volume.h"

/* One write's most: enough to catch up quickly, little enough that cameras take turns. */
/* Of the boxes before a fragment; less than any fragment is long. */
enum { HEAD_MOST = 96 };
enum { BATCH_FRAGMENTS = 64, BATCH_BYTES = 8 << 20 };
static const int64_t SEGMENT_MAX_US = SECONDS_US(600);
/* Within a run a longer hole between two fragments is a gap. */
static const int64_t HOLE_US = SECONDS_US(1);
static const int64_t RETRY_US = SECONDS_US(1);
static const int64_t LAST_START_US =
    SECONDS_US(INT64_C(253402300000)); /* the year 9999 */

struct batch {
    struct recorder *rec;
    struct segment *seg;
    struct waiting *items[BATCH_FRAGMENTS];
    int64_t ends[BATCH_FRAGMENTS]; /* of those written, in the file */
    size_t count, bytes, written;
    bool begins; /* the segment's first */
    struct error err;
};

/* ---- what waits ----------------------------------------------------------------- */

void waiting_count(struct recorder *rec, int64_t bytes)
{
    rec->waiting_bytes += (size_t)bytes;
    rec->volume->storage->waiting_bytes += (size_t)bytes;
}

void waiting_free(struct waiting *item)
{
    fragment_unref(item->frag);
    free(item->detail);
    free(item);
}

/* What it knows of the hole before it goes to the recorder. */
static void take_hole(struct recorder *rec, struct waiting *item)
{
    rec->seam |= item->after_break;
    item->after_break = false; /* it may be put back */
    if (item->after_hole) {
        free(rec->hole_detail);
        rec->hole_cause = item->cause;
        rec->hole_detail = item->detail;
        item->detail = NULL;
        item->after_hole = false;
    }
}

static struct waiting *take_oldest(struct recorder *rec)
{
    struct waiting *item = rec->first;

    rec->first = item->next;
    if (!rec->first)
        rec->last = &rec->first;
    take_hole(rec, item);
    return item;
}

static void forget_oldest(struct recorder *rec)
{
    struct waiting *item = take_oldest(rec);

    waiting_count(rec, -(int64_t)item->frag->size);
    waiting_free(item);
}

/* Drops the oldest fragments up to the next keyframe. */
static void drop_oldest(struct recorder *rec)
{
    if (!rec->disk_lost)
        log_warning("fragments dropped", "camera=%s waiting_bytes=%zu why='%s'",
                    rec->camera, rec->waiting_bytes, volume_trouble(rec->volume));
    volume_sacrifice(rec->volume); /* whatever else there is goes first */
    volume_is_slow(rec->volume);
    do {
        forget_oldest(rec);
        rec->volume->dropped++;
    } while (rec->first && !rec->first->frag->keyframe);
    rec->disk_lost = rec->need_keyframe = true;
    timeline_look(rec);
}

/* The one with the most that waits, of all volumes; NULL: nothing waits. */
static struct recorder *find_fullest(const struct storage *storage)
{
    struct recorder *most = NULL;

    for (size_t i = 0; i < storage->count; i++)
        for (struct recorder *r = storage->volumes[i]->recorders; r; r = r->next)
            if (r->first && (!most || r->waiting_bytes > most->waiting_bytes))
                most = r;
    return most;
}

static void make_room(struct recorder *rec)
{
    struct storage *storage = rec->volume->storage;

    while (rec->first && rec->waiting_bytes > CAMERA_WAITING_MAX)
        drop_oldest(rec);
    while (storage->waiting_bytes > ALL_WAITING_MAX) {
        struct recorder *most = find_fullest(storage);
        if (!most)
            break;
        drop_oldest(most);
    }
}

void recorder_drop_waiting(struct recorder *rec)
{
    while (rec->first) {
        forget_oldest(rec);
        rec->volume->dropped++;
        rec->disk_lost = rec->need_keyframe = true;
    }
}

/* ---- writing -------------------------------------------------------------------- */

/* What could not be written waits again, in front; unless what came behind it had to be
 * dropped meanwhile: then it is a stray piece and goes too. */
static void put_back(struct recorder *rec, struct batch *batch)
{
    for (size_t i = batch->written; rec->disk_lost && i < batch->count; i++) {
        waiting_count(rec, -(int64_t)batch->items[i]->frag->size);
        waiting_free(batch->items[i]);
        rec->volume->dropped++;
    }
    if (rec->disk_lost)
        return;
    for (size_t i = batch->count; i > batch->written; i--) {
        struct waiting *item = batch->items[i - 1];
        item->next = rec->first;
        if (!rec->first)
            rec->last = &item->next;
        rec->first = item;
    }
}

static void let_go_first(struct segment *seg)
{
    struct waiting *item = seg->kept;

    seg->kept = item->next;
    if (!seg->kept)
        seg->kept_last = &seg->kept;
    seg->rec->kept_bytes -= item->frag->size;
    waiting_free(item);
}

void recorder_let_go(struct segment *seg, int64_t synced_bytes)
{
    while (seg->kept && seg->kept->end_bytes <= synced_bytes)
        let_go_first(seg);
}

static void keep(struct segment *seg, struct waiting *item)
{
    item->next = NULL;
    *seg->kept_last = item;
    seg->kept_last = &item->next;
    seg->rec->kept_bytes += item->frag->size;
    while (seg->rec->kept_bytes > CAMERA_KEPT_MAX && seg->kept)
        let_go_first(seg);
}

bool recorder_rescue(struct segment *seg)
{
    struct recorder *rec = seg->rec;
    struct waiting *last = NULL;
    int64_t begin = seg->synced_bytes ? seg->synced_bytes : (int64_t)seg->init->size;

    if (!seg->kept || seg->kept->end_bytes - (int64_t)seg->kept->frag->size > begin + HEAD_MOST)
        return false;
    for (struct waiting *item = seg->kept; item; item = item->next) {
        rec->kept_bytes -= item->frag->size;
        waiting_count(rec, (int64_t)item->frag->size);
        last = item;
    }
    last->next = rec->first;
    if (!rec->first)
        rec->last = &last->next;
    rec->first = seg->kept;
    seg->kept = NULL;
    seg->kept_last = &seg->kept;
    seg->rescued = true;
    if (rec->segment == seg)
        rec->end_us = seg->synced_end_us ? seg->synced_end_us : seg->start_us;
    else if (rec->resume_us == 0)
        rec->resume_us = rec->end_us;
    return true;
}

static void take_written(struct recorder *rec, struct batch *batch)
{
    struct segment *seg = batch->seg;
    int64_t bytes = 0;

    for (size_t i = 0; i < batch->written; i++) {
        bytes += (int64_t)batch->items[i]->frag->size;
        batch->items[i]->end_bytes = batch->ends[i];
        keep(seg, batch->items[i]);
    }
    waiting_count(rec, -bytes);
    if (batch->written == 0)
        return;
    seg->written_bytes = seg->bytes;
    seg->written_end_us = seg->end_us + seg->shift_us;
    if (seg->written_end_us < seg->start_us)
        seg->written_end_us = seg->start_us;
    if (batch->begins)
        timeline_reach(rec, seg);
    rec->end_us = seg->written_end_us;
    if (segment_is_resumed(rec, rec->end_us)) /* it was out when older times came back */
        rec->resume_us = rec->end_us;
    volume_wrote(rec->volume, bytes);
}

/* Loop thread. */
static void on_written(void *arg)
{
    struct batch *batch = arg;
    struct recorder *rec = batch->rec;
    struct segment *seg = batch->seg;
    bool failed = batch->written < batch->count;

    rec->writing = false;
    rec->volume->out--;
    put_back(rec, batch);
    take_written(rec, batch);
    if (failed) {
        rec->retry_mono_us = clock_mono_us() + RETRY_US;
        volume_failed(rec->volume, &batch->err, seg->no_space);
    }
    if (seg->failed && !recorder_rescue(seg))
        rec->need_keyframe = rec->disk_failed = true;
    if (failed || seg->failed)
        segment_end(seg);
    free(batch);
    if (rec->move_to)
        recorder_move(rec, rec->move_to);
    make_room(rec);
    recorder_pump(rec);
    timeline_look(rec);
}

/* The writing worker. */
static void write_batch(void *arg)
{
    struct batch *batch = arg;
    struct segment *seg = batch->seg;

    if (!batch->begins || segment_create(seg, &batch->err))
        while (batch->written < batch->count &&
               segment_append(seg, batch->items[batch->written]->frag, &batch->err))
            batch->ends[batch->written++] = seg->bytes;
    if (batch->begins && batch->written == 0)
        segment_discard(seg);
    loop_post(batch->rec->volume->loop, on_written, batch);
}

/* Whether the fragment cannot go into the segment that is open. `end_us`: of the one
 * before it. */
static bool ends_segment(const struct recorder *rec, const struct waiting *item,
                         int64_t end_us)
{
    const struct fragment *frag = item->frag;
    const struct segment *seg = rec->segment;
    int64_t length_us = frag->start_us - seg->file_us;
    int64_t start_us = frag->start_us + seg->shift_us;

    return item->after_break || rec->disk_lost || frag->init != seg->init ||
           (frag->keyframe && length_us >= rec->volume->segment_us) ||
           length_us + frag->duration_us > SEGMENT_MAX_US || length_us < 0 ||
           start_us - end_us > HOLE_US || end_us - start_us > HOLE_US ||
           segment_is_resumed(rec, start_us) ||
           rec->volume->mount != seg->mount;
}

/* Whether it can be the first of a segment: a keyframe, or the next of what was written.
 */
static bool begins_segment(struct recorder *rec, const struct waiting *item)
{
    if (item->after_break || item->frag->init != rec->init)
        rec->need_keyframe = true;
    if (rec->init != item->frag->init) {
        init_unref(rec->init);
        rec->init = init_ref(item->frag->init);
        rec->seam = true;
    }
    return item->frag->keyframe || !rec->need_keyframe;
}

static void skip_to_begin(struct recorder *rec)
{
    while (rec->first && !begins_segment(rec, rec->first)) {
        forget_oldest(rec);
        rec->skipped++;
        rec->disk_lost |= rec->disk_failed;
    }
}

/* Fills a batch that belongs into one segment. */
static void fill(struct recorder *rec, struct batch *batch)
{
    int64_t end_us = rec->end_us;

    while (rec->first && batch->count < BATCH_FRAGMENTS && batch->bytes < BATCH_BYTES) {
        if (batch->count > 0 && ends_segment(rec, rec->first, end_us))
            break;
        struct waiting *item = take_oldest(rec);
        end_us = item->frag->start_us + item->frag->duration_us + rec->segment->shift_us;
        batch->items[batch->count++] = item;
        batch->bytes += item->frag->size;
    }
}

void recorder_pump(struct recorder *rec)
{
    struct volume *volume = rec->volume;

    if (rec->writing)
        return;
    if (rec->segment && rec->first && ends_segment(rec, rec->first, rec->end_us))
        segment_end(rec->segment);
    if (rec->segment && !rec->first && (rec->broken || rec->gated || !rec->active || !volume->mount))
        segment_end(rec->segment);
    if (!volume->mount || clock_mono_us() < rec->retry_mono_us)
        return;
    if (!rec->segment)
        skip_to_begin(rec);
    if (!rec->first)
        return;

    struct batch *batch = xcalloc(1, sizeof *batch);
    batch->rec = rec;
    batch->begins = rec->segment == NULL;
    if (batch->begins) {
        take_hole(rec, rec->first);
        rec->segment = segment_begin(rec, rec->first->frag);
        rec->need_keyframe = rec->disk_failed = false;
    }
    batch->seg = rec->segment;
    fill(rec, batch);
    if (worker_post(volume->write, write_batch, batch)) {
        rec->writing = true;
        volume->out++;
        return;
    }
    /* More recorders than the queue is long: the next tick tries again. */
    put_back(rec, batch);
    if (batch->begins)
        segment_end(rec->segment);
    free(batch);
}

/* ---- what comes ----------------------------------------------------------------- */

/* What has none that a file or a row could have is as good as a break. */
static bool has_a_time(const struct fragment *frag)
{
    return frag->start_us >= 0 && frag->start_us < LAST_START_US &&
           frag->duration_us >= 0 && frag->duration_us <= SEGMENT_MAX_US;
}

static void on_fragment(void *arg, const struct fragment *frag)
{
    struct recorder *rec = arg;

    if (frag && !has_a_time(frag)) {
        rec->skipped++;
        frag = NULL;
    }
    if (!frag) {
        rec->broken = true;
        recorder_pump(rec);
        timeline_look(rec);
        return;
    }
    bool new_run = frag->init->run_us != rec->arrived_run_us;
    if (new_run) /* perhaps because the clock was set */
        storage_look_at_clock(rec->volume->storage);
    rec->arrived_run_us = frag->init->run_us;
    struct waiting *item = xcalloc(1, sizeof *item);
    *item = (struct waiting){ .frag = fragment_ref(frag), .after_break = rec->broken };
    if (rec->broken || (rec->gap && !rec->gated) || (new_run && rec->clock_set)) {
        bool by_clock = rec->clock_set && rec->cause == GAP_UNKNOWN;
        item->after_hole = true;
        item->cause = by_clock ? GAP_CLOCK : rec->cause;
        rec->clock_set = false;
        item->detail = rec->detail;
        rec->cause = GAP_UNKNOWN;
        rec->detail = NULL;
        rec->broken = false;
    }
    rec->came = true;
    rec->arrived_mono_us = clock_mono_us();
    rec->arrived_end_us = frag->start_us + frag->duration_us;
    if (gate_holds_back(rec, item))
        return;
    *rec->last = item;
    rec->last = &item->next;
    waiting_count(rec, (int64_t)frag->size);
    make_room(rec);
    recorder_pump(rec);
}

/* ---- where it is written -------------------------------------------------------- */

void recorder_move(struct recorder *rec, struct volume *to)
{
    struct recorder **at = &rec->volume->recorders;

    rec->move_to = rec->writing ? to : NULL;
    if (rec->writing || rec->volume == to)
        return;
    if (rec->segment)
        segment_end(rec->segment);
    log_info("camera moved to another volume", "camera=%s from=%s to=%s", rec->camera,
             rec->volume->path, to->path);
    while (*at != rec)
        at = &(*at)->next;
    *at = rec->next;
    rec->volume = to;
    rec->next = to->recorders;
    to->recorders = rec;
    rec->retry_mono_us = 0;
}

enum sacrifice recorder_sacrifice(const struct recorder *rec)
{
    return rec->volume->sacrifices.level;
}

void recorder_gave_up(struct recorder *rec, enum sacrifice what, size_t count)
{
    rec->volume->given_up_count[what] += (int64_t)count;
}

const char *recorder_volume(const struct recorder *rec)
{
    return rec->volume->name;
}

struct recorder *recorder_new(struct volume *volume, const char *camera)
{
    struct recorder *rec = xcalloc(1, sizeof *rec);

    rec->volume = volume;
    snprintf(rec->camera, sizeof rec->camera, "%s", camera);
    rec->last = &rec->first;
    rec->pre_last = &rec->pre_first;
    rec->need_keyframe = true;
    rec->broken = true;
    rec->next = volume->recorders;
    volume->recorders = rec;
    return rec;
}

void recorder_begin(struct recorder *rec, const struct camera_settings *camera,
                    struct stream *stream)
{
    const char *by = rec->volume->storage->by;

    assert(!rec->active);
    rec->active = true;
    free(rec->by);
    rec->by = by ? xstrdup(by) : NULL;
    rec->came = false;
    rec->cause = GAP_STOPPED;
    rec->stream = stream;
    rec->started_us = clock_wall_us();
    rec->arrived_mono_us = clock_mono_us();
    rec->gap_is_past = rec->gap != NULL;
    gate_open(rec, camera);
    timeline_ask_past(rec);
    /* The past of a stream that this recorder has written already is not written again.
     */
    rec->follower = stream_follow(stream, rec->arrived_end_us ? rec->arrived_end_us : 1,
                                  on_fragment, rec);
}

void recorder_stop(struct recorder *rec)
{
    if (!rec)
        return;
    follower_stop(rec->follower);
    rec->follower = NULL;
    rec->stream = NULL;
    rec->active = false;
    rec->gated = false;
    gate_forget(rec);
    recorder_pump(rec);
    timeline_stop(rec);
}

bool recorder_is_idle(const struct recorder *rec)
{
    return !rec->writing && !rec->first;
}

void recorder_free(struct recorder *rec)
{
    recorder_drop_waiting(rec);
    gate_forget(rec);
    init_unref(rec->init);
    free(rec->detail);
    free(rec->hole_detail);
    free(rec->by);
    free(rec);
}
