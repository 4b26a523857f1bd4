/*
 * Rows of the access log: who watched, played back, took away, changed what.
 * Thread: loop only; the rows are written by the desk for duties.
 */
#pragma once
#include "inside.h"
#include "rights.h"

struct access_log *access_new(struct web *web);
void access_free(struct access_log *log);

/* `object`: "camera:cong-lang", "event:01JD...". */
void access_note(struct web *web, const struct who *who, const char *what,
                 const char *object);

/* The same once a minute for one token and object: a page connects often. */
void access_note_seldom(struct web *web, const struct who *who, const char *what,
                        const char *object);
/* Once in ten minutes: of what is fetched piece by piece. */
void access_note_going_on(struct web *web, const struct who *who, const char *what,
                          const char *camera);
