/*
 * What is in no recording - events, alerts, tokens, the access log - taken over from a
 * catalogue that was moved aside, as far as it can be read: phones stay paired.
 * Thread: the connection's. Errors: none; what cannot be read is not there.
 */
#pragma once
#include <sqlite3.h>

void salvage(sqlite3 *to, const char *path);
