/* The page's one stream: docs/live-stream.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "live_choice.h"
#include "live_queue.h"
#include "shapes.h"
#include "viewer.h"

struct page;

/* One camera on a page, in one of the ways. */
struct tile {
    struct page *page;
    uint16_t channel;
    char camera[ID_MAX];   /* "": not there for this asker */
    bool pictures;         /* JPEG was asked for, */
    bool debug;            /* ... or what the detector sees: both are pictures */
    struct live_choice choice;
    struct stream *stream; /* chosen; lent by the wiring */
    struct follower *video, *stills;
    const struct init *init; /* counted: the last one sent */
};

struct page {
    struct viewer viewer;
    struct outlet *out; /* NULL: gone */
    struct live_queue queue;
    bool joining;
    size_t count;
    struct tile tiles[LIVE_CHANNELS_MAX];
};

enum { PIECES = 3 * 64 };

static struct page *page_of(struct viewer *viewer)
{
    return (struct page *)viewer; /* its first member */
}

/* ---- out ------------------------------------------------------------------------------
 */

static size_t add_pieces(struct live_item *item, struct piece *pieces, uint8_t *header)
{
    size_t count = 0;

    wire_write_header(header, &item->header);
    pieces[count++] = (struct piece){ .at = header, .size = WIRE_HEADER };
    if (item->prefix_size > 0)
        pieces[count++] = (struct piece){ .at = item->prefix, .size = item->prefix_size };
    if (item->body_size > 0)
        pieces[count++] = (struct piece){ .at = item->body,
                                          .size = item->body_size,
                                          .drop = item->drop,
                                          .arg = item->owner };
    return count;
}

/* One chunk of what waits, up to `most` bytes and one message beyond. False: nothing. */
static bool send_some(struct page *page, size_t most)
{
    struct piece pieces[PIECES];
    uint8_t headers[PIECES / 3][WIRE_HEADER];
    struct live_item *items[PIECES / 3];
    size_t total = 0, n = 0, count = 0;

    while (total < most && n < PIECES / 3 && live_queue_first(&page->queue)) {
        struct live_item *item = live_queue_take(&page->queue);
        total += WIRE_HEADER + item->header.size;
        count += add_pieces(item, pieces + count, headers[n]);
        items[n++] = item;
    }
    if (n == 0)
        return false;
    outlet_send(page->out, pieces, count);
    for (size_t i = 0; i < n; i++) {
        if (items[i]->body_size > 0)
            items[i]->drop = NULL; /* the outlet drops it when it is written */
        live_item_free(items[i]);
    }
    return true;
}

/* Little goes out at a time: what is in the outlet cannot be shed. */
static void pump(struct page *page)
{
    size_t waiting = page->out && !page->joining ? outlet_waiting(page->out) : OUTLET_LOW;

    if (waiting < OUTLET_LOW)
        send_some(page, OUTLET_LOW - waiting);
}

static void page_end(struct viewer *viewer)
{
    struct page *page = page_of(viewer);

    viewer->web->counts.shed += page->queue.dropped;
    viewer_leave(viewer);
    for (size_t i = 0; i < page->count; i++) {
        follower_stop(page->tiles[i].video);
        follower_stop(page->tiles[i].stills);
        init_unref(page->tiles[i].init);
    }
    live_queue_end(&page->queue);
    outlet_close(page->out);
    free(page);
}

/* After something was queued: tells a slow viewer, lets go of a hopeless one, sends. */
static void settle(struct page *page)
{
    int64_t now = clock_mono_us();

    if (page->joining)
        return;
    if (live_queue_is_hopeless(&page->queue)) {
        page->viewer.web->counts.kicked++;
        page_end(&page->viewer);
        return;
    }
    if (live_queue_is_slow(&page->queue, now)) {
        json_t *object = json_pack("{s:s}", "type", "slow");
        struct note *note = note_new(object);
        live_queue_note(&page->queue, note, clock_wall_us(), now);
        note_unref(note);
        json_decref(object);
    }
    pump(page);
}

static void on_room(void *arg)
{
    pump(arg);
}

static void on_gone(void *arg)
{
    struct page *page = arg;

    page->out = NULL;
    page_end(&page->viewer);
}

static const struct outlet_calls outlet_calls = { on_room, on_gone };

/* ---- in -------------------------------------------------------------------------------
 */

