/* What a duty is, for the files of this room. Thread: loop only. */
#pragma once
#include "batch.h"
#include "outbox.h"

/* A camera's event that goes on. */
struct going_on {
    uint32_t number;
    struct event_row event; /* as last told by the detector */
};

struct duty {
    const struct settings *set;
    struct loop *loop;
    struct desk *desk;
    duty_change_fn *on_change; /* NULL: closed */
    void *arg;
    size_t errands; /* at the desk; each keeps the duty alive */

    struct going_on *going_on; /* at most one a camera */
    size_t going_on_count;
    struct steps waiting;  /* the oldest first; bounded */
    bool storing;          /* a batch of them is at the desk */
    struct timer *again;   /* stores them after a failure */
    bool failing;          /* the last batch was not stored: */
    int64_t complained_us; /* monotonic: when that was logged last */
    size_t lost, bare;     /* steps, and pictures of steps, dropped since it began */

    struct outbox *outbox;
    struct standing *conditions; /* what lasts, and what did */
    struct timer *condition_due;

    struct timer *due;  /* looks for alerts to be passed on */
    struct timer *tidy; /* takes old pictures away */
};

/* sighting.c: what detectors saw, on its way to the desk. */
void sightings_open(struct duty *duty);
void sightings_reload(struct duty *duty); /* ends what goes on at cameras that are gone */
void sightings_close(struct duty *duty);  /* sends what waits; frees */

/* condition.c: what lasts of cameras and of kengd itself. */
void conditions_open(struct duty *duty);
void conditions_reload(struct duty *duty); /* ends those of cameras and areas that are gone */
void conditions_close(struct duty *duty);
void conditions_look(struct duty *duty);

/* escalate.c */
void escalate_look(struct duty *duty);
void escalate_set(struct duty *duty, int64_t due_us);

/* tidy.c */
void tidy_look(struct duty *duty);

void duty_let_go(struct duty *duty);
