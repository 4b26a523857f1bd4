#include <stdlib.h>

#include "core/memory.h"
#include "event.h"
#include "query.h"

#define ALERT                                                                  \
    "alert.id, raised_us, state, rank, escalate_us, answered_by, answered_us," \
    " answer_note, closed_by, closed_us, merged, cameras"
#define FROM   " FROM alert JOIN event ON event.id = alert.event"
#define SELECT "SELECT " ALERT ", " EVENT_IN("event.") FROM
#define WHERE                                                      \
    " WHERE raised_us >= ?1 AND raised_us < ?2"                    \
    " AND (?3 IS NULL OR instr(?3, char(10) || area || char(10)))" \
    " AND (?5 IS NULL OR camera = ?5)"
#define NEWEST " ORDER BY raised_us DESC, alert.id DESC LIMIT ?4"

/* After a long power cut there may be many; the rest comes with the next look. */
#define DUE_AT_ONCE "500"

enum { INSERT, UPDATE, GET, OF_EVENT, LIST, LIST_RUNNING, DUE, NEXT_DUE, HASTEN };

static const char *const sql[] = {
    [INSERT] = "INSERT INTO alert (id, event, raised_us, state, rank, escalate_us,"
               " answered_by, answered_us, answer_note, closed_by, closed_us, merged,"
               " cameras)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [UPDATE] =
        "UPDATE alert SET state = ?2, rank = ?3, escalate_us = ?4, answered_by = ?5,"
        " answered_us = ?6, answer_note = ?7, closed_by = ?8, closed_us = ?9,"
        " merged = ?10, cameras = ?11 WHERE id = ?1",
    [GET] = SELECT " WHERE alert.id = ?1",
    [OF_EVENT] = SELECT " WHERE alert.event = ?1",
    [LIST] = SELECT WHERE NEWEST,
    [LIST_RUNNING] = SELECT WHERE " AND state IN ('open', 'acknowledged')" NEWEST,
    [DUE] = SELECT " WHERE state = 'open' AND escalate_us > 0 AND escalate_us <= ?1"
                   " ORDER BY escalate_us LIMIT " DUE_AT_ONCE,
    [NEXT_DUE] = "SELECT escalate_us FROM alert WHERE state = 'open' AND escalate_us > 0"
                 " ORDER BY escalate_us LIMIT 1",
    [HASTEN] = "UPDATE alert SET escalate_us = ?1"
               " WHERE state = 'open' AND escalate_us > 0 AND escalate_us > ?1",
};

static const char *const words[] = {
    [ALERT_OPEN] = "open",
    [ALERT_ACKNOWLEDGED] = "acknowledged",
    [ALERT_RESOLVED] = "resolved",
    [ALERT_FALSE] = "false",
};

const char *alert_state_word(enum alert_state state)
{
    return words[state];
}

static void read_alert(sqlite3_stmt *at, void *to)
{
    struct alert_row *row = to;
    int c = 0;

    column_row_id(at, c++, row->id);
    row->raised_us = sqlite3_column_int64(at, c++);
    row->state = (enum alert_state)column_word(at, c++, words, COUNT_OF(words));
    row->rank = sqlite3_column_int(at, c++);
    row->escalate_us = sqlite3_column_int64(at, c++);
    row->answered_by = column_text(at, c++);
    row->answered_us = sqlite3_column_int64(at, c++);
    row->answer_note = column_text(at, c++);
    row->closed_by = column_text(at, c++);
    row->closed_us = sqlite3_column_int64(at, c++);
    row->merged = sqlite3_column_int(at, c++);
    row->cameras = column_text(at, c++);
    event_read(at, c, &row->event);
}

bool alert_insert(struct store *s, const struct alert_row *row, struct error *err)
{
    return query_run(s, sql[INSERT],
                     WITH(TEXT(row->id), TEXT(row->event.id), INTEGER(row->raised_us),
                          TEXT(alert_state_word(row->state)), INTEGER(row->rank),
                          INTEGER(row->escalate_us), TEXT(row->answered_by),
                          INTEGER(row->answered_us), TEXT(row->answer_note),
                          TEXT(row->closed_by), INTEGER(row->closed_us),
                          INTEGER(row->merged), TEXT(row->cameras)),
                     err);
}

