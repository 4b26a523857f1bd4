#include <stdlib.h>

#include "core/clock.h"
#include "core/memory.h"
#include "query.h"
#include "store/segment_rows.h"

#define SEGMENT \
    "id, camera, run_us, start_us, end_us, path, bytes, codecs, open, clock_trusted," \
    " lost, volume"

enum {
    INSERT,
    EXTEND,
    SET_LOST,
    SET_VOLUME,
    REANCHOR,
    DELETE,
    GET,
    BY_PATH,
    BETWEEN,
    OPEN,
    OLDEST,
    OLDEST_OF_CAMERA,
    OLDEST_OF_VOLUME,
    EXTENT, EXTENTS,
    TOUCHED,
    BYTES_ON,
};

/* An event is at most a day long (event.c). */
#define TOUCHES(camera, start, end, pre, post)                            \
    "EXISTS (SELECT 1 FROM event WHERE event.camera = " camera            \
    " AND event.start_us > " start " - 86400000000"                       \
    " AND event.start_us < " end " + " pre                                \
    " AND (event.end_us = 0 OR event.end_us > " start " - " post "))"

/* Closed ones that end before ?1, and, with ?2, without those that an event touches. */
#define IN_ORDER " ORDER BY start_us"
#define OF_AGE                                                                    \
    " WHERE start_us < ?1 AND end_us <= ?1 AND NOT open AND NOT lost"             \
    " AND (?5 IS NULL OR volume = ?5) AND clock_trusted >= ?7 AND NOT (?2 AND "   \
    TOUCHES("segment.camera", "segment.start_us", "segment.end_us", "?3", "?4") ")"

#define EXTENT_OF(camera)                                                         \
    " (SELECT start_us FROM segment WHERE segment.camera = " camera " AND NOT lost" \
    "  ORDER BY start_us LIMIT 1),"                                               \
    " (SELECT end_us FROM segment WHERE segment.camera = " camera " AND NOT lost" \
    "  ORDER BY start_us DESC LIMIT 1)"

static const char *const sql[] = {
    [INSERT] = "INSERT INTO segment (" SEGMENT ")"
               " VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [EXTEND] = "UPDATE segment SET end_us = ?2, bytes = ?3, open = ?4 WHERE id = ?1",
    [SET_LOST] = "UPDATE segment SET lost = ?2 WHERE id = ?1",
    [SET_VOLUME] = "UPDATE segment SET volume = ?2 WHERE id = ?1",
    [REANCHOR] = "UPDATE segment SET start_us = start_us + ?3, end_us = end_us + ?3,"
                 " clock_trusted = max(clock_trusted, ?5)"
                 " WHERE camera = ?1 AND run_us = ?2 AND start_us <= ?4 AND volume = ?6",
    [DELETE] = "DELETE FROM segment WHERE id = ?1",
    [GET] = "SELECT " SEGMENT " FROM segment WHERE id = ?1",
    [BY_PATH] = "SELECT " SEGMENT " FROM segment WHERE path = ?1",
    /* The first bound is the schema's: no segment is longer than a day. */
    [BETWEEN] = "SELECT " SEGMENT " FROM segment"
                " WHERE camera = ?1 AND start_us > ?2 - 86400000000 AND start_us < ?3"
                " AND end_us > ?2 AND NOT lost ORDER BY start_us",
    [OPEN] = "SELECT " SEGMENT " FROM segment WHERE open AND NOT lost ORDER BY id",
    [OLDEST] = "SELECT " SEGMENT " FROM segment INDEXED BY segment_by_time" OF_AGE IN_ORDER,
    [OLDEST_OF_CAMERA] = "SELECT " SEGMENT
                         " FROM segment INDEXED BY segment_of_camera" OF_AGE
                         " AND camera = ?6" IN_ORDER,
    [OLDEST_OF_VOLUME] = "SELECT " SEGMENT
                         " FROM segment INDEXED BY segment_of_volume" OF_AGE IN_ORDER,
    [TOUCHED] = "SELECT " TOUCHES("?1", "?2", "?3", "?4", "?5"),
    [BYTES_ON] = "SELECT coalesce(sum(bytes), 0) FROM segment"
                 " WHERE volume = ?1 AND NOT lost",
    [EXTENT] = "SELECT" EXTENT_OF("?1") ", (SELECT bytes FROM footage WHERE camera = ?1)",
    [EXTENTS] = "SELECT" EXTENT_OF("footage.camera") ", bytes, camera FROM footage"
                " WHERE bytes > 0 ORDER BY camera",
};

