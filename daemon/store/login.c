#include "query.h"
#include "store/access_rows.h"

/* Far above what is tried in any window; a place that fails for years stays small. */
#define KEPT "32"

enum { FAILED, FORGET_OLD, SINCE, TAKE_BACK };

static const char *const sql[] = {
    [FAILED] = "INSERT INTO failed_login (id, place, at_us) VALUES (NULL, ?1, ?2)",
    [FORGET_OLD] = "DELETE FROM failed_login WHERE place = ?1 AND id <= (SELECT id"
                   " FROM failed_login WHERE place = ?1 ORDER BY id DESC"
                   " LIMIT 1 OFFSET " KEPT ")",
    [SINCE] = "SELECT count(*), min(at_us) FROM failed_login"
              " WHERE place = ?1 AND at_us >= ?2",
    [TAKE_BACK] = "DELETE FROM failed_login WHERE id ="
                  " (SELECT max(id) FROM failed_login WHERE place = ?1)",
};

bool login_failed(struct store *s, const char *place, int64_t at_us, struct error *err)
{
    return query_run(s, sql[FAILED], WITH(TEXT(place), INTEGER(at_us)), err) &&
           query_run(s, sql[FORGET_OLD], WITH(TEXT(place)), err);
}

struct tally {
    int count;
    int64_t oldest_us;
};

static void read_tally(sqlite3_stmt *at, void *to)
{
    struct tally *tally = to;

    tally->count = sqlite3_column_int(at, 0);
    tally->oldest_us = sqlite3_column_int64(at, 1);
}

bool logins_failed_since(struct store *s, const char *place, int64_t since_us, int *count,
                         int64_t *oldest_us, struct error *err)
{
    struct tally tally = { 0 };
    bool well = query_one(s, sql[SINCE], WITH(TEXT(place), INTEGER(since_us)), read_tally,
                          &tally, NULL, err);

    *count = tally.count;
    *oldest_us = tally.oldest_us;
    return well;
}

bool login_take_back(struct store *s, const char *place, struct error *err)
{
    return query_run(s, sql[TAKE_BACK], WITH(TEXT(place)), err);
}
