/*
 * What the files that show answers share. Thread: main. Errors: none.
 */
#pragma once
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "table.h"

/* "" when it is not there, or no text. Borrowed. */
const char *text_of(const json_t *object, const char *key);
int64_t number_of(const json_t *object, const char *key);

/* Adds the cell and frees it. */
void add_own(struct table *table, char *cell);

/* Words of docs/http.md and what a person reads instead; N_(). */
struct meaning {
    const char *word, *means;
};
/* A word that is not known here is shown as it came. */
const char *meaning_of(const struct meaning *meanings, size_t count, const char *word);

/* Two cells, state and since, and below them what is wrong. */
void add_state(struct table *table, const json_t *camera);
