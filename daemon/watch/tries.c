#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "failures.h"
#include "store/access_rows.h"
#include "tries.h"

struct place {
    struct place *next;
    struct tries *tries;
    char name[PLACE_MAX];
    bool read; /* what the catalogue remembers has come */
    struct failures failures;
    int configured; /* a mark of all configured passwords, when that was last looked at */
    int out;        /* tries whose end is not known */
    struct try *waiting; /* in the order of coming */
};

struct tries {
    struct loop *loop;
    struct desk *desk;
    struct place *places;
    int jobs;            /* on the desk */
    bool by_hand;        /* passwords are typed and change nothing */
    bool closed;         /* freed when the last job is back */
    struct timer *timer; /* gives turns outside of whoever caused them */
};

enum job_kind { JOB_READ, JOB_NOTE, JOB_TAKE_BACK };

struct try_job {
    struct place *place;
    struct try *try; /* that is counted, and waits for this; NULL: none */
    enum job_kind kind;
    enum login_kind note;
    int mark;
    char name[PLACE_MAX];
    int64_t wall_us;
    struct logins_seen seen;
    bool well;
    struct error err;
};

/* Sixteen bits that tell another password from the one that failed, also after a restart,
 * and give away next to nothing of either. */
int tries_mark(const char *place, const char *password)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t sum[EVP_MAX_MD_SIZE] = { 0 };

    if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
        EVP_DigestUpdate(context, place, strlen(place) + 1) &&
        EVP_DigestUpdate(context, password, strlen(password)))
        EVP_DigestFinal_ex(context, sum, NULL);
    EVP_MD_CTX_free(context);
    return sum[0] << 8 | sum[1];
}

int64_t place_pause_us(struct place *place)
{
    return failures_pause_us(&place->failures, clock_mono_us());
}

/* ---- turns ------------------------------------------------------------------------- */

static void count_before(struct try *try);

static void give_turns(struct place *place)
{
    while (place->waiting && place->read) {
        struct try *try = place->waiting;
        int failed = failures_recent(&place->failures, clock_mono_us());
        if (failed < TRIES_MOST && failed + place->out >= TRIES_MOST)
            return;
        place->waiting = try->next;
        try->waits = false;
        try->next = NULL;
        if (failed < TRIES_MOST) {
            place->out++;
            count_before(try);
        } else {
            try->place = NULL;
            try->on_turn(try->arg, false);
        }
    }
}

static void on_time(void *arg)
{
    struct tries *t = arg;

    for (struct place *place = t->places; place; place = place->next)
        give_turns(place);
}

static void leave_queue(struct try *try)
{
    struct try **at = &try->place->waiting;

    while (*at != try)
        at = &(*at)->next;
    *at = try->next;
    try->next = NULL;
    try->waits = false;
}

static struct place *end_try(struct try *try)
{
    struct place *place = try->place;

    if (!place)
        return NULL;
    if (try->waits)
        leave_queue(try);
    else
        place->out--;
    if (try->job)
        try->job->try = NULL;
    try->job = NULL;
    try->place = NULL;
    timer_after(place->tries->timer, 0);
    return place;
}

/* ---- the catalogue ----------------------------------------------------------------- */

/* The desk's worker. */
static void run_job(struct store *store, void *arg)
{
    struct try_job *job = arg;

    switch (job->kind) {
    case JOB_READ:
        job->well = logins_read(store, job->name, job->wall_us - TRIES_WINDOW_US,
                                &job->seen, &job->err);
        break;
    case JOB_NOTE:
        job->well =
            login_note(store, job->name, job->note, job->mark, job->wall_us, &job->err);
        break;
    case JOB_TAKE_BACK:
        job->well = login_take_back(store, job->name, job->mark, &job->err);
        break;
    }
}

static void free_when_empty(struct tries *t)
{
    struct place *next;

    if (!t->closed || t->jobs > 0)
        return;
    for (struct place *place = t->places; place; place = next) {
        next = place->next;
        free(place);
    }
    timer_free(t->timer);
    free(t);
}

static struct try_job *ask_desk(struct place *place, enum job_kind kind,
                                enum login_kind note, int mark);

/* Whether the configuration is another than the one that failed; then all begins anew. */
static void look_at_configuration(struct place *place)
{
    int now = failures_configured(&place->failures);

    if (place->tries->by_hand || now == place->configured)
        return;
    failures_forget(&place->failures);
    place->configured = now;
    ask_desk(place, JOB_NOTE, LOGIN_CONFIGURED, now);
}

/* A time that lies ahead is a clock that was set. */
static void take_remembered(struct place *place, const struct try_job *job)
{
    struct failures *failures = &place->failures;
    int64_t now = clock_mono_us();

    failures->proven = job->seen.proven;
    for (int i = 0; i < job->seen.count; i++) {
        int64_t age = job->wall_us - job->seen.failed[i].at_us;

        failures->proven &= !failures_is_configured(failures, job->seen.failed[i].mark);
        failures_note(failures, job->seen.failed[i].mark,
                      age < 0 || age > TRIES_WINDOW_US ? now : now - age);
    }
    place->configured = job->seen.configured;
    place->read = true;
    look_at_configuration(place);
}

