/*
 * Whose packets come on a session's channels. A camera that has not noticed the end of an
 * older session may go on sending its pictures, with an SSRC of their own, into the new
 * one: none of them may be taken for ours, and none of ours be lost meanwhile.
 *
 * Packets are held until it is known who is ours. The answers to SETUP (ssrc) and PLAY
 * (RTP-Info) tell at once; where they say nothing, or something that never comes, it is
 * the only one who sends; of several, the one who was not heard before PLAY, nor on the
 * connection before, nor has fallen silent. Sender reports say nothing: a dead session's
 * go on as well. Where all that does not tell, the session is to be opened anew, and then
 * the one that began last is taken. Later strangers are left out, and taken over to when
 * ours has fallen silent: some cameras change their SSRC. Thread: the loop's. Times:
 * monotonic microseconds (`_us`). Source: RFC 3550, 5.1 and 8; RFC 2326, 12.33 (RTP-Info)
 * and 12.39 (ssrc).
 */
#pragma once
#include "../packet.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct origin;

/* A packet of ours, in order of arrival. */
typedef void origin_fn(void *arg, int track, const uint8_t *bytes, size_t size,
                       int64_t us);

/* Adds those that are left out to `foreign`, which outlives it. */
struct origin *origin_new(origin_fn *fn, void *arg, int64_t *foreign);
void origin_free(struct origin *o);

/* A new connection; who was heard on the one before is remembered. */
void origin_open(struct origin *o);
/* A packet, of whatever channel, that came before PLAY was asked for. */
void origin_early(struct origin *o, const uint8_t *bytes, size_t size);

struct origin_hint {
    bool has_ssrc, has_sequence, has_time;
    uint32_t ssrc;     /* from the answer to SETUP; some cameras say a wrong one */
    uint16_t sequence; /* of the first packet after PLAY, */
    uint32_t time;     /* and its RTP stamp; some say 0, or another */
};
/* Before PLAY: a track whose packets should have this payload type. */
void origin_expect(struct origin *o, int track, uint8_t type, uint32_t clock);
void origin_hint(struct origin *o, int track, const struct origin_hint *hint);

void origin_take(struct origin *o, int track, const uint8_t *bytes, size_t size,
                 int64_t us);

/* Somebody else's packets come among ours, or nobody can tell whose are whose. */
bool origin_is_mixed(const struct origin *o);
/* The session stays open nevertheless. */
void origin_settle(struct origin *o);
