/*
 * What kengd and the process that talks ONVIF with one device say to each other. kengd
 * dials, decides and signs; the process turns one request into HTTP and SOAP on the
 * connection that it is given, and the device's answer into one small message. Every field
 * that is read is capped and checked, as in wire/camera_link.h. Thread: any. Errors:
 * ERR_MEDIA. Times: microseconds since 1970, UTC (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/camera_link.h"

enum {
    ONVIF_HOST = 272,
    ONVIF_PATH = 256,
    ONVIF_TOKEN = 72,
    ONVIF_TEXT = 80,
    ONVIF_URI = 512,
    ONVIF_PROFILES = 8,
    ONVIF_EVENTS = 16,
    ONVIF_DATAGRAM = 7000,
    ONVIF_ASK_MAX = LINK_SMALL_MAX,
    ONVIF_SAID_MAX = LINK_SMALL_MAX,
};

enum onvif_call {
    ONVIF_DATE,         /* GetSystemDateAndTime: needs no login */
    ONVIF_INFORMATION,  /* GetDeviceInformation */
    ONVIF_CAPABILITIES, /* GetCapabilities */
    ONVIF_SERVICES,     /* GetServices: for devices without the one before */
    ONVIF_GET_PROFILES, /* GetProfiles */
    ONVIF_ENCODER,      /* GetVideoEncoderConfiguration of `token` */
    ONVIF_STREAM_URI,   /* GetStreamUri of the profile `token` */
    ONVIF_GET_PROFILES2, /* the same two of media2 (ver20), which alone tells H.265 */
    ONVIF_STREAM_URI2,
    ONVIF_SUBSCRIBE,    /* CreatePullPointSubscription */
    ONVIF_PULL,         /* PullMessages, waiting `wait_s` */
    ONVIF_RENEW,
    ONVIF_UNSUBSCRIBE,
    ONVIF_MATCHES, /* no call: reads a WS-Discovery answer, `datagram` */
    ONVIF_CALLS,
};

/* What a subscription's calls carry back as the device gave it (WS-Addressing 1.0, 2.1:
 * ReferenceParameters). name "": none. */
struct onvif_reference {
    char space[ONVIF_PATH], name[ONVIF_TOKEN], value[ONVIF_PATH];
};

/* WIRE_ONVIF_ASK; but for ONVIF_MATCHES its descriptor is the connection. */
struct onvif_ask {
    enum onvif_call call;
    char host[ONVIF_HOST]; /* for the Host line */
    char path[ONVIF_PATH]; /* begins with a '/' */
    char token[ONVIF_TOKEN];
    int wait_s; /* ONVIF_PULL: 1..60 */
    struct onvif_reference reference;
    char authorization[LINK_AUTHORIZATION]; /* HTTP digest; "": none */
    /* WS-UsernameToken, made where the password is; user "": none. */
    char user[ONVIF_TOKEN], digest[48], nonce[48], created[32];
    char datagram[ONVIF_DATAGRAM]; /* control characters as blanks */
};

enum onvif_end {
    ONVIF_WELL,
    ONVIF_LOGIN,     /* the device wants a login, or another one */
    ONVIF_FAULT,     /* it refuses the call; detail: its reason */
    ONVIF_NO_ANSWER, /* nothing, or not all of it, in time */
    ONVIF_NO_SENSE,  /* what came is no ONVIF, or above a limit */
    ONVIF_ENDS,
};

struct onvif_profile {
    char token[ONVIF_TOKEN], name[ONVIF_TEXT];
    char encoder[ONVIF_TOKEN]; /* token of its encoder's configuration; "": none */
    char encoding[16];         /* "H264", "JPEG", ... as said; "": none */
    int width, height, fps, gop, kbit_per_s; /* 0: not said */
};

enum onvif_kind {
    ONVIF_MOTION,
    ONVIF_HUMAN,
    ONVIF_VEHICLE,
    ONVIF_TAMPER,
    ONVIF_OTHER,
    ONVIF_KINDS,
};

struct onvif_event {
    enum onvif_kind kind;
    bool on;
    bool first; /* the state as it was at the beginning, no news (Initialized) */
    bool pulse; /* comes without an end */
    char topic[ONVIF_TEXT], source[ONVIF_TOKEN];
};

/* WIRE_ONVIF_SAID. Which fields are filled goes by the call; the others are 0. */
struct onvif_said {
    enum onvif_call call;
    enum onvif_end end;
    int status; /* of HTTP; 0: none */
    char detail[160];
    bool challenged; /* with ONVIF_LOGIN: by HTTP digest */
    struct camera_challenge challenge;

    int64_t clock_us;                            /* DATE; 0: not readable */
    char make[ONVIF_TEXT], model[ONVIF_TEXT], firmware[ONVIF_TEXT]; /* INFORMATION */
    char media[ONVIF_URI], events[ONVIF_URI];    /* CAPABILITIES: as said, "": none */
    char media2[ONVIF_URI];                      /* SERVICES */
    struct onvif_profile profiles[ONVIF_PROFILES]; /* GET_PROFILES, 2; ENCODER: the first */
    int profile_count;
    char uri[ONVIF_URI]; /* STREAM_URI; SUBSCRIBE: of the pull point; MATCHES: XAddrs */
    struct onvif_reference reference;            /* SUBSCRIBE */
    struct onvif_event happened[ONVIF_EVENTS];   /* PULL, the oldest first */
    int happened_count;
    int left_out; /* PULL: events above the limit */
    char identity[ONVIF_PATH], scopes[ONVIF_URI]; /* MATCHES */
};

void link_put_onvif_ask(struct bytes *to, const struct onvif_ask *ask);
bool link_read_onvif_ask(const uint8_t *body, size_t size, struct onvif_ask *out,
                         struct error *err);
void link_put_onvif_said(struct bytes *to, const struct onvif_said *said);
bool link_read_onvif_said(const uint8_t *body, size_t size, struct onvif_said *out,
                          struct error *err);
