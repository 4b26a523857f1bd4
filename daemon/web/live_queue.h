/*
 * What waits for one live viewer: references, never copies. A slow viewer loses whole
 * fragments up to the next keyframe, camera by camera; INIT and NOTE always stay.
 * Thread: loop only; knows no sockets. Times: monotonic microseconds, given.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "media/fragment.h"
#include "viewer.h"
#include "wire/wire.h"

enum { LIVE_CHANNELS_MAX = 64 };

struct live_item {
    TAILQ_ENTRY(live_item) next;
    struct wire_header header;          /* its size is of prefix and body together */
    uint8_t prefix[1 + CODEC_TEXT_MAX]; /* INIT: length and text of the codecs */
    size_t prefix_size;
    const void *body;
    size_t body_size;
    void (*drop)(void *owner);
    void *owner;                 /* what the body lies in, counted */
    const struct fragment *frag; /* FRAGMENT: the same as owner */
    int64_t since_us;
    bool joining; /* of the burst at the start */
};

struct live_channel {
    bool needs_key; /* nothing before the next keyframe can be decoded */
    bool skipped;   /* some were left out since the last that was queued */
};

struct live_queue {
    TAILQ_HEAD(, live_item) items;
    size_t bytes; /* without the burst */
    size_t joining_bytes;
    size_t stays;             /* bytes that are never shed */
    int64_t joining_until_us; /* the burst does not count before */
    struct live_channel channels[LIVE_CHANNELS_MAX];
    int64_t shed_us[3]; /* of the last ones, in a ring */
    unsigned sheds;
    int64_t told_us;  /* when the viewer was last told that it is slow */
    uint64_t dropped; /* fragments and pictures, since the start */
};

void live_queue_start(struct live_queue *queue, int64_t now_us);
void live_queue_end(struct live_queue *queue);

/* While `joining`, what is added belongs to the burst and does not count against the
 * caps. */
void live_queue_init(struct live_queue *queue, uint16_t channel, const struct init *init,
                     int64_t now_us, bool joining);
/* False: left out, a keyframe is waited for. */
bool live_queue_fragment(struct live_queue *queue, uint16_t channel,
                         const struct fragment *frag, int64_t now_us, bool joining);
/* Of one channel only the newest picture waits. `kind`: WIRE_JPEG or WIRE_DEBUG. */
void live_queue_picture(struct live_queue *queue, enum wire_kind kind, uint16_t channel,
                        const struct picture *picture, int64_t now_us);
void live_queue_note(struct live_queue *queue, struct note *note, int64_t wall_us,
                     int64_t now_us);
void live_queue_ping(struct live_queue *queue, int64_t wall_us, int64_t now_us);

/* Nothing can be decoded before the next keyframe: the stream broke off or begins anew.
 */
void live_queue_break(struct live_queue *queue, uint16_t channel);
/* Throws away everything that is not an INIT or a NOTE. */
void live_queue_clear(struct live_queue *queue);

/* The viewer shed three times in twenty seconds and was not told yet: true once. */
bool live_queue_is_slow(struct live_queue *queue, int64_t now_us);
/* More waits that may not be shed than a viewer is worth. */
bool live_queue_is_hopeless(const struct live_queue *queue);

struct live_item *live_queue_first(struct live_queue *queue); /* NULL: empty */
/* Takes it out; the caller drops its owner and frees it. */
struct live_item *live_queue_take(struct live_queue *queue);
void live_item_free(struct live_item *item);
