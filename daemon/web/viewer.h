/*
 * A viewer is an endless answer: the page's stream, live.mp4, live.mjpeg or the feed.
 * What they share: who looks, and how they are told and ended. Thread: loop only.
 */
#pragma once
#include "inside.h"
#include "outlet.h"
#include "rights.h"

/* The text of a note, made once for all who are told. */
struct note {
    unsigned refs;
    const char *type; /* of the object; inside `text` it stands too */
    size_t size;
    char text[];
};

struct note *note_new(const json_t *object);
struct note *note_ref(struct note *note);
void note_unref(struct note *note);

struct viewer_kind {
    const char *name;                                       /* as in metrics */
    void (*note)(struct viewer *viewer, struct note *note); /* NULL: is not told */
    void (*ping)(struct viewer *viewer);                    /* NULL: needs none */
    bool (*watches)(struct viewer *viewer, const char *camera);
    /* The right to look has ended: say so, and end. */
    void (*revoke)(struct viewer *viewer);
    void (*end)(struct viewer *viewer); /* frees */
};

struct viewer {
    LIST_ENTRY(viewer) next;
    struct web *web;
    const struct viewer_kind *kind;
    const struct who *who; /* counted */
};

void viewer_begin(struct viewer *viewer, struct web *web, const struct viewer_kind *kind,
                  const struct who *who);
/* Takes it off the list; the kind's `end` calls this before it frees. */
void viewer_leave(struct viewer *viewer);

/* Every camera it watches may still be seen by who looks. */
bool viewer_sees_all_it_watches(struct viewer *viewer);

/* After a reload: those whose cameras have changed are ended, and come again. */
void viewers_reload(struct web *web, const struct settings *before);
