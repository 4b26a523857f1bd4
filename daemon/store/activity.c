#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "query.h"
#include "store/activity_rows.h"

static const int64_t MINUTE_US = SECONDS_US(60);

/* Of a stored second: which of the minute, and its cells. */
enum { SECOND_BYTES = 1 + GRID_BYTES, SECONDS = 60 };

enum { ADD, BETWEEN, CAMERAS, FORGET, EXTENT, PUT };

static const char *const sql[] = {
    /* Putting blobs together makes a text of them; its bytes are kept. */
    [ADD] = "INSERT INTO activity (camera, minute_us, seconds) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (camera, minute_us) DO UPDATE"
            " SET seconds = CAST(seconds || excluded.seconds AS BLOB)",
    [BETWEEN] = "SELECT minute_us, seconds FROM activity"
                " WHERE camera = ?1 AND minute_us >= ?2 AND minute_us < ?3"
                " ORDER BY minute_us",
    [EXTENT] = "SELECT min(minute_us), max(minute_us) FROM activity"
               " WHERE camera = ?1 AND minute_us >= ?2 AND minute_us <= ?3",
    [PUT] = "UPDATE activity SET seconds = ?3 WHERE camera = ?1 AND minute_us = ?2",
    /* From one camera to the next, without looking at the minutes between. */
    [CAMERAS] = "WITH RECURSIVE step (camera) AS (SELECT min(camera) FROM activity"
                " UNION ALL SELECT (SELECT min(a.camera) FROM activity a"
                "  WHERE a.camera > step.camera) FROM step WHERE step.camera NOT NULL)"
                " SELECT camera FROM step WHERE camera NOT NULL",
    [FORGET] = "DELETE FROM activity WHERE camera = ?1 AND minute_us <= ifnull("
               " (SELECT start_us FROM segment WHERE camera = ?1 AND NOT lost"
               "  ORDER BY start_us LIMIT 1), ?2) - 60000000",
};

/* Both ends belong to a box; a box on the edge of a cell does not touch the next. */
static void span_of(double from, double to, int count, int *first, int *last)
{
    *first = (int)floor(from * count);
    *last = (int)ceil(to * count) - 1;
    if (*first > count - 1)
        *first = count - 1;
    if (*first < 0)
        *first = 0;
    if (*last > count - 1)
        *last = count - 1;
    if (*last < *first)
        *last = *first;
}

void grid_of_box(const double box[4], uint8_t cells[GRID_BYTES])
{
    int left, right, top, bottom;

    memset(cells, 0, GRID_BYTES);
    span_of(box[0], box[2], GRID_COLUMNS, &left, &right);
    span_of(box[1], box[3], GRID_ROWS, &top, &bottom);
    for (int row = top; row <= bottom; row++)
        for (int column = left; column <= right; column++) {
            int bit = row * GRID_COLUMNS + column;
            cells[bit / 8] |= (uint8_t)(1 << bit % 8);
        }
}

int grid_common(const uint8_t a[GRID_BYTES], const uint8_t b[GRID_BYTES])
{
    int count = 0;

    for (int i = 0; i < GRID_BYTES; i++)
        count += __builtin_popcount(a[i] & b[i]);
    return count;
}

bool activity_add(struct store *s, const char *camera, const struct active_second *seconds,
                  size_t count, struct error *err)
{
    int64_t minute_us = count > 0 ? seconds[0].at_us / MINUTE_US * MINUTE_US : 0;
    uint8_t *bytes = xcalloc(count + 1, SECOND_BYTES);

    for (size_t i = 0; i < count; i++) {
        uint8_t *at = bytes + i * SECOND_BYTES;
        at[0] = (uint8_t)((seconds[i].at_us - minute_us) / SECONDS_US(1));
        memcpy(at + 1, seconds[i].cells, GRID_BYTES);
    }
    bool well = count == 0 ||
                query_run(s, sql[ADD],
                          WITH(TEXT(camera), INTEGER(minute_us),
                               BYTES(bytes, count * SECOND_BYTES)),
                          err);
    free(bytes);
    return well;
}

/* A minute as stored; lent by the statement. */
struct minute {
    int64_t at_us;
    const uint8_t *seconds;
    size_t size;
};

static void read_minute(sqlite3_stmt *at, void *to)
{
    struct minute *minute = to;

    minute->at_us = sqlite3_column_int64(at, 0);
    minute->seconds = sqlite3_column_blob(at, 1);
    minute->size = (size_t)sqlite3_column_bytes(at, 1);
}

struct walk {
    int64_t from_us, to_us;
    activity_fn *fn;
    void *arg;
};

static bool each_second(void *arg, void *row)
{
    const struct walk *walk = arg;
    const struct minute *minute = row;

    for (size_t at = 0; at + SECOND_BYTES <= minute->size; at += SECOND_BYTES) {
        const uint8_t *bytes = minute->seconds + at;
        struct active_second second = { .at_us =
                                            minute->at_us + SECONDS_US(bytes[0]) };
        if (bytes[0] >= SECONDS || second.at_us + SECONDS_US(1) <= walk->from_us ||
            second.at_us >= walk->to_us)
            continue;
        memcpy(second.cells, bytes + 1, GRID_BYTES);
        if (!walk->fn(walk->arg, &second))
            return false;
    }
    return true;
}

bool activity_each(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                   activity_fn *fn, void *arg, struct error *err)
{
    struct walk walk = { from_us, to_us, fn, arg };
    struct minute minute;

    return query_each(s, sql[BETWEEN],
                      WITH(TEXT(camera), INTEGER(from_us - MINUTE_US), INTEGER(to_us)),
                      read_minute, &minute, sizeof minute, each_second, &walk, err);
}

