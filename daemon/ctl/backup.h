/*
 * The words about a backup: it is gathered by kengd and encrypted here, so that the passphrase
 * never leaves kengctl; restoring is done here alone, while kengd does not run.
 * Thread: main.
 */
#pragma once
#include <stdio.h>

#include "args.h"

int backup_make(const struct args *args, FILE *out, FILE *err);
int backup_restore(const struct args *args, FILE *out, FILE *err);
