/* What only kengctl's socket has. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "file_answer.h"
#include "shapes.h"

void control_status(struct ask *ask)
{
    const struct settings *set = ask->settings;
    json_t *body = shape_door_health(ask->web), *cameras = json_array();

    for (size_t i = 0; i < set->camera_count; i++)
        json_array_append_new(cameras, shape_camera(ask->web, &set->cameras[i]));
    json_object_set_new(body, "health", shape_health(ask->web, NULL));
    json_object_set_new(body, "name", json_string(set->site.name));
    json_object_set_new(body, "now", shape_time(clock_wall_us()));
    json_object_set_new(body, "uptime_s",
                        json_integer((clock_mono_us() - ask->web->started_us) / 1000000));
    json_object_set_new(body, "pid", json_integer(getpid()));
    json_object_set_new(body, "version", json_string(KENGD_VERSION));
    json_object_set_new(body, "cameras", cameras);
    answer_json(ask, 200, body);
}

/* "changed" is the report's lines: what a program may list, a person reads as it is. */
static json_t *lines_of(const char *text)
{
    json_t *list = json_array();

    while (text && *text) {
        size_t length = strcspn(text, "\n");
        if (length > 0)
            json_array_append_new(list, json_stringn(text, length));
        text += length;
        text += *text == '\n';
    }
    return list;
}

void control_learn(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;

    if (doors->learn)
        doors->learn(doors->arg, ask->camera->id);
    answer_json(ask, 200, json_pack("{s:s}", "camera", ask->camera->id));
}

void control_reload(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;
    char *report = NULL;
    bool fine = doors->reload(doors->arg, ask->who->name, &report);
    json_t *body = json_pack("{s:s}", "report", report ? report : "");

    if (!fine)
        json_object_set_new(
            body, "error",
            json_pack("{s:s, s:s}", "code", "config", "message",
                      _("the configuration has faults; nothing was changed")));
    else
        json_object_set_new(body, "changed", lines_of(report));
    free(report);
    answer_json(ask, fine ? 200 : 422, body);
}

void control_rebuild(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;

    access_note(ask->web, ask->who, "rebuild", "catalogue");
    doors->rebuild(doors->arg, answer_door, ask);
}

/* "camera" may be left out; one that is not configured any more may have footage still. */
void control_scrub(struct ask *ask)
{
    json_t *body = ask_object(ask);

    if (!body)
        return;
    const char *camera = json_string_value(json_object_get(body, "camera"));
    if (camera && strlen(camera) >= ID_MAX)
        answer_error(ask, 404, "not_found", "camera", _("there is no such area or camera"));
    else
        ask->web->doors.scrub(ask->web->doors.arg, camera, answer_door, ask);
    json_decref(body);
}

/* ---- a backup ------------------------------------------------------------------------ */

struct backup_work {
    const struct settings *set;
    bool (*gather)(struct store *, const struct settings *, int, struct error *);
    int fd;
    bool well;
    struct error err;
};

static void drop_backup(void *job)
{
    struct backup_work *work = job;

    settings_unref(work->set);
    if (work->fd >= 0)
        close(work->fd);
}

/* A file that no name leads to: nothing of it stays. */
static void gather_backup(struct store *store, void *job)
{
    struct backup_work *work = job;
    const char *state = work->set->paths.state;

    work->fd = open(state, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (work->fd < 0)
        error_set(&work->err, ERR_DISK, _("cannot write in %s: %s"), state,
                  error_of_system(errno));
    else
        work->well = work->gather(store, work->set, work->fd, &work->err);
}

static void send_backup(struct ask *ask)
{
    struct backup_work *work = ask->job;

    if (!work->well) {
        answer_failure(ask, &work->err);
        return;
    }
    access_note(ask->web, ask->who, "backup", "kengd");
    int fd = work->fd;
    work->fd = -1;
    answer_open_file(ask, fd, "application/octet-stream");
}

void control_backup(struct ask *ask)
{
    struct backup_work *work = ask_job(ask, sizeof *work, drop_backup);

    work->set = settings_ref(ask->settings);
    work->gather = ask->web->doors.backup;
    work->fd = -1;
    ask_desk(ask, ask->web->reads, gather_backup, send_backup);
}

void control_clock_trust(struct ask *ask)
{
    const struct web_doors *doors = &ask->web->doors;

    access_note(ask->web, ask->who, "clock trust", "clock");
    doors->clock_trust(doors->arg, answer_door, ask);
}

/* ---- logins that kengctl tried at a camera ---------------------------------------------- */

enum { PLACE_BYTES = 400, LOGIN_WINDOW_S = 600 };

struct login_query {
    char *place;
    int mark;
    bool one_more;
    struct logins_seen seen;
    bool failed;
    struct error err;
};

static void drop_logins(void *job)
{
    struct login_query *query = job;

    free(query->place);
}

static void count_logins(struct store *store, void *job)
{
    struct login_query *query = job;
    int64_t now_us = clock_wall_us();

    query->failed =
        (query->one_more && !login_note(store, query->place, LOGIN_FAILED, query->mark, now_us,
                                        &query->err)) ||
        !logins_read(store, query->place, now_us - SECONDS_US(LOGIN_WINDOW_S), &query->seen,
                     &query->err);
}

static void on_logins(struct ask *ask)
{
    struct login_query *query = ask->job;

    if (query->failed)
        answer_failure(ask, &query->err);
    else
        answer_json(ask, 200, json_pack("{s:i}", "failed", query->seen.count));
}

/* "place": host:port user; "mark": of the password, as the watch room makes it. "failed": one
 * more, which counts as those of cameras do. */
void control_logins(struct ask *ask)
{
    json_t *body = ask_object(ask);

    if (!body)
        return;
    struct login_query *query = ask_job(ask, sizeof *query, drop_logins);
    const char *place = json_string_value(json_object_get(body, "place"));
    if (!place || strlen(place) > PLACE_BYTES || !strchr(place, ':') || !strchr(place, ' ')) {
        answer_error(ask, 422, "bad_place", "place", _("say the place: host:port user"));
    } else {
        query->place = xstrdup(place);
        query->mark = (int)(json_integer_value(json_object_get(body, "mark")) & 0xffff);
        query->one_more = json_is_true(json_object_get(body, "failed"));
        if (query->one_more && ask->web->doors.login_failed)
            ask->web->doors.login_failed(ask->web->doors.arg, query->place, query->mark);
        ask_desk(ask, ask->web->duties, count_logins, on_logins);
    }
    json_decref(body);
}
