/*
 * The newest picture of a camera. Somebody who asks again and again keeps the camera
 * making pictures; ten seconds after the last one asked it stops. Thread: loop only.
 */
#pragma once
#include "inside.h"

struct glances *glances_new(struct web *web);
void glances_free(struct glances *glances);

/* The streams may be others now: those who wait are told to come again. */
void glances_forget(struct glances *glances);
