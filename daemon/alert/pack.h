/*
 * The outbox's work at the desk: receipts are written down, and what is due is packed into
 * parcels, in one transaction.
 * Thread: round_job() the desk's worker; the rest is whose it is at the time.
 */
#pragma once
#include "channel.h"
#include "errand.h"

enum { CHANNELS_MOST = 5 };
/* The channels in a fixed order. */
const struct channel_kind *channel_at(size_t i);

/* A parcel whose receipt has come. */
struct settled {
    struct settled *next;
    struct parcel *parcel;
    struct receipt receipt;
    int64_t took_us;
};

struct round {
    struct errand errand; /* first */
    struct settled *settled;
    struct outbox_target *busy; /* nothing is packed for them */
    size_t busy_count;
    size_t room;                    /* parcels at most */
    size_t flying[CHANNELS_MOST];   /* of each channel, already on their way */
    size_t of_channel_most;
    int64_t late_us;
    bool tidies; /* what waits too long is given up */

    bool failed;
    struct parcel **parcels;
    size_t parcel_count;
    int64_t next_us; /* wall: when something that is held is due; 0: never */
};

void round_job(struct store *store, void *round);
void round_free(struct round *round);
void parcel_free(struct parcel *parcel);
void settled_free(struct settled *settled);

/* Phones that subscribed with another key of ours are asked to do it again. */
void flag_stale_subscriptions(struct duty *duty, const char *vapid);
