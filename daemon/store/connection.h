/* What a connection is, for the files of this room. */
#pragma once
#include <sqlite3.h>

#include "schema.h"
#include "store/store.h"

struct statement {
    const char *sql;
    sqlite3_stmt *stmt;
};

struct store {
    sqlite3 *db;
    enum store_use use;
    char *dir;
    bool damaged; /* marked already */
    int64_t reading_us; /* STORE_READS: when the statement that runs was begun; monotonic */
    struct statement *statements;
    size_t statement_count;
};

/* The file was found to be bad while it was used: the next start looks at all of it. */
void store_mark_damaged(struct store *s);
