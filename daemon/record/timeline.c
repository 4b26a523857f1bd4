#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "volume.h"

/* For so long nothing may come before it is a gap. */
static const int64_t SILENCE_US = SECONDS_US(5);
/* Less is what rounding leaves. */
static const int64_t GAP_US = MILLIS_US(1);

static void open_gap(struct recorder *rec, int64_t start_us, enum gap_cause cause,
                     const char *detail)
{
    rec->gap = ledger_gap(rec->volume->ledger, rec->camera, 0, start_us, cause, detail);
    rec->gap_is_past = false;
}

static void close_gap(struct recorder *rec, int64_t end_us, enum gap_end ended)
{
    ledger_gap_end(rec->volume->ledger, rec->gap, end_us, ended,
                   ended == GAP_END_PERSON ? rec->by : NULL);
    rec->gap = NULL;
    rec->gap_is_past = false;
}

/* Who or what had kengd record again after a gap. */
static enum gap_end end_of(const struct recorder *rec, enum gap_cause cause)
{
    switch (cause) {
    case GAP_DISK:
        return GAP_END_DISK;
    case GAP_CLOCK:
        return GAP_END_CLOCK;
    case GAP_RULE:
        return rec->mode == RECORD_EVENTS ? GAP_END_EVENT : GAP_END_HOURS;
    case GAP_STOPPED:
        return rec->by ? GAP_END_PERSON : GAP_END_STARTED;
    default:
        return GAP_END_VIDEO;
    }
}

static void add_gap(struct recorder *rec, int64_t from_us, int64_t to_us,
                    enum gap_cause cause, const char *detail)
{
    struct ledger *ledger = rec->volume->ledger;

    enum gap_end ended = end_of(rec, cause);

    if (to_us - from_us >= GAP_US)
        ledger_gap_end(ledger, ledger_gap(ledger, rec->camera, 0, from_us, cause, detail),
                       to_us, ended, ended == GAP_END_PERSON ? rec->by : NULL);
}

void timeline_reach(struct recorder *rec, struct segment *seg)
{
    if (rec->resume_us > 0) /* older than what is accounted for */
        return;
    if (rec->gap) {
        /* The clock is behind the past: the gap is known when it is set. */
        if (rec->gap_is_past && ledger_gap_start_us(rec->gap) > seg->start_us)
            rec->past_us = ledger_gap_start_us(rec->gap);
        close_gap(rec, seg->start_us, end_of(rec, ledger_gap_cause(rec->gap)));
    } else if (rec->end_us > 0) {
        add_gap(rec, rec->end_us, seg->start_us, seg->hole_cause, seg->hole_detail);
    }
    if (!rec->past_known && rec->first_us == 0)
        rec->first_us = seg->start_us;
}

void timeline_lost(struct recorder *rec, int64_t from_us, int64_t to_us)
{
    add_gap(rec, from_us, to_us, GAP_DISK, volume_trouble(rec->volume));
}

/* The cause of the gap that begins now. */
static void open_gap_at(struct recorder *rec, int64_t start_us)
{
    if (rec->disk_lost)
        open_gap(rec, start_us, GAP_DISK, volume_trouble(rec->volume));
    else if (!rec->active)
        open_gap(rec, start_us, GAP_STOPPED, "");
    else
        open_gap(rec, start_us, rec->cause, rec->detail);
}

void timeline_look(struct recorder *rec)
{
    bool silent = clock_mono_us() - rec->arrived_mono_us >= SILENCE_US;
    bool nothing = !rec->first && (silent || !rec->active || rec->gated ||
                                   (rec->broken && rec->came));

    if (rec->writing || !(nothing || rec->disk_lost))
        return;
    if (nothing && rec->segment)
        segment_end(rec->segment);
    if (rec->gap && rec->gap_is_past && rec->active && silent) {
        int64_t start_us = ledger_gap_start_us(rec->gap);
        if (start_us < rec->started_us)
            start_us = rec->started_us;
        close_gap(rec, start_us, end_of(rec, GAP_STOPPED));
        rec->end_us = start_us;
        if (rec->cause == GAP_STOPPED) /* that is over, and nobody says why */
            rec->cause = GAP_UNKNOWN;
    }
    if (!rec->gap && rec->end_us > 0)
        open_gap_at(rec, rec->end_us);
}

/* Another cause for the gap that is open: from now on, or from its begin if that is not
 * in the catalogue yet. */
static void split_gap(struct recorder *rec, enum gap_cause cause, const char *detail)
{
    int64_t now_us = clock_wall_us();

    if (ledger_gap_cause(rec->gap) == cause ||
        ledger_gap_explain(rec->gap, cause, detail))
        return;
    if (now_us < ledger_gap_start_us(rec->gap))
        now_us = ledger_gap_start_us(rec->gap);
    close_gap(rec, now_us, GAP_END_CAUSE);
    rec->end_us = now_us;
    open_gap(rec, now_us, cause, detail);
}

void recorder_explain(struct recorder *rec, enum gap_cause cause, const char *detail)
{
    free(rec->detail);
    rec->cause = cause;
    rec->detail = detail && *detail ? xstrdup(detail) : NULL;
    if (rec->gap && !rec->gap_is_past && recorder_is_idle(rec) && !rec->disk_lost)
        split_gap(rec, cause, detail);
}

