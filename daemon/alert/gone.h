/*
 * What a condition of kengd itself was about may be taken out of the configuration: a
 * disk that is broken, a channel that never worked. Then nobody says that it is over.
 * Thread: any. Errors: none.
 */
#pragma once
#include "config/settings.h"

/* `key`: as include/alert/condition.h; of several root areas "...@area". */
bool is_of_what_is_gone(const struct settings *set, const char *key);
