/*
 * MQTT: alerts, the state of every camera (retained), whether kengd is there (retained, and
 * the broker's word if it is not), and what Home Assistant needs to find them.
 * Thread: loop only; the library's own thread reaches it by posts.
 */
#pragma once
#include "channel.h"

/* NULL: none is configured, or the library refuses (logged). */
struct mqtt *mqtt_open(struct ways *ways);
void mqtt_close(struct mqtt *mqtt); /* NULL is allowed; what is on its way is to be sent again */

/* "recording", "lost", ...; told anew whenever the broker comes back. */
void mqtt_camera(struct mqtt *mqtt, const char *camera, const char *state);
