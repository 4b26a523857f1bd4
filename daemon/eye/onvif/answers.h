/*
 * What a device answers, as the fields of one message: by call, by namespace, capped.
 * Thread: any. Source: as soap.h; WS-Discovery 1.0 (April 2005), 5.3.
 */
#pragma once
#include "http.h"
#include "wire/onvif_link.h"

/* Fills `out` for a whole HTTP answer to `ask`. */
void answer_read(const struct http *answer, const struct onvif_ask *ask,
                 struct onvif_said *out);

/* The same for the datagram of ONVIF_MATCHES. */
void answer_read_matches(const struct onvif_ask *ask, struct onvif_said *out);
