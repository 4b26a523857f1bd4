#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "live_queue.h"

/* Measured: at one second a slow line stays near live, at two it does not. References
 * cost little, so the bytes are what a viewer may keep alive, not what it takes. */
enum { AGE_CAP_MS = 1000, BYTES_CAP = 4 << 20, STAYS_CAP = 6 << 20, JOINING_S = 10 };
enum { SLOW_SHEDS = 3, SLOW_S = 20 };

/* It stands for itself, and a newer one takes its place. */
static bool is_picture(const struct live_item *item)
{
    return item->header.kind == WIRE_JPEG || item->header.kind == WIRE_DEBUG;
}

static bool can_shed(const struct live_item *item)
{
    return item->header.kind == WIRE_FRAGMENT || is_picture(item);
}

static bool begins(const struct live_item *item)
{
    return is_picture(item) || (item->header.flags & WIRE_KEY);
}

static size_t weight(const struct live_item *item)
{
    return WIRE_HEADER + item->header.size;
}

void live_queue_start(struct live_queue *queue, int64_t now_us)
{
    *queue = (struct live_queue){ .joining_until_us = now_us + SECONDS_US(JOINING_S) };
    TAILQ_INIT(&queue->items);
    for (size_t i = 0; i < LIVE_CHANNELS_MAX; i++)
        queue->channels[i].needs_key = true;
}

static void unlink_item(struct live_queue *queue, struct live_item *item)
{
    TAILQ_REMOVE(&queue->items, item, next);
    if (!can_shed(item))
        queue->stays -= weight(item);
    else if (item->joining)
        queue->joining_bytes -= weight(item);
    else
        queue->bytes -= weight(item);
}

void live_item_free(struct live_item *item)
{
    if (item->drop)
        item->drop(item->owner);
    free(item);
}

static void throw_away(struct live_queue *queue, struct live_item *item)
{
    unlink_item(queue, item);
    live_item_free(item);
    queue->dropped++;
}

void live_queue_end(struct live_queue *queue)
{
    struct live_item *item;

    while ((item = TAILQ_FIRST(&queue->items))) {
        unlink_item(queue, item);
        live_item_free(item);
    }
}

void live_queue_clear(struct live_queue *queue)
{
    struct live_item *item, *following;

    for (item = TAILQ_FIRST(&queue->items); item; item = following) {
        following = TAILQ_NEXT(item, next);
        if (can_shed(item) || item->header.kind == WIRE_PING)
            throw_away(queue, item);
    }
}

/* ---- shedding -------------------------------------------------------------------------
 */

/* The burst counts only as long as a viewer may need to take it. */
static size_t counted_bytes(const struct live_queue *queue, int64_t now_us)
{
    return queue->bytes + (now_us > queue->joining_until_us ? queue->joining_bytes : 0);
}

static bool is_over(const struct live_queue *queue, int64_t now_us)
{
    const struct live_item *item;

    if (counted_bytes(queue, now_us) > BYTES_CAP)
        return true;
    TAILQ_FOREACH(item, &queue->items, next)
    if (can_shed(item) && (!item->joining || now_us > queue->joining_until_us))
        return now_us - item->since_us > MILLIS_US(AGE_CAP_MS);
    return false;
}

/* Each camera keeps only what begins at its newest keyframe in the queue. A camera that
 * has none there keeps what it has: the only keyframe of a long GOP may have gone out
 * before. */
static bool shed_to_keyframes(struct live_queue *queue)
{
    struct live_item *newest[LIVE_CHANNELS_MAX] = { NULL }, *item, *following;
    uint64_t before = queue->dropped;

    TAILQ_FOREACH(item, &queue->items, next)
    if (can_shed(item) && begins(item))
        newest[item->header.channel] = item;
    for (item = TAILQ_FIRST(&queue->items); item; item = following) {
        following = TAILQ_NEXT(item, next);
        uint16_t channel = item->header.channel;
        if (!can_shed(item) || !newest[channel])
            continue;
        if (item == newest[channel]) {
            newest[channel] = NULL; /* what follows stays */
            continue;
        }
        newest[channel]->header.flags |= WIRE_SKIPPED;
        throw_away(queue, item);
    }
    return queue->dropped > before;
}

static bool shed_all(struct live_queue *queue)
{
    struct live_item *item, *following;
    uint64_t before = queue->dropped;

    for (item = TAILQ_FIRST(&queue->items); item; item = following) {
        following = TAILQ_NEXT(item, next);
        if (!can_shed(item))
            continue;
        struct live_channel *channel = &queue->channels[item->header.channel];
        channel->needs_key = channel->skipped = true;
        throw_away(queue, item);
    }
    return queue->dropped > before;
}

static void shed(struct live_queue *queue, int64_t now_us)
{
    if (!is_over(queue, now_us))
        return;
    bool lost = shed_to_keyframes(queue);
    if (counted_bytes(queue, now_us) > BYTES_CAP)
        lost |= shed_all(queue);
    if (lost)
        queue->shed_us[queue->sheds++ % SLOW_SHEDS] = now_us;
}

