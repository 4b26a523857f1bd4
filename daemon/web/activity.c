/* Finding: when something moved at a camera, and when inside a box on its picture. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "activity.h"
#include "ask.h"
#include "core/clock.h"
#include "core/memory.h"
#include "shapes.h"
#include "store/activity_rows.h"

static const int64_t SECOND_US = SECONDS_US(1);
static const int64_t SPAN_MOST_US = SECONDS_US(31 * 86400);

/* Stillness shorter than this does not part two stretches. */
enum { JOIN_S = 5 };
enum { BINS_USUAL = 288, BINS_MOST = 4000, STRETCHES_MOST = 1000 };

struct moving {
    int64_t from_us, to_us, peak_us;
    int peak; /* cells of the box in which something moved, at the most */
};

struct activity_query {
    char camera[ID_MAX];
    int64_t from_us, to_us, bin_us;
    bool has_box;
    double box[4];
    uint8_t cells[GRID_BYTES];
    uint8_t *seconds; /* a byte a second: cells of the box in which something moved */
    size_t second_count;
    int *bins; /* seconds with motion */
    size_t bin_count;
    struct moving *list;
    size_t count;
    bool more; /* than the list holds */
    bool failed;
    struct error err;
};

static void drop_query(void *job)
{
    struct activity_query *query = job;

    free(query->seconds);
    free(query->bins);
    free(query->list);
}

/* A number from 0 to 1; `*text` is left behind it. */
static bool read_part(const char **text, double *part)
{
    char digits[24];
    size_t length = strspn(*text, "0123456789.");

    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, *text, length);
    digits[length] = 0;
    char *end;
    *part = strtod(digits, &end);
    *text += length;
    return !*end && *part >= 0 && *part <= 1;
}

bool box_read(const char *text, double box[4])
{
    for (int i = 0; i < 4; i++)
        if (!read_part(&text, &box[i]) || *text++ != (i < 3 ? ',' : 0))
            return false;
    return box[0] < box[2] && box[1] < box[3];
}

/* ---- the desk's ----------------------------------------------------------------------- */

static bool take_second(void *arg, const struct active_second *second)
{
    struct activity_query *query = arg;
    int moved = grid_common(second->cells, query->cells);
    int64_t at = (second->at_us - query->from_us) / SECOND_US;

    /* A second comes twice around a break: the more counts. */
    if (at >= 0 && at < (int64_t)query->second_count && moved > query->seconds[at])
        query->seconds[at] = (uint8_t)moved;
    return true;
}

static void add_stretch(struct activity_query *query, struct moving moving)
{
    if (query->count == STRETCHES_MOST) {
        query->more = true;
        return;
    }
    if (!query->list)
        query->list = xcalloc(STRETCHES_MOST, sizeof *query->list);
    query->list[query->count++] = moving;
}

static void find_stretches(struct activity_query *query)
{
    struct moving moving = { 0 };

    for (size_t i = 0; i < query->second_count; i++) {
        int64_t at_us = query->from_us + (int64_t)i * SECOND_US;
        if (query->seconds[i] == 0)
            continue;
        if (moving.peak > 0 && at_us - moving.to_us > SECONDS_US(JOIN_S)) {
            add_stretch(query, moving);
            moving = (struct moving){ 0 };
        }
        if (moving.peak == 0)
            moving.from_us = at_us;
        moving.to_us = at_us + SECOND_US;
        if (query->seconds[i] > moving.peak) {
            moving.peak = query->seconds[i];
            moving.peak_us = at_us;
        }
    }
    if (moving.peak > 0)
        add_stretch(query, moving);
}

static void read_activity(struct store *store, void *job)
{
    struct activity_query *query = job;

    query->seconds = xcalloc(query->second_count, 1);
    query->bins = xcalloc(query->bin_count, sizeof *query->bins);
    query->failed = !activity_each(store, query->camera, query->from_us, query->to_us,
                                   take_second, query, &query->err);
    for (size_t i = 0; i < query->second_count; i++)
        if (query->seconds[i] > 0)
            query->bins[(int64_t)i * SECOND_US / query->bin_us]++;
    find_stretches(query);
}

