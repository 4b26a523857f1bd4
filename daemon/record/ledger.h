/*
 * The ledger is the loop's side of the catalogue's segments and gaps: each row as it
 * should be. What has changed is written together, in one transaction, by the records
 * desk; when the catalogue fails it is tried again and nothing is forgotten. Thread: loop
 * only. Times: microseconds since 1970, UTC (`_us`). Errors: logged here.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "store/desk.h"
#include "store/segment_rows.h"

struct ledger;
struct ledger_row;

/* `desk` outlives it. `on_flushed` is called on the loop behind every write, well or not.
 */
struct ledger *ledger_new(struct desk *desk, call_fn *on_flushed, void *arg);
void ledger_free(struct ledger *ledger); /* nothing is out, see ledger_is_busy() */

/* A segment that goes on; the texts are copied. */
struct ledger_row *ledger_segment(struct ledger *ledger, const struct segment_row *row);
/* With `open` false the row is closed and no longer the caller's. */
void ledger_extend(struct ledger *ledger, struct ledger_row *row, int64_t end_us,
                   int64_t bytes, bool open);

/* A gap that goes on. `id`: of a row that is in the catalogue already, else 0. */
struct ledger_row *ledger_gap(struct ledger *ledger, const char *camera, int64_t id,
                              int64_t start_us, enum gap_cause cause, const char *detail);
int64_t ledger_gap_start_us(const struct ledger_row *row);
enum gap_cause ledger_gap_cause(const struct ledger_row *row);
/* Another cause while the row is not in the catalogue. False: it is, or is on its way. */
bool ledger_gap_explain(struct ledger_row *row, enum gap_cause cause, const char *detail);
/* The row is no longer the caller's. One of no length is not written. `by` may be NULL. */
void ledger_gap_end(struct ledger *ledger, struct ledger_row *row, int64_t end_us,
                    enum gap_end ended, const char *by);

/* The clock was set: gaps that begin or end from..to move; ledger_segment_move() a segment. */
void ledger_move_gaps(struct ledger *ledger, int64_t from_us, int64_t to_us,
                      int64_t delta_us);
void ledger_segment_move(struct ledger_row *row, int64_t delta_us);

/* Writes what has changed. */
void ledger_flush(struct ledger *ledger);
bool ledger_is_busy(const struct ledger *ledger); /* a write is out */
bool ledger_is_written(
    const struct ledger *ledger); /* nothing has changed since the last */
