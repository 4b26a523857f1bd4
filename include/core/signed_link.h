/*
 * Addresses that carry their right with them, for an hour: a service that is told of an
 * alert fetches the picture by itself. The key is made anew with each start.
 * Thread: any, after the first call.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* "/p/<event>-<expires>-<signature>"; the caller frees. */
char *signed_link(const char *event, int64_t now_us);
/* Whether the three parts fit and the time is not over. */
bool signed_link_fits(const char *event, const char *expires, const char *signature,
                      int64_t now_us);
