#include <stdlib.h>

#include "core/memory.h"
#include "query.h"
#include "store/segment_rows.h"

#define GAP "id, camera, start_us, end_us, cause, detail, ended, ended_by"

enum { BEGIN, CHANGE, MOVE, FORGET, BETWEEN, OPEN };

static const char *const sql[] = {
    [BEGIN] = "INSERT INTO gap (" GAP ") VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [CHANGE] = "UPDATE gap SET start_us = ?2, end_us = ?3, ended = ?4, ended_by = ?5"
               " WHERE id = ?1",
    [MOVE] = "UPDATE gap SET start_us = start_us + ?3 * (start_us BETWEEN ?1 AND ?2),"
             " end_us = end_us + ?3 * (end_us BETWEEN ?1 AND ?2 AND end_us > 0)"
             " WHERE start_us BETWEEN ?1 AND ?2 OR end_us BETWEEN ?1 AND ?2",
    [FORGET] = "DELETE FROM gap WHERE camera = ?1 AND end_us > 0 AND end_us <= ?2",
    [BETWEEN] = "SELECT " GAP " FROM gap"
                " WHERE camera = ?1 AND end_us > ?2 AND start_us < ?3"
                " UNION ALL SELECT " GAP " FROM gap"
                " WHERE camera = ?1 AND end_us = 0 AND start_us < ?3 ORDER BY start_us",
    [OPEN] = "SELECT " GAP " FROM gap WHERE end_us = 0 ORDER BY start_us",
};

static const char *const words[] = {
    [GAP_UNKNOWN] = "unknown", [GAP_CAMERA] = "camera", [GAP_NETWORK] = "network",
    [GAP_LOGIN] = "login",     [GAP_DISK] = "disk",     [GAP_STOPPED] = "stopped",
    [GAP_RULE] = "rule",       [GAP_CLOCK] = "clock",   [GAP_NOT_KEPT] = "not_kept",
};

static const char *const end_words[] = {
    [GAP_END_NONE] = "",           [GAP_END_VIDEO] = "video",
    [GAP_END_STARTED] = "started", [GAP_END_PERSON] = "person",
    [GAP_END_DISK] = "disk",       [GAP_END_EVENT] = "event",
    [GAP_END_HOURS] = "hours",     [GAP_END_CLOCK] = "clock",
    [GAP_END_CAUSE] = "cause",     [GAP_END_RECORDING] = "recording",
};

const char *gap_cause_word(enum gap_cause cause)
{
    return words[cause];
}

const char *gap_end_word(enum gap_end ended)
{
    return end_words[ended];
}

static void read_gap(sqlite3_stmt *at, void *to)
{
    struct gap_row *row = to;

    row->id = sqlite3_column_int64(at, 0);
    row->camera = column_text_or_empty(at, 1);
    row->start_us = sqlite3_column_int64(at, 2);
    row->end_us = sqlite3_column_int64(at, 3);
    row->cause = (enum gap_cause)column_word(at, 4, words, COUNT_OF(words));
    row->detail = column_text_or_empty(at, 5);
    row->ended = (enum gap_end)column_word(at, 6, end_words, COUNT_OF(end_words));
    row->ended_by = column_text_or_empty(at, 7);
}

bool gap_begin(struct store *s, struct gap_row *row, struct error *err)
{
    if (!query_run(s, sql[BEGIN],
                   WITH(TEXT(row->camera), INTEGER(row->start_us), INTEGER(row->end_us),
                        TEXT(gap_cause_word(row->cause)),
                        TEXT(row->detail ? row->detail : ""), TEXT(gap_end_word(row->ended)),
                        TEXT(row->ended_by ? row->ended_by : "")),
                   err))
        return false;
    row->id = query_last_id(s);
    return true;
}

bool gap_change(struct store *s, const struct gap_row *row, struct error *err)
{
    return query_run(s, sql[CHANGE],
                     WITH(INTEGER(row->id), INTEGER(row->start_us), INTEGER(row->end_us),
                          TEXT(gap_end_word(row->ended)),
                          TEXT(row->ended_by ? row->ended_by : "")),
                     err);
}

bool gaps_move(struct store *s, int64_t from_us, int64_t to_us, int64_t offset_us,
               struct error *err)
{
    return query_run(s, sql[MOVE],
                     WITH(INTEGER(from_us), INTEGER(to_us), INTEGER(offset_us)), err);
}

bool gaps_forget(struct store *s, const char *camera, int64_t before_us,
                 struct error *err)
{
    return query_run(s, sql[FORGET], WITH(TEXT(camera), INTEGER(before_us)), err);
}

static bool read_list(struct store *s, const char *statement, const struct value *values,
                      size_t count, struct gap_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, statement, values, count, read_gap, sizeof(struct gap_row),
                           &rows, err);

    *out = (struct gap_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        gap_list_free(out);
    return well;
}

bool gaps_between(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                  struct gap_list *out, struct error *err)
{
    return read_list(s, sql[BETWEEN],
                     WITH(TEXT(camera), INTEGER(from_us), INTEGER(to_us)), out, err);
}

bool gaps_open(struct store *s, struct gap_list *out, struct error *err)
{
    return read_list(s, sql[OPEN], WITH_NOTHING, out, err);
}

void gap_list_free(struct gap_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].camera);
        free(list->rows[i].detail);
        free(list->rows[i].ended_by);
    }
    free(list->rows);
    *list = (struct gap_list){ 0 };
}
