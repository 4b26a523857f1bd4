/*
 * A camera's own detection: an ONVIF pull point that is kept for as long as the camera is
 * watched. It never gives up: what goes wrong is tried again after 1 to 60 s, a refused
 * login not before a minute, and never more often than the rule of tries.h allows.
 * Thread: loop only. Source: ONVIF Core Specification 2.x, 9.2 (real-time pull point).
 */
#pragma once
#include "watch/watch.h"

struct detection;

struct detection_listener {
    void (*on_detected)(void *arg, enum detected kind, bool on);
    void (*on_state)(void *arg, const struct detection_health *health); /* has changed */
};

struct detection_setup {
    const char *camera, *host, *user, *password; /* copied; user NULL: none */
    uint16_t port;
};

/* Never calls before it returns. */
struct detection *detection_start(struct watch *watch, const struct detection_setup *setup,
                                  const struct detection_listener *listener, void *arg);
/* Takes leave of the camera, which takes a moment, but no call comes after. */
void detection_stop(struct detection *d);
void detections_close(struct watch *watch); /* those that still take leave */

const struct detection_health *detection_health(const struct detection *d);
