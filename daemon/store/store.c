#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aside.h"
#include "connection.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "directory.h"
#include "salvage.h"

enum {
    /* A commit of another connection may wait for a slow disk. */
    BUSY_MS = 10000,
    /* No row of ours comes near it; a foreign file may claim anything. */
    LONGEST_VALUE = 1 << 20,
    /* Up to this size all of the file is looked at when it is opened (800,000 segments;
     * 0.3 s for 80 MiB measured). */
    SMALL_BYTES = 128 << 20,
};

/* Other processes are kept out for as long as one of our connections is open
 * ("unix-excl"): a forgotten reader would let the log grow without end. A trap: were any
 * descriptor of the file closed in this process, its locks would be gone (fcntl(2)); so
 * nobody opens it but SQLite. */
static const char vfs[] = "unix-excl";

static const char settings[] = "PRAGMA journal_mode = WAL;"
                               "PRAGMA wal_autocheckpoint = 1000;"
                               "PRAGMA journal_size_limit = 67108864;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA cache_size = -4096;";

static const char *const settings_of_use[] = {
    [STORE_RECORDS] = "PRAGMA synchronous = NORMAL",
    [STORE_DUTIES] = "PRAGMA synchronous = FULL",
    [STORE_READS] = "PRAGMA query_only = ON",
};

void store_mark_damaged(struct store *s)
{
    if (s->damaged)
        return;
    s->damaged = true;
    aside_mark(s->dir);
    log_error("catalogue damaged",
              "file=%s/%s why='%s' what_now='kengd looks at all of it "
              "at the next start'",
              s->dir, CATALOGUE, sqlite3_errmsg(s->db));
}

static enum schema_result failed(struct store *s, struct error *err)
{
    bool damage = schema_is_damage(sqlite3_errcode(s->db));

    error_set(err, ERR_STORE, _("cannot open the catalogue %s/%s: %s"), s->dir, CATALOGUE,
              sqlite3_errmsg(s->db));
    return damage ? SCHEMA_UNUSABLE : SCHEMA_FAILED;
}

/* A new file belongs to us alone from its first moment; SQLite gives its log the same
 * mode. */
static bool make_file(const char *path, struct error *err)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST || chmod(path, 0600) < 0)
        return error_set(err, ERR_DISK, _("cannot create %s: %s"), path,
                         error_of_system(errno));
    return true;
}

/* Whether pages contradict each other: always for a small file, for a large one only
 * after something was found to be wrong with it. */
static enum schema_result look_at_all(struct store *s, const char *path,
                                      struct error *err)
{
    enum schema_result result = SCHEMA_READY;
    sqlite3_stmt *check = NULL;
    struct stat file;

    bool marked = aside_is_marked(s->dir);
    if (!marked && (stat(path, &file) < 0 || file.st_size > SMALL_BYTES))
        return SCHEMA_READY;
    if (sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &check, NULL) !=
            SQLITE_OK ||
        sqlite3_step(check) != SQLITE_ROW) {
        result = failed(s, err);
    } else {
        const char *said = (const char *)sqlite3_column_text(check, 0);
        if (!said || strcmp(said, "ok") != 0) {
            error_set(err, ERR_STORE, _("the catalogue %s is damaged: %s"), path,
                      said ? said : "");
            result = SCHEMA_UNUSABLE;
        }
    }
    sqlite3_finalize(check);
    if (marked && result == SCHEMA_READY)
        aside_clear_mark(s->dir);
    return result;
}

static enum schema_result prepare_to_read(struct store *s, struct error *err)
{
    int version;
    enum schema_result seen = schema_look(s->db, &version, err);

    if (seen == SCHEMA_READY && version != schema_newest()) {
        error_set(err, ERR_STORE,
                  _("the catalogue is of version %d and not yet brought to %d"), version,
                  schema_newest());
        return SCHEMA_FAILED;
    }
    return seen;
}

