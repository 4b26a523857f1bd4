/*
 * Events (what happened), alerts (people are told), deliveries and answers.
 * Identifiers are 26 characters that sort by time (ULID: 48 bits of milliseconds, 80 random).
 * Thread, errors, times: as store/store.h; writes on a STORE_DUTIES connection.
 */
#pragma once
#include "core/severity.h"
#include "core/text.h"
#include "core/way.h"
#include "store/store.h"

enum { ROW_ID_MAX = 27 };

/* One that is made later for the same millisecond sorts later. Any thread. */
void row_id_new(int64_t at_us, char to[ROW_ID_MAX]);

/* Health: something of a camera or of kengd itself. */
enum event_kind { EVENT_MOTION, EVENT_ALARM, EVENT_TEST, EVENT_HEALTH };
enum { LANGUAGES = 2 };

struct event_row {
    char id[ROW_ID_MAX];
    enum event_kind kind;
    char *camera;             /* NULL: an alarm for an area */
    char *area;
    int64_t start_us, end_us; /* end_us 0: goes on */
    int64_t seen_us;          /* last seen going on: its end, should kengd end before it */
    int score;                /* permille of the zone, at its peak; 0 for alarms */
    float box[4];             /* x0 y0 x1 y1 in 0..1 at the snapshot; zeros: none */
    char *zone;               /* NULL: none is configured */
    struct way way;           /* of what was seen first; count 0: unknown */
    char *picture;            /* file below state/pictures/; NULL: none */
    char *note;               /* of the person who raised it; NULL */
    char *by;                 /* who raised it, as shown; NULL for motion */
    enum severity severity;
    char *condition;          /* of health: what lasts, "camera/cong-lang"; NULL */
    char *texts[LANGUAGES];   /* of health: the sentence, by enum language; NULL */
};

enum alert_state { ALERT_OPEN, ALERT_ACKNOWLEDGED, ALERT_RESOLVED, ALERT_FALSE };

struct alert_row {
    char id[ROW_ID_MAX];
    struct event_row event;
    int64_t raised_us;
    enum alert_state state;
    int rank;                 /* the rank that it has reached */
    int64_t escalate_us;      /* when it goes to the next one; 0: it does not */
    char *answered_by;        /* as shown: the person's or token's name; NULL: nobody yet */
    int64_t answered_us;
    char *answer_note;        /* NULL: none */
    char *closed_by;          /* who resolved it or marked it false; NULL */
    int64_t closed_us;
    int merged;               /* further events that joined it (settings_grouping()) */
    char *cameras;            /* other cameras of those: ids with spaces between; NULL */
};

struct delivery_row {
    int64_t id;
    char alert[ROW_ID_MAX];
    char *recipient;          /* "person:truong-thon-dong", "screen:nha-van-hoa-dong" */
    char *channel;            /* "page", "push", ... */
    char *target;             /* of several of a recipient: the device's id; "" */
    char *what;               /* "raised", "answered", "closed", "back" */
    char *camera;             /* of the event; NULL */
    enum delivery_state { DELIVERY_WAITING, DELIVERY_DELIVERED, DELIVERY_GIVEN_UP } state;
    int tries;
    int64_t made_us;
    int64_t due_us;           /* not to be sent before; 0: at once */
    int64_t at_us;            /* of the last change */
};

const char *event_kind_word(enum event_kind kind);   /* "motion" "alarm" "test" "health" */
const char *alert_state_word(enum alert_state state); /* "open" "acknowledged" "resolved" "false" */
/* "waiting" "delivered" "given_up" */
const char *delivery_state_word(enum delivery_state state);

/* Row functions return false with `err`; rows and lists are the caller's to free, and are
 * empty after a failure. */
bool event_insert(struct store *s, const struct event_row *row, struct error *err);
/* Writes end_us, the way if it is known, and of two scores the higher one. */
bool event_end(struct store *s, const struct event_row *row, struct error *err);
/* Writes score, seen_us, box, and the picture and the way where they are known. */
bool event_better(struct store *s, const struct event_row *row, struct error *err);
bool event_get(struct store *s, const char *id, struct event_row *out, bool *found,
               struct error *err);

/* The newest event of a condition. */
bool event_of_condition(struct store *s, const char *condition, struct event_row *out,
                        bool *found, struct error *err);
/* It goes on after all: writes end_us 0 and the sentences. */
bool event_reopen(struct store *s, const struct event_row *row, struct error *err);

/* NULL or 0: any. `areas`: only of these; NULL: any. Newest first, `before_us` exclusive. */
struct row_filter {
    const char *camera;
    const char *const *areas;
    size_t area_count;
    int64_t from_us, to_us, before_us;
    bool open_only; /* alerts: ALERT_OPEN and ALERT_ACKNOWLEDGED */
    size_t limit;
};
struct event_list { struct event_row *rows; size_t count; };
bool events_list(struct store *s, const struct row_filter *filter, struct event_list *out,
                 struct error *err);
