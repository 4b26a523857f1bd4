#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/memory.h"
#include "salvage.h"
#include "schema.h"

/* Whoever is referred to comes first. */
static const char *const tables[] = { "event", "alert",  "delivery",
                                      "attempt", "token", "device", "mute", "access",
                                      "failed_login", "export", "activity" };

/* More rows than any catalogue has: pages that lead in circles end too. */
enum { MOST_ROWS = 5000000 };

static sqlite3_stmt *prepare(sqlite3 *db, const char *format, const char *table)
{
    char sql[160];
    sqlite3_stmt *stmt = NULL;

    sqlite3_snprintf(sizeof sql, sql, format, table);
    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    return stmt;
}

/* "INSERT OR IGNORE INTO <table> VALUES (?, ?)" for so many columns. */
static sqlite3_stmt *prepare_insert(sqlite3 *db, const char *table, int columns)
{
    char format[160] = "INSERT OR IGNORE INTO %s VALUES (?";

    for (int i = 1; i < columns && strlen(format) < sizeof format - 8; i++)
        strcat(format, ", ?");
    strcat(format, ")");
    return prepare(db, format, table);
}

static int column_count(sqlite3 *db, const char *table)
{
    sqlite3_stmt *stmt = prepare(db, "SELECT * FROM %s", table);
    int count = stmt ? sqlite3_column_count(stmt) : 0;

    sqlite3_finalize(stmt);
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

static void copy_table(sqlite3 *from, sqlite3 *to, const char *table)
{
    int columns = column_count(to, table);

    if (columns == 0 || column_count(from, table) != columns)
        return;
    sqlite3_stmt *read = prepare(from, "SELECT * FROM %s", table);
    sqlite3_stmt *write = prepare_insert(to, table, columns);
    if (read && write &&
        sqlite3_exec(to, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK) {
        size_t copied = copy_rows(read, write, columns);
        sqlite3_reset(read);
        sqlite3_exec(to, "COMMIT", NULL, NULL, NULL);
        if (copied > 0)
            log_info("taken over from the damaged catalogue", "table=%s rows=%zu", table,
                     copied);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    if (!sqlite3_get_autocommit(to))
        sqlite3_exec(to, "ROLLBACK", NULL, NULL, NULL);
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
        if (schema_look(from, &version, &ignored) == SCHEMA_READY && version > 0)
            for (size_t i = 0; i < COUNT_OF(tables); i++)
                copy_table(from, to, tables[i]);
    }
    sqlite3_close(from);
}
