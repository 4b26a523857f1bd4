/*
 * Bytes that nobody else may learn, and bytes that nobody can guess.
 * Thread: any. Errors: a machine without random bytes ends the process.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Overwrites what the compiler would otherwise leave. NULL is allowed. */
void secret_wipe(void *bytes, size_t size);
void secret_free_text(char *text);

/* Takes the same time wherever the two differ. */
bool secret_equal(const void *a, const void *b, size_t size);
bool secret_equal_text(const char *a, const char *b);

void secret_random(void *bytes, size_t size);

/* `characters` of A-Z a-z 0-9 - _ (6 random bits each) and a 0; `to` has room for both. */
void secret_random_text(char *to, size_t characters);