/* Conditions that go on. */
bool events_of_conditions(struct store *s, struct event_list *out, struct error *err);
/* Ends what was going on when kengd ended, where it was last seen; but not conditions,
 * which may last still. */
bool events_close(struct store *s, struct error *err);
/* The clock was set: moves the times, from..to, of events, alerts, answers and deliveries. In
 * the transaction that is open. */
bool events_move(struct store *s, int64_t from_us, int64_t to_us, int64_t offset_us,
                 struct error *err);
/* The pictures of these events are gone. */
bool events_forget_pictures(struct store *s, int64_t from_us, int64_t to_us,
                            struct error *err);
struct event_row event_row_copy(const struct event_row *row);
void event_row_clear(struct event_row *row);
void event_list_free(struct event_list *list);

bool alert_insert(struct store *s, const struct alert_row *row, struct error *err);
bool alert_get(struct store *s, const char *id, struct alert_row *out, bool *found,
               struct error *err);
/* The alert that was made of an event. */
bool alert_of_event(struct store *s, const char *event, struct alert_row *out, bool *found,
                    struct error *err);
/* Writes state, rank, escalate_us, answer, closing, merged and cameras of `row`. */
bool alert_update(struct store *s, const struct alert_row *row, struct error *err);
struct alert_list { struct alert_row *rows; size_t count; };
bool alerts_list(struct store *s, const struct row_filter *filter, struct alert_list *out,
                 struct error *err);
/* Open ones whose time to be passed on has come: the earliest, at most 500. */
bool alerts_due(struct store *s, int64_t now_us, struct alert_list *out, struct error *err);
/* When the first of them is due; 0: none waits. */
bool alerts_next_due(struct store *s, int64_t *at_us, struct error *err);
/* None waits longer than until then: the clock was set back, or patience is shorter now. */
bool alerts_hasten(struct store *s, int64_t latest_us, struct error *err);
struct alert_row alert_row_copy(const struct alert_row *row);
void alert_row_clear(struct alert_row *row);
void alert_list_free(struct alert_list *list);

/* Who has one of this alert, channel, target and `what` keeps it as it is; id is 0 then. */
bool delivery_insert(struct store *s, struct delivery_row *row /* id is set */,
                     struct error *err);
bool delivery_update(struct store *s, const struct delivery_row *row, struct error *err);
struct delivery_list { struct delivery_row *rows; size_t count; };
bool deliveries_of(struct store *s, const char *alert, struct delivery_list *out,
                   struct error *err);

/* ---- the outbox: what waits for one target of a channel (never "page") ------------- */

struct outbox_target { char *channel, *recipient, *target; };
struct outbox_targets { struct outbox_target *rows; size_t count; };
/* Those that something is due for; when the next one is (0: never). */
bool outbox_targets(struct store *s, int64_t now_us, struct outbox_targets *out,
                    int64_t *next_us, struct error *err);
void outbox_targets_free(struct outbox_targets *list);

enum outbox_pick {
    PICK_FRESH, /* the oldest first */
    PICK_HELD,  /* it was to wait, and has; the newest first, as the next */
    PICK_LATE,
};
/* A part of what waits for a target. Two rows of the same pick are ordered by id. */
struct outbox_part {
    struct outbox_target to;
    enum outbox_pick pick;
    int64_t now_us, late_before_us;
    int64_t from_id, to_id; /* of outbox_settle */
};
struct outbox_sum { int64_t count, first_us, last_us, last_id; };
bool outbox_take(struct store *s, const struct outbox_part *part, size_t limit,
                 struct delivery_list *out, struct error *err);
bool outbox_sum(struct store *s, const struct outbox_part *part, struct outbox_sum *out,
                struct error *err);
/* Those of the part from `from_id` to `to_id`. */
bool outbox_settle(struct store *s, const struct outbox_part *part,
                   enum delivery_state state, int64_t at_us, struct error *err);
/* All that waits for the target, which is gone. */
bool outbox_abandon(struct store *s, const struct outbox_target *to, int64_t at_us,
                    struct error *err);
/* What waits longer than this is given up. */
bool outbox_give_up(struct store *s, int64_t made_before_us, int64_t now_us, int64_t *count,
                    struct error *err);
/* One message of `camera` (NULL: none) to this target was or will be sent last then; and so
 * many were made since. */
bool outbox_recent(struct store *s, const struct outbox_target *to, const char *camera,
                   int64_t since_us, int64_t *last_us, int64_t *count, struct error *err);

struct attempt_row {
    int64_t delivery;
    int64_t together; /* deliveries that went with it */
    int64_t at_us, took_us;
    const char *result; /* "taken" "again" "refused" "gone" */
    int code;           /* of HTTP or SMTP; 0: none */
    char detail[200];
};
bool attempt_insert(struct store *s, const struct attempt_row *row, struct error *err);
void delivery_list_free(struct delivery_list *list);
