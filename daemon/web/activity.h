/* What the address for motion reads from its query; exported for tests and fuzzing. */
#pragma once
#include <stdbool.h>

/* "0.25,0.1,0.5,1": left, top, right, bottom, each in 0..1. */
bool box_read(const char *text, double box[4]);
