/*
 * The words about footage that is handed over: export makes a package through kengd and
 * fetches it, verify checks one without kengd.
 * Thread: main.
 */
#pragma once
#include <stdio.h>

#include "args.h"

int evidence_export(const struct args *args, FILE *out, FILE *err);
int evidence_key(const struct args *args, FILE *out, FILE *err);
int evidence_verify(const struct args *args, FILE *out, FILE *err);
