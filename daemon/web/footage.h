/*
 * How many days of footage each camera has, looked up in the catalogue now and then; and the
 * cameras that are configured no more and of which there is footage still.
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

/* Whether who asks may see what was recorded of it: of a camera that is configured no more,
 * who sees every area. */
bool footage_may_see(const struct ask *ask, const char *camera);
/* Those that are configured no more; none for who does not see every area. */
json_t *footage_former(const struct ask *ask);
