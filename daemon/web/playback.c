/* Looking back: what there is, and how to play it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "footage_rows.h"
#include "media/playlist.h"
#include "shapes.h"
#include "store/tiling.h"

static const int64_t LIST_MOST_US = SECONDS_US(31 * 86400);
static const int64_t PLAYLIST_MOST_US = SECONDS_US(6 * 3600);
static const int64_t FRAGMENTS_MOST_US = SECONDS_US(3600);

static void log_playback(struct ask *ask)
{
    char object[ID_MAX + 16];

    snprintf(object, sizeof object, "camera:%s", ask->arg);
    access_note_seldom(ask->web, ask->who, "playback", object);
}

/* ---- what there is --------------------------------------------------------------------
 */

static json_t *shape_stretch(const struct stretch *stretch)
{
    json_t *object =
        json_pack("{s:s, s:o, s:o}", "kind", stretch->recording ? "recording" : "gap",
                  "from", shape_time(stretch->from_us), "to", shape_time(stretch->to_us));

    if (stretch->recording) {
        json_object_set_new(object, "clock_trusted",
                            json_boolean(stretch->clock_trusted));
    } else {
        json_object_set_new(object, "cause", json_string(gap_cause_word(stretch->cause)));
        json_object_set_new(object, "detail", json_string(stretch->detail));
        json_object_set_new(object, "ended",
                            stretch->ended ? json_string(gap_end_word(stretch->ended))
                                           : json_null());
        json_object_set_new(object, "ended_by", json_string(stretch->ended_by));
    }
    return object;
}

static void answer_stretches(struct ask *ask)
{
    struct stretch_query *query = ask->job;
    struct tiling tiling;
    json_t *list = json_array();

    tiling_make(&query->segments, &query->gaps, query->kept_us, query->from_us, query->to_us,
                clock_wall_us(), &tiling);
    for (size_t i = 0; i < tiling.count; i++)
        json_array_append_new(list, shape_stretch(&tiling.list[i]));
    json_t *body = json_pack("{s:s, s:o, s:o, s:o}", "camera", query->camera, "from",
                             shape_time(tiling.from_us), "to", shape_time(tiling.to_us),
                             "stretches", list);
    tiling_free(&tiling);
    log_playback(ask);
    answer_json(ask, 200, body);
}

void recordings_list(struct ask *ask)
{
    int64_t from_us, to_us;

    if (ask_span(ask, LIST_MOST_US, &from_us, &to_us))
        stretch_find(ask, ask->arg, from_us, to_us, answer_stretches);
}

/* ---- how to play it -------------------------------------------------------------------
 */

static void free_text(const void *at, size_t size, void *arg)
{
    free(arg);
}

static void log_live(struct ask *ask)
{
    char object[ID_MAX + 16];

    snprintf(object, sizeof object, "camera:%s", ask->arg);
    access_note_seldom(ask->web, ask->who, "live", object);
}

static void answer_text(struct ask *ask, const char *type, void (*note)(struct ask *ask))
{
    struct stretch_query *query = ask->job;
    struct evbuffer *body = evbuffer_new();

    evbuffer_add_reference(body, query->text, query->text_size, free_text, query->text);
    query->text = NULL;
    note(ask);
    answer_bytes(ask, 200, type, body);
    evbuffer_free(body);
}

static void keep_text(struct stretch_query *query, struct bytes *text)
{
    query->text_size = text->size;
    query->text = bytes_take(text);
}

/* One that goes on still is left out: what a playlist has said of a gap it may not change. */
static struct playlist_gap *find_gaps(const struct stretch_query *query, size_t *count)
{
    int64_t now_us = clock_wall_us();
    struct tiling tiling;

    tiling_make(&query->segments, &query->gaps, query->kept_us, query->from_us, query->to_us,
                now_us, &tiling);
    struct playlist_gap *gaps = xcalloc(tiling.count + 1, sizeof *gaps);
    *count = 0;
    for (size_t i = 0; i < tiling.count; i++) {
        const struct stretch *stretch = &tiling.list[i];
        bool goes_on = i + 1 == tiling.count && query->to_us > now_us;
        if (!stretch->recording && !goes_on)
            gaps[(*count)++] = (struct playlist_gap){ stretch->from_us, stretch->to_us,
                                                      gap_cause_word(stretch->cause) };
    }
    tiling_free(&tiling);
    return gaps;
}

/* The worker's. */
static void write_playlist(void *job)
{
    struct stretch_query *query = job;
    struct bytes text = { 0 };
    size_t count = 0;

    stretch_scan(query);
    struct playlist_source *sources = xcalloc(query->segments.count + 1, sizeof *sources);
    for (size_t i = query->first; i < query->segments.count; i++)
        if (query->scans[i].init)
            sources[count++] =
                (struct playlist_source){ .url = query->urls[i],
                                          .segment = &query->scans[i],
                                          .shift_us = query->shifts_us[i] };
    size_t gap_count;
    struct playlist_gap *gaps = find_gaps(query, &gap_count);
    playlist_write(&text, sources, count, gaps, gap_count, query->from_us, query->to_us);
    free(gaps);
    free(sources);
    keep_text(query, &text);
}

static void answer_playlist(struct ask *ask)
{
    answer_text(ask, "application/vnd.apple.mpegurl", log_playback);
}

static void answer_live_playlist(struct ask *ask)
{
    answer_text(ask, "application/vnd.apple.mpegurl", log_live);
}