bool alert_update(struct store *s, const struct alert_row *row, struct error *err)
{
    return query_run(s, sql[UPDATE],
                     WITH(TEXT(row->id), TEXT(alert_state_word(row->state)),
                          INTEGER(row->rank), INTEGER(row->escalate_us),
                          TEXT(row->answered_by), INTEGER(row->answered_us),
                          TEXT(row->answer_note), TEXT(row->closed_by),
                          INTEGER(row->closed_us), INTEGER(row->merged),
                          TEXT(row->cameras)),
                     err);
}

bool alert_get(struct store *s, const char *id, struct alert_row *out, bool *found,
               struct error *err)
{
    *out = (struct alert_row){ 0 };
    return query_one(s, sql[GET], WITH(TEXT(id)), read_alert, out, found, err);
}

bool alert_of_event(struct store *s, const char *event, struct alert_row *out,
                    bool *found, struct error *err)
{
    *out = (struct alert_row){ 0 };
    return query_one(s, sql[OF_EVENT], WITH(TEXT(event)), read_alert, out, found, err);
}

static bool read_list(struct store *s, const char *statement, const struct value *values,
                      size_t count, struct alert_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, statement, values, count, read_alert,
                           sizeof(struct alert_row), &rows, err);

    *out = (struct alert_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        alert_list_free(out);
    return well;
}

bool alerts_list(struct store *s, const struct row_filter *filter, struct alert_list *out,
                 struct error *err)
{
    char *areas = filter_areas(filter);
    bool well =
        read_list(s, sql[filter->open_only ? LIST_RUNNING : LIST],
                  WITH(INTEGER(filter_from(filter)), INTEGER(filter_before(filter)),
                       TEXT(areas), INTEGER(filter_limit(filter)), TEXT(filter->camera)),
                  out, err);

    free(areas);
    return well;
}

bool alerts_due(struct store *s, int64_t now_us, struct alert_list *out,
                struct error *err)
{
    return read_list(s, sql[DUE], WITH(INTEGER(now_us)), out, err);
}

static void read_time(sqlite3_stmt *at, void *to)
{
    *(int64_t *)to = sqlite3_column_int64(at, 0);
}

bool alerts_next_due(struct store *s, int64_t *at_us, struct error *err)
{
    *at_us = 0;
    return query_one(s, sql[NEXT_DUE], WITH_NOTHING, read_time, at_us, NULL, err);
}

bool alerts_hasten(struct store *s, int64_t latest_us, struct error *err)
{
    return query_run(s, sql[HASTEN], WITH(INTEGER(latest_us)), err);
}

static char *copy(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

struct event_row event_row_copy(const struct event_row *row)
{
    struct event_row to = *row;

    to.camera = copy(row->camera);
    to.area = copy(row->area);
    to.zone = copy(row->zone);
    to.picture = copy(row->picture);
    to.note = copy(row->note);
    to.by = copy(row->by);
    to.condition = copy(row->condition);
    for (int i = 0; i < LANGUAGES; i++)
        to.texts[i] = copy(row->texts[i]);
    return to;
}

struct alert_row alert_row_copy(const struct alert_row *row)
{
    struct alert_row to = *row;

    to.event = event_row_copy(&row->event);
    to.answered_by = copy(row->answered_by);
    to.answer_note = copy(row->answer_note);
    to.closed_by = copy(row->closed_by);
    to.cameras = copy(row->cameras);
    return to;
}

void alert_row_clear(struct alert_row *row)
{
    event_row_clear(&row->event);
    free(row->answered_by);
    free(row->answer_note);
    free(row->closed_by);
    free(row->cameras);
    *row = (struct alert_row){ 0 };
}

void alert_list_free(struct alert_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        alert_row_clear(&list->rows[i]);
    free(list->rows);
    *list = (struct alert_list){ 0 };
}
