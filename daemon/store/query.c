#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "connection.h"
#include "query.h"

static bool query_failed(struct store *s, struct error *err)
{
    int code = sqlite3_errcode(s->db);

    if (schema_is_damage(code))
        store_mark_damaged(s);
    return error_set(err, ERR_STORE, _("the catalogue failed: %s"),
                     sqlite3_errmsg(s->db));
}

/* Statements are few and their texts do not move: the address is the name. */
static sqlite3_stmt *prepared(struct store *s, const char *sql, struct error *err)
{
    sqlite3_stmt *stmt;

    for (size_t i = 0; i < s->statement_count; i++)
        if (s->statements[i].sql == sql)
            return s->statements[i].stmt;
    if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
        SQLITE_OK) {
        query_failed(s, err);
        return NULL;
    }
    s->statements =
        xrealloc(s->statements, (s->statement_count + 1) * sizeof *s->statements);
    s->statements[s->statement_count++] = (struct statement){ .sql = sql, .stmt = stmt };
    return stmt;
}

/* The values outlive the run of the statement: they are not copied. */
static int bind(sqlite3_stmt *stmt, int place, const struct value *value)
{
    switch (value->kind) {
    case VALUE_INTEGER:
        return sqlite3_bind_int64(stmt, place, value->integer);
    case VALUE_REAL:
        return sqlite3_bind_double(stmt, place, value->real);
    case VALUE_TEXT:
        return sqlite3_bind_text(stmt, place, value->at, -1, SQLITE_STATIC);
    case VALUE_BYTES:
        return sqlite3_bind_blob64(stmt, place, value->at, value->size, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static void finish(sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

static sqlite3_stmt *begin(struct store *s, const char *sql, const struct value *values,
                           size_t count, struct error *err)
{
    sqlite3_stmt *stmt = prepared(s, sql, err);

    s->reading_us = clock_mono_us();
    for (size_t i = 0; stmt && i < count; i++)
        if (bind(stmt, (int)i + 1, &values[i]) != SQLITE_OK) {
            query_failed(s, err);
            finish(stmt);
            return NULL;
        }
    return stmt;
}

bool query_run(struct store *s, const char *sql, const struct value *values, size_t count,
               struct error *err)
{
    sqlite3_stmt *stmt = begin(s, sql, values, count, err);

    if (!stmt)
        return false;
    bool well = sqlite3_step(stmt) == SQLITE_DONE || query_failed(s, err);
    finish(stmt);
    return well;
}

bool query_one(struct store *s, const char *sql, const struct value *values, size_t count,
               row_fn *read, void *row, bool *found, struct error *err)
{
    sqlite3_stmt *stmt = begin(s, sql, values, count, err);

    if (!stmt)
        return false;
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        read(stmt, row);
    if (found)
        *found = code == SQLITE_ROW;
    bool well = code == SQLITE_ROW || code == SQLITE_DONE || query_failed(s, err);
    finish(stmt);
    return well;
}

bool query_each(struct store *s, const char *sql, const struct value *values,
                size_t count, row_fn *read, void *row, size_t size, each_fn *each,
                void *arg, struct error *err)
{
    sqlite3_stmt *stmt = begin(s, sql, values, count, err);
    int code;

    if (!stmt)
        return false;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        memset(row, 0, size);
        read(stmt, row);
        if (!each(arg, row))
            break;
    }
    bool well = code == SQLITE_ROW || code == SQLITE_DONE || query_failed(s, err);
    finish(stmt);
    return well;
}

struct collecting {
    struct rows rows;
    size_t size, room;
};

static bool collect(void *arg, void *row)
{
    struct collecting *c = arg;

    if (c->rows.count == c->room) {
        c->room = c->room ? c->room * 2 : 16;
        c->rows.at = xrealloc(c->rows.at, c->room * c->size);
    }
    memcpy((uint8_t *)c->rows.at + c->rows.count++ * c->size, row, c->size);
    return true;
}

bool query_rows(struct store *s, const char *sql, const struct value *values,
                size_t count, row_fn *read, size_t size, struct rows *out,
                struct error *err)
{
    struct collecting c = { .size = size };
    void *row = xcalloc(1, size);
    bool well = query_each(s, sql, values, count, read, row, size, collect, &c, err);

    /* What was read before a failure is handed over too: its owner knows how to free it.
     */
    *out = c.rows;
    free(row);
    return well;
}

int64_t query_last_id(struct store *s)
{
    return sqlite3_last_insert_rowid(s->db);
}

int64_t query_changed(struct store *s)
{
    return sqlite3_changes64(s->db);
}

bool query_in_transaction(struct store *s)
{
    return !sqlite3_get_autocommit(s->db);
}

char *column_text(sqlite3_stmt *at, int column)
{
    const unsigned char *text = sqlite3_column_text(at, column);

    return text ? xstrdup((const char *)text) : NULL;
}

char *column_text_or_empty(sqlite3_stmt *at, int column)
{
    char *text = column_text(at, column);

    return text ? text : xstrdup("");
}

void column_bytes(sqlite3_stmt *at, int column, void *to, size_t size)
{
    const void *from = sqlite3_column_blob(at, column);

    if (from && (size_t)sqlite3_column_bytes(at, column) == size)
        memcpy(to, from, size);
    else
        memset(to, 0, size);
}

int column_word(sqlite3_stmt *at, int column, const char *const words[], size_t count)
{
    const unsigned char *word = sqlite3_column_text(at, column);

    for (size_t i = 0; word && i < count; i++)
        if (strcmp((const char *)word, words[i]) == 0)
            return (int)i;
    return 0;
}
