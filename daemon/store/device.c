#include <stdlib.h>

#include "core/memory.h"
#include "query.h"
#include "store/access_rows.h"
#include "store/device_rows.h"

/* It was seen when its token, or a session of that, was last used. */
#define SEEN                                                       \
    "max(seen_us, ifnull((SELECT max(last_us) FROM token AS used" \
    " WHERE used.id = device.token OR used.parent = device.token), 0))"
#define DEVICE                                                                           \
    "device.id, kind, device.person, screen, device.name, token, paired_us, " SEEN "," \
    " device.revoked_us, endpoint, p256dh, auth, vapid, push_state, push_us"

enum {
    INSERT,
    GET,
    OF_TOKEN,
    LIST,
    TO_PUSH,
    LEAVE_ENDPOINT,
    SUBSCRIBE,
    SET_PUSH,
    FORGET,
    FLAG_STALE
};

static const char *const sql[] = {
    [INSERT] = "INSERT INTO device (kind, person, screen, name, token, paired_us, seen_us,"
               " revoked_us, push_state, push_us)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 'none', 0)",
    [GET] = "SELECT " DEVICE " FROM device WHERE id = ?1",
    [OF_TOKEN] = "SELECT " DEVICE " FROM token"
                 " JOIN device ON device.token IN (token.id, token.parent)"
                 " WHERE token.id = ?1 AND device.revoked_us = 0"
                 " ORDER BY device.id DESC LIMIT 1",
    [LIST] = "SELECT " DEVICE " FROM device ORDER BY device.id DESC",
    [TO_PUSH] = "SELECT " DEVICE " FROM device JOIN token ON token.id = device.token"
                " WHERE device.person = ?1 AND device.revoked_us = 0"
                " AND token.revoked_us = 0"
                " AND (token.expires_us = 0 OR token.expires_us > ?2)"
                " AND endpoint IS NOT NULL AND push_state IN ('works', 'stale')"
                " ORDER BY device.id",
    [LEAVE_ENDPOINT] = "UPDATE device SET endpoint = NULL, p256dh = NULL, auth = NULL,"
                       " push_state = 'none' WHERE endpoint = ?1 AND id <> ?2",
    [SUBSCRIBE] = "UPDATE device SET endpoint = ?2, p256dh = ?3, auth = ?4, vapid = ?5,"
                  " push_state = ?6, push_us = ?7 WHERE id = ?1",
    [SET_PUSH] = "UPDATE device SET push_state = ?2, push_us = ?3 WHERE id = ?1",
    [FORGET] = "UPDATE device SET endpoint = NULL, p256dh = NULL, auth = NULL"
               " WHERE id = ?1",
    [FLAG_STALE] = "UPDATE device SET push_state = 'stale', push_us = ?2"
                   " WHERE endpoint IS NOT NULL AND vapid IS NOT ?1"
                   " AND push_state <> 'stale'",
};

static const char *const kinds[] = { [DEVICE_PHONE] = "phone",
                                     [DEVICE_SCREEN] = "screen" };
static const char *const states[] = {
    [PUSH_NONE] = "none",
    [PUSH_WORKS] = "works",
    [PUSH_STALE] = "stale",
    [PUSH_GONE] = "gone",
};

const char *push_state_word(enum push_state state)
{
    return states[state];
}

static void read_device(sqlite3_stmt *at, void *to)
{
    struct device_row *row = to;

    row->id = sqlite3_column_int64(at, 0);
    row->kind = (enum device_kind)column_word(at, 1, kinds, COUNT_OF(kinds));
    row->person = column_text(at, 2);
    row->screen = column_text(at, 3);
    row->name = column_text_or_empty(at, 4);
    row->token = sqlite3_column_int64(at, 5);
    row->paired_us = sqlite3_column_int64(at, 6);
    row->seen_us = sqlite3_column_int64(at, 7);
    row->revoked_us = sqlite3_column_int64(at, 8);
    row->endpoint = column_text(at, 9);
    column_bytes(at, 10, row->key, sizeof row->key);
    column_bytes(at, 11, row->auth, sizeof row->auth);
    row->vapid = column_text(at, 12);
    row->push = (enum push_state)column_word(at, 13, states, COUNT_OF(states));
    row->push_us = sqlite3_column_int64(at, 14);
}

