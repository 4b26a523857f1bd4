/* The steps from each older version: killed anywhere they leave that version or a newer one,
 * whole; and rows of a damaged older catalogue are taken over. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema.h"
#include "scratch.h"
#include "store/alert_rows.h"
#include "store/segment_rows.h"

/* As version 1 had them: an event, its alert, who was told, a segment and a gap. */
static const char old_rows[] =
    "INSERT INTO event VALUES ('E1', 'alarm', 'gate', 'east', 1000000, 2000000, 1500000, 0,"
    " 0, 0, 1, 1, NULL, 'p.jpg', 'help', 'An');"
    "INSERT INTO alert VALUES ('A1', 'E1', 1000000, 'open', 1, 0, NULL, 0, NULL, NULL, 0, 0);"
    "INSERT INTO delivery VALUES (1, 'A1', 'person:an', 'page', 'delivered', 1, 1000000);"
    "INSERT INTO segment VALUES (1, 'gate', 1, 1000000, 2000000, 'gate/1.mp4', 100, '', 0, 1, 0);"
    "INSERT INTO gap VALUES (1, 'gate', 2000000, 3000000, 'network', 'cable');";

static char *database(const struct scratch *scratch)
{
    return scratch_path(scratch, "keng.db");
}

/* A catalogue of that version, with the old rows brought to it. */
static void make_version(const struct scratch *scratch, int version)
{
    struct error err = { 0 };
    char *path = database(scratch), *log = scratch_path(scratch, "keng.db-wal");
    sqlite3 *db;

    scratch_write(scratch, "keng.db", "", 0);
    unlink(log);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    assert_int_equal(schema_raise(db, 1, &err), SCHEMA_READY);
    assert_int_equal(sqlite3_exec(db, old_rows, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(schema_raise(db, version, &err), SCHEMA_READY);
    sqlite3_close(db);
    free(path);
    free(log);
}

static void assert_rows(struct store *s)
{
    struct event_row event;
    struct delivery_list told;
    struct gap_list gaps;
    bool found;

    well(event_get(s, "E1", &event, &found, e));
    assert_true(found);
    assert_int_equal(event.severity, SEVERITY_URGENT);
    assert_string_equal(event.note, "help");
    event_row_clear(&event);
    well(deliveries_of(s, "A1", &told, e));
    assert_int_equal(told.count, 1);
    assert_string_equal(told.rows[0].recipient, "person:an");
    assert_int_equal(told.rows[0].state, DELIVERY_DELIVERED);
    delivery_list_free(&told);
    well(gaps_between(s, "gate", 0, SECONDS_US(9), &gaps, e));
    assert_int_equal(gaps.count, 1);
    assert_int_equal(gaps.rows[0].cause, GAP_NETWORK);
    gap_list_free(&gaps);
}

/* ---- killed ------------------------------------------------------------------------ */

static int until_death;
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

/* The last write is torn. */
static ssize_t mortal_pwrite(int fd, const void *at, size_t size, off_t offset)
{
    if (--until_death > 0)
        return real_pwrite(fd, at, size, offset);
    real_pwrite(fd, at, size / 2, offset);
    kill(getpid(), SIGKILL);
    return -1;
}

/* Whether it came to its end before so many writes. */
static bool migrate_and_die(const struct scratch *scratch, int writes)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        sqlite3_vfs *vfs = sqlite3_vfs_find("unix-excl");
        const char *name = vfs->xGetSystemCall(vfs, "pwrite64") ? "pwrite64" : "pwrite";
        until_death = writes;
        real_pwrite = (ssize_t (*)(int, const void *, size_t, off_t))vfs->xGetSystemCall(
            vfs, name);
        vfs->xSetSystemCall(vfs, name, (sqlite3_syscall_ptr)mortal_pwrite);
        struct store *s = store_open(scratch->dir, STORE_DUTIES, NULL, NULL);
        _exit(s ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return !WIFSIGNALED(status);
}

static char *schema_text(sqlite3 *db)
{
    sqlite3_stmt *stmt;
    char *text = NULL;

    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM"
                                        " sqlite_schema WHERE sql NOT NULL ORDER BY name)",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    text = xstrdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return text;
}

/* The parts are those of its version, neither more nor less. Returns the version. */
static int assert_is_of_one_version(const struct scratch *scratch)
{
    struct error err = { 0 };
    char *path = database(scratch);
    sqlite3 *db, *model;
    int version;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(schema_look(db, &version, &err), SCHEMA_READY);
    assert_int_equal(sqlite3_open(":memory:", &model), SQLITE_OK);
    assert_int_equal(schema_raise(model, version, &err), SCHEMA_READY);
    char *is = schema_text(db), *should = schema_text(model);
    assert_string_equal(is, should);
    free(is);
    free(should);
    sqlite3_close(model);
    sqlite3_close(db);
    free(path);
    return version;
}

static void a_kill_at_any_write_leaves_the_old_or_a_newer_version_whole(void **state)
{
    struct scratch *scratch = *state;
    int stride = getenv("KENGD_LONG") ? 1 : 37, kills = 0;

    for (int version = 1; version < schema_newest(); version++) {
        bool ended = false;
        for (int writes = 1 + version % stride; !ended; writes += stride) {
            make_version(scratch, version);
            ended = migrate_and_die(scratch, writes);
            kills += !ended;
            int found = assert_is_of_one_version(scratch);
            assert_in_range(found, version, schema_newest());
            struct store *s = scratch_open(scratch, STORE_DUTIES);
            assert_int_equal(store_version(s), schema_newest());
            assert_rows(s);
            store_close(s);
        }
    }
    assert_true(kills > schema_newest());
    assert_int_equal(scratch_count(scratch, "keng.db.bad"), 0);
}

/* ---- damaged ------------------------------------------------------------------------- */

/* A page that only an index of the segments has. */
static void overwrite_index(const struct scratch *scratch)
{
    char *path = database(scratch), page[4096];
    sqlite3_stmt *stmt;
    sqlite3 *db;

    memset(page, 0xa5, sizeof page);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT rootpage FROM sqlite_schema WHERE name = 'segment_by_time'",
                       -1, &stmt, NULL);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    off_t at = (off_t)(sqlite3_column_int(stmt, 0) - 1) * (off_t)sizeof page;
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, page, sizeof page, at), sizeof page);
    close(fd);
    free(path);
}

static void rows_of_a_damaged_older_catalogue_are_taken_over(void **state)
{
    struct scratch *scratch = *state;

    for (int version = 1; version <= schema_newest(); version++) {
        bool replaced = false;
        struct error err = { 0 };
        make_version(scratch, version);
        overwrite_index(scratch);
        struct store *s = store_open(scratch->dir, STORE_DUTIES, &replaced, &err);
        if (!s)
            fail_msg("version %d: %s", version, err.text);
        assert_true(replaced);
        assert_rows(s);
        store_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_kill_at_any_write_leaves_the_old_or_a_newer_version_whole, scratch_setup,
            scratch_teardown),
        cmocka_unit_test_setup_teardown(rows_of_a_damaged_older_catalogue_are_taken_over,
                                        scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
