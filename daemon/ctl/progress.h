/*
 * How far something is that goes on in kengd: shown until it has ended. Thread: main.
 */
#pragma once
#include <stdio.h>

#include "args.h"

/* Of WORD_REBUILD and WORD_SCRUB. What was begun goes on, whether somebody waits or not.
 * EXIT_FAILED: it was broken off, or damage was found. */
int progress_wait(const struct args *args, FILE *out, FILE *err);
