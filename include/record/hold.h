/*
 * Footage that is held: retention leaves it alone, whatever its age and however full the
 * disk is, until an end date that somebody gave with a reason, or while an export reads it
 * (a lease). Holds are in state/holds, one JSON object a line, beside the catalogue and not
 * in it: space is made without the catalogue too.
 * Thread: loop only; the file is written by a worker. Times: microseconds since 1970, UTC
 * (`_us`). Errors: ERR_CONFIG (what was asked for), ERR_DISK, ERR_BUSY.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "core/error.h"
#include "core/loop.h"
#include "store/alert_rows.h"

/* More are refused; a reason and a name are at most so many bytes. */
enum { HOLDS_MOST = 1000, HOLD_REASON_MAX = 500, HOLD_WHO_MAX = 200 };

struct hold {
    char id[ROW_ID_MAX];
    char camera[ID_MAX];
    int64_t from_us, to_us;    /* footage that touches this stretch */
    int64_t made_us, until_us; /* it ends by itself, when the clock is trusted */
    char *reason, *who;        /* neither is empty */
};

struct hold_list {
    struct hold *rows; /* newest first */
    size_t count;
};

struct holds;

/* Reads state/holds. Lines that cannot be understood are kept as they are and told in the
 * log. While the file cannot be read everything is held. */
struct holds *holds_open(const char *state_dir, struct loop *loop);
/* Every volume was closed before. */
void holds_close(struct holds *holds);

/* `hold` as it is now, lent for the call; NULL with `err`: it is not held. */
typedef void hold_done_fn(void *arg, const struct hold *hold, const struct error *err);

/* Holds what `wish` says; its id and made_us are filled in here. `done` comes once, later,
 * when the hold is on disk and no deletion is under way that did not know of it: what is
 * there then stays there. */
void holds_add(struct holds *holds, const struct hold *wish, hold_done_fn *done, void *arg);
/* Ends one before its date. */
void holds_release(struct holds *holds, const char *id, hold_done_fn *done, void *arg);

/* A copy, to be freed with hold_list_free(); camera NULL: of all. */
void holds_list(const struct holds *holds, const char *camera, struct hold_list *out);
void hold_list_free(struct hold_list *list);

/* The same while something reads the footage; forgotten when kengd ends. `ready` comes
 * once, later, unless the lease is ended before. */
struct lease;
struct lease *lease_take(struct holds *holds, const char *camera, int64_t from_us,
                         int64_t to_us, call_fn *ready, void *arg);
void lease_end(struct lease *lease); /* NULL is allowed */
