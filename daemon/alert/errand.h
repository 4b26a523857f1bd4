/*
 * An errand is what the duty room sends to its desk: it works in one transaction, notes
 * which alerts it changed, and these are told of on the loop after the commit.
 * Thread: errand_ask() and errand_end() loop, the rest the desk's worker.
 */
#pragma once
#include "alert/duty.h"
#include "rule.h"

struct news {
    struct alert_row alert;
    bool is_new;
};

/* The first member of each kind of errand. */
struct errand {
    struct duty *duty;
    const struct settings *set; /* as they were when it was sent */
    struct news *changes;       /* in the order in which they happened */
    size_t change_count;
    size_t settled; /* those before are committed */
    bool knows_due;
    int64_t due_us; /* when the next alert is passed on; 0: none waits */
};

/* False: the desk is full; neither is called, and the errand is as it was. */
bool errand_ask(struct duty *duty, struct errand *errand, desk_fn *job, call_fn *done);

/* First thing in `done`: tells of the changes and sets the timer. */
void errand_tell(struct errand *errand);
/* Last thing in `done`: frees the changes; the duty may be gone afterwards. */
void errand_end(struct errand *errand);

/* `work` in one transaction: all of it, with its changes, or nothing. */
typedef bool work_fn(struct errand *errand, struct store *store, void *arg,
                     struct error *err);
bool errand_commit(struct errand *errand, struct store *store, work_fn *work, void *arg,
                   struct error *err);

/* Takes the row over. Of several changes in one transaction the last is told. */
void errand_changed(struct errand *errand, struct alert_row *alert, bool is_new);

/* The occasion of an event or alert, with the mutes of now. */
struct situation {
    struct occasion what;
    struct mute_list mutes;
};
bool situation_read(struct situation *situation, const struct settings *set,
                    struct store *store, const struct event_row *event, struct error *err);
void situation_clear(struct situation *situation);

/* Alert and deliveries of an event that was inserted before in the same transaction. */
struct new_alert {
    const struct event_row *event;
    bool everybody; /* all ranks are told at once */
    bool escalates; /* it is passed on when there is a rank above */
    bool is_closed; /* nobody has to answer it */
    const char *channel; /* only on this one; NULL: on all */
    const char *person;  /* only this one, whatever the hour; NULL: all who should be */
};
bool errand_raise(struct errand *errand, struct store *store,
                  const struct new_alert *what, struct error *err);
/* Those who were told of the alert are told what has become of it. */
bool errand_follow_up(struct errand *errand, struct store *store,
                      const struct alert_row *alert, const char *what,
                      struct error *err);
/* Deliveries to the ranks above `over` up to the alert's. */
bool errand_deliver(struct errand *errand, struct store *store,
                    const struct alert_row *alert, const struct occasion *what, int over,
                    const struct new_alert *only /* its channel, person */, struct error *err);