static void read_camera(sqlite3_stmt *at, void *to)
{
    *(char **)to = column_text_or_empty(at, 0);
}

bool activity_forget(struct store *s, int64_t before_us, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, sql[CAMERAS], WITH_NOTHING, read_camera, sizeof(char *),
                           &rows, err);
    char **cameras = rows.at;

    for (size_t i = 0; i < rows.count; i++) {
        well = well && query_run(s, sql[FORGET],
                                 WITH(TEXT(cameras[i]), INTEGER(before_us)), err);
        free(cameras[i]);
    }
    free(cameras);
    return well;
}

/* ---- the clock was set ------------------------------------------------------------------ */

/* Of a minute: what stays, and what moves away, in the order of the seconds. */
struct parting {
    int64_t minute_us;
    uint8_t stay[SECONDS * SECOND_BYTES];
    size_t stay_bytes;
};

struct moving {
    int64_t from_us, to_us;
    struct parting *minutes;
    size_t minute_count;
    struct active_second *seconds;
    size_t second_count;
};

static bool part_minute(void *arg, void *row)
{
    struct moving *m = arg;
    const struct minute *minute = row;

    m->minutes = xrealloc(m->minutes, (m->minute_count + 1) * sizeof *m->minutes);
    struct parting *part = &m->minutes[m->minute_count++];
    *part = (struct parting){ .minute_us = minute->at_us };
    for (size_t at = 0; at + SECOND_BYTES <= minute->size; at += SECOND_BYTES) {
        const uint8_t *bytes = minute->seconds + at;
        struct active_second second = { .at_us = minute->at_us + SECONDS_US(bytes[0]) };
        if (second.at_us < m->from_us || second.at_us >= m->to_us) {
            if (part->stay_bytes < sizeof part->stay) {
                memcpy(part->stay + part->stay_bytes, bytes, SECOND_BYTES);
                part->stay_bytes += SECOND_BYTES;
            }
            continue;
        }
        memcpy(second.cells, bytes + 1, GRID_BYTES);
        m->seconds = xrealloc(m->seconds, (m->second_count + 1) * sizeof *m->seconds);
        m->seconds[m->second_count++] = second;
    }
    return true;
}

static bool add_moved(struct store *s, const char *camera, const struct moving *m,
                      int64_t offset_us, struct error *err)
{
    struct active_second second;
    bool well = true;

    for (size_t i = 0; well && i < m->second_count; i++) {
        second = m->seconds[i];
        second.at_us += offset_us;
        well = activity_add(s, camera, &second, 1, err);
    }
    return well;
}

static bool move_span(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                      int64_t offset_us, struct error *err)
{
    struct moving m = { .from_us = from_us, .to_us = to_us };
    struct minute minute;
    bool well = query_each(s, sql[BETWEEN],
                           WITH(TEXT(camera), INTEGER(from_us - MINUTE_US + 1), INTEGER(to_us)),
                           read_minute, &minute, sizeof minute, part_minute, &m, err);

    for (size_t i = 0; well && i < m.minute_count; i++)
        well = query_run(s, sql[PUT],
                         WITH(TEXT(camera), INTEGER(m.minutes[i].minute_us),
                              BYTES(m.minutes[i].stay, m.minutes[i].stay_bytes)),
                         err);
    well = well && add_moved(s, camera, &m, offset_us, err);
    free(m.minutes);
    free(m.seconds);
    return well;
}

static void read_extent(sqlite3_stmt *at, void *to)
{
    int64_t *extent = to;

    extent[0] = sqlite3_column_int64(at, 0);
    extent[1] = sqlite3_column_int64(at, 1);
}

/* Day by day, from that end on at which what has moved already is not met again. */
static bool move_camera(struct store *s, const char *camera, int64_t from_us, int64_t to_us,
                        int64_t offset_us, struct error *err)
{
    const int64_t day_us = SECONDS_US(86400);
    int64_t extent[2] = { 0, 0 };
    bool well = query_one(s, sql[EXTENT],
                          WITH(TEXT(camera), INTEGER(from_us - MINUTE_US + 1), INTEGER(to_us)),
                          read_extent, extent, NULL, err);

    if (!well || extent[1] == 0)
        return well;
    if (from_us < extent[0])
        from_us = extent[0];
    if (to_us > extent[1] + MINUTE_US)
        to_us = extent[1] + MINUTE_US;
    int64_t days = (to_us - from_us + day_us - 1) / day_us;
    for (int64_t i = 0; well && i < days; i++) {
        int64_t begin_us = from_us + (offset_us > 0 ? days - 1 - i : i) * day_us;
        int64_t end_us = begin_us + day_us < to_us ? begin_us + day_us : to_us;
        well = move_span(s, camera, begin_us, end_us, offset_us, err);
    }
    return well;
}

bool activity_move(struct store *s, int64_t from_us, int64_t to_us, int64_t offset_us,
                   struct error *err)
{
    const int64_t half_us = MILLIS_US(500);
    struct rows rows;
    bool well = query_rows(s, sql[CAMERAS], WITH_NOTHING, read_camera, sizeof(char *),
                           &rows, err);
    char **cameras = rows.at;

    offset_us = (offset_us + (offset_us < 0 ? -half_us : half_us)) / SECONDS_US(1) *
                SECONDS_US(1);
    for (size_t i = 0; i < rows.count; i++) {
        well = well && (offset_us == 0 ||
                        move_camera(s, cameras[i], from_us, to_us, offset_us, err));
        free(cameras[i]);
    }
    free(cameras);
    return well;
}
