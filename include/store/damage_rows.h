/*
 * What the background check of the segments has found, and how far it has come. A row goes
 * with its segment.
 * Thread, errors, times: as store/store.h.
 */
#pragma once
#include "store/segment_rows.h"

/* NULL `what`: it is well (again). */
bool damage_note(struct store *s, int64_t segment, int64_t at_us, const char *what,
                 struct error *err);
bool damage_count(struct store *s, int64_t *count, struct error *err);

/* The next closed segment of a volume to be checked, and the place of the check. id 0: it is
 * through, and begins again. */
bool scrub_next(struct store *s, const char *volume, struct segment_row *out,
                struct error *err);
bool scrub_passed(struct store *s, const char *volume, int64_t segment, struct error *err);
/* The same for a check that somebody asked for: the next behind `after`, and how many there
 * are; of one camera, or NULL: of all. */
bool scrub_next_of(struct store *s, const char *volume, const char *camera, int64_t after,
                   struct segment_row *out, struct error *err);
bool scrub_count_of(struct store *s, const char *volume, const char *camera, int64_t *count,
                    struct error *err);
/* Every segment was checked: it begins again. And when that was last; 0: never. */
bool scrub_is_through(struct store *s, const char *volume, int64_t at_us, struct error *err);
bool scrub_last_round(struct store *s, const char *volume, int64_t *at_us, struct error *err);