/* ---- the request ---------------------------------------------------------------------- */

static json_t *shape_list(const struct activity_query *query)
{
    json_t *list = json_array();

    for (size_t i = 0; i < query->count; i++) {
        const struct moving *m = &query->list[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:i}", "from",
                                              shape_time(m->from_us), "to",
                                              shape_time(m->to_us), "peak",
                                              shape_time(m->peak_us), "cells", m->peak));
    }
    return list;
}

static void answer_activity(struct ask *ask)
{
    struct activity_query *query = ask->job;
    json_t *bins = json_array(), *box = query->has_box ? json_array() : json_null();

    if (query->failed) {
        json_decref(bins);
        json_decref(box);
        answer_failure(ask, &query->err);
        return;
    }
    for (size_t i = 0; i < query->bin_count; i++)
        json_array_append_new(bins, json_integer(query->bins[i]));
    for (int i = 0; query->has_box && i < 4; i++)
        json_array_append_new(box, json_real(query->box[i]));
    answer_json(ask, 200,
                json_pack("{s:s, s:o, s:o, s:o, s:I, s:o, s:o, s:b}", "camera", query->camera,
                          "from", shape_time(query->from_us), "to", shape_time(query->to_us),
                          "box", box, "bin_s", (json_int_t)(query->bin_us / SECOND_US), "bins",
                          bins, "stretches", shape_list(query), "more", query->more));
}

/* False: it was answered. */
static bool read_box(struct ask *ask, struct activity_query *query)
{
    const char *box = ask_query(ask, "box");

    query->has_box = box != NULL;
    if (!box) {
        memset(query->cells, 0xff, GRID_BYTES);
        return true;
    }
    if (!box_read(box, query->box)) {
        answer_error(ask, 400, "bad_box", "box",
                     _("box must be x0,y0,x1,y1, each from 0 to 1, from left to right and "
                       "from top to bottom"));
        return false;
    }
    grid_of_box(query->box, query->cells);
    return true;
}

static bool read_bin(struct ask *ask, struct activity_query *query)
{
    const char *value = ask_query(ask, "bin");
    int64_t span_us = query->to_us - query->from_us;
    int64_t least_s = (span_us / BINS_MOST + SECOND_US - 1) / SECOND_US;
    char *end = NULL;
    long bin_s = value ? strtol(value, &end, 10)
                       : (long)((span_us / BINS_USUAL + SECOND_US - 1) / SECOND_US);

    if (value && (*end || bin_s < 1 || bin_s > 86400)) {
        answer_error(ask, 400, "bad_bin", "bin",
                     _("bin must be a number of seconds from 1 to 86400"));
        return false;
    }
    if (bin_s < least_s)
        bin_s = (long)least_s;
    query->bin_us = SECONDS_US(bin_s > 0 ? bin_s : 1);
    query->bin_count = (size_t)((span_us + query->bin_us - 1) / query->bin_us);
    query->second_count = (size_t)((span_us + SECOND_US - 1) / SECOND_US);
    return true;
}

void activity_get(struct ask *ask)
{
    struct activity_query *query = ask_job(ask, sizeof *query, drop_query);
    char object[ID_MAX + 16];

    if (!ask_span(ask, SPAN_MOST_US, &query->from_us, &query->to_us) ||
        !read_box(ask, query) || !read_bin(ask, query))
        return;
    snprintf(query->camera, sizeof query->camera, "%s", ask->arg);
    snprintf(object, sizeof object, "camera:%s", ask->arg);
    access_note_seldom(ask->web, ask->who, "playback", object);
    ask_desk(ask, ask->web->reads, read_activity, answer_activity);
}
