/*
 * Who may come in (tokens and the sessions made from them), who did what (the access log,
 * each row chained to the one before by SHA-256), and failed camera logins.
 * Thread, errors, times: as store/store.h; writes on a STORE_DUTIES connection.
 */
#pragma once
#include "store/store.h"

enum { TOKEN_HASH = 32 }; /* SHA-256 of the token's text; the text itself is not stored */

struct token_row {
    int64_t id;
    uint8_t hash[TOKEN_HASH];
    char *person;   /* id in the configuration; NULL: role and area below */
    char *role;     /* "official" "staff" "admin" "screen" "guest" */
    char *area;     /* area's id; NULL with a person */
    char *name;     /* as shown beside an answer */
    int64_t parent; /* the link token that this session was made from; 0: a token itself */
    int64_t created_us, last_us, expires_us, revoked_us; /* 0: never */
    char *event;    /* the only one that a guest sees; NULL with other roles */
};

/* Of the sessions of one link token the newest 500 are kept, and of guests those that hold. */
bool token_insert(struct store *s, struct token_row *row /* id is set */, struct error *err);
bool token_by_hash(struct store *s, const uint8_t hash[TOKEN_HASH], struct token_row *out,
                   bool *found, struct error *err);
struct token_list { struct token_row *rows; size_t count; };
/* Newest first, sessions and revoked ones too. */
bool tokens_list(struct store *s, struct token_list *out, struct error *err);
bool token_touch(struct store *s, int64_t id, int64_t last_us, struct error *err);
/* Also the sessions and guests that were made from it; its device is woken no more. Three
 * statements: a transaction is the caller's. */
bool token_revoke(struct store *s, int64_t id, int64_t at_us, bool *found, struct error *err);
void token_row_clear(struct token_row *row);
void token_list_free(struct token_list *list);

struct access_row {
    int64_t id, at_us;
    char *who, *what, *object; /* "Trưởng thôn Đông", "live", "camera:cong-lang" */
    char *cameras;             /* of looks only; else NULL */
    uint8_t chain[32];         /* SHA-256(chain of the row before, at_us, who, what, object) */
};
/* At the time of the wall clock; in a transaction of its own, or in the one that is open. */
bool access_append(struct store *s, const char *who, const char *what, const char *object,
                   struct error *err);
struct access_list { struct access_row *rows; size_t count; };
/* Newest first; `before_us` exclusive, 0: from the newest. */
bool access_list_rows(struct store *s, int64_t before_us, size_t limit, struct access_list *out,
                      struct error *err);
/* A row of what cameras show: `cameras` are identifiers, " gate yard ". */
typedef bool access_fits_fn(void *arg, const char *cameras);
/* The same of such rows only, since `from_us`, those that fit; each has its `cameras`. */
bool access_list_looks(struct store *s, int64_t from_us, int64_t before_us, size_t limit,
                       access_fits_fn *fits, void *arg, struct access_list *out, struct error *err);
/* Where the log ends: who keeps a copy can prove later that nothing before it was changed, and
 * that nothing was taken from its end. */
struct access_end { int64_t rows; uint8_t chain[32]; };
/* The first row whose chain does not fit; 0: all fit. `end` may be NULL. */
bool access_verify(struct store *s, int64_t *broken_id, struct access_end *end,
                   struct error *err);
void access_list_free(struct access_list *list);

/* Failed logins at a place, "host:port user", each with a mark of its password; and when
 * which passwords were configured there. The last 32 of a kind are kept. */
enum login_kind {
    LOGIN_FAILED,     /* mark: of the password */
    LOGIN_CONFIGURED, /* another configuration from now on; mark: of all its passwords */
    LOGIN_PROVEN,     /* a login of this configuration was right; mark: as that */
};
bool login_note(struct store *s, const char *place, enum login_kind kind, int mark,
                int64_t at_us, struct error *err);
/* Takes the newest failure with this mark back: it was not wrong. */
bool login_take_back(struct store *s, const char *place, int mark, struct error *err);

enum { LOGINS_SEEN = 8 };
struct logins_seen {
    int configured; /* the newest's mark; -1: none */
    bool proven;    /* since then */
    int count;      /* failures since then and since `since_us`, newest first */
    struct {
        int mark;
        int64_t at_us;
    } failed[LOGINS_SEEN];
};
bool logins_read(struct store *s, const char *place, int64_t since_us,
                 struct logins_seen *out, struct error *err);
