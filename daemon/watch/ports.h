/*
 * The two UDP ports, RTP's and RTCP's, at which a track is received: bound here, then
 * connected to the camera, so that nothing comes from and nothing goes to another host,
 * and then given away. Thread: any. Errors: ERR_BUSY, ERR_NETWORK.
 * Source: RFC 3550, section 11 (RTP's port is even, RTCP's the next).
 */
#pragma once
#include <stdbool.h>

#include "address.h"
#include "core/error.h"

struct ports {
    int rtp, rtcp; /* descriptors; -1: none */
    int rtp_port;
};

#define NO_PORTS ((struct ports){ -1, -1, 0 })

/* Where a connection ends, here or there. A size of 0: it is none. */
void endpoint_of(int fd, bool there, struct endpoint *out);

/* Whether the text is the endpoint's address, as a camera may write it. */
bool endpoint_is_at(const struct endpoint *endpoint, const char *text);

/* Both at the address `here`; what was bound before is closed. */
bool ports_bind(struct ports *ports, const struct endpoint *here, struct error *err);

/* To the camera's address `there` and its ports; a port of 0: any of its ports. What has
 * come from others until then is thrown away. */
bool ports_connect(struct ports *ports, const struct endpoint *there, int rtp, int rtcp,
                   struct error *err);

void ports_close(struct ports *ports);
