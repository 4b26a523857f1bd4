/*
 * Framed messages between keng-camera, kengd and the browser: one format.
 *
 *   u32 size of the body | u8 kind | u8 flags | u16 channel | u32 time low | u32 time high
 *
 * little-endian; the time is microseconds since 1970, UTC. Every size is capped before
 * anything is allocated. Kinds below 64 also go to browsers (docs/live-stream.md).
 * Thread: the owner's.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_kind {
    WIRE_INIT = 1,     /* u8 length of the codecs text, the text, ftyp + moov */
    WIRE_FRAGMENT = 2, /* moof + mdat; time: wall time of the first frame */
    WIRE_JPEG = 3,     /* one picture; time: when it was seen */
    WIRE_NOTE = 4,     /* JSON, an object with "type" */
    WIRE_PING = 5,     /* nothing; time: now */
    WIRE_DEBUG = 6,    /* what the detector sees: wire/debug_link.h; time: of its picture */

    /* kengd -> keng-camera; bodies are JSON unless said */
    WIRE_START = 64,     /* first message: struct camera_orders (wire/camera_link.h) */
    WIRE_DIALLED = 65,   /* no body: the connection itself comes along (SCM_RIGHTS) */
    WIRE_LOGIN = 66,     /* the Authorization value for the challenge, or a refusal */
    WIRE_PICTURES = 67,  /* pictures are wanted or no longer wanted */
    WIRE_ORDERS = 68,    /* other zones, masks or sensitivity from now on */
    WIRE_DEBUG_WANTED = 69, /* what the detector sees is wanted or no longer wanted */
    WIRE_ONVIF_ASK = 72, /* one call to a device; its connection comes along
                            (wire/onvif_link.h) */
    WIRE_PORTS = 74,     /* the UDP ports of a track, or why there are none */
    WIRE_SOCKET = 75,    /* one of a track's two UDP sockets, connected (SCM_RIGHTS) */

    /* keng-camera -> kengd */
    WIRE_DIAL = 80,      /* no body: asks for a connection for this channel */
    WIRE_CHALLENGE = 81, /* realm, nonce, ... as the camera sent them */
    WIRE_STATE = 82,     /* what a channel is doing, and why */
    WIRE_MEASURED = 83,  /* codec, size, fps, bit rate, ... about once in 5 s */
    WIRE_MOTION = 84,    /* began, better, ended; its picture came just before as JPEG */
    WIRE_BROKEN = 85,    /* no body: the run of this channel has ended */
    WIRE_ACTIVITY = 86,  /* time: a second; 16 x 9 bits: where something moved in it */
    WIRE_VIEW = 87,      /* u8 what is wrong with the view; then what was learned of it */
    WIRE_ONVIF_SAID = 92, /* what came of the call */
    WIRE_ASK_PORTS = 94, /* a track is to come over UDP: on which ports? */
    WIRE_ASK_SOCKETS = 95, /* the camera has named its own ports: connect ours to them */
};

enum wire_flags {
    WIRE_KEY = 1,      /* FRAGMENT: begins a GOP */
    WIRE_SKIPPED = 2,  /* FRAGMENT to a browser: some before it were left out */
    WIRE_DAMAGED = 4,  /* FRAGMENT: packets were lost inside */
    WIRE_SNAPSHOT = 8, /* JPEG from keng-camera: belongs to the MOTION that follows */
};

enum { WIRE_HEADER = 16, WIRE_BODY_MAX = 8 << 20, WIRE_JSON_MAX = 256 << 10 };

struct wire_header {
    uint32_t size;
    uint8_t kind, flags;
    uint16_t channel;
    int64_t time_us;
};

void wire_write_header(uint8_t to[WIRE_HEADER], const struct wire_header *h);
void wire_read_header(const uint8_t from[WIRE_HEADER], struct wire_header *h);
