/*
 * Running a named statement: values in, rows out. A statement is the text of a table
 * `sql[]`, prepared when it is first needed and kept by the connection.
 * Thread: the connection's. Errors: ERR_STORE.
 */
#pragma once
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* One value to be bound, in the order of ?1, ?2, ... */
struct value {
    enum { VALUE_INTEGER, VALUE_REAL, VALUE_TEXT, VALUE_BYTES } kind;
    int64_t integer;
    double real;
    const void *at; /* NULL is NULL */
    size_t size;    /* of bytes */
};

#define INTEGER(n)  ((struct value){ .kind = VALUE_INTEGER, .integer = (n) })
#define REAL(n)     ((struct value){ .kind = VALUE_REAL, .real = (double)(n) })
#define TEXT(t)     ((struct value){ .kind = VALUE_TEXT, .at = (t) })
#define BYTES(b, n) ((struct value){ .kind = VALUE_BYTES, .at = (b), .size = (n) })
#define WITH(...)                          \
    (const struct value[]){ __VA_ARGS__ }, \
        sizeof((const struct value[]){ __VA_ARGS__ }) / sizeof(struct value)
#define WITH_NOTHING NULL, 0

/* Fills a zeroed row from the statement's columns. */
typedef void row_fn(sqlite3_stmt *at, void *row);

/* For what gives no rows. */
bool query_run(struct store *s, const char *sql, const struct value *values, size_t count,
               struct error *err);

/* `row` is left as it was when there is none; `found` may be NULL. */
bool query_one(struct store *s, const char *sql, const struct value *values, size_t count,
               row_fn *read, void *row, bool *found, struct error *err);

/* `size` bytes a row, one behind the other; the caller frees `at`. */
struct rows {
    void *at;
    size_t count;
};
bool query_rows(struct store *s, const char *sql, const struct value *values,
                size_t count, row_fn *read, size_t size, struct rows *out,
                struct error *err);

/* Each row is read into `row`, which is zeroed first, and shown; false ends it. */
typedef bool each_fn(void *arg, void *row);
bool query_each(struct store *s, const char *sql, const struct value *values,
                size_t count, row_fn *read, void *row, size_t size, each_fn *each,
                void *arg, struct error *err);

/* Of the last statement that wrote. */
int64_t query_last_id(struct store *s);
int64_t query_changed(struct store *s);

/* Inside a transaction that somebody began. */
bool query_in_transaction(struct store *s);

/* A copy; NULL for NULL. */
char *column_text(sqlite3_stmt *at, int column);
/* A copy; "" for NULL. */
char *column_text_or_empty(sqlite3_stmt *at, int column);
/* Exactly `size` bytes, or zeros. */
void column_bytes(sqlite3_stmt *at, int column, void *to, size_t size);
/* The place of the word in `words`; 0 for one that is not there. */
int column_word(sqlite3_stmt *at, int column, const char *const words[], size_t count);
