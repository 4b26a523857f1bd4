#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "record/activity_log.h"

/* Written after so long, and when so much is gathered or another minute begins. */
static const int64_t WRITE_US = SECONDS_US(10), MINUTE_US = SECONDS_US(60);
enum { GATHERED_MOST = 60 };

static const int64_t TIDY_US = SECONDS_US(3600);

struct gathered {
    char camera[ID_MAX];
    size_t count;
    struct active_second seconds[GATHERED_MOST];
};

struct activity_log {
    struct activity_log *next; /* of those that are open */
    struct desk *records;
    struct timer *write;
    struct gathered *gathered; /* NULL: nothing */
    char camera[ID_MAX];
};

/* Of the loop: the logs that are open, and the last step of the clock, while seconds from
 * before it may still come. */
static struct activity_log *logs;
static struct {
    int64_t from_us, to_us, delta_us, until_mono_us;
} last_move;
static const int64_t LATE_US = SECONDS_US(10);

static void write_gathered(struct store *store, void *arg)
{
    const struct gathered *g = arg;
    struct error err;

    if (!activity_add(store, g->camera, g->seconds, g->count, &err))
        log_warning("motion not kept", "camera=%s seconds=%zu why='%s'", g->camera, g->count,
                    err.text);
}

static void hand_over(void *arg)
{
    struct activity_log *log = arg;

    timer_cancel(log->write);
    if (!log->gathered)
        return;
    if (!desk_ask(log->records, write_gathered, free, log->gathered)) {
        log_warning("motion not kept", "camera=%s why='the catalogue is too slow'",
                    log->camera);
        free(log->gathered);
    }
    log->gathered = NULL;
}

struct activity_log *activity_log_start(struct loop *loop, struct desk *records,
                                        const char *camera)
{
    struct activity_log *log = xcalloc(1, sizeof *log);

    log->records = records;
    log->write = timer_new(loop, hand_over, log);
    snprintf(log->camera, sizeof log->camera, "%s", camera);
    log->next = logs;
    logs = log;
    return log;
}

static bool same_minute(const struct active_second *a, const struct active_second *b)
{
    return a->at_us / MINUTE_US == b->at_us / MINUTE_US;
}

void activity_logs_moved(int64_t from_us, int64_t to_us, int64_t delta_us)
{
    if (delta_us == 0)
        return;
    for (struct activity_log *log = logs; log; log = log->next)
        hand_over(log);
    last_move.from_us = from_us;
    last_move.to_us = to_us;
    last_move.delta_us = delta_us;
    last_move.until_mono_us = clock_mono_us() + LATE_US;
}

static struct active_second moved(const struct active_second *second)
{
    struct active_second is = *second;

    if (clock_mono_us() < last_move.until_mono_us && is.at_us >= last_move.from_us &&
        is.at_us <= last_move.to_us)
        is.at_us += last_move.delta_us / SECONDS_US(1) * SECONDS_US(1);
    return is;
}

void activity_log_add(struct activity_log *log, const struct active_second *as_told)
{
    const struct active_second is = moved(as_told), *second = &is;
    struct gathered *g = log->gathered;

    if (g && (g->count == GATHERED_MOST || !same_minute(&g->seconds[0], second)))
        hand_over(log);
    if (!log->gathered) {
        g = log->gathered = xcalloc(1, sizeof *g);
        memcpy(g->camera, log->camera, sizeof g->camera);
        timer_after(log->write, WRITE_US);
    }
    g->seconds[g->count++] = *second;
}

void activity_log_stop(struct activity_log *log)
{
    if (!log)
        return;
    hand_over(log);
    for (struct activity_log **at = &logs; *at; at = &(*at)->next)
        if (*at == log) {
            *at = log->next;
            break;
        }
    timer_free(log->write);
    free(log);
}

/* ---- what has outlived the footage ---------------------------------------------------- */

struct activity_tidy {
    struct desk *records;
    struct timer *timer;
    int64_t keep_us;
};

static void forget(struct store *store, void *arg)
{
    const int64_t *before_us = arg;
    struct error err;

    if (!activity_forget(store, *before_us, &err))
        log_warning("old motion not forgotten", "why='%s'", err.text);
}

static void on_timer(void *arg)
{
    struct activity_tidy *tidy = arg;
    int64_t *before_us = xmalloc(sizeof *before_us);

    *before_us = clock_is_synchronised() ? clock_wall_us() - tidy->keep_us : INT64_MIN / 2;
    if (!desk_ask(tidy->records, forget, free, before_us))
        free(before_us);
}

struct activity_tidy *activity_tidy_start(struct loop *loop, struct desk *records,
                                          int64_t keep_us)
{
    struct activity_tidy *tidy = xcalloc(1, sizeof *tidy);

    *tidy = (struct activity_tidy){ .records = records, .keep_us = keep_us };
    tidy->timer = timer_new(loop, on_timer, tidy);
    timer_every(tidy->timer, TIDY_US);
    return tidy;
}

void activity_tidy_reload(struct activity_tidy *tidy, int64_t keep_us)
{
    tidy->keep_us = keep_us;
}

void activity_tidy_stop(struct activity_tidy *tidy)
{
    if (!tidy)
        return;
    timer_free(tidy->timer);
    free(tidy);
}