bool live_queue_is_slow(struct live_queue *queue, int64_t now_us)
{
    if (queue->sheds < SLOW_SHEDS)
        return false;
    int64_t third_us = queue->shed_us[queue->sheds % SLOW_SHEDS];
    if (now_us - third_us > SECONDS_US(SLOW_S) ||
        (queue->told_us && now_us - queue->told_us < SECONDS_US(SLOW_S)))
        return false;
    queue->told_us = now_us;
    return true;
}

bool live_queue_is_hopeless(const struct live_queue *queue)
{
    return queue->stays > STAYS_CAP;
}

/* ---- adding ---------------------------------------------------------------------------
 */

static struct live_item *add(struct live_queue *queue, enum wire_kind kind,
                             uint16_t channel, int64_t time_us, const void *body,
                             size_t size, int64_t now_us)
{
    struct live_item *item = xcalloc(1, sizeof *item);

    *item = (struct live_item){
        .header = { .size = (uint32_t)size,
                    .kind = (uint8_t)kind,
                    .channel = channel,
                    .time_us = time_us },
        .body = body,
        .body_size = size,
        .since_us = now_us,
    };
    TAILQ_INSERT_TAIL(&queue->items, item, next);
    return item;
}

static void count(struct live_queue *queue, struct live_item *item)
{
    if (!can_shed(item))
        queue->stays += weight(item);
    else if (item->joining)
        queue->joining_bytes += weight(item);
    else
        queue->bytes += weight(item);
}

static void drop_init(void *owner)
{
    init_unref(owner);
}
static void drop_fragment(void *owner)
{
    fragment_unref(owner);
}
static void drop_picture(void *owner)
{
    picture_unref(owner);
}
static void drop_note(void *owner)
{
    note_unref(owner);
}

void live_queue_init(struct live_queue *queue, uint16_t channel, const struct init *init,
                     int64_t now_us, bool joining)
{
    struct live_item *item =
        add(queue, WIRE_INIT, channel, init->run_us, init->bytes, init->size, now_us);
    size_t length = strnlen(init->codecs, CODEC_TEXT_MAX - 1);

    item->prefix[0] = (uint8_t)length;
    memcpy(item->prefix + 1, init->codecs, length);
    item->prefix_size = 1 + length;
    item->header.size += (uint32_t)item->prefix_size;
    item->owner = (void *)init_ref(init);
    item->drop = drop_init;
    item->joining = joining;
    count(queue, item);
}

bool live_queue_fragment(struct live_queue *queue, uint16_t channel,
                         const struct fragment *frag, int64_t now_us, bool joining)
{
    struct live_channel *state = &queue->channels[channel];

    if (state->needs_key && !frag->keyframe) {
        queue->dropped++;
        return false;
    }
    struct live_item *item = add(queue, WIRE_FRAGMENT, channel, frag->start_us,
                                 frag->bytes, frag->size, now_us);
    item->header.flags = (frag->keyframe ? WIRE_KEY : 0) |
                         (state->skipped ? WIRE_SKIPPED : 0) |
                         (frag->damaged ? WIRE_DAMAGED : 0);
    *state = (struct live_channel){ 0 };
    item->frag = fragment_ref(frag);
    item->owner = (void *)frag;
    item->drop = drop_fragment;
    item->joining = joining;
    count(queue, item);
    shed(queue, now_us);
    return true;
}

void live_queue_picture(struct live_queue *queue, enum wire_kind kind, uint16_t channel,
                        const struct picture *picture, int64_t now_us)
{
    struct live_item *item, *following;

    for (item = TAILQ_FIRST(&queue->items); item; item = following) {
        following = TAILQ_NEXT(item, next);
        if (is_picture(item) && item->header.channel == channel)
            throw_away(queue, item);
    }
    item = add(queue, kind, channel, picture->at_us, picture->bytes, picture->size, now_us);
    item->owner = (void *)picture_ref(picture);
    item->drop = drop_picture;
    count(queue, item);
    shed(queue, now_us);
}

void live_queue_note(struct live_queue *queue, struct note *note, int64_t wall_us,
                     int64_t now_us)
{
    struct live_item *item =
        add(queue, WIRE_NOTE, 0, wall_us, note->text, note->size, now_us);

    item->owner = note_ref(note);
    item->drop = drop_note;
    count(queue, item);
}

void live_queue_ping(struct live_queue *queue, int64_t wall_us, int64_t now_us)
{
    /* One that waits says enough. */
    if (TAILQ_EMPTY(&queue->items))
        count(queue, add(queue, WIRE_PING, 0, wall_us, NULL, 0, now_us));
}

void live_queue_break(struct live_queue *queue, uint16_t channel)
{
    queue->channels[channel].needs_key = true;
}

/* ---- taking ---------------------------------------------------------------------------
 */

struct live_item *live_queue_first(struct live_queue *queue)
{
    return TAILQ_FIRST(&queue->items);
}

struct live_item *live_queue_take(struct live_queue *queue)
{
    struct live_item *item = TAILQ_FIRST(&queue->items);

    if (item)
        unlink_item(queue, item);
    return item;
}