bool device_insert(struct store *s, struct device_row *row, struct error *err)
{
    if (!query_run(s, sql[INSERT],
                   WITH(TEXT(kinds[row->kind]), TEXT(row->person), TEXT(row->screen),
                        TEXT(row->name), INTEGER(row->token), INTEGER(row->paired_us),
                        INTEGER(row->seen_us)),
                   err))
        return false;
    row->id = query_last_id(s);
    return true;
}

bool device_get(struct store *s, int64_t id, struct device_row *out, bool *found,
                struct error *err)
{
    *out = (struct device_row){ 0 };
    return query_one(s, sql[GET], WITH(INTEGER(id)), read_device, out, found, err);
}

bool device_of_token(struct store *s, int64_t token, struct device_row *out, bool *found,
                     struct error *err)
{
    *out = (struct device_row){ 0 };
    return query_one(s, sql[OF_TOKEN], WITH(INTEGER(token)), read_device, out, found,
                     err);
}

static bool read_list(struct store *s, const char *statement, const struct value *values,
                      size_t count, struct device_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, statement, values, count, read_device,
                           sizeof(struct device_row), &rows, err);

    *out = (struct device_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        device_list_free(out);
    return well;
}

bool devices_list(struct store *s, struct device_list *out, struct error *err)
{
    return read_list(s, sql[LIST], WITH_NOTHING, out, err);
}

bool devices_to_push(struct store *s, const char *person, int64_t now_us,
                     struct device_list *out, struct error *err)
{
    return read_list(s, sql[TO_PUSH], WITH(TEXT(person), INTEGER(now_us)), out, err);
}

bool device_revoke(struct store *s, int64_t id, int64_t at_us, bool *found,
                   struct error *err)
{
    struct device_row row;
    bool token_found;
    bool well = device_get(s, id, &row, found, err) &&
                (!*found || token_revoke(s, row.token, at_us, &token_found, err));

    device_row_clear(&row);
    return well;
}

bool device_subscribe(struct store *s, const struct device_row *row, struct error *err)
{
    return query_run(s, sql[LEAVE_ENDPOINT],
                     WITH(TEXT(row->endpoint), INTEGER(row->id)), err) &&
           query_run(s, sql[SUBSCRIBE],
                     WITH(INTEGER(row->id), TEXT(row->endpoint),
                          BYTES(row->key, sizeof row->key),
                          BYTES(row->auth, sizeof row->auth), TEXT(row->vapid),
                          TEXT(states[row->push]), INTEGER(row->push_us)),
                     err);
}

bool device_set_push(struct store *s, int64_t id, enum push_state state, int64_t at_us,
                     struct error *err)
{
    bool forgets = state == PUSH_NONE || state == PUSH_GONE;

    return query_run(s, sql[SET_PUSH],
                     WITH(INTEGER(id), TEXT(states[state]), INTEGER(at_us)), err) &&
           (!forgets || query_run(s, sql[FORGET], WITH(INTEGER(id)), err));
}

bool devices_flag_stale(struct store *s, const char *vapid, int64_t at_us, int64_t *count,
                        struct error *err)
{
    if (!query_run(s, sql[FLAG_STALE], WITH(TEXT(vapid), INTEGER(at_us)), err))
        return false;
    *count = query_changed(s);
    return true;
}

void device_row_clear(struct device_row *row)
{
    free(row->person);
    free(row->screen);
    free(row->name);
    free(row->endpoint);
    free(row->vapid);
    *row = (struct device_row){ 0 };
}

void device_list_free(struct device_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        device_row_clear(&list->rows[i]);
    free(list->rows);
    *list = (struct device_list){ 0 };
}
