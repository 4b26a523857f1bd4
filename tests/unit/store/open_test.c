#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/memory.h"
#include "query.h"
#include "schema.h"
#include "scratch.h"
#include "store/access_rows.h"
#include "store/segment_rows.h"

#define NEWEST schema_newest()

static void insert_one(struct store *s, const char *path)
{
    struct segment_row row = { .camera = (char *)"gate",
                               .start_us = SECONDS_US(100),
                               .end_us = SECONDS_US(160),
                               .path = (char *)path,
                               .bytes = 1000,
                               .codecs = (char *)"avc1.4d0028" };
    well(segment_insert(s, &row, e));
    assert_true(row.id > 0);
}

static bool has(struct store *s, const char *path)
{
    struct segment_row row;

    well(segment_by_path(s, path, &row, e));
    bool found = row.id != 0;
    segment_row_clear(&row);
    return found;
}

static unsigned mode_of(const char *path)
{
    struct stat file;

    assert_int_equal(stat(path, &file), 0);
    return file.st_mode & 07777;
}

static void a_new_catalogue_is_made_and_is_ours_alone(void **state)
{
    struct scratch *scratch = *state;
    mode_t before = umask(0);
    bool replaced = true;
    struct error err;
    struct store *s = store_open(scratch->dir, STORE_DUTIES, &replaced, &err);
    char *db = scratch_path(scratch, "keng.db"),
         *log = scratch_path(scratch, "keng.db-wal");

    umask(before);
    assert_non_null(s);
    assert_false(replaced);
    assert_int_equal(store_version(s), NEWEST);
    assert_int_equal(mode_of(scratch->dir), 0700);
    assert_int_equal(mode_of(db), 0600);
    insert_one(s, "gate/1.mp4");
    assert_int_equal(mode_of(log), 0600);
    store_close(s);
    free(db);
    free(log);
}

static void a_directory_that_others_may_read_is_closed(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "x", "", 0);
    chmod(scratch->dir, 0755);
    store_close(scratch_open(scratch, STORE_RECORDS));
    assert_int_equal(mode_of(scratch->dir), 0700);
}

static void an_empty_file_becomes_a_catalogue(void **state)
{
    struct scratch *scratch = *state;
    bool replaced = true;
    struct error err;

    scratch_write(scratch, "keng.db", "", 0);
    struct store *s = store_open(scratch->dir, STORE_RECORDS, &replaced, &err);
    assert_non_null(s);
    assert_false(replaced);
    assert_int_equal(store_version(s), NEWEST);
    insert_one(s, "gate/1.mp4");
    store_close(s);
}

static void what_was_stored_is_there_after_reopening(void **state)
{
    struct scratch *scratch = *state;
    struct store *s = scratch_open(scratch, STORE_RECORDS);

    insert_one(s, "gate/1.mp4");
    store_close(s);
    s = scratch_open(scratch, STORE_RECORDS);
    assert_true(has(s, "gate/1.mp4"));
    assert_false(has(s, "gate/2.mp4"));
    store_close(s);
}

static void a_catalogue_of_a_newer_kengd_is_refused_and_left_alone(void **state)
{
    struct scratch *scratch = *state;
    bool replaced = true;
    struct error err = { .kind = ERR_NONE };
    struct store *s = scratch_open(scratch, STORE_RECORDS);

    insert_one(s, "gate/1.mp4");
    store_close(s);
    scratch_raw(scratch, "PRAGMA user_version = 999");
    assert_null(store_open(scratch->dir, STORE_RECORDS, &replaced, &err));
    assert_int_equal(err.kind, ERR_STORE);
    assert_non_null(strstr(err.text, "999"));
    assert_false(replaced);
    assert_int_equal(scratch_count(scratch, "keng.db.bad"), 0);
    char *back = xformat("PRAGMA user_version = %d", NEWEST);
    scratch_raw(scratch, back);
    free(back);
    s = scratch_open(scratch, STORE_RECORDS);
    assert_true(has(s, "gate/1.mp4"));
    store_close(s);
}

static void expect_refused(struct scratch *scratch)
{
    struct error err = { .kind = ERR_NONE };

    assert_null(store_open(scratch->dir, STORE_RECORDS, NULL, &err));
    assert_int_equal(err.kind, ERR_STORE);
    assert_int_equal(scratch_count(scratch, "keng.db.bad"), 0);
}

