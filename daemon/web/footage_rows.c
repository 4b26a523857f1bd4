#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "beneath.h"
#include "core/clock.h"
#include "core/memory.h"
#include "footage_rows.h"
#include "media/clip.h"

struct found_query {
    struct stretch_query query; /* first: the routes see only this */
    route_fn *found;
};

static void drop_query(void *job)
{
    struct stretch_query *query = job;

    for (size_t i = 0; i < query->segments.count; i++) {
        if (query->scans)
            mp4_segment_free(&query->scans[i]);
        if (query->urls)
            free(query->urls[i]);
    }
    clip_close(query->clip);
    volume_dirs_close(&query->dirs);
    free(query->scans);
    free(query->urls);
    free(query->shifts_us);
    free(query->text);
    free(query->range);
    settings_unref(query->set);
    segment_list_free(&query->segments);
    gap_list_free(&query->gaps);
}

static void read_rows(struct store *store, void *job)
{
    struct stretch_query *query = job;
    int64_t last_us, bytes;
    bool well =
        query->to_play
            ? segments_to_play(store, query->camera, query->from_us, query->to_us,
                               &query->segments, &query->first, &query->err)
            : segments_between(store, query->camera, query->from_us, query->to_us,
                               &query->segments, &query->err);

    query->failed = !well ||
                    !gaps_between(store, query->camera, query->from_us, query->to_us,
                                  &query->gaps, &query->err) ||
                    !segments_extent(store, query->camera, &query->kept_us, &last_us, &bytes,
                                     &query->err);
}

static void on_rows(struct ask *ask)
{
    struct found_query *found = ask->job;

    if (found->query.failed)
        answer_failure(ask, &found->query.err);
    else
        found->found(ask);
}

static void find(struct ask *ask, const char *camera, int64_t from_us, int64_t to_us,
                 bool to_play, route_fn *found)
{
    struct found_query *job = xcalloc(1, sizeof *job);

    /* An event's clip comes here with the event as the job: it has done its service. */
    if (ask->job) {
        if (ask->drop_job)
            ask->drop_job(ask->job);
        free(ask->job);
    }
    ask->job = job;
    ask->drop_job = drop_query;
    job->found = found;
    job->query = (struct stretch_query){
        .from_us = from_us, .to_us = to_us, .to_play = to_play
    };
    snprintf(job->query.camera, sizeof job->query.camera, "%s", camera);
    job->query.set = settings_ref(ask->settings);
    ask_desk(ask, ask->web->reads, read_rows, on_rows);
}

void stretch_find(struct ask *ask, const char *camera, int64_t from_us, int64_t to_us,
                  route_fn *found)
{
    find(ask, camera, from_us, to_us, false, found);
}

void stretch_find_to_play(struct ask *ask, const char *camera, int64_t from_us,
                          int64_t to_us, route_fn *found)
{
    find(ask, camera, from_us, to_us, true, found);
}

/* The clock was set right after the file was written: the row knows better. */
static int64_t shift_of(const struct segment_row *row, const struct mp4_segment *scan)
{
    int64_t shift = scan->count > 0 ? row->start_us - scan->entries[0].start_us : 0;

    return llabs(shift) < MILLIS_US(1) ? 0 : shift;
}

static void scan_one(struct stretch_query *query, size_t which)
{
    const struct segment_row *row = &query->segments.rows[which];
    const char *root = settings_volume_path(query->set, row->volume);
    int fd = root ? open_beneath(root, row->path) : -1;

    query->urls[which] = xformat("/api/segments/%lld.mp4", (long long)row->id);
    if (fd < 0)
        return; /* taken away meanwhile: shown as a hole */
    if (!mp4_scan_segment(fd, &query->scans[which], NULL))
        query->scans[which] = (struct mp4_segment){ 0 };
    close(fd);
    query->shifts_us[which] = shift_of(row, &query->scans[which]);
}

/* The last keyframe at or before `from_us`, or the first fragment if it is one. False: the
 * segment has neither. */
static bool find_begin(const struct stretch_query *query, size_t which, int64_t *at_us)
{
    const struct mp4_segment *scan = &query->scans[which];
    bool found = false;

    for (size_t i = 0; i < scan->count; i++) {
        int64_t start_us = scan->entries[i].start_us + query->shifts_us[which];
        if (i > 0 && start_us > query->from_us)
            break;
        if (scan->entries[i].keyframe) {
            *at_us = start_us;
            found = true;
        }
    }
    return found;
}

void stretch_scan(struct stretch_query *query)
{
    size_t count = query->segments.count, begin = query->first;
    int64_t at_us;

    query->scans = xcalloc(count + 1, sizeof *query->scans);
    query->shifts_us = xcalloc(count + 1, sizeof *query->shifts_us);
    query->urls = xcalloc(count + 1, sizeof *query->urls);
    for (size_t i = query->first; i < count; i++)
        scan_one(query, i);
    if (begin == count || query->scans[begin].count == 0 ||
        find_begin(query, begin, &at_us))
        return;
    while (begin > 0) {
        scan_one(query, --begin);
        if (query->scans[begin].count == 0)
            return; /* what is behind it needs it */
        if (find_begin(query, begin, &at_us)) {
            query->first = begin;
            query->from_us = at_us;
            return;
        }
    }
}
