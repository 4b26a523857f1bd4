/*
 * The tables of the catalogue, as steps from nothing to the newest version. A step that
 * was released is never changed; the next one mends it.
 * Thread: the connection's. Errors: ERR_STORE.
 */
#pragma once
#include <sqlite3.h>
#include <stdbool.h>

#include "core/error.h"

/* In the file's header (PRAGMA application_id): "keng". */
enum { SCHEMA_APPLICATION = 0x6b656e67 };

/* What a step, or looking at the file, came to. */
enum schema_result {
    SCHEMA_READY,
    SCHEMA_NEWER,    /* of a newer kengd: not ours to touch */
    SCHEMA_UNUSABLE, /* damaged, or not a catalogue at all */
    SCHEMA_FAILED,   /* the disk or a lock: the file may be good */
};

int schema_newest(void);

/* Whether the file is ours, and of which version; 0 is a file without anything. */
enum schema_result schema_look(sqlite3 *db, int *version, struct error *err);

/* Each step is one transaction. */
enum schema_result schema_migrate(sqlite3 *db, struct error *err);
/* The same up to an older version; one that is there already is left. */
enum schema_result schema_raise(sqlite3 *db, int to_version, struct error *err);

/* Whether a result code of SQLite's says that the file itself is bad. */
bool schema_is_damage(int sqlite_code);
