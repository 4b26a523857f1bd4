#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "footage.h"
#include "store/segment_rows.h"

enum { REFRESH_S = 60, DAY_S = 86400 };

struct extent {
    char camera[ID_MAX];
    int64_t first_us, last_us;
};

struct footage {
    struct web *web;
    struct timer *timer;
    struct extent *list;
    size_t count;
    struct survey *survey; /* on its way; NULL: none */
};

struct survey {
    struct footage *footage; /* NULL: ended meanwhile */
    struct extent *list;
    size_t count;
};

static void look(struct store *store, void *arg)
{
    struct survey *survey = arg;
    int64_t bytes;

    for (size_t i = 0; i < survey->count; i++) {
        struct extent *one = &survey->list[i];
        if (!segments_extent(store, one->camera, &one->first_us, &one->last_us, &bytes,
                             NULL))
            one->first_us = one->last_us = 0;
    }
}

static void on_looked(void *arg)
{
    struct survey *survey = arg;
    struct footage *footage = survey->footage;

    if (footage) {
        free(footage->list);
        footage->list = survey->list;
        footage->count = survey->count;
        footage->survey = NULL;
    } else {
        free(survey->list);
    }
    free(survey);
}

static void on_timer(void *arg)
{
    struct footage *footage = arg;
    const struct settings *set = footage->web->settings;

    if (footage->survey)
        return;
    struct survey *survey = xcalloc(1, sizeof *survey);
    survey->footage = footage;
    survey->count = set->camera_count;
    survey->list = xcalloc(survey->count + 1, sizeof *survey->list);
    for (size_t i = 0; i < survey->count; i++)
        snprintf(survey->list[i].camera, ID_MAX, "%s", set->cameras[i].id);
    if (desk_ask(footage->web->reads, look, on_looked, survey)) {
        footage->survey = survey;
    } else {
        free(survey->list);
        free(survey);
    }
}

struct footage *footage_new(struct web *web)
{
    struct footage *footage = xcalloc(1, sizeof *footage);

    footage->web = web;
    footage->timer = timer_new(web->loop, on_timer, footage);
    timer_every(footage->timer, SECONDS_US(REFRESH_S));
    on_timer(footage);
    return footage;
}

void footage_refresh(struct footage *footage)
{
    on_timer(footage);
}

void footage_free(struct footage *footage)
{
    if (!footage)
        return;
    if (footage->survey)
        footage->survey->footage = NULL;
    timer_free(footage->timer);
    free(footage->list);
    free(footage);
}

static double days_of(const struct extent *extent)
{
    return (double)(extent->last_us - extent->first_us) / (double)SECONDS_US(DAY_S);
}

double footage_days(const struct footage *footage, const char *camera)
{
    for (size_t i = 0; i < footage->count; i++)
        if (strcmp(footage->list[i].camera, camera) == 0)
            return days_of(&footage->list[i]);
    return 0;
}

double footage_most_days(const struct footage *footage)
{
    double most = 0;

    for (size_t i = 0; i < footage->count; i++)
        if (days_of(&footage->list[i]) > most)
            most = days_of(&footage->list[i]);
    return most;
}
