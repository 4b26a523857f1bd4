#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "event.h"
#include "query.h"

#define EVENT EVENT_IN("")
#define WHERE                                 \
    " WHERE start_us >= ?1 AND start_us < ?2" \
    " AND (?3 IS NULL OR instr(?3, char(10) || area || char(10)))"
#define NEWEST " ORDER BY start_us DESC, id DESC LIMIT ?4"

enum { WAY_TEXT = WAY_POINTS * 24 };

enum {
    INSERT,
    END,
    BETTER,
    CLOSE,
    FORGET_PICTURES,
    GET,
    OF_CONDITION,
    OF_CONDITIONS,
    REOPEN,
    LIST,
    LIST_OF_CAMERA
};

static const char *const sql[] = {
    [INSERT] = "INSERT INTO event (" EVENT ") VALUES"
               " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
               " ?17, ?18, ?19, ?20, ?21)",
    [END] = "UPDATE event SET end_us = ?2, score = max(score, ?3),"
            " path = coalesce(?4, path) WHERE id = ?1",
    [BETTER] = "UPDATE event SET picture = coalesce(?2, picture), score = max(score, ?3),"
               " seen_us = ?4, x0 = ?5, y0 = ?6, x1 = ?7, y1 = ?8,"
               " path = coalesce(?9, path) WHERE id = ?1",
    [CLOSE] = "UPDATE event SET end_us = max(start_us, seen_us) WHERE end_us = 0"
              " AND condition IS NULL",
    [FORGET_PICTURES] = "UPDATE event SET picture = NULL"
                        " WHERE start_us >= ?1 AND start_us < ?2 AND picture IS NOT NULL",
    [GET] = "SELECT " EVENT " FROM event WHERE id = ?1",
    [OF_CONDITION] = "SELECT " EVENT " FROM event WHERE condition = ?1"
                     " ORDER BY start_us DESC, id DESC LIMIT 1",
    [OF_CONDITIONS] = "SELECT " EVENT " FROM event"
                      " WHERE end_us = 0 AND condition IS NOT NULL ORDER BY start_us",
    [REOPEN] = "UPDATE event SET end_us = 0, text_vi = ?2, text_en = ?3 WHERE id = ?1",
    [LIST] = "SELECT " EVENT " FROM event" WHERE NEWEST,
    [LIST_OF_CAMERA] = "SELECT " EVENT " FROM event" WHERE " AND camera = ?5" NEWEST,
};

static const char *const words[] = {
    [EVENT_MOTION] = "motion",
    [EVENT_ALARM] = "alarm",
    [EVENT_TEST] = "test",
    [EVENT_HEALTH] = "health",
};

const char *event_kind_word(enum event_kind kind)
{
    return words[kind];
}

void column_row_id(sqlite3_stmt *at, int column, char to[ROW_ID_MAX])
{
    const unsigned char *id = sqlite3_column_text(at, column);

    snprintf(to, ROW_ID_MAX, "%s", id ? (const char *)id : "");
}

/* As it is stored: "x y ms x y ms ...", x and y in ten-thousandths. NULL: none. */
static const char *write_way(const struct way *way, char to[WAY_TEXT])
{
    size_t used = 0;

    for (int i = 0; i < way->count; i++) {
        const struct way_point *p = &way->at[i];
        used += (size_t)snprintf(to + used, WAY_TEXT - used, "%s%ld %ld %ld",
                                 i ? " " : "", lroundf(p->x * 10000),
                                 lroundf(p->y * 10000), (long)p->ms);
    }
    return way->count ? to : NULL;
}

static bool read_number(const char **at, long most, long *to)
{
    char *end;

    *to = strtol(*at, &end, 10);
    bool well = end != *at && *to >= 0 && *to <= most;
    *at = end;
    return well;
}

static void read_way(const char *at, struct way *to)
{
    long x, y, ms;

    while (at && to->count < WAY_POINTS && read_number(&at, 10000, &x) &&
           read_number(&at, 10000, &y) && read_number(&at, WAY_MS_MAX, &ms))
        to->at[to->count++] =
            (struct way_point){ (float)x / 10000, (float)y / 10000, (int32_t)ms };
}

