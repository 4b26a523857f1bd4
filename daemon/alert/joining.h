/*
 * Further motion joins an alert that runs, instead of waking people again: motion at the same
 * camera while it cools down, and at other cameras of the area when they are one group.
 * Thread: the desk's worker. Errors: ERR_STORE.
 */
#pragma once
#include "config/settings.h"
#include "store/alert_rows.h"

struct joining {
    bool found;
    struct alert_row alert; /* the caller's to clear */
    int64_t until_us;       /* motion joins until then */
};

/* The alert that motion at this camera joins at that time. */
bool joining_find(struct store *store, const struct settings *set,
                  const struct camera_settings *camera, int64_t at_us, struct joining *out,
                  struct error *err);
/* One more event of this camera. */
void joining_count(struct alert_row *alert, const char *camera);