static void on_job_done(void *arg)
{
    struct try_job *job = arg;
    struct tries *t = job->place->tries;

    if (!job->well)
        log_warning("failed camera logins are not remembered", "why='%s'", job->err.text);
    if (job->kind == JOB_READ)
        take_remembered(job->place, job);
    t->jobs--;
    if (job->try) {
        job->try->job = NULL;
        job->try->on_turn(job->try->arg, true);
    }
    if (!t->closed)
        give_turns(job->place);
    free(job);
    free_when_empty(t);
}

/* NULL: there is no desk, or it takes nothing now. */
static struct try_job *ask_desk(struct place *place, enum job_kind kind,
                                enum login_kind note, int mark)
{
    struct tries *t = place->tries;
    struct try_job *job = xcalloc(1, sizeof *job);

    *job = (struct try_job){ .place = place,
                             .kind = kind,
                             .note = note,
                             .mark = mark,
                             .wall_us = clock_wall_us() };
    memcpy(job->name, place->name, sizeof job->name);
    if (t->desk && desk_ask(t->desk, run_job, on_job_done, job)) {
        t->jobs++;
        return job;
    }
    if (t->desk)
        log_warning("failed camera logins are not remembered",
                    "why='the catalogue is busy'");
    free(job);
    return NULL;
}

/* A login counts as failed before it is sent, and is taken back when it was not: whoever
 * ends kengd in between must not gain another try. */
static void count_before(struct try *try)
{
    try->job = ask_desk(try->place, JOB_NOTE, LOGIN_FAILED, try->mark);
    try->counted = try->job != NULL;
    if (try->job)
        try->job->try = try;
    else
        try->on_turn(try->arg, true);
}

/* ---- life -------------------------------------------------------------------------- */

struct tries *tries_new(struct loop *loop, struct desk *desk)
{
    struct tries *t = xcalloc(1, sizeof *t);

    t->loop = loop;
    t->desk = desk;
    t->timer = timer_new(loop, on_time, t);
    return t;
}

void tries_free(struct tries *t)
{
    if (!t)
        return;
    t->closed = true;
    timer_cancel(t->timer);
    free_when_empty(t);
}

void tries_by_hand(struct tries *t)
{
    t->by_hand = true;
}

static struct place *find_place(struct tries *t, const char *name)
{
    struct place *place = t->places;

    while (place && strcmp(place->name, name) != 0)
        place = place->next;
    return place;
}

struct place *tries_place(struct tries *t, const char *name, const char *password)
{
    struct place *place = find_place(t, name);
    int mark = tries_mark(name, password);

    if (!place) {
        place = xcalloc(1, sizeof *place);
        place->next = t->places;
        place->tries = t;
        place->configured = -1;
        strncpy(place->name, name, sizeof place->name - 1);
        t->places = place;
        place->read = ask_desk(place, JOB_READ, LOGIN_FAILED, 0) == NULL;
    }
    failures_configure(&place->failures, mark, 1);
    /* Cameras that change together are each let go and placed; all of them count. */
    if (place->read)
        look_at_configuration(place);
    return place;
}

void place_let_go(struct place *place, const char *password)
{
    if (place)
        failures_configure(&place->failures, tries_mark(place->name, password), -1);
}

void tries_failed_elsewhere(struct tries *t, const char *name, int mark)
{
    struct place *place = find_place(t, name);

    if (place)
        failures_note(&place->failures, mark, clock_mono_us());
}

void try_begin(struct try *try, struct place *place, const char *password,
               void (*on_turn)(void *arg, bool may), void *arg)
{
    struct try **last = &place->waiting;

    *try = (struct try){ .place = place,
                         .on_turn = on_turn,
                         .arg = arg,
                         .waits = true,
                         .mark = tries_mark(place->name, password) };
    while (*last)
        last = &(*last)->next;
    *last = try;
    give_turns(place);
}

static void was_not_wrong(struct try *try)
{
    struct place *place = end_try(try);

    if (place && try->counted)
        ask_desk(place, JOB_TAKE_BACK, LOGIN_FAILED, try->mark);
    try->counted = false;
}

void try_was_right(struct try *try)
{
    struct place *place = try->place;

    was_not_wrong(try);
    if (!place || place->failures.proven || place->tries->by_hand)
        return;
    place->failures.proven = true;
    ask_desk(place, JOB_NOTE, LOGIN_PROVEN, place->configured);
}

void try_was_wrong(struct try *try)
{
    struct place *place = end_try(try);

    if (!place)
        return;
    failures_note(&place->failures, try->mark, clock_mono_us());
    place->failures.proven = false;
    if (!try->counted)
        ask_desk(place, JOB_NOTE, LOGIN_FAILED, try->mark);
    try->counted = false;
}

void try_cancel(struct try *try)
{
    was_not_wrong(try);
}
