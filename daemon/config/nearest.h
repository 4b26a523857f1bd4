/*
 * The word that somebody meant.
 * Thread: any. Errors: none.
 */
#pragma once
#include <stddef.h>

/* How many letters must be put in, taken out, changed or swapped with their neighbour;
 * `most` + 1 when it is more than `most`. */
int word_distance(const char *a, const char *b, int most);

/* Keeps the nearest of the words shown to it. */
struct nearest {
    const char *wanted;
    const char *word; /* NULL: none is near */
    int distance;
};
struct nearest nearest_to(const char *wanted);
void nearest_show(struct nearest *nearest, const char *word);
