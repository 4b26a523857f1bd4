/*
 * RTSP messages as bytes: requests written, answers read, and the frames of RTP that
 * come between them on the same connection.
 * Thread: any. Errors: by return value. Source: RFC 2326, sections 4 to 7, 10.12 and 12.
 */
#pragma once
#include "core/bytes.h"
#include "span.h"

enum {
    RTSP_HEAD_MAX = 16 << 10,
    RTSP_BODY_MAX = 64 << 10,
    RTSP_HEADERS_MAX = 64,
    RTSP_FRAME_HEADER = 4,
    RTSP_SESSION_MAX = 128,
};

/* What stands at the front of what was read. */
enum rtsp_front {
    RTSP_FRONT_FRAME,   /* '$' */
    RTSP_FRONT_MESSAGE, /* an answer, or a request of the camera's own */
    RTSP_FRONT_SPACE,   /* a line end between messages */
    RTSP_FRONT_WEB,     /* HTTP: somebody wrote the port of the camera's page */
    RTSP_FRONT_SHORT,   /* too few bytes to tell */
    RTSP_FRONT_LOST,    /* none of these: the framing is lost */
};
enum rtsp_front rtsp_front(const uint8_t *bytes, size_t size);

/* A frame that is worth taking up again at after the framing was lost: on a channel of
 * `ours`, long enough for RTP or RTCP, with their version. Needs 5 bytes. */
bool rtsp_frame_is_likely(const uint8_t *bytes, const bool ours[256]);

/* Where in a whole frame of RTP the next frame of the same sender begins: bytes were cut
 * out, and as many as a frame has, so that what stands behind is in order. 0: nowhere. */
size_t rtsp_swallowed(const uint8_t *frame, size_t size);

/* How many bytes stand before the next likely frame or answer, at least 1. Stops early
 * where too few bytes are there to tell. */
size_t rtsp_seek(const uint8_t *bytes, size_t size, const bool ours[256]);

struct rtsp_header {
    struct span name, value;
};

/* Spans point into the bytes that were read. */
struct rtsp_message {
    int status;       /* 0: a request of the camera's own */
    struct span word; /* the reason phrase, or the request's method */
    struct rtsp_header headers[RTSP_HEADERS_MAX];
    size_t header_count;
    struct span body;
    size_t size; /* of the whole message, in bytes */
};

enum rtsp_found {
    RTSP_WHOLE,
    RTSP_PART,   /* the rest has not come yet */
    RTSP_BROKEN, /* above a limit, or no message */
};
enum rtsp_found rtsp_read(const uint8_t *bytes, size_t size, struct rtsp_message *m);

/* Only what stands before the body: first line and headers, of RTSP or of HTTP. */
bool rtsp_read_head(const uint8_t *bytes, size_t size, struct rtsp_message *m);

/* The first of that name; empty: none. */
struct span rtsp_header(const struct rtsp_message *m, const char *name);

/* Whether a list such as Public's has the word. */
bool rtsp_lists(struct span list, const char *word);

struct rtsp_transport {
    bool interleaved;            /* RTP comes inside this connection */
    int rtp, rtcp;               /* its channels; -1: not said */
    int server_rtp, server_rtcp; /* the camera's UDP ports; 0: not said */
    struct span source;          /* the address it sends from; empty: not said */
    bool has_ssrc;
    uint32_t ssrc;
};
void rtsp_read_transport(struct span value, struct rtsp_transport *out);

/* Of a track, by what it is controlled with; where that is not found, of the only entry
 * if the track is `alone`. False: nothing is said of it. */
struct rtsp_rtp_info {
    bool has_sequence, has_time;
    uint16_t sequence;
    uint32_t time;
};
bool rtsp_read_rtp_info(struct span value, const char *control, bool alone,
                        struct rtsp_rtp_info *out);

/* Session: 12345678;timeout=60. False: no usable id. `timeout_s` is left alone if not
 * said. */
bool rtsp_read_session(struct span value, char id[RTSP_SESSION_MAX], int *timeout_s);

struct rtsp_request {
    const char *method, *uri;
    unsigned cseq;
    const char *session;       /* "" or NULL: none yet */
    const char *authorization; /* NULL: none */
    const char *extra;         /* more header lines, each with its line end; NULL: none */
};
void rtsp_write(struct bytes *to, const struct rtsp_request *request);
