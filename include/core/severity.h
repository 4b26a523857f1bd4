/*
 * How much a thing matters: a notice waits for the morning, a warning is told at once, an
 * urgent one whatever the hour.
 * Thread: any.
 */
#pragma once

enum severity { SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_URGENT, SEVERITIES };

/* Their words, in this order; ends with NULL. */
extern const char *const severity_words[SEVERITIES + 1];