static void queue_picture(struct tile *tile, const struct picture *picture)
{
    live_queue_picture(&tile->page->queue, tile->debug ? WIRE_DEBUG : WIRE_JPEG,
                       tile->channel, picture, clock_mono_us());
}

static void on_picture(void *arg, const struct picture *picture)
{
    struct tile *tile = arg;
    struct page *page = tile->page;

    if (!picture)
        return;
    queue_picture(tile, picture);
    settle(page);
}

static void on_fragment(void *arg, const struct fragment *frag)
{
    struct tile *tile = arg;
    struct page *page = tile->page;
    int64_t now = clock_mono_us();

    if (!frag) {
        live_queue_break(&page->queue, tile->channel);
        return;
    }
    if (tile->init != frag->init) {
        init_unref(tile->init);
        tile->init = init_ref(frag->init);
        live_queue_init(&page->queue, tile->channel, frag->init, now, page->joining);
        live_queue_break(&page->queue, tile->channel);
    }
    bool taken =
        live_queue_fragment(&page->queue, tile->channel, frag, now, page->joining);
    if (taken && !tile->pictures && tile->stills) {
        /* Pictures helped over the wait for the first keyframe. */
        follower_stop(tile->stills);
        tile->stills = NULL;
    }
    settle(page);
}

static void follow_pictures(struct tile *tile)
{
    const struct picture *last = stream_picture(tile->stream);

    tile->stills = stream_follow_pictures(tile->stream, on_picture, tile);
    if (last && clock_wall_us() - last->at_us < SECONDS_US(3))
        queue_picture(tile, last);
}

static void join(struct tile *tile)
{
    struct live_queue *queue = &tile->page->queue;

    if (!tile->stream)
        return;
    if (tile->pictures || tile->debug) {
        follow_pictures(tile);
        return;
    }
    const struct init *init = stream_init(tile->stream);
    if (init) {
        tile->init = init_ref(init);
        live_queue_init(queue, tile->channel, init, clock_mono_us(), true);
    }
    tile->video = stream_follow(tile->stream, 0, on_fragment, tile);
    /* A GOP longer than what is remembered: its keyframe is gone. */
    if (init && queue->channels[tile->channel].needs_key)
        follow_pictures(tile);
}

/* ---- the viewer -----------------------------------------------------------------------
 */

static void page_note(struct viewer *viewer, struct note *note)
{
    struct page *page = page_of(viewer);

    live_queue_note(&page->queue, note, clock_wall_us(), clock_mono_us());
    settle(page);
}

/* Where the better stream is another now, the page goes over to it. */
static void look_at_choices(struct page *page)
{
    int64_t now = clock_mono_us();

    page->joining = true;
    for (size_t i = 0; i < page->count; i++) {
        struct tile *tile = &page->tiles[i];
        struct stream *other = live_choice_look(&tile->choice, now);

        if (!other)
            continue;
        follower_stop(tile->video);
        follower_stop(tile->stills);
        tile->video = tile->stills = NULL;
        init_unref(tile->init);
        tile->init = NULL;
        live_queue_break(&page->queue, tile->channel);
        tile->stream = other;
        join(tile);
    }
    page->joining = false;
}

static void page_ping(struct viewer *viewer)
{
    struct page *page = page_of(viewer);

    look_at_choices(page);
    live_queue_ping(&page->queue, clock_wall_us(), clock_mono_us());
    pump(page);
}

static bool page_watches(struct viewer *viewer, const char *camera)
{
    struct page *page = page_of(viewer);

    for (size_t i = 0; i < page->count; i++)
        if (strcmp(page->tiles[i].camera, camera) == 0)
            return true;
    return false;
}

static void page_revoke(struct viewer *viewer)
{
    struct page *page = page_of(viewer);
    json_t *object = json_pack("{s:s}", "type", "revoked");
    struct note *note = note_new(object);

    live_queue_clear(&page->queue);
    live_queue_note(&page->queue, note, clock_wall_us(), clock_mono_us());
    note_unref(note);
    json_decref(object);
    while (send_some(page, OUTLET_LOW))
        ;
    outlet_finish(page->out);
    page->out = NULL;
    page_end(viewer);
}

static const struct viewer_kind page_kind = {
    .name = "page",
    .note = page_note,
    .ping = page_ping,
    .watches = page_watches,
    .revoke = page_revoke,
    .end = page_end,
};

/* ---- the request ----------------------------------------------------------------------
 */

