/* The phones and screens that are paired: listed and revoked. */
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "core/clock.h"
#include "core/memory.h"
#include "pairing.h"
#include "shapes.h"

struct device_work {
    int64_t id, token;
    struct device_list list;
    struct device_row row;
    char *who;
    const struct settings *settings; /* the ask's: outlives the work */
    const struct who *asker;
    bool found, mine, failed;
    struct error err;
};

static void drop_device(void *job)
{
    struct device_work *work = job;

    device_list_free(&work->list);
    device_row_clear(&work->row);
    free(work->who);
}

static struct device_work *start_work(struct ask *ask)
{
    struct device_work *work = ask_job(ask, sizeof *work, drop_device);

    work->token = ask->who->parent_id ? ask->who->parent_id : ask->who->token_id;
    work->settings = ask->settings;
    work->asker = ask->who;
    work->who = xstrdup(ask->who->name);
    return work;
}

/* Its owner's device, or one of somebody whom the asker may pair. */
static bool may_manage(const struct device_work *work, const struct device_row *row)
{
    if (work->token && row->token == work->token)
        return true;
    if (!who_may(work->asker, RIGHT_PAIR))
        return false;
    if (row->kind == DEVICE_PHONE) {
        const struct person *person =
            row->person ? settings_find_person(work->settings, row->person) : NULL;
        return person ? may_pair_person(work->asker, person) : work->asker->everywhere;
    }
    const struct screen *screen =
        row->screen ? settings_find_screen(work->settings, row->screen) : NULL;
    return screen ? who_may_see_area(work->asker, screen->area) : work->asker->everywhere;
}

/* ---- the list --------------------------------------------------------------------------- */

static void list_devices(struct store *store, void *job)
{
    struct device_work *work = job;

    work->failed = !devices_list(store, &work->list, &work->err);
}

static json_t *device_json(const struct device_work *work, const struct device_row *row)
{
    const struct person *person =
        row->person ? settings_find_person(work->settings, row->person) : NULL;

    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:{s:s, s:o}, s:b}", "id",
                     json_sprintf("%lld", (long long)row->id), "kind",
                     row->kind == DEVICE_PHONE ? "phone" : "screen", "person",
                     shape_text(row->person), "person_name",
                     shape_text(person ? person->name : NULL), "screen",
                     shape_text(row->screen), "name", row->name, "paired",
                     shape_time(row->paired_us), "seen", shape_time(row->seen_us), "push",
                     "state", push_state_word(row->push), "since", shape_time(row->push_us),
                     "mine", work->token && row->token == work->token);
}

static void on_devices(struct ask *ask)
{
    struct device_work *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < work->list.count; i++) {
        const struct device_row *row = &work->list.rows[i];
        if (!row->revoked_us && may_manage(work, row))
            json_array_append_new(list, device_json(work, row));
    }
    answer_json(ask, 200, json_pack("{s:o}", "devices", list));
}

void devices_get(struct ask *ask)
{
    start_work(ask);
    ask_desk(ask, ask->web->reads, list_devices, on_devices);
}

/* ---- revoked ------------------------------------------------------------------------------ */

static void revoke(struct store *store, void *job)
{
    struct device_work *work = job;

    work->failed = !device_get(store, work->id, &work->row, &work->found, &work->err);
    if (work->failed || !work->found || work->row.revoked_us || !may_manage(work, &work->row)) {
        work->found = false;
        return;
    }
    work->failed =
        !store_begin(store, &work->err) ||
        !device_revoke(store, work->id, clock_wall_us(), &work->found, &work->err) ||
        !access_append(store, work->who, "device revoked", work->row.name, &work->err) ||
        !store_commit(store, &work->err);
    if (work->failed)
        store_rollback(store);
}

static void on_revoked(struct ask *ask)
{
    struct device_work *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
    } else if (!work->found) {
        answer_not_found(ask);
    } else {
        rights_changed(ask->web->rights);
        answer_nothing(ask);
    }
}

void device_delete(struct ask *ask)
{
    struct device_work *work = start_work(ask);

    if (ask_number(ask, &work->id))
        ask_desk(ask, ask->web->duties, revoke, on_revoked);
}