void event_read(sqlite3_stmt *at, int first, struct event_row *row)
{
    int c = first;

    column_row_id(at, c++, row->id);
    row->kind = (enum event_kind)column_word(at, c++, words, COUNT_OF(words));
    row->camera = column_text(at, c++);
    row->area = column_text_or_empty(at, c++);
    row->start_us = sqlite3_column_int64(at, c++);
    row->end_us = sqlite3_column_int64(at, c++);
    row->seen_us = sqlite3_column_int64(at, c++);
    row->score = sqlite3_column_int(at, c++);
    for (int i = 0; i < 4; i++)
        row->box[i] = (float)sqlite3_column_double(at, c++);
    row->zone = column_text(at, c++);
    row->picture = column_text(at, c++);
    row->note = column_text(at, c++);
    row->by = column_text(at, c++);
    row->severity =
        (enum severity)column_word(at, c++, severity_words, SEVERITIES);
    row->condition = column_text(at, c++);
    row->texts[LANGUAGE_VI] = column_text(at, c++);
    row->texts[LANGUAGE_EN] = column_text(at, c++);
    read_way((const char *)sqlite3_column_text(at, c++), &row->way);
}

static void read_event(sqlite3_stmt *at, void *row)
{
    event_read(at, 0, row);
}

bool event_insert(struct store *s, const struct event_row *row, struct error *err)
{
    char way[WAY_TEXT];

    return query_run(s, sql[INSERT],
                     WITH(TEXT(row->id), TEXT(event_kind_word(row->kind)),
                          TEXT(row->camera), TEXT(row->area), INTEGER(row->start_us),
                          INTEGER(row->end_us), INTEGER(row->seen_us),
                          INTEGER(row->score), REAL(row->box[0]), REAL(row->box[1]),
                          REAL(row->box[2]), REAL(row->box[3]), TEXT(row->zone),
                          TEXT(row->picture), TEXT(row->note), TEXT(row->by),
                          TEXT(severity_words[row->severity]), TEXT(row->condition),
                          TEXT(row->texts[LANGUAGE_VI]), TEXT(row->texts[LANGUAGE_EN]),
                          TEXT(write_way(&row->way, way))),
                     err);
}

bool event_end(struct store *s, const struct event_row *row, struct error *err)
{
    char way[WAY_TEXT];

    return query_run(s, sql[END],
                     WITH(TEXT(row->id), INTEGER(row->end_us), INTEGER(row->score),
                          TEXT(write_way(&row->way, way))),
                     err);
}

bool event_better(struct store *s, const struct event_row *row, struct error *err)
{
    char way[WAY_TEXT];

    return query_run(s, sql[BETTER],
                     WITH(TEXT(row->id), TEXT(row->picture), INTEGER(row->score),
                          INTEGER(row->seen_us), REAL(row->box[0]), REAL(row->box[1]),
                          REAL(row->box[2]), REAL(row->box[3]),
                          TEXT(write_way(&row->way, way))),
                     err);
}

bool events_close(struct store *s, struct error *err)
{
    return query_run(s, sql[CLOSE], WITH_NOTHING, err);
}

bool events_forget_pictures(struct store *s, int64_t from_us, int64_t to_us,
                            struct error *err)
{
    return query_run(s, sql[FORGET_PICTURES], WITH(INTEGER(from_us), INTEGER(to_us)),
                     err);
}

bool event_get(struct store *s, const char *id, struct event_row *out, bool *found,
               struct error *err)
{
    *out = (struct event_row){ 0 };
    return query_one(s, sql[GET], WITH(TEXT(id)), read_event, out, found, err);
}

bool event_of_condition(struct store *s, const char *condition, struct event_row *out,
                        bool *found, struct error *err)
{
    *out = (struct event_row){ 0 };
    return query_one(s, sql[OF_CONDITION], WITH(TEXT(condition)), read_event, out, found,
                     err);
}

