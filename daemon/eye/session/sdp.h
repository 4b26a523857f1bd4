/*
 * What a camera says that it sends. Reads what cameras write rather than what RFC 4566
 * asks for: missing lines, any order, odd clock rates; and takes the first video that we
 * can take apart, and the first such audio.
 * Thread: any.
 * Source: RFC 4566 (SDP), RFC 2326 C (control), RFC 6184 8.2.1, RFC 7798 7.2.1, RFC 3640
 * 4.1, RFC 3551 6 (static payload types).
 */
#pragma once
#include "../packet.h"
#include "payload.h"
#include "url.h"

struct sdp_track {
    struct track track; /* codec CODEC_NONE: there is none */
    uint8_t payload_type;
    char control[URL_MAX]; /* as written; "": none */
    struct aac_format aac;
};

struct sdp {
    char control[URL_MAX]; /* of the session, as written; "": none */
    struct sdp_track tracks[TRACKS];
    double framerate;       /* of the video, as declared; 0: not said */
    char audio_refused[16]; /* sound that it has and we cannot take; "": none */
    char unusable[160]; /* with a false return: what its video is; "": it has none */
};

/* False: no video that we can take. */
bool sdp_read(struct span text, struct sdp *out);
