/*
 * What stands beside the footage in a package: the manifest for programs, the record for
 * people to print and sign, and how to check both.
 * Thread: any; pure.
 */
#pragma once
#include "evidence/seal.h"
#include "part.h"
#include "store/export_rows.h"

struct papers {
    const struct export_row *row;
    const struct settings *set;
    const struct part *parts;
    size_t count;
    int64_t made_us;
    bool clock_trusted; /* while it was made */
    const char *fingerprint;
};

/* JSON; the format is docs/evidence.md's. The caller frees. */
char *papers_manifest(const struct papers *papers);
/* One page of HTML, in Vietnamese. `manifest_sha256`: of the file beside it. */
char *papers_record(const struct papers *papers, const char *manifest_sha256);
/* Text, in Vietnamese and English: how to check the package without kengd. */
char *papers_advice(const struct papers *papers);
