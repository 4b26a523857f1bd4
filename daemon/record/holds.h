/* What the volumes know of holds. Thread: loop only, but hold_touches(). */
#pragma once
#include "record/hold.h"

struct volume;

/* A stretch that stays; those of leases too. */
struct held {
    char camera[ID_MAX];
    int64_t from_us, to_us;
};

/* All of them now; the caller frees. What holds ended by their date are dropped. */
struct held *holds_now(struct holds *holds, size_t *count);

/* Whether footage of the camera from..to is held by one of them. */
bool held_touches(const struct held *held, size_t count, const char *camera,
                  int64_t from_us, int64_t to_us);

/* The volumes whose deletions a new hold must wait for; the first of them writes the
 * file. Leaving runs the loop until no hold is on its way. `holds` may be NULL: nothing
 * is ever held. */
void holds_join(struct holds *holds, struct volume *volume);
void holds_leave(struct holds *holds, struct volume *volume);
