#include "anchor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/log.h"
#include "core/memory.h"
#include "record/activity_log.h"
#include "store/alert_rows.h"
#include "corrections.h"
#include "small_file.h"

/* More runs of one boot are not remembered: the oldest are where they are. */
enum { RUNS_MOST = 4096 };

struct run {
    struct correction is;
    bool moved; /* by the step that is looked at */
};

struct anchor {
    struct volume *volume;
    struct run *runs; /* oldest first */
    size_t count;
    int64_t ahead_us; /* of the wall clock, as far as everything was moved */
    int64_t epoch_us; /* since when it was so, as stamped */
    bool trusted;
    struct bytes lines; /* for clock.log, not written yet */
};

/* One change of the catalogue: runs, and gaps that began or ended from..to. */
struct move {
    struct anchor *anchor;
    struct mount *mount; /* counted; NULL: the volume is away */
    char *lines;
    struct correction *rows;
    int64_t *deltas_us;
    size_t count;
    int64_t from_us, to_us, delta_us;
    bool written, well;
    struct error err;
};

static struct run *find(struct anchor *anchor, const char *camera, int64_t run_us)
{
    for (size_t i = anchor->count; i > 0; i--)
        if (anchor->runs[i - 1].is.run_us == run_us &&
            strcmp(anchor->runs[i - 1].is.camera, camera) == 0)
            return &anchor->runs[i - 1];
    return NULL;
}

static struct run *add(struct anchor *anchor)
{
    if (anchor->count == RUNS_MOST) {
        memmove(anchor->runs, anchor->runs + 1, (RUNS_MOST - 1) * sizeof *anchor->runs);
        anchor->count--;
    }
    struct run *run = &anchor->runs[anchor->count++];
    *run = (struct run){ 0 };
    return run;
}

static void add_line(struct anchor *anchor, char *line)
{
    if (anchor->lines.size > 0)
        bytes_text(&anchor->lines, "\n");
    bytes_text(&anchor->lines, line);
    free(line);
}

static struct run *run_of(struct anchor *anchor, const char *camera, const struct init *init)
{
    struct run *run = find(anchor, camera, init->run_us);

    if (run)
        return run;
    run = add(anchor);
    run->is.run_us = init->run_us;
    snprintf(run->is.camera, sizeof run->is.camera, "%s", camera);
    strcpy(run->is.boot, boot_id());
    run->is.ahead_us = anchor->ahead_us;
    run->is.trusted = init->clock_trusted;
    if (!run->is.trusted)
        add_line(anchor, correction_began_line(&run->is));
    return run;
}

int64_t anchor_offset(struct anchor *anchor, const char *camera, const struct init *init)
{
    return anchor ? run_of(anchor, camera, init)->is.offset_us : 0;
}

bool anchor_is_trusted(struct anchor *anchor, const char *camera, const struct init *init)
{
    struct run *run = anchor ? find(anchor, camera, init->run_us) : NULL;

    return run ? run->is.trusted : init->clock_trusted;
}

/* ---- the catalogue --------------------------------------------------------------- */

static bool move_rows(struct store *store, struct move *move)
{
    for (size_t i = 0; i < move->count; i++) {
        const struct correction *c = &move->rows[i];
        const struct reanchor how = {
            .camera = c->camera, .run_us = c->run_us, .offset_us = move->deltas_us[i],
            .trusted = c->trusted, .until_us = move->to_us,
            .volume = move->anchor->volume->name,
        };
        if (!segments_reanchor(store, &how, &move->err))
            return false;
    }
    return move->delta_us == 0 ||
           (gaps_move(store, move->from_us, move->to_us, move->delta_us, &move->err) &&
            activity_move(store, move->from_us, move->to_us, move->delta_us, &move->err) &&
            events_move(store, move->from_us, move->to_us, move->delta_us, &move->err));
}

/* The desk's worker: the log first. */
static void run_move(struct store *store, void *arg)
{
    struct move *move = arg;

    move->written = !*move->lines ||
                    (move->mount && corrections_append(move->mount->root_fd, move->lines,
                                                       &move->err));
    if (move->count == 0 && move->delta_us == 0) {
        move->well = true;
        return;
    }
    if (!store_begin(store, &move->err))
        return;
    move->well = move_rows(store, move);
    if (move->well)
        move->well = store_commit(store, &move->err);
    else
        store_rollback(store);
}

static void free_move(struct move *move)
{
    mount_unref(move->mount);
    free(move->lines);
    free(move->rows);
    free(move->deltas_us);
    free(move);
}

static void on_moved(void *arg)
{
    struct move *move = arg;
    struct anchor *anchor = move->anchor;

    anchor->volume->out--;
    if (!move->written) { /* with the next */
        struct bytes later = anchor->lines;
        anchor->lines = (struct bytes){ 0 };
        bytes_text(&anchor->lines, move->lines);
        if (later.size > 0)
            bytes_format(&anchor->lines, "\n%.*s", (int)later.size, (char *)later.at);
        bytes_free(&later);
    }
    if (!move->well)
        log_error("times not corrected", "path=%s why='%s'", anchor->volume->path,
                  move->err.text);
    free_move(move);
}

static void post(struct anchor *anchor, struct move *move)
{
    struct volume *volume = anchor->volume;

    move->anchor = anchor;
    move->mount = volume->mount ? mount_ref(volume->mount) : NULL;
    move->lines = bytes_take(&anchor->lines);
    volume->out++;
    if (!desk_ask(volume->records, run_move, on_moved, move)) {
        error_set(&move->err, ERR_BUSY, _("the catalogue is too busy"));
        on_moved(move);
    }
}

