/* The catalogue as a file of its own: for a backup, and back. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "core/text.h"

static bool failed(sqlite3 *db, const char *path, struct error *err)
{
    return error_set(err, ERR_STORE, _("the copy of the catalogue %s failed: %s"), path,
                     db ? sqlite3_errmsg(db) : "");
}

/* All of it in one step: a reader's moment, whoever writes meanwhile. */
static bool copy_to(struct store *store, sqlite3 *to, const char *path, struct error *err)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", store->db, "main");

    if (!copy)
        return failed(to, path, err);
    sqlite3_backup_step(copy, -1);
    return sqlite3_backup_finish(copy) == SQLITE_OK || failed(to, path, err);
}

bool store_copy(struct store *store, const char *path, struct error *err)
{
    sqlite3 *to = NULL;
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_set(err, ERR_DISK, _("cannot create %s: %s"), path,
                         error_of_system(errno));
    close(fd);
    bool well = (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK ||
                 failed(to, path, err)) &&
                copy_to(store, to, path, err);
    sqlite3_close(to);
    return well;
}

static int64_t ask_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t number = 0;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return number;
}

uint64_t store_bytes(struct store *store)
{
    return (uint64_t)(ask_number(store->db, "PRAGMA page_count") *
                      ask_number(store->db, "PRAGMA page_size"));
}

static bool is_sound(sqlite3 *db, struct error *err)
{
    sqlite3_stmt *check = NULL;
    bool well = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &check, NULL) == SQLITE_OK &&
                sqlite3_step(check) == SQLITE_ROW &&
                !strcmp((const char *)sqlite3_column_text(check, 0), "ok");

    sqlite3_finalize(check);
    return well || error_set(err, ERR_STORE, _("the catalogue of the backup is damaged"));
}

bool store_check_file(const char *path, int *version, struct error *err)
{
    struct error why = { 0 };
    sqlite3 *db = NULL;
    enum schema_result seen = SCHEMA_FAILED;

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        seen = schema_look(db, version, &why);
    }
    bool well = seen == SCHEMA_READY && *version > 0 && is_sound(db, &why);
    if (seen == SCHEMA_READY && *version == 0)
        error_set(&why, ERR_STORE, _("the catalogue of the backup is empty"));
    sqlite3_close(db);
    if (!well && err) {
        *err = why;
        err->kind = seen == SCHEMA_NEWER ? ERR_CONFIG : ERR_STORE;
    }
    return well;
}
