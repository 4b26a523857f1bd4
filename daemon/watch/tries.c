#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/secret.h"
#include "store/access_rows.h"
#include "tries.h"

enum { PASSWORD_HASH = 32 };

struct place {
    struct place *next;
    struct tries *tries;
    char name[PLACE_MAX];
    bool read;                     /* what the catalogue remembers has come */
    int64_t failed_us[TRIES_MOST]; /* monotonic; 0: none */
    bool failed_with_known;
    uint8_t failed_with[PASSWORD_HASH];
    int out;             /* tries whose end is not known */
    struct try *waiting; /* in the order of coming */
};

struct tries {
    struct loop *loop;
    struct desk *desk;
    struct place *places;
    int jobs;            /* on the desk */
    bool closed;         /* freed when the last job is back */
    struct timer *timer; /* gives turns outside of whoever caused them */
    uint8_t salt[16];
};

/* Only compared within this process: a salt that dies with it is enough. */
static void hash_password(const struct tries *t, const char *password,
                          uint8_t to[PASSWORD_HASH])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned size = 0;

    memset(to, 0, PASSWORD_HASH);
    if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
        EVP_DigestUpdate(context, t->salt, sizeof t->salt) &&
        EVP_DigestUpdate(context, password, strlen(password)))
        EVP_DigestFinal_ex(context, to, &size);
    EVP_MD_CTX_free(context);
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
        if (failed < TRIES_MOST)
            place->out++;
        else
            try->place = NULL;
        try->on_turn(try->arg, failed < TRIES_MOST);
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
    try->place = NULL;
    timer_after(place->tries->timer, 0);
    return place;
}

/* ---- the catalogue ----------------------------------------------------------------- */

enum job_kind { JOB_READ, JOB_FAILED, JOB_FORGET };

struct job {
    struct place *place;
    enum job_kind kind;
    char name[PLACE_MAX];
    int64_t wall_us;
    int count;
    int64_t oldest_us;
    bool well;
    struct error err;
};

/* The desk's worker. */
static void run_job(struct store *store, void *arg)
{
    struct job *job = arg;

    switch (job->kind) {
    case JOB_READ:
        job->well = logins_failed_since(store, job->name, job->wall_us - TRIES_WINDOW_US,
                                        &job->count, &job->oldest_us, &job->err);
        break;
    case JOB_FAILED:
        job->well = login_failed(store, job->name, job->wall_us, &job->err);
        break;
    case JOB_FORGET:
        job->well = logins_forget(store, job->name, &job->err);
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
static void take_remembered(struct place *place, const struct job *job)
{
    int64_t now = clock_mono_us(), age = job->wall_us - job->oldest_us;

    for (int i = 0; i < job->count && i < TRIES_MOST; i++)
        note_failure(place, i || age < 0 || age > TRIES_WINDOW_US ? now : now - age);
    place->read = true;
}

static void on_job_done(void *arg)
{
    struct job *job = arg;
    struct tries *t = job->place->tries;

    if (!job->well)
        log_warning("failed camera logins are not remembered", "why='%s'", job->err.text);
    if (job->kind == JOB_READ)
        take_remembered(job->place, job);
    t->jobs--;
    if (!t->closed)
        give_turns(job->place);
    free(job);
    free_when_empty(t);
}

static void ask_desk(struct place *place, enum job_kind kind)
{
    struct tries *t = place->tries;
    struct job *job = xcalloc(1, sizeof *job);

    *job = (struct job){ .place = place, .kind = kind, .wall_us = clock_wall_us() };
    memcpy(job->name, place->name, sizeof job->name);
    if (t->desk && desk_ask(t->desk, run_job, on_job_done, job)) {
        t->jobs++;
        return;
    }
    if (t->desk)
        log_warning("failed camera logins are not remembered",
                    "why='the catalogue is busy'");
    place->read = true;
    free(job);
}

/* ---- life -------------------------------------------------------------------------- */

struct tries *tries_new(struct loop *loop, struct desk *desk)
{
    struct tries *t = xcalloc(1, sizeof *t);

    t->loop = loop;
    t->desk = desk;
    t->timer = timer_new(loop, on_time, t);
    secret_random(t->salt, sizeof t->salt);
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
    struct place *place = t->places;
    uint8_t hash[PASSWORD_HASH];

    while (place && strcmp(place->name, name) != 0)
        place = place->next;
    if (!place) {
        place = xcalloc(1, sizeof *place);
        place->next = t->places;
        place->tries = t;
        strncpy(place->name, name, sizeof place->name - 1);
        t->places = place;
        ask_desk(place, JOB_READ);
        return place;
    }
    hash_password(t, password, hash);
    if (place->failed_with_known &&
        !secret_equal(hash, place->failed_with, sizeof hash)) {
        memset(place->failed_us, 0, sizeof place->failed_us);
        place->failed_with_known = false;
        ask_desk(place, JOB_FORGET);
    }
    return place;
}

void try_begin(struct try *try, struct place *place, const char *password,
               void (*on_turn)(void *arg, bool may), void *arg)
{
    struct try **last = &place->waiting;

    *try = (struct try){ .place = place, .on_turn = on_turn, .arg = arg, .waits = true };
    hash_password(place->tries, password, try->password);
    while (*last)
        last = &(*last)->next;
    *last = try;
    give_turns(place);
}

void try_was_right(struct try *try)
{
    end_try(try);
}

void try_was_wrong(struct try *try)
{
    struct place *place = end_try(try);

    if (!place)
        return;
    note_failure(place, clock_mono_us());
    memcpy(place->failed_with, try->password, sizeof place->failed_with);
    place->failed_with_known = true;
    ask_desk(place, JOB_FAILED);
}

void try_cancel(struct try *try)
{
    end_try(try);
}