/* ---- a step ----------------------------------------------------------------------- */

static void shift(int64_t *us, int64_t from_us, int64_t to_us, int64_t delta_us)
{
    if (*us >= from_us && *us <= to_us)
        *us += delta_us;
}

/* What recorders and open segments hold in mind. */
static void shift_volume(struct anchor *anchor, int64_t from_us, int64_t to_us,
                         int64_t delta_us)
{
    struct volume *volume = anchor->volume;

    for (struct segment *seg = volume->segments; seg; seg = seg->next) {
        struct run *run = find(anchor, seg->rec->camera, seg->init->run_us);
        if (run && run->moved)
            segment_shift(seg, delta_us);
    }
    for (struct recorder *rec = volume->recorders; rec; rec = rec->next) {
        shift(&rec->end_us, from_us, to_us, delta_us);
        shift(&rec->started_us, from_us, to_us, delta_us);
        shift(&rec->first_us, from_us, to_us, delta_us);
        timeline_moved(rec);
    }
    if (storage_is_lead(volume))
        ledger_move_gaps(volume->ledger, from_us, to_us, delta_us);
}

/* The runs that move, with their lines. `step_us`: 0 when the clock was only confirmed. */
static struct move *choose(struct anchor *anchor, int64_t step_us)
{
    struct move *move = xcalloc(1, sizeof *move);

    move->rows = xcalloc(anchor->count + 1, sizeof *move->rows);
    move->deltas_us = xcalloc(anchor->count + 1, sizeof *move->deltas_us);
    for (size_t i = 0; i < anchor->count; i++) {
        struct run *run = &anchor->runs[i];
        run->moved = !run->is.trusted || step_us < 0;
        if (!run->moved) {
            run->is.ahead_us += step_us; /* stays where it is */
            continue;
        }
        int64_t offset_us = anchor->ahead_us - run->is.ahead_us;
        move->rows[move->count] = run->is;
        move->rows[move->count].trusted = anchor->trusted || run->is.trusted;
        move->rows[move->count].offset_us = offset_us;
        move->deltas_us[move->count++] = offset_us - run->is.offset_us;
        run->is.offset_us = offset_us;
        run->is.trusted |= anchor->trusted;
        add_line(anchor, correction_line(&run->is));
    }
    return move;
}

static void step(struct anchor *anchor, int64_t step_us)
{
    /* Just before the step; what was stamped then has it, or is older. */
    int64_t to_us = clock_wall_us() - step_us + SECONDS_US(2);
    bool was_trusted = anchor->trusted, moves = !was_trusted || step_us < 0;

    log_warning("clock set", "path=%s by_s=%.3f trusted_before=%d", anchor->volume->path,
                (double)step_us / 1e6, was_trusted);
    anchor->ahead_us += step_us;
    anchor->trusted = clock_is_trusted();
    struct move *move = choose(anchor, step_us);
    move->from_us = anchor->epoch_us;
    move->to_us = to_us;
    move->delta_us = moves && storage_is_lead(anchor->volume) ? step_us : 0;
    activity_logs_moved(move->from_us, to_us, move->delta_us);
    post(anchor, move);
    if (moves) {
        shift_volume(anchor, anchor->epoch_us, to_us, step_us);
        anchor->epoch_us += step_us;
    } else {
        anchor->epoch_us = clock_wall_us();
    }
    for (struct recorder *rec = anchor->volume->recorders; rec; rec = rec->next)
        timeline_clock_set(rec);
}

void anchor_look(struct anchor *anchor)
{
    int64_t step_us = clock_ahead_us() - anchor->ahead_us;

    if (llabs(step_us) > CLOCK_STEP_US)
        step(anchor, step_us);
    bool trusted = clock_is_trusted();
    if (trusted && !anchor->trusted) {
        anchor->trusted = true;
        struct move *move = choose(anchor, 0);
        move->to_us = INT64_MAX;
        log_info("clock trusted", "path=%s runs_confirmed=%zu", anchor->volume->path,
                 move->count);
        post(anchor, move);
    } else if (anchor->lines.size > 0 && anchor->volume->mount) {
        post(anchor, xcalloc(1, sizeof(struct move)));
    }
    anchor->trusted = trusted;
}

/* ---- life ------------------------------------------------------------------------- */

struct anchor *anchor_open(struct volume *volume)
{
    struct anchor *anchor = xcalloc(1, sizeof *anchor);
    struct corrections past;

    anchor->volume = volume;
    anchor->ahead_us = clock_ahead_us();
    anchor->epoch_us = clock_wall_us();
    anchor->trusted = clock_is_trusted();
    anchor->runs = xcalloc(RUNS_MOST, sizeof *anchor->runs);
    corrections_read(volume->mount->root_fd, &past);
    for (size_t i = 0; i < past.count; i++) {
        const struct correction *c = &past.rows[i];
        if (c->trusted || strcmp(c->boot, boot_id()) != 0)
            continue;
        add(anchor)->is = *c;
        int64_t stamped_us = c->run_us + c->offset_us;
        if (llabs(c->ahead_us + c->offset_us - anchor->ahead_us) <= CLOCK_STEP_US &&
            stamped_us < anchor->epoch_us)
            anchor->epoch_us = stamped_us;
    }
    corrections_free(&past);
    if (anchor->trusted && anchor->count > 0)
        anchor->trusted = false; /* the next look confirms them */
    return anchor;
}

void anchor_close(struct anchor *anchor)
{
    if (!anchor)
        return;
    bytes_free(&anchor->lines);
    free(anchor->runs);
    free(anchor);
}
