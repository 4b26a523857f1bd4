/* Server-sent events for other programs: every note, as it comes.
 * Source: HTML Living Standard, 9.2 (server-sent events). */
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "core/clock.h"
#include "core/bytes.h"
#include "core/memory.h"
#include "shapes.h"
#include "viewer.h"

/* A program that leaves so much unread comes again and asks for the lists. */
enum { UNREAD_MAX = 512 << 10, PINGS_BETWEEN = 5 };

struct feed {
    struct viewer viewer;
    struct outlet *out;
    unsigned pings;
};

static struct feed *feed_of(struct viewer *viewer)
{
    return (struct feed *)viewer; /* its first member */
}

static void feed_end(struct viewer *viewer)
{
    struct feed *feed = feed_of(viewer);

    viewer_leave(viewer);
    outlet_close(feed->out);
    free(feed);
}

static void send_text(struct feed *feed, struct bytes *text)
{
    char *at;
    size_t size = text->size;

    at = bytes_take(text);
    struct piece piece = { .at = at, .size = size, .drop = free, .arg = at };
    outlet_send(feed->out, &piece, 1);
}

static void write_event(struct feed *feed, const struct note *note)
{
    struct bytes text = { 0 };

    bytes_format(&text, "event: %s\ndata: ", note->type);
    bytes_add(&text, note->text, note->size); /* compact JSON has no line break */
    bytes_text(&text, "\n\n");
    send_text(feed, &text);
}

static void feed_note(struct viewer *viewer, struct note *note)
{
    struct feed *feed = feed_of(viewer);

    if (outlet_waiting(feed->out) > UNREAD_MAX) {
        viewer->web->counts.kicked++;
        feed_end(viewer);
        return;
    }
    write_event(feed, note);
}

static void feed_ping(struct viewer *viewer)
{
    struct feed *feed = feed_of(viewer);
    struct bytes text = { 0 };

    if (++feed->pings % PINGS_BETWEEN != 0 || outlet_waiting(feed->out) > 0)
        return;
    bytes_text(&text, ":\n\n");
    send_text(feed, &text);
}

static bool feed_watches(struct viewer *viewer, const char *camera)
{
    return false; /* notes are checked one by one */
}

static void feed_revoke(struct viewer *viewer)
{
    struct feed *feed = feed_of(viewer);
    json_t *object = json_pack("{s:s}", "type", "revoked");
    struct note *note = note_new(object);

    write_event(feed, note);
    note_unref(note);
    json_decref(object);
    outlet_finish(feed->out);
    feed->out = NULL;
    feed_end(viewer);
}

static const struct viewer_kind feed_kind = {
    .name = "feed",
    .note = feed_note,
    .ping = feed_ping,
    .watches = feed_watches,
    .revoke = feed_revoke,
    .end = feed_end,
};

static void on_room(void *arg) {}

static void on_gone(void *arg)
{
    struct feed *feed = arg;

    feed->out = NULL;
    feed_end(&feed->viewer);
}

static const struct outlet_calls outlet_calls = { on_room, on_gone };

static void say_hello(struct feed *feed)
{
    struct web *web = feed->viewer.web;
    const struct settings *set = web->settings;
    json_t *cameras = json_array();

    for (size_t i = 0; i < set->camera_count; i++)
        if (who_may_see_camera(feed->viewer.who, &set->cameras[i]))
            json_array_append_new(cameras, shape_camera(web, &set->cameras[i]));
    json_t *object = json_pack("{s:s, s:o, s:o}", "type", "hello", "now",
                               shape_time(clock_wall_us()), "cameras", cameras);
    struct note *note = note_new(object);
    if (note)
        write_event(feed, note);
    note_unref(note);
    json_decref(object);
}

void feed_open(struct ask *ask)
{
    struct feed *feed = xcalloc(1, sizeof *feed);
    struct web *web = ask->web;
    const struct who *who = who_ref(ask->who);

    feed->out = outlet_open(ask, 200, "text/event-stream", -1, &outlet_calls, feed);
    if (feed->out) {
        viewer_begin(&feed->viewer, web, &feed_kind, who);
        say_hello(feed);
    } else {
        free(feed);
    }
    who_unref(who);
}
