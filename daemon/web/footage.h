/*
 * How many days of footage each camera has, looked up in the catalogue now and then.
 * Thread: loop only.
 */
#pragma once
#include "inside.h"

struct footage *footage_new(struct web *web);
void footage_free(struct footage *footage);
void footage_refresh(struct footage *footage);

/* 0 while not known. */
double footage_days(const struct footage *footage, const char *camera);
/* Of the camera with the most. */
double footage_most_days(const struct footage *footage);
