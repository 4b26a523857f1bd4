/*
 * Exports: packages of footage made for somebody, with who asked for them, why, and on which
 * document. The package itself is state/exports/<id>.zip; its row stays when it is gone.
 * Thread, errors, times: as store/store.h.
 */
#pragma once
#include "store/alert_rows.h"
#include "store/store.h"

enum export_state {
    EXPORT_WAITING,
    EXPORT_RUNNING,
    EXPORT_DONE,
    EXPORT_FAILED,
    EXPORT_REMOVED, /* it was kept long enough */
};

struct export_row {
    char id[ROW_ID_MAX];
    int64_t asked_us, done_us; /* done_us 0: not yet */
    char *who;                 /* as in the access log */
    char *cameras;             /* identifiers, one a line */
    int64_t from_us, to_us;
    char *reason, *document;   /* the number of the document that asks for it */
    enum export_state state;
    char *why;                 /* of EXPORT_FAILED: a sentence; else "" */
    int64_t bytes;             /* of the package; 0: there is none */
    char *sha256;              /* of the package, 64 hex digits, or "" */
};

const char *export_state_word(enum export_state state); /* "waiting", "running", ... */

/* The row, and a line of the access log, together. */
bool export_insert(struct store *s, const struct export_row *row, struct error *err);
/* Writes done_us, state, why, bytes and sha256. */
bool export_update(struct store *s, const struct export_row *row, struct error *err);
bool export_get(struct store *s, const char *id, struct export_row *out, bool *found,
                struct error *err);

struct export_list { struct export_row *rows; size_t count; };
/* Newest first; `before_us` exclusive, 0: from the newest. */
bool exports_list(struct store *s, int64_t before_us, size_t limit, struct export_list *out,
                  struct error *err);
/* What waited or ran when kengd ended will not be made: `why` is written to it. */
bool exports_give_up(struct store *s, const char *why, int64_t now_us, struct error *err);
/* Packages that are there and were done before, or beyond the newest `most`. */
bool exports_outlived(struct store *s, int64_t before_us, size_t most,
                      struct export_list *out, struct error *err);

struct export_row export_row_copy(const struct export_row *row);
void export_row_clear(struct export_row *row);
void export_list_free(struct export_list *list);

/* Whether every camera of the row is one that `may` is true of. */
typedef bool export_camera_fn(void *arg, const char *camera);
bool export_all_cameras(const struct export_row *row, export_camera_fn *may, void *arg);
