#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/time_text.h"
#include "event.h"
#include "query.h"
#include "store/access_rows.h"
#include "store/export_rows.h"

#define EXPORT                                                                  \
    "id, asked_us, done_us, who, cameras, from_us, to_us, reason, document, state, why," \
    " bytes, sha256"

enum { INSERT, UPDATE, GET, LIST, GIVE_UP, OUTLIVED };

static const char *const sql[] = {
    [INSERT] = "INSERT INTO export (" EXPORT ")"
               " VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', 0, '')",
    [UPDATE] = "UPDATE export SET done_us = ?2, state = ?3, why = ?4, bytes = ?5,"
               " sha256 = ?6 WHERE id = ?1",
    [GET] = "SELECT " EXPORT " FROM export WHERE id = ?1",
    [LIST] = "SELECT " EXPORT " FROM export WHERE asked_us < ?1"
             " ORDER BY asked_us DESC, id DESC LIMIT ?2",
    [GIVE_UP] = "UPDATE export SET state = 'failed', why = ?1, done_us = ?2"
                " WHERE state IN ('waiting', 'running')",
    [OUTLIVED] = "SELECT " EXPORT " FROM export WHERE state = 'done' AND (done_us < ?1"
                 " OR id NOT IN (SELECT id FROM export WHERE state = 'done'"
                 "  ORDER BY done_us DESC LIMIT ?2))",
};

static const char *const words[] = {
    [EXPORT_WAITING] = "waiting", [EXPORT_RUNNING] = "running", [EXPORT_DONE] = "done",
    [EXPORT_FAILED] = "failed",   [EXPORT_REMOVED] = "removed",
};

const char *export_state_word(enum export_state state)
{
    return words[state];
}

static void read_export(sqlite3_stmt *at, void *to)
{
    struct export_row *row = to;

    column_row_id(at, 0, row->id);
    row->asked_us = sqlite3_column_int64(at, 1);
    row->done_us = sqlite3_column_int64(at, 2);
    row->who = column_text_or_empty(at, 3);
    row->cameras = column_text_or_empty(at, 4);
    row->from_us = sqlite3_column_int64(at, 5);
    row->to_us = sqlite3_column_int64(at, 6);
    row->reason = column_text_or_empty(at, 7);
    row->document = column_text_or_empty(at, 8);
    row->state = (enum export_state)column_word(at, 9, words, COUNT_OF(words));
    row->why = column_text_or_empty(at, 10);
    row->bytes = sqlite3_column_int64(at, 11);
    row->sha256 = column_text_or_empty(at, 12);
}

static bool insert_both(struct store *s, const struct export_row *row, struct error *err)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    char *cameras = xstrdup(row->cameras);

    for (char *p = cameras; *p; p++)
        if (*p == '\n')
            *p = ' ';
    char *object = xformat("camera:%s %s %s export:%s", cameras, time_text(row->from_us, from),
                           time_text(row->to_us, to), row->id);
    bool well =
        query_run(s, sql[INSERT],
                  WITH(TEXT(row->id), INTEGER(row->asked_us), TEXT(row->who),
                       TEXT(row->cameras), INTEGER(row->from_us), INTEGER(row->to_us),
                       TEXT(row->reason), TEXT(row->document),
                       TEXT(export_state_word(row->state))),
                  err) &&
        access_append(s, row->who, "export", object, err);
    free(object);
    free(cameras);
    return well;
}

bool export_insert(struct store *s, const struct export_row *row, struct error *err)
{
    if (!store_begin(s, err))
        return false;
    if (insert_both(s, row, err))
        return store_commit(s, err);
    store_rollback(s);
    return false;
}

bool export_update(struct store *s, const struct export_row *row, struct error *err)
{
    return query_run(s, sql[UPDATE],
                     WITH(TEXT(row->id), INTEGER(row->done_us),
                          TEXT(export_state_word(row->state)),
                          TEXT(row->why ? row->why : ""), INTEGER(row->bytes),
                          TEXT(row->sha256 ? row->sha256 : "")),
                     err);
}

bool export_get(struct store *s, const char *id, struct export_row *out, bool *found,
                struct error *err)
{
    *out = (struct export_row){ 0 };
    return query_one(s, sql[GET], WITH(TEXT(id)), read_export, out, found, err);
}

static bool read_list(struct store *s, const char *statement, int64_t before_us,
                      size_t limit, struct export_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, statement, WITH(INTEGER(before_us), INTEGER((int64_t)limit)),
                           read_export, sizeof(struct export_row), &rows, err);

    *out = (struct export_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        export_list_free(out);
    return well;
}

bool exports_list(struct store *s, int64_t before_us, size_t limit, struct export_list *out,
                  struct error *err)
{
    return read_list(s, sql[LIST], before_us ? before_us : INT64_MAX, limit, out, err);
}

bool exports_give_up(struct store *s, const char *why, int64_t now_us, struct error *err)
{
    return query_run(s, sql[GIVE_UP], WITH(TEXT(why), INTEGER(now_us)), err);
}

bool exports_outlived(struct store *s, int64_t before_us, size_t most,
                      struct export_list *out, struct error *err)
{
    return read_list(s, sql[OUTLIVED], before_us, most, out, err);
}

static char *copy_text(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

struct export_row export_row_copy(const struct export_row *row)
{
    struct export_row copy = *row;

    copy.who = copy_text(row->who);
    copy.cameras = copy_text(row->cameras);
    copy.reason = copy_text(row->reason);
    copy.document = copy_text(row->document);
    copy.why = copy_text(row->why);
    copy.sha256 = copy_text(row->sha256);
    return copy;
}

void export_row_clear(struct export_row *row)
{
    free(row->who);
    free(row->cameras);
    free(row->reason);
    free(row->document);
    free(row->why);
    free(row->sha256);
    *row = (struct export_row){ 0 };
}

void export_list_free(struct export_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        export_row_clear(&list->rows[i]);
    free(list->rows);
    *list = (struct export_list){ 0 };
}

bool export_all_cameras(const struct export_row *row, export_camera_fn *may, void *arg)
{
    char *names = xstrdup(row->cameras ? row->cameras : ""), *rest = names, *name;
    bool all = true, any = false;

    while (all && (name = strsep(&rest, "\n"))) {
        if (!*name)
            continue;
        any = true;
        all = may(arg, name);
    }
    free(names);
    return all && any;
}
