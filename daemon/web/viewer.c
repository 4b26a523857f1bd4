#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "viewer.h"

enum { NOTE_MAX = 256 << 10 };

struct note *note_new(const json_t *object)
{
    size_t size = json_dumpb(object, NULL, 0, JSON_STYLE);

    if (size == 0 || size > NOTE_MAX)
        return NULL;
    struct note *note = xcalloc(1, sizeof *note + size + 1);
    note->refs = 1;
    note->size = size;
    json_dumpb(object, note->text, size, JSON_STYLE);
    const char *type = json_string_value(json_object_get(object, "type"));
    note->type = xstrdup(type ? type : "note");
    return note;
}

struct note *note_ref(struct note *note)
{
    note->refs++;
    return note;
}

void note_unref(struct note *note)
{
    if (!note || --note->refs > 0)
        return;
    free((char *)note->type);
    free(note);
}

void viewer_begin(struct viewer *viewer, struct web *web, const struct viewer_kind *kind,
                  const struct who *who)
{
    viewer->web = web;
    viewer->kind = kind;
    viewer->who = who_ref(who);
    LIST_INSERT_HEAD(&web->viewers, viewer, next);
    web->counts.viewers_opened++;
}

void viewer_leave(struct viewer *viewer)
{
    LIST_REMOVE(viewer, next);
    viewer->web->counts.viewers_closed++;
    who_unref(viewer->who);
}

bool viewer_sees_all_it_watches(struct viewer *viewer)
{
    const struct settings *set = viewer->web->settings;

    for (size_t i = 0; i < set->camera_count; i++)
        if (viewer->kind->watches(viewer, set->cameras[i].id) &&
            !who_may_see_camera(viewer->who, &set->cameras[i]))
            return false;
    return true;
}

static bool watches_changed(struct viewer *viewer, const struct settings *before)
{
    const struct settings *now = viewer->web->settings;

    for (size_t i = 0; i < before->camera_count; i++) {
        const char *id = before->cameras[i].id;
        if (viewer->kind->watches(viewer, id) &&
            settings_compare_camera(before, now, id) != CHANGE_SAME)
            return true;
    }
    for (size_t i = 0; i < now->camera_count; i++) {
        const char *id = now->cameras[i].id;
        if (viewer->kind->watches(viewer, id) && !settings_find_camera(before, id))
            return true;
    }
    return false;
}

void viewers_reload(struct web *web, const struct settings *before)
{
    struct viewer *viewer, *following;

    for (viewer = LIST_FIRST(&web->viewers); viewer; viewer = following) {
        following = LIST_NEXT(viewer, next);
        if (watches_changed(viewer, before))
            viewer->kind->end(viewer);
    }
}

void web_note(struct web *web, const struct area *area, json_t *object)
{
    struct viewer *viewer, *following;

    if (LIST_EMPTY(&web->viewers))
        return;
    struct note *note = note_new(object);
    if (!note)
        return;
    for (viewer = LIST_FIRST(&web->viewers); viewer; viewer = following) {
        following = LIST_NEXT(viewer, next);
        if (viewer->kind->note && who_may_see_area(viewer->who, area))
            viewer->kind->note(viewer, note);
    }
    note_unref(note);
}
