/*
 * A catalogue that cannot be used is moved aside, never deleted: somebody may still get
 * something out of it. The newest three are kept.
 * Thread: any, before connections are open. Errors: ERR_DISK.
 */
#pragma once
#include <stdbool.h>

#include "core/error.h"

#define CATALOGUE "keng.db"

/* Moves keng.db and its log; `to` is the new name of the first. */
bool aside_move(const char *dir, char to[64], struct error *err);

/* A mark beside the catalogue that lives until all of it was looked at. */
bool aside_is_marked(const char *dir);
void aside_mark(const char *dir);
void aside_clear_mark(const char *dir);
