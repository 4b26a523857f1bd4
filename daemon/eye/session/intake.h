/*
 * Takes in the RTP of a session's tracks and makes packets of it: access units and audio
 * frames, timed, marked where something was lost, from a keyframe on. A run begins with
 * a video keyframe; audio is handed on only inside a run. A run ends with the
 * connection, with another source, when the camera's clock was set or the wall clock
 * stepped, and the next begins at the keyframe after that: nothing between is lost.
 * Thread: the loop's. Times: monotonic microseconds (`_us`).
 */
#pragma once
#include "../session.h"
#include "sdp.h"

struct intake;

typedef void intake_fn(void *arg, const struct packet *packet);

/* Adds to `counts`, which outlives it. */
struct intake *intake_new(intake_fn *on_packet, void *arg, struct session_counts *counts);
void intake_free(struct intake *in);

/* A new connection plays what the SDP says. */
void intake_open(struct intake *in, const struct sdp *sdp);
void intake_tracks(const struct intake *in, struct track out[TRACKS]);

void intake_rtp(struct intake *in, int which, const uint8_t *bytes, size_t size,
                int64_t us);
void intake_rtcp(struct intake *in, int which, const uint8_t *bytes, size_t size);

/* The framing was lost: what is being joined is not to be trusted. */
void intake_doubt(struct intake *in);

/* When the last whole picture of this connection was there; 0: none yet. */
int64_t intake_video_us(const struct intake *in);

/* The camera's clock before ours, by the last sender report of its video. False: there was
 * none, or it counts from some other beginning (many cameras: since they started). */
bool intake_clock_ahead_us(const struct intake *in, int64_t *ahead_us);

/* Pictures a second that the video's parameter sets declare; 0: not said. */
double intake_declared_fps(const struct intake *in);

/* Pictures that come before one that is shown earlier: B-frames. */
int intake_reorder(const struct intake *in);

/* Keyframes in a row that came before any parameter sets. */
int intake_unreadable(const struct intake *in);
