/*
 * Answering a request. Every ask ends in exactly one of the answer functions, which frees
 * it; after that neither it nor what hangs on it may be touched.
 * Thread: loop only.
 */
#pragma once
#include <event2/buffer.h>

#include "inside.h"

/* `body` is taken over. */
void answer_json(struct ask *ask, int status, json_t *body);
void answer_nothing(struct ask *ask); /* 204 */
/* Drains `body`. Security headers and, if nothing is said, no-store are added. */
void answer_bytes(struct ask *ask, int status, const char *type, struct evbuffer *body);

/* {"error": ...}; `code` is for programs, the sentence for people, in the asker's
 * language. `field` may be NULL. */
void answer_error(struct ask *ask, int status, const char *code, const char *field,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
void answer_not_found(struct ask *ask);
void answer_nobody(struct ask *ask, int status /* 401 or 429 */);
void answer_forged(struct ask *ask);
void answer_busy(struct ask *ask);
void answer_failure(struct ask *ask, const struct error *err); /* 500, and logs it */

void ask_header(struct ask *ask, const char *name, const char *value);
const char *ask_sent(const struct ask *ask, const char *name); /* of the request; NULL */

/* Headers that every answer carries, also one that is a stream. */
void ask_common_headers(struct ask *ask);

/* NULL: not said. */
const char *ask_query(const struct ask *ask, const char *name);
/* A time of the query. False: it was answered with 400. `fallback` when not said; when
 * `fallback` is INT64_MIN the time must be said. */
bool ask_time(struct ask *ask, const char *name, int64_t fallback, int64_t *us);
/* from and to: from < to, at most `most_us` apart. False: answered. */
bool ask_span(struct ask *ask, int64_t most_us, int64_t *from_us, int64_t *to_us);
/* What stands for {id}, as a number of at most 18 digits. False: answered with 404. */
bool ask_number(struct ask *ask, int64_t *number);
/* before and limit of a list. False: answered. */
bool ask_page(struct ask *ask, int64_t *before_us, size_t *limit);

/* The body as a JSON object; a new reference. NULL: answered with 400. */
json_t *ask_object(struct ask *ask);

/* A line of the body that a person wrote: not empty, no control characters, at most so many
 * bytes; the caller frees. False: answered with 422. */
bool ask_line(struct ask *ask, const json_t *body, const char *field, size_t most, char **to);

/* `work(store, ask->job)` on the desk, then `done(ask)` here, in the asker's language.
 * When the client or the web is gone, `done` is not called and the ask freed. */
typedef void ask_work_fn(struct store *store, void *job);
void ask_desk(struct ask *ask, struct desk *desk, ask_work_fn *work, route_fn *done);
/* The same on the worker for files. */
typedef void ask_read_fn(void *job);
void ask_files(struct ask *ask, ask_read_fn *work, route_fn *done);

enum { TOKEN_MAX = 200 };
/* The token of the request, from Authorization or the cookie. */
bool ask_token(struct ask *ask, char token[TOKEN_MAX]);
/* A change that a page of another site could have made with the cookie. */
bool ask_is_forged(const struct ask *ask);

/* The peer has left, or the web has ended. */
bool ask_is_gone(const struct ask *ask);
void ask_free(struct ask *ask);

/* A door_done_fn whose argument is the ask: the door's answer is the ask's. */
void answer_door(void *ask, int status, json_t *result);

/* The route's own memory: zeroed, freed with the ask, or when another takes its place, after
 * `drop`. */
void *ask_job(struct ask *ask, size_t size, void (*drop)(void *job));
