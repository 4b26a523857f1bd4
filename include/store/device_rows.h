/*
 * Devices: the phones and screens that were paired, each with the token that it comes in
 * with, and how a phone is woken (Web Push). And mutes: somebody wants quiet for a while.
 * Thread, errors, times: as store/store.h; writes on a STORE_DUTIES connection.
 */
#pragma once
#include "store/store.h"

enum { PUSH_KEY = 65, PUSH_AUTH = 16, ENDPOINT_MAX = 1000, VAPID_TEXT_MAX = 88 };

enum device_kind { DEVICE_PHONE, DEVICE_SCREEN };

/* How a device's subscription is. */
enum push_state {
    PUSH_NONE,  /* it has none */
    PUSH_WORKS, /* as far as is known */
    PUSH_STALE, /* made for another key of ours: the device must subscribe anew */
    PUSH_GONE,  /* the push service knows it no more: the device must subscribe anew */
};
const char *push_state_word(enum push_state state); /* "none" "works" "stale" "gone" */

struct device_row {
    int64_t id;
    enum device_kind kind;
    char *person, *screen; /* ids in the configuration; one of them NULL */
    char *name;            /* as shown: "Điện thoại của Trưởng thôn Đông" */
    int64_t token;         /* that it comes in with */
    int64_t paired_us, seen_us, revoked_us; /* 0: never */

    /* RFC 8030 and 8291: where to push, the phone's key (an uncompressed P-256 point) and
     * secret; endpoint NULL: no subscription. */
    char *endpoint;
    uint8_t key[PUSH_KEY], auth[PUSH_AUTH];
    char *vapid;           /* our public key that it was made for, base64url; NULL */
    enum push_state push;
    int64_t push_us;       /* since when */
};

bool device_insert(struct store *s, struct device_row *row /* id is set */, struct error *err);
bool device_get(struct store *s, int64_t id, struct device_row *out, bool *found,
                struct error *err);
/* The one that comes in with this token, or that token's parent; not a revoked one. */
bool device_of_token(struct store *s, int64_t token, struct device_row *out, bool *found,
                     struct error *err);
struct device_list { struct device_row *rows; size_t count; };
/* Newest first; revoked ones too. */
bool devices_list(struct store *s, struct device_list *out, struct error *err);
/* Those of a person that have a subscription and may still come in; what is for a stale one
 * waits. */
bool devices_to_push(struct store *s, const char *person, int64_t now_us,
                     struct device_list *out, struct error *err);
/* Also its token and the sessions that were made from that; its subscription is forgotten. */
bool device_revoke(struct store *s, int64_t id, int64_t at_us, bool *found, struct error *err);

/* Writes endpoint, key, auth, vapid, push and push_us of `row`. A subscription belongs to
 * one device: another one that had this endpoint has none afterwards. */
bool device_subscribe(struct store *s, const struct device_row *row, struct error *err);
/* PUSH_NONE and PUSH_GONE forget the subscription. */
bool device_set_push(struct store *s, int64_t id, enum push_state state, int64_t at_us,
                     struct error *err);
/* Our key is another one now: subscriptions made for an earlier one are stale. */
bool devices_flag_stale(struct store *s, const char *vapid, int64_t at_us, int64_t *count,
                        struct error *err);
void device_row_clear(struct device_row *row);
void device_list_free(struct device_list *list);

/* Nobody is told on a phone of an area (with all within) or of a camera; urgent alerts and
 * alarms pass. */
struct mute_row {
    int64_t id;
    char *area, *camera; /* one of them NULL */
    char *person;        /* only this one's phones; NULL: everybody's */
    char *by;            /* who muted, as shown */
    int64_t since_us, until_us;
};
bool mute_insert(struct store *s, struct mute_row *row /* id is set */, struct error *err);
struct mute_list { struct mute_row *rows; size_t count; };
/* Those that last at this time. */
bool mutes_at(struct store *s, int64_t at_us, struct mute_list *out, struct error *err);
/* Ends it now; what is over stays. */
bool mute_end(struct store *s, int64_t id, int64_t at_us, bool *found, struct error *err);
void mute_list_free(struct mute_list *list);
