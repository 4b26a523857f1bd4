#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "ask.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "shapes.h"

/* What is remembered: of a hundred cameras, what twenty phones looked at in ten minutes. */
enum { RECENT = 2048, SELDOM_S = 60, GOES_ON_S = 600, LOOKS_DAYS = 30 };

struct recent {
    int64_t token_id, at_us; /* monotonic; 0: free */
    char object[80];
};

struct access_log {
    struct recent recent[RECENT];
    size_t next;
};

struct entry {
    char *who, *what, *object;
};

struct access_log *access_new(struct web *web)
{
    return xcalloc(1, sizeof(struct access_log));
}

void access_free(struct access_log *log)
{
    free(log);
}

static void entry_free(void *arg)
{
    struct entry *entry = arg;

    free(entry->who);
    free(entry->what);
    free(entry->object);
    free(entry);
}

static void write_entry(struct store *store, void *arg)
{
    struct entry *entry = arg;
    struct error err;

    if (!access_append(store, entry->who, entry->what, entry->object, &err))
        log_error("access not logged", "who='%s' what=%s object=%s why='%s'", entry->who,
                  entry->what, entry->object, err.text);
}

void access_note(struct web *web, const struct who *who, const char *what,
                 const char *object)
{
    struct entry *entry = xmalloc(sizeof *entry);

    *entry = (struct entry){ xstrdup(who ? who->name : "kengctl"), xstrdup(what),
                             xstrdup(object) };
    if (desk_ask(web->duties, write_entry, entry_free, entry))
        return;
    log_error("access not logged", "who='%s' what=%s object=%s why='the queue is full'",
              entry->who, what, object);
    entry_free(entry);
}

static void note_once_in(struct web *web, const struct who *who, const char *what,
                         const char *object, int64_t seconds)
{
    struct access_log *log = web->access;
    int64_t now = clock_mono_us();
    char key[80];

    snprintf(key, sizeof key, "%s %s", what, object);
    for (size_t i = 0; i < RECENT; i++) {
        struct recent *recent = &log->recent[i];
        if (recent->at_us && now - recent->at_us < SECONDS_US(seconds) &&
            recent->token_id == who->token_id && strcmp(recent->object, key) == 0)
            return;
    }
    struct recent *slot = &log->recent[log->next++ % RECENT];
    *slot = (struct recent){ .token_id = who->token_id, .at_us = now };
    snprintf(slot->object, sizeof slot->object, "%s", key);
    access_note(web, who, what, object);
}

void access_note_seldom(struct web *web, const struct who *who, const char *what,
                        const char *object)
{
    note_once_in(web, who, what, object, SELDOM_S);
}

void access_note_going_on(struct web *web, const struct who *who, const char *what,
                          const char *camera)
{
    char object[ID_MAX + 16];

    snprintf(object, sizeof object, "camera:%s", camera);
    note_once_in(web, who, what, object, GOES_ON_S);
}

/* ---- the list ------------------------------------------------------------------------- */

struct log_query {
    int64_t before_us, now_us;
    size_t limit;
    bool looks; /* only who looked at what cameras show */
    const struct settings *settings; /* the ask's */
    const struct who *who;
    struct access_list list;
    bool failed;
    struct error err;
};

static void drop_log(void *job)
{
    struct log_query *query = job;

    access_list_free(&query->list);
}

/* The first camera of " gate yard " from `*at` on that may be seen; NULL: none is left. */
static const struct camera_settings *next_camera(const struct log_query *query,
                                                 const char **at)
{
    char id[ID_MAX + 1];

    for (*at += strspn(*at, " "); **at; *at += strspn(*at, " ")) {
        size_t n = strcspn(*at, " ");
        snprintf(id, sizeof id, "%.*s", (int)n, *at);
        *at += n;
        const struct camera_settings *camera =
            n < sizeof id ? settings_find_camera(query->settings, id) : NULL;
        if (who_may_see_camera(query->who, camera))
            return camera;
    }
    return NULL;
}

static bool may_see_one(void *arg, const char *cameras)
{
    return next_camera(arg, &cameras) != NULL;
}

static void read_log(struct store *store, void *job)
{
    struct log_query *query = job;

    query->failed =
        query->looks
            ? !access_list_looks(store, query->now_us - SECONDS_US(LOOKS_DAYS * 86400LL),
                                 query->before_us, query->limit, may_see_one, query,
                                 &query->list, &query->err)
            : !access_list_rows(store, query->before_us, query->limit, &query->list,
                                &query->err);
}

static json_t *shape_entry(const struct log_query *query, const struct access_row *row)
{
    json_t *object =
        json_pack("{s:I, s:o, s:s, s:s}", "id", (json_int_t)row->id, "at",
                  shape_time(row->at_us), "who", row->who, "what", row->what);

    if (!query->looks) {
        json_object_set_new(object, "object", json_string(row->object));
        return object;
    }
    json_t *cameras = json_array();
    const char *at = row->cameras;
    for (const struct camera_settings *one; (one = next_camera(query, &at));)
        json_array_append_new(cameras, json_string(one->id));
    json_object_set_new(object, "cameras", cameras);
    return object;
}

static void on_log(struct ask *ask)
{
    struct log_query *query = ask->job;

    if (query->failed) {
        answer_failure(ask, &query->err);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < query->list.count; i++)
        json_array_append_new(list, shape_entry(query, &query->list.rows[i]));
    size_t count = query->list.count;
    answer_json(ask, 200,
                json_pack("{s:o, s:o}", "entries", list, "next",
                          shape_next(count, query->limit,
                                     count ? query->list.rows[count - 1].at_us : 0)));
}

static void list_log(struct ask *ask, bool looks)
{
    struct log_query *query = ask_job(ask, sizeof *query, drop_log);

    query->looks = looks;
    query->now_us = clock_wall_us();
    query->settings = ask->settings;
    query->who = ask->who;
    if (ask_page(ask, &query->before_us, &query->limit))
        ask_desk(ask, ask->web->reads, read_log, on_log);
}

void access_log_list(struct ask *ask)
{
    list_log(ask, false);
}

void access_looks_list(struct ask *ask)
{
    list_log(ask, true);
}

/* ---- whether it is as it was written --------------------------------------------------- */

struct chain_query {
    int64_t broken;
    struct access_end end;
    bool failed;
    struct error err;
};

static void walk_chain(struct store *store, void *job)
{
    struct chain_query *query = job;

    query->failed = !access_verify(store, &query->broken, &query->end, &query->err);
}

static void on_walked(struct ask *ask)
{
    const struct chain_query *query = ask->job;
    char chain[2 * sizeof query->end.chain + 1];

    if (query->failed) {
        answer_failure(ask, &query->err);
        return;
    }
    if (query->broken) {
        answer_error(ask, 409, "broken", NULL,
                     _("the access log is not as it was written: entry %lld was changed, or one "
                       "before it was taken out"),
                     (long long)query->broken);
        return;
    }
    for (size_t i = 0; i < sizeof query->end.chain; i++)
        snprintf(chain + 2 * i, 3, "%02x", query->end.chain[i]);
    answer_json(ask, 200, json_pack("{s:I, s:s}", "entries", (json_int_t)query->end.rows,
                                    "chain", chain));
}

void control_access_verify(struct ask *ask)
{
    ask_job(ask, sizeof(struct chain_query), NULL);
    ask_desk(ask, ask->web->reads, walk_chain, on_walked);
}
