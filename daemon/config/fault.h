/*
 * The faults of one run while they are being collected: each is told once, sorted at the
 * end, and no more than anybody reads.
 * Thread: the caller's. Errors: none.
 */
#pragma once
#include "config/settings.h"

/* A file that was opened. */
struct source {
    char *name;      /* as faults name it */
    char *dir;       /* absolute; what its relative paths begin at */
    int order;       /* files are reported in the order of reading */
    int broken_line; /* what stands there or below is not judged; INT_MAX: nothing is
                        broken */
};

struct fault_row;
struct fault_list {
    struct fault_row *rows;
    size_t count;
    size_t more; /* that were not kept */
};

/* Takes over `path`. Faults at or below the source's broken line are left out: they
 * follow from the one that broke it. */
void fault_add(struct fault_list *list, const struct source *source, int line, int column,
               char *path, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Ends the reading of a file: what stands below is unknown. The first of a source is
 * told, those after it follow from it. */
void fault_add_syntax(struct fault_list *list, struct source *source, int line,
                      int column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Sorted, as the caller of settings_load() gets them; leaves the list empty. */
void fault_list_hand_over(struct fault_list *list, struct faults *to);

/* Why a file cannot be had, in the thread's language. */
const char *reason_text(int error_number);
