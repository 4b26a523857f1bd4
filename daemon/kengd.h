/*
 * kengd as a whole: opens the rooms in their order, ties them together, reads the
 * configuration again, and closes them in the reverse order.
 * Thread: the main thread, which is the loop's.
 */
#pragma once
#include <stdbool.h>

#include "core/error.h"

struct kengd;

struct kengd_setup {
    const char *config;         /* file */
    const char *ui_dir;         /* NULL: the pages in the program */
    const char *camera_program; /* keng-camera */
};

/* NULL: `err`, or, when the configuration has faults, their text in *faults (the caller
 * frees) and err->kind is ERR_CONFIG. */
struct kengd *kengd_open(const struct kengd_setup *setup, char **faults, struct error *err);
void kengd_run(struct kengd *k); /* until SIGTERM or SIGINT; SIGHUP reads the configuration */
void kengd_close(struct kengd *k);
