/*
 * Files of which more is on the disk than counts, because the disk refused to cut them: what
 * was not synced is written again, to other files, and must not be found twice. They are cut
 * when the disk can be written again. Bounded; what is above is logged.
 * Thread: whose they are; owed_cuts_take() hands all over to a worker.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "names.h"

struct owed_cuts;

struct owed_cuts *owed_cuts_new(void);
void owed_cuts_free(struct owed_cuts *owed); /* NULL is allowed */
bool owed_cuts_any(const struct owed_cuts *owed);
/* `bytes` are kept; 0: the file goes. */
void owed_cuts_add(struct owed_cuts *owed, const char *path, int64_t bytes);
/* The caller's; none is owed then. */
struct owed_cuts *owed_cuts_take(struct owed_cuts *owed);
/* Those that were not paid are owed again; frees `taken`. */
void owed_cuts_return(struct owed_cuts *owed, struct owed_cuts *taken);

/* A worker; both touch the disk. */
void owed_cuts_pay(struct owed_cuts *owed, int root_fd);
bool cut_file(int root_fd, const char *path, int64_t bytes, struct error *err);