bool event_reopen(struct store *s, const struct event_row *row, struct error *err)
{
    return query_run(s, sql[REOPEN],
                     WITH(TEXT(row->id), TEXT(row->texts[LANGUAGE_VI]),
                          TEXT(row->texts[LANGUAGE_EN])),
                     err);
}

char *filter_areas(const struct row_filter *filter)
{
    struct bytes text = { 0 };

    if (!filter->areas)
        return NULL;
    bytes_text(&text, "\n");
    for (size_t i = 0; i < filter->area_count; i++)
        bytes_format(&text, "%s\n", filter->areas[i]);
    return bytes_take(&text);
}

int64_t filter_from(const struct row_filter *filter)
{
    return filter->from_us ? filter->from_us : INT64_MIN;
}

int64_t filter_before(const struct row_filter *filter)
{
    int64_t to_us = filter->to_us ? filter->to_us : INT64_MAX;

    return filter->before_us && filter->before_us < to_us ? filter->before_us : to_us;
}

int64_t filter_limit(const struct row_filter *filter)
{
    return filter->limit && filter->limit < INT64_MAX ? (int64_t)filter->limit : -1;
}

static bool read_list(struct store *s, const char *statement, const struct value *values,
                      size_t count, struct event_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, statement, values, count, read_event,
                           sizeof(struct event_row), &rows, err);

    *out = (struct event_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        event_list_free(out);
    return well;
}

bool events_of_conditions(struct store *s, struct event_list *out, struct error *err)
{
    return read_list(s, sql[OF_CONDITIONS], WITH_NOTHING, out, err);
}

bool events_list(struct store *s, const struct row_filter *filter, struct event_list *out,
                 struct error *err)
{
    char *areas = filter_areas(filter);
    const char *statement = sql[filter->camera ? LIST_OF_CAMERA : LIST];
    struct value values[] = { INTEGER(filter_from(filter)),
                              INTEGER(filter_before(filter)), TEXT(areas),
                              INTEGER(filter_limit(filter)), TEXT(filter->camera) };
    bool well = read_list(s, statement, values, filter->camera ? 5 : 4, out, err);

    free(areas);
    return well;
}

void event_row_clear(struct event_row *row)
{
    free(row->camera);
    free(row->area);
    free(row->zone);
    free(row->picture);
    free(row->note);
    free(row->by);
    free(row->condition);
    for (int i = 0; i < LANGUAGES; i++)
        free(row->texts[i]);
    *row = (struct event_row){ 0 };
}

void event_list_free(struct event_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        event_row_clear(&list->rows[i]);
    free(list->rows);
    *list = (struct event_list){ 0 };
}

/* ---- the clock was set ------------------------------------------------------------------ */

/* 0 is no time and stays. */
#define MOVED(column) \
    column " = " column " + ?3 * (" column " BETWEEN max(?1, 1) AND ?2)"

static const char *const moves[] = {
    "UPDATE event SET " MOVED("start_us") ", " MOVED("end_us") ", " MOVED("seen_us")
    " WHERE start_us BETWEEN ?1 AND ?2 OR end_us BETWEEN ?1 AND ?2",
    "UPDATE alert SET " MOVED("raised_us") ", " MOVED("escalate_us") ", " MOVED("answered_us")
    ", " MOVED("closed_us") " WHERE raised_us BETWEEN ?1 AND ?2",
    "UPDATE delivery SET " MOVED("made_us") ", " MOVED("due_us") ", " MOVED("at_us")
    " WHERE made_us BETWEEN ?1 AND ?2",
};

bool events_move(struct store *s, int64_t from_us, int64_t to_us, int64_t offset_us,
                 struct error *err)
{
    bool well = true;

    for (size_t i = 0; well && i < COUNT_OF(moves); i++)
        well = query_run(s, moves[i],
                         WITH(INTEGER(from_us), INTEGER(to_us), INTEGER(offset_us)), err);
    return well;
}
