#include <stdlib.h>

#include "query.h"
#include "store/device_rows.h"

#define MUTE "id, area, camera, person, muted_by, since_us, until_us"

enum { INSERT, AT, FIND, END };

static const char *const sql[] = {
    [INSERT] = "INSERT INTO mute (" MUTE ") VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)",
    [AT] = "SELECT " MUTE " FROM mute WHERE until_us > ?1 AND since_us <= ?1 ORDER BY id",
    [FIND] = "SELECT id FROM mute WHERE id = ?1",
    [END] = "UPDATE mute SET until_us = min(until_us, ?2) WHERE id = ?1",
};

static void read_mute(sqlite3_stmt *at, void *to)
{
    struct mute_row *row = to;

    row->id = sqlite3_column_int64(at, 0);
    row->area = column_text(at, 1);
    row->camera = column_text(at, 2);
    row->person = column_text(at, 3);
    row->by = column_text_or_empty(at, 4);
    row->since_us = sqlite3_column_int64(at, 5);
    row->until_us = sqlite3_column_int64(at, 6);
}

bool mute_insert(struct store *s, struct mute_row *row, struct error *err)
{
    if (!query_run(s, sql[INSERT],
                   WITH(TEXT(row->area), TEXT(row->camera), TEXT(row->person),
                        TEXT(row->by), INTEGER(row->since_us), INTEGER(row->until_us)),
                   err))
        return false;
    row->id = query_last_id(s);
    return true;
}

bool mutes_at(struct store *s, int64_t at_us, struct mute_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, sql[AT], WITH(INTEGER(at_us)), read_mute,
                           sizeof(struct mute_row), &rows, err);

    *out = (struct mute_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        mute_list_free(out);
    return well;
}

static void read_nothing(sqlite3_stmt *at, void *row) {}

bool mute_end(struct store *s, int64_t id, int64_t at_us, bool *found, struct error *err)
{
    return query_run(s, sql[END], WITH(INTEGER(id), INTEGER(at_us)), err) &&
           query_one(s, sql[FIND], WITH(INTEGER(id)), read_nothing, NULL, found, err);
}

void mute_list_free(struct mute_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].area);
        free(list->rows[i].camera);
        free(list->rows[i].person);
        free(list->rows[i].by);
    }
    free(list->rows);
    *list = (struct mute_list){ 0 };
}
