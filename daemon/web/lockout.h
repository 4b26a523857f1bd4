/*
 * Wrong tokens, counted by address: five in thirty seconds and little that is unknown is
 * looked at from there for five minutes. The codes of screens are counted in one of their own.
 * Bounded; the address that was quiet longest is forgotten. Thread: loop only. Times:
 * monotonic microseconds.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct lockout;

struct lockout *lockout_new(void);
void lockout_free(struct lockout *lockout);

void lockout_failed(struct lockout *lockout, const char *address, int64_t now_us);
bool lockout_is_shut(const struct lockout *lockout, const char *address, int64_t now_us);
