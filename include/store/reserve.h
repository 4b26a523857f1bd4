/*
 * A few megabytes of the state disk, in the file state/reserve, that are given up when the
 * disk is full and a person raises or answers an alarm: that must be stored.
 * Thread: any but the loop; it touches the disk. Errors: none.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { RESERVE_BYTES = 4 << 20 };

/* Makes it if it is not there and the disk has room for several of it. Whether it is there;
 * `free_bytes`: of the disk; < 0: not known. */
bool reserve_keep(const char *state_dir, int64_t *free_bytes);

/* Whether there was one: its space is free now. */
bool reserve_give_up(const char *state_dir);
