#include <stdlib.h>

#include "query.h"
#include "store/access_rows.h"

#define TOKEN                                                                      \
    "id, hash, person, role, area, name, parent, created_us, last_us, expires_us," \
    " revoked_us, event"

/* Sessions of one link token: somebody who comes in again and again fills no disk. */
#define SESSIONS_KEPT "500"

enum {
    INSERT,
    FORGET_SESSIONS,
    FORGET_SHARES,
    BY_HASH,
    LIST,
    TOUCH,
    EXISTS,
    REVOKE,
    REVOKE_DEVICE
};

static const char *const sql[] = {
    [INSERT] = "INSERT INTO token (" TOKEN ")"
               " VALUES (NULL, ?1, ?2, ?3, ?4, ?5, nullif(?6, 0), ?7, ?8, ?9, ?10, ?11)",
    [FORGET_SESSIONS] =
        "DELETE FROM token WHERE parent = ?1 AND event IS NULL AND id <= (SELECT id"
        " FROM token WHERE parent = ?1 AND event IS NULL"
        " ORDER BY id DESC LIMIT 1 OFFSET " SESSIONS_KEPT ")",
    [FORGET_SHARES] = "DELETE FROM token WHERE event IS NOT NULL AND expires_us <= ?1",
    [BY_HASH] = "SELECT " TOKEN " FROM token WHERE hash = ?1",
    [LIST] = "SELECT " TOKEN " FROM token ORDER BY id DESC",
    [TOUCH] = "UPDATE token SET last_us = ?2 WHERE id = ?1",
    [EXISTS] = "SELECT id FROM token WHERE id = ?1",
    [REVOKE] = "UPDATE token SET revoked_us = ?2"
               " WHERE (id = ?1 OR parent = ?1) AND revoked_us = 0",
    [REVOKE_DEVICE] = "UPDATE device SET revoked_us = ?2, endpoint = NULL, p256dh = NULL,"
                      " auth = NULL, push_state = 'none', push_us = ?2"
                      " WHERE token = ?1 AND revoked_us = 0",
};

static void read_token(sqlite3_stmt *at, void *to)
{
    struct token_row *row = to;

    row->id = sqlite3_column_int64(at, 0);
    column_bytes(at, 1, row->hash, sizeof row->hash);
    row->person = column_text(at, 2);
    row->role = column_text(at, 3);
    row->area = column_text(at, 4);
    row->name = column_text(at, 5);
    row->parent = sqlite3_column_int64(at, 6);
    row->created_us = sqlite3_column_int64(at, 7);
    row->last_us = sqlite3_column_int64(at, 8);
    row->expires_us = sqlite3_column_int64(at, 9);
    row->revoked_us = sqlite3_column_int64(at, 10);
    row->event = column_text(at, 11);
}

bool token_insert(struct store *s, struct token_row *row, struct error *err)
{
    if (!query_run(s, sql[INSERT],
                   WITH(BYTES(row->hash, sizeof row->hash), TEXT(row->person),
                        TEXT(row->role), TEXT(row->area), TEXT(row->name),
                        INTEGER(row->parent), INTEGER(row->created_us),
                        INTEGER(row->last_us), INTEGER(row->expires_us),
                        INTEGER(row->revoked_us), TEXT(row->event)),
                   err))
        return false;
    row->id = query_last_id(s);
    if (row->event)
        return query_run(s, sql[FORGET_SHARES], WITH(INTEGER(row->created_us)), err);
    return row->parent == 0 ||
           query_run(s, sql[FORGET_SESSIONS], WITH(INTEGER(row->parent)), err);
}

bool token_by_hash(struct store *s, const uint8_t hash[TOKEN_HASH], struct token_row *out,
                   bool *found, struct error *err)
{
    *out = (struct token_row){ 0 };
    return query_one(s, sql[BY_HASH], WITH(BYTES(hash, TOKEN_HASH)), read_token, out,
                     found, err);
}

bool tokens_list(struct store *s, struct token_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, sql[LIST], WITH_NOTHING, read_token,
                           sizeof(struct token_row), &rows, err);

    *out = (struct token_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        token_list_free(out);
    return well;
}

bool token_touch(struct store *s, int64_t id, int64_t last_us, struct error *err)
{
    return query_run(s, sql[TOUCH], WITH(INTEGER(id), INTEGER(last_us)), err);
}

static void read_nothing(sqlite3_stmt *at, void *row) {}

bool token_revoke(struct store *s, int64_t id, int64_t at_us, bool *found,
                  struct error *err)
{
    return query_run(s, sql[REVOKE], WITH(INTEGER(id), INTEGER(at_us)), err) &&
           query_run(s, sql[REVOKE_DEVICE], WITH(INTEGER(id), INTEGER(at_us)), err) &&
           query_one(s, sql[EXISTS], WITH(INTEGER(id)), read_nothing, NULL, found, err);
}

void token_row_clear(struct token_row *row)
{
    free(row->person);
    free(row->role);
    free(row->area);
    free(row->name);
    free(row->event);
    *row = (struct token_row){ 0 };
}

void token_list_free(struct token_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        token_row_clear(&list->rows[i]);
    free(list->rows);
    *list = (struct token_list){ 0 };
}
