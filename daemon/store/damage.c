#include "query.h"
#include "store/damage_rows.h"

enum { NOTE, CLEAR, COUNT, NEXT, NEXT_OF, COUNT_ALL, PASSED, ROUND, LAST_ROUND };

static const char *const sql[] = {
    [NOTE] = "INSERT INTO damage VALUES (?1, ?2, ?3)"
             " ON CONFLICT (segment) DO UPDATE SET what = excluded.what",
    [CLEAR] = "DELETE FROM damage WHERE segment = ?1",
    [COUNT] = "SELECT count(*) FROM damage",
    [NEXT] = "SELECT id, bytes, path, camera FROM segment"
             " WHERE id > coalesce((SELECT segment FROM scrub WHERE volume = ?1), 0)"
             " AND volume = ?1 AND NOT open AND NOT lost ORDER BY id LIMIT 1",
    [NEXT_OF] = "SELECT id, bytes, path, camera FROM segment"
                " WHERE id > ?3 AND volume = ?1 AND (?2 IS NULL OR camera = ?2)"
                " AND NOT open AND NOT lost ORDER BY id LIMIT 1",
    [COUNT_ALL] = "SELECT count(*) FROM segment WHERE volume = ?1"
                  " AND (?2 IS NULL OR camera = ?2) AND NOT open AND NOT lost",
    [PASSED] = "INSERT INTO scrub (volume, segment) VALUES (?1, ?2)"
               " ON CONFLICT (volume) DO UPDATE SET segment = excluded.segment",
    [ROUND] = "INSERT INTO scrub (volume, segment, round_us) VALUES (?1, 0, ?2)"
              " ON CONFLICT (volume) DO UPDATE SET segment = 0, round_us = excluded.round_us",
    [LAST_ROUND] = "SELECT round_us FROM scrub WHERE volume = ?1",
};

bool damage_note(struct store *s, int64_t segment, int64_t at_us, const char *what,
                 struct error *err)
{
    if (!what)
        return query_run(s, sql[CLEAR], WITH(INTEGER(segment)), err);
    return query_run(s, sql[NOTE], WITH(INTEGER(segment), INTEGER(at_us), TEXT(what)), err);
}

static void read_number(sqlite3_stmt *at, void *to)
{
    *(int64_t *)to = sqlite3_column_int64(at, 0);
}

bool damage_count(struct store *s, int64_t *count, struct error *err)
{
    *count = 0;
    return query_one(s, sql[COUNT], WITH_NOTHING, read_number, count, NULL, err);
}

static void read_next(sqlite3_stmt *at, void *to)
{
    struct segment_row *row = to;

    row->id = sqlite3_column_int64(at, 0);
    row->bytes = sqlite3_column_int64(at, 1);
    row->path = column_text_or_empty(at, 2);
    row->camera = column_text_or_empty(at, 3);
}

bool scrub_next(struct store *s, const char *volume, struct segment_row *out,
                struct error *err)
{
    *out = (struct segment_row){ 0 };
    return query_one(s, sql[NEXT], WITH(TEXT(volume)), read_next, out, NULL, err);
}

bool scrub_next_of(struct store *s, const char *volume, const char *camera, int64_t after,
                   struct segment_row *out, struct error *err)
{
    *out = (struct segment_row){ 0 };
    return query_one(s, sql[NEXT_OF], WITH(TEXT(volume), TEXT(camera), INTEGER(after)),
                     read_next, out, NULL, err);
}

bool scrub_count_of(struct store *s, const char *volume, const char *camera, int64_t *count,
                    struct error *err)
{
    *count = 0;
    return query_one(s, sql[COUNT_ALL], WITH(TEXT(volume), TEXT(camera)), read_number, count,
                     NULL, err);
}

bool scrub_passed(struct store *s, const char *volume, int64_t segment, struct error *err)
{
    return query_run(s, sql[PASSED], WITH(TEXT(volume), INTEGER(segment)), err);
}

bool scrub_is_through(struct store *s, const char *volume, int64_t at_us, struct error *err)
{
    return query_run(s, sql[ROUND], WITH(TEXT(volume), INTEGER(at_us)), err);
}

bool scrub_last_round(struct store *s, const char *volume, int64_t *at_us, struct error *err)
{
    *at_us = 0;
    return query_one(s, sql[LAST_ROUND], WITH(TEXT(volume)), read_number, at_us, NULL, err);
}
