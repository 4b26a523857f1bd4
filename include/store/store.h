/*
 * The catalogue: one SQLite file, state/keng.db, in WAL mode, owned by one kengd. A
 * `struct store` is one connection, used by one thread at a time. What is stored can be
 * rebuilt from the recordings, but for events, alerts, tokens and the access log.
 * Errors: ERR_STORE; ERR_OWNED when another kengd holds the directory (its pid is named).
 * Times: microseconds since 1970, UTC (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct store;

/* The lock on the state directory: one kengd, its pid inside. -1 with ERR_OWNED. */
int store_lock_directory(const char *state_dir, struct error *err);

enum store_use {
    STORE_RECORDS, /* synchronous=NORMAL: segments and gaps; the files are the truth */
    STORE_DUTIES,  /* synchronous=FULL: events, alerts, answers, tokens */
    STORE_READS,   /* read only */
};

/* Opens and migrates (STORE_RECORDS and STORE_DUTIES; the first to open does it). A catalogue
 * that cannot be used is moved aside (keng.db.bad-<time>) and a new one begun, when
 * `replaced` is given, and is then set: by the first to open only. Events, alerts, tokens and
 * the access log are taken over as far as they can be read. One of a newer kengd is left
 * alone and refused. While any connection is open, other processes are kept out, and
 * this one must not open keng.db on its own: closing it would drop SQLite's locks. */
struct store *store_open(const char *state_dir, enum store_use use, bool *replaced,
                         struct error *err);
void store_close(struct store *store);

/* Transactions nest not. One whose begin or commit fails is rolled back. */
bool store_begin(struct store *store, struct error *err);
bool store_commit(struct store *store, struct error *err);
void store_rollback(struct store *store);

/* Copies all of it, as it is at one moment, into a new file, while others write. */
bool store_copy(struct store *store, const char *path, struct error *err);
uint64_t store_bytes(struct store *store); /* of the file */
/* Whether a file that nobody uses is a sound catalogue that this program understands; its
 * schema's version. One of a newer kengd is ERR_CONFIG. */
bool store_check_file(const char *path, int *version, struct error *err);

/* The schema's version, after open; the newest known to this program. */
int store_version(struct store *store);
