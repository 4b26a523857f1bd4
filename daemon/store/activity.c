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

enum { ADD, BETWEEN, CAMERAS, FORGET };

static const char *const sql[] = {
    /* Putting blobs together makes a text of them; its bytes are kept. */
    [ADD] = "INSERT INTO activity (camera, minute_us, seconds) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (camera, minute_us) DO UPDATE"
            " SET seconds = CAST(seconds || excluded.seconds AS BLOB)",
    [BETWEEN] = "SELECT minute_us, seconds FROM activity"
                " WHERE camera = ?1 AND minute_us >= ?2 AND minute_us < ?3"
                " ORDER BY minute_us",
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
