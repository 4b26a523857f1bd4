#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "store/access_rows.h"

/* Far above what is tried in any window; a place that fails for years stays small. */
#define KEPT "32"

/* A row is named by its place, its kind and its mark: "10.0.0.1:554 viewer #1a2b". */
enum { LOGIN_NAME_MAX = 560, MARK_SIZE = 6 };
static const char kinds[] = {
    [LOGIN_FAILED] = '#', [LOGIN_CONFIGURED] = '=', [LOGIN_PROVEN] = '!'
};

enum { NOTE, FORGET_OLD, NEWEST, FAILED_SINCE, TAKE_BACK };

static const char *const sql[] = {
    [NOTE] = "INSERT INTO failed_login (id, place, at_us) VALUES (NULL, ?1, ?2)",
    [FORGET_OLD] = "DELETE FROM failed_login WHERE place = ?1 AND id <= (SELECT id"
                   " FROM failed_login WHERE place = ?1 ORDER BY id DESC"
                   " LIMIT 1 OFFSET " KEPT ")",
    [NEWEST] = "SELECT id, place, at_us FROM failed_login WHERE place BETWEEN ?1 AND ?2"
               " AND length(place) = length(?1) ORDER BY id DESC LIMIT 1",
    [FAILED_SINCE] =
        "SELECT id, place, at_us FROM failed_login WHERE place BETWEEN ?1 AND ?2"
        " AND length(place) = length(?1) AND at_us >= ?3 AND id > ?4"
        " ORDER BY id DESC LIMIT ?5",
    [TAKE_BACK] = "DELETE FROM failed_login WHERE id ="
                  " (SELECT max(id) FROM failed_login WHERE place = ?1)",
};

static const char *name_of(char to[LOGIN_NAME_MAX], const char *place,
                           enum login_kind kind, int mark)
{
    snprintf(to, LOGIN_NAME_MAX, "%s %c%04x", place, kinds[kind],
             (unsigned)mark & 0xffff);
    return to;
}

bool login_note(struct store *s, const char *place, enum login_kind kind, int mark,
                int64_t at_us, struct error *err)
{
    char name[LOGIN_NAME_MAX];

    name_of(name, place, kind, mark);
    return query_run(s, sql[NOTE], WITH(TEXT(name), INTEGER(at_us)), err) &&
           query_run(s, sql[FORGET_OLD], WITH(TEXT(name)), err);
}

bool login_take_back(struct store *s, const char *place, int mark, struct error *err)
{
    char name[LOGIN_NAME_MAX];

    return query_run(s, sql[TAKE_BACK],
                     WITH(TEXT(name_of(name, place, LOGIN_FAILED, mark))), err);
}

struct login {
    int64_t id, at_us;
    int mark;
};

static void read_login(sqlite3_stmt *at, void *to)
{
    const char *name = (const char *)sqlite3_column_text(at, 1);
    size_t size = name ? strlen(name) : 0;
    struct login *login = to;

    login->id = sqlite3_column_int64(at, 0);
    login->mark = size > MARK_SIZE ? (int)strtol(name + size - 4, NULL, 16) : 0;
    login->at_us = sqlite3_column_int64(at, 2);
}

static bool newest(struct store *s, const char *place, enum login_kind kind,
                   struct login *out, struct error *err)
{
    char first[LOGIN_NAME_MAX], last[LOGIN_NAME_MAX];

    *out = (struct login){ .mark = -1 };
    return query_one(s, sql[NEWEST],
                     WITH(TEXT(name_of(first, place, kind, 0)),
                          TEXT(name_of(last, place, kind, 0xffff))),
                     read_login, out, NULL, err);
}

bool logins_read(struct store *s, const char *place, int64_t since_us,
                 struct logins_seen *out, struct error *err)
{
    char first[LOGIN_NAME_MAX], last[LOGIN_NAME_MAX];
    struct login configured, proven;
    struct rows rows = { 0 };

    *out = (struct logins_seen){ .configured = -1 };
    if (!newest(s, place, LOGIN_CONFIGURED, &configured, err) ||
        !newest(s, place, LOGIN_PROVEN, &proven, err) ||
        !query_rows(s, sql[FAILED_SINCE],
                    WITH(TEXT(name_of(first, place, LOGIN_FAILED, 0)),
                         TEXT(name_of(last, place, LOGIN_FAILED, 0xffff)),
                         INTEGER(since_us), INTEGER(configured.id), INTEGER(LOGINS_SEEN)),
                    read_login, sizeof(struct login), &rows, err))
        return false;
    out->configured = configured.mark;
    out->proven = proven.id > configured.id;
    for (size_t i = 0; i < rows.count; i++) {
        const struct login *login = &((const struct login *)rows.at)[i];

        out->failed[i].mark = login->mark;
        out->failed[i].at_us = login->at_us;
    }
    out->count = (int)rows.count;
    free(rows.at);
    return true;
}