/* While something is read the log cannot begin anew and grows: a hundred cameras write it full
 * (64 MiB) in about a minute. */
static const int64_t READ_MOST_US = SECONDS_US(20);
enum { STEPS_BETWEEN_LOOKS = 10000 };

static int on_progress(void *arg)
{
    const struct store *s = arg;

    return clock_mono_us() - s->reading_us > READ_MOST_US;
}

/* `first`: it may be replaced, so nobody uses it yet. */
static enum schema_result connect(struct store *s, bool first, struct error *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/" CATALOGUE, s->dir);
    if (s->use != STORE_READS && !make_file(path, err))
        return SCHEMA_FAILED;
    if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, vfs) !=
        SQLITE_OK)
        return failed(s, err);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (sqlite3_exec(s->db, settings, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(s->db, settings_of_use[s->use], NULL, NULL, NULL) != SQLITE_OK)
        return failed(s, err);
    if (s->use == STORE_READS) {
        s->reading_us = clock_mono_us();
        sqlite3_progress_handler(s->db, STEPS_BETWEEN_LOOKS, on_progress, s);
        return prepare_to_read(s, err);
    }
    enum schema_result result = schema_migrate(s->db, err);
    if (result == SCHEMA_READY && first)
        result = look_at_all(s, path, err);
    return result;
}

static void disconnect(struct store *s)
{
    for (size_t i = 0; i < s->statement_count; i++)
        sqlite3_finalize(s->statements[i].stmt);
    free(s->statements);
    s->statements = NULL;
    s->statement_count = 0;
    sqlite3_close(s->db);
    s->db = NULL;
}

/* Puts a new catalogue in the place of one that cannot be used. */
static bool replace(struct store *s, struct error *err)
{
    char aside[64];
    struct error why = *err;

    disconnect(s);
    if (!aside_move(s->dir, aside, err))
        return false;
    log_error("catalogue replaced", "dir=%s aside=%s why='%s'", s->dir, aside, why.text);
    aside_clear_mark(s->dir);
    if (connect(s, false, err) != SCHEMA_READY)
        return false;
    char *path = xformat("%s/%s", s->dir, aside);
    salvage(s->db, path);
    free(path);
    return true;
}

struct store *store_open(const char *state_dir, enum store_use use, bool *replaced,
                         struct error *err)
{
    struct store *s = xcalloc(1, sizeof *s);
    struct error why = { .kind = ERR_NONE };

    if (replaced)
        *replaced = false;
    s->use = use;
    s->dir = xstrdup(state_dir);
    bool well = directory_make(state_dir, &why);
    if (well) {
        enum schema_result result = connect(s, replaced != NULL, &why);
        well = result == SCHEMA_READY;
        if (result == SCHEMA_UNUSABLE && replaced && use != STORE_READS)
            *replaced = well = replace(s, &why);
    }
    if (well)
        return s;
    if (err)
        *err = why;
    store_close(s);
    return NULL;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    disconnect(store);
    free(store->dir);
    free(store);
}

static bool transaction_failed(struct store *store, struct error *err)
{
    if (schema_is_damage(sqlite3_errcode(store->db)))
        store_mark_damaged(store);
    error_set(err, ERR_STORE, _("the catalogue failed: %s"), sqlite3_errmsg(store->db));
    store_rollback(store);
    return false;
}

bool store_begin(struct store *store, struct error *err)
{
    /* One that will write takes its turn at once: a reader that turns writer could not.
     */
    const char *begin = store->use == STORE_READS ? "BEGIN" : "BEGIN IMMEDIATE";

    return sqlite3_exec(store->db, begin, NULL, NULL, NULL) == SQLITE_OK ||
           transaction_failed(store, err);
}

bool store_commit(struct store *store, struct error *err)
{
    return sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ||
           transaction_failed(store, err);
}

void store_rollback(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

int store_version(struct store *store)
{
    struct error ignored;
    int version = 0;

    schema_look(store->db, &version, &ignored);
    return version;
}
