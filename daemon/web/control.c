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

enum { TOKEN_CHARACTERS = 43, DAY_S = 86400, DAYS_MOST = 3650, NAME_MAX_BYTES = 120 };

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

/* ---- tokens ---------------------------------------------------------------------------
 */

struct token_work {
    char token[TOKEN_CHARACTERS + 1];
    struct token_row row;
    struct token_list list;
    char *said; /* for the access log */
    bool found, failed;
    struct error err;
};

static void drop_token(void *job)
{
    struct token_work *work = job;

    secret_wipe(work->token, sizeof work->token);
    token_row_clear(&work->row);
    token_list_free(&work->list);
    free(work->said);
}

static void insert_token(struct store *store, void *job)
{
    struct token_work *work = job;

    work->failed = !token_insert(store, &work->row, &work->err) ||
                   !access_append(store, "kengctl", "token new", work->said, &work->err);
}

static void on_inserted(struct ask *ask)
{
    struct token_work *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    char *address = web_address(ask->settings);
    answer_json(ask, 200, json_pack("{s:o, s:s, s:o}", "id",
                                    json_sprintf("%lld", (long long)work->row.id), "token",
                                    work->token, "url",
                                    json_sprintf("%s/enter#%s", address, work->token)));
    free(address);
}

static bool wrong(struct ask *ask, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool wrong(struct ask *ask, const char *field, const char *format, ...)
{
    char sentence[240];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    answer_error(ask, 422, "bad_token", field, "%s", sentence);
    return false;
}

/* One of person, screen, or role (with an area but for admins). False: answered. */
static bool read_holder(struct ask *ask, const json_t *body, struct token_row *row)
{
    const struct settings *set = ask->settings;
    const char *person_id = json_string_value(json_object_get(body, "person"));
    const char *screen_id = json_string_value(json_object_get(body, "screen"));
    const char *role_text = json_string_value(json_object_get(body, "role"));
    const char *area = json_string_value(json_object_get(body, "area"));
    const char *name = json_string_value(json_object_get(body, "name"));
    enum role role;

    if (name && strlen(name) > NAME_MAX_BYTES)
        return wrong(ask, "name", _("the name is too long"));
    if (person_id) {
        const struct person *person = settings_find_person(set, person_id);
        if (!person)
            return wrong(ask, "person", _("there is no person %s"), person_id);
        row->person = xstrdup(person->id);
        row->name = xstrdup(name ? name : person->name);
        return true;
    }
    if (screen_id) {
        const struct screen *screen = settings_find_screen(set, screen_id);
        if (!screen)
            return wrong(ask, "screen", _("there is no screen %s"), screen_id);
        row->role = xstrdup("screen");
        row->area = xstrdup(screen->area->id);
        row->name = xstrdup(screen->name);
        return true;
    }
    if (!role_text || !role_read(role_text, &role))
        return wrong(
            ask, "role",
            _("say a person, a screen, or a role: official, staff, admin, screen"));
    if (area && !settings_find_area(set, area))
        return wrong(ask, "area", _("there is no area %s"), area);
    if (!area && role != ROLE_ADMIN)
        return wrong(ask, "area", _("say the area that the token is for"));
    row->role = xstrdup(role_text);
    row->area = area ? xstrdup(area) : NULL;
    row->name = xstrdup(name ? name : role_text);
    return true;
}

static bool read_days(struct ask *ask, const json_t *body, struct token_row *row)
{
    json_t *days = json_object_get(body, "days");

    if (!days || json_is_null(days))
        return true;
    json_int_t count = json_integer_value(days);
    if (!json_is_integer(days) || count < 1 || count > DAYS_MOST)
        return wrong(ask, "days", _("days must be a number from 1 to 3650"));
    row->expires_us = row->created_us + SECONDS_US(count * DAY_S);
    return true;
}

void control_token_new(struct ask *ask)
{
    json_t *body = ask_object(ask);

    if (!body)
        return;
    struct token_work *work = ask_job(ask, sizeof *work, drop_token);
    work->row.created_us = clock_wall_us();
    secret_random_text(work->token, TOKEN_CHARACTERS);
    token_hash(work->token, work->row.hash);
    if (read_holder(ask, body, &work->row) && read_days(ask, body, &work->row)) {
        work->said = xformat("%s %s", work->row.person ? "person" : work->row.role,
                             work->row.person ? work->row.person
                             : work->row.area ? work->row.area
                                              : "");
        ask_desk(ask, ask->web->duties, insert_token, on_inserted);
    }
    json_decref(body);
}

static void list_tokens(struct store *store, void *job)
{
    struct token_work *work = job;

    work->failed = !tokens_list(store, &work->list, &work->err);
}

static void on_tokens(struct ask *ask)
{
    struct token_work *work = ask->job;
    json_t *list = json_array();

    if (work->failed) {
        json_decref(list);
        answer_failure(ask, &work->err);
        return;
    }
    for (size_t i = 0; i < work->list.count; i++) {
        const struct token_row *row = &work->list.rows[i];
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
                      json_sprintf("%lld", (long long)row->id), "person",
                      shape_text(row->person), "role", shape_text(row->role), "area",
                      shape_text(row->area), "name", shape_text(row->name), "session_of",
                      row->parent ? json_sprintf("%lld", (long long)row->parent)
                                  : json_null(),
                      "created", shape_time(row->created_us), "last",
                      shape_time(row->last_us), "expires", shape_time(row->expires_us),
                      "revoked", shape_time(row->revoked_us)));
    }
    answer_json(ask, 200, json_pack("{s:o}", "tokens", list));
}

void control_tokens(struct ask *ask)
{
    ask_job(ask, sizeof(struct token_work), drop_token);
    ask_desk(ask, ask->web->reads, list_tokens, on_tokens);
}

static void revoke_token(struct store *store, void *job)
{
    struct token_work *work = job;

    work->failed =
        !store_begin(store, &work->err) ||
        !token_revoke(store, work->row.id, clock_wall_us(), &work->found, &work->err) ||
        (work->found &&
         !access_append(store, "kengctl", "token revoke", work->said, &work->err)) ||
        !store_commit(store, &work->err);
    if (work->failed)
        store_rollback(store);
}

static void on_revoked(struct ask *ask)
{
    struct token_work *work = ask->job;

    if (work->failed) {
        answer_failure(ask, &work->err);
        return;
    }
    rights_changed(ask->web->rights);
    if (work->found)
        answer_nothing(ask);
    else
        answer_not_found(ask);
}

void control_token_revoke(struct ask *ask)
{
    struct token_work *work = ask_job(ask, sizeof *work, drop_token);
    size_t digits = strspn(ask->arg, "0123456789");

    if (ask->arg[digits] || digits > 18) {
        answer_not_found(ask);
        return;
    }
    work->row.id = strtoll(ask->arg, NULL, 10);
    work->said = xformat("token:%s", ask->arg);
    ask_desk(ask, ask->web->duties, revoke_token, on_revoked);
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
