#include <stdlib.h>

#include "core/bytes.h"
#include "core/log.h"
#include "core/memory.h"
#include "salvage.h"
#include "schema.h"

/* Whoever is referred to comes first. Gaps: their causes are in no file. */
static const char *const tables[] = { "event", "alert",  "delivery",
                                      "attempt", "token", "device", "mute", "access",
                                      "failed_login", "export", "activity", "gap" };

/* More rows than any catalogue has: pages that lead in circles end too. */
enum { MOST_ROWS = 5000000 };

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    return stmt;
}

static bool has_column(sqlite3 *db, const char *table, const char *column)
{
    char sql[160];

    sqlite3_snprintf(sizeof sql, sql, "SELECT \"%w\".\"%w\" FROM \"%w\"", table, column, table);
    sqlite3_stmt *stmt = prepare(db, sql);
    sqlite3_finalize(stmt);
    return stmt != NULL;
}

/* The columns of a table of ours that the other has too, "a, b, c"; how many. */
static int common_columns(sqlite3 *from, sqlite3 *to, const char *table, struct bytes *names)
{
    char sql[96];
    int count = 0;

    sqlite3_snprintf(sizeof sql, sql, "SELECT * FROM \"%w\"", table);
    sqlite3_stmt *all = prepare(to, sql);
    for (int i = 0; i < sqlite3_column_count(all); i++) {
        const char *name = sqlite3_column_name(all, i);
        if (has_column(from, table, name))
            bytes_format(names, "%s\"%s\"", count++ ? ", " : "", name);
    }
    sqlite3_finalize(all);
    return count;
}

/* A row that the new catalogue does not accept (a broken reference, a text where a number
 * should be) is left out. */
static size_t copy_rows(sqlite3_stmt *from, sqlite3_stmt *to, int columns)
{
    size_t copied = 0;

    for (size_t n = 0; n < MOST_ROWS && sqlite3_step(from) == SQLITE_ROW; n++) {
        for (int i = 0; i < columns; i++)
            sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
        copied += sqlite3_step(to) == SQLITE_DONE;
        sqlite3_reset(to);
    }
    return copied;
}

static sqlite3_stmt *prepare_select(sqlite3 *db, const char *table, const char *columns)
{
    char *sql = xformat("SELECT %s FROM %s", columns, table);
    sqlite3_stmt *stmt = prepare(db, sql);

    free(sql);
    return stmt;
}

static sqlite3_stmt *prepare_insert(sqlite3 *db, const char *table, const char *columns,
                                    int count)
{
    struct bytes sql = { 0 };

    bytes_format(&sql, "INSERT OR IGNORE INTO %s (%s) VALUES (?", table, columns);
    for (int i = 1; i < count; i++)
        bytes_text(&sql, ", ?");
    bytes_text(&sql, ")");
    char *text = bytes_take(&sql);
    sqlite3_stmt *stmt = prepare(db, text);
    free(text);
    return stmt;
}

static size_t copy_table(sqlite3 *from, sqlite3 *to, const char *table)
{
    struct bytes names = { 0 };
    int columns = common_columns(from, to, table, &names);
    size_t copied = 0;

    if (columns == 0)
        return 0;
    char *list = bytes_take(&names);
    sqlite3_stmt *read = prepare_select(from, table, list);
    sqlite3_stmt *write = prepare_insert(to, table, list, columns);
    if (read && write &&
        sqlite3_exec(to, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK) {
        copied = copy_rows(read, write, columns);
        sqlite3_reset(read);
        sqlite3_exec(to, "COMMIT", NULL, NULL, NULL);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    if (!sqlite3_get_autocommit(to))
        sqlite3_exec(to, "ROLLBACK", NULL, NULL, NULL);
    free(list);
    return copied;
}

static void copy_tables(sqlite3 *from, sqlite3 *to, bool tell)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        size_t copied = copy_table(from, to, tables[i]);
        if (copied > 0 && tell)
            log_info("taken over from the damaged catalogue", "table=%s rows=%zu", tables[i],
                     copied);
    }
}

/* Rows of an older version go the way that the steps lead: into a catalogue of that version
 * first, in a file that vanishes by itself. */
static void copy_older(sqlite3 *from, sqlite3 *to, int version)
{
    sqlite3 *between = NULL;
    struct error why = { 0 };

    if (sqlite3_open("", &between) == SQLITE_OK &&
        schema_raise(between, version, &why) == SCHEMA_READY) {
        copy_tables(from, between, false);
        if (schema_raise(between, schema_newest(), &why) == SCHEMA_READY)
            copy_tables(between, to, true);
    }
    if (why.kind != ERR_NONE)
        log_warning("older catalogue not brought over", "version=%d why='%s'", version,
                    why.text);
    sqlite3_close(between);
}

void salvage(sqlite3 *to, const char *path)
{
    sqlite3 *from = NULL;
    struct error ignored;
    int version;

    if (sqlite3_open_v2(path, &from, SQLITE_OPEN_READWRITE, "unix-excl") == SQLITE_OK) {
        /* It stays as it was found, with its log beside it. */
        sqlite3_db_config(from, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        sqlite3_db_config(from, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(from, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        sqlite3_exec(from, "PRAGMA query_only = ON", NULL, NULL, NULL);
        bool known = schema_look(from, &version, &ignored) == SCHEMA_READY && version > 0;
        if (known && version < schema_newest())
            copy_older(from, to, version);
        else if (known)
            copy_tables(from, to, true);
    }
    sqlite3_close(from);
}
