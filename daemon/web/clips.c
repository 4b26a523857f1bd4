/* Footage as one MP4 file, of any time or of an event. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "file_answer.h"
#include "footage_rows.h"
#include "lists.h"
#include "media/clip.h"
#include "reel.h"

static const int64_t CLIP_MOST_US = SECONDS_US(30 * 60);
static const int64_t AROUND_US = SECONDS_US(5);

/* A stretch of the clip: what lies before it is made and thrown away. */
struct clip_reel {
    struct clip *clip;
    struct volume_dirs dirs;
    uint64_t skip, left;
};

static bool read_clip(void *arg, struct bytes *to, struct error *err)
{
    struct clip_reel *reel = arg;

    while (to->size < REEL_BYTES && reel->left > 0) {
        const uint8_t *bytes;
        size_t size;
        if (!clip_next(reel->clip, &bytes, &size, err))
            return false;
        if (size == 0)
            break;
        size_t skip = reel->skip < size ? (size_t)reel->skip : size;
        size_t take = reel->left < size - skip ? (size_t)reel->left : size - skip;
        bytes_add(to, bytes + skip, take);
        reel->skip -= skip;
        reel->left -= take;
    }
    return true;
}

static void close_clip(void *arg)
{
    struct clip_reel *reel = arg;

    clip_close(reel->clip);
    volume_dirs_close(&reel->dirs);
    free(reel);
}

static const struct reel_source clip_source = { read_clip, close_clip };

/* A player that asks for a part (Safari plays nothing else) is told how long the whole is:
 * it is made once for that, and again from the begin. */
static void measure(struct stretch_query *query, const struct clip_source *sources)
{
    const uint8_t *bytes;
    size_t size;
    uint64_t whole = 0;

    while (clip_next(query->clip, &bytes, &size, &query->err) && size > 0)
        whole += size;
    clip_close(query->clip);
    query->range_kind = range_read(query->range, whole, &query->range_first, &query->range_last);
    query->clip_size = whole;
    query->clip = query->err.kind == ERR_NONE
                      ? clip_open(sources + query->first,
                                  query->segments.count - query->first, query->from_us,
                                  query->to_us, &query->err)
                      : NULL;
}

static int root_of(const struct stretch_query *query, size_t which)
{
    return volume_dirs_find(&query->dirs, query->segments.rows[which].volume);
}

/* The worker's. */
static void open_clip(void *job)
{
    struct stretch_query *query = job;
    size_t count = query->segments.count;

    if (!volume_dirs_open(&query->dirs, query->set, &query->err))
        return;
    stretch_scan(query);
    struct clip_source *sources = xcalloc(count + 1, sizeof *sources);
    for (size_t i = query->first; i < count; i++)
        sources[i] = (struct clip_source){ .root_fd = root_of(query, i),
                                           .path = query->segments.rows[i].path,
                                           .shift_us = query->shifts_us[i] };
    query->clip = clip_open(sources + query->first, count - query->first, query->from_us,
                            query->to_us, &query->err);
    if (query->clip && query->range)
        measure(query, sources);
    free(sources);
}

/* "cong-lang-20261121T140449Z.mp4" */
static void name_file(struct ask *ask, const char *camera, int64_t start_us)
{
    char text[TIME_TEXT_MAX], short_time[TIME_TEXT_MAX];
    size_t n = 0;

    time_text(start_us, text);
    for (const char *p = text; *p && *p != '.'; p++)
        if (*p != '-' && *p != ':')
            short_time[n++] = *p;
    short_time[n] = 0;
    char *value = xformat("inline; filename=\"%s-%sZ.mp4\"", camera, short_time);
    ask_header(ask, "Content-Disposition", value);
    ask_header(ask, "X-Clip-Start", text);
    free(value);
}

static void send_clip(struct ask *ask)
{
    struct stretch_query *query = ask->job;

    if (!query->clip) {
        if (query->err.kind == ERR_MEDIA)
            answer_error(ask, 404, "no_footage", NULL, "%s", query->err.text);
        else
            answer_failure(ask, &query->err);
        return;
    }
    bool part = query->range && query->range_kind == RANGE_PART;
    int64_t length = part ? (int64_t)(query->range_last - query->range_first + 1) : -1;
    if (query->range)
        answer_stretch_headers(ask, query->range_kind, query->range_first, query->range_last,
                               query->clip_size);
    if (query->range && query->range_kind == RANGE_OUTSIDE) {
        answer_error(ask, 416, "range", NULL, _("the file is not that long"));
        return;
    }
    struct clip_reel *reel = xmalloc(sizeof *reel);
    *reel = (struct clip_reel){ query->clip, query->dirs,
                                part ? query->range_first : 0,
                                part ? (uint64_t)length : UINT64_MAX };
    query->clip = NULL;
    query->dirs = (struct volume_dirs){ 0 }; /* the reel closes them */
    name_file(ask, query->camera, clip_start_us(reel->clip));
    reel_start(ask, part ? 206 : 200, "video/mp4", length, query->camera, &clip_source, reel);
}

static void make_clip(struct ask *ask)
{
    struct stretch_query *query = ask->job;
    const char *range = ask_sent(ask, "Range");

    query->range = range ? xstrdup(range) : NULL;
    ask_files(ask, open_clip, send_clip);
}

void clip_get(struct ask *ask)
{
    int64_t from_us, to_us;
    char object[ID_MAX + 80], from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

    if (!ask_span(ask, CLIP_MOST_US, &from_us, &to_us))
        return;
    snprintf(object, sizeof object, "camera:%s %s %s", ask->arg,
             time_text(from_us, from), time_text(to_us, to));
    access_note_seldom(ask->web, ask->who, "clip", object);
    stretch_find_to_play(ask, ask->arg, from_us, to_us, make_clip);
}

static void clip_of_event(struct ask *ask)
{
    struct one_event *one = ask->job;
    int64_t from_us = one->row.start_us - AROUND_US;
    int64_t to_us = one->row.end_us ? one->row.end_us + AROUND_US : clock_wall_us();
    char camera[ID_MAX], object[ROW_ID_MAX + 16];

    if (!one->row.camera || strlen(one->row.camera) >= sizeof camera) {
        answer_not_found(ask);
        return;
    }
    strcpy(camera, one->row.camera);
    if (to_us <= from_us)
        to_us = from_us + AROUND_US;
    if (to_us - from_us > CLIP_MOST_US)
        to_us = from_us + CLIP_MOST_US;
    snprintf(object, sizeof object, "event:%s", one->row.id);
    access_note_seldom(ask->web, ask->who, "clip", object);
    stretch_find_to_play(ask, camera, from_us, to_us, make_clip);
}

void event_clip(struct ask *ask)
{
    event_find(ask, clip_of_event);
}
