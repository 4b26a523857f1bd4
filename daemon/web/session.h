/* The cookie that a page comes in with. Thread: loop only. */
#pragma once
#include "inside.h"

enum { SESSION_S = 400 * 86400 }; /* as long as browsers keep a cookie */

void session_set_cookie(struct ask *ask, const char *token, int64_t max_age_s);
