#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "joining.h"

/* Of alerts that are open at the same time so many are looked at: an alarm raised there, and
 * what others closed meanwhile, are none to be joined. */
enum { AMONG = 20 };
/* An alert names so many bytes of further cameras; the rest is only counted. */
enum { NAMED_MOST = 600 };

static bool may_join(const struct alert_row *alert, const char *camera)
{
    if (alert->event.kind != EVENT_MOTION || !alert->event.camera)
        return false;
    /* Somebody has looked at one camera: what begins at another is news. */
    return strcmp(alert->event.camera, camera) == 0 || alert->state == ALERT_OPEN;
}

static bool look(struct store *store, struct row_filter *filter, int64_t span_us,
                 const char *camera, struct joining *out, struct error *err)
{
    struct alert_list list;

    if (out->found || span_us <= 0)
        return true;
    filter->from_us = filter->to_us - span_us;
    if (!alerts_list(store, filter, &list, err))
        return false;
    for (size_t i = 0; i < list.count && !out->found; i++) {
        if (!may_join(&list.rows[i], camera))
            continue;
        out->found = true;
        out->alert = alert_row_copy(&list.rows[i]);
        out->until_us = out->alert.raised_us + span_us;
    }
    alert_list_free(&list);
    return true;
}

bool joining_find(struct store *store, const struct settings *set,
                  const struct camera_settings *camera, int64_t at_us, struct joining *out,
                  struct error *err)
{
    struct grouping group = settings_grouping(set, camera);
    const char **areas = xcalloc(set->area_count + 1, sizeof *areas);
    struct row_filter filter = { .camera = camera->id,
                                 .to_us = at_us + 1,
                                 .open_only = true,
                                 .limit = AMONG };

    *out = (struct joining){ 0 };
    bool well = look(store, &filter, group.cool_down_us, camera->id, out, err);
    filter.camera = NULL;
    filter.areas = areas;
    for (size_t i = 0; i < set->area_count; i++)
        if (area_is_within(&set->areas[i], group.whole))
            areas[filter.area_count++] = set->areas[i].id;
    well = well && look(store, &filter, group.group_us, camera->id, out, err);
    free(areas);
    return well;
}

static bool names(const char *list, const char *id)
{
    char word[ID_MAX];

    while (text_next_word(&list, word, sizeof word))
        if (strcmp(word, id) == 0)
            return true;
    return false;
}

void joining_count(struct alert_row *alert, const char *camera)
{
    char *before = alert->cameras;

    alert->merged++;
    if (strcmp(alert->event.camera, camera) == 0 || names(before, camera) ||
        (before && strlen(before) + strlen(camera) > NAMED_MOST))
        return;
    alert->cameras = before ? xformat("%s %s", before, camera) : xstrdup(camera);
    free(before);
}
