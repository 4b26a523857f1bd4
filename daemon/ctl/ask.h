/*
 * The words of kengctl that the running kengd answers, one row each: what is asked, and how
 * the answer is told. Thread: main. Errors: told on `err`.
 */
#pragma once
#include <stdio.h>

#include "args.h"

/* The exit status (run.h). */
int ask_kengd(const struct args *args, FILE *out, FILE *err);
