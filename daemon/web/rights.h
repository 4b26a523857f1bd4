/*
 * Who asks, and what they may see. A token's hash is looked up in the catalogue and
 * remembered for a few seconds, so that a revoked one is nobody's within five; streams
 * that run are looked at again as often. Thread: loop only.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "inside.h"
#include "store/access_rows.h"

/* Somebody known, as of one snapshot of the settings. Never changes; counted. */
struct who {
    unsigned refs;
    const struct settings *settings; /* counted: the areas and person are in it */
    enum role role;
    bool everywhere; /* every area of the site */
    const struct area **areas;
    size_t area_count;
    const struct person *person; /* NULL: a token of its own, or a screen */
    const struct screen *screen; /* NULL: none */
    char *name;                  /* as shown beside an answer and in the access log */
    char *event;                 /* of a guest: the only one; else NULL */
    int64_t token_id;            /* 0: kengctl */
    int64_t parent_id;           /* the link token of a session; 0: none */
    int64_t expires_us;          /* 0: never */
    uint8_t hash[TOKEN_HASH];
};

void who_unref(const struct who *who); /* NULL is allowed */
const struct who *who_ref(const struct who *who);

bool who_may(const struct who *who, enum right right);
bool who_may_see_area(const struct who *who, const struct area *area);
bool who_may_see_every_area(const struct who *who);
bool who_may_see_camera(const struct who *who, const struct camera_settings *camera);
/* What was recorded of it. NULL: of a camera that is configured no more, which is for who
 * sees every area. */
bool who_may_see_footage(const struct who *who, const struct camera_settings *camera);

/* "official", "staff", "admin", "screen". */
const char *role_word(enum role role);
bool role_read(const char *word, enum role *role);

/* The person or role of a token row under these settings; NULL when the row is revoked,
 * expired, or names what no longer exists. One reference. */
const struct who *who_from_row(const struct settings *set, const struct token_row *row,
                               int64_t now_us);
/* kengctl: an admin of everything. One reference. */
const struct who *who_control(const struct settings *set);

void token_hash(const char *token, uint8_t hash[TOKEN_HASH]);

struct rights *rights_new(struct web *web);
void rights_free(struct rights *rights);

enum rights_result {
    RIGHTS_KNOWN,
    RIGHTS_NOBODY, /* unknown, revoked or expired */
    RIGHTS_SHUT,   /* a wrong one, after too many from this address */
    RIGHTS_BUSY,   /* the catalogue cannot be asked now */
};
/* `who` is lent for the call. */
typedef void rights_fn(struct ask *ask, enum rights_result result, const struct who *who);

/* Calls `fn` at once or after a look into the catalogue. */
void rights_find(struct rights *rights, struct ask *ask, const char *token,
                 rights_fn *fn);

/* Forgets what is remembered, and looks at running streams now. */
void rights_changed(struct rights *rights);
