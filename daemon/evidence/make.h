/*
 * Making one package, front to back. Thread: the exports' desk.
 */
#pragma once
#include "evidence/seal.h"
#include "part.h"
#include "store/export_rows.h"

struct making {
    struct export_row row; /* bytes, sha256, state, why and done_us are filled in */
    const struct settings *set;
    const struct seal *seal;
    char *dir;             /* state/exports */
    struct progress progress;
};

/* Always ends with EXPORT_DONE or EXPORT_FAILED in the row. */
void make_export(struct store *store, struct making *making);
