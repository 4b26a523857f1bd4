/* The columns of an event and their reader, for whoever joins it. */
#pragma once
#include <sqlite3.h>

#include "store/alert_rows.h"

/* `t`: the table's name with its dot, or "". */
/* clang-format off */
#define EVENT_IN(t) \
    t "id, " t "kind, " t "camera, " t "area, " t "start_us, " t "end_us, " \
    t "seen_us, " t "score, " t "x0, " t "y0, " t "x1, " t "y1, " t "zone, " t "picture, " \
    t "note, " t "raised_by, " t "severity, " t "condition, " t "text_vi, " t "text_en, " \
    t "path"
/* clang-format on */

/* From the column `first` on. */
void event_read(sqlite3_stmt *at, int first, struct event_row *row);

/* The columns of a delivery, and their reader. */
#define DELIVERY                                                                  \
    "id, alert, recipient, channel, target, what, camera, state, tries, made_us," \
    " due_us, at_us"
void delivery_read(sqlite3_stmt *at, void *row);

void column_row_id(sqlite3_stmt *at, int column, char to[ROW_ID_MAX]);

/* The areas of a filter as one value, "\na\nb\n", to be looked into with instr(); NULL
 * for any. The caller frees. */
char *filter_areas(const struct row_filter *filter);
/* The times and the limit of a filter, where 0 is any. */
int64_t filter_from(const struct row_filter *filter);
int64_t filter_before(const struct row_filter *filter);
int64_t filter_limit(const struct row_filter *filter);
