/*
 * What the outbox's tries tell of kengd's own health: a channel on which alerts do not get
 * through, and the way to the internet. Each is a condition of the duty, with its grace time.
 * Thread: loop only.
 */
#pragma once
#include "channel.h"
#include "uplink.h"

void told_of_channel(struct duty *duty, const char *channel, const char *recipient,
                     const struct receipt *receipt);
void told_of_uplink(struct duty *duty, enum uplink_is is);
