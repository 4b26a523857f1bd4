/*
 * One ONVIF device in the eyes of kengd: a sandboxed process that talks (wire/onvif_link.h),
 * the connections that it is given, one to a call and only to the configured host and port,
 * and the login, which is made here. A call is first made without a login and only signed
 * when the device asks: by HTTP digest when it challenges, else by WS-UsernameToken with
 * the device's clock. Failed logins are counted as those of streams (tries.h).
 * Thread: loop only. Source: ONVIF Core Specification 2.x, 5.9; RFC 7616; WS-Security
 * UsernameToken Profile 1.0.
 */
#pragma once
#include "nursery.h"
#include "watch/watch.h"
#include "wire/onvif_link.h"

struct onvif;

/* `trouble`: NULL, or a reason code of health.h, or one of these. `said` is what the device
 * answered, if it did; lent. */
#define ONVIF_IS_NONE  "no_onvif"    /* something answers, but not ONVIF */
#define ONVIF_REFUSES  "onvif_fault" /* the device refuses the call */
#define ONVIF_BREAKS   "onvif_broken" /* what came cannot be used */
typedef void onvif_fn(void *arg, const char *trouble, const struct onvif_said *said);

/* `name`: for the log. All texts are copied; user NULL: none. */
struct onvif *onvif_open(struct watch *watch, const char *name, const char *host,
                         uint16_t port, const char *user, const char *password);
void onvif_close(struct onvif *device); /* NULL is allowed; no call comes after */

/* One at a time. `ask`: call, path and what belongs to the call; the rest is filled in
 * here. Never calls before it returns. */
void onvif_ask(struct onvif *device, const struct onvif_ask *ask, onvif_fn *fn, void *arg);

/* Breaks the call off that is under way, if there is one: nobody is told. */
void onvif_break(struct onvif *device);

/* Its clock beside ours, after ONVIF_DATE was asked. False: not known. */
bool onvif_clock_offset_us(const struct onvif *device, int64_t *offset_us);

/* Failed logins of this device since it was opened. */
int onvif_failed_logins(const struct onvif *device);

/* The path of an address that the device told, for the same host: whatever host stands in
 * it, only the configured one is ever dialled. False: it has none, or one too long. */
bool onvif_path_of(const char *address, char to[ONVIF_PATH]);

/* From the nursery. */
void onvif_born(struct watch *watch, const struct nursery_news *news, int pidfd);
