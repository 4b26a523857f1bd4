/*
 * A notice is one change of a condition on its way to the desk.
 * Thread: notice_job() and notice_end_gone_job() the desk's worker; the rest is whose it is at
 * the time.
 */
#pragma once
#include "alert/condition.h"
#include "errand.h"

struct notice {
    struct errand errand; /* first */
    char key[CONDITION_MAX];
    struct event_row event; /* as it would be new */
    bool begins, worse, moment, failed;
    bool ends; /* it lasted until now */
    int64_t once_in_us;
};

/* desk_fn's. The second ends the conditions of cameras and areas that are no more. */
void notice_job(struct store *store, void *notice);
void notice_end_gone_job(struct store *store, void *notice);
void notice_free(struct notice *notice);
