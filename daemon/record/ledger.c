#include "ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/memory.h"

/* Rows of one transaction, and those that may wait while the catalogue fails: a hundred
 * cameras for some hours. Behind that the oldest are dropped; the files are the truth. */
enum { JOB_ROWS = 256, WAITING_MOST = 20000 };
/* A row that the catalogue refuses this often, alone, is given up. */
enum { TRIES_MOST = 5 };

struct ledger_row {
    struct ledger_row *next;
    bool is_gap, dirty, out, let_go;
    int tries; /* writes that failed at this row */
    struct segment_row segment;
    struct gap_row gap;
};

struct ledger {
    struct desk *desk;
    call_fn *on_flushed;
    void *arg;
    struct ledger_row *first, **last;
    size_t count;
    int64_t dropped;
    bool busy, failing;
};

/* A row's values when the job was made; the texts are the row's, which outlives the job
 * and does not change them meanwhile. */
struct line {
    struct ledger_row *row;
    struct segment_row segment;
    struct gap_row gap;
};

struct flush {
    struct ledger *ledger;
    struct line lines[JOB_ROWS];
    size_t count, failed_at; /* == count: none of them */
    bool well;
    struct error err;
};

struct ledger *ledger_new(struct desk *desk, call_fn *on_flushed, void *arg)
{
    struct ledger *ledger = xcalloc(1, sizeof *ledger);

    ledger->desk = desk;
    ledger->on_flushed = on_flushed;
    ledger->arg = arg;
    ledger->last = &ledger->first;
    return ledger;
}

static void free_row(struct ledger_row *row)
{
    segment_row_clear(&row->segment);
    free(row->gap.camera);
    free(row->gap.detail);
    free(row->gap.ended_by);
    free(row);
}

/* Frees rows that are written and wanted by nobody, and the oldest of too many. */
static void sweep(struct ledger *ledger)
{
    struct ledger_row **at = &ledger->first;

    while (*at) {
        struct ledger_row *row = *at;
        bool given_up = row->tries >= TRIES_MOST || ledger->count > WAITING_MOST;
        if (row->out || !row->let_go || (row->dirty && !given_up)) {
            at = &row->next;
            continue;
        }
        if (row->dirty && ledger->dropped++ == 0)
            log_error("catalogue row given up", "camera=%s",
                      row->is_gap ? row->gap.camera : row->segment.camera);
        *at = row->next;
        ledger->count--;
        free_row(row);
    }
    ledger->last = at;
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    for (struct ledger_row *row = ledger->first, *next; row; row = next) {
        next = row->next;
        free_row(row);
    }
    free(ledger);
}

static struct ledger_row *add_row(struct ledger *ledger)
{
    struct ledger_row *row = xcalloc(1, sizeof *row);

    *ledger->last = row;
    ledger->last = &row->next;
    ledger->count++;
    row->dirty = true;
    return row;
}

struct ledger_row *ledger_segment(struct ledger *ledger, const struct segment_row *from)
{
    struct ledger_row *row = add_row(ledger);

    row->segment = *from;
    row->segment.camera = xstrdup(from->camera);
    row->segment.path = xstrdup(from->path);
    row->segment.codecs = xstrdup(from->codecs);
    row->segment.volume = xstrdup(from->volume ? from->volume : "");
    return row;
}

void ledger_extend(struct ledger *ledger, struct ledger_row *row, int64_t end_us,
                   int64_t bytes, bool open)
{
    row->segment.end_us = end_us;
    row->segment.bytes = bytes;
    row->segment.open = open;
    row->dirty = true;
    row->let_go = !open;
}

struct ledger_row *ledger_gap(struct ledger *ledger, const char *camera, int64_t id,
                              int64_t start_us, enum gap_cause cause, const char *detail)
{
    struct ledger_row *row = add_row(ledger);

    row->is_gap = true;
    row->dirty = id == 0;
    row->gap = (struct gap_row){
        .id = id,
        .camera = xstrdup(camera),
        .start_us = start_us,
        .cause = cause,
        .detail = xstrdup(detail ? detail : ""),
    };
    return row;
}

int64_t ledger_gap_start_us(const struct ledger_row *row)
{
    return row->gap.start_us;
}

enum gap_cause ledger_gap_cause(const struct ledger_row *row)
{
    return row->gap.cause;
}

bool ledger_gap_explain(struct ledger_row *row, enum gap_cause cause, const char *detail)
{
    if (row->gap.id != 0 || row->out)
        return false;
    row->gap.cause = cause;
    free(row->gap.detail);
    row->gap.detail = xstrdup(detail ? detail : "");
    return true;
}

void ledger_gap_end(struct ledger *ledger, struct ledger_row *row, int64_t end_us,
                    enum gap_end ended, const char *by)
{
    row->gap.ended = ended;
    row->gap.ended_by = by && *by ? xstrdup(by) : NULL;
    row->gap.end_us = end_us > row->gap.start_us ? end_us : row->gap.start_us;
    row->dirty = row->gap.id != 0 || row->out || row->gap.end_us > row->gap.start_us;
    row->let_go = true;
    sweep(ledger);
}

