/*
 * A passphrase, asked for on the terminal without showing it, or read from a file or an open
 * descriptor. Thread: main. Errors: ERR_CONFIG, ERR_DISK.
 */
#pragma once
#include <stdbool.h>

#include "args.h"
#include "core/error.h"

/* The first line. `twice`: it is new, so that a slip of the finger is noticed. NULL with
 * `err`; else the caller's, to be freed with secret_free_text(). */
char *passphrase_get(const struct args *args, bool twice, struct error *err);
