/*
 * Exports: footage of one or several cameras, taken out for somebody outside as one signed
 * package. One is made after the other, on a thread of its own; what it reads is held from
 * retention meanwhile. A package appears in state/exports when it is whole, and is kept for
 * a time.
 * Thread: loop only. Errors: ERR_BUSY (too many wait), ERR_STORE, ERR_DISK.
 */
#pragma once
#include "config/settings.h"
#include "core/error.h"
#include "core/loop.h"
#include "store/desk.h"
#include "store/export_rows.h"

struct exports;

struct exports_setup {
    const struct settings *settings;
    struct loop *loop;
    struct desk *duties;
    /* Keeps footage from being reclaimed: `ready` is called once it is certain, unless it is
     * released before. What it returns is given to `release`. */
    void *(*hold)(void *arg, const char *camera, int64_t from_us, int64_t to_us,
                  call_fn *ready, void *ready_arg);
    void (*release)(void *arg, void *held);
    void *arg;
};

/* What was being made when kengd ended is given up, its remains removed. A key that cannot be
 * read is told in the log; then every export is refused with that sentence. */
struct exports *exports_open(const struct exports_setup *setup, struct error *err);
void exports_reload(struct exports *exports, const struct settings *set);
void exports_close(struct exports *exports); /* NULL is allowed */

/* `row` as stored, with its id; lent. NULL with `err`: nothing will be made. */
typedef void export_done_fn(void *arg, const struct export_row *row, const struct error *err);
/* Of `wish` counts: who, cameras (configured ones), from, to, reason, document. It is copied.
 * `done` comes once, later, when the row and its line in the access log are stored. */
void exports_start(struct exports *exports, const struct export_row *wish,
                   export_done_fn *done, void *arg);

/* How much of an export is made, permille; -1: it is not being made now. */
int exports_permille(const struct exports *exports, const char *id);

/* Of the key that signs: "" while there is none. */
const char *exports_fingerprint(const struct exports *exports);
const char *exports_public_key(const struct exports *exports);