static void move(int64_t *us, int64_t from_us, int64_t to_us, int64_t delta_us)
{
    if (*us > 0 && *us >= from_us && *us <= to_us)
        *us += delta_us;
}

void ledger_move_gaps(struct ledger *ledger, int64_t from_us, int64_t to_us,
                      int64_t delta_us)
{
    for (struct ledger_row *row = ledger->first; row; row = row->next)
        if (row->is_gap) {
            move(&row->gap.start_us, from_us, to_us, delta_us);
            move(&row->gap.end_us, from_us, to_us, delta_us);
        }
}

void ledger_segment_move(struct ledger_row *row, int64_t delta_us)
{
    row->segment.start_us += delta_us;
    row->segment.end_us += delta_us;
}

/* ---- writing -------------------------------------------------------------------- */

static bool write_gap(struct store *store, struct gap_row *gap, struct error *err)
{
    if (gap->id == 0)
        return gap_begin(store, gap, err);
    return gap_change(store, gap, err);
}

static bool write_segment(struct store *store, struct segment_row *seg, struct error *err)
{
    if (seg->id == 0)
        return segment_insert(store, seg, err);
    return segment_extend(store, seg->id, seg->end_us, seg->bytes, seg->open, err);
}

/* The desk's worker. */
static void write_lines(struct store *store, void *arg)
{
    struct flush *flush = arg;
    size_t i = 0;

    flush->failed_at = flush->count;
    if (!store_begin(store, &flush->err))
        return;
    for (; i < flush->count; i++) {
        struct line *line = &flush->lines[i];
        if (line->row->is_gap ? !write_gap(store, &line->gap, &flush->err)
                              : !write_segment(store, &line->segment, &flush->err)) {
            flush->failed_at = i;
            store_rollback(store);
            return;
        }
    }
    flush->well = store_commit(store, &flush->err);
}

static void tell_failure(struct ledger *ledger, const struct flush *flush)
{
    if (!ledger->failing)
        log_error("catalogue not written", "rows=%zu why='%s'", flush->count,
                  flush->err.text);
    ledger->failing = true;
}

static void on_written(void *arg)
{
    struct flush *flush = arg;
    struct ledger *ledger = flush->ledger;

    for (size_t i = 0; i < flush->count; i++) {
        struct ledger_row *row = flush->lines[i].row;
        row->out = false;
        if (!flush->well) {
            row->dirty = true;
            row->tries += i == flush->failed_at;
        } else {
            row->segment.id = flush->lines[i].segment.id;
            row->gap.id = flush->lines[i].gap.id;
            row->tries = 0;
        }
    }
    if (flush->well && ledger->failing)
        log_info("catalogue written again", "rows=%zu", flush->count);
    if (flush->well)
        ledger->failing = false;
    else
        tell_failure(ledger, flush);
    ledger->busy = false;
    bool more = flush->well && flush->count == JOB_ROWS;
    free(flush);
    sweep(ledger);
    if (more)
        ledger_flush(ledger);
    ledger->on_flushed(ledger->arg);
}

/* Puts a row into the job. One that failed before goes alone, so that it cannot hold up
 * the others. */
static bool take_row(struct flush *flush, struct ledger_row *row)
{
    if (!row->dirty || row->tries >= TRIES_MOST || (row->tries > 0 && flush->count > 0))
        return true;
    flush->lines[flush->count++] =
        (struct line){ .row = row, .segment = row->segment, .gap = row->gap };
    row->dirty = false;
    row->out = true;
    return row->tries == 0 && flush->count < JOB_ROWS;
}

void ledger_flush(struct ledger *ledger)
{
    if (ledger->busy || ledger_is_written(ledger))
        return;
    struct flush *flush = xcalloc(1, sizeof *flush);
    flush->ledger = ledger;
    /* Those that never failed first; when there are none, one of the others. */
    for (struct ledger_row *row = ledger->first; row; row = row->next)
        if (row->tries == 0 && !take_row(flush, row))
            break;
    if (flush->count == 0)
        for (struct ledger_row *row = ledger->first; row; row = row->next)
            if (!take_row(flush, row))
                break;
    if (flush->count > 0 && desk_ask(ledger->desk, write_lines, on_written, flush)) {
        ledger->busy = true;
        return;
    }
    for (size_t i = 0; i < flush->count; i++) {
        flush->lines[i].row->out = false;
        flush->lines[i].row->dirty = true;
    }
    free(flush);
}

bool ledger_is_busy(const struct ledger *ledger)
{
    return ledger->busy;
}

bool ledger_is_written(const struct ledger *ledger)
{
    for (const struct ledger_row *row = ledger->first; row; row = row->next)
        if (row->dirty && row->tries < TRIES_MOST)
            return false;
    return true;
}
