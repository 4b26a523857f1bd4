#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "store/access_rows.h"
#include "tries.h"

struct place {
    struct place *next;
    struct tries *tries;
    char name[PLACE_MAX];
    bool read;                     /* what the catalogue remembers has come */
    int64_t failed_us[TRIES_MOST]; /* monotonic; 0: none */
    int failed_mark;               /* of the password that failed; -1: none */
    int out;                       /* tries whose end is not known */
    struct try *waiting;           /* in the order of coming */
};

struct tries {
    struct loop *loop;
    struct desk *desk;
    struct place *places;
    int jobs;            /* on the desk */
    bool closed;         /* freed when the last job is back */
    struct timer *timer; /* gives turns outside of whoever caused them */
};

#define NAME_FORMAT "%s #%04x"

enum job_kind { JOB_READ, JOB_COUNT, JOB_TAKE_BACK };

struct try_job {
    struct place *place;
    struct try *try; /* that is counted, and waits for this; NULL: none */
    enum job_kind kind;
    int mark;
    char name[TRIES_NAME]; /* the place's, and the password's mark */
    int64_t wall_us;
    int count;
    int64_t oldest_us;
    bool well;
    struct error err;
};

/* Sixteen bits that tell another password from the one that failed, also after a restart,
 * and give away next to nothing of either. */
static int mark_of(const char *place, const char *password)
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

static bool has_failed_recently(int64_t failed_us, int64_t now)
{
    return failed_us && now - failed_us < TRIES_WINDOW_US;
}

static int failed_recently(const struct place *place)
{
    int64_t now = clock_mono_us();
    int count = 0;

    for (int i = 0; i < TRIES_MOST; i++)
        count += has_failed_recently(place->failed_us[i], now);
    return count;
}

int64_t place_pause_us(struct place *place)
{
    int64_t now = clock_mono_us(), oldest = now;

    if (failed_recently(place) < TRIES_MOST)
        return 0;
    for (int i = 0; i < TRIES_MOST; i++)
        if (place->failed_us[i] < oldest)
            oldest = place->failed_us[i];
    return oldest + TRIES_WINDOW_US - now;
}

/* In the place of the oldest. */
static void note_failure(struct place *place, int64_t mono_us)
{
    int64_t *oldest = &place->failed_us[0];

    for (int i = 1; i < TRIES_MOST; i++)
        if (place->failed_us[i] < *oldest)
            oldest = &place->failed_us[i];
    *oldest = mono_us > 1 ? mono_us : 1;
}

/* ---- turns ------------------------------------------------------------------------- */

static void count_before(struct try *try);

static void give_turns(struct place *place)
{
    while (place->waiting && place->read) {
        struct try *try = place->waiting;
        int failed = failed_recently(place);
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
        job->well = logins_failed_since(store, job->name, job->wall_us - TRIES_WINDOW_US,
                                        &job->count, &job->oldest_us, &job->err);
        break;
    case JOB_COUNT:
        job->well = login_failed(store, job->name, job->wall_us, &job->err);
        break;
    case JOB_TAKE_BACK:
        job->well = login_take_back(store, job->name, &job->err);
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

/* Only the oldest one's time is remembered; the others are taken to be new, which waits
 * rather too long than too short. A time that lies ahead is a clock that was set. */
static void take_remembered(struct place *place, const struct try_job *job)
{
    int64_t now = clock_mono_us(), age = job->wall_us - job->oldest_us;

    for (int i = 0; i < job->count && i < TRIES_MOST; i++)
        note_failure(place, i || age < 0 || age > TRIES_WINDOW_US ? now : now - age);
    if (job->count > 0)
        place->failed_mark = job->mark;
    place->read = true;
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
static struct try_job *ask_desk(struct place *place, enum job_kind kind, int mark)
{
    struct tries *t = place->tries;
    struct try_job *job = xcalloc(1, sizeof *job);

    *job = (struct try_job){
        .place = place, .kind = kind, .mark = mark, .wall_us = clock_wall_us()
    };
    snprintf(job->name, sizeof job->name, NAME_FORMAT, place->name, (unsigned)mark);
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
    try->job = ask_desk(try->place, JOB_COUNT, try->mark);
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

struct place *tries_place(struct tries *t, const char *name, const char *password)
{
    int mark = mark_of(name, password);
    struct place *place = t->places;

    while (place && strcmp(place->name, name) != 0)
        place = place->next;
    if (!place) {
        place = xcalloc(1, sizeof *place);
        place->next = t->places;
        place->tries = t;
        place->failed_mark = -1;
        strncpy(place->name, name, sizeof place->name - 1);
        t->places = place;
        place->read = ask_desk(place, JOB_READ, mark) == NULL;
        return place;
    }
    if (place->failed_mark >= 0 && place->failed_mark != mark) {
        memset(place->failed_us, 0, sizeof place->failed_us);
        place->failed_mark = -1;
    }
    return place;
}

void tries_name(const char *place, const char *password, char to[TRIES_NAME])
{
    snprintf(to, TRIES_NAME, NAME_FORMAT, place, (unsigned)mark_of(place, password));
}

void try_begin(struct try *try, struct place *place, const char *password,
               void (*on_turn)(void *arg, bool may), void *arg)
{
    struct try **last = &place->waiting;

    *try = (struct try){ .place = place,
                         .on_turn = on_turn,
                         .arg = arg,
                         .waits = true,
                         .mark = mark_of(place->name, password) };
    while (*last)
        last = &(*last)->next;
    *last = try;
    give_turns(place);
}

static void was_not_wrong(struct try *try)
{
    struct place *place = end_try(try);

    if (place && try->counted)
        ask_desk(place, JOB_TAKE_BACK, try->mark);
    try->counted = false;
}

void try_was_right(struct try *try)
{
    was_not_wrong(try);
}

void try_was_wrong(struct try *try)
{
    struct place *place = end_try(try);

    if (!place)
        return;
    note_failure(place, clock_mono_us());
    place->failed_mark = try->mark;
    if (!try->counted)
        ask_desk(place, JOB_COUNT, try->mark);
    try->counted = false;
}

void try_cancel(struct try *try)
{
    was_not_wrong(try);
}
