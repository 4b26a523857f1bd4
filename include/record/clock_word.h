/*
 * A person's word that the wall clock is right, where nothing synchronises it: kept in
 * state/clock-word, it counts also after a restart of kengd, until the machine is started
 * anew or the clock is set.
 * Errors: ERR_DISK.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

/* What a file of now would say; the caller frees. Thread: loop. */
char *clock_word_new(void);
/* Thread: any; it touches the disk. */
bool clock_word_write(const char *state_dir, const char *word, struct error *err);

/* At the start, before threads: the clock is trusted if the word that is kept still counts.
 * Whether it does. */
bool clock_word_recall(const char *state_dir);
