/*
 * Why each person was told of an alert, or was not: for kengctl alert explain.
 * Thread: loop only.
 */
#pragma once
#include "alert/duty.h"

enum why {
    WHY_TOLD,
    WHY_NOBODY_ELSE, /* told off duty, for nobody is on duty */
    WHY_LATER,       /* told when those before do not answer */
    WHY_EARLIER,     /* of a rank that was told before */
    WHY_AREA,        /* looks after other areas */
    WHY_SEVERITY,    /* wants only what is more severe */
    WHY_OFF_DUTY,
    WHY_QUIET,       /* the person's own quiet hours */
    WHY_QUIET_AREA,  /* the area's */
    WHY_MUTED,       /* somebody muted the place */
    WHYS,
};

struct verdict {
    const struct person *person;
    enum why why;
    int64_t until_us; /* of WHY_MUTED */
    const char *by;   /* of WHY_MUTED: who did; lent */
};

/* "told", "off_duty", ... for programs. */
const char *why_word(enum why why);
/* A sentence in the thread's language. The caller frees. */
char *why_text(const struct settings *set, const struct verdict *verdict);

struct explain_question {
    char alert[ROW_ID_MAX]; /* "": an imagined one: */
    char camera[ID_MAX];
    int64_t at_us;
    enum severity severity;
};

struct explanation {
    bool found;             /* there is such an alert or camera */
    bool in_hours;          /* motion at that time makes an alert */
    int rank;               /* that is told first, or has been reached */
    int64_t at_us;
    const struct settings *set;
    struct verdict *list;
    size_t count;
    struct delivery_list deliveries; /* of the alert */
    /* Motion at the camera joins the alert `joins` until then, and nobody is told anew. For an
     * alert itself: it takes in further motion at its camera for `cool_down_us`, and of its
     * group's others, within `group`, for `group_us`. */
    struct { char alert[ROW_ID_MAX]; char *camera; int64_t until_us; } joins; /* "": none */
    struct grouping grouping;
    struct error err;                /* .kind ERR_NONE: none */
};
/* Lent for the call. */
typedef void explain_fn(void *arg, const struct explanation *explained);
void duty_explain(struct duty *duty, const struct explain_question *question,
                  explain_fn *done, void *arg);