static void expect_replaced(struct scratch *scratch)
{
    struct error err = { .kind = ERR_NONE };
    bool replaced = false;

    struct store *s = store_open(scratch->dir, STORE_RECORDS, &replaced, &err);
    if (!s)
        fail_msg("%s", err.text);
    assert_true(replaced);
    assert_int_equal(store_version(s), NEWEST);
    assert_false(has(s, "gate/1.mp4"));
    insert_one(s, "gate/1.mp4");
    store_close(s);
    assert_true(scratch_count(scratch, "keng.db.bad") >= 1);
    s = store_open(scratch->dir, STORE_RECORDS, &replaced, &err);
    assert_non_null(s);
    assert_false(replaced);
    assert_true(has(s, "gate/1.mp4"));
    store_close(s);
}

static void a_file_that_is_no_database_is_moved_aside(void **state)
{
    static const char text[] = "site: {name: X\xc3\xa3 \xc4\x90\xe1\xbb\x93ng Xanh}\n";

    scratch_write(*state, "keng.db", text, sizeof text);
    expect_refused(*state);
    expect_replaced(*state);
}

static void another_programs_database_is_moved_aside(void **state)
{
    struct scratch *scratch = *state;

    scratch_write(scratch, "keng.db", "", 0);
    scratch_raw(scratch, "CREATE TABLE segment (id INTEGER PRIMARY KEY)");
    expect_refused(scratch);
    expect_replaced(scratch);
}

static void a_catalogue_that_lost_a_table_is_moved_aside(void **state)
{
    struct scratch *scratch = *state;

    store_close(scratch_open(scratch, STORE_RECORDS));
    scratch_raw(scratch, "DROP TABLE gap");
    expect_refused(scratch);
    expect_replaced(scratch);
}

static void damage(struct scratch *scratch, off_t from, size_t size)
{
    char *path = scratch_path(scratch, "keng.db");
    uint8_t *bytes = xmalloc(size);
    int fd = open(path, O_WRONLY);

    memset(bytes, 0xa5, size);
    assert_int_equal(pwrite(fd, bytes, size, from), size);
    close(fd);
    free(bytes);
    free(path);
}

static void a_damaged_first_page_is_moved_aside(void **state)
{
    struct scratch *scratch = *state;

    store_close(scratch_open(scratch, STORE_RECORDS));
    damage(scratch, 100, 900);
    expect_refused(scratch);
    expect_replaced(scratch);
}

static void damage_deep_inside_is_found_when_opening(void **state)
{
    struct scratch *scratch = *state;
    struct store *s = scratch_open(scratch, STORE_RECORDS);
    char path[32];

    well(store_begin(s, e));
    for (int i = 0; i < 2000; i++) {
        snprintf(path, sizeof path, "gate/%d.mp4", i + 1);
        insert_one(s, path);
    }
    well(store_commit(s, e));
    store_close(s);
    damage(scratch, 40 * 4096, 3 * 4096);
    expect_replaced(scratch);
}

/* Segments and tokens; then some pages of the former are overwritten. */
static void make_damaged(struct scratch *scratch)
{
    struct store *s = scratch_open(scratch, STORE_DUTIES);
    struct token_row link = { .hash = { 1 }, .person = (char *)"an" };
    struct token_row session = { .hash = { 2 } };
    char path[32];

    well(token_insert(s, &link, e));
    session.parent = link.id;
    well(token_insert(s, &session, e));
    well(access_append(s, "An", "live", "camera:gate", e));
    well(access_append(s, "An", "clip", "camera:gate", e));
    well(store_begin(s, e));
    for (int i = 0; i < 2000; i++) {
        snprintf(path, sizeof path, "gate/%d.mp4", i + 1);
        insert_one(s, path);
    }
    well(store_commit(s, e));
    store_close(s);
    damage(scratch, 60 * 4096, 12 * 4096); /* of the table and of its indexes */
}

static void tokens_and_the_access_log_outlive_a_damaged_catalogue(void **state)
{
    struct scratch *scratch = *state;
    const uint8_t hash[TOKEN_HASH] = { 2 };
    struct token_row token;
    struct access_list log;
    struct error err;
    bool replaced, found;
    int64_t broken;

    make_damaged(scratch);
    struct store *s = store_open(scratch->dir, STORE_DUTIES, &replaced, &err);
    assert_non_null(s);
    assert_true(replaced);
    well(token_by_hash(s, hash, &token, &found, e));
    assert_true(found);
    assert_int_equal(token.parent, 1);
    token_row_clear(&token);
    well(access_append(s, "An", "export", "camera:gate", e));
    well(access_verify(s, &broken, NULL, e));
    assert_int_equal(broken, 0);
    well(access_list_rows(s, 0, 10, &log, e));
    assert_int_equal(log.count, 3);
    access_list_free(&log);
    store_close(s);
}