static void make_live_playlist(struct ask *ask)
{
    ask_files(ask, write_playlist, answer_live_playlist);
}

static void make_playlist(struct ask *ask)
{
    ask_files(ask, write_playlist, answer_playlist);
}

void playlist_get(struct ask *ask)
{
    int64_t from_us, to_us;

    if (ask_span(ask, PLAYLIST_MOST_US, &from_us, &to_us))
        stretch_find_to_play(ask, ask->arg, from_us, to_us, make_playlist);
}

/* ---- live ------------------------------------------------------------------------------ */

/* What is on disk and whole is some seconds old; it plays from a keyframe on at once. */
static const int64_t LIVE_BACK_US = SECONDS_US(15);
/* A list grows for so long; then it ends, and the player asks for the first one again. */
static const int64_t LIVE_LENGTH_US = SECONDS_US(900);

/* The list that a player asks for again and again must begin where it began: its address says
 * when. Source: RFC 8216, 4.3.4.2 (a list of lists) and 6.3.4 (one that grows). */
static void answer_live_list(struct ask *ask)
{
    char from[TIME_TEXT_MAX];
    struct evbuffer *body = evbuffer_new();

    evbuffer_add_printf(body,
                        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-STREAM-INF:BANDWIDTH=4000000\n"
                        "live.m3u8?from=%s\n",
                        time_text(clock_wall_us() - LIVE_BACK_US, from));
    log_live(ask);
    answer_bytes(ask, 200, "application/vnd.apple.mpegurl", body);
    evbuffer_free(body);
}

void live_playlist(struct ask *ask)
{
    int64_t from_us, now_us = clock_wall_us();

    if (!ask_query(ask, "from"))
        answer_live_list(ask);
    else if (!ask_time(ask, "from", INT64_MIN, &from_us))
        return; /* answered */
    else if (from_us < now_us - LIVE_LIST_US || from_us > now_us)
        answer_not_found(ask);
    else
        stretch_find_to_play(ask, ask->arg, from_us, from_us + LIVE_LENGTH_US,
                             make_live_playlist);
}

/* ---- the same for pages with MediaSource ----------------------------------------------
 */

static bool is_same_run(const struct mp4_segment *before, const struct mp4_entry *last,
                        const struct mp4_segment *now, const struct mp4_entry *first)
{
    return before && last && last->run_us == first->run_us && first->dts >= last->dts &&
           before->init->size == now->init->size &&
           memcmp(before->init->bytes, now->init->bytes, now->init->size) == 0;
}

/* The last keyframe at or before `from_us` in the segment; else its first fragment. */
static size_t first_entry(const struct mp4_segment *scan, int64_t shift_us,
                          int64_t from_us)
{
    size_t first = 0;

    for (size_t i = 0; i < scan->count; i++) {
        if (scan->entries[i].start_us + shift_us > from_us)
            break;
        if (scan->entries[i].keyframe)
            first = i;
    }
    return first;
}

static void write_entry(struct bytes *text, const struct mp4_entry *entry,
                        const char *url, int64_t shift_us, bool is_first)
{
    char from[TIME_TEXT_MAX];

    bytes_format(text,
                 "%s{\"url\":\"%s\",\"at\":%llu,\"size\":%llu,\"from\":\"%s\","
                 "\"duration\":%.6f,\"dts\":%llu,\"keyframe\":%s}",
                 is_first ? "" : ",", url, (unsigned long long)entry->media,
                 (unsigned long long)(entry->at + entry->size - entry->media),
                 time_text(entry->start_us + shift_us, from),
                 (double)entry->duration_us / 1e6, (unsigned long long)entry->dts,
                 entry->keyframe ? "true" : "false");
}

/* The worker's. Written by hand: an hour is some thousand fragments. */
static void write_fragments(void *job)
{
    struct stretch_query *query = job;
    struct bytes text = { 0 };
    const struct mp4_segment *before = NULL;
    const struct mp4_entry *last = NULL;

    stretch_scan(query);
    bytes_text(&text, "{\"runs\":[");
    for (size_t i = query->first; i < query->segments.count; i++) {
        const struct mp4_segment *scan = &query->scans[i];
        size_t k = first_entry(scan, query->shifts_us[i], query->from_us);
        for (; k < scan->count; k++) {
            const struct mp4_entry *entry = &scan->entries[k];
            if (entry->start_us + query->shifts_us[i] >= query->to_us)
                break;
            bool same = is_same_run(before, last, scan, entry);
            if (!same)
                bytes_format(
                    &text,
                    "%s{\"codecs\":\"%s\",\"timescale\":%u,\"init\":{\"url\":\"%s\","
                    "\"at\":0,\"size\":%llu},\"fragments\":[",
                    last ? "]}," : "", scan->init->codecs, scan->init->timescale,
                    query->urls[i], (unsigned long long)scan->init_size);
            write_entry(&text, entry, query->urls[i], query->shifts_us[i], !same);
            before = scan;
            last = entry;
        }
    }
    bytes_text(&text, last ? "]}]}" : "]}");
    keep_text(query, &text);
}

static void answer_fragments(struct ask *ask)
{
    answer_text(ask, "application/json", log_playback);
}

static void make_fragments(struct ask *ask)
{
    ask_files(ask, write_fragments, answer_fragments);
}

void fragments_list(struct ask *ask)
{
    int64_t from_us, to_us;

    if (ask_span(ask, FRAGMENTS_MOST_US, &from_us, &to_us))
        stretch_find_to_play(ask, ask->arg, from_us, to_us, make_fragments);
}
