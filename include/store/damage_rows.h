/*
 * What the background check of the segments has found, and how far it has come. A row goes
 * with its segment.
 * Thread, errors, times: as store/store.h.
 */
#pragma once
#include "store/segment_rows.h"

struct damage_row {
    int64_t segment;
    int64_t found_us;
    char *camera, *path;
    char *what; /* a sentence */
};
struct damage_list { struct damage_row *rows; size_t count; };

/* NULL `what`: it is well (again). */
bool damage_note(struct store *s, int64_t segment, int64_t at_us, const char *what,
                 struct error *err);
/* Newest first. */
bool damage_list_rows(struct store *s, size_t limit, struct damage_list *out,
                      struct error *err);
void damage_list_free(struct damage_list *list);
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
