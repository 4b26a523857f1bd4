/* Pictures as they come, for programs that know only multipart. A slow reader gets fewer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/memory.h"
#include "core/time_text.h"
#include "viewer.h"

struct slides {
    struct viewer viewer;
    struct outlet *out;
    struct follower *follower;
    char camera[ID_MAX];
    const struct picture *next; /* counted: waits for room; NULL: none */
};

static struct slides *slides_of(struct viewer *viewer)
{
    return (struct slides *)viewer; /* its first member */
}

static void drop_picture(void *arg)
{
    picture_unref(arg);
}

static void pump(struct slides *slides)
{
    char head[160], when[TIME_TEXT_MAX];
    const struct picture *picture = slides->next;

    if (!picture || outlet_waiting(slides->out) > 0)
        return;
    slides->next = NULL;
    int size = snprintf(head, sizeof head,
                        "--kengd\r\nContent-Type: image/jpeg\r\nContent-Length: %zu\r\n"
                        "X-Picture-Time: %s\r\n\r\n",
                        picture->size, time_text(picture->at_us, when));
    struct piece pieces[] = {
        { .at = head, .size = (size_t)size },
        { .at = picture->bytes,
          .size = picture->size,
          .drop = drop_picture,
          .arg = (void *)picture },
        { .at = "\r\n", .size = 2 },
    };
    outlet_send(slides->out, pieces, COUNT_OF(pieces));
}

static void on_picture(void *arg, const struct picture *picture)
{
    struct slides *slides = arg;

    if (!picture)
        return;
    if (slides->next)
        slides->viewer.web->counts.shed++;
    picture_unref(slides->next);
    slides->next = picture_ref(picture);
    pump(slides);
}

static void slides_end(struct viewer *viewer)
{
    struct slides *slides = slides_of(viewer);

    viewer_leave(viewer);
    follower_stop(slides->follower);
    picture_unref(slides->next);
    outlet_close(slides->out);
    free(slides);
}

static void slides_revoke(struct viewer *viewer)
{
    struct slides *slides = slides_of(viewer);

    outlet_finish(slides->out);
    slides->out = NULL;
    slides_end(viewer);
}

static bool slides_watch(struct viewer *viewer, const char *camera)
{
    return strcmp(slides_of(viewer)->camera, camera) == 0;
}

static const struct viewer_kind slides_kind = {
    .name = "mjpeg",
    .watches = slides_watch,
    .revoke = slides_revoke,
    .end = slides_end,
};

static void on_room(void *arg)
{
    pump(arg);
}

static void on_gone(void *arg)
{
    struct slides *slides = arg;

    slides->out = NULL;
    slides_end(&slides->viewer);
}

static const struct outlet_calls outlet_calls = { on_room, on_gone };

void mjpeg_live(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    struct web *web = ask->web;
    struct stream *stream = doors->stream(doors->arg, ask->camera->id, true);
    char object[ID_MAX + 16];

    if (!stream)
        stream = doors->stream(doors->arg, ask->camera->id, false);
    if (!stream) {
        answer_not_found(ask);
        return;
    }
    const struct who *who = who_ref(ask->who);
    struct slides *slides = xcalloc(1, sizeof *slides);
    snprintf(slides->camera, sizeof slides->camera, "%s", ask->camera->id);
    slides->out = outlet_open(ask, 200, "multipart/x-mixed-replace; boundary=kengd", -1,
                              &outlet_calls, slides);
    if (slides->out) {
        snprintf(object, sizeof object, "camera:%s", slides->camera);
        access_note_seldom(web, who, "live", object);
        viewer_begin(&slides->viewer, web, &slides_kind, who);
        slides->follower = stream_follow_pictures(stream, on_picture, slides);
    } else {
        free(slides);
    }
    who_unref(who);
}
