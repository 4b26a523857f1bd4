/*
 * What the detector makes of recorded files: each is opened here and read by a keng-camera
 * that can do nothing but that.
 * Thread: main. Errors: told on `err`; the exit status of run.h.
 */
#pragma once
#include <stdio.h>

#include "args.h"

int replay_clips(const struct args *args, FILE *out, FILE *err);
