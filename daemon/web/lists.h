/*
 * What events and alerts share: the filter of a list within the asker's areas, and one
 * event looked up and checked.
 * Thread: loop only.
 */
#pragma once
#include "inside.h"
#include "store/alert_rows.h"

struct filter {
    struct row_filter rows; /* points into the rest */
    char *camera;
    char **areas; /* NULL: any */
};

/* camera, area, from, to, before and limit of the query. False: answered. */
bool filter_read(struct ask *ask, struct filter *filter);
void filter_clear(struct filter *filter);
/* Who asks has no area at all: nothing is found, without asking. */
bool filter_is_empty(const struct filter *filter);

bool ask_may_see_event(const struct ask *ask, const struct event_row *event);

/* The job of an ask for one event. */
struct one_event {
    char id[ROUTE_ARG_MAX];
    struct event_row row;
    bool found, failed;
    struct error err;
    route_fn *next;
    char *root;     /* snapshot: the folder of pictures */
    uint8_t *bytes; /* snapshot; NULL: none */
    size_t size;
};

/* Looks the event of ask->arg up; `found` is called with a struct one_event as the job
 * when the asker may see it, otherwise it is answered. */
void event_find(struct ask *ask, route_fn *found);
void event_is_found(struct ask *ask);