void timeline_stop(struct recorder *rec)
{
    if (rec->gap && recorder_is_idle(rec))
        split_gap(rec, GAP_STOPPED, "");
    timeline_look(rec);
}

/* The time before this kengd, now that it lies where it was. */
void timeline_moved(struct recorder *rec)
{
    if (rec->past_us == 0 || rec->past_us >= rec->started_us)
        return;
    add_gap(rec, rec->past_us, rec->started_us, GAP_STOPPED, "");
    rec->past_us = 0;
}

/* What was not recorded because it was never: the hole that the next segment finds. */
void timeline_clock_set(struct recorder *rec)
{
    rec->clock_set = !rec->gap && rec->active;
}

/* ---- what lay before this kengd
 * -------------------------------------------------------- */

/* What the catalogue knows of a camera. */
struct past {
    struct recorder *rec;
    struct volume *volume; /* whose job it is */
    int64_t last_us;        /* end of what is recorded or a closed gap; 0: nothing is */
    struct gap_row *open;   /* gaps left open */
    int64_t *open_until_us; /* start of the first recording behind each; 0: none */
    size_t open_count;
    bool well;
};

static bool ask_first_behind(struct store *store, struct past *past, size_t i)
{
    struct segment_list list;
    struct error err = { 0 };

    if (!segments_between(store, past->rec->camera, past->open[i].start_us, INT64_MAX,
                          &list, &err))
        return false;
    if (list.count > 0)
        past->open_until_us[i] = list.rows[0].start_us;
    segment_list_free(&list);
    return true;
}

static bool ask_open(struct store *store, struct past *past)
{
    struct gap_list list;
    bool well = true;

    if (!gaps_open(store, &list, NULL))
        return false;
    past->open = xcalloc(list.count, sizeof *past->open);
    past->open_until_us = xcalloc(list.count, sizeof *past->open_until_us);
    for (size_t i = 0; i < list.count && well; i++) {
        if (strcmp(list.rows[i].camera, past->rec->camera) != 0)
            continue;
        past->open[past->open_count] = list.rows[i];
        well = ask_first_behind(store, past, past->open_count++);
    }
    gap_list_free(&list);
    return well;
}

/* The desk's worker. */
static void ask_past(struct store *store, void *arg)
{
    struct past *past = arg;
    int64_t first_us, bytes;
    struct gap_list gaps = { 0 };

    past->well =
        segments_extent(store, past->rec->camera, &first_us, &past->last_us, &bytes,
                        NULL) &&
        gaps_between(store, past->rec->camera, past->last_us, INT64_MAX, &gaps, NULL) &&
        ask_open(store, past);
    for (size_t i = 0; i < gaps.count; i++)
        if (gaps.rows[i].end_us > past->last_us)
            past->last_us = gaps.rows[i].end_us;
    gap_list_free(&gaps);
}

/* Closes what was left open, but for a gap in which kengd was stopped: that goes on. */
static void take_open(struct recorder *rec, struct past *past)
{
    struct ledger *ledger = rec->volume->ledger;

    for (size_t i = 0; i < past->open_count; i++) {
        const struct gap_row *gap = &past->open[i];
        int64_t end_us = past->open_until_us[i];
        enum gap_end ended = GAP_END_RECORDING;
        struct ledger_row *row =
            ledger_gap(ledger, rec->camera, gap->id, gap->start_us, gap->cause, NULL);
        if (end_us == 0 && gap->cause == GAP_STOPPED && !rec->gap && rec->first_us == 0) {
            rec->gap = row;
            rec->gap_is_past = true;
            continue;
        }
        if (end_us == 0) {
            end_us = gap->cause == GAP_STOPPED ? rec->first_us : rec->started_us;
            ended = GAP_END_STARTED;
        }
        if (end_us > rec->first_us && rec->first_us > 0)
            end_us = rec->first_us;
        ledger_gap_end(ledger, row, end_us, ended, NULL);
        if (end_us > past->last_us)
            past->last_us = end_us;
    }
}

static void take_past(struct recorder *rec, struct past *past)
{
    take_open(rec, past);
    int64_t last_us = past->last_us ? past->last_us : rec->started_us;
    if (rec->first_us > 0) {
        add_gap(rec, last_us, rec->first_us, GAP_STOPPED, "");
    } else if (rec->gap) {
        rec->end_us = ledger_gap_start_us(rec->gap);
    } else if (last_us < rec->started_us) {
        open_gap(rec, last_us, GAP_STOPPED, "");
        rec->gap_is_past = true;
        rec->end_us = last_us;
    } else {
        rec->past_us = last_us > rec->started_us ? last_us : 0;
        rec->end_us = rec->started_us;
    }
    rec->past_known = true;
}

static void on_past(void *arg)
{
    struct past *past = arg;
    struct recorder *rec = past->rec;

    past->volume->out--;
    rec->past_asked = past->well; /* else the next tick asks again */
    if (past->well)
        take_past(rec, past);
    free(past->open);
    free(past->open_until_us);
    free(past);
    timeline_look(rec);
}

void timeline_ask_past(struct recorder *rec)
{
    if (rec->past_asked || !storage_is_recovered(rec->volume->storage))
        return;
    struct past *past = xcalloc(1, sizeof *past);
    past->rec = rec;
    past->volume = rec->volume;
    if (!desk_ask(rec->volume->records, ask_past, on_past, past)) {
        free(past);
        return;
    }
    rec->past_asked = true;
    rec->volume->out++;
}
