#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/secret.h"
#include "lockout.h"
#include "rights.h"
#include "viewer.h"

/* Together below five seconds: what is remembered may be this old, and running streams
 * are looked at this often. */
enum { REMEMBER_S = 4, LOOK_AGAIN_S = 3 };

enum { REMEMBERED = 256, TOUCH_MINUTES = 10 };

/* A guesser shares its address with others where one router stands before many, and a
 * token cannot be guessed: what is shut out is not the right token, but the work that
 * wrong ones would make. So many lookups a second are left to all addresses that are
 * shut. */
enum { SHUT_A_SECOND = 50 };

struct known {
    const struct who *who; /* counted; NULL: free */
    int64_t looked_us;     /* monotonic */
};

struct rights {
    struct web *web;
    struct known known[REMEMBERED];
    int64_t
        shut_since_us; /* monotonic: lookups for addresses that are shut are counted */
    int shut_count;    /* ... from here on, for a second */
    struct timer *again;
    struct review *review; /* on its way to the catalogue; NULL: none */
};

/* ---- what is remembered ---------------------------------------------------------------
 */

static struct known *find_known(struct rights *rights, const uint8_t hash[TOKEN_HASH])
{
    for (size_t i = 0; i < REMEMBERED; i++)
        if (rights->known[i].who &&
            secret_equal(rights->known[i].who->hash, hash, TOKEN_HASH))
            return &rights->known[i];
    return NULL;
}

static void forget(struct known *known)
{
    if (!known)
        return;
    who_unref(known->who);
    *known = (struct known){ 0 };
}

static void remember(struct rights *rights, const struct who *who)
{
    struct known *slot = find_known(rights, who->hash);

    if (!slot) {
        slot = &rights->known[0];
        for (size_t i = 0; i < REMEMBERED && slot->who; i++)
            if (!rights->known[i].who || rights->known[i].looked_us < slot->looked_us)
                slot = &rights->known[i];
    }
    forget(slot);
    *slot = (struct known){ .who = who_ref(who), .looked_us = clock_mono_us() };
}

static bool is_fresh(const struct rights *rights, const struct known *known)
{
    const struct who *who = known->who;

    return clock_mono_us() - known->looked_us < SECONDS_US(REMEMBER_S) &&
           known->looked_us != 0 && who->settings == rights->web->settings &&
           (who->expires_us == 0 || who->expires_us > clock_wall_us());
}

/* ---- last seen ------------------------------------------------------------------------
 */

struct touch {
    int64_t id, at_us;
};

static void write_touch(struct store *store, void *arg)
{
    struct touch *touch = arg;
    struct error err;

    if (!token_touch(store, touch->id, touch->at_us, &err))
        log_warning("token's last use not stored", "id=%lld why='%s'",
                    (long long)touch->id, err.text);
}

static void touch(struct web *web, const struct token_row *row)
{
    int64_t now = clock_wall_us();

    if (now - row->last_us < SECONDS_US(60 * TOUCH_MINUTES))
        return;
    struct touch *job = xmalloc(sizeof *job);
    *job = (struct touch){ .id = row->id, .at_us = now };
    if (!desk_ask(web->duties, write_touch, free, job))
        free(job); /* another use will tell */
}

/* ---- one asker ------------------------------------------------------------------------
 */

struct lookup {
    uint8_t hash[TOKEN_HASH];
    struct token_row row;
    bool found, failed;
    struct error err;
    rights_fn *fn;
    bool shut; /* the asker's address was */
};

static void drop_lookup(void *job)
{
    struct lookup *lookup = job;

    token_row_clear(&lookup->row);
}

static void look_up(struct store *store, void *job)
{
    struct lookup *lookup = job;

    lookup->failed =
        !token_by_hash(store, lookup->hash, &lookup->row, &lookup->found, &lookup->err);
}

static void on_looked_up(struct ask *ask)
{
    struct rights *rights = ask->web->rights;
    struct lookup *lookup = ask->job;
    const struct who *who = NULL;
    enum rights_result result = RIGHTS_NOBODY;
    rights_fn *fn = lookup->fn;

    if (lookup->failed) {
        result = RIGHTS_BUSY;
        log_warning("token not looked up", "why='%s'", lookup->err.text);
    } else if (lookup->found) {
        who = who_from_row(ask->web->settings, &lookup->row, clock_wall_us());
    }
    if (who) {
        result = RIGHTS_KNOWN;
        remember(rights, who);
        touch(ask->web, &lookup->row);
    } else if (!lookup->failed) {
        result = lookup->shut ? RIGHTS_SHUT : RIGHTS_NOBODY;
        forget(find_known(rights, lookup->hash));
        /* A phone that was revoked and still asks is no guesser, and must not keep its
         * neighbours from coming in. */
        if (!lookup->found && !lookup->shut)
            lockout_failed(ask->web->lockout, ask->address, clock_mono_us());
    }
    drop_lookup(lookup);
    free(lookup);
    ask->job = NULL;
    fn(ask, result, who);
    who_unref(who);
}