static void damage_that_is_met_in_use_is_looked_into_at_the_next_start(void **state)
{
    struct scratch *scratch = *state;
    struct segment_list list;
    struct error err;
    bool replaced;

    make_damaged(scratch);
    struct store *s = scratch_open(scratch, STORE_RECORDS); /* looks at nothing */
    assert_int_equal(scratch_count(scratch, "keng.db.damaged"), 0);
    assert_false(segments_between(s, "gate", 0, INT64_MAX, &list, &err));
    assert_int_equal(list.count, 0);
    assert_int_equal(scratch_count(scratch, "keng.db.damaged"), 1);
    store_close(s);
    s = store_open(scratch->dir, STORE_RECORDS, &replaced, &err);
    assert_true(replaced);
    assert_int_equal(scratch_count(scratch, "keng.db.damaged"), 0);
    store_close(s);
}

static void a_sound_catalogue_loses_its_mark_and_nothing_else(void **state)
{
    struct scratch *scratch = *state;
    struct store *s = scratch_open(scratch, STORE_RECORDS);
    struct error err;
    bool replaced;

    insert_one(s, "gate/1.mp4");
    store_close(s);
    scratch_write(scratch, "keng.db.damaged", "", 0);
    s = store_open(scratch->dir, STORE_RECORDS, &replaced, &err);
    assert_false(replaced);
    assert_true(has(s, "gate/1.mp4"));
    assert_int_equal(scratch_count(scratch, "keng.db.damaged"), 0);
    store_close(s);
}

static void a_file_cut_short_is_moved_aside(void **state)
{
    struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "keng.db");

    store_close(scratch_open(scratch, STORE_RECORDS));
    assert_int_equal(truncate(path, 3 * 4096), 0);
    free(path);
    expect_refused(scratch);
    expect_replaced(scratch);
}

static void only_the_newest_three_bad_ones_are_kept(void **state)
{
    struct scratch *scratch = *state;
    struct error err;
    bool replaced;

    for (int i = 0; i < 6; i++) {
        scratch_clock(SECONDS_US(1700000000 + i / 2));
        scratch_write(scratch, "keng.db", "no database at all, for certain", 31);
        struct store *s = store_open(scratch->dir, STORE_RECORDS, &replaced, &err);
        assert_true(replaced);
        store_close(s);
    }
    assert_int_equal(scratch_count(scratch, "keng.db.bad"), 3);
    assert_int_equal(scratch_count(scratch, "keng.db.bad-2023-11-14T22-13-22"), 2);
}

static void a_reader_reads_and_cannot_write(void **state)
{
    struct scratch *scratch = *state;
    struct store *s = scratch_open(scratch, STORE_RECORDS);
    struct store *reader = scratch_open(scratch, STORE_READS);
    struct segment_row row = { .camera = (char *)"gate",
                               .path = (char *)"x",
                               .codecs = (char *)"" };
    struct error err = { .kind = ERR_NONE };

    insert_one(s, "gate/1.mp4");
    assert_true(has(reader, "gate/1.mp4"));
    assert_false(segment_insert(reader, &row, &err));
    assert_int_equal(err.kind, ERR_STORE);
    store_close(reader);
    store_close(s);
}

static void a_reader_does_not_make_the_catalogue(void **state)
{
    struct scratch *scratch = *state;
    struct error err = { .kind = ERR_NONE };

    assert_null(store_open(scratch->dir, STORE_READS, NULL, &err));
    assert_int_equal(err.kind, ERR_STORE);
    scratch_write(scratch, "keng.db", "", 0);
    assert_null(store_open(scratch->dir, STORE_READS, NULL, &err));
}

static void what_is_rolled_back_is_not_there(void **state)
{
    struct scratch *scratch = *state;
    struct store *s = scratch_open(scratch, STORE_DUTIES);

    well(store_begin(s, e));
    insert_one(s, "gate/1.mp4");
    store_rollback(s);
    assert_false(has(s, "gate/1.mp4"));
    well(store_begin(s, e));
    insert_one(s, "gate/2.mp4");
    well(store_commit(s, e));
    assert_true(has(s, "gate/2.mp4"));
    store_close(s);
}

/* Ends with what SQLite says to somebody who reads the catalogue as soon as told to. */
static pid_t start_stranger(const char *path, int go_fd)
{
    pid_t pid = fork();

    if (pid == 0) {
        char go;
        sqlite3 *db;
        int code = read(go_fd, &go, 1) == 1 ? sqlite3_open(path, &db) : SQLITE_MISUSE;
        if (code == SQLITE_OK)
            code = sqlite3_exec(db, "SELECT * FROM segment", NULL, NULL, NULL);
        _exit(code);
    }
    return pid;
}

