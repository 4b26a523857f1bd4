#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"

static int64_t now_us;

static int64_t read_now(void)
{
    return now_us;
}

static bool always(void)
{
    return true;
}

void scratch_clock(int64_t wall_us)
{
    static const struct clock_source standing = { read_now, read_now, always };

    now_us = wall_us;
    clock_use(&standing);
}

int scratch_setup(void **state)
{
    struct scratch *scratch = xcalloc(1, sizeof *scratch);
    char name[] = "/tmp/keng-store-XXXXXX";

    if (!mkdtemp(name))
        return -1;
    scratch->above = xstrdup(name);
    scratch->dir = xformat("%s/var/state", name);
    *state = scratch;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *where)
{
    return remove(path);
}

int scratch_teardown(void **state)
{
    struct scratch *scratch = *state;

    clock_use(NULL);
    nftw(scratch->above, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(scratch->above);
    free(scratch->dir);
    free(scratch);
    return 0;
}

struct store *scratch_open(const struct scratch *scratch, enum store_use use)
{
    struct error err = { .kind = ERR_NONE };
    struct store *s = store_open(scratch->dir, use, NULL, &err);

    if (!s)
        fail_msg("%s", err.text);
    return s;
}

char *scratch_path(const struct scratch *scratch, const char *name)
{
    return xformat("%s/%s", scratch->dir, name);
}

void scratch_raw(const struct scratch *scratch, const char *sql)
{
    char *path = scratch_path(scratch, "keng.db"), *why = NULL;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_close(db);
    free(path);
}

void scratch_write(const struct scratch *scratch, const char *name, const void *bytes,
                   size_t size)
{
    char *path = scratch_path(scratch, name), *up = xformat("%s/var", scratch->above);

    mkdir(up, 0755);
    mkdir(scratch->dir, 0700);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
    free(path);
    free(up);
}

int scratch_count(const struct scratch *scratch, const char *prefix)
{
    DIR *dir = opendir(scratch->dir);
    struct dirent *entry;
    int count = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)))
        count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    closedir(dir);
    return count;
}
