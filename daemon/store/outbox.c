#include <stdlib.h>

#include "core/memory.h"
#include "event.h"
#include "query.h"

/* As the index delivery_waiting has it. */
#define WAITING   "state = 'waiting' AND channel <> 'page'"
#define OF_TARGET " WHERE channel = ?1 AND recipient = ?2 AND target = ?3 AND " WAITING
#define FRESH     OF_TARGET " AND due_us = 0 AND made_us >= ?5 AND ?4 = ?4"
#define HELD      OF_TARGET " AND due_us > 0 AND due_us <= ?4 AND ?5 = ?5"
#define LATE      OF_TARGET " AND due_us = 0 AND made_us < ?5 AND ?4 = ?4"
#define TAKE      "SELECT " DELIVERY " FROM delivery"
#define SUM       "SELECT count(*), min(made_us), max(made_us), max(id) FROM delivery"
#define SETTLE    "UPDATE delivery SET state = ?8, tries = tries + 1, at_us = ?9"
#define BETWEEN   " AND id BETWEEN ?6 AND ?7"

enum { TARGETS, NEXT, ABANDON, GIVE_UP, RECENT, ATTEMPT };

static const char *const sql[] = {
    [TARGETS] = "SELECT DISTINCT channel, recipient, target FROM delivery"
                " WHERE " WAITING " AND due_us <= ?1",
    [NEXT] = "SELECT coalesce(min(due_us), 0) FROM delivery"
             " WHERE " WAITING " AND due_us > ?1",
    [ABANDON] = "UPDATE delivery SET state = 'given_up', at_us = ?4" OF_TARGET,
    [GIVE_UP] = "UPDATE delivery SET state = 'given_up', at_us = ?2"
                " WHERE " WAITING " AND made_us < ?1",
    [RECENT] = "SELECT coalesce(max(CASE WHEN camera IS ?5 THEN max(made_us, due_us) END),"
               " 0), count(*) FROM delivery WHERE channel = ?1 AND recipient = ?2"
               " AND target = ?3 AND made_us >= ?4 AND what = 'raised'",
    [ATTEMPT] = "INSERT INTO attempt (delivery, together, at_us, took_us, result, code,"
                " detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};

static const char *const take[] = {
    [PICK_FRESH] = TAKE FRESH " ORDER BY id LIMIT ?6",
    [PICK_HELD] = TAKE HELD " ORDER BY id DESC LIMIT ?6",
    /* Not by the time they were made: all that were ever told would be looked at, and sorted. */
    [PICK_LATE] = TAKE " INDEXED BY delivery_waiting" LATE " ORDER BY id DESC LIMIT ?6",
};
static const char *const sum[] = {
    [PICK_FRESH] = SUM FRESH,
    [PICK_HELD] = SUM HELD,
    [PICK_LATE] = SUM LATE,
};
static const char *const settle[] = {
    [PICK_FRESH] = SETTLE FRESH BETWEEN,
    [PICK_HELD] = SETTLE HELD BETWEEN,
    [PICK_LATE] = SETTLE LATE BETWEEN,
};

#define PART_VALUES(part)                                                       \
    TEXT((part)->to.channel), TEXT((part)->to.recipient), TEXT((part)->to.target), \
        INTEGER((part)->now_us), INTEGER((part)->late_before_us)

static void read_target(sqlite3_stmt *at, void *to)
{
    struct outbox_target *row = to;

    row->channel = column_text_or_empty(at, 0);
    row->recipient = column_text_or_empty(at, 1);
    row->target = column_text_or_empty(at, 2);
}

static void read_number(sqlite3_stmt *at, void *to)
{
    *(int64_t *)to = sqlite3_column_int64(at, 0);
}

bool outbox_targets(struct store *s, int64_t now_us, struct outbox_targets *out,
                    int64_t *next_us, struct error *err)
{
    struct rows rows = { 0 };
    bool well = query_rows(s, sql[TARGETS], WITH(INTEGER(now_us)), read_target,
                           sizeof(struct outbox_target), &rows, err);

    *out = (struct outbox_targets){ .rows = rows.at, .count = rows.count };
    *next_us = 0;
    well = well && query_one(s, sql[NEXT], WITH(INTEGER(now_us)), read_number, next_us,
                             NULL, err);
    if (!well)
        outbox_targets_free(out);
    return well;
}

void outbox_targets_free(struct outbox_targets *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->rows[i].channel);
        free(list->rows[i].recipient);
        free(list->rows[i].target);
    }
    free(list->rows);
    *list = (struct outbox_targets){ 0 };
}