static void another_process_is_kept_out_while_we_have_it_open(void **state)
{
    struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "keng.db");
    int go[2], status;

    assert_int_equal(pipe(go), 0);
    pid_t pid = start_stranger(path, go[0]);
    struct store *s = scratch_open(scratch, STORE_RECORDS);
    struct store *duties = scratch_open(scratch, STORE_DUTIES);
    struct store *reader = scratch_open(scratch, STORE_READS);
    insert_one(s, "gate/1.mp4");
    store_close(reader);
    store_close(duties);
    assert_int_equal(write(go[1], "!", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SQLITE_BUSY);
    store_close(s);
    close(go[0]);
    close(go[1]);
    free(path);
}

static void the_second_owner_is_told_the_first_ones_pid(void **state)
{
    struct scratch *scratch = *state;
    struct error err = { .kind = ERR_NONE };
    char *other_name = xformat("%s/link", scratch->above);
    char pid[24];
    int fd = store_lock_directory(scratch->dir, &err);

    assert_true(fd >= 0);
    assert_int_equal(symlink(scratch->dir, other_name), 0);
    assert_int_equal(store_lock_directory(other_name, &err), -1);
    assert_int_equal(err.kind, ERR_OWNED);
    snprintf(pid, sizeof pid, " %ld,", (long)getpid());
    assert_non_null(strstr(err.text, pid));
    close(fd);
    fd = store_lock_directory(scratch->dir, &err);
    assert_true(fd >= 0);
    close(fd);
    free(other_name);
}

static void a_state_directory_that_cannot_be_made_is_an_error(void **state)
{
    struct scratch *scratch = *state;
    struct error err = { .kind = ERR_NONE };

    scratch_write(scratch, "file", "", 0);
    char *dir = scratch_path(scratch, "file/state");
    assert_int_equal(store_lock_directory(dir, &err), -1);
    assert_int_equal(err.kind, ERR_DISK);
    assert_null(store_open(dir, STORE_DUTIES, NULL, &err));
    free(dir);
}

/* ---- long reads -------------------------------------------------------------------- */

static int64_t read_now_us;

static void read_number(sqlite3_stmt *at, void *to)
{
    *(int64_t *)to = sqlite3_column_int64(at, 0);
}

/* The reader takes a millisecond for each row. */
static bool take_long(void *arg, void *row)
{
    *(int64_t *)arg = *(int64_t *)row;
    scratch_clock(read_now_us += MILLIS_US(1));
    return true;
}

static void a_read_that_takes_too_long_is_ended_and_the_next_is_well(void **state)
{
    static const char numbers[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000)"
        " SELECT i FROM n";
    struct scratch *scratch = *state;
    struct error err = { 0 };
    int64_t row, last = 0;

    store_close(scratch_open(scratch, STORE_RECORDS));
    struct store *s = scratch_open(scratch, STORE_READS);
    scratch_clock(read_now_us = SECONDS_US(5000));
    assert_false(query_each(s, numbers, WITH_NOTHING, read_number, &row, sizeof row, take_long,
                            &last, &err));
    assert_int_equal(err.kind, ERR_STORE);
    assert_in_range(last, 20000, 30000); /* that is 20 s, and a little */
    struct segment_list list;
    well(segments_between(s, "gate", 0, INT64_MAX, &list, e));
    segment_list_free(&list);
    store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_catalogue_is_made_and_is_ours_alone),
        TEST(a_directory_that_others_may_read_is_closed),
        TEST(an_empty_file_becomes_a_catalogue),
        TEST(what_was_stored_is_there_after_reopening),
        TEST(a_catalogue_of_a_newer_kengd_is_refused_and_left_alone),
        TEST(a_file_that_is_no_database_is_moved_aside),
        TEST(another_programs_database_is_moved_aside),
        TEST(a_catalogue_that_lost_a_table_is_moved_aside),
        TEST(a_damaged_first_page_is_moved_aside),
        TEST(damage_deep_inside_is_found_when_opening),
        TEST(tokens_and_the_access_log_outlive_a_damaged_catalogue),
        TEST(damage_that_is_met_in_use_is_looked_into_at_the_next_start),
        TEST(a_sound_catalogue_loses_its_mark_and_nothing_else),
        TEST(a_file_cut_short_is_moved_aside),
        TEST(only_the_newest_three_bad_ones_are_kept),
        TEST(a_reader_reads_and_cannot_write),
        TEST(a_reader_does_not_make_the_catalogue),
        TEST(what_is_rolled_back_is_not_there),
        TEST(another_process_is_kept_out_while_we_have_it_open),
        TEST(the_second_owner_is_told_the_first_ones_pid),
        TEST(a_state_directory_that_cannot_be_made_is_an_error),
        TEST(a_read_that_takes_too_long_is_ended_and_the_next_is_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
