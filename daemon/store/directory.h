/* The directory of the state: made with what leads to it, and closed to others.
 * Errors: ERR_DISK. */
#pragma once
#include <limits.h>
#include <stdbool.h>

#include "core/error.h"

bool directory_make(const char *dir, struct error *err);