static bool may_look_up_shut(struct rights *rights)
{
    int64_t now = clock_mono_us();

    if (now - rights->shut_since_us >= SECONDS_US(1)) {
        rights->shut_since_us = now;
        rights->shut_count = 0;
    }
    return rights->shut_count++ < SHUT_A_SECOND;
}

void rights_find(struct rights *rights, struct ask *ask, const char *token, rights_fn *fn)
{
    uint8_t hash[TOKEN_HASH];

    token_hash(token, hash);
    struct known *known = find_known(rights, hash);
    if (known && is_fresh(rights, known)) {
        const struct who *who = who_ref(known->who);
        fn(ask, RIGHTS_KNOWN, who);
        who_unref(who);
        return;
    }
    /* Somebody who was known a moment ago need not wait behind a neighbour's guesses. */
    bool shut =
        !known && lockout_is_shut(rights->web->lockout, ask->address, clock_mono_us());
    if (shut && !may_look_up_shut(rights)) {
        fn(ask, RIGHTS_SHUT, NULL);
        return;
    }
    struct lookup *lookup = ask_job(ask, sizeof *lookup, drop_lookup);
    memcpy(lookup->hash, hash, sizeof hash);
    lookup->fn = fn;
    lookup->shut = shut;
    ask_desk(ask, rights->web->reads, look_up, on_looked_up);
}

/* ---- running streams ------------------------------------------------------------------
 */

struct reviewed {
    uint8_t hash[TOKEN_HASH];
    struct token_row row;
    bool found, failed;
};

struct review {
    struct rights *rights; /* NULL: ended meanwhile */
    struct reviewed *list;
    size_t count;
};

static void look_again(struct store *store, void *arg)
{
    struct review *review = arg;

    for (size_t i = 0; i < review->count; i++) {
        struct reviewed *one = &review->list[i];
        one->failed = !token_by_hash(store, one->hash, &one->row, &one->found, NULL);
    }
}

static void review_free(struct review *review)
{
    for (size_t i = 0; i < review->count; i++)
        token_row_clear(&review->list[i].row);
    free(review->list);
    free(review);
}

static struct reviewed *reviewed_of(struct review *review, const uint8_t hash[TOKEN_HASH])
{
    for (size_t i = 0; i < review->count; i++)
        if (memcmp(review->list[i].hash, hash, TOKEN_HASH) == 0)
            return &review->list[i];
    return NULL;
}

static void on_reviewed(void *arg)
{
    struct review *review = arg;
    struct rights *rights = review->rights;
    struct viewer *viewer, *following;

    if (!rights) {
        review_free(review);
        return;
    }
    rights->review = NULL;
    struct web *web = rights->web;
    for (viewer = LIST_FIRST(&web->viewers); viewer; viewer = following) {
        following = LIST_NEXT(viewer, next);
        struct reviewed *one = reviewed_of(review, viewer->who->hash);
        if (viewer->who->token_id == 0 || !one || one->failed)
            continue;
        const struct who *now =
            one->found ? who_from_row(web->settings, &one->row, clock_wall_us()) : NULL;
        if (now) {
            who_unref(viewer->who);
            viewer->who = now;
            if (!viewer_sees_all_it_watches(viewer))
                viewer->kind->end(viewer);
        } else {
            forget(find_known(rights, one->hash));
            viewer->kind->revoke(viewer);
        }
    }
    review_free(review);
}

static void on_again(void *arg)
{
    struct rights *rights = arg;
    struct viewer *viewer;

    if (rights->review || LIST_EMPTY(&rights->web->viewers))
        return;
    struct review *review = xcalloc(1, sizeof *review);
    review->rights = rights;
    LIST_FOREACH(viewer, &rights->web->viewers, next)
    {
        if (viewer->who->token_id == 0 || reviewed_of(review, viewer->who->hash))
            continue;
        review->list = xrealloc(review->list, (review->count + 1) * sizeof *review->list);
        struct reviewed *one = &review->list[review->count++];
        *one = (struct reviewed){ 0 };
        memcpy(one->hash, viewer->who->hash, sizeof one->hash);
    }
    if (review->count > 0 &&
        desk_ask(rights->web->reads, look_again, on_reviewed, review))
        rights->review = review;
    else
        review_free(review);
}

void rights_changed(struct rights *rights)
{
    for (size_t i = 0; i < REMEMBERED; i++)
        rights->known[i].looked_us = 0;
    on_again(rights);
}

struct rights *rights_new(struct web *web)
{
    struct rights *rights = xcalloc(1, sizeof *rights);

    rights->web = web;
    rights->again = timer_new(web->loop, on_again, rights);
    timer_every(rights->again, SECONDS_US(LOOK_AGAIN_S));
    return rights;
}

void rights_free(struct rights *rights)
{
    if (!rights)
        return;
    if (rights->review)
        rights->review->rights = NULL;
    for (size_t i = 0; i < REMEMBERED; i++)
        forget(&rights->known[i]);
    timer_free(rights->again);
    free(rights);
}
