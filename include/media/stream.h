/*
 * A stream is what one camera sends now on one channel: its recent fragments, its last
 * picture, and the followers (recorder, live viewers) that are handed each new one. It
 * lives as long as the camera is configured, also while the camera is away.
 * Thread: loop only. Times: microseconds since 1970, UTC (`_us`). Errors: none.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/fragment.h"

struct follower;
struct stream;

/* Receives the fragments in order, and NULL each time the stream breaks off (camera lost,
 * end of a run without a next one). A new run is seen by frag->init. A fragment is lent:
 * fragment_ref() it to keep it after returning. May stop its own follower. */
typedef void follow_fn(void *arg, const struct fragment *frag);
typedef void picture_fn(void *arg, const struct picture *picture);

/* Remembers the last `keep_us`, and always back to the last keyframe, at most `keep_bytes`
 * (and always the newest fragment). */
struct stream *stream_new(const char *name, int64_t keep_us, size_t keep_bytes);
/* Followers are told NULL and stay valid until follower_stop(). Not from a callback. */
void stream_free(struct stream *s);

/* Takes over the caller's reference. A gap is allowed; a step back in time within a run
 * is a bug of the caller. */
void stream_publish(struct stream *s, const struct fragment *frag);

/* The stream breaks off; what is remembered stays for clips, not for live viewers. */
void stream_break(struct stream *s);

/* Viewers (who followed from 0 on) are handed nothing: first a NULL, as at a break; later they
 * go on from a keyframe. Others are handed everything. */
void stream_hold_viewers(struct stream *s, bool held);
size_t stream_viewers(const struct stream *s);

/* Hands over what is remembered and ends after `since_us` (INT64_MAX: nothing of the past; 0:
 * from the last keyframe of a stream that is not broken on, for a viewer who joins) before it
 * returns, then what comes. NULL: the callback stopped its own follower before that. */
struct follower *stream_follow(struct stream *s, int64_t since_us, follow_fn *fn, void *arg);
void follower_stop(struct follower *f); /* NULL is allowed */

/* NULL while there is none, or after stream_break(). */
const struct init *stream_init(const struct stream *s);

/* Pictures: the last one (lent; NULL: none since the stream began or broke), a new one
 * (takes over the reference), and those who want them. While anybody wants pictures,
 * `on_wanted(arg, true)` has been called and the camera's process makes them. */
const struct picture *stream_picture(const struct stream *s);
void stream_publish_picture(struct stream *s, const struct picture *picture);
/* Only new ones; the last is stream_picture(). */
struct follower *stream_follow_pictures(struct stream *s, picture_fn *fn, void *arg);
void stream_on_pictures_wanted(struct stream *s, void (*on_wanted)(void *arg, bool wanted),
                               void *arg);