static void read_segment(sqlite3_stmt *at, void *to)
{
    struct segment_row *row = to;

    row->id = sqlite3_column_int64(at, 0);
    row->camera = column_text_or_empty(at, 1);
    row->run_us = sqlite3_column_int64(at, 2);
    row->start_us = sqlite3_column_int64(at, 3);
    row->end_us = sqlite3_column_int64(at, 4);
    row->path = column_text_or_empty(at, 5);
    row->bytes = sqlite3_column_int64(at, 6);
    row->codecs = column_text_or_empty(at, 7);
    row->open = sqlite3_column_int(at, 8);
    row->clock_trusted = sqlite3_column_int(at, 9);
    row->lost = sqlite3_column_int(at, 10);
    row->volume = column_text_or_empty(at, 11);
}

bool segment_insert(struct store *s, struct segment_row *row, struct error *err)
{
    if (!query_run(s, sql[INSERT],
                   WITH(TEXT(row->camera), INTEGER(row->run_us), INTEGER(row->start_us),
                        INTEGER(row->end_us), TEXT(row->path), INTEGER(row->bytes),
                        TEXT(row->codecs), INTEGER(row->open),
                        INTEGER(row->clock_trusted), INTEGER(row->lost),
                        TEXT(row->volume ? row->volume : "")),
                   err))
        return false;
    row->id = query_last_id(s);
    return true;
}

bool segment_extend(struct store *s, int64_t id, int64_t end_us, int64_t bytes, bool open,
                    struct error *err)
{
    return query_run(s, sql[EXTEND],
                     WITH(INTEGER(id), INTEGER(end_us), INTEGER(bytes), INTEGER(open)),
                     err);
}

bool segment_set_lost(struct store *s, int64_t id, bool lost, struct error *err)
{
    return query_run(s, sql[SET_LOST], WITH(INTEGER(id), INTEGER(lost)), err);
}

bool segment_set_volume(struct store *s, int64_t id, const char *volume, struct error *err)
{
    return query_run(s, sql[SET_VOLUME], WITH(INTEGER(id), TEXT(volume)), err);
}

bool segments_reanchor(struct store *s, const struct reanchor *how, struct error *err)
{
    return query_run(s, sql[REANCHOR],
                     WITH(TEXT(how->camera), INTEGER(how->run_us), INTEGER(how->offset_us),
                          INTEGER(how->until_us), INTEGER(how->trusted),
                          TEXT(how->volume ? how->volume : "")),
                     err);
}

bool segment_delete(struct store *s, int64_t id, struct error *err)
{
    return query_run(s, sql[DELETE], WITH(INTEGER(id)), err);
}

bool segment_get(struct store *s, int64_t id, struct segment_row *out, struct error *err)
{
    *out = (struct segment_row){ 0 };
    return query_one(s, sql[GET], WITH(INTEGER(id)), read_segment, out, NULL, err);
}

bool segment_by_path(struct store *s, const char *path, struct segment_row *out,
                     struct error *err)
{
    *out = (struct segment_row){ 0 };
    return query_one(s, sql[BY_PATH], WITH(TEXT(path)), read_segment, out, NULL, err);
}

static bool read_list(struct store *s, const char *statement, const struct value *values,
                      size_t count, struct segment_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, statement, values, count, read_segment,
                           sizeof(struct segment_row), &rows, err);

    *out = (struct segment_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        segment_list_free(out);
    return well;
}

bool segments_between(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                      struct segment_list *out, struct error *err)
{
    return read_list(s, sql[BETWEEN],
                     WITH(TEXT(camera), INTEGER(from_us), INTEGER(to_us)), out, err);
}

/* A segment begins without a keyframe when it had to begin: the one before was long enough,
 * or the camera was silent. Then the pictures need what was recorded before it, which is
 * looked for so far back and in so many segments. */
static const int64_t BEFORE_US = SECONDS_US(3600);
enum { BEFORE_MOST = 3 };

bool segments_to_play(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                      struct segment_list *out, size_t *first, struct error *err)
{
    size_t asked = 0, kept = 0;

    *first = 0;
    if (!segments_between(s, camera, from_us - BEFORE_US, to_us, out, err))
        return false;
    while (asked < out->count && out->rows[asked].end_us <= from_us)
        asked++;
    size_t begin = asked;
    while (asked < out->count && begin > 0 && asked - begin < BEFORE_MOST &&
           out->rows[begin - 1].run_us == out->rows[asked].run_us)
        begin--;
    for (size_t i = 0; i < out->count; i++) {
        if (i < begin || (i > asked && out->rows[i].end_us <= from_us))
            segment_row_clear(&out->rows[i]);
        else
            out->rows[kept++] = out->rows[i];
    }
    out->count = kept;
    *first = asked - begin;
    return true;
}

