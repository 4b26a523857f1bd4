/*
 * Columns that stand below each other in a terminal, whatever marks stand on the letters.
 * Thread: main. Errors: none. Needs a UTF-8 locale (text_open()).
 */
#pragma once
#include <stddef.h>
#include <stdio.h>

struct table;

/* How many columns of a terminal the text takes. */
size_t text_width(const char *utf8);

/* `heads`: the columns' names, ends with NULL; copied. */
struct table *table_new(const char *const *heads);
void table_free(struct table *table);

/* The next cell, row by row; copied, and shown without characters that steer a terminal.
 */
void table_add(struct table *table, const char *cell);

/* A line of its own below the row that was added last. "" is none. */
void table_note(struct table *table, const char *note);

void table_print(const struct table *table, FILE *to);
