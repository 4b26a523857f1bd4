/*
 * Whether a package of footage, or a folder into which it was unpacked, is still what kengd
 * signed. What is read may have been made by anybody.
 * Thread: any; reads files. Errors: ERR_DISK (cannot be read), ERR_MEDIA (is no package).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "evidence/seal.h"

enum file_fault {
    FILE_FINE,
    FILE_CHANGED,  /* its bytes are not those that were signed */
    FILE_MISSING,
    FILE_UNSIGNED, /* it is not in SHA256SUMS: of a folder no fault, but told */
};

/* Once for every file, in the order of SHA256SUMS; unsigned ones behind them. */
typedef void verify_fn(void *arg, const char *name, enum file_fault fault);

struct proof {
    size_t files, faults;
    bool signed_well;
    char fingerprint[FINGERPRINT_MAX]; /* of the key in the package; "" when it has none */
    bool key_known;  /* it is the key that was expected; also when none was */
};

/* `key`: the fingerprint that is expected, or NULL. True: everything is as it was signed. */
bool verify_path(const char *path, const char *key, verify_fn *fn, void *arg,
                 struct proof *out, struct error *err);
/* The same of an open ZIP file. */
bool verify_zip(int fd, const char *key, verify_fn *fn, void *arg, struct proof *out,
                struct error *err);
