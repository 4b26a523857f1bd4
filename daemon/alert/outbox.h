/*
 * The outbox brings what is written down to those it is for: at least once, in order, each
 * target on its own, so that none waits for another. What was tried is kept; what fails is
 * tried again, later and later.
 * Thread: loop only.
 */
#pragma once
#include "alert/duty.h"

struct outbox;

struct outbox *outbox_open(struct duty *duty);
void outbox_reload(struct outbox *outbox);
void outbox_close(struct outbox *outbox); /* NULL is allowed */

/* Something may be due. */
void outbox_poke(struct outbox *outbox);
/* The way back is open (the uplink, a screen): what waits for its next try is tried now. */
void outbox_hurry(struct outbox *outbox);

/* Who was asked at `url` answered or not, told by a channel that does not go by the courier:
 * it says whether there is a way to the internet. */
void outbox_reached(struct outbox *outbox, const char *url, bool answered);
struct ways;
struct ways *outbox_ways(struct outbox *outbox);
