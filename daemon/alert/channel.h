/*
 * A channel is one way of telling somebody: a phone is woken, a letter is sent. The outbox
 * hands it one parcel at a time for each target and waits for the receipt; what to do after
 * it is the outbox's.
 * Thread: loop only.
 */
#pragma once
#include <sys/queue.h>

#include "alert/duty.h"
#include "courier.h"
#include "store/device_rows.h"

/* One delivery and what it is about. */
struct letter {
    struct delivery_row delivery;
    struct alert_row alert;
};

struct parcel {
    const struct settings *set;
    struct outbox_part part;  /* .to: whose it is */
    struct outbox_sum sum;    /* how many letters it stands for, exactly */
    struct letter *letters;   /* those that are read in full; newest first when grouped */
    size_t count;
    bool is_digest;           /* it stands for more than the letters that are in it */
    struct device_row device; /* of push */
};

enum receipt_result {
    RECEIPT_TAKEN,
    RECEIPT_AGAIN,   /* later, perhaps */
    RECEIPT_REFUSED, /* this parcel never */
    RECEIPT_GONE,    /* the target is no more */
    RECEIPT_STALE,   /* the phone subscribed with another key of ours: when it has anew */
};
struct receipt {
    enum receipt_result result;
    int code;         /* of HTTP or SMTP; 0: none */
    int64_t after_us; /* AGAIN: not before; 0: nothing was said */
    char detail[200]; /* a sentence, without addresses that hold secrets */
};
typedef void receipt_fn(void *arg, const struct receipt *receipt);

/* What all channels of a duty room share. */
struct ways {
    struct duty *duty;
    struct loop *loop;
    const struct settings *set; /* in force */
    struct courier *courier;
    struct vapid *vapid;        /* NULL: no key could be made */
    struct mqtt *mqtt;          /* NULL: none is configured */
    LIST_HEAD(, posted) posted; /* receipts that are on the loop */
};

struct channel_kind {
    const char *name;
    size_t letters;  /* at most in one parcel */
    bool digests;    /* one parcel may stand for everything that is late */
    bool person;     /* it wakes a person: spacing, hourly cap, no answers by mail */
    bool follows;    /* it is told of answers too, not only that something is over */
    /* Exactly one receipt comes, later; none after receipts_forget(). */
    void (*send)(struct ways *ways, const struct parcel *parcel, receipt_fn *done,
                 void *arg);
};

extern const struct channel_kind channel_push, channel_webhook, channel_email,
    channel_mqtt, channel_zalo;

/* NULL: there is none of this name. */
const struct channel_kind *channel_find(const char *name);

/* A receipt that is known at once; it comes from the loop. */
void receipt_post(struct ways *ways, receipt_fn *done, void *arg,
                  enum receipt_result result, const char *detail);
/* Those that are posted do not come. */
void receipts_forget(struct ways *ways);
/* What an answer of HTTP means: 2xx taken, 404 and 410 gone, 408, 429 and 5xx again, the
 * rest refused. Source: RFC 9110, 15. */
struct receipt receipt_of_answer(const struct courier_answer *answer, const char *whom);
/* The same of a phone's push service, where 401 and 403 are about our key. RFC 8292, 4.2. */
struct receipt receipt_of_push(const struct courier_answer *answer, const char *whom);