bool outbox_take(struct store *s, const struct outbox_part *part, size_t limit,
                 struct delivery_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(s, take[part->pick],
                           WITH(PART_VALUES(part), INTEGER((int64_t)limit)),
                           delivery_read, sizeof(struct delivery_row), &rows, err);

    *out = (struct delivery_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        delivery_list_free(out);
    return well;
}

static void read_sum(sqlite3_stmt *at, void *to)
{
    struct outbox_sum *row = to;

    row->count = sqlite3_column_int64(at, 0);
    row->first_us = sqlite3_column_int64(at, 1);
    row->last_us = sqlite3_column_int64(at, 2);
    row->last_id = sqlite3_column_int64(at, 3);
}

bool outbox_sum(struct store *s, const struct outbox_part *part, struct outbox_sum *out,
                struct error *err)
{
    *out = (struct outbox_sum){ 0 };
    return query_one(s, sum[part->pick], WITH(PART_VALUES(part)), read_sum, out, NULL,
                     err);
}

bool outbox_settle(struct store *s, const struct outbox_part *part,
                   enum delivery_state state, int64_t at_us, struct error *err)
{
    return query_run(s, settle[part->pick],
                     WITH(PART_VALUES(part), INTEGER(part->from_id),
                          INTEGER(part->to_id), TEXT(delivery_state_word(state)),
                          INTEGER(at_us)),
                     err);
}

bool outbox_abandon(struct store *s, const struct outbox_target *to, int64_t at_us,
                    struct error *err)
{
    return query_run(s, sql[ABANDON],
                     WITH(TEXT(to->channel), TEXT(to->recipient), TEXT(to->target),
                          INTEGER(at_us)),
                     err);
}

bool outbox_give_up(struct store *s, int64_t made_before_us, int64_t now_us,
                    int64_t *count, struct error *err)
{
    if (!query_run(s, sql[GIVE_UP], WITH(INTEGER(made_before_us), INTEGER(now_us)), err))
        return false;
    *count = query_changed(s);
    return true;
}

struct recent {
    int64_t last_us, count;
};

static void read_recent(sqlite3_stmt *at, void *to)
{
    struct recent *row = to;

    row->last_us = sqlite3_column_int64(at, 0);
    row->count = sqlite3_column_int64(at, 1);
}

bool outbox_recent(struct store *s, const struct outbox_target *to, const char *camera,
                   int64_t since_us, int64_t *last_us, int64_t *count, struct error *err)
{
    struct recent recent = { 0 };

    if (!query_one(s, sql[RECENT],
                   WITH(TEXT(to->channel), TEXT(to->recipient), TEXT(to->target),
                        INTEGER(since_us), TEXT(camera)),
                   read_recent, &recent, NULL, err))
        return false;
    *last_us = recent.last_us;
    *count = recent.count;
    return true;
}

bool attempt_insert(struct store *s, const struct attempt_row *row, struct error *err)
{
    return query_run(s, sql[ATTEMPT],
                     WITH(INTEGER(row->delivery), INTEGER(row->together),
                          INTEGER(row->at_us), INTEGER(row->took_us), TEXT(row->result),
                          INTEGER(row->code), TEXT(row->detail)),
                     err);
}
