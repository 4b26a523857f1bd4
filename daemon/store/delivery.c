#include <stdlib.h>

#include "core/memory.h"
#include "event.h"
#include "query.h"

enum { INSERT, UPDATE, OF_ALERT };

static const char *const sql[] = {
    [INSERT] = "INSERT INTO delivery (" DELIVERY ") VALUES"
               " (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
               " ON CONFLICT (alert, recipient, channel, target, what) DO NOTHING",
    [UPDATE] = "UPDATE delivery SET state = ?2, tries = ?3, at_us = ?4 WHERE id = ?1",
    [OF_ALERT] = "SELECT " DELIVERY " FROM delivery WHERE alert = ?1 ORDER BY id",
};

static const char *const words[] = {
    [DELIVERY_WAITING] = "waiting",
    [DELIVERY_DELIVERED] = "delivered",
    [DELIVERY_GIVEN_UP] = "given_up",
};

const char *delivery_state_word(enum delivery_state state)
{
    return words[state];
}

void delivery_read(sqlite3_stmt *at, void *to)
{
    struct delivery_row *row = to;

    row->id = sqlite3_column_int64(at, 0);
    column_row_id(at, 1, row->alert);
    row->recipient = column_text_or_empty(at, 2);
    row->channel = column_text_or_empty(at, 3);
    row->target = column_text_or_empty(at, 4);
    row->what = column_text_or_empty(at, 5);
    row->camera = column_text(at, 6);
    row->state = (enum delivery_state)column_word(at, 7, words, COUNT_OF(words));
    row->tries = sqlite3_column_int(at, 8);
    row->made_us = sqlite3_column_int64(at, 9);
    row->due_us = sqlite3_column_int64(at, 10);
    row->at_us = sqlite3_column_int64(at, 11);
}

bool delivery_insert(struct store *s, struct delivery_row *row, struct error *err)
{
    if (!query_run(s, sql[INSERT],
                   WITH(TEXT(row->alert), TEXT(row->recipient), TEXT(row->channel),
                        TEXT(row->target ? row->target : ""),
                        TEXT(row->what ? row->what : "raised"), TEXT(row->camera),
                        TEXT(words[row->state]), INTEGER(row->tries),
                        INTEGER(row->made_us), INTEGER(row->due_us), INTEGER(row->at_us)),
                   err))
        return false;
    row->id = query_changed(s) ? query_last_id(s) : 0;
    return true;
}

bool delivery_update(struct store *s, const struct delivery_row *row, struct error *err)
{
    return query_run(s, sql[UPDATE],
                     WITH(INTEGER(row->id), TEXT(words[row->state]), INTEGER(row->tries),
                          INTEGER(row->at_us)),
                     err);
}

static bool read_list(struct store *s, const char *statement, const struct value *values,
                      size_t count, struct delivery_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, statement, values, count, delivery_read,
                           sizeof(struct delivery_row), &rows, err);

    *out = (struct delivery_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        delivery_list_free(out);
    return well;
}

bool deliveries_of(struct store *s, const char *alert, struct delivery_list *out,
                   struct error *err)
{
    return read_list(s, sql[OF_ALERT], WITH(TEXT(alert)), out, err);
}

void delivery_list_free(struct delivery_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].recipient);
        free(list->rows[i].channel);
        free(list->rows[i].target);
        free(list->rows[i].what);
        free(list->rows[i].camera);
    }
    free(list->rows);
    *list = (struct delivery_list){ 0 };
}
