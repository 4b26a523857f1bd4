#include <stdlib.h>
#include <string.h>

#include "alert/mute.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "parts.h"
#include "rule.h"

struct muting {
    struct errand errand; /* first */
    struct mute_row row;
    bool sure;
    enum mute_result result;
    struct error err;
    mute_fn *done;
    void *arg;
};

static char *copy(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

/* Somebody would be told of motion in this area now, and nobody with the mute. */
static bool takes_the_last(const struct settings *set, const struct area *area,
                           const char *camera, struct mute_list *with)
{
    struct mute_list without = { .rows = with->rows, .count = with->count - 1 };
    struct occasion what = { .set = set,
                             .area = area,
                             .camera = camera,
                             .kind = EVENT_MOTION,
                             .severity = set->alerts.motion_severity,
                             .at_us = clock_wall_us(),
                             .mutes = &without };

    if (rule_next_rank(&what, 0) == 0)
        return false;
    what.mutes = with;
    return rule_next_rank(&what, 0) == 0;
}

static bool is_the_last(const struct muting *muting, struct mute_list *with)
{
    const struct settings *set = muting->errand.set;
    const struct camera_settings *camera =
        muting->row.camera ? settings_find_camera(set, muting->row.camera) : NULL;
    const struct area *whole = muting->row.area ? settings_find_area(set, muting->row.area)
                                                : NULL;

    if (camera)
        return takes_the_last(set, camera->area, camera->id, with);
    for (size_t i = 0; whole && i < set->area_count; i++)
        if (area_is_within(&set->areas[i], whole) &&
            takes_the_last(set, &set->areas[i], NULL, with))
            return true;
    return false;
}

static bool mute_in(struct errand *errand, struct store *store, void *arg,
                    struct error *err)
{
    struct muting *muting = arg;
    struct mute_list list;

    if (!mutes_at(store, muting->row.since_us, &list, err))
        return false;
    list.rows = xrealloc(list.rows, (list.count + 1) * sizeof *list.rows);
    list.rows[list.count++] = muting->row; /* lent */
    bool last = !muting->sure && is_the_last(muting, &list);
    list.count--;
    mute_list_free(&list);
    muting->result = last ? MUTE_LAST : MUTE_TAKEN;
    return last || mute_insert(store, &muting->row, err);
}

static void mute_job(struct store *store, void *arg)
{
    struct muting *muting = arg;

    if (!errand_commit(&muting->errand, store, mute_in, muting, &muting->err))
        muting->result = MUTE_FAILED;
    else if (muting->result == MUTE_TAKEN)
        log_info("muted", "area=%s camera=%s by='%s' until_s=%lld",
                 muting->row.area ? muting->row.area : "",
                 muting->row.camera ? muting->row.camera : "", muting->row.by,
                 (long long)(muting->row.until_us / 1000000));
}

static void finish(struct muting *muting)
{
    muting->done(muting->arg, muting->result,
                 muting->result == MUTE_TAKEN ? &muting->row : NULL, &muting->err);
}

static void muting_free(struct muting *muting)
{
    struct mute_list one = { .rows = xmalloc(sizeof *one.rows), .count = 1 };

    one.rows[0] = muting->row;
    mute_list_free(&one);
    free(muting);
}

static void on_muted(void *arg)
{
    struct muting *muting = arg;

    errand_tell(&muting->errand);
    finish(muting);
    errand_end(&muting->errand);
    muting_free(muting);
}

static void on_refused(void *arg)
{
    finish(arg);
    muting_free(arg);
}

void duty_mute(struct duty *duty, const struct mute_row *what, int minutes, bool sure,
               mute_fn *done, void *arg)
{
    struct muting *muting = xcalloc(1, sizeof *muting);
    int64_t now_us = clock_wall_us();

    muting->row = (struct mute_row){ .area = copy(what->area),
                                     .camera = copy(what->camera),
                                     .person = copy(what->person),
                                     .by = copy(what->by),
                                     .since_us = now_us,
                                     .until_us = now_us + SECONDS_US(60 * (int64_t)minutes) };
    muting->sure = sure;
    muting->done = done;
    muting->arg = arg;
    if (errand_ask(duty, &muting->errand, mute_job, on_muted))
        return;
    muting->result = MUTE_FAILED;
    error_set(&muting->err, ERR_BUSY,
              _("the catalogue is too slow just now; please try again"));
    loop_post(duty->loop, on_refused, muting);
}