/* "cong-lang", "cong-lang!sub", "!main", "!jpeg" or "!debug". False: not one of these. */
static bool read_tile(struct ask *ask, struct tile *tile, const char *word, size_t length,
                      json_t *cameras)
{
    const char *bang = memchr(word, '!', length);
    size_t id_length = bang ? (size_t)(bang - word) : length;
    char id[ID_MAX], way[8] = "";

    if (id_length == 0 || id_length >= sizeof id || length - id_length >= sizeof way)
        return false;
    memcpy(id, word, id_length);
    id[id_length] = 0;
    if (bang)
        memcpy(way, bang + 1, length - id_length - 1);
    if (*way && strcmp(way, "sub") != 0 && strcmp(way, "main") != 0 &&
        strcmp(way, "jpeg") != 0 && strcmp(way, "debug") != 0)
        return false;
    const struct camera_settings *camera = settings_find_camera(ask->settings, id);
    tile->debug = strcmp(way, "debug") == 0;
    if (!who_may_see_camera(ask->who, camera) ||
        (tile->debug && !who_may(ask->who, RIGHT_DEBUG))) {
        json_array_append_new(cameras, json_null());
        return true;
    }
    const struct web_doors *doors = &ask->web->doors;
    struct live_choice *choice = &tile->choice;
    snprintf(tile->camera, sizeof tile->camera, "%s", id);
    tile->pictures = strcmp(way, "jpeg") == 0;
    if (tile->debug) {
        tile->stream = doors->debug ? doors->debug(doors->arg, id) : NULL;
    } else {
        if (strcmp(way, "main") != 0)
            choice->sub = doors->stream(doors->arg, id, true);
        if (strcmp(way, "sub") != 0 && !(tile->pictures && choice->sub))
            choice->main = doors->stream(doors->arg, id, false);
        tile->stream = live_choice_first(choice);
    }
    json_array_append_new(cameras, shape_camera(ask->web, camera));
    return true;
}

static bool read_tiles(struct ask *ask, struct page *page, json_t *cameras)
{
    const char *list = evhttp_find_header(&ask->query, "cameras");

    while (list && *list) {
        size_t length = strcspn(list, ",");
        struct tile *tile = &page->tiles[page->count];
        if (page->count == LIVE_CHANNELS_MAX)
            return false;
        tile->page = page;
        tile->channel = (uint16_t)page->count;
        if (!read_tile(ask, tile, list, length, cameras))
            return false;
        page->count++;
        list += length;
        list += *list == ',';
    }
    return list != NULL; /* none: a screen before its first camera is told of alarms */
}

static void say_hello(struct page *page, json_t *cameras)
{
    json_t *object = json_pack("{s:s, s:o, s:O}", "type", "hello", "now",
                               shape_time(clock_wall_us()), "cameras", cameras);
    struct note *note = note_new(object);

    if (note)
        live_queue_note(&page->queue, note, clock_wall_us(), clock_mono_us());
    note_unref(note);
    json_decref(object);
}

static void log_looking(struct web *web, const struct who *who, const struct page *page)
{
    char object[ID_MAX + 16];

    for (size_t i = 0; i < page->count; i++) {
        if (!page->tiles[i].camera[0])
            continue;
        snprintf(object, sizeof object, "camera:%s", page->tiles[i].camera);
        access_note_seldom(web, who, page->tiles[i].debug ? "debug view" : "live", object);
    }
}

void live_open(struct ask *ask)
{
    struct page *page = xcalloc(1, sizeof *page);
    struct web *web = ask->web;
    const struct who *who = who_ref(ask->who);
    json_t *cameras = json_array();

    if (!read_tiles(ask, page, cameras)) {
        answer_error(
            ask, 400, "bad_cameras", "cameras",
            _("cameras must name 1 to %d cameras, such as gate,lane!sub,yard!jpeg"),
            LIVE_CHANNELS_MAX);
        goto out;
    }
    ask_header(ask, "Cache-Control", "no-store, no-transform");
    page->out =
        outlet_open(ask, 200, "application/octet-stream", -1, &outlet_calls, page);
    if (!page->out)
        goto out;
    live_queue_start(&page->queue, clock_mono_us());
    viewer_begin(&page->viewer, web, &page_kind, who);
    log_looking(web, who, page);
    page->joining = true;
    say_hello(page, cameras);
    for (size_t i = 0; i < page->count; i++)
        join(&page->tiles[i]);
    page->joining = false;
    pump(page);
    page = NULL;
out:
    free(page);
    json_decref(cameras);
    who_unref(who);
}