bool segments_open(struct store *s, struct segment_list *out, struct error *err)
{
    return read_list(s, sql[OPEN], WITH_NOTHING, out, err);
}

struct choice {
    const struct segment_wish *wish;
    struct segment_list list;
    size_t room;
};

static bool choose(void *arg, void *found)
{
    struct choice *choice = arg;
    struct segment_row *row = found;

    if (choice->wish->skip && choice->wish->skip(choice->wish->arg, row)) {
        segment_row_clear(row);
        return true;
    }
    if (choice->list.count == choice->room) {
        choice->room = choice->room ? choice->room * 2 : 64;
        choice->list.rows =
            xrealloc(choice->list.rows, choice->room * sizeof *choice->list.rows);
    }
    choice->list.rows[choice->list.count++] = *row;
    return choice->wish->limit == 0 || choice->list.count < choice->wish->limit;
}

bool segments_oldest(struct store *s, const struct segment_wish *wish,
                     struct segment_list *out, struct error *err)
{
    struct choice choice = { .wish = wish };
    struct segment_row row;
    const char *statement = wish->camera   ? sql[OLDEST_OF_CAMERA]
                            : wish->volume ? sql[OLDEST_OF_VOLUME]
                                           : sql[OLDEST];
    const struct value values[] = {
        INTEGER(wish->before_us ? wish->before_us : INT64_MAX),
        INTEGER(wish->spare_events),
        INTEGER(wish->event_pre_us),
        INTEGER(wish->event_post_us),
        TEXT(wish->volume),
        TEXT(wish->camera),
        INTEGER(wish->trusted),
    };
    bool well = query_each(s, statement, values, COUNT_OF(values), read_segment, &row,
                           sizeof row, choose, &choice, err);

    *out = choice.list;
    if (!well)
        segment_list_free(out);
    return well;
}

static void read_number(sqlite3_stmt *at, void *to)
{
    *(int64_t *)to = sqlite3_column_int64(at, 0);
}

bool segment_touches_event(struct store *s, const struct segment_row *row, int64_t pre_us,
                           int64_t post_us, bool *touches, struct error *err)
{
    int64_t number = 0;
    bool well = query_one(s, sql[TOUCHED],
                          WITH(TEXT(row->camera), INTEGER(row->start_us),
                               INTEGER(row->end_us), INTEGER(pre_us), INTEGER(post_us)),
                          read_number, &number, NULL, err);

    *touches = number != 0;
    return well;
}

bool segments_bytes(struct store *s, const char *volume, int64_t *bytes, struct error *err)
{
    *bytes = 0;
    return query_one(s, sql[BYTES_ON], WITH(TEXT(volume)), read_number, bytes, NULL, err);
}

void segment_row_clear(struct segment_row *row)
{
    free(row->camera);
    free(row->path);
    free(row->codecs);
    free(row->volume);
    *row = (struct segment_row){ 0 };
}

void segment_list_free(struct segment_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        segment_row_clear(&list->rows[i]);
    free(list->rows);
    *list = (struct segment_list){ 0 };
}

static void read_extent(sqlite3_stmt *at, void *to)
{
    struct camera_extent *extent = to;

    extent->first_us = sqlite3_column_int64(at, 0);
    extent->last_us = sqlite3_column_int64(at, 1);
    extent->bytes = sqlite3_column_int64(at, 2);
}

static void read_camera_extent(sqlite3_stmt *at, void *to)
{
    struct camera_extent *extent = to;

    read_extent(at, to);
    extent->camera = column_text_or_empty(at, 3);
}

bool segments_extent(struct store *s, const char *camera, int64_t *first_us,
                     int64_t *last_us, int64_t *bytes, struct error *err)
{
    struct camera_extent extent = { 0 };
    bool well =
        query_one(s, sql[EXTENT], WITH(TEXT(camera)), read_extent, &extent, NULL, err);

    *first_us = extent.first_us;
    *last_us = extent.last_us;
    *bytes = extent.bytes;
    return well;
}

static bool add_extent(void *arg, void *found)
{
    struct extent_list *list = arg;

    list->rows = xrealloc(list->rows, (list->count + 1) * sizeof *list->rows);
    list->rows[list->count++] = *(struct camera_extent *)found;
    return true;
}

bool segments_extents(struct store *s, struct extent_list *out, struct error *err)
{
    struct camera_extent row;

    *out = (struct extent_list){ 0 };
    if (query_each(s, sql[EXTENTS], WITH_NOTHING, read_camera_extent, &row, sizeof row,
                   add_extent, out, err))
        return true;
    extent_list_free(out);
    return false;
}

void extent_list_free(struct extent_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->rows[i].camera);
    free(list->rows);
    *list = (struct extent_list){ 0 };
}
