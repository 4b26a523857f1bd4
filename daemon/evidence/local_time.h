/*
 * Times as the site's clocks show them, and HTML that cannot be broken out of.
 * Thread: any.
 */
#pragma once
#include <stddef.h>

#include "config/settings.h"
#include "core/bytes.h"

enum { LOCAL_TIME_MAX = 40 };

enum local_form {
    LOCAL_IN_NAMES, /* 2026-11-21_14-10-00 */
    LOCAL_LONG,     /* 14:10:00 ngày 21/11/2026 */
    LOCAL_SHORT,    /* 14:10:00 21/11/2026 */
    LOCAL_CLOCK,    /* 14:10:00 */
    LOCAL_ISO,      /* 2026-11-21T14:10:00 */
};

/* Returns `to`. */
const char *local_time(const struct settings *set, int64_t us, enum local_form form,
                       char to[LOCAL_TIME_MAX]);
int64_t local_seconds(const struct settings *set, int64_t us);
/* "2026-11-21T14:10:00.120+07:00" */
const char *local_rfc3339(const struct settings *set, int64_t us, char to[LOCAL_TIME_MAX]);

void add_html(struct bytes *to, const char *text);
