/*
 * One text as the whole configuration, without conf.d: for tests and the fuzzer.
 * Thread: any. Errors: faults.
 */
#pragma once
#include "config/settings.h"

/* `file` names it in faults and is where relative paths begin; it need not exist. */
const struct settings *settings_read_memory(const char *file, const void *bytes, size_t size,
                                            struct faults *faults);
