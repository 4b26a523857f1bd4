#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "query.h"
#include "store/pairing_rows.h"

#define PAIRING "id, hash, kind, person, screen, code, by, created_us, expires_us, used_us"

#define DAY_US "86400000000"

enum { INSERT, FORGET, BY_HASH, APPROVE, USE, MAKE_ROOM };

static const char *const sql[] = {
    [INSERT] = "INSERT INTO pairing (hash, kind, person, screen, code, by, created_us,"
               " expires_us, used_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
    [FORGET] = "DELETE FROM pairing WHERE expires_us < ?1 - " DAY_US,
    [BY_HASH] = "SELECT " PAIRING " FROM pairing WHERE hash = ?1",
    /* Should two screens show the same digits, neither is meant. */
    [APPROVE] = "UPDATE pairing SET screen = ?2, by = ?3 WHERE code = ?1 AND kind = 'screen'"
                " AND screen IS NULL AND expires_us > ?4 AND 1 = (SELECT count(*) FROM pairing"
                " WHERE code = ?1 AND kind = 'screen' AND screen IS NULL AND expires_us > ?4)",
    [USE] = "UPDATE pairing SET used_us = ?2 WHERE id = ?1 AND used_us = 0 AND expires_us > ?2",
    [MAKE_ROOM] = "DELETE FROM pairing WHERE id IN (SELECT id FROM pairing"
                  " WHERE kind = 'screen' AND screen IS NULL AND used_us = 0"
                  " AND expires_us > ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)",
};

static const char *const kinds[] = { [DEVICE_PHONE] = "phone", [DEVICE_SCREEN] = "screen" };

static void read_pairing(sqlite3_stmt *at, void *to)
{
    struct pairing_row *row = to;
    char *code = column_text_or_empty(at, 5);

    row->id = sqlite3_column_int64(at, 0);
    column_bytes(at, 1, row->hash, sizeof row->hash);
    row->kind = (enum device_kind)column_word(at, 2, kinds, COUNT_OF(kinds));
    row->person = column_text(at, 3);
    row->screen = column_text(at, 4);
    memcpy(row->code, code, strnlen(code, SHORT_CODE));
    free(code);
    row->by = column_text(at, 6);
    row->created_us = sqlite3_column_int64(at, 7);
    row->expires_us = sqlite3_column_int64(at, 8);
    row->used_us = sqlite3_column_int64(at, 9);
}

bool pairing_insert(struct store *s, struct pairing_row *row, struct error *err)
{
    if (!query_run(s, sql[FORGET], WITH(INTEGER(row->created_us)), err) ||
        !query_run(s, sql[INSERT],
                   WITH(BYTES(row->hash, sizeof row->hash), TEXT(kinds[row->kind]),
                        TEXT(row->person), TEXT(row->screen),
                        TEXT(*row->code ? row->code : NULL), TEXT(row->by),
                        INTEGER(row->created_us), INTEGER(row->expires_us)),
                   err))
        return false;
    row->id = query_last_id(s);
    return true;
}

bool pairing_by_hash(struct store *s, const uint8_t hash[TOKEN_HASH], struct pairing_row *out,
                     bool *found, struct error *err)
{
    *out = (struct pairing_row){ 0 };
    return query_one(s, sql[BY_HASH], WITH(BYTES(hash, TOKEN_HASH)), read_pairing, out, found,
                     err);
}

bool pairing_approve(struct store *s, const char *code, const char *screen, const char *by,
                     int64_t at_us, bool *done, struct error *err)
{
    if (!query_run(s, sql[APPROVE], WITH(TEXT(code), TEXT(screen), TEXT(by), INTEGER(at_us)),
                   err))
        return false;
    *done = query_changed(s) > 0;
    return true;
}

bool pairing_use(struct store *s, int64_t id, int64_t at_us, bool *first, struct error *err)
{
    if (!query_run(s, sql[USE], WITH(INTEGER(id), INTEGER(at_us)), err))
        return false;
    *first = query_changed(s) > 0;
    return true;
}

bool pairings_make_room(struct store *s, int64_t at_us, int64_t most, struct error *err)
{
    return query_run(s, sql[MAKE_ROOM], WITH(INTEGER(at_us), INTEGER(most - 1)), err);
}

void pairing_row_clear(struct pairing_row *row)
{
    free(row->person);
    free(row->screen);
    free(row->by);
    *row = (struct pairing_row){ 0 };
}
