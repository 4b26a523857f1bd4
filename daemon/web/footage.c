#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "footage.h"
#include "rights.h"
#include "shapes.h"
#include "store/segment_rows.h"

enum { REFRESH_S = 15, DAY_S = 86400 };

struct footage {
    struct web *web;
    struct timer *timer;
    struct extent_list list;
    struct survey *survey; /* on its way; NULL: none */
};

struct survey {
    struct footage *footage; /* NULL: ended meanwhile */
    struct extent_list list;
    bool well;
};

static void look(struct store *store, void *arg)
{
    struct survey *survey = arg;

    survey->well = segments_extents(store, &survey->list, NULL);
}

static void on_looked(void *arg)
{
    struct survey *survey = arg;
    struct footage *footage = survey->footage;

    if (footage)
        footage->survey = NULL;
    if (footage && survey->well) {
        extent_list_free(&footage->list);
        footage->list = survey->list;
    } else {
        extent_list_free(&survey->list);
    }
    free(survey);
}

static void on_timer(void *arg)
{
    struct footage *footage = arg;

    if (footage->survey)
        return;
    struct survey *survey = xcalloc(1, sizeof *survey);
    survey->footage = footage;
    if (desk_ask(footage->web->reads, look, on_looked, survey))
        footage->survey = survey;
    else
        free(survey);
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
    extent_list_free(&footage->list);
    free(footage);
}

static double days_of(const struct camera_extent *extent)
{
    return (double)(extent->last_us - extent->first_us) / (double)SECONDS_US(DAY_S);
}

static const struct camera_extent *find(const struct footage *footage, const char *camera)
{
    for (size_t i = 0; i < footage->list.count; i++)
        if (strcmp(footage->list.rows[i].camera, camera) == 0)
            return &footage->list.rows[i];
    return NULL;
}

double footage_days(const struct footage *footage, const char *camera)
{
    const struct camera_extent *extent = find(footage, camera);

    return extent ? days_of(extent) : 0;
}

double footage_most_days(const struct footage *footage)
{
    double most = 0;

    for (size_t i = 0; i < footage->list.count; i++) {
        const struct camera_extent *one = &footage->list.rows[i];
        if (settings_find_camera(footage->web->settings, one->camera) && days_of(one) > most)
            most = days_of(one);
    }
    return most;
}

bool footage_may_see(const struct ask *ask, const char *camera)
{
    const struct camera_settings *settings = settings_find_camera(ask->settings, camera);

    return who_may_see_footage(ask->who, settings) &&
           (settings || find(ask->web->footage, camera));
}

json_t *footage_former(const struct ask *ask)
{
    const struct extent_list *all = &ask->web->footage->list;
    json_t *list = json_array();

    for (size_t i = 0; i < all->count && who_may_see_every_area(ask->who); i++) {
        const struct camera_extent *one = &all->rows[i];
        if (!settings_find_camera(ask->settings, one->camera))
            json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:I}", "id", one->camera,
                                                  "from", shape_time(one->first_us), "to",
                                                  shape_time(one->last_us), "bytes",
                                                  (json_int_t)one->bytes));
    }
    return list;
}
