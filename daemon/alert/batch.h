/*
 * What detectors saw, as steps that are stored one behind the other: event, alert, its
 * picture, its end.
 * Thread: batch_store() the desk's worker; the rest is whose it is at the time.
 */
#pragma once
#include "errand.h"

/* What of one event is not stored yet. */
struct step {
    struct step *next;
    struct event_row event;        /* as last told by the detector */
    const struct picture *picture; /* NULL: none, or none that is new */
    bool is_new, better, ended;    /* what there is to be stored */
    bool worth_telling;            /* it began inside the hours */
    bool was_tried, is_stored;
};

struct steps {
    struct step *first, **last; /* the oldest first */
    size_t count, picture_bytes;
};

struct batch {
    struct errand errand; /* first */
    struct steps steps;
    bool failed; /* some are not stored: */
    struct error err;
};

/* A desk_fn: all of them in one transaction, and each as well as it can be. */
void batch_store(struct store *store, void *batch);
