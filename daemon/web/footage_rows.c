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
    if (query->recordings_fd >= 0)
        close(query->recordings_fd);
    free(query->scans);
    free(query->urls);
    free(query->shifts_us);
    free(query->text);
    free(query->recordings);
    segment_list_free(&query->segments);
    gap_list_free(&query->gaps);
}

static void read_rows(struct store *store, void *job)
{
    struct stretch_query *query = job;

    query->failed = !segments_between(store, query->camera, query->from_us, query->to_us,
                                      &query->segments, &query->err) ||
                    !gaps_between(store, query->camera, query->from_us, query->to_us,
                                  &query->gaps, &query->err);
}

static void on_rows(struct ask *ask)
{
    struct found_query *found = ask->job;

    if (found->query.failed)
        answer_failure(ask, &found->query.err);
    else
        found->found(ask);
}

void stretch_find(struct ask *ask, const char *camera, int64_t from_us, int64_t to_us,
                  route_fn *found)
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
    job->query =
        (struct stretch_query){ .from_us = from_us, .to_us = to_us, .recordings_fd = -1 };
    snprintf(job->query.camera, sizeof job->query.camera, "%s", camera);
    job->query.recordings = xstrdup(ask->settings->storage.recordings);
    ask_desk(ask, ask->web->reads, read_rows, on_rows);
}

/* The clock was set right after the file was written: the row knows better. */
static int64_t shift_of(const struct segment_row *row, const struct mp4_segment *scan)
{
    int64_t shift = scan->count > 0 ? row->start_us - scan->entries[0].start_us : 0;

    return llabs(shift) < MILLIS_US(1) ? 0 : shift;
}

void stretch_scan(struct stretch_query *query)
{
    size_t count = query->segments.count;

    query->scans = xcalloc(count + 1, sizeof *query->scans);
    query->shifts_us = xcalloc(count + 1, sizeof *query->shifts_us);
    query->urls = xcalloc(count + 1, sizeof *query->urls);
    for (size_t i = 0; i < count; i++) {
        const struct segment_row *row = &query->segments.rows[i];
        int fd = open_beneath(query->recordings, row->path);
        query->urls[i] = xformat("/api/segments/%lld.mp4", (long long)row->id);
        if (fd < 0)
            continue; /* taken away meanwhile: shown as a hole */
        if (!mp4_scan_segment(fd, &query->scans[i], NULL))
            query->scans[i] = (struct mp4_segment){ 0 };
        close(fd);
        query->shifts_us[i] = shift_of(row, &query->scans[i]);
    }
}
