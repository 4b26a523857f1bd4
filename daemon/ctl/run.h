/*
 * One run of kengctl, from what was asked to the exit status.
 * Thread: main. Errors: told on `err`.
 */
#pragma once
#include <stdio.h>

enum { EXIT_WELL = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int ctl_run(int argc, char **argv, FILE *out, FILE *err);
